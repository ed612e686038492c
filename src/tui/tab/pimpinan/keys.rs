//! The keys of the tab, state by state, and what they do.

use super::load::NotReady;
use super::{Push, words};
use crate::pimpinan::Plan;
use crate::tui::flow::State;
use crate::tui::keys::{self, Action, Binding, Key};
use crate::tui::news::News;
use crate::tui::notices::Notice;
use crate::tui::tab::{Effects, Tab};
use crate::tui::tasks::Effect;
use crate::tui::theme::Tone;

impl Push {
    pub(super) fn bindings(&self) -> Vec<Binding> {
        let mut bindings = match self.controller.state() {
            State::Idle => {
                let mut bindings = vec![reload("look again")];
                if let Some(NotReady::NotSetUp(page)) = &self.unready {
                    let keys = Tab::<News>::keys(&**page).into_iter();
                    bindings.extend(keys.filter(|key| !matches!(key.action, Action::Move(_))));
                }
                bindings.extend(self.run_keys());
                bindings
            }
            State::Review(_) if self.review.payload.is_some() => payload_keys(),
            State::Review(plan) => self.review_keys(plan),
            State::Planning => vec![reload("look again")],
            State::Starting(_) => Vec::new(),
            State::Running(_) => {
                let wrap = own('w', "wrap", "wrap", "Breaks long lines, or cuts them.");
                let leave = Binding::new([Key::ESC], Action::Back, "leave", words::LEAVE);
                let [_, stop] = self.run_keys();
                vec![stop, wrap, leave]
            }
            State::Done(_) | State::Failed(_) | State::Died(_) => {
                let description = "Goes back to the officials, read anew.";
                let back = Binding::new([Key::ESC], Action::Back, "back", description);
                vec![reload("try again"), back]
            }
        };
        bindings.extend(keys::moves());
        bindings
    }

    fn review_keys(&self, plan: &Plan) -> Vec<Binding> {
        let none = self.review.selected(plan).is_none();
        let none = none.then_some(words::NO_ROWS);
        let push = "Asks, naming whom and where to; nothing is sent before.";
        let payload = "Shows the exact JSON that is sent.";
        let filter = "Filters the officials by any of their texts, or by the reason.";
        let space = "Leaves the official out, or takes it in again.";
        let detail = "Shows all of a row, and the whole reason.";
        let copy = "Copies the username of the selected row.";
        let mut bindings = vec![
            own('p', "push", words::PUSH, push).unless(self.obstacle(plan)),
            Binding::new([Key::SPACE], Action::Mark, "in/out", space).unless(none),
            own('v', "payload", "payload", payload),
            Binding::new([Key::char('/')], Action::Filter, "filter", filter),
            reload("reload"),
            Binding::new([Key::ENTER], Action::Open, "detail", detail).unless(none),
            Binding::new([Key::char('y')], Action::Copy, "copy", copy).unless(none),
        ];
        if self.review.can_go_back() {
            let back = "Closes the detail, then shows all officials again.";
            bindings.push(Binding::new([Key::ESC], Action::Back, "back", back));
        }
        // While a push goes on, one wants to see it before anything else.
        let going = self.controller.runs().going().next().is_some();
        let place = if going { 1 } else { bindings.len() };
        bindings.splice(place..place, self.run_keys());
        bindings
    }

    /// Following and stopping a push, whoever started it; named only while one goes on.
    fn run_keys(&self) -> [Binding; 2] {
        let nothing = self.controller.runs().going().next().is_none();
        let label = |words| if nothing { "" } else { words };
        let why_not = nothing.then_some(words::NOTHING_RUNS);
        let follow = "Shows the push that goes on, whoever started it.";
        let stop = "Asks the push to stop, after a question.";
        [
            own('f', "follow", label("follow"), follow).unless(why_not),
            own('x', "stop", label("stop"), stop).unless(why_not),
        ]
    }

    pub(super) fn do_it(&mut self, action: Action) -> Effects<News> {
        match action {
            Action::Confirmed(id) => return self.confirmed(id),
            Action::Own("push") => return self.ask(),
            Action::Own("reload") => return self.reload(),
            Action::Own("stop") => return self.controller.ask_stop(),
            Action::Own("payload") => self.review.toggle_payload(),
            Action::Own("follow") => {
                let going = self.controller.runs().going().next().map(|run| run.id());
                if let Some(id) = going {
                    self.controller.attach(id);
                }
            }
            action => match self.controller.state() {
                State::Idle => return self.act_idle(action),
                State::Review(_) => return self.act_in_review(action),
                _ => return self.act_on_run(action),
            },
        }
        Vec::new()
    }

    fn act_idle(&mut self, action: Action) -> Effects<News> {
        match (&mut self.unready, action) {
            (Some(NotReady::NotSetUp(page)), action) => page.act(action),
            (_, Action::Move(step)) => {
                self.page.go(step);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn act_in_review(&mut self, action: Action) -> Effects<News> {
        let Some(plan) = self.controller.review_mut() else {
            return Vec::new();
        };
        match action {
            Action::Move(step) => self.review.go(plan, step),
            Action::Open => self.review.toggle_detail(),
            Action::Filter => self.review.open_filter(),
            Action::Back => self.review.back(),
            Action::Mark => match self.review.toggle(plan) {
                Ok(None) => {}
                Ok(Some(reason)) => {
                    let words = words::is_refused(&reason);
                    return vec![Effect::Say(Notice::new(&words, Tone::Warn))];
                }
                Err(error) => return vec![Effect::Say(Notice::from(&error))],
            },
            Action::Copy if self.review.payload.is_some() => {
                return plan.payload().map(Effect::Copy).into_iter().collect();
            }
            Action::Copy => {
                let selected = self.review.selected(plan);
                let username = selected.and_then(|row| row.username.map(str::to_owned));
                return username.map(Effect::Copy).into_iter().collect();
            }
            _ => {}
        }
        Vec::new()
    }

    fn act_on_run(&mut self, action: Action) -> Effects<News> {
        match (action, self.controller.state()) {
            (Action::Back, State::Starting(_)) => {}
            (Action::Back, _) => return self.reload(),
            (Action::Move(step), State::Planning | State::Running(_)) => {
                if let Some(view) = self.controller.view_mut() {
                    view.go(step);
                }
            }
            (Action::Move(step), _) => self.page.go(step),
            (Action::Own("wrap"), _) => {
                if let Some(view) = self.controller.view_mut() {
                    view.toggle_wrap();
                }
            }
            _ => {}
        }
        Vec::new()
    }
}

fn payload_keys() -> Vec<Binding> {
    let close = "Goes back to the officials.";
    vec![
        Binding::new([Key::ESC], Action::Back, "back", close),
        own('v', "payload", "", close),
        Binding::new(
            [Key::char('y')],
            Action::Copy,
            "copy",
            "Copies the payload, byte for byte.",
        ),
    ]
}

fn reload(label: &str) -> Binding {
    let description = "Reads settings and Docku anew; nothing is sent.";
    own('r', "reload", label, description)
}

fn own(key: char, name: &'static str, label: &str, description: &str) -> Binding {
    Binding::new([Key::char(key)], Action::Own(name), label, description)
}
