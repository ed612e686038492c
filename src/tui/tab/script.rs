//! The tab of DB Script: the state of the script, its runs, and what it prints.
//!
//! ```text
//!   Board ── s ──▶ planning ─▶ Review ── Enter ──▶ question ─▶ run, followed on the board
//!     │ U ──▶ plan of the removal ──▶ question ─▶ result
//!     └─ right pane: the viewer on the output of a run, or on the script's own log
//! ```
//! Running and removing a lock are two engines, so there are two controllers; only one is active at
//! a time. The board shows all of this in every state but a review and a failure, where the tab of
//! an engine has pages; so it stands on its controllers instead of [`super::engine_tab`], and keeps
//! that tab's rules for keys and for settings that are not ready.

mod draw;
mod keys;
mod load;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::watch;

use super::engine_tab::NotReady;
use super::{Badge, Effects, Hint, Protocol, Status, Tab};
use crate::context::script::Activity;
use crate::engine::Engine as _;
use crate::error::{Error, Failure};
use crate::files::Links;
use crate::run::Id;
use crate::script::unlock::Unlock;
use crate::script::{Script as Engine, Target};
use crate::tui::flow::{self, Phase, State};
use crate::tui::keys::{Action, Binding, Key};
use crate::tui::notices::Notice;
use crate::tui::run_controller::{RunController, failed, planned_by};
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab::Effect;
use crate::tui::tab::TabContext;
use crate::tui::tasks::WorkName;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::list::List;
use crate::tui::widget::page::Page;
use crate::tui::widget::viewer::{self, Viewer};
use load::{Facts, Polled};

const LOOKING: &str = "Looking at the script";
const NOT_LOOKED: &str = "the script was not looked at yet";
const READ_ONLY: &str = "nothing may be written: read_only is set";
const NO_RUNS: &str = "no run yet";
const NO_LOG: &str = "no log file is configured";
const NO_LOCK_FILE: &str = "no lock file is configured";

/// The news of the tab's work.
#[derive(Debug)]
pub enum News {
    /// About a plan or a run of the script.
    Flow(Box<flow::News<Engine>>),
    /// About the removal of a stale lock.
    Unlock(Box<flow::News<Unlock>>),
    /// The state of the script, and its earlier runs.
    Looked(Result<Box<Facts>, NotReady>),
    /// What can be seen of the active run, and when.
    Active(Id, Activity, Timestamp),
    /// What was seen between two looks.
    Polled(Polled),
    Viewer(viewer::News),
}

impl Protocol for News {
    type Act = Act;
}

/// What only this tab knows to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Removes a stale lock file.
    Unlock,
}

/// Which pane has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Runs,
    Output,
}

/// The file in the viewer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Shown {
    #[default]
    Nothing,
    /// The output of a run.
    Output(Id),
    /// The script's own log.
    Log(PathBuf),
}

pub struct Script {
    controller: RunController<Engine, News>,
    unlock: RunController<Unlock, News>,
    facts: Option<Box<Facts>>,
    not_ready: Option<NotReady>,
    /// The script is being looked at.
    looking: bool,
    /// What was seen meanwhile.
    polled: Option<Polled>,
    /// Whether the tab is on the screen.
    visible: watch::Sender<bool>,
    side: Side,
    history: List,
    viewer: Viewer,
    shown: Shown,
    /// The run whose activity is watched.
    watched: Option<Id>,
    activity: Activity,
    /// The run without a worker whose script is being ended.
    ending: Option<Id>,
    /// The run whose long wait was reported.
    alarmed: Option<Id>,
    /// The scroll position of a preview or a failure.
    page: Page,
}

impl Script {
    pub fn new(context: TabContext) -> Self {
        let removal = |config, request, job| {
            planned_by(|config, ()| Unlock::new(&config), config, request, job)
        };
        Self {
            controller: RunController::new(context.clone(), load::plan, |news| {
                News::Flow(Box::new(news))
            }),
            unlock: RunController::new(context, removal, |news| News::Unlock(Box::new(news))),
            facts: None,
            not_ready: None,
            looking: false,
            polled: None,
            visible: watch::Sender::new(false),
            side: Side::default(),
            history: List::default(),
            viewer: Viewer::default(),
            shown: Shown::default(),
            watched: None,
            activity: Activity::default(),
            ending: None,
            alarmed: None,
            page: Page::default(),
        }
    }

    fn now(&self) -> Timestamp {
        self.controller.context().app.clock.now()
    }

    /// The newest active run.
    fn active_run(&self) -> Option<Id> {
        self.controller.runs().active().next().map(|run| run.id())
    }

