//! A flow with the work that moves it; the base of every tab of an engine.
//!
//! ```text
//!   tab ── ask(request) ──▶ RunController ──▶ effects: plan, start, report, stop (beside the screen)
//!    ▲                         │ ▲
//!    └── state(), status() ────┘ └── on(news), run_event(event)
//! ```
//! A tab contributes its request, how its plan is drawn, the words of the question, and what to do
//! at the end. Settings are read again for every piece of work. Knows no engine by name; what needs
//! no engine is in [`Core`].

mod core;
mod work;

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::flow::{Flow, News, Phase, State};
use super::notices::Notice;
use super::run_watcher::RunEvent;
use super::tab::Effect;
use super::tab::TabContext;
use super::tab::{Badge, Effects, Status};
use super::tasks::WorkName;
use super::theme::Tone;
use super::widget::run_view::RunView;
use crate::engine::Engine;
use crate::error::Error;
use crate::run;

pub use self::core::{
    Core, EngineRuns, NOTHING_RUNS, STARTING, about, ended, failed, run_name, stop_question,
    stop_question_about, stopped,
};
pub use work::{PLAN, Planner, REPORT, START, STOP, planned_by};

/// A flow with the work that moves it; `N` is what the work of its tab brings back.
pub struct RunController<E: Engine, N> {
    flow: Flow<E>,
    core: Core,
    planner: Planner<E>,
    wrap: fn(News<E>) -> N,
    fresh: bool,
}

