//! From a wish to a run or to the removal of a lock: how plans come about, and the questions.

use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::{NO_LOCK_FILE, NOT_LOOKED, READ_ONLY, Script};
use crate::config::Config;
use crate::context;
use crate::engine::{Engine as _, Job, Summary as _};
use crate::error::{Error, Result};
use crate::run::{Process, Run, Stop};
use crate::script::lock::{LockFile, State as Lock};
use crate::script::unlock::{self, Unlock};
use crate::script::{Plan, Request, Script as Engine, Target, WATCHED_MS, describe};
use crate::tui::flow::{self, State};
use crate::tui::keys::Action;
use crate::tui::news::News as All;
use crate::tui::notices::Notice;
use crate::tui::tab::{Effects, Status};
use crate::tui::tasks::Effect;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::page::Page;
use crate::tui::widget::run_view::RunView;

/// Plans with what the runs know of the last one.
pub fn planner(
    config: Arc<Config>,
    request: Value,
    job: Job,
) -> Pin<Box<dyn Future<Output = Result<Plan>> + Send>> {
    Box::pin(async move {
        let mut request: Request = serde_json::from_value(request)
            .map_err(|cause| Error::bug("the request cannot be read").because(cause))?;
        request.last = context::script::last(&context::runs(&config)?)?;
        request.poll_ms = Some(WATCHED_MS);
        let planned = Engine::new(config)?.plan(request, &job).await;
        job.flush();
        planned
    })
}

impl Script {
    /// Why the plan under review cannot be run.
    pub(super) fn obstacle(&self, plan: &Plan) -> Option<String> {
        if self.facts.as_ref().is_some_and(|facts| facts.read_only) {
            return Some(READ_ONLY.to_owned());
        }
        plan.problems.first().map(|problem| problem.message.clone())
    }

    fn now(&self) -> Timestamp {
        self.controller.context().app.clock.now()
    }

    /// What would be run, or why nothing can be.
    pub(super) fn review_status(&self, plan: &Plan) -> Status {
        match self.obstacle(plan) {
            Some(obstacle) => Status::new(&format!("✗ {obstacle}"), Tone::Bad),
            None => {
                let (verb, what) = (describe::verb(&plan.target), describe::what(&plan.target));
                let words = format!("Ready to {verb}: {what}; nothing is run yet");
                Status::new(&words, Tone::Plain)
            }
        }
    }

    /// Asks about the plan under review.
    pub(super) fn ask(&self) -> Effects<All> {
        match self.controller.state() {
            State::Review(plan) if self.obstacle(plan).is_none() => {
                vec![Effect::Ask(question(plan))]
            }
            _ => Vec::new(),
        }
    }

    /// Looks at the script for a run, or for following what runs at the service.
    pub(super) fn plan(&mut self, attach: bool) -> Effects<All> {
        self.page = Page::default();
        let mut effects = self.unlock.back();
        effects.extend(self.controller.ask(&Request {
            attach,
            ..Request::default()
        }));
        effects
    }

    /// Why a stale lock cannot be removed: there is none, or somebody may have it.
    pub(super) fn no_unlock(&self) -> Option<String> {
        let Some(facts) = &self.facts else {
            return Some(NOT_LOOKED.to_owned());
        };
        if facts.read_only {
            return Some(READ_ONLY.to_owned());
        }
        match facts.plan.as_ref().map(|plan| &plan.target) {
            Ok(Target::Local(local)) => match &local.lock {
                None => Some(NO_LOCK_FILE.to_owned()),
                Some(lock) => match &lock.state {
                    Lock::Stale { .. } => None,
                    _ => Some(not_stale(lock, self.now())),
                },
            },
            Ok(Target::Remote(_)) => Some("the lock file is at the service".to_owned()),
            Err(failure) => Some(failure.message.clone()),
        }
    }

    /// The run whose worker was killed, and the script that goes on without it.
    pub(super) fn orphan(&self) -> Option<(&Run, Process)> {
        let run = self.facts.as_ref()?.orphan.as_ref()?;
        Some((run, run.orphan?))
    }

