//! Texts of `selaras doctor`.

use std::path::Path;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::cli::doctor::check::{Area, Check};
use crate::config::Level;
use crate::text::{count, duration, plural, scrub};

/// A check as lines: mark, area, text, hint.
pub fn check(check: &Check, unicode: bool) -> String {
    let line = format!(
        "{}{:<11}  {}\n",
        super::mark(check.level, unicode),
        check.area.word(),
        scrub(&check.text)
    );
    match &check.hint {
        // What is well, or switched off, needs no advice.
        Some(hint) if matches!(check.level, Level::Warning | Level::Problem) => {
            format!("{line}               hint: {}\n", scrub(hint))
        }
        _ => line,
    }
}

/// All checks in a sentence.
pub fn diagnosis(checks: &[Check]) -> String {
    let parts = checks.iter().filter(|check| check.area == Area::Config);
    let parts: Vec<Level> = parts.map(|check| check.level).collect();
    let number = |level| checks.iter().filter(|check| check.level == level).count() as u64;
    match (number(Level::Problem), number(Level::Warning)) {
        (0, 0) if !parts.contains(&Level::Note) => super::NOTHING_SET_UP.to_owned(),
        (0, 0) if parts.contains(&Level::Skipped) => "all that is set up is well".to_owned(),
        (0, 0) => "all is well".to_owned(),
        (0, looks) => super::looks_needed(looks),
        (problems, 0) => plural(problems, "problem"),
        (problems, looks) => format!(
            "{}, {}",
            plural(problems, "problem"),
            super::looks_needed(looks)
        ),
    }
}

pub fn of(name: &str, what: &str) -> String {
    format!("{}: {what}", scrub(name))
}

// Database.

pub const HINT_MIGRATE: &str = "`selaras users migrate` shows the change and makes it";
pub const HINT_SYNC: &str = "`selaras dapodik global` syncs all kecamatan";
pub const VERIFIED: &str = "the connection is encrypted, the certificate checked";
pub const UNVERIFIED: &str = "the connection is encrypted, but the certificate is not checked";
pub const HINT_SSL: &str = "ssl-mode=VERIFY_IDENTITY (and ssl-ca) at the end of the database URL";

pub fn not_made_yet(name: &str) -> String {
    format!("{} is not there yet; the first sync makes it", scrub(name))
}

pub fn answers(name: &str, active: u64, inactive: u64) -> String {
    format!(
        "{} answers: {}, {} inactive",
        scrub(name),
        plural(active, "active user"),
        count(inactive)
    )
}

pub fn not_unique(old: bool) -> &'static str {
    if old {
        "users are unique by (email) alone: nothing can be applied"
    } else {
        "users are not unique by (email, location_id): nothing can be applied"
    }
}

pub fn duplicates(groups: u64) -> String {
    format!("{} twice at one location", plural(groups, "e-mail"))
}

// Servers.

pub const NO_LOCATIONS: &str = "not asked: which there are stands in the database";

pub fn logged_in(name: &str, place: &str, took: SignedDuration) -> String {
    format!(
        "{}: login works ({}, {})",
        scrub(name),
        scrub(place),
        duration(took)
    )
}

// Officials, script, education data.

/// `postgres ealumni: 170 schools of 17 kecamatan, 2 040 PTK`.
pub fn schools(database: &str, kecamatan: u64, schools: u64, ptk: u64) -> String {
    of(
        database,
        &format!(
            "{} of {} kecamatan, {} PTK",
            plural(schools, "school"),
            count(kecamatan),
            count(ptk)
        ),
    )
}

pub fn officials(database: &str, send: u64, refused: u64, url: &str) -> String {
    let refused = match refused {
        0 => String::new(),
        refused => format!(", {} refused (see `selaras push plan`)", count(refused)),
    };
    format!(
        "{} answers: {} to send{refused}; {} is only called by a push",
        scrub(database),
        plural(send, "official"),
        scrub(url)
    )
}