    fn look(&mut self) -> Effect<News> {
        self.looking = true;
        Effect::Work(load::look(self.controller.context().clone()))
    }

    fn on_looked(&mut self, looked: Result<Box<Facts>, NotReady>) -> Effects<News> {
        self.looking = false;
        match looked {
            Ok(facts) => {
                self.facts = Some(facts);
                self.not_ready = None;
                let mut effects = self.show_something();
                let polled = self.polled.take();
                effects.extend(polled.into_iter().flat_map(|seen| self.on_polled(seen)));
                effects
            }
            Err(not_ready) => {
                self.not_ready = Some(not_ready);
                Vec::new()
            }
        }
    }

    /// Looks at everything again where something has changed.
    fn on_polled(&mut self, seen: Polled) -> Effects<News> {
        if self.looking {
            self.polled = Some(seen);
            return Vec::new();
        }
        match &self.facts {
            Some(facts) if !facts.agrees_with(&seen) => vec![self.look()],
            _ => Vec::new(),
        }
    }

    /// Takes what is seen of a run; a wait that takes too long is reported once, on every tab.
    fn on_active(&mut self, id: Id, activity: Activity, at: Timestamp) -> Effects<News> {
        if self.watched != Some(id) {
            return Vec::new();
        }
        self.activity = activity;
        let waiting = self.activity.waiting.as_ref();
        let minutes = waiting.and_then(|waiting| waiting.overdue_minutes(at));
        match minutes {
            Some(minutes) if self.alarmed != Some(id) => {
                self.alarmed = Some(id);
                let words = format!(
                    "The script ended {minutes} min ago, and what it left in the background still runs"
                );
                vec![Effect::Say(Notice::new(&words, Tone::Warn))]
            }
            _ => Vec::new(),
        }
    }

    /// Makes effects of what the viewer asks for.
    fn asked(&self, asks: Vec<viewer::Ask>) -> Effects<News> {
        let environment = &self.controller.context().app.sources.environment;
        let page = |path: &Path| Effect::RunProgram(viewer::pager(environment.get("PAGER"), path));
        viewer::effects(asks, News::Viewer, page)
    }

    /// Watches the run that is followed, when it is another than before, and shows its output.
    fn keep_up(&mut self) -> Effects<News> {
        let followed = match self.controller.state() {
            State::Running(id) => Some(*id),
            _ => self.active_run(),
        };
        if followed == self.watched {
            return Vec::new();
        }
        self.watched = followed;
        self.activity = Activity::default();
        let Some(id) = followed else {
            return vec![Effect::Abort(load::WATCH.into())];
        };
        let context = self.controller.context().clone();
        let mut effects = vec![Effect::Work(load::watch(context, id))];
        effects.extend(self.show_output(id));
        effects
    }

    /// Opens the newest output, or else the log, where nothing is open yet.
    fn show_something(&mut self) -> Effects<News> {
        let Some(facts) = self.facts.as_ref().filter(|_| self.shown == Shown::Nothing) else {
            return Vec::new();
        };
        let newest = facts.history.first().map(|past| past.run.id());
        let log = facts.log().map(Path::to_owned);
        match (self.watched.or(newest), log) {
            (Some(id), _) => self.show_output(id),
            (None, Some(log)) => self.show_log(log),
            (None, None) => Vec::new(),
        }
    }

    /// Opens the output of a run; before the first look its path is not known.
    fn show_output(&mut self, id: Id) -> Effects<News> {
        let Some(facts) = &self.facts else {
            return Vec::new();
        };
        let path = facts.kept.output(id);
        self.shown = Shown::Output(id);
        let asks = self.viewer.open(&path, Links::Refuse);
        self.asked(asks)
    }

    fn show_log(&mut self, log: PathBuf) -> Effects<News> {
        let asks = self.viewer.open(&log, Links::Follow);
        self.shown = Shown::Log(log);
        self.asked(asks)
    }

    /// From the output to the log, and back.
    fn toggle(&mut self) -> Effects<News> {
        let Some(facts) = &self.facts else {
            return Vec::new();
        };
        let log = facts.log().map(Path::to_owned);
        let selected = facts.history.get(self.history.selected());
        let run = self.watched.or(selected.map(|past| past.run.id()));
        match (&self.shown, log, run) {
            (Shown::Log(_), _, Some(id)) => self.show_output(id),
            (Shown::Output(_) | Shown::Nothing, Some(log), _) => self.show_log(log),
            _ => Vec::new(),
        }
    }

