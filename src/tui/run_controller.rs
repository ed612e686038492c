//! A flow with the work that moves it: what a tab of an engine stands on.
//!
//! ```text
//!   tab ── ask(request) ──▶ Drive ──▶ effects: plan, start, report, stop (beside the screen)
//!    ▲                        │ ▲
//!    └── state(), status() ───┘ └── on(news), sighted(run)
//! ```
//! A tab contributes its request, how its plan is drawn, the words of the question, and what to do
//! at the end. Settings are read anew for every piece of work. Knows no engine by name.

mod runs;
mod say;
mod work;

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::flow::{Flow, News, State};
use super::news;
use super::notices::Notice;
use super::run_watcher::RunEvent;
use super::tab::{Badge, Effects};
use super::tab_context::TabContext;
use super::tasks::{Effect, WorkName};
use super::theme::Tone;
use super::widget::run_view::RunView;
use super::words;
use crate::engine::Engine;
use crate::error::Error;
use crate::run;

pub use runs::Seen;
pub use say::{ended, failed, stop_question};
pub use work::{PLAN, Planner, REPORT, START, STOP, planned_by};

/// A flow with the work that moves it.
pub struct RunController<E: Engine> {
    flow: Flow<E>,
    context: TabContext,
    planner: Planner<E>,
    wrap: fn(News<E>) -> news::News,
    planning: Option<RunView>,
    seen: Seen,
    visible: bool,
    fresh: bool,
    /// How the last run ended, while nobody has seen it.
    unseen: Badge,
}

impl<E: Engine> RunController<E> {
    /// A drive at rest. `planner` makes an engine from the settings of the moment and plans (see
    /// [`planned_by`]); `wrap` makes the flow's news the screen's.
    pub fn new(context: TabContext, planner: Planner<E>, wrap: fn(News<E>) -> news::News) -> Self {
        Self {
            flow: Flow::default(),
            context,
            planner,
            wrap,
            planning: None,
            seen: Seen::default(),
            visible: false,
            fresh: false,
            unseen: Badge::Quiet,
        }
    }

    /// Where it stands.
    pub fn state(&self) -> &State<E> {
        self.flow.state()
    }

    /// The tools it works with.
    pub fn context(&self) -> &TabContext {
        &self.context
    }

    /// The plan under review, for what a person may change about it before it is confirmed.
    pub fn review_mut(&mut self) -> Option<&mut E::Plan> {
        self.flow.review_mut()
    }

    /// Whether the plan under review came with the last news: nobody has looked at it yet.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The runs of this engine that go on or ended lately, whoever started them.
    pub fn runs(&self) -> &Seen {
        &self.seen
    }

    /// What planning said so far, or the run that is followed.
    pub fn view(&self) -> Option<&RunView> {
        match self.flow.state() {
            State::Planning => self.planning.as_ref(),
            _ => self.seen.view(self.flow.run()?),
        }
    }

    /// The same, for moving within its log.
    pub fn view_mut(&mut self) -> Option<&mut RunView> {
        match self.flow.state() {
            State::Planning => self.planning.as_mut(),
            _ => self.seen.view_mut(self.flow.run()?),
        }
    }

    /// What a run said that need not be the followed one, for moving within its log.
    pub fn seen_view_mut(&mut self, id: run::Id) -> Option<&mut RunView> {
        self.seen.view_mut(id)
    }

    /// The engine is to look; what was planned before is dropped.
    pub fn ask(&mut self, request: &impl Serialize) -> Effects<news::News> {
        match serde_json::to_value(request) {
            Ok(request) => self.plan(request),
            Err(cause) => {
                let error = Error::bug("the request is no JSON").because(cause);
                vec![Effect::Say(Notice::from(&error))]
            }
        }
    }

    /// The engine is to look once more, with the settings as they are by now.
    pub fn again(&mut self) -> Effects<news::News> {
        match self.flow.request().cloned() {
            Some(request) => self.plan(request),
            None => Vec::new(),
        }
    }

    /// Whether there is something to be tried again.
    pub fn can_try_again(&self) -> bool {
        self.flow.request().is_some() && !self.flow.is_starting()
    }

    fn plan(&mut self, request: Value) -> Effects<news::News> {
        if !self.flow.ask(request.clone()) {
            return vec![Effect::Say(Notice::new(words::IS_STARTING, Tone::Warn))];
        }
        self.unseen = Badge::Quiet;
        self.planning = Some(RunView::new(self.context.app.clock.now()));
        let work = work::plan(self.planner, self.context.clone(), request, self.wrap);
        vec![Effect::Work(work)]
    }

