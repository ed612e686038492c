//! Whether the time can be believed: runs are named, sorted and pruned by it.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::check::{Area, Check};
use crate::cli::words;
use crate::clock::Clock;
use crate::config::Config;
use crate::run::{Runs, State};

/// A clock before this was never set: 2020-01-01. One that lost its battery begins at 1970, at 2000
/// or in the year its board was made.
const BEGINNING: i64 = 1_577_836_800;
/// How far other clocks may be off.
const SLACK: SignedDuration = SignedDuration::from_mins(2);

/// The clock, against the runs of this machine.
pub fn checks(config: &Config) -> Vec<Check> {
    let runs = Runs::at(&config.state_dir).and_then(|runs| runs.readable());
    let runs = runs.unwrap_or_default();
    let newest = runs.iter().map(|run| run.manifest.created).max();
    let alive = runs.iter().filter(|run| run.state == State::Running);
    let mut checks = vec![check(Clock::System.now(), newest, &TimeZone::system())];
    checks.extend(alive.map(|run| {
        let manifest = &run.manifest;
        let text = words::going_on(&manifest.id.short(), &manifest.engine, &manifest.target);
        Check::well(Area::Sessions, text)
    }));
    checks
}

fn check(now: Timestamp, newest: Option<Timestamp>, zone: &TimeZone) -> Check {
    let text = words::time(now, zone);
    match newest {
        _ if now.as_second() < BEGINNING => {
            Check::broken(Area::Clock, words::clock_unset(&text)).hint(words::HINT_CLOCK)
        }
        Some(newest) if newest > now + SLACK => {
            let newest = words::time(newest, zone);
            Check::look(Area::Clock, words::clock_went_back(&text, &newest)).hint(words::HINT_CLOCK)
        }
        _ => Check::well(Area::Clock, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Level;

    #[test]
    fn a_clock_that_was_never_set_or_went_back_is_noticed() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let now = at("2026-11-08T07:00:00Z");
        let table = [
            (now, None, Level::Note),
            (now, Some(at("2026-11-08T07:01:00Z")), Level::Note),
            (now, Some(at("2026-11-09T07:00:00Z")), Level::Warning),
            (at("1970-01-01T00:00:09Z"), None, Level::Problem),
        ];
        for (now, newest, level) in table {
            assert_eq!(
                check(now, newest, &TimeZone::UTC).level,
                level,
                "{newest:?}"
            );
        }
    }
}
