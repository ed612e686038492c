//! The keys of the tab, what they do, and the questions. The viewer's own keys work from either
//! pane; moving goes to the pane that has the focus.

use jiff::Timestamp;

use super::{
    Act, NO_LOCK_FILE, NO_RUNS, NOT_LOOKED, News, NotReady, READ_ONLY, Script, Shown, Side,
};
use crate::engine::Summary as _;
use crate::error::Error;
use crate::run::{Process, Run, Stop};
use crate::script::lock::{LockFile, State as Lock};
use crate::script::unlock::{self, Unlock};
use crate::script::{Plan, Request, Script as Engine, Target, describe};
use crate::tui::flow::{self, Phase, State};
use crate::tui::keys::{self, Action, Binding, Key};
use crate::tui::notices::Notice;
use crate::tui::run_controller::{NOTHING_RUNS, stop_question_about};
use crate::tui::tab::Effect;
use crate::tui::tab::engine_tab::{again, run_keys};
use crate::tui::tab::{Effects, Status};
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::page::Page;
use crate::tui::widget::run_view::RunView;

impl Script {
    /// Whether the two panes are there.
    pub(super) fn is_board(&self) -> bool {
        !matches!(self.controller.phase(), Phase::Review | Phase::Failed(_))
            && self.not_ready.is_none()
    }

    pub(super) fn bindings(&self) -> Vec<Binding<Act>> {
        let mut bindings = match (self.controller.state(), &self.not_ready) {
            (State::Review(plan), _) => self.review_keys(plan),
            (State::Failed(_), _) => vec![
                again("try again"),
                Binding::of(Action::Back, "back", "Goes back to the runs."),
            ],
            (_, Some(not_ready)) => {
                let [_, stop] = run_keys(&self.controller);
                let mut bindings = vec![again("look again"), stop];
                if let NotReady::Setup(page) = not_ready {
                    bindings.push(page.copy_key());
                }
                bindings
            }
            (_, None) => return self.board_keys(),
        };
        bindings.extend(keys::moves());
        bindings
    }

    fn review_keys(&self, plan: &Plan) -> Vec<Binding<Act>> {
        let run = "Asks, naming what is run and where; nothing is run before.";
        let attach = "Follows what runs at the service already, without a new start.";
        let back = "Goes back; nothing was run.";
        let obstacle = self.obstacle(plan);
        let mut bindings = vec![
            Binding::of(Action::Open, describe::verb(&plan.target), run).unless(obstacle.clone()),
            Binding::of(Action::Start, "", run).unless(obstacle),
        ];
        if let Target::Remote(remote) = &plan.target
            && remote.running
            && !remote.attach
        {
            bindings.push(Binding::of(Action::Follow, "follow it", attach));
        }
        bindings.push(again("look again"));
        bindings.push(Binding::of(Action::Back, "back", back));
        bindings
    }

    fn board_keys(&self) -> Vec<Binding<Act>> {
        let run = "Shows what speaks for and against a run; it is asked about before it begins.";
        let stop = "Stops the script after a question; while it stops, kills it.";
        let unlock = "Removes a stale lock file, after a question.";
        let other = "Shows the script's own log, or the output of a run.";
        let open = "Shows the output of the selected run.";
        let panes = "Goes to the other pane.";
        let no_runs = (self.facts.as_ref()).is_none_or(|facts| facts.history.is_empty());
        let other_label = match self.shown {
            Shown::Log(_) => "output",
            _ => "log",
        };
        let mut bindings = vec![
            Binding::of(Action::Start, "run", run).unless(self.no_run()),
            Binding::of(Action::Stop, "stop", stop).unless(self.no_stop()),
            Binding::new([Key::char('U')], Action::Own(Act::Unlock), "unlock", unlock)
                .unless(self.no_unlock()),
            Binding::of(Action::View, other_label, other).unless(self.no_other()),
            again(""),
            Binding::of(Action::NextPane, "", panes),
            Binding::of(Action::PreviousPane, "", panes),
        ];
        if self.side == Side::Runs {
            let open = Binding::of(Action::Open, "open", open);
            bindings.push(open.unless(no_runs.then_some(NO_RUNS)));
        }
        bindings.extend(self.viewer.keys());
        bindings
    }

