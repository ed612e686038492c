//! The runs of this machine, over any tab: list, follow, replay, stop.
//!
//! It keeps the lookout, hears of every run first, and hands on to each tab what happens to the
//! runs of its engine. Opening a run reads its journal from the first event, however long ago.

mod draw;
mod opened;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Effects, Tab, users};
use crate::desk;
use crate::engine::Engine as _;
use crate::error::Failure;
use crate::run::{Entry, Id, Listed, Patience, Run, Runs as Kept, State, Until};
use crate::tui::drive::stop_question;
use crate::tui::keys::{self, Action, Binding, Key};
use crate::tui::news::News as All;
use crate::tui::notices::Notice;
use crate::tui::tasks::{Effect, Place, Work};
use crate::tui::theme::{Look, Tone};
use crate::tui::tools::Tools;
use crate::tui::watch::Sighting;
use crate::tui::widget::filter::Filter;
use crate::tui::widget::list::List;
use crate::tui::words;
use crate::users::Users as Engine;
use opened::Opened;

/// What the work of the overlay brings back.
#[derive(Debug)]
pub enum News {
    /// The opened run says something.
    Said(Id, Vec<Entry>),
    /// It has been read to its end.
    Over(Id, Result<Arc<Run>, Failure>),
    /// A stop was answered.
    Stopped(Result<String, Failure>),
}

