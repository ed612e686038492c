//! The keys of the candidates and of the payload, and what they do.

use super::{Push, words};
use crate::pimpinan::Plan;
use crate::tui::flow::State;
use crate::tui::keys::{self, Action, Binding};
use crate::tui::notices::Notice;
use crate::tui::tab::engine_tab::{ControllerOf, EffectsOf, EngineScreen, again, run_keys};
use crate::tui::tasks::Effect;
use crate::tui::theme::Tone;

impl Push {
    pub(super) fn bindings(&self, controller: &ControllerOf<Self>) -> Vec<Binding> {
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

    fn review_keys(&self, plan: &Plan, controller: &ControllerOf<Self>) -> Vec<Binding> {
        let none = self.review.selected(plan).is_none();
        let none = none.then_some(words::NO_ROWS);
        let push = "Asks, naming whom and where to; nothing is sent before.";
        let payload = "Shows the exact JSON that is sent.";
        let filter = "Filters the officials by any of their texts, or by the reason.";
        let space = "Leaves the official out, or takes it in again.";
        let detail = "Shows all of a row, and the whole reason.";
        let copy = "Copies the username of the selected row.";
        let mut bindings = vec![
            Binding::of(Action::Start, words::PUSH, push).unless(self.obstacle(plan)),
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
        // While a push goes on, one wants to see it before anything else.
        let going = controller.runs().going().next().is_some();
        let place = if going { 1 } else { bindings.len() };
        bindings.splice(place..place, run_keys(controller));
        bindings
    }

    /// What is done with the candidates; the rest is the same in every tab.
    pub(super) fn act_in_review(
        &mut self,
        action: Action,
        plan: &mut Plan,
    ) -> Option<EffectsOf<Self>> {
        match action {
            Action::Move(step) => self.review.go(plan, step),
            Action::Open => self.review.toggle_detail(),
            Action::Filter => self.review.open_filter(),
            Action::View => self.review.toggle_payload(),
            Action::Back => self.review.back(),
            Action::Mark => match self.review.toggle(plan) {
                Ok(None) => {}
                Ok(Some(reason)) => {
                    let words = words::is_refused(&reason);
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

fn payload_keys() -> Vec<Binding> {
    let close = "Goes back to the officials.";
    let copy = "Copies the payload, byte for byte.";
    vec![
        Binding::of(Action::Back, "back", close),
        Binding::of(Action::View, "", close),
        Binding::of(Action::Copy, "copy", copy),
    ]
}
