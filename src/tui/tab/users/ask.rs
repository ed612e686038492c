//! The question before users are written: what, where, and what has to be typed for it.

use std::collections::BTreeSet;

use super::preview::{Preview, Reach};
use super::words;
use crate::engine::Summary as _;
use crate::error::Result;
use crate::tui::keys::Action;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::users::{LocationPlan, Plan};

/// The question about `plan` without what was left out, or about the open location alone. Each
/// tripped guard wants its own figure, each production location its name.
pub fn question(plan: &Plan, preview: &Preview, reach: Reach) -> Confirm {
    let included = preview.included(plan, reach);
    let names: Vec<&str> = included
        .iter()
        .map(|location| location.name.as_str())
        .collect();
    let title = words::ask_title(plan, &names);
    let verb = words::verb(plan);
    let total = words::change_of(included.iter().copied());
    let mut confirm = Confirm::new(&title, verb, Action::Confirmed(plan.id()))
        .line(&words::into_database(&total, &plan.database), Tone::Plain);
    // One name that is too long for the title, or several: each is whole somewhere.
    if let [only] = names[..]
        && !title.contains(only)
    {
        confirm = confirm.line(&words::at_location(only), Tone::Plain);
    }
    if included.len() > 1 {
        for location in &included {
            let words = words::change_at(location);
            confirm = confirm.line(&words, Tone::Plain);
        }
    }
    for location in included.iter().filter(|location| location.awaits_figure()) {
        if let Some(guard) = location.tripped() {
            let words = words::guard_at(&location.name, &guard.detail, included.len());
            confirm = confirm.line(&words, Tone::Bad);
        }
    }
    // Whoever asked about one location is not told why others are not written.
    let others = plan.locations.iter().filter(|_| reach == Reach::All);
    for location in others {
        if let Some(why) = why_not(location, preview) {
            confirm = confirm.line(&words::nothing_at(&location.name, &why), Tone::Dim);
        }
    }
    typed(confirm, &included)
}

fn typed(mut confirm: Confirm, included: &[&LocationPlan]) -> Confirm {
    for location in included {
        if location.awaits_figure() {
            let figure = location.deactivations();
            let label = match included {
                [_] => words::type_figure(figure),
                _ => words::type_figure_for(figure, &location.name),
            };
            confirm = confirm.typed_for(figure.to_string(), &label);
        }
        if location.production {
            let label = words::type_production(&location.name);
            confirm = confirm.typed_for(location.name.clone(), &label);
        }
    }
    confirm
}

/// Why nothing is written at a location of the plan.
fn why_not(location: &LocationPlan, preview: &Preview) -> Option<String> {
    if preview.left_out().contains(&location.code) {
        return Some(words::LEFT_OUT.to_owned());
    }
    match location.obstacle() {
        Some(_) if location.awaits_figure() => None,
        Some(failure) => Some(failure.message),
        None => (location.changes() == 0).then(|| words::SAME.to_owned()),
    }
}

/// Makes of `plan` what was confirmed: without what the question spared, with the figures that were
/// typed.
pub fn settle(plan: &mut Plan, spared: &BTreeSet<String>) -> Result<()> {
    for code in spared {
        plan.leave_out(code)?;
    }
    let awaiting = plan
        .locations
        .iter()
        .filter(|location| location.awaits_figure());
    let figures: Vec<(String, usize)> = awaiting
        .map(|location| (location.code.clone(), location.deactivations()))
        .collect();
    for (code, figure) in figures {
        plan.allow(&code, u64::try_from(figure).unwrap_or(u64::MAX))?;
    }
    Ok(())
}