    /// Why the right pane cannot show the other file.
    fn no_other(&self) -> Option<&'static str> {
        let Some(facts) = &self.facts else {
            return Some(NOT_LOOKED);
        };
        match (&self.shown, facts.target()) {
            (Shown::Log(_), _) => facts.history.is_empty().then_some(NO_RUNS),
            (_, Some(Target::Remote(_))) => {
                Some("the lines of the service's log come with the run's output")
            }
            _ => facts.log().is_none().then_some(NO_LOG),
        }
    }
}

impl Tab<News> for Script {
    fn title(&self) -> &'static str {
        "DB Script"
    }

    fn engines(&self) -> &'static [&'static str] {
        &[Engine::NAME, Unlock::NAME]
    }

    fn badge(&self) -> Badge {
        self.controller.badge()
    }

    fn running(&self) -> Vec<Option<String>> {
        [self.controller.running(), self.unlock.running()].concat()
    }

    fn status(&self) -> Option<Status> {
        match (self.controller.state(), &self.not_ready) {
            (State::Idle, Some(NotReady::Failed(failure))) => Some(failed(failure)),
            (State::Review(plan), _) => Some(self.review_status(plan)),
            (State::Planning | State::Starting(_), _) => self.controller.status(),
            _ if !matches!(self.unlock.phase(), Phase::Idle | Phase::Review) => {
                self.unlock.status()
            }
            (State::Idle, _) if self.looking => Some(Status::new(LOOKING, Tone::Plain)),
            _ => self.controller.status(),
        }
    }

    fn keys(&self) -> Vec<Binding<Act>> {
        self.bindings()
    }

    fn start(&mut self) -> Effects<News> {
        let context = self.controller.context().clone();
        let visible = self.visible.subscribe();
        vec![Effect::Work(load::poll(context, visible))]
    }

    fn shown(&mut self) -> Effects<News> {
        self.visible.send_replace(true);
        self.controller.shown();
        self.unlock.shown();
        vec![self.look()]
    }

    fn hidden(&mut self) {
        self.visible.send_replace(false);
        self.controller.hidden();
        self.unlock.hidden();
    }

    fn act(&mut self, action: Action<Act>) -> Effects<News> {
        self.perform(action)
    }

    fn typing(&self) -> Option<Vec<Hint>> {
        self.is_board().then(|| self.viewer.typing())?
    }

    fn capture(&mut self, key: Key) -> Option<Effects<News>> {
        if !self.is_board() {
            return None;
        }
        let asks = self.viewer.capture(key)?;
        Some(self.asked(asks))
    }

    fn paste(&mut self, words: &str) -> Effects<News> {
        if self.is_board() {
            self.viewer.paste(words);
        }
        Vec::new()
    }

    fn on(&mut self, news: News) -> Effects<News> {
        match news {
            News::Flow(news) => self.on_flow(*news),
            News::Unlock(news) => self.on_unlock(*news),
            News::Polled(seen) => self.on_polled(seen),
            News::Looked(looked) => self.on_looked(looked),
            News::Active(id, activity, at) => self.on_active(id, activity, at),
            News::Viewer(news) => {
                let asks = self.viewer.on(news);
                self.asked(asks)
            }
        }
    }

    fn run_event(&mut self, event: &RunEvent) -> Effects<News> {
        let engine = match event {
            RunEvent::Began(run) | RunEvent::Ended(run) => run.manifest.engine.as_str(),
            RunEvent::Said(engine, ..) => engine,
            RunEvent::All(_) | RunEvent::Blind(_) => return Vec::new(),
        };
        let mut effects = if engine == Unlock::NAME {
            self.unlock.run_event(event)
        } else {
            self.controller.run_event(event)
        };
        if let RunEvent::Began(run) = event
            && engine == Engine::NAME
            && matches!(
                self.controller.phase(),
                Phase::Idle | Phase::Done(_) | Phase::Died(_)
            )
        {
            self.controller.attach(run.id());
            effects.extend(self.unlock.back());
        }
        effects.extend(self.keep_up());
        if !matches!(event, RunEvent::Said(..)) && self.facts.is_some() {
            effects.push(self.look());
        }
        effects
    }

    fn broken(&mut self, work: WorkName) -> Effects<News> {
        if work == load::LOOK.into() {
            self.looking = false;
            let error = Error::bug("looking at the script broke off because of a bug in selaras");
            self.not_ready = Some(NotReady::Failed(Failure::from(error)));
        }
        self.controller.broken(work);
        self.unlock.broken(work);
        let asks = self.viewer.broken(work.task);
        self.asked(asks)
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        self.draw_state(buffer, area, theme);
    }
}
