//! Texts of the dashboard that belong to no single tab.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::notices::Notice;
use super::theme::Tone;
use crate::run::{Run, Stop};
use crate::text::{local_time, scrub};

pub const NOT_WRITTEN: &str = "nothing is written yet";
pub const STARTING: &str = "Starting the run";
pub const STOP: &str = "stop it";
pub const OUTPUT: &str = "Output";
pub const NOTHING_RUNS: &str = "nothing is running here";
pub const IS_STARTING: &str = "a run is just starting";

pub fn run(short: &str) -> String {
    format!("Run {short}")
}

/// `Dev, Test · by admin@kantor · since 2026-11-08 14:03`
pub fn about(run: &Run) -> String {
    let manifest = &run.manifest;
    format!(
        "{} · by {} · {}",
        scrub(&manifest.target),
        scrub(&manifest.operator.to_string()),
        local_time(manifest.created)
    )
}

pub fn ended_elsewhere(run: &Run) -> String {
    let result = run.sentence();
    format!("{}: {result}", self::run(&run.id().short()))
}

pub fn stop_title(run: &Run) -> String {
    format!("Stop run {}", run.id().short())
}

pub fn stop_what(run: &Run) -> String {
    format!(
        "{} {} is asked to stop: it finishes the batch in hand and reports. What it has done stays.",
        scrub(&run.manifest.engine),
        scrub(&run.manifest.target)
    )
}

pub fn stop_of_another(run: &Run) -> String {
    let operator = run.manifest.operator.to_string();
    format!("! It was started by {}, not by you", scrub(&operator))
}

pub fn stopped(stop: Stop, short: &str) -> String {
    match stop {
        Stop::HadEnded => format!("run {short} had ended already"),
        Stop::Answered => format!("run {short} is stopping"),
        Stop::Ended => format!("run {short} has ended"),
        Stop::OrphanEnded => {
            format!("the worker of run {short} had died; what it had started was ended")
        }
        Stop::Killed => format!("run {short} did not answer and was killed; R shows what is known"),
    }
}

/// A program that had the terminal did not end well.
pub fn borrower_ended(program: &str, status: ExitStatus) -> Notice {
    let how = match (status.code(), status.signal()) {
        (Some(code), _) => format!("with exit {code}"),
        (None, Some(signal)) => format!("by signal {signal}"),
        (None, None) => "in an unknown way".to_owned(),
    };
    Notice::new(&format!("{} ended {how}", scrub(program)), Tone::Warn)
}

/// There is no such program, or it cannot be started.
pub fn borrower_missing(program: &str, why: &io::Error) -> Notice {
    Notice::new(&format!("cannot open {}: {why}", scrub(program)), Tone::Bad)
}
