//! The tab of the push: who would be sent, who is refused and why, the exact payload; then the run.
//!
//! ```text
//!   shown ─▶ settings, last push ─▶ planning ─▶ Review ── s ──▶ question ─▶ run ─▶ result
//!     ▲                                           │ r                              │
//!     └───────────────────────────────────────────┴─────────── r, Esc ─────────────┘
//! ```
//! The list of candidates is the plan itself, so that what is seen is what is confirmed. What
//! happens around the candidates is [`super::engine_tab`].

mod draw;
mod report;
mod review;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use serde_json::Value;

use super::engine_tab::{
    self, ControllerOf, EffectsOf, EngineScreen, EngineTab, NotReady, Then, Words, above_runs,
    again, run_keys,
};
use super::{Hint, SetupPage, Status};
use crate::config::Config;
use crate::context;
use crate::engine::{Job, Summary as _};
use crate::error::{Failure, Result};
use crate::pimpinan::{LastPush, Pimpinan as Engine, Plan, Report, Request, describe};
use crate::text::{excerpt, plural, scrub, short_id};
use crate::tui::flow::{Done, State};
use crate::tui::keys::{self, Action, Binding, Key};
use crate::tui::notices::Notice;
use crate::tui::run_controller::{Planner, planned_by};
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab::Effect;
use crate::tui::tab::TabContext;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::page::Rows;
use review::Review;

pub type News = engine_tab::News<Push>;
/// What only this tab does: nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {}

const NO_ROWS: &str = "No row of Docku has a role that is sent";

/// What is known besides the plan.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The last push of the integration log, ours or the original's; or why it cannot be read.
    pub last: Result<Option<LastPush>, Failure>,
    pub read_only: bool,
}

pub struct Push {
    review: Review,
    facts: Option<Facts>,
    demo: bool,
}

impl Push {
    /// The tab; in the simulated world it says what to try.
    pub fn tab(context: TabContext, demo: bool) -> EngineTab<Self> {
        let screen = Self {
            review: Review::default(),
            facts: None,
            demo,
        };
        EngineTab::new(screen, context)
    }

    /// What would be done, or why nothing can be.
    fn review_status(&self, plan: &Plan) -> Status {
        let remark = plan_name(plan);
        if let Some(obstacle) = EngineScreen::obstacle(self, plan) {
            return Status::new(&format!("! {obstacle}"), Tone::Warn).remark(&remark);
        }
        let status = match &plan.since {
            None if self.demo => {
                let words = "Simulated world, nothing real is touched. Try: v shows the exact \
                             payload, Space leaves one out, s asks before it pushes.";
                Status::new(words, Tone::Accent)
            }
            Some(since) if since.is_empty() && since.url == plan.url => {
                let since = describe::since(Some(since), &plan.url);
                Status::new(&format!("✓ {since}; a push does no harm"), Tone::Good)
            }
            _ => {
                let ready = format!("{} ready; nothing is sent yet", officials(plan));
                Status::new(&ready, Tone::Plain)
            }
        };
        status.remark(&remark)
    }
}

impl EngineScreen for Push {
    type Engine = Engine;
    type Facts = Facts;
    type News = Infallible;
    type Act = Act;
    const WORDS: Words = Words {
        title: "Pimpinan Push",
        looking: "Reading Docku; nothing is sent",
        run: "Push",
        result: "Result of the push",
        back: "Goes back to the officials, read anew.",
        leave: "Goes back to the officials; the push continues.",
    };
    const PLANNER: Planner<Engine> = plan;

    async fn look(context: TabContext) -> Result<Facts, NotReady> {
        let config = context.app.config()?;
        if let Some(problem) = config.pimpinan.problem() {
            let missing = (SetupPage::pimpinan(), problem);
            return Err(NotReady::set_up(&context, &config, missing));
        }
        let engine = Engine::new(Arc::clone(&config))?;
        Ok(Facts {
            last: engine.last_push().map_err(Failure::from),
            read_only: config.read_only,
        })
    }

    fn looked(&mut self, facts: Facts, controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        self.facts = Some(facts);
        match controller.state() {
            State::Idle => controller.ask(&Request::default()),
            _ => Vec::new(),
        }
    }

