//! The runs of this machine, over any tab: list, follow, replay, stop.
//!
//! It keeps the run watcher, hears of every run first, and hands that on to the tab of its engine.
//! Opening a run reads its journal from the first event, however long ago, and
//! shows what its child printed, where it has one.

mod draw;
mod opened;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::engine::Engine as _;
use crate::error::{Error, Failure};
use crate::run::{Entry, Id, Listed, Run, Runs as Kept, State};
use crate::tui::keys::{self, Action, Binding, Key};
use crate::tui::notices::Notice;
use crate::tui::run_controller::stop_question;
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab::Effect;
use crate::tui::tab::TabContext;
use crate::tui::tab::{Effects, Hint, Protocol, Tab};
use crate::tui::tasks::WorkName;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::list::List;
use crate::tui::widget::prompt::Filter;
use crate::tui::widget::viewer::{self, Viewer};
use crate::users::Users as Engine;
use opened::Opened;

#[derive(Debug)]
pub enum News {
    Event(RunEvent),
    Said(Id, Vec<Entry>),
    /// It keeps what its child prints, in this file.
    Output(Id, PathBuf),
    Viewer(viewer::News),
    Over(Id, Result<Arc<Run>, Failure>),
    Stopped(Result<String, Failure>),
}

impl Protocol for News {
    type Act = Infallible;
}

pub struct Runs {
    context: TabContext,
    kept: Option<Kept>,
    all: Arc<Vec<Listed>>,
    blind: Option<Failure>,
    list: List,
    filter: Filter,
    opened: Option<Opened>,
}

impl Runs {
    pub fn new(context: TabContext, kept: Option<Kept>) -> Self {
        Self {
            context,
            kept,
            all: Arc::default(),
            blind: None,
            list: List::default(),
            filter: Filter::default(),
            opened: None,
        }
    }

    fn rows(&self) -> Vec<&Listed> {
        let passes = |row: &&Listed| match row {
            Listed::Run(run) => {
                let manifest = &run.manifest;
                let operator = manifest.operator.to_string();
                let (short, result) = (run.id().short(), run.sentence());
                let state = run.state.word();
                self.filter.passes([
                    short.as_str(),
                    &manifest.engine,
                    &manifest.target,
                    &operator,
                    state,
                    &result,
                ])
            }
            Listed::Unreadable { name, why } => {
                self.filter
                    .passes([name.as_str(), &why.message, "unreadable"])
            }
        };
        self.all.iter().filter(passes).collect()
    }

    /// The opened run, else the selected one.
    fn chosen(&self) -> Option<&Run> {
        if let Some(opened) = &self.opened {
            return Some(&opened.run);
        }
        match self.rows().get(self.list.selected()) {
            Some(Listed::Run(run)) => Some(run),
            _ => None,
        }
    }

    fn open(&mut self) -> Effects<News> {
        let Some(run) = self.chosen().cloned() else {
            return Vec::new();
        };
        let id = run.id();
        self.opened = Some(Opened::new(Arc::new(run)));
        vec![Effect::Work(opened::follow(self.context.clone(), id))]
    }

    fn close(&mut self) -> Effects<News> {
        let mut effects = vec![Effect::Abort(opened::FOLLOW.into())];
        if let Some(mut opened) = self.opened.take() {
            let asks = opened.output.as_mut().map(Viewer::close);
            effects.extend(self.asked(asks.unwrap_or_default()));
        }
        effects
    }

    /// The viewer of what the opened run's child prints, where there is one.
    fn output(&mut self) -> Option<&mut Viewer> {
        self.opened.as_mut()?.output.as_mut()
    }

    fn asked(&self, asks: Vec<viewer::Ask>) -> Effects<News> {
        let wrap = News::Viewer;
        let environment = &self.context.app.sources.environment;
        let page = |path: &Path| Effect::RunProgram(viewer::pager(environment.get("PAGER"), path));
        viewer::effects(asks, wrap, page)
    }

