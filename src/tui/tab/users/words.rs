//! Texts of the tab of users.

use std::path::Path;

use uuid::Uuid;

use super::load::{Branch, Setback};
use crate::text::{count, excerpt, fit_middle, local_time, plural, scrub, with_hint};
use crate::tui::tab::Status;
use crate::tui::theme::Tone;
use crate::users::{LocationPlan, Plan};

pub const ALL: &str = "All";
pub const LOOKING: &str = "Looking…";
pub const NO_USERS: &str = "there is no user here";
pub const NO_USER_FITS: &str = "No user fits; Esc, f and d show others";
pub const NOBODY: &str = "Nobody";
pub const PLAIN: &str = "The connection to the database is not encrypted";
pub const UNVERIFIED: &str = "The certificate of the database is not verified";
/// How many cells of names a title may have.
const LONGEST_TITLE: usize = 44;
pub const NEVER: &str = "never";
pub const LEFT_OUT: &str = "left out";
pub const SAME: &str = "nothing to do";
pub const NOTHING_TO_DO: &str = "there is nothing to do";
pub const ALL_LEFT_OUT: &str =
    "every location with something to do was left out; Space takes one in again";
pub const READ_ONLY: &str = "nothing may be written: read_only is set";
pub const NO_LOCATIONS: &str = "there is no location to sync";
pub const NOTHING_RUNS: &str = "nothing is running";
pub const DEMO: &str = "Simulated world, nothing real is touched. Try: s syncs Dev (25 new users), \
                        S looks at all four locations (one is down), R shows the runs.";

/// Why the last try at a location failed, and when one went well.
pub fn setback_at(branch: &Branch, setback: &Setback) -> String {
    let last = match branch.synced {
        Some(synced) => format!("last synced {}", local_time(synced)),
        None => "never synced so far".to_owned(),
    };
    format!(
        "✗ {} at {}: {}; {last}",
        scrub(&branch.location.name),
        local_time(setback.at),
        scrub(&setback.failure.message)
    )
}

/// What is done with a plan.
pub fn verb(plan: &Plan) -> &'static str {
    match plan.undoes {
        Some(_) => "undo",
        None => "apply",
    }
}

/// `apply Dev`
pub fn do_one(verb: &str, name: &str) -> String {
    format!("{verb} {}", fit_middle(&scrub(name), 14))
}

/// `apply all 4`, or `apply 3 of 4` where some are left out or cannot be.
pub fn do_all(verb: &str, included: usize, all: usize) -> String {
    if included == all {
        format!("{verb} all {all}")
    } else {
        format!("{verb} {included} of {all}")
    }
}

pub fn is_left_out(name: &str) -> String {
    format!(
        "{} was left out; Space in the list of all locations takes it in again",
        scrub(name)
    )
}

pub fn at_location(name: &str) -> String {
    format!("at {}", scrub(name))
}

pub fn at(name: &str, what: &str) -> String {
    format!("{}: {what}", scrub(name))
}

pub fn exported(users: u64, path: &Path) -> String {
    format!("{} written to {}", plural(users, "user"), path.display())
}

pub fn exists(path: &Path) -> String {
    format!(
        "{} is there already. It is replaced as a whole.",
        path.display()
    )
}

/// `Preview · Dev`, `Undo of c41f9a · Dev`.
pub fn preview(plan: &Plan, what: &str) -> String {
    match plan.undoes {
        Some(run) => format!("Undo of {} · {}", short(run), scrub(what)),
        None => format!("Preview · {}", scrub(what)),
    }
}

pub fn plan(id: Uuid) -> String {
    format!("plan {}", short(id))
}

fn short(id: Uuid) -> String {
    let digits = id.simple().to_string();
    digits[digits.len() - 6..].to_owned()
}

/// `✓ 4 guards passed · 1 note`
pub fn in_short(guards: usize, notes: &[String]) -> String {
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let mut parts = Vec::new();
    if guards > 0 {
        parts.push(format!("✓ {} passed", plural(number(guards), "guard")));
    }
    match notes {
        [] => {}
        [note] => parts.push(format!("! {}", scrub(note))),
        notes => parts.push(format!("! {}", plural(number(notes.len()), "note"))),
    }
    parts.join(" · ")
}

/// The result sentence where nothing had to be done.
pub fn settled(plan: &Plan) -> String {
    match plan.undoes {
        Some(_) => "Nothing is left to undo.".to_owned(),
        None => plan.settled(),
    }
}

/// `add 25 · reactivate 2 · deactivate 3`, for all of `locations` together.
pub fn change_of<'a>(locations: impl IntoIterator<Item = &'a LocationPlan>) -> String {
    let mut sums = [0; 4];
    for location in locations {
        let rows = [
            &location.new,
            &location.reactivate,
            &location.deactivate,
            &location.remove,
        ];
        for (sum, rows) in sums.iter_mut().zip(rows) {
            *sum += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        }
    }
    let verbs = ["add", "reactivate", "deactivate", "remove"];
    let parts = verbs.iter().zip(sums).filter(|(_, sum)| *sum > 0);
    let parts: Vec<String> = parts
        .map(|(verb, sum)| format!("{verb} {}", count(sum)))
        .collect();
    parts.join(" · ")
}

pub fn change_at(location: &LocationPlan) -> String {
    format!("{}: {}", scrub(&location.name), change_of([location]))
}

pub fn into_database(change: &str, database: &str) -> String {
    format!("{change}  in users ({})", scrub(database))
}

/// Several names that do not fit are counted: cut, they would read like one.
pub fn ask_title(plan: &Plan, names: &[&str]) -> String {
    let all = scrub(&names.join(", "));
    let at = match names.len() {
        0 | 1 => fit_middle(&all, LONGEST_TITLE),
        _ if all.chars().count() <= LONGEST_TITLE => all,
        several => plural(u64::try_from(several).unwrap_or(u64::MAX), "location"),
    };
    match plan.undoes {
        Some(run) => format!("Undo run {} at {at}", short(run)),
        None => format!("Apply to {at}"),
    }
}

pub fn guard_at(name: &str, detail: &str, locations: usize) -> String {
    match locations {
        1 => format!("✗ guard: {detail}"),
        _ => format!("✗ guard at {}: {detail}", scrub(name)),
    }
}

pub fn nothing_at(name: &str, why: &str) -> String {
    format!("{}: nothing ({})", scrub(name), excerpt(why, 120))
}

pub fn type_figure(figure: usize) -> String {
    format!("Type {figure} to go on: ")
}

pub fn type_figure_for(figure: usize, name: &str) -> String {
    format!("type {figure} for {}: ", scrub(name))
}

pub fn type_production(name: &str) -> String {
    format!("Production! Type {} to go on: ", scrub(name))
}

pub fn refusal(obstacle: &str, hint: Option<&str>) -> Status {
    let words = with_hint(obstacle, hint);
    Status::new(&format!("✗ {words}"), Tone::Bad)
}

/// `Looking at Dev`
pub fn looking_at(what: &str) -> String {
    format!("Looking at {}", scrub(what))
}

pub fn sync(name: &str) -> String {
    format!("sync {}", fit_middle(&scrub(name), 14))
}