impl<E: Engine, N: Send + 'static> RunController<E, N> {
    /// A controller at rest. `planner` makes an engine from the settings of the moment and plans
    /// (see [`planned_by`]); `wrap` makes the flow's news the tab's.
    pub fn new(context: TabContext, planner: Planner<E>, wrap: fn(News<E>) -> N) -> Self {
        Self {
            flow: Flow::default(),
            core: Core::new(context),
            planner,
            wrap,
            fresh: false,
        }
    }

    pub fn state(&self) -> &State<E> {
        self.flow.state()
    }

    /// The same without what only the engine understands.
    pub fn phase(&self) -> Phase<'_> {
        self.flow.state().phase()
    }

    pub fn core(&self) -> &Core {
        &self.core
    }

    pub fn context(&self) -> &TabContext {
        &self.core.context
    }

    /// The plan under review, for what a person may change about it before it is confirmed.
    pub fn review_mut(&mut self) -> Option<&mut E::Plan> {
        self.flow.review_mut()
    }

    /// Whether the plan under review came with the last news, and was not shown yet.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The active and the lately ended runs of this engine, whoever started them.
    pub fn runs(&self) -> &EngineRuns {
        &self.core.runs
    }

    /// What planning said so far, or the run that is followed.
    pub fn view(&self) -> Option<&RunView> {
        self.core.view(self.phase())
    }

    pub fn view_mut(&mut self) -> Option<&mut RunView> {
        self.core.view_mut(self.flow.state().phase())
    }

    /// What a run said that need not be the followed one, for moving within its log.
    pub fn view_of_mut(&mut self, id: run::Id) -> Option<&mut RunView> {
        self.core.runs.view_mut(id)
    }

    /// Plans; an earlier plan is dropped.
    pub fn ask(&mut self, request: &impl Serialize) -> Effects<N> {
        match serde_json::to_value(request) {
            Ok(request) => self.plan(request),
            Err(cause) => {
                let error = Error::bug("the request is no JSON").because(cause);
                vec![Effect::Say(Notice::from(&error))]
            }
        }
    }

    /// Plans again with the current settings: the request of the ended run, whoever started it, else
    /// the last request.
    pub fn again(&mut self) -> Effects<N> {
        match self.last_request() {
            Some(request) => self.plan(request),
            None => Vec::new(),
        }
    }

    pub fn can_try_again(&self) -> bool {
        self.last_request().is_some() && !self.flow.is_starting()
    }

    fn last_request(&self) -> Option<Value> {
        match self.phase() {
            Phase::Done(run) | Phase::Died(run) => Some(run.manifest.request.clone()),
            _ => self.flow.request().cloned(),
        }
    }

    fn plan(&mut self, request: Value) -> Effects<N> {
        if !self.flow.ask(request.clone()) {
            let words = "a run is just starting";
            return vec![Effect::Say(Notice::new(words, Tone::Warn))];
        }
        self.core.plans();
        let context = self.core.context.clone();
        let work = work::plan(self.planner, context, request, self.wrap);
        vec![Effect::Work(work)]
    }

    /// A yes to the question about the plan or the run of this id.
    pub fn confirmed(&mut self, id: Uuid) -> Effects<N> {
        let running = self.runs().active().find(|run| run.id().uuid() == id);
        if let Some(run) = running.map(|run| run.id()) {
            return self.stop(run);
        }
        let request = self.flow.request().cloned().unwrap_or_default();
        match self.flow.confirm(id) {
            Some(plan) => {
                let context = self.core.context.clone();
                vec![Effect::Work(work::start(context, plan, request, self.wrap))]
            }
            None => Vec::new(),
        }
    }

    pub fn stop(&self, run: run::Id) -> Effects<N> {
        let work = work::stop(self.core.context.clone(), run, self.wrap);
        vec![Effect::Work(work)]
    }

    /// Asks whether to stop the followed run, or else the oldest active one.
    pub fn ask_stop(&self) -> Effects<N> {
        match self.core.run_to_stop(self.phase()) {
            Some(run) => vec![Effect::Ask(stop_question(run, &self.context().operator))],
            None => vec![Effect::Say(Notice::new(NOTHING_RUNS, Tone::Warn))],
        }
    }

    /// One step back; planning is aborted, a run continues by itself.
    pub fn back(&mut self) -> Effects<N> {
        let drop_plan = self.flow.back();
        self.core.forget_end();
        if drop_plan {
            vec![Effect::Abort(work::name::<E>(PLAN))]
        } else {
            Vec::new()
        }
    }

    /// Follows an active run, whoever started it.
    pub fn attach(&mut self, id: run::Id) -> bool {
        self.flow.attach(id)
    }

    pub fn on(&mut self, news: News<E>) -> Effects<N> {
        self.fresh = matches!(news, News::Planned(Ok(_)));
        match news {
            News::Said(event) => {
                self.core.say(&event);
                Vec::new()
            }
            News::Planned(planned) => {
                self.flow.planned(planned);
                Vec::new()
            }
            News::Started(Err(failure)) => {
                self.flow.started(Err(failure));
                Vec::new()
            }
            News::Started(Ok(started)) => {
                self.flow.started(Ok(started.id));
                let mut effects = self::core::refusals(&started);
                // A short run may be over before its start was answered.
                effects.extend(self.read_if_over(started.id));
                effects
            }
            News::Reported(run, report) => self.reported(run, report),
            News::Stopped(id, Ok(stop)) => {
                vec![Effect::Say(Notice::new(&stopped(stop, id), Tone::Plain))]
            }
            News::Stopped(_, Err(failure)) => {
                vec![Effect::Say(Notice::from(&Error::from(failure)))]
            }
        }
    }

    fn reported(&mut self, run: Arc<run::Run>, report: Option<Box<E::Report>>) -> Effects<N> {
        let clean = run.exit() == Some(0);
        if !self.flow.ended(run, report) {
            return Vec::new();
        }
        self.core.note_end(clean);
        vec![Effect::Bell]
    }

    fn read_if_over(&self, id: run::Id) -> Effects<N> {
        let followed = matches!(self.flow.state(), State::Running(run) if *run == id);
        match self.runs().ended(id) {
            Some(run) if followed => {
                let context = self.core.context.clone();
                vec![Effect::Work(work::report(
                    context,
                    Arc::clone(run),
                    self.wrap,
                ))]
            }
            _ => Vec::new(),
        }
    }

    pub fn run_event(&mut self, event: &RunEvent) -> Effects<N> {
        let said = self.core.take(event, self.flow.state().phase());
        let mut effects: Effects<N> = said.into_iter().map(Effect::Say).collect();
        if let RunEvent::Ended(run) = event {
            effects.extend(self.read_if_over(run.id()));
        }
        effects
    }

    /// Work panicked; work of other controllers is ignored.
    pub fn broken(&mut self, work: WorkName) {
        match work.task {
            _ if work.owner != E::NAME => {}
            PLAN => self.flow.broken(
                Error::bug("planning broke off because of a bug in selaras; nothing was written")
                    .into(),
            ),
            START => self.flow.broken(
                Error::bug("starting broke off because of a bug in selaras")
                    .hint("R shows whether the run is there")
                    .into(),
            ),
            REPORT => {
                // How it ended is known without its report.
                let run = self.flow.run().and_then(|id| self.core.runs.ended(id));
                if let Some(run) = run.cloned() {
                    self.flow.ended(run, None);
                }
            }
            _ => {}
        }
    }

    pub fn shown(&mut self) {
        self.core.shown();
    }

    pub fn hidden(&mut self) {
        self.core.hidden();
    }

    /// The short ids of the active runs; `None` for one that is being started.
    pub fn running(&self) -> Vec<Option<String>> {
        self.core.running(self.phase())
    }

    pub fn badge(&self) -> Badge {
        self.core.badge(self.phase())
    }

    pub fn status(&self) -> Option<Status> {
        self.core.status(self.phase())
    }
}