    /// Asks whether the run that goes on is to stop, or is to be killed when it stops already.
    pub(super) fn ask_stop(&self) -> Effects<All> {
        let going = self.watched.and_then(|id| self.controller.runs().run(id));
        match going {
            Some(run) => {
                let view = self.controller.runs().view(run.id());
                let insists = view.is_some_and(RunView::is_stopping);
                let asking = &self.controller.context().operator;
                let other = run.manifest.operator.user != asking.user;
                vec![Effect::Ask(stop_question(run, insists, other))]
            }
            None => match self.orphan() {
                Some((run, _)) => {
                    let insists = self.ending == Some(run.id());
                    let other =
                        run.manifest.operator.user != self.controller.context().operator.user;
                    vec![Effect::Ask(stop_question(run, insists, other))]
                }
                None => Vec::new(),
            },
        }
    }

    /// Takes what the flow of a run brings.
    pub(super) fn on_flow(&mut self, news: flow::News<Engine>) -> Effects<All> {
        // A run without a worker has nobody who tells of its end.
        let stopped = matches!(news, flow::News::Stopped(_, Ok(Stop::OrphanEnded)));
        let mut effects = self.controller.on(news);
        effects.extend(self.keep_up());
        if stopped {
            effects.push(self.look());
        }
        effects
    }

    /// Takes what the flow of a removal brings; a plan is asked about at once.
    pub(super) fn on_unlock(&mut self, news: flow::News<Unlock>) -> Effects<All> {
        let mut effects = self.unlock.on(news);
        if let State::Review(plan) = self.unlock.state()
            && self.unlock.is_fresh()
        {
            match &plan.problem {
                Some(problem) => {
                    let error = Error::from(problem.clone());
                    effects.push(Effect::Say(Notice::from(&error)));
                }
                None if plan.is_empty() => {
                    let words = not_stale(&plan.lock, self.now());
                    effects.push(Effect::Say(Notice::new(&words, Tone::Plain)));
                }
                None => effects.push(Effect::Ask(unlock_question(plan, self.now()))),
            }
        }
        effects
    }
}

/// The question about a run: what, and where.
fn question(plan: &Plan) -> Confirm {
    let then = Action::Confirmed(plan.id());
    let title = match &plan.target {
        Target::Remote(remote) if remote.attach => "Follow what runs at the service",
        Target::Remote(_) => "Run the script at the service",
        Target::Local(_) => "Run the script here",
    };
    let (verb, what) = (describe::verb(&plan.target), describe::what(&plan.target));
    let mut confirm = Confirm::new(title, verb, then).line(&what, Tone::Plain);
    for warning in &plan.warnings {
        confirm = confirm.line(&format!("! {warning}"), Tone::Warn);
    }
    confirm
}

fn unlock_question(plan: &unlock::Plan, now: Timestamp) -> Confirm {
    let then = Action::Confirmed(plan.id());
    Confirm::new("Remove the stale lock file", "remove", then)
        .line(&plan.lock.path.display().to_string(), Tone::Plain)
        .line(&lock_line(&plan.lock, now), Tone::Dim)
}

fn lock_line(lock: &LockFile, now: Timestamp) -> String {
    format!("lock: {}", describe::lock_state(lock, now))
}

/// Why there is nothing to unlock.
fn not_stale(lock: &LockFile, now: Timestamp) -> String {
    let state = lock_line(lock, now);
    format!("only a stale lock can be removed; {state}")
}

fn stop_question(run: &Run, insists: bool, other: bool) -> Confirm {
    let then = Action::Confirmed(run.id().uuid());
    let (verb, what) = if insists {
        (
            "kill it",
            "It is stopping already. The script and all it started get KILL at \
                             once; nothing can clean up after itself.",
        )
    } else {
        (
            crate::tui::words::STOP,
            "The script and all it started get TERM, and KILL when the time for that \
                             is over. What it has done stays.",
        )
    };
    let confirm = Confirm::new(&crate::tui::words::stop_title(run), verb, then)
        .line(&crate::tui::words::about(run), Tone::Accent)
        .line(what, Tone::Plain);
    if other {
        confirm.line(&crate::tui::words::stop_of_another(run), Tone::Warn)
    } else {
        confirm
    }
}