pub fn can_run(name: &str) -> String {
    format!("{} can be run", scrub(name))
}

// Permissions and room.

pub const HINT_STATE_DIR: &str =
    "runs and logs need it: make it yours, or choose another with state_dir or --state-dir";
pub const HINT_DATABASE: &str = "a sync could be shown but not applied";
pub const HINT_ROOM: &str = "`selaras runs prune` removes old runs; a full disk stops new ones";

pub fn no_folder(path: &Path) -> String {
    format!("{} is no folder", path.display())
}

pub fn not_writable(path: &Path) -> String {
    format!("{} may not be written by you", path.display())
}

pub fn private(path: &Path, mode: u32) -> String {
    format!("{} is yours alone (mode {mode:o})", path.display())
}

pub fn shared(path: &Path, mode: u32) -> String {
    format!("{} is a team's (mode {mode:o})", path.display())
}

pub fn half_shared(path: &Path, mode: u32) -> String {
    format!(
        "{} is open to its group (mode {mode:o}), but what is made in it is not the group's",
        path.display()
    )
}

pub fn open(path: &Path, mode: u32) -> String {
    format!("{} is open to everybody (mode {mode:o})", path.display())
}

pub fn hint_mode(path: &Path) -> String {
    let path = path.display();
    format!("chmod 700 {path}, or chmod 2770 {path} for a team")
}

pub fn will_be_made(path: &Path) -> String {
    format!("{} is not there yet; it will be made", path.display())
}

pub fn cannot_be_made(path: &Path) -> String {
    format!("{} is not there and cannot be made by you", path.display())
}

pub fn room(place: &Path, bytes: u64) -> String {
    let place = place.display();
    let mib = bytes / (1024 * 1024);
    if mib >= 10 * 1024 {
        format!("{} GiB free at {place}", mib / 1024)
    } else {
        format!("{mib} MiB free at {place}")
    }
}

// Sessions.

pub const NO_SYSTEMD: &str = "not applicable: no systemd here, nobody ends a detached run";

pub fn hint_killed(user: &str) -> String {
    format!(
        "KillExcludeUsers={} in /etc/systemd/logind.conf, or start with \
         `systemd-run --user --scope selaras …` after `loginctl enable-linger`",
        named(user)
    )
}

pub fn hint_linger(user: &str) -> String {
    format!("loginctl enable-linger {}", named(user))
}

fn named(user: &str) -> String {
    if user.is_empty() {
        "USER".to_owned()
    } else {
        scrub(user)
    }
}

pub fn unit(name: &str) -> String {
    format!(
        "inside {}: a run outlives a stop of the unit if it has KillMode=process",
        scrub(name)
    )
}

pub fn going_on(short: &str, engine: &str, target: &str) -> String {
    format!("run {short} goes on: {} {}", scrub(engine), scrub(target))
}

// Terminal.

pub fn dumb(term: Option<&str>) -> String {
    match term {
        None => "TERM is not set".to_owned(),
        Some(term) => format!("TERM is {}", scrub(term)),
    }
}

pub fn terminal(term: &str, tmux: bool) -> String {
    let inside = if tmux { ", inside tmux" } else { "" };
    format!("TERM is {}{inside}", scrub(term))
}

pub fn locale(locale: &str) -> String {
    format!("the locale is {}", scrub(locale))
}

pub fn no_unicode(locale: &str) -> String {
    if locale.is_empty() {
        "no locale is set".to_owned()
    } else {
        format!("the locale {} is not UTF-8", scrub(locale))
    }
}

// Clock.

pub const HINT_CLOCK: &str = "set the clock, or let a time service do it: runs are sorted by it";

pub fn time(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    local.strftime("%Y-%m-%d %H:%M %:z").to_string()
}

pub fn clock_unset(now: &str) -> String {
    format!("the clock was never set: {now}")
}

pub fn clock_went_back(now: &str, newest: &str) -> String {
    format!("it is {now}, but the newest run is of {newest}")
}