/// The runs of this machine.
pub struct Runs {
    tools: Tools,
    /// Where runs of which engine belong.
    routes: Vec<(&'static str, Place)>,
    kept: Option<Kept>,
    all: Arc<Vec<Listed>>,
    blind: Option<Failure>,
    list: List,
    filter: Filter,
    opened: Option<Opened>,
}

impl Runs {
    /// The runs in `kept`; runs of these engines are told to these places.
    pub fn new(tools: Tools, kept: Option<Kept>, routes: Vec<(&'static str, Place)>) -> Self {
        Self {
            tools,
            routes,
            kept,
            all: Arc::default(),
            blind: None,
            list: List::default(),
            filter: Filter::default(),
            opened: None,
        }
    }

    /// The rows that pass the filter.
    fn rows(&self) -> Vec<&Listed> {
        let passes = |row: &&Listed| match row {
            Listed::Run(run) => {
                let manifest = &run.manifest;
                let operator = manifest.operator.to_string();
                let (short, result) = (run.id().short(), words::result(run));
                let state = words::state(&run.state);
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

    fn open(&mut self) -> Effects<All> {
        let Some(run) = self.chosen().cloned() else {
            return Vec::new();
        };
        let id = run.id();
        self.opened = Some(Opened::new(Arc::new(run)));
        vec![Effect::Work(opened::follow(self.tools.clone(), id))]
    }

    fn close(&mut self) -> Effects<All> {
        self.opened = None;
        vec![Effect::Abort(opened::FOLLOW)]
    }

    /// Hands the run on to the tab that can take it back, and shows that.
    fn undo(&self) -> Effects<All> {
        let Some(run) = self.chosen() else {
            return Vec::new();
        };
        let route = self
            .routes
            .iter()
            .find(|(name, _)| *name == run.manifest.engine);
        let Some((_, place)) = route else {
            return Vec::new();
        };
        let undo = All::Users(users::News::Undo(run.id()));
        vec![Effect::Tell(*place, undo), Effect::Show(*place)]
    }

    fn stop(&self, id: Id) -> Effects<All> {
        let tools = self.tools.clone();
        vec![Effect::Work(Work::new("stop", move |_| async move {
            let stopping = async {
                let config = tools.desk.config()?;
                let runs = desk::runs(&config)?;
                crate::run::stop(&runs, id, Patience::until(Until::Answered)).await
            };
            let stopped = stopping.await.map(|stop| words::stopped(stop, &id.short()));
            All::Runs(News::Stopped(stopped.map_err(Failure::from)))
        }))]
    }

    fn sighted(&mut self, sighting: Sighting) -> Effects<All> {
        match &sighting {
            Sighting::All(all) => {
                self.keep_selection(all);
                self.all = Arc::clone(all);
                self.blind = None;
            }
            Sighting::Blind(failure) => self.blind = Some(failure.clone()),
            _ => {}
        }
        let place = |engine: &str| {
            let route = self.routes.iter().find(|(name, _)| *name == engine);
            route.map(|(_, place)| *place)
        };
        let to = match &sighting {
            Sighting::Began(run) | Sighting::Ended(run) => place(&run.manifest.engine),
            Sighting::Said(engine, ..) => place(engine),
            Sighting::All(_) | Sighting::Blind(_) => None,
        };
        let tell = to.map(|place| Effect::Tell(place, All::Run(sighting)));
        tell.into_iter().collect()
    }

    /// The selected run stays the selected one when others come.
    fn keep_selection(&mut self, all: &[Listed]) {
        if self.list.selected() == 0 || self.filter.is_on() {
            return;
        }
        let more = all.len().saturating_sub(self.all.len());
        self.list.select(self.list.selected() + more, all.len());
    }

    fn on_own(&mut self, news: News) -> Effects<All> {
        match news {
            News::Said(id, entries) => {
                if let Some(opened) = self.opened.as_mut().filter(|opened| opened.run.id() == id) {
                    opened.take(&entries);
                }
                Vec::new()
            }
            News::Over(id, over) => {
                if let Some(opened) = self.opened.as_mut().filter(|opened| opened.run.id() == id) {
                    opened.over(over);
                }
                Vec::new()
            }
            News::Stopped(Ok(said)) => vec![Effect::Say(Notice::new(&said, Tone::Plain))],
            News::Stopped(Err(failure)) => {
                vec![Effect::Say(Notice::from(&crate::error::Error::from(
                    failure,
                )))]
            }
        }
    }
}

/// Why a run cannot be taken back.
fn why_no_undo(run: &Run) -> Option<&'static str> {
    if run.manifest.engine != Engine::NAME {
        return Some("only what a sync of users did can be taken back");
    }
    (run.state == State::Running).then_some("it is still running")
}

impl Tab<All> for Runs {
    fn title(&self) -> &'static str {
        "Runs"
    }

    fn keys(&self) -> Vec<Binding> {
        let chosen = self.chosen();
        let none = chosen.is_none().then_some("there is no run here");
        let ended = chosen.is_some_and(|run| run.state != State::Running);
        let over = ended.then_some("it has ended already");
        let own = |key, action, label: &str, description: &str| {
            Binding::new([Key::char(key)], action, label, description)
        };
        let mut bindings = Vec::new();
        if self.opened.is_some() {
            let back = [Key::ESC, Key::code(crossterm::event::KeyCode::Backspace)];
            bindings.push(Binding::new(
                back,
                Action::Back,
                "back",
                "Goes back to the list.",
            ));
            bindings.push(own(
                'w',
                Action::Own("wrap"),
                "wrap",
                "Breaks long lines, or cuts them.",
            ));
        } else {
            let follow = if ended { "replay" } else { "follow" };
            let open = Binding::new(
                [Key::ENTER],
                Action::Open,
                follow,
                "Shows a run from its first event; one that goes on is followed.",
            );
            bindings.push(open.unless(none));
            bindings.push(own('/', Action::Filter, "filter", "Filters the runs."));
            if self.filter.is_on() {
                let clear = Binding::new([Key::ESC], Action::Back, "all", "Shows all runs again.");
                bindings.push(clear);
            }
        }
        bindings.push(
            own(
                'x',
                Action::Own("stop"),
                "stop",
                "Asks the run to stop, after a question.",
            )
            .unless(none.or(over)),
        );
        let cannot = chosen.and_then(why_no_undo);
        bindings.push(
            own(
                'u',
                Action::Own("undo"),
                "undo",
                "Shows how what the run did is taken back.",
            )
            .unless(none.or(cannot)),
        );
        bindings.push(own('y', Action::Copy, "copy id", "Copies the id of the run.").unless(none));
        bindings.extend(keys::moves());
        bindings
    }

    fn start(&mut self) -> Effects<All> {
        vec![Effect::Work(self.tools.lookout.work(self.kept.clone()))]
    }

    fn act(&mut self, action: Action) -> Effects<All> {
        match action {
            Action::Move(step) => {
                let length = self.rows().len();
                match &mut self.opened {
                    Some(opened) => opened.view.go(step),
                    None => self.list.go(step, length),
                }
            }
            Action::Open => return self.open(),
            Action::Back if self.opened.is_some() => return self.close(),
            Action::Back => {
                self.filter.clear();
            }
            Action::Filter => self.filter.open(),
            Action::Copy => {
                let id = self.chosen().map(|run| run.id().to_string());
                return id.map(Effect::Copy).into_iter().collect();
            }
            Action::Own("wrap") => {
                if let Some(opened) = &mut self.opened {
                    opened.view.toggle_wrap();
                }
            }
            Action::Own("undo") => return self.undo(),
            Action::Own("stop") => {
                let question = |run| Effect::Ask(stop_question(run, &self.tools.operator));
                return self.chosen().map(question).into_iter().collect();
            }
            Action::Confirmed(id) => {
                let runs = self.all.iter().filter_map(|row| match row {
                    Listed::Run(run) => Some(run.id()),
                    Listed::Unreadable { .. } => None,
                });
                let asked = runs.into_iter().find(|run| run.uuid() == id);
                return asked.map(|id| self.stop(id)).unwrap_or_default();
            }
            _ => {}
        }
        Vec::new()
    }

    fn capture(&mut self, key: Key) -> Option<Effects<All>> {
        if self.opened.is_some() {
            return None;
        }
        self.filter.take(key)?;
        self.list.select(0, 1);
        Some(Vec::new())
    }

    fn paste(&mut self, words: &str) -> Effects<All> {
        self.filter.paste(words);
        Vec::new()
    }

    fn point(&mut self, at: Position, area: Rect) -> Effects<All> {
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

    fn on(&mut self, news: All) -> Effects<All> {
        match news {
            All::Run(sighting) => self.sighted(sighting),
            All::Runs(news) => self.on_own(news),
            All::Users(_) | All::Pimpinan(_) | All::Script(_) | All::Dapodik(_) => Vec::new(),
        }
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, look: &Look) {
        match &self.opened {
            Some(opened) => opened.draw(buffer, area, look),
            None => self.draw_list(buffer, area, look),
        }
    }
}
