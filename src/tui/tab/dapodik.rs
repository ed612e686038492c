//! The tab of Dapodik: the state of the backend, what a sync does, and the ways to start one.
//!
//! ```text
//!   Board ── S, P, C ─────────────▶ planning ─▶ Review ── Enter ──▶ question ─▶ run
//!     ├── s ─▶ Picker ── Enter ──▶     ▲           │ r, f, F                    │
//!     ├── p ─▶ Form ──── Enter ──▶     └───────────┴──────────── r ─────────────┘
//!     └── Enter ─▶ District: the schools of one kecamatan, of a run of ours
//! ```
//! Each part has a file; what happens around them is [`super::engine_tab`]. The board only replays
//! the journal of a run.

mod board;
mod district;
mod facts;
mod form;
mod keys;
mod picker;
mod report;
mod review;
mod runs;
mod start;

use std::cell::Cell;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::engine_tab::{
    self, ControllerOf, EffectsOf, EngineScreen, EngineTab, NotReady, Then, Words,
};
use super::{Badge, Hint, Status, TabContext};
use crate::dapodik::model::Sample;
use crate::dapodik::{Dapodik as Engine, Metadata, Plan, Report, Scope};
use crate::error::{Failure, Result};
use crate::run::{Id, Run};
use crate::text::excerpt;
use crate::tui::flow::{Done, Phase, State};
use crate::tui::keys::{Action, Binding, Key};
use crate::tui::run_controller::{Planner, planned_by};
use crate::tui::run_watcher::RunEvent;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::list::List;
use crate::tui::widget::page::{Page, Rows};
use crate::tui::widget::prompt::Filter;
use district::DistrictView;
use facts::Facts;
use form::Form;
use picker::Picker;
use runs::{RunProgress, RunsProgress};

pub type News = engine_tab::News<Sync>;

#[derive(Debug)]
pub enum Said {
    /// What the backend says of itself, and when it was asked.
    Metadata(Result<Metadata, Failure>, Timestamp),
    /// It said RUNNING a while ago.
    AskAgain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    OnePtk,
    AllPtk,
    AllSchools,
    Metadata,
    /// Chooses the kecamatan that are not chosen.
    Invert,
    /// Chooses those that failed last time; or shows what failed alone.
    Failed,
    /// Plans another sync beside the one that runs.
    Force,
    /// Plans the rest of a global sync that did not come to its end.
    Continue,
}

/// What the keys are for while no plan and no result is looked at.
#[derive(Debug, Default)]
enum Mode {
    #[default]
    Board,
    Picker(Picker),
    Form(Form),
    District(DistrictView),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum BoardPane {
    #[default]
    Kecamatan,
    Events,
}

/// What is read of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ReviewPage {
    #[default]
    Preview,
    /// One school as it would be written.
    Sample,
}

#[derive(Debug, Default)]
enum BackendState {
    #[default]
    Unasked,
    Asking,
    Said(Metadata),
    Silent(Failure),
}

/// The board with its picker and its form.
#[derive(Default)]
pub struct Sync {
    mode: Mode,
    pane: BoardPane,
    facts: Option<Facts>,
    backend: BackendState,
    /// Since when every answer said RUNNING, and when the last one did.
    running: Option<(Timestamp, Timestamp)>,
    /// The backend is to be asked when the settings were read.
    asks_next: bool,
    visible: bool,
    /// How the followed run ended is said, until something else is asked for.
    has_ended: bool,
    runs: RunsProgress,
    kecamatan: List,
    /// Which kecamatan are listed.
    filter: Filter,
    drawn: Cell<board::PaneAreas>,
    /// Where one reads in the preview.
    page: Page,
    review_page: ReviewPage,
}

impl Sync {
    pub fn tab(context: TabContext) -> EngineTab<Self> {
        EngineTab::new(Self::default(), context)
    }