    fn act_on_output(&mut self, action: Action) -> Effects<News> {
        let asks = self.output().and_then(|viewer| viewer.act(action));
        self.asked(asks.unwrap_or_default())
    }

    fn take_back(&self) -> Effects<News> {
        let run = self.chosen().cloned();
        run.map(|run| Effect::Undo(Arc::new(run)))
            .into_iter()
            .collect()
    }

    fn on_event(&mut self, event: RunEvent) -> Effects<News> {
        match &event {
            RunEvent::All(all) => {
                self.keep_selection(all);
                self.all = Arc::clone(all);
                self.blind = None;
            }
            RunEvent::Blind(failure) => self.blind = Some(failure.clone()),
            _ => {}
        }
        vec![Effect::RunEvent(event)]
    }

    /// The selected run stays the selected one when others come.
    fn keep_selection(&mut self, all: &[Listed]) {
        if self.list.selected() == 0 || self.filter.is_on() {
            return;
        }
        let more = all.len().saturating_sub(self.all.len());
        self.list.select(self.list.selected() + more, all.len());
    }

    fn on_own(&mut self, news: News) -> Effects<News> {
        match news {
            News::Event(event) => self.on_event(event),
            News::Said(id, entries) => {
                if let Some(opened) = self.opened.as_mut().filter(|opened| opened.run.id() == id) {
                    opened.take(&entries);
                }
                Vec::new()
            }
            News::Output(id, path) => {
                let opened = self.opened.as_mut().filter(|opened| opened.run.id() == id);
                let asks = opened.map(|opened| opened.show_output(&path));
                self.asked(asks.unwrap_or_default())
            }
            News::Viewer(news) => {
                let asks = self.output().map(|viewer| viewer.on(news));
                self.asked(asks.unwrap_or_default())
            }
            News::Over(id, over) => {
                if let Some(opened) = self.opened.as_mut().filter(|opened| opened.run.id() == id) {
                    opened.over(over);
                }
                Vec::new()
            }
            News::Stopped(Ok(said)) => vec![Effect::Say(Notice::new(&said, Tone::Plain))],
            News::Stopped(Err(failure)) => {
                vec![Effect::Say(Notice::from(&Error::from(failure)))]
            }
        }
    }
}

impl Tab<News> for Runs {
    fn title(&self) -> &'static str {
        "Runs"
    }

    fn keys(&self) -> Vec<Binding> {
        self.bindings()
    }

    fn start(&mut self) -> Effects<News> {
        let watching = self.context.watcher.work(self.kept.clone());
        vec![Effect::Work(watching.map(News::Event))]
    }

    fn act(&mut self, action: Action) -> Effects<News> {
        match action {
            Action::Move(_) if self.output().is_some() => return self.act_on_output(action),
            Action::Move(step) => {
                let length = self.rows().len();
                match &mut self.opened {
                    Some(opened) => opened.view.go(step),
                    None => self.list.go(step, length),
                }
            }
            Action::Open => return self.open(),
            Action::Back if self.output().is_some_and(|viewer| viewer.searches()) => {
                return self.act_on_output(action);
            }
            Action::Back if self.opened.is_some() => return self.close(),
            Action::Back => {
                self.filter.clear();
            }
            Action::Filter if self.opened.is_none() => self.filter.open(),
            Action::Copy => {
                let id = self.chosen().map(|run| run.id().to_string());
                return id.map(Effect::Copy).into_iter().collect();
            }
            Action::Wrap if self.output().is_none() => {
                if let Some(opened) = &mut self.opened {
                    opened.view.toggle_wrap();
                }
            }
            Action::Undo => return self.take_back(),
            Action::Stop => {
                let question = |run| Effect::Ask(stop_question(run, &self.context.operator));
                return self.chosen().map(question).into_iter().collect();
            }
            Action::Confirmed(id) => {
                let runs = self.all.iter().filter_map(|row| match row {
                    Listed::Run(run) => Some(run.id()),
                    Listed::Unreadable { .. } => None,
                });
                let asked = runs.into_iter().find(|run| run.uuid() == id);
                let stop = |id| Effect::Work(opened::stop(self.context.clone(), id));
                return asked.map(stop).into_iter().collect();
            }
            action => return self.act_on_output(action),
        }
        Vec::new()
    }

    fn typing(&self) -> Option<Vec<Hint>> {
        match &self.opened {
            Some(opened) => opened.output.as_ref()?.typing(),
            None => self.filter.typing(),
        }
    }

    fn capture(&mut self, key: Key) -> Option<Effects<News>> {
        if self.opened.is_some() {
            let asks = self.output()?.capture(key)?;
            return Some(self.asked(asks));
        }
        self.filter.take(key)?;
        self.list.select(0, 1);
        Some(Vec::new())
    }

    fn paste(&mut self, words: &str) -> Effects<News> {
        match (self.opened.is_some(), self.output()) {
            (_, Some(viewer)) => viewer.paste(words),
            (true, None) => {}
            (false, None) => {
                self.filter.paste(words);
            }
        }
        Vec::new()
    }

    fn point(&mut self, at: Position, area: Rect) -> Effects<News> {
        if self.opened.is_none() {
            let first = area.y + 2 + u16::from(self.filter.is_on());
            let length = self.rows().len();
            let row =
                at.y.checked_sub(first)
                    .and_then(|line| self.list.row_at(line, length));
            if let Some(row) = row {
                self.list.select(row, length);
            }
        }
        Vec::new()
    }

    fn on(&mut self, news: News) -> Effects<News> {
        self.on_own(news)
    }

    fn broken(&mut self, work: WorkName) -> Effects<News> {
        let asks = self.output().map(|viewer| viewer.broken(work.task));
        self.asked(asks.unwrap_or_default())
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        match &self.opened {
            Some(opened) => opened.draw(buffer, area, theme),
            None => self.draw_list(buffer, area, theme),
        }
    }
}

