//! The tab of Dapodik: how the backend stands, what a sync does, and the ways to start one.
//!
//! ```text
//!   Board ── S, P, C ─────────────▶ Drive: planning ─▶ Review ── Enter ──▶ question ─▶ run
//!     ├── s ─▶ Picker ── Enter ──▶       ▲                                              │
//!     └── p ─▶ Form ──── Enter ──▶       └───────── again, watch, force ────────────────┘
//! ```
//! Each part has a file; here keys and news go to the part that has them. What a backend's frames
//! mean is the engine's: the board only replays the journal of a run.

mod board;
mod flow;
mod form;
mod keys;
mod load;
mod picker;
mod progress;
mod result;
mod review;

use std::cell::Cell;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use uuid::Uuid;

use super::{Badge, Effects, Hint, SetupPage, Status, Tab};
use crate::dapodik::{Dapodik as Engine, Metadata, Scope};
use crate::engine::Engine as _;
use crate::error::Failure;
use crate::tui::flow::{self as machine, State};
use crate::tui::keys::Key;
use crate::tui::news::{Action, Binding, News as All};
use crate::tui::run_controller::{RunController, planned_by};
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab_context::TabContext;
use crate::tui::tasks::WorkName;
use crate::tui::theme::Theme;
use crate::tui::widget::list::List;
use crate::tui::widget::page::Page;
use form::Form;
use load::{NotReady, Overview};
use picker::Picker;
use progress::RunsProgress;

/// What the work of the tab brings back.
#[derive(Debug)]
pub enum News {
    /// About a plan or a run.
    Flow(Box<machine::News<Engine>>),
    /// What this machine knows: the list of kecamatan, earlier runs, the database.
    Overview(Result<Box<Overview>, NotReady>),
    /// What the backend says of itself, and when it was asked.
    Metadata(Result<Metadata, Failure>, Timestamp),
    /// It said RUNNING a while ago.
    AskAgain,
}

/// What the keys are for while no plan and no result is looked at.
#[derive(Debug, Default)]
enum Mode {
    #[default]
    Board,
    Picker(Picker),
    Form(Form),
}

/// Which pane of the board has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum BoardPane {
    #[default]
    Kecamatan,
    Events,
}

#[derive(Debug, Default)]
enum BackendState {
    #[default]
    Unasked,
    Asking,
    Said(Metadata),
    Silent(Failure),
}

pub struct Dapodik {
    controller: RunController<Engine, All>,
    mode: Mode,
    side: BoardPane,
    overview: Option<Overview>,
    unready: Option<NotReady>,
    planned: Option<SetupPage>,
    backend: BackendState,
    /// Since when every answer said RUNNING, and when the last one did.
    running: Option<(Timestamp, Timestamp)>,
    /// The tab is on the screen.
    visible: bool,
    lives: RunsProgress,
    kecamatan: List,
    drawn: Cell<board::PaneAreas>,
    page: Page,
    /// The result of the last run, until something else is begun.
    result: Option<Status>,
    /// The plan that is looked at, so that a new one is read from its beginning.
    looked_at: Option<Uuid>,
}

impl Dapodik {
    pub fn new(context: TabContext) -> Self {
        let planner = |config, request, job| planned_by(Engine::new, config, request, job);
        let wrap = |news| All::Dapodik(News::Flow(Box::new(news)));
        Self {
            controller: RunController::new(context, planner, wrap),
            mode: Mode::default(),
            side: BoardPane::default(),
            overview: None,
            unready: None,
            planned: None,
            backend: BackendState::default(),
            running: None,
            visible: false,
            lives: RunsProgress::default(),
            kecamatan: List::default(),
            drawn: Cell::default(),
            page: Page::default(),
            result: None,
            looked_at: None,
        }
    }

    /// Whether a run goes on that only watches a sync.
    fn watched(&self) -> bool {
        let mut going = self.controller.runs().going();
        let live = going.next().and_then(|run| self.lives.get(run.id()));
        live.is_some_and(|live| live.progress.is_watched().is_some())
    }