    fn keys(&self, controller: &ControllerOf<Self>) -> Vec<Binding<Act>> {
        self.bindings(controller)
    }

    fn act(
        &mut self,
        action: Action<Act>,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        let plan = controller.review_mut()?;
        self.act_in_review(action, plan)
    }

    fn draw(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        controller: &ControllerOf<Self>,
        theme: &Theme,
    ) {
        self.draw_board(buffer, area, controller, theme);
    }

    fn obstacle(&self, plan: &Plan) -> Option<String> {
        let read_only = self.facts.as_ref().is_some_and(|facts| facts.read_only);
        let obstacle = match (plan.is_empty(), &plan.left_out[..], &plan.refused[..]) {
            _ if read_only => "nothing may be written: read_only is set",
            (false, ..) => return None,
            (true, [_, ..], _) => {
                "nobody is to be sent: all were left out; Space takes one in again"
            }
            (true, [], [_, ..]) => "nobody can be sent: every candidate is refused",
            (true, [], []) => "nobody is to be sent: no row of Docku has a role that is sent",
        };
        Some(obstacle.to_owned())
    }

    fn question(&mut self, plan: &Plan, _now: Timestamp) -> Confirm {
        question(plan)
    }

    fn report(report: &Report, width: u16) -> Rows {
        report::rows(report, width)
    }

    fn status(&self, controller: &ControllerOf<Self>) -> Option<Status> {
        match controller.state() {
            State::Review(plan) => Some(self.review_status(plan)),
            _ => None,
        }
    }

    fn planned(&mut self, plan: &mut Plan) -> Result<()> {
        self.review.set_plan(plan)
    }

    fn ended(&mut self, done: &Done<Engine>) -> Then {
        if let Some(report) = &done.report {
            self.review.pushed(&report.rows, done.run.exit() == Some(0));
        }
        Then::ShowReport
    }

    fn run_event(
        &mut self,
        event: &RunEvent,
        controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        match (event, controller.state()) {
            // "Changed since the last push" is out of date: plan again.
            (RunEvent::Ended(_), State::Review(_)) => controller.back(),
            _ => Vec::new(),
        }
    }

    fn typing(&self, controller: &ControllerOf<Self>) -> Option<Vec<Hint>> {
        match controller.state() {
            State::Review(_) => self.review.filter.typing(),
            _ => None,
        }
    }

    fn capture(
        &mut self,
        key: Key,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        match controller.state() {
            State::Review(_) => self.review.capture(key).then(Vec::new),
            _ => None,
        }
    }

    fn paste(&mut self, words: &str, controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        if let State::Review(_) = controller.state() {
            self.review.paste(words);
        }
        Vec::new()
    }

    fn point(
        &mut self,
        at: Position,
        area: Rect,
        controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        if let State::Review(plan) = controller.state() {
            let above = above_runs(area, controller.runs());
            let panes = draw::panes(above, plan, self.facts.as_ref());
            self.review.point(plan, at, panes.list);
        }
        Vec::new()
    }
}

/// Plans with what the runs know of the last successful push.
fn plan(
    config: Arc<Config>,
    request: Value,
    job: Job,
) -> Pin<Box<dyn Future<Output = Result<Plan>> + Send>> {
    let make = |config: Arc<Config>, request: &mut Request| {
        let engine = Engine::new(Arc::clone(&config))?;
        request.last = context::pimpinan::last(&context::runs(&config)?, &engine.url())?;
        Ok(engine)
    };
    planned_by(make, config, request, job)
}

/// The question about `plan`: who is sent, where to, who is not. A production host is typed.
fn question(plan: &Plan) -> Confirm {
    let then = Action::Confirmed(plan.id());
    let host = excerpt(&plan.host, 40);
    let mut confirm = Confirm::new(&format!("Push to {host}"), "push", then)
        .line(&describe::sends(plan), Tone::Plain);
    if let Some(refused) = describe::refused(plan) {
        confirm = confirm.line(&format!("✗ {refused}"), Tone::Warn);
    }
    let left_out = match plan.left_out.len() as u64 {
        0 => None,
        1 => Some("○ 1 official is left out".to_owned()),
        several => Some(format!("○ {} are left out", plural(several, "official"))),
    };
    if let Some(left_out) = left_out {
        confirm = confirm.line(&left_out, Tone::Dim);
    }
    confirm = confirm.line(&describe::since(plan.since.as_ref(), &plan.url), Tone::Dim);
    if plan.production {
        let label = format!("Production! Type {host} to continue: ");
        confirm = confirm.typed_for(plan.host.clone(), &label);
    }
    confirm
}