    /// Why no run can be started: one is active, which is named.
    fn no_run(&self) -> Option<String> {
        if matches!(self.controller.phase(), Phase::Planning | Phase::Starting) {
            return Some("a run is just starting".to_owned());
        }
        let active = self.controller.runs().active().next().map(|run| &**run);
        let run = active.or_else(|| self.orphan().map(|(run, _)| run))?;
        Some(run.busy().to_string())
    }

    fn no_stop(&self) -> Option<String> {
        let Some(id) = self.watched else {
            let nothing = self.orphan().is_none();
            return nothing.then(|| NOTHING_RUNS.to_owned());
        };
        let facts = self.facts.as_ref()?;
        let run = facts.history.iter().find(|past| past.run.id() == id)?;
        match &run.plan.as_ref()?.target {
            Target::Remote(remote) => remote.no_stop.clone(),
            Target::Local(_) => None,
        }
    }

    /// Why the lock cannot be removed: there is none, or it may be held.
    fn no_unlock(&self) -> Option<String> {
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

    /// Why the plan under review cannot be run.
    fn obstacle(&self, plan: &Plan) -> Option<String> {
        if self.facts.as_ref().is_some_and(|facts| facts.read_only) {
            return Some(READ_ONLY.to_owned());
        }
        plan.problems.first().map(|problem| problem.message.clone())
    }

    /// What would be run, or why nothing can be.
    pub(super) fn review_status(&self, plan: &Plan) -> Status {
        if let Some(obstacle) = self.obstacle(plan) {
            return Status::new(&format!("✗ {obstacle}"), Tone::Bad);
        }
        let (verb, what) = (describe::verb(&plan.target), describe::what(&plan.target));
        let words = format!("Ready to {verb}: {what}; nothing is run yet");
        Status::new(&words, Tone::Plain)
    }

    /// The run whose worker was killed, and the script that still runs without it.
    pub(super) fn orphan(&self) -> Option<(&Run, Process)> {
        let run = self.facts.as_ref()?.orphan.as_ref()?;
        Some((run, run.orphan?))
    }

    pub(super) fn perform(&mut self, action: Action<Act>) -> Effects<News> {
        match action {
            Action::Confirmed(id) => {
                let orphan = self.orphan().map(|(run, _)| run.id());
                if let Some(orphan) = orphan.filter(|orphan| orphan.uuid() == id) {
                    self.ending = Some(orphan);
                    return self.controller.stop(orphan);
                }
                let mut effects = self.controller.confirmed(id);
                effects.extend(self.unlock.confirmed(id));
                return effects;
            }
            Action::Again => return self.again(),
            Action::Stop => return self.ask_stop(),
            Action::Own(Act::Unlock) => return self.unlock.ask(&()),
            _ => {}
        }
        if self.is_board() {
            return self.act_on_board(action);
        }
        match (action, self.controller.state(), &mut self.not_ready) {
            (Action::Open | Action::Start, State::Review(_), _) => return self.ask(),
            (Action::Follow, State::Review(_), _) => return self.plan(true),
            (Action::Back, State::Review(_) | State::Failed(_), _) => {
                let mut effects = self.controller.back();
                effects.extend(self.rejoin());
                effects.push(self.look());
                return effects;
            }
            (Action::Copy, State::Idle, Some(NotReady::Setup(page))) => {
                return vec![Effect::Copy(page.settings())];
            }
            (Action::Move(step), State::Idle, Some(NotReady::Setup(page))) => page.go(step),
            (Action::Move(step), ..) => self.page.go(step),
            _ => {}
        }
        Vec::new()
    }

    fn act_on_board(&mut self, action: Action<Act>) -> Effects<News> {
        let length = self.facts.as_ref().map_or(0, |facts| facts.history.len());
        match (action, self.side) {
            (Action::Start, _) => return self.plan(false),
            (Action::View, _) => return self.toggle(),
            (Action::NextPane | Action::PreviousPane, Side::Output) => self.side = Side::Runs,
            (Action::NextPane | Action::PreviousPane, Side::Runs) => self.side = Side::Output,
            (Action::Move(step), Side::Runs) => self.history.go(step, length),
            (Action::Open, Side::Runs) => {
                let facts = self.facts.as_ref();
                let selected = facts.and_then(|facts| facts.history.get(self.history.selected()));
                if let Some(id) = selected.map(|past| past.run.id()) {
                    return self.show_output(id);
                }
            }
            (action, _) => {
                let asks = self.viewer.act(action).unwrap_or_default();
                return self.asked(asks);
            }
        }
        Vec::new()
    }

    /// Looks at the script for a run, or for following what runs at the service.
    fn plan(&mut self, attach: bool) -> Effects<News> {
        self.page = Page::default();
        let mut effects = self.unlock.back();
        effects.extend(self.controller.ask(&Request {
            attach,
            ..Request::default()
        }));
        effects
    }

    /// Plans once more what is reviewed or has failed; else looks at everything again.
    fn again(&mut self) -> Effects<News> {
        match self.controller.phase() {
            Phase::Review | Phase::Failed(_) => {
                self.page = Page::default();
                let mut effects = self.unlock.back();
                effects.extend(self.controller.again());
                effects
            }
            _ => vec![self.look()],
        }
    }

    /// Follows the active run, after something else was looked at.
    fn rejoin(&mut self) -> Effects<News> {
        if let Some(id) = self.active_run() {
            self.controller.attach(id);
        }
        self.keep_up()
    }

    /// Asks about the plan under review.
    fn ask(&self) -> Effects<News> {
        match self.controller.state() {
            State::Review(plan) if self.obstacle(plan).is_none() => {
                vec![Effect::Ask(question(plan))]
            }
            _ => Vec::new(),
        }
    }

    /// Asks whether the active run is to stop, or is to be killed when it stops already.
    fn ask_stop(&self) -> Effects<News> {
        let runs = self.controller.runs();
        let watched = self.watched.and_then(|id| runs.run(id));
        let (run, insists) = match (watched, self.orphan()) {
            (Some(run), _) => {
                let view = runs.view(run.id());
                (&**run, view.is_some_and(RunView::is_stopping))
            }
            (None, Some((run, _))) => (run, self.ending == Some(run.id())),
            (None, None) => {
                return vec![Effect::Say(Notice::new(NOTHING_RUNS, Tone::Warn))];
            }
        };
        let (verb, what) = if insists {
            (
                "kill it",
                "It is stopping already. The script and all it started get KILL at once; nothing \
                 can clean up after itself.",
            )
        } else {
            (
                "stop it",
                "The script and all it started get TERM, and KILL when the time for that is over. \
                 What it has done stays.",
            )
        };
        let operator = &self.controller.context().operator;
        vec![Effect::Ask(stop_question_about(run, operator, verb, what))]
    }

    /// Takes the news of a plan or a run.
    pub(super) fn on_flow(&mut self, news: flow::News<Engine>) -> Effects<News> {
        // A run without a worker reports no end.
        let stopped = matches!(news, flow::News::Stopped(_, Ok(Stop::OrphanEnded)));
        let mut effects = self.controller.on(news);
        effects.extend(self.keep_up());
        if stopped {
            effects.push(self.look());
        }
        effects
    }

    /// Takes the news of a removal; its plan is asked about at once.
    pub(super) fn on_unlock(&mut self, news: flow::News<Unlock>) -> Effects<News> {
        let mut effects = self.unlock.on(news);
        if let State::Review(plan) = self.unlock.state()
            && self.unlock.is_fresh()
        {
            effects.push(match &plan.problem {
                Some(problem) => Effect::Say(Notice::from(&Error::from(problem.clone()))),
                None if plan.is_empty() => {
                    let words = not_stale(&plan.lock, self.now());
                    Effect::Say(Notice::new(&words, Tone::Plain))
                }
                None => Effect::Ask(unlock_question(plan, self.now())),
            });
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
    let confirm = Confirm::new(title, verb, then).line(&what, Tone::Plain);
    plan.warnings.iter().fold(confirm, |confirm, warning| {
        confirm.line(&format!("! {warning}"), Tone::Warn)
    })
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
