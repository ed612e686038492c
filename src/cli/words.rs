//! Every text of the command line for people, in one place; those of an engine are the engine's.

use std::path::Path;

use crate::config::{Finding, Level};
use crate::engine::Event;
use crate::run::{Run, State, Stop};
use crate::text::{duration, local_time, plural, scrub};

pub const READ_ONLY: &str = "nothing may be written: read_only is set";
pub const READ_ONLY_HINT: &str = "leave --read-only out, or set read_only = false";
pub const CANNOT_PRINT: &str = "the answer cannot be printed";
pub const NEEDS_YES: &str = "nobody can be asked here: standard input is no terminal";
pub const NEEDS_YES_HINT: &str = "add --yes to go on without a question; nothing was written";
pub const NO_ANSWER: &str = "the answer cannot be read; nothing was written";
pub const NOT_CONFIRMED: &str = "not confirmed; nothing was written";
pub const STOPPING: &str = "stopping after the batch in hand; Ctrl-C again insists";

pub fn strange_path(path: &Path) -> String {
    format!("{} has a name that is no text", path.display())
}

pub fn started(short: &str) -> String {
    format!(
        "run {short} started; it goes on if this connection drops (selaras runs follow {short})"
    )
}

pub fn detached(short: &str) -> String {
    format!("run {short} goes on by itself: selaras runs follow {short}")
}

pub fn left(short: &str) -> String {
    format!("run {short} goes on: selaras runs follow {short}, or selaras runs stop {short}")
}

pub fn no_report(short: &str) -> String {
    format!("run {short} has no report")
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
            let wait = duration(jiff::SignedDuration::from_millis(
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
        Level::Warning => "warning",
        Level::Problem => "problem",
    }
}

/// A finding as lines.
pub fn finding(finding: &Finding) -> String {
    let mark = match finding.level {
        Level::Note => "✓",
        Level::Warning => "!",
        Level::Problem => "✗",
    };
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

pub const HINT_LENGTH: &str = "such as 40ms or 2s";

pub fn demo(config: &Path) -> String {
    format!(
        "A simulated outside world runs on this machine: branch servers Dev, Test, Prod and one that \
         is down.\nIts configuration is {}. Now Dev's users are synced; to do something else there:\n  \
         selaras demo -- users plan --all",
        config.display()
    )
}

pub fn no_fault(name: &str) -> String {
    format!("there is no fault called «{}»", scrub(name))
}

pub fn known(names: &str) -> String {
    format!("known are {names}")
}

pub fn no_length(text: &str) -> String {
    format!("«{}» is no length of time", scrub(text))
}

pub fn cannot_run(program: &str) -> String {
    format!("cannot run {}", scrub(program))
}

pub fn lost(program: &str) -> String {
    format!("cannot tell how {} ended", scrub(program))
}

pub fn lingering(runs: &[String]) -> String {
    format!(
        "waiting for {} that need this simulated world: {} (Ctrl-C leaves them)",
        plural(runs.len() as u64, "run"),
        runs.join(", ")
    )
}

// Runs.

pub fn state(state: &State) -> &'static str {
    match state {
        State::Running => "running",
        State::Finished(ending) => ending.verdict.word(),
        State::Died => "died",
    }
}

/// How a run ended, or why nobody knows.
pub fn result(run: &Run) -> String {
    match (&run.state, run.failure()) {
        (State::Finished(ending), _) => ending.sentence.clone(),
        (State::Died, Some(failure)) => failure.message.clone(),
        (State::Running | State::Died, _) => String::new(),
    }
}

/// All that is known of a run without its journal.
pub fn run(run: &Run, folder: &Path) -> String {
    let manifest = &run.manifest;
    let moment = |at: Option<jiff::Timestamp>| at.map_or("-".to_owned(), local_time);
    let rows = [
        ("run", manifest.id.to_string()),
        ("state", state(&run.state).to_owned()),
        ("engine", manifest.engine.clone()),
        ("target", manifest.target.clone()),
        ("operator", manifest.operator.to_string()),
        (
            "from",
            manifest
                .operator
                .ssh_client
                .clone()
                .unwrap_or_else(|| "-".to_owned()),
        ),
        ("confirmed", local_time(manifest.created)),
        ("started", moment(run.started)),
        ("ended", moment(run.ended())),
        (
            "exit",
            run.exit().map_or("-".to_owned(), |exit| exit.to_string()),
        ),
        ("result", result(run)),
        ("folder", folder.display().to_string()),
    ];
    rows.iter().fold(String::new(), |text, (name, value)| {
        text + &format!("{name:<10} {}\n", scrub(value))
    })
}

pub fn died_having_written(places: &[String]) -> String {
    match places {
        [] => "the database says: nothing of it was written\n".to_owned(),
        places => format!("the database says: written for {}\n", places.join(", ")),
    }
}

pub fn stop_of_another(short: &str, operator: &str) -> String {
    format!("Stop run {short}, which {} started?", scrub(operator))
}

pub fn stopped(stopped: Stop, short: &str) -> String {
    match stopped {
        Stop::HadEnded => format!("run {short} had ended already"),
        Stop::Answered => format!("run {short} is stopping"),
        Stop::Ended => format!("run {short} has ended"),
        Stop::Killed => format!(
            "run {short} did not answer and was killed; selaras runs show {short} says what it wrote"
        ),
    }
}

pub fn prune(runs: &[String]) -> String {
    format!(
        "Remove {}: {}?",
        plural(runs.len() as u64, "old run"),
        runs.join(", ")
    )
}

pub fn pruned(runs: usize) -> String {
    format!("{} removed", plural(runs as u64, "old run"))
}
