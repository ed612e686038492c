//! The keys of the tab, and what they do. The viewer's own keys work from either pane; moving
//! goes to the pane that has the focus.

use super::load::NotReady;
use super::{NO_RUNS, Script, Side, output};
use crate::script::{Plan, Target};
use crate::tui::flow::State;
use crate::tui::keys::{self, Key};
use crate::tui::news::{Act, Action, Binding, News};
use crate::tui::tab::{Effects, Tab};

impl Script {
    /// Whether the two panes are there.
    pub(super) fn is_board(&self) -> bool {
        !matches!(self.controller.state(), State::Review(_) | State::Failed(_))
            && self.unready.is_none()
    }

    pub(super) fn bindings(&self) -> Vec<Binding> {
        let mut bindings = match self.controller.state() {
            State::Review(plan) => return self.review_keys(plan),
            State::Failed(_) => failed_keys(),
            _ => match &self.unready {
                Some(NotReady::NotSetUp(page)) => {
                    let mut bindings = vec![look_again()];
                    bindings.extend(Tab::<News>::keys(&**page));
                    return bindings;
                }
                Some(NotReady::Failed(_)) => vec![look_again()],
                None => return self.board_keys(),
            },
        };
        bindings.extend(keys::moves());
        bindings
    }

    fn review_keys(&self, plan: &Plan) -> Vec<Binding> {
        let go_on = "Asks, naming what is run and where; nothing is run before.";
        let attach = "Follows what runs at the service already, instead of starting.";
        let back = "Goes back; nothing was run.";
        let mut bindings = vec![
            Binding::new([Key::ENTER], Action::Open, "run", go_on).unless(self.obstacle(plan)),
        ];
        if let Target::Remote(remote) = &plan.target
            && remote.running
            && !remote.attach
        {
            bindings.push(own('a', "attach", "follow it", attach));
        }
        bindings.push(own('r', "run", "look again", "Looks at everything anew."));
        bindings.push(Binding::new([Key::ESC], Action::Back, "back", back));
        bindings.extend(keys::moves());
        bindings
    }

    fn board_keys(&self) -> Vec<Binding> {
        let run = "Shows what speaks for and against a run; it is asked about before it begins.";
        let stop = "Stops the script after a question; while it stops, kills it.";
        let unlock = "Removes a lock file that nobody holds, after a question.";
        let other = "Shows the script's own log, or the output of a run.";
        let open = "Shows the output of the selected run.";
        let panes = "Goes to the other pane.";
        let no_runs = self
            .facts
            .as_ref()
            .is_none_or(|facts| facts.history.is_empty());
        let other_label = match self.shown {
            output::Shown::Log(_) => "output",
            _ => "log",
        };
        let mut bindings = vec![
            own('r', "run", "run", run).unless(self.no_run()),
            own('x', "stop", "stop", stop).unless(self.no_stop()),
            own('u', "unlock", "unlock", unlock).unless(self.no_unlock()),
            own('o', "other", other_label, other).unless(self.no_other()),
            Binding::new([Key::TAB], Action::NextPane, "", panes),
            Binding::new([Key::BACK_TAB], Action::PreviousPane, "", panes),
        ];
        if self.side == Side::Runs {
            let open = Binding::new([Key::ENTER], Action::Open, "open", open);
            bindings.push(open.unless(no_runs.then_some(NO_RUNS)));
        }
        bindings.extend(self.viewer.keys());
        bindings
    }

    /// Why no run can be begun: one goes on, which is named.
    fn no_run(&self) -> Option<String> {
        if matches!(
            self.controller.state(),
            State::Planning | State::Starting(_)
        ) {
            return Some(crate::tui::words::IS_STARTING.to_owned());
        }
        let going = self.controller.runs().going().next().map(|run| &**run);
        let run = going.or_else(|| self.orphan().map(|(run, _)| run))?;
        Some(run.busy().to_string())
    }

    fn no_stop(&self) -> Option<String> {
        let Some(id) = self.watched else {
            let nothing = crate::tui::words::NOTHING_RUNS;
            return self.orphan().is_none().then(|| nothing.to_owned());
        };
        let facts = self.facts.as_ref()?;
        let run = facts.history.iter().find(|past| past.run.id() == id)?;
        match &run.plan.as_ref()?.target {
            Target::Remote(remote) => remote.no_stop.clone(),
            Target::Local(_) => None,
        }
    }

    pub(super) fn do_it(&mut self, action: Action) -> Effects<News> {
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
            Action::Own(Act::Word("look")) => return vec![self.look()],
            Action::Own(Act::Word("run")) => return self.plan(false),
            Action::Own(Act::Word("attach")) => return self.plan(true),
            Action::Own(Act::Word("stop")) => return self.ask_stop(),
            Action::Own(Act::Word("unlock")) => return self.unlock.ask(&()),
            Action::Own(Act::Word("other")) => return self.toggle(),
            _ => {}
        }
        if self.is_board() {
            return self.act_on_board(action);
        }
        match (action, self.controller.state(), &mut self.unready) {
            (Action::Open, State::Review(_), _) => return self.ask(),
            (Action::Back, State::Review(_) | State::Failed(_), _) => {
                let mut effects = self.controller.back();
                effects.extend(self.rejoin());
                effects.push(self.look());
                return effects;
            }
            (action, State::Idle, Some(NotReady::NotSetUp(page))) => return page.act(action),
            (Action::Move(step), ..) => self.page.go(step),
            _ => {}
        }
        Vec::new()
    }

    /// Follows the run that goes on, after something else was looked at.
    fn rejoin(&mut self) -> Effects<News> {
        let going = self.controller.runs().going().next().map(|run| run.id());
        if let Some(id) = going {
            self.controller.attach(id);
        }
        self.keep_up()
    }

    fn act_on_board(&mut self, action: Action) -> Effects<News> {
        let length = self.facts.as_ref().map_or(0, |facts| facts.history.len());
        match (action, self.side) {
            (Action::NextPane | Action::PreviousPane, side) => {
                self.side = match side {
                    Side::Runs => Side::Output,
                    Side::Output => Side::Runs,
                };
            }
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
}

fn failed_keys() -> Vec<Binding> {
    let again = "Looks at everything anew; nothing is run before it was asked about.";
    let back = "Goes back to the runs.";
    vec![
        own('r', "run", "try again", again),
        Binding::new([Key::ESC], Action::Back, "back", back),
    ]
}

fn look_again() -> Binding {
    own('r', "look", "look again", "Reads the settings anew.")
}

fn own(key: char, name: &'static str, label: &str, description: &str) -> Binding {
    Binding::new(
        [Key::char(key)],
        Action::Own(Act::Word(name)),
        label,
        description,
    )
}