    /// What a run syncs, where its request can be read.
    fn scope_of(&self, run: crate::run::Id) -> Option<&Scope> {
        self.lives.get(run)?.scope.as_ref()
    }
}

impl Tab<All> for Dapodik {
    fn title(&self) -> &'static str {
        "Dapodik"
    }

    fn engines(&self) -> &'static [&'static str] {
        &[Engine::NAME]
    }

    fn badge(&self) -> Badge {
        match (self.controller.badge(), self.watched()) {
            // Nobody sees how far a sync is that is only watched.
            (Badge::Busy { since, .. }, true) => Badge::Busy {
                since,
                percent: None,
            },
            (badge, _) => badge,
        }
    }

    fn running(&self) -> Vec<Option<String>> {
        self.controller.running()
    }

    fn status(&self) -> Option<Status> {
        match self.controller.state() {
            State::Idle => self.idle_status(),
            State::Review(plan) => Some(review::status(plan)),
            _ => self.controller.status(),
        }
    }

    fn keys(&self) -> Vec<Binding> {
        self.bindings()
    }

    fn start(&mut self) -> Effects<All> {
        vec![load::overview(self.controller.context().clone())]
    }

    fn shown(&mut self) -> Effects<All> {
        self.controller.shown();
        self.visible = true;
        let unasked = matches!(self.backend, BackendState::Unasked);
        if self.unready.is_none() && (unasked || self.running.is_some()) {
            self.ask_backend()
        } else {
            Vec::new()
        }
    }

    fn hidden(&mut self) {
        self.visible = false;
        self.controller.hidden();
    }

    fn act(&mut self, action: Action) -> Effects<All> {
        self.do_it(action)
    }

    fn typing(&self) -> Option<Vec<Hint>> {
        match (self.controller.state(), &self.mode) {
            (State::Idle, Mode::Picker(picker)) => picker.typing(),
            (State::Idle, Mode::Form(form)) => Some(form.typing()),
            _ => None,
        }
    }

    fn capture(&mut self, key: Key) -> Option<Effects<All>> {
        if !matches!(self.controller.state(), State::Idle) {
            return None;
        }
        let taken = match &mut self.mode {
            Mode::Board => false,
            Mode::Picker(picker) => picker.capture(key),
            Mode::Form(form) => form.capture(key),
        };
        taken.then(Vec::new)
    }

    fn paste(&mut self, words: &str) -> Effects<All> {
        if matches!(self.controller.state(), State::Idle) {
            match &mut self.mode {
                Mode::Board => {}
                Mode::Picker(picker) => picker.paste(words),
                Mode::Form(form) => form.paste(words),
            }
        }
        Vec::new()
    }

    fn point(&mut self, at: Position, area: Rect) -> Effects<All> {
        match (self.controller.state(), &mut self.mode) {
            (State::Idle, _) if self.unready.is_some() => {}
            (State::Idle, Mode::Picker(picker)) => picker.point(at, area),
            (State::Idle, Mode::Form(form)) => form.point(at, area),
            (State::Idle | State::Running(_), _) => self.point_board(at),
            _ => {}
        }
        Vec::new()
    }

    fn on(&mut self, news: All) -> Effects<All> {
        match news {
            All::Dapodik(news) => self.on_own(news),
            _ => Vec::new(),
        }
    }

    fn run_event(&mut self, event: &RunEvent) -> Effects<All> {
        self.saw(event)
    }

    fn broken(&mut self, work: WorkName) -> Effects<All> {
        match work.task {
            load::OVERVIEW => self.unready = Some(NotReady::Failed(load::broke())),
            load::METADATA => self.backend = BackendState::Silent(load::broke()),
            load::LATER => {}
            _ => self.controller.broken(work),
        }
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        self.draw_state(buffer, area, theme);
    }
}
