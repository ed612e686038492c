//! The question before users are written: what, where, and what has to be typed for it.

use std::collections::BTreeSet;

use super::preview::{Preview, Scope, verb};
use crate::engine::Summary as _;
use crate::error::Result;
use crate::text::{excerpt, fit_middle, plural, scrub, short_id};
use crate::tui::keys::Action;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::users::{LocationPlan, Plan, describe};

/// How many cells of names a title may have.
const LONGEST_TITLE: usize = 44;

/// `Preview · Dev`, `Undo of run c41f9a · Dev`.
pub fn heading(plan: &Plan, what: &str) -> String {
    let kind = plan
        .undoes
        .map_or_else(|| "Preview".to_owned(), describe::undo_of);
    format!("{kind} · {}", scrub(what))
}

/// The question about `plan` without what was left out, or about the open location alone. Each
/// tripped guard wants its own figure, each production location its name.
pub fn question(plan: &Plan, preview: &Preview, scope: Scope) -> Confirm {
    let included = preview.included(plan, scope);
    let names: Vec<&str> = included.iter().map(|one| one.name.as_str()).collect();
    let title = title(plan, &names);
    let changes = describe::changes(included.iter().copied());
    let what = format!("{changes}  in users ({})", scrub(&plan.database));
    let mut confirm =
        Confirm::new(&title, verb(plan), Action::Confirmed(plan.id())).line(&what, Tone::Plain);
    // One name that is too long for the title, or several: each is whole somewhere.
    if let [only] = names[..]
        && !title.contains(only)
    {
        confirm = confirm.line(&format!("at {}", scrub(only)), Tone::Plain);
    }
    if included.len() > 1 {
        for location in &included {
            confirm = confirm.line(&describe::changes_at(location), Tone::Plain);
        }
    }
    for location in included.iter().filter(|location| location.awaits_figure()) {
        if let Some(guard) = location.tripped() {
            let at = match included.len() {
                1 => String::new(),
                _ => format!(" at {}", scrub(&location.name)),
            };
            confirm = confirm.line(&format!("✗ guard{at}: {}", guard.detail), Tone::Bad);
        }
    }
    // A question about one location does not tell why others are not written.
    for location in plan.locations.iter().filter(|_| scope == Scope::All) {
        if let Some(why) = why_not(location, preview) {
            let nothing = describe::nothing_at(&location.name, &excerpt(&why, 120));
            confirm = confirm.line(&nothing, Tone::Dim);
        }
    }
    typed(confirm, &included)
}

/// Several names that do not fit are counted: cut, they would read like one.
fn title(plan: &Plan, names: &[&str]) -> String {
    let all = scrub(&names.join(", "));
    let at = match names.len() {
        0 | 1 => fit_middle(&all, LONGEST_TITLE),
        _ if all.chars().count() <= LONGEST_TITLE => all,
        several => plural(several as u64, "location"),
    };
    match plan.undoes {
        Some(run) => format!("Undo run {} at {at}", short_id(run)),
        None => format!("Apply to {at}"),
    }
}

fn typed(mut confirm: Confirm, included: &[&LocationPlan]) -> Confirm {
    for location in included {
        let name = scrub(&location.name);
        if location.awaits_figure() {
            let figure = location.deactivations();
            let label = match included {
                [_] => format!("Type {figure} to continue: "),
                _ => format!("type {figure} for {name}: "),
            };
            confirm = confirm.typed_for(figure.to_string(), &label);
        }
        if location.production {
            let label = format!("Production! Type {name} to continue: ");
            confirm = confirm.typed_for(location.name.clone(), &label);
        }
    }
    confirm
}

/// Why nothing is written at a location of the plan.
fn why_not(location: &LocationPlan, preview: &Preview) -> Option<String> {
    if preview.is_left_out(location) {
        return Some("left out".to_owned());
    }
    match location.obstacle() {
        Some(_) if location.awaits_figure() => None,
        Some(failure) => Some(failure.message),
        None => (location.changes() == 0).then(|| "nothing to do".to_owned()),
    }
}

/// Makes of `plan` what was confirmed: without the `excluded` locations, with the figures that were
/// typed.
pub fn settle(plan: &mut Plan, excluded: &BTreeSet<String>) -> Result<()> {
    for code in excluded {
        plan.leave_out(code)?;
    }
    let awaiting = plan.locations.iter().filter(|one| one.awaits_figure());
    let figures: Vec<_> = awaiting
        .map(|location| (location.code.clone(), location.deactivations() as u64))
        .collect();
    for (code, figure) in figures {
        plan.allow(&code, figure)?;
    }
    Ok(())
}