    /// A yes to the question about the plan or the run of this id.
    pub fn confirmed(&mut self, id: Uuid) -> Effects<news::News> {
        let running = self.seen.going().find(|run| run.id().uuid() == id);
        if let Some(run) = running.map(|run| run.id()) {
            return self.stop(run);
        }
        let request = self.flow.request().cloned().unwrap_or_default();
        match self.flow.confirm(id) {
            Some(plan) => {
                let work = work::start(self.context.clone(), plan, request, self.wrap);
                vec![Effect::Work(work)]
            }
            None => Vec::new(),
        }
    }

    /// Stops a run that was asked about.
    pub fn stop(&self, run: run::Id) -> Effects<news::News> {
        vec![Effect::Work(work::stop(
            self.context.clone(),
            run,
            self.wrap,
        ))]
    }

    /// Asks whether the followed run, or else the oldest that goes on, is to stop.
    pub fn ask_stop(&self) -> Effects<news::News> {
        let followed = self.flow.run().and_then(|id| self.seen.run(id));
        let followed = followed.filter(|run| run.state == run::State::Running);
        match followed.or_else(|| self.seen.going().next()) {
            Some(run) => vec![Effect::Ask(stop_question(run, &self.context.operator))],
            None => vec![Effect::Say(Notice::new(words::NOTHING_RUNS, Tone::Warn))],
        }
    }

    /// One step back; work on a plan is dropped, a run is left to itself.
    pub fn back(&mut self) -> Effects<news::News> {
        let drop_plan = self.flow.back();
        self.unseen = Badge::Quiet;
        if drop_plan {
            vec![Effect::Abort(work::name::<E>(PLAN))]
        } else {
            Vec::new()
        }
    }

    /// Follows a run that goes on, whoever started it.
    pub fn attach(&mut self, id: run::Id) -> bool {
        self.flow.attach(id)
    }

    /// Takes what its work brings.
    pub fn on(&mut self, news: News<E>) -> Effects<news::News> {
        self.fresh = matches!(news, News::Planned(Ok(_)));
        match news {
            News::Said(event) => {
                if let Some(view) = &mut self.planning {
                    view.say(self.context.app.clock.now(), &event);
                }
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
                let mut effects = say::refusals(&started);
                // A short run may be over before its start was answered.
                effects.extend(self.read_if_over(started.id));
                effects
            }
            News::Reported(run, report) => self.reported(run, report),
            News::Stopped(id, Ok(stop)) => {
                let words = words::stopped(stop, &id.short());
                vec![Effect::Say(Notice::new(&words, Tone::Plain))]
            }
            News::Stopped(_, Err(failure)) => {
                vec![Effect::Say(Notice::from(&Error::from(failure)))]
            }
        }
    }

    fn reported(
        &mut self,
        run: Arc<run::Run>,
        report: Option<Box<E::Report>>,
    ) -> Effects<news::News> {
        let clean = run.exit() == Some(0);
        if !self.flow.ended(run, report) {
            return Vec::new();
        }
        if !self.visible {
            self.unseen = if clean { Badge::Done } else { Badge::Failed };
        }
        vec![Effect::Bell]
    }

    fn read_if_over(&self, id: run::Id) -> Effects<news::News> {
        let followed = matches!(self.flow.state(), State::Running(run) if *run == id);
        match self.seen.ended(id) {
            Some(run) if followed => {
                let work = work::report(self.context.clone(), Arc::clone(run), self.wrap);
                vec![Effect::Work(work)]
            }
            _ => Vec::new(),
        }
    }

    /// Takes what the run watcher sees of the runs of this engine.
    pub fn sighted(&mut self, event: &RunEvent) -> Effects<news::News> {
        self.seen.take(event);
        match event {
            RunEvent::Ended(run) if self.flow.run() == Some(run.id()) => {
                self.read_if_over(run.id())
            }
            RunEvent::Ended(run) if !self.flow.is_starting() => {
                let words = words::ended_elsewhere(run);
                let tone = if run.exit() == Some(0) {
                    Tone::Good
                } else {
                    Tone::Bad
                };
                vec![Effect::Say(Notice::new(&words, tone))]
            }
            _ => Vec::new(),
        }
    }

    /// Work broke; that of others is none of its business.
    pub fn broken(&mut self, work: WorkName) {
        match work.task {
            _ if work.owner != E::NAME => {}
            PLAN => self.flow.broken(
                Error::bug("planning broke off by a mistake of ours; nothing was written").into(),
            ),
            START => {
                let error = Error::bug("starting broke off by a mistake of ours")
                    .hint("R shows whether the run is there");
                self.flow.broken(error.into());
            }
            REPORT => {
                // How it ended is known without its report.
                if let Some(run) = self.flow.run().and_then(|id| self.seen.ended(id)) {
                    self.flow.ended(Arc::clone(run), None);
                }
            }
            _ => {}
        }
    }

    /// Its tab is on the screen.
    pub fn shown(&mut self) {
        self.visible = true;
        self.unseen = Badge::Quiet;
    }

    /// Its tab is no longer on the screen.
    pub fn hidden(&mut self) {
        self.visible = false;
    }
}
