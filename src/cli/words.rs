//! Every text of the command line for people, in one place; those of an engine are the engine's.

mod demo;
mod doctor;
mod runs;
mod serve;

use std::path::Path;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

pub use demo::*;
pub use doctor::*;
pub use runs::*;
pub use serve::*;

use crate::config::{Finding, Level};
use crate::engine::Event;
use crate::run::Id;
use crate::text::{duration, plural, scrub};

pub const PANICKED: &str = "selaras made a mistake and ended";
pub const PANICKED_HINT: &str =
    "please report it, with what stands above; `selaras runs list` shows what goes on";
pub const NO_RUNTIME: &str = "cannot start the runtime";
pub const NO_SIGNALS: &str = "cannot handle signals";
pub const NO_MANUAL: &str = "the manual cannot be drawn";
pub const NO_RUN: &str = "there is no run to follow";
pub const NO_CONFIG: &str = "there is no configuration yet";

pub const CANNOT_PRINT: &str = "the answer cannot be printed";
pub const NEEDS_YES: &str = "nobody can be asked here: standard input is no terminal";
pub const JSON_NEEDS_YES: &str = "with --json nobody is asked";
pub const NEEDS_YES_HINT: &str = "add --yes to go on without a question; nothing was written";
pub const NO_ANSWER: &str = "the answer cannot be read; nothing was written";
pub const NOT_CONFIRMED: &str = "not confirmed; nothing was written";
pub const STOPPING: &str = "stopping after the batch in hand; Ctrl-C again insists";
pub const INSISTING: &str = "asked again";

/// The two ways on for somebody who begins.
pub fn two_ways_on(config: &Path) -> String {
    format!(
        "`selaras demo` tries everything in a simulated world on this machine; \
         `selaras config init` writes {} to fill in",
        config.display()
    )
}

/// Several lines as one.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The short names of runs.
pub fn names(runs: &[Id]) -> String {
    let names: Vec<_> = runs.iter().map(|id| id.short()).collect();
    names.join(", ")
}

/// The time of day in front of a line.
pub fn moment(at: Timestamp) -> String {
    let local = at.to_zoned(TimeZone::system());
    local.strftime("%H:%M:%S ").to_string()
}

pub fn prompt(typed: Option<&str>) -> String {
    match typed {
        Some(text) => format!("Type {} to go on, anything else to leave: ", scrub(text)),
        None => "Go on? [y/N] ".to_owned(),
    }
}

/// `  ETA 19 min (15 to 24)`: behind the bar of a whole sync.
pub fn eta(eta: &crate::dapodik::progress::Eta) -> String {
    let [soonest, likely, latest] = [eta.soonest, eta.likely, eta.latest].map(duration);
    format!("  ETA {likely} ({soonest} to {latest})")
}

/// An event as a line; `None` for those that only move a bar.
pub fn event(event: &Event) -> Option<String> {
    match event {
        Event::Stage { stage } => Some(format!("· {}", scrub(stage))),
        Event::Line { source, text } => Some(format!("  {}: {}", scrub(source), scrub(text))),
        Event::Item { key, state, note } => Some(format!(
            "  {} {}: {}",
            scrub(key),
            scrub(state),
            scrub(note)
        )),
        Event::Retry {
            peer,
            attempt,
            of,
            wait_ms,
            reason,
        } => {
            let wait = duration(SignedDuration::from_millis(
                i64::try_from(*wait_ms).unwrap_or(i64::MAX),
            ));
            Some(format!(
                "! {} {}, again in {wait} (try {attempt} of {of})",
                scrub(peer),
                scrub(reason)
            ))
        }
        Event::Stopping => Some("! stopping".to_owned()),
        _ => None,
    }
}

pub const NO_VERB: &str = "the dashboard needs a terminal";
pub const NO_VERB_HINT: &str = "see `selaras --help` for what works without one";

pub fn unknown_engine(name: &str) -> String {
    format!("there is no engine called «{}»", scrub(name))
}

/// A level in a word.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Note => "note",
        Level::Unchecked => "unchecked",
        Level::Warning => "warning",
        Level::Problem => "problem",
    }
}

/// A level as a mark.
pub fn mark(level: Level) -> &'static str {
    match level {
        Level::Note => "✓",
        Level::Unchecked => "·",
        Level::Warning => "!",
        Level::Problem => "✗",
    }
}

/// A finding as lines.
pub fn finding(finding: &Finding) -> String {
    let mark = mark(finding.level);
    let hint = finding
        .hint
        .as_ref()
        .map(|hint| format!("    hint: {}\n", scrub(hint)));
    format!(
        "{mark} {}\n{}",
        scrub(&finding.text),
        hint.unwrap_or_default()
    )
}

pub fn checked(file: Option<&Path>, findings: &[Finding]) -> String {
    let file = file.map_or("the defaults".to_owned(), |path| path.display().to_string());
    let bad = findings
        .iter()
        .filter(|finding| finding.level == Level::Problem)
        .count();
    match bad {
        0 => format!("{file}: no problem found"),
        bad => format!("{file}: {}", plural(bad as u64, "problem")),
    }
}