impl Push {
    fn bindings(&self, controller: &ControllerOf<Self>) -> Vec<Binding<Act>> {
        let mut bindings = match controller.state() {
            State::Review(_) if self.review.payload.is_some() => payload_keys(),
            State::Review(plan) => self.review_keys(plan, controller),
            _ => {
                let mut bindings = vec![again("look again")];
                bindings.extend(run_keys(controller));
                bindings
            }
        };
        bindings.extend(keys::moves());
        bindings
    }

    fn review_keys(&self, plan: &Plan, controller: &ControllerOf<Self>) -> Vec<Binding<Act>> {
        let none = self.review.selected(plan).is_none();
        let none = none.then_some(NO_ROWS);
        let push = "Asks, naming who and where to; nothing is sent before.";
        let payload = "Shows the exact JSON that is sent.";
        let filter = "Filters the officials by any of their texts, or by the reason.";
        let space = "Leaves the official out, or takes it in again.";
        let detail = "Shows all of a row, and the whole reason.";
        let copy = "Copies the username of the selected row.";
        let mut bindings = vec![
            Binding::of(Action::Start, "push", push).unless(self.obstacle(plan)),
            Binding::of(Action::Mark, "in/out", space).unless(none),
            Binding::of(Action::View, "payload", payload),
            Binding::of(Action::Filter, "filter", filter),
            again("again"),
            Binding::of(Action::Open, "detail", detail).unless(none),
            Binding::of(Action::Copy, "copy", copy).unless(none),
            Binding::of(Action::All, "", push).unless(self.obstacle(plan)),
        ];
        if self.review.can_go_back() {
            let back = "Closes the detail, then shows all officials again.";
            bindings.push(Binding::of(Action::Back, "back", back));
        }
        // While a push is active, following it comes first.
        let going = controller.runs().active().next().is_some();
        let place = if going { 1 } else { bindings.len() };
        bindings.splice(place..place, run_keys(controller));
        bindings
    }

    /// What is done with the candidates; the rest is the same in every tab.
    fn act_in_review(&mut self, action: Action<Act>, plan: &mut Plan) -> Option<EffectsOf<Self>> {
        match action {
            Action::Move(step) => self.review.go(plan, step),
            Action::Open => self.review.toggle_detail(),
            Action::Filter => self.review.open_filter(),
            Action::View => self.review.toggle_payload(),
            Action::Back => self.review.back(),
            Action::Mark => match self.review.toggle(plan) {
                Ok(None) => {}
                Ok(Some(reason)) => {
                    let words = format!("this row cannot be sent: {}", scrub(&reason));
                    return Some(vec![Effect::Say(Notice::new(&words, Tone::Warn))]);
                }
                Err(error) => return Some(vec![Effect::Say(Notice::from(&error))]),
            },
            Action::Copy if self.review.payload.is_some() => {
                return Some(plan.payload().map(Effect::Copy).into_iter().collect());
            }
            Action::Copy => {
                let selected = self.review.selected(plan);
                let username = selected.and_then(|row| row.username.map(str::to_owned));
                return Some(username.map(Effect::Copy).into_iter().collect());
            }
            _ => return None,
        }
        Some(Vec::new())
    }
}

fn payload_keys() -> Vec<Binding<Act>> {
    let close = "Goes back to the officials.";
    let copy = "Copies the payload, byte for byte.";
    vec![
        Binding::of(Action::Back, "back", close),
        Binding::of(Action::View, "", close),
        Binding::of(Action::Copy, "copy", copy),
    ]
}

fn plan_name(plan: &Plan) -> String {
    format!("plan {}", short_id(plan.id))
}

/// `6 officials`, as many as the plan sends.
fn officials(plan: &Plan) -> String {
    plural(plan.send.len() as u64, "official")
}