    /// Whether the current run only watches a sync.
    fn watches(&self, controller: &ControllerOf<Self>) -> bool {
        let mut going = controller.runs().active();
        let run = going.next().and_then(|run| self.runs.get(run.id()));
        run.is_some_and(|run| run.progress.is_watched().is_some())
    }

    /// Why nothing may be started at all.
    fn refused(&self) -> Option<&'static str> {
        let read_only = self.facts.as_ref().is_some_and(|facts| facts.read_only);
        read_only.then_some("nothing may be started: read_only is set")
    }

    /// The run on the board: the one that is followed, the current one, or the last.
    fn shown_run(&self, controller: &ControllerOf<Self>) -> Option<Id> {
        if let Phase::Running(id) = controller.phase() {
            return Some(id);
        }
        let going = controller.runs().active().next().map(|run| run.id());
        going.or_else(|| self.runs.newest())
    }

    /// The sample of a plan, while it is shown.
    fn sample<'p>(&self, plan: &'p Plan) -> Option<&'p Sample> {
        let own = plan
            .portal
            .as_ref()
            .filter(|_| self.review_page == ReviewPage::Sample)?;
        own.sample.as_ref()
    }

    /// What is known of the run on the board.
    fn shown_live(&self, controller: &ControllerOf<Self>) -> Option<&RunProgress> {
        self.runs.get(self.shown_run(controller)?)
    }

    /// Whether a run does our own work, and follows no backend.
    fn is_own(&self, live: &RunProgress) -> bool {
        live.is_own() || self.is_portal()
    }

    /// Whether the settings say that we do the work.
    fn is_portal(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.is_portal)
    }
}

impl EngineScreen for Sync {
    type Engine = Engine;
    type Facts = Facts;
    type News = Said;
    type Act = Act;
    const WORDS: Words = Words {
        title: "Dapodik",
        looking: "Looking…",
        run: "Sync",
        result: "Result",
        back: "Goes back to the board.",
        leave: "Goes back to the board; the run continues.",
    };
    const PLANNER: Planner<Engine> =
        |config, request, job| planned_by(|config, _| Engine::new(config), config, request, job);

    async fn look(context: TabContext) -> Result<Facts, NotReady> {
        facts::look(&context).await
    }

    fn looked(&mut self, facts: Facts, controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        self.facts = Some(facts);
        if std::mem::take(&mut self.asks_next) {
            return self.ask_backend(controller);
        }
        Vec::new()
    }

    /// The board draws a run as well: its bars stand beside the kecamatan.
    fn owns(phase: Phase<'_>) -> bool {
        matches!(phase, Phase::Idle | Phase::Review | Phase::Running(_))
    }

    fn keys(&self, controller: &ControllerOf<Self>) -> Vec<Binding<Act>> {
        self.bindings(controller)
    }

    fn act(
        &mut self,
        action: Action<Act>,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        match controller.phase() {
            Phase::Review => self.act_in_review(action, controller),
            Phase::Idle => self.act_idle(action, controller),
            _ => self.act_on_board(action, controller),
        }
    }

    fn draw(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        controller: &ControllerOf<Self>,
        theme: &Theme,
    ) {
        match (controller.state(), &self.mode) {
            (State::Review(plan), _) => {
                let history = self.facts.as_ref().map(|facts| &facts.history);
                let last = history.and_then(|history| history.took(&plan.scope));
                let id = review::id(plan);
                if let Some(sample) = self.sample(plan) {
                    let rows = |width| review::sample(sample, width);
                    let heading = ("Sample: as it would be written", id.as_str());
                    self.page.framed(buffer, area, heading, &rows, theme);
                    return;
                }
                let rows = |width| review::rows(plan, last, theme.now, width);
                let heading = ("Preview", id.as_str());
                self.page.framed(buffer, area, heading, &rows, theme);
            }
            (State::Idle, Mode::Picker(picker)) => picker.draw(buffer, area, theme),
            (State::Idle, Mode::Form(form)) => form.draw(buffer, area, theme),
            (_, Mode::District(view)) => {
                self.draw_district(buffer, area, (view, controller), theme);
            }
            _ => self.draw_board(buffer, area, controller, theme),
        }
    }

