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

pub const NO_SIGNALS: &str = "cannot handle signals";

pub const NO_ANSWER: &str = "the answer cannot be read; nothing was written";
pub const NOT_CONFIRMED: &str = "not confirmed; nothing was written";
pub const STOPPING: &str = "stopping after the batch in hand; Ctrl-C again insists";

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

/// The terminal cannot be drawn on: what works instead.
pub fn cannot_draw(term: Option<&str>) -> String {
    format!(
        "{}: the dashboard cannot be drawn on this terminal",
        dumb(term)
    )
}

pub fn unknown_engine(name: &str) -> String {
    format!("there is no engine called «{}»", scrub(name))
}

/// A level in a word.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Skipped => "skipped",
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Problem => "problem",
    }
}

/// A level as a mark with the blank after it. In ASCII the mark of what is well has two letters;
/// the others are made as wide, so that columns stay columns.
pub fn mark(level: Level, unicode: bool) -> String {
    let mark = match level {
        Level::Skipped => "·",
        Level::Note => "✓",
        Level::Warning => "!",
        Level::Problem => "✗",
    };
    let more = if unicode || level == Level::Note {
        ""
    } else {
        " "
    };
    format!("{mark}{more} ")
}

/// A finding as lines.
pub fn finding(finding: &Finding, unicode: bool) -> String {
    let mark = mark(finding.level, unicode);
    let hint = finding
        .hint
        .as_ref()
        .map(|hint| format!("    hint: {}\n", scrub(hint)));
    format!(
        "{mark}{}\n{}",
        scrub(&finding.text),
        hint.unwrap_or_default()
    )
}

pub fn checked(file: Option<&Path>, findings: &[Finding]) -> String {
    let file = file.map_or("the defaults".to_owned(), |path| path.display().to_string());
    let number = |level| {
        let of_level = findings.iter().filter(|finding| finding.level == level);
        of_level.count() as u64
    };
    let state = match (number(Level::Problem), number(Level::Warning)) {
        (0, 0) if number(Level::Note) == 0 => NOTHING_SET_UP.to_owned(),
        (0, 0) => "no problem found".to_owned(),
        (0, looks) => looks_needed(looks),
        (problems, 0) => plural(problems, "problem"),
        (problems, looks) => format!("{}, {}", plural(problems, "problem"), looks_needed(looks)),
    };
    format!("{file}: {state}")
}

pub const NOTHING_SET_UP: &str = "nothing is set up yet";

/// `2 things need a look`
pub fn looks_needed(looks: u64) -> String {
    let verb = if looks == 1 { "needs" } else { "need" };
    format!("{} {verb} a look", plural(looks, "thing"))
}
