//! What speaks for and against a run, as lines: in short on the board, in full before a run.

use jiff::Timestamp;

use super::{NO_LOCK_FILE, NO_LOG, paths};
use crate::error::{Failure, Kind};
use crate::script::lock::State as Lock;
use crate::script::{LocalPlan, Plan, RemotePlan, Target, describe};
use crate::tui::tab::pages::{Rows, wrapped};
use crate::tui::theme::Tone;

/// The sign before a line, and a blank.
const FOR_SIGN: usize = 2;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What fits beside the output.
    Short,
    /// Everything.
    Full,
}

/// The lines of a plan.
pub fn rows(plan: &Plan, detail: Detail, width: u16, now: Timestamp) -> Rows {
    let mut rows = Rows::new();
    let told = |words: &str| match &plan.target {
        Target::Local(local) if detail == Detail::Short => {
            paths::shortened(words, local, usize::from(width).saturating_sub(FOR_SIGN))
        }
        _ => words.to_owned(),
    };
    for problem in &plan.problems {
        // On the board a line of its own says that it runs, and it may well be ours.
        if detail == Detail::Full || !(problem.kind == Kind::Busy && is_taken(plan)) {
            add_problem(&mut rows, problem, &told(&problem.message), detail, width);
        }
    }
    match &plan.target {
        Target::Local(local) => here(&mut rows, local, detail, width, now),
        Target::Remote(remote) => there(&mut rows, remote, detail, width),
    }
    if let Some(changed) = plan.changed {
        let (sign, tone) = if changed {
            ("!", Tone::Warn)
        } else {
            ("✓", Tone::Good)
        };
        let words = format!("{sign} {}", describe::changed(changed));
        wrapped(&mut rows, &words, tone, 0, width);
    }
    for warning in &plan.warnings {
        let words = format!("! {}", told(warning));
        wrapped(&mut rows, &words, Tone::Warn, 0, width);
    }
    if let Some(last) = plan.last.as_ref().filter(|_| detail == Detail::Full) {
        let words = format!("last run {}", describe::last_run(last, now));
        wrapped(&mut rows, &words, Tone::Dim, 0, width);
    }
    rows
}

fn is_taken(plan: &Plan) -> bool {
    match &plan.target {
        Target::Local(local) => {
            let lock = local.lock.as_ref();
            lock.is_some_and(|lock| lock.state != Lock::Absent)
        }
        Target::Remote(remote) => remote.running,
    }
}

fn add_problem(rows: &mut Rows, problem: &Failure, words: &str, detail: Detail, width: u16) {
    wrapped(rows, &format!("✗ {words}"), Tone::Bad, 0, width);
    if let (Some(hint), Detail::Full) = (&problem.hint, detail) {
        wrapped(rows, hint, Tone::Plain, 2, width);
    }
}

fn here(rows: &mut Rows, local: &LocalPlan, detail: Detail, width: u16, now: Timestamp) {
    let path = match detail {
        Detail::Short => paths::short(&local.path, usize::from(width).saturating_sub(FOR_SIGN)),
        Detail::Full => local.path.display().to_string(),
    };
    check(rows, local.readable, &path, width);
    if local.exists {
        let mut facts = describe::file(local);
        if detail == Detail::Short {
            // The sign of the path says whether it can be read.
            facts = vec![facts.remove(1), facts.remove(1), facts.remove(2)];
        }
        wrapped(rows, &facts.join(", "), Tone::Plain, 2, width);
    }
    if detail == Detail::Full {
        let command = format!("run as {}", local.command.join(" "));
        wrapped(rows, &command, Tone::Plain, 2, width);
        if let Some(sha256) = &local.sha256 {
            wrapped(rows, &format!("SHA-256 {sha256}"), Tone::Dim, 2, width);
        }
    }
    match &local.lock {
        Some(lock) => {
            // Held by whoever lives: where that is in the way, a problem says so.
            let (sign, tone) = match &lock.state {
                Lock::Absent => ("✓", Tone::Good),
                Lock::Held { .. } => ("·", Tone::Plain),
                _ => ("!", Tone::Warn),
            };
            let mut words = format!("{sign} lock: {}", describe::lock_state(lock, now));
            if detail == Detail::Short {
                words =
                    paths::shortened(&words, local, usize::from(width).saturating_sub(FOR_SIGN));
            }
            wrapped(rows, &words, tone, 0, width);
            if detail == Detail::Full {
                let path = lock.path.display().to_string();
                wrapped(rows, &path, Tone::Dim, 2, width);
            }
        }
        None => wrapped(rows, NO_LOCK_FILE, Tone::Dim, 0, width),
    }
    match &local.log {
        Some(log) if log.readable => check(rows, true, "log file readable", width),
        // A warning names it.
        Some(_) => {}
        None => wrapped(rows, NO_LOG, Tone::Dim, 0, width),
    }
}

fn there(rows: &mut Rows, remote: &RemotePlan, detail: Detail, width: u16) {
    wrapped(rows, &remote.url, Tone::Plain, 0, width);
    let state = if remote.running {
        "something runs there"
    } else {
        "nothing runs there"
    };
    // The board's first line says it, and as it is now.
    if detail == Detail::Full {
        wrapped(rows, state, Tone::Plain, 0, width);
    }
    if let Some(why) = &remote.no_stop {
        let words = format!("! {}", describe::no_stop(why));
        wrapped(rows, &words, Tone::Warn, 0, width);
    }
}

fn check(rows: &mut Rows, good: bool, words: &str, width: u16) {
    let (sign, tone) = if good {
        ("✓", Tone::Good)
    } else {
        ("✗", Tone::Bad)
    };
    wrapped(rows, &format!("{sign} {words}"), tone, 0, width);
}