    fn obstacle(&self, plan: &Plan) -> Option<String> {
        let running = plan.obstacle().map(|failure| failure.message);
        self.refused().map(str::to_owned).or(running)
    }

    fn question(&mut self, plan: &Plan, now: Timestamp) -> Confirm {
        review::question(plan, now)
    }

    fn report(report: &Report, width: u16) -> Rows {
        match &report.work {
            Some(work) => report::rows(report, work, width),
            None => review::report(report, width),
        }
    }

    fn status(&self, controller: &ControllerOf<Self>) -> Option<Status> {
        match (controller.state(), &self.mode) {
            (State::Review(plan), _) => Some(review::status(plan)),
            (State::Idle, Mode::Picker(picker)) => Some(picker.status()),
            (State::Idle, Mode::Form(_)) => Some(Status::new(
                "NIK and NPSN, both; Tab goes to the other field",
                Tone::Plain,
            )),
            (State::Idle | State::Running(_), Mode::District(view)) => {
                view.status(self.district(view, controller))
            }
            (State::Idle, Mode::Board) if !self.has_ended => {
                let why = self.facts.as_ref()?.history.unfinished.as_ref()?;
                let why = excerpt(why, 300);
                let said = format!("! The last sync: {why}; S or s starts again");
                Some(Status::new(&said, Tone::Warn))
            }
            _ => None,
        }
    }

    fn badge(&self, badge: Badge, controller: &ControllerOf<Self>) -> Badge {
        match badge {
            // How far a sync is that is only watched cannot be seen.
            Badge::Busy { since, .. } if self.watches(controller) => Badge::Busy {
                since,
                percent: None,
            },
            badge => badge,
        }
    }

    fn planned(&mut self, _plan: &mut Plan) -> Result<()> {
        self.page = Page::default();
        Ok(())
    }

    fn ended(&mut self, done: &Done<Engine>) -> Then {
        // Of our own work there is more to say than a sentence, but for that of one person.
        let report = done.report.as_ref().filter(|report| report.work.is_some());
        let tells_more = report.is_some_and(|report| report.kecamatan.done > 0);
        if done.run.exit() == Some(0) && !tells_more {
            Then::GoBack
        } else {
            Then::ShowReport
        }
    }

    fn ending(report: &Report) -> Option<Status> {
        report.work.is_some().then(|| report::status(report))
    }

    fn stop_question(&self, run: &Run, question: Confirm) -> Confirm {
        let live = self.runs.get(run.id());
        let scope = live.and_then(|live| live.scope.as_ref());
        let then = match scope {
            Some(Scope::Global) if live.is_some_and(|live| self.is_own(live)) => {
                "! The batch in hand is finished, and what is stored stays; c continues later. \
                 The view is not refreshed."
            }
            _ if live.is_some_and(|live| self.is_own(live)) => {
                "! The batch in hand is finished, and what is stored stays. The view is not \
                 refreshed."
            }
            Some(Scope::Global | Scope::Kecamatan { .. }) | None => {
                "! The deployed backend continues to the end of the kecamatan in hand, then ends \
                 with an error, and does not refresh its view. A server of selaras stops at once. \
                 A sync that is only watched continues."
            }
            Some(_) => "! Only the waiting ends: the backend may do it all the same.",
        };
        question.line(then, Tone::Warn)
    }

    fn shown(&mut self, controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        self.visible = true;
        let unasked = matches!(self.backend, BackendState::Unasked);
        if unasked || self.running.is_some() {
            return self.ask_backend(controller);
        }
        Vec::new()
    }

    fn hidden(&mut self) {
        self.visible = false;
    }

