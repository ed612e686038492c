//! From the candidates to a run: how a plan comes about, the question, what an end means.

use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::{Push, words};
use crate::config::Config;
use crate::context;
use crate::engine::{Engine as _, Job, Summary as _};
use crate::error::{Error, Result};
use crate::pimpinan::{Pimpinan as Engine, Plan, Request, say};
use crate::tui::flow::{self, State};
use crate::tui::keys::Action;
use crate::tui::news::News as All;
use crate::tui::notices::Notice;
use crate::tui::tab::{Effects, Status};
use crate::tui::tasks::Effect;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::page::Page;

/// Plans with what the runs know of the last successful push.
pub fn planner(
    config: Arc<Config>,
    request: Value,
    job: Job,
) -> Pin<Box<dyn Future<Output = Result<Plan>> + Send>> {
    Box::pin(async move {
        let mut request: Request = serde_json::from_value(request)
            .map_err(|cause| Error::bug("the request cannot be read").because(cause))?;
        let engine = Engine::new(Arc::clone(&config))?;
        request.last = context::pimpinan::last(&context::runs(&config)?, &engine.url())?;
        let planned = engine.plan(request, &job).await;
        job.flush();
        planned
    })
}

/// The question about `plan`: whom, where to, who not. A production host is typed.
pub fn question(plan: &Plan) -> Confirm {
    let then = Action::Confirmed(plan.id());
    let mut confirm = Confirm::new(&words::ask_title(plan), words::PUSH, then)
        .line(&words::ask(plan), Tone::Plain);
    if !plan.refused.is_empty() {
        confirm = confirm.line(&words::ask_refused(plan.refused.len()), Tone::Warn);
    }
    if !plan.left_out.is_empty() {
        confirm = confirm.line(&words::ask_left_out(plan.left_out.len()), Tone::Dim);
    }
    confirm = confirm.line(&say::since(plan.since.as_ref(), &plan.url), Tone::Dim);
    if plan.production {
        let label = words::type_production(&plan.host);
        confirm = confirm.typed_for(plan.host.clone(), &label);
    }
    confirm
}

impl Push {
    /// Why nothing can be pushed.
    pub(super) fn obstacle(&self, plan: &Plan) -> Option<&'static str> {
        let read_only = self.facts.as_ref().is_some_and(|facts| facts.read_only);
        match (plan.is_empty(), &plan.left_out[..], &plan.refused[..]) {
            _ if read_only => Some(words::READ_ONLY),
            (false, ..) => None,
            (true, [_, ..], _) => Some(words::ALL_LEFT_OUT),
            (true, [], [_, ..]) => Some("nobody can be sent: every candidate is refused"),
            (true, [], []) => Some(words::NOBODY),
        }
    }

    /// What would be done, or why nothing can be.
    pub(super) fn review_status(&self, plan: &Plan) -> Status {
        let remark = words::plan(plan.id());
        if let Some(obstacle) = self.obstacle(plan) {
            return Status::new(&format!("! {obstacle}"), Tone::Warn).remark(&remark);
        }
        let status = match &plan.since {
            None if self.demo => Status::new(words::DEMO, Tone::Accent),
            Some(since) if since.is_empty() && since.url == plan.url => {
                Status::new(&words::unchanged(plan), Tone::Good)
            }
            _ => Status::new(&words::ready(plan), Tone::Plain),
        };
        status.remark(&remark)
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

    /// A yes to the question about a plan, or about the run to stop.
    pub(super) fn confirmed(&mut self, id: Uuid) -> Effects<All> {
        let effects = self.controller.confirmed(id);
        if effects.is_empty() {
            // Somebody else's push ended while the question was open.
            return vec![Effect::Say(Notice::new(
                "Docku was read anew meanwhile: look at the officials, and press p again",
                Tone::Warn,
            ))];
        }
        effects
    }

    /// Takes what the flow's work brings.
    pub(super) fn on_flow(&mut self, news: flow::News<Engine>) -> Effects<All> {
        let mut effects = self.controller.on(news);
        if self.controller.is_fresh()
            && let Some(plan) = self.controller.review_mut()
            && let Err(error) = self.review.renew(plan)
        {
            effects.push(Effect::Say(Notice::from(&error)));
        }
        match self.controller.state() {
            State::Done(done) => {
                if let Some(report) = &done.report {
                    let clean = done.run.exit() == Some(0);
                    self.review.pushed(&report.rows, clean);
                }
                self.page = Page::default();
            }
            State::Failed(_) | State::Died(_) => self.page = Page::default(),
            _ => {}
        }
        effects
    }
}
