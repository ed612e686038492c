//! Texts about runs, whatever engine they are of.

use std::path::Path;

use crate::cli::runs::Aftermath;
use crate::run::{Id, Run, Stop};
use crate::text::{local_time, plural, scrub};

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

pub const NOTHING_RUNS: &str = "no run goes on";

pub fn following(run: &Run) -> String {
    let manifest = &run.manifest;
    format!(
        "following run {}: {} {}, by {}",
        run.id().short(),
        scrub(&manifest.engine),
        scrub(&manifest.target),
        scrub(&manifest.operator.to_string())
    )
}

pub fn no_report(short: &str) -> String {
    format!("run {short} has no report")
}

/// What stands in the list for a folder that is no run.
pub const UNREADABLE: &str = "unreadable";

/// All that is known of a run without its journal; the database may know more.
pub fn run(run: &Run, folder: &Path, aftermath: Option<&Aftermath>) -> String {
    let manifest = &run.manifest;
    let moment = |at: Option<jiff::Timestamp>| at.map_or("-".to_owned(), local_time);
    let rows = [
        ("run", manifest.id.to_string()),
        (
            "state",
            aftermath
                .and_then(Aftermath::state)
                .unwrap_or(run.state.word())
                .to_owned(),
        ),
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
        ("result", result(run, aftermath)),
        ("folder", folder.display().to_string()),
    ];
    rows.iter().fold(String::new(), |text, (name, value)| {
        text + &format!("{name:<10} {}\n", scrub(value))
    })
}

/// How a run ended, as far as anybody knows.
pub fn result(run: &Run, aftermath: Option<&Aftermath>) -> String {
    let (sentence, said) = (run.sentence(), aftermath.and_then(Aftermath::sentence));
    match said {
        None => sentence,
        Some(said) if aftermath.is_some_and(Aftermath::is_complete) => said,
        Some(said) => format!("{sentence}; {said}"),
    }
}

pub fn stop_of_another(short: &str, target: &str, operator: &str) -> String {
    format!(
        "Stop run {short} ({}), which {} started:",
        scrub(target),
        scrub(operator)
    )
}

pub fn stopped(stopped: Stop, short: &str) -> String {
    match stopped {
        Stop::HadEnded => format!("run {short} had ended already"),
        Stop::Answered => format!("run {short} is stopping"),
        Stop::Ended => format!("run {short} has ended"),
        Stop::OrphanEnded => {
            format!("the worker of run {short} had died; what it had started was ended")
        }
        Stop::Killed => format!(
            "run {short} did not answer and was killed; selaras runs show {short} says what it wrote"
        ),
    }
}

pub fn prune(runs: &[Id]) -> String {
    format!(
        "Remove {}: {}",
        plural(runs.len() as u64, "old run"),
        super::names(runs)
    )
}

pub fn pruned(runs: usize) -> String {
    format!("{} removed", plural(runs as u64, "old run"))
}
