//! The tab of DB Script: how the script stands, its runs, and what it prints.
//!
//! ```text
//!   Board ── r ──▶ Drive: planning ─▶ Review ── Enter ──▶ question ─▶ run, followed on the board
//!     │ u ──▶ Drive of the removal ── planned ──▶ question ─▶ result
//!     └─ right pane: the viewer on the output of a run, or on the script's own log
//! ```
//! Running and removing a lock are two engines, so there are two drives; only one is under way at
//! a time.

mod checks;
mod draw;
mod flow;
mod keys;
mod load;
mod output;
mod paths;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::watch;

use super::{Badge, Effects, Hint, Status, Tab};
use crate::context::script::Activity;
use crate::engine::Engine as _;
use crate::error::{Error, Failure};
use crate::run::Id;
use crate::script::Script as Engine;
use crate::script::unlock::Unlock;
use crate::tui::flow::{self as machine, State};
use crate::tui::keys::Key;
use crate::tui::news::{Action, Binding, News as All};
use crate::tui::notices::Notice;
use crate::tui::run_controller::{self, RunController, planned_by};
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab_context::TabContext;
use crate::tui::tasks::{Effect, WorkName};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::list::List;
use crate::tui::widget::page::Page;
use crate::tui::widget::viewer::{self, Viewer};
use load::{Facts, Glimpse, NotReady};
use output::Shown;

const LOOKING: &str = "Looking at the script";
const NOT_LOOKED: &str = "the script was not looked at yet";
const READ_ONLY: &str = "nothing may be written: read_only is set";
const NO_RUNS: &str = "no run yet";
const NO_LOG: &str = "no log file is configured";
const NO_LOCK_FILE: &str = "no lock file is configured";

/// What the work of the tab brings back.
#[derive(Debug)]
pub enum News {
    /// About a plan or a run of the script.
    Flow(Box<machine::News<Engine>>),
    /// About the removal of a stale lock.
    Unlock(Box<machine::News<Unlock>>),
    /// How the script stands, and its earlier runs.
    Looked(Result<Box<Facts>, NotReady>),
    /// What can be seen of the run that goes on, and when.
    Active(Id, Activity, Timestamp),
    /// What was seen between two looks.
    Glanced(Glimpse),
    /// For the viewer.
    Viewer(viewer::News),
}

/// Which pane has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Runs,
    Output,
}

/// The tab of DB Script.
pub struct Script {
    controller: RunController<Engine, All>,
    unlock: RunController<Unlock, All>,
    facts: Option<Box<Facts>>,
    unready: Option<NotReady>,
    /// The script is being looked at.
    looking: bool,
    /// What was seen meanwhile.
    glanced: Option<Glimpse>,
    /// Whether somebody looks at the tab.
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
    /// The run whose wait was told to take too long.
    alarmed: Option<Id>,
    /// Where one reads in a preview or a failure.
    page: Page,
}

impl Script {
    /// The tab of a screen with these tools.
    pub fn new(context: TabContext) -> Self {
        let removal =
            |config, request, job| planned_by(|config| Unlock::new(&config), config, request, job);
        Self {
            controller: RunController::new(context.clone(), flow::planner, |news| {
                All::Script(News::Flow(Box::new(news)))
            }),
            unlock: RunController::new(context, removal, |news| {
                All::Script(News::Unlock(Box::new(news)))
            }),
            facts: None,
            unready: None,
            looking: false,
            glanced: None,
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

    fn look(&mut self) -> Effect<All> {
        self.looking = true;
        Effect::Work(load::look(self.controller.context().clone()))
    }

    fn on_looked(&mut self, seen: Result<Box<Facts>, NotReady>) -> Effects<All> {
        self.looking = false;
        match seen {
            Ok(facts) => {
                self.facts = Some(facts);
                self.unready = None;
                let mut effects = self.show_something();
                let glanced = self.glanced.take();
                effects.extend(glanced.into_iter().flat_map(|seen| self.glanced(seen)));
                effects
            }
            Err(unready) => {
                self.unready = Some(unready);
                Vec::new()
            }
        }
    }

    /// Looks at everything anew where it is not as it was.
    fn glanced(&mut self, seen: Glimpse) -> Effects<All> {
        if self.looking {
            self.glanced = Some(seen);
            return Vec::new();
        }
        match &self.facts {
            Some(facts) if !facts.agrees_with(&seen) => vec![self.look()],
            _ => Vec::new(),
        }
    }

    /// Takes what is seen of a run; a wait that takes too long is told once, on every tab.
    fn active(&mut self, id: Id, activity: Activity, at: Timestamp) -> Effects<All> {
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

    fn saw(&mut self, event: &RunEvent) -> Effects<All> {
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
                self.controller.state(),
                State::Idle | State::Done(_) | State::Died(_)
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
}

impl Tab<All> for Script {
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
        match (self.controller.state(), &self.unready) {
            (State::Idle, Some(NotReady::Failed(failure))) => Some(run_controller::failed(failure)),
            (State::Review(plan), _) => Some(self.review_status(plan)),
            (State::Planning | State::Starting(_), _) => self.controller.status(),
            _ if !matches!(self.unlock.state(), State::Idle | State::Review(_)) => {
                self.unlock.status()
            }
            (State::Idle, _) if self.looking => Some(Status::new(LOOKING, Tone::Plain)),
            _ => self.controller.status(),
        }
    }

    fn keys(&self) -> Vec<Binding> {
        self.bindings()
    }

    fn start(&mut self) -> Effects<All> {
        let context = self.controller.context().clone();
        let shown = self.visible.subscribe();
        vec![Effect::Work(load::glance(context, shown))]
    }

    fn shown(&mut self) -> Effects<All> {
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

    fn act(&mut self, action: Action) -> Effects<All> {
        self.do_it(action)
    }

    fn typing(&self) -> Option<Vec<Hint>> {
        self.is_board().then(|| self.viewer.typing())?
    }

    fn capture(&mut self, key: Key) -> Option<Effects<All>> {
        if !self.is_board() {
            return None;
        }
        let asks = self.viewer.capture(key)?;
        Some(self.asked(asks))
    }

    fn paste(&mut self, words: &str) -> Effects<All> {
        if self.is_board() {
            self.viewer.paste(words);
        }
        Vec::new()
    }

    fn on(&mut self, news: All) -> Effects<All> {
        match news {
            All::Script(News::Flow(news)) => self.on_flow(*news),
            All::Script(News::Unlock(news)) => self.on_unlock(*news),
            All::Script(News::Glanced(seen)) => self.glanced(seen),
            All::Script(News::Looked(seen)) => self.on_looked(seen),
            All::Script(News::Active(id, activity, at)) => self.active(id, activity, at),
            All::Script(News::Viewer(news)) => {
                let asks = self.viewer.on(news);
                self.asked(asks)
            }
            _ => Vec::new(),
        }
    }

    fn run_event(&mut self, event: &RunEvent) -> Effects<All> {
        self.saw(event)
    }

    fn broken(&mut self, work: WorkName) -> Effects<All> {
        if work == load::LOOK.into() {
            self.looking = false;
            let failure = Failure::from(Error::bug(
                "looking at the script broke off by a mistake of ours",
            ));
            self.unready = Some(NotReady::Failed(failure));
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