impl Runs {
    fn bindings(&self) -> Vec<Binding> {
        let chosen = self.chosen();
        let none = chosen.is_none().then_some("there is no run here");
        let ended = chosen.is_some_and(|run| run.state != State::Running && run.orphan.is_none());
        let over = ended.then_some("it has ended already");
        let opened = self.opened.as_ref();
        let output = opened.and_then(|opened| opened.output.as_ref());
        let mut bindings = Vec::new();
        if opened.is_some() {
            let back = [Key::ESC, Key::code(KeyCode::Backspace)];
            let description = "Goes back to the list.";
            bindings.push(Binding::new(back, Action::Back, "back", description));
            if output.is_none() {
                let wrap = "Breaks long lines, or cuts them.";
                bindings.push(Binding::of(Action::Wrap, "wrap", wrap));
            }
        } else {
            let label = if ended { "replay" } else { "follow" };
            let open = "Shows a run from its first event; one in progress is followed.";
            bindings.push(Binding::of(Action::Open, label, open).unless(none));
            bindings.push(Binding::of(Action::Filter, "filter", "Filters the runs."));
            if self.filter.is_on() {
                bindings.push(Binding::of(Action::Back, "all", "Shows all runs again."));
            }
        }
        let stop = "Asks the run to stop, after a question.";
        let undo = "Shows how what the run did is taken back.";
        let cannot = chosen.and_then(why_no_undo);
        bindings.extend([
            Binding::of(Action::Stop, "stop", stop).unless(none.or(over)),
            Binding::of(Action::Undo, "undo", undo).unless(none.or(cannot)),
            Binding::of(Action::Copy, "copy id", "Copies the id of the run.").unless(none),
        ]);
        match output {
            // What is above comes first: Esc goes back, y copies the id.
            Some(viewer) => bindings.extend(viewer.keys()),
            None => bindings.extend(keys::moves()),
        }
        bindings
    }
}

/// Why a run cannot be taken back.
fn why_no_undo(run: &Run) -> Option<&'static str> {
    if run.manifest.engine != Engine::NAME {
        return Some("only what a sync of users did can be taken back");
    }
    (run.state == State::Running).then_some("it is still running")
}
