//! Gone as soon as no tab names it.

use crate::run::Run;
use crate::text::scrub;

pub use super::run_controller::{NOTHING_RUNS, about};

pub const NOT_WRITTEN: &str = "nothing is written yet";
pub const OUTPUT: &str = "Output";

pub const STOP: &str = "stop it";
pub const IS_STARTING: &str = "a run is just starting";

pub fn run(short: &str) -> String {
    format!("Run {short}")
}

pub fn stop_title(run: &Run) -> String {
    format!("Stop run {}", run.id().short())
}

pub fn stop_of_another(run: &Run) -> String {
    let operator = run.manifest.operator.to_string();
    format!("! It was started by {}, not by you", scrub(&operator))
}