    fn typing(&self, controller: &ControllerOf<Self>) -> Option<Vec<Hint>> {
        match (controller.phase(), &self.mode) {
            (Phase::Idle, Mode::Picker(picker)) => picker.typing(),
            (Phase::Idle, Mode::Form(form)) => Some(form.typing()),
            (Phase::Idle | Phase::Running(_), Mode::District(view)) => view.typing(),
            (Phase::Idle | Phase::Running(_), _) => self.filter.typing(),
            _ => None,
        }
    }

    fn capture(
        &mut self,
        key: Key,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        let taken = match (controller.phase(), &mut self.mode) {
            (Phase::Idle, Mode::Picker(picker)) => picker.capture(key),
            (Phase::Idle, Mode::Form(form)) => form.capture(key),
            (Phase::Idle | Phase::Running(_), Mode::District(view)) => view.capture(key),
            (Phase::Idle | Phase::Running(_), _) => {
                let taken = self.filter.take(key).is_some();
                if taken {
                    self.kecamatan.select(0, 1);
                }
                taken
            }
            _ => false,
        };
        taken.then(Vec::new)
    }

    fn paste(&mut self, words: &str, controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        match (controller.phase(), &mut self.mode) {
            (Phase::Idle, Mode::Picker(picker)) => picker.paste(words),
            (Phase::Idle, Mode::Form(form)) => form.paste(words),
            (Phase::Idle | Phase::Running(_), Mode::District(view)) => view.paste(words),
            (Phase::Idle | Phase::Running(_), _) => {
                self.filter.paste(words);
            }
            _ => {}
        }
        Vec::new()
    }

    fn point(
        &mut self,
        at: Position,
        area: Rect,
        controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        match (controller.phase(), &mut self.mode) {
            (Phase::Idle, Mode::Picker(picker)) => picker.point(at, area),
            (Phase::Idle, Mode::Form(form)) => form.point(at, area),
            (Phase::Idle | Phase::Running(_), Mode::District(_)) => {
                self.point_district(at, controller);
            }
            (Phase::Idle | Phase::Running(_), _) => self.point_board(at, controller),
            _ => {}
        }
        Vec::new()
    }

    fn on(&mut self, news: Said, controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        match news {
            Said::Metadata(said, at) => {
                self.take_metadata(said, at);
                let waits = self.visible && self.running.is_some();
                waits.then(facts::later).into_iter().collect()
            }
            Said::AskAgain if self.visible && self.running.is_some() => {
                self.ask_backend(controller)
            }
            Said::AskAgain => Vec::new(),
        }
    }

    /// A run that was started elsewhere is followed unless something else is looked at; after an
    /// end the backend has something new to say.
    fn run_event(
        &mut self,
        event: &RunEvent,
        controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        let now = controller.context().app.clock.now();
        let first_word = self.runs.take(event, now);
        self.keep_district(controller);
        let is_ready = self.facts.is_some();
        let mut asks = first_word && controller.runs().active().next().is_some();
        match event {
            RunEvent::Began(run) if run.ended().is_none() => {
                if let (Phase::Idle, Mode::Board) = (controller.phase(), &self.mode) {
                    controller.attach(run.id());
                }
            }
            RunEvent::Ended(run) => {
                asks = true;
                if controller.phase().run() == Some(run.id()) {
                    if !matches!(self.mode, Mode::District(_)) {
                        self.mode = Mode::Board;
                    }
                    self.has_ended = true;
                }
            }
            _ => {}
        }
        if asks && is_ready {
            return vec![facts::metadata(controller.context().clone())];
        }
        Vec::new()
    }

    fn broken(
        &mut self,
        task: &'static str,
        _controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        if task == facts::METADATA {
            self.backend = BackendState::Silent(facts::broke());
        }
        Vec::new()
    }
}

fn own(key: char, act: Act, label: &str, description: &str) -> Binding<Act> {
    Binding::new([Key::char(key)], Action::Own(act), label, description)
}

fn back(label: &str, description: &str) -> Binding<Act> {
    Binding::of(Action::Back, label, description)
}
