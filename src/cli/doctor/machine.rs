//! This machine: who may read and write our files, the room for them, the clock, the terminal.

use std::fs::Metadata;
use std::io::{self, IsTerminal as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rustix::fs::{Access, access, statvfs};

use super::{Area, Check};
use crate::cli::out::is_unicode;
use crate::cli::screen;
use crate::clock::Clock;
use crate::config::{Config, Environment, Part};
use crate::run::{Runs, State};
use crate::text::scrub;

/// Less room than this, in bytes, is a problem: a run keeps some for its report.
const LEAST: u64 = 1024 * 1024;
/// Less room than this, in bytes, is worth a look.
const LITTLE: u64 = 100 * 1024 * 1024;
/// A clock before this was never set: 2020-01-01. One that lost its battery begins at 1970, at 2000
/// or in the year its board was made.
const BEGINNING: i64 = 1_577_836_800;
/// How far other clocks may be off.
const SLACK: SignedDuration = SignedDuration::from_mins(2);
const STATE_DIR: &str =
    "runs and logs need it: make it yours, or choose another with state_dir or --state-dir";

/// The state folder, and the database where it is our own file.
pub fn files(config: &Config) -> Vec<Check> {
    let mut checks = vec![state_folder(&config.state_dir)];
    if let Part::Ready(users) = &config.users
        && let Some(path) = users.database.path()
    {
        checks.push(database_file(path));
    }
    checks
}

fn state_folder(path: &Path) -> Check {
    let name = path.display();
    let Ok(found) = path.metadata() else {
        return to_be_made(path);
    };
    if !found.is_dir() {
        return Check::broken(Area::Permissions, format!("{name} is no folder"));
    }
    if !may_write(path) {
        return Check::broken(Area::Permissions, not_writable(path)).hint(STATE_DIR);
    }
    let mode = found.mode() & 0o7777;
    let open = |text| {
        let hint = format!("chmod 700 {name}, or chmod 2770 {name} for a team");
        Check::look(Area::Permissions, text).hint(hint)
    };
    let team = mode & 0o2070 == 0o2070;
    match (mode & 0o007, mode & 0o070, team) {
        (0, 0, _) => private(path, mode),
        (0, _, true) => Check::well(
            Area::Permissions,
            format!("{name} is a team's (mode {mode:o})"),
        ),
        (0, ..) => open(format!(
            "{name} is open to its group (mode {mode:o}), but what is made in it is not the group's"
        )),
        _ => open(open_to_all(path, mode)),
    }
}

/// The folder is made with the first run, where that is possible.
fn to_be_made(path: &Path) -> Check {
    let name = path.display();
    let parent = path.ancestors().skip(1).find(|above| above.exists());
    match parent {
        Some(parent) if parent.is_dir() && may_write(parent) => {
            let text = format!("{name} is not there yet; it will be made");
            Check::skipped(Area::Permissions, text)
        }
        _ => {
            let text = format!("{name} is not there and cannot be made by you");
            Check::broken(Area::Permissions, text).hint(STATE_DIR)
        }
    }
}

fn database_file(path: &Path) -> Check {
    let readable_by_others = |found: &Metadata| found.mode() & 0o007 != 0;
    match path.metadata() {
        Err(_) => to_be_made(path),
        Ok(_) if !may_write(path) => Check::look(Area::Permissions, not_writable(path))
            .hint("a sync could be shown but not applied"),
        Ok(found) if readable_by_others(&found) => {
            Check::look(Area::Permissions, open_to_all(path, found.mode() & 0o7777))
                .hint(format!("chmod 600 {}", path.display()))
        }
        Ok(found) => private(path, found.mode() & 0o7777),
    }
}

fn private(path: &Path, mode: u32) -> Check {
    let text = format!("{} is yours alone (mode {mode:o})", path.display());
    Check::well(Area::Permissions, text)
}

fn open_to_all(path: &Path, mode: u32) -> String {
    format!("{} is open to everybody (mode {mode:o})", path.display())
}

fn not_writable(path: &Path) -> String {
    format!("{} may not be written by you", path.display())
}

fn may_write(path: &Path) -> bool {
    let wanted = if path.is_dir() {
        Access::WRITE_OK | Access::EXEC_OK
    } else {
        Access::WRITE_OK
    };
    access(path, wanted).is_ok()
}

/// The room on the disk of the state folder.
pub fn room(state_dir: &Path) -> Option<Check> {
    let place = state_dir.ancestors().find(|above| above.exists())?;
    let found = statvfs(place).ok()?;
    let bytes = found.f_bavail.saturating_mul(found.f_frsize);
    let room = match bytes / (1024 * 1024) {
        mib @ ..10_240 => format!("{mib} MiB"),
        mib => format!("{} GiB", mib / 1024),
    };
    let text = format!("{room} free at {}", place.display());
    let full = bytes < LEAST || (found.f_files > 0 && found.f_favail == 0);
    let hint = "`selaras runs prune` removes old runs; a full disk stops new ones";
    Some(if full {
        Check::broken(Area::Disk, text).hint(hint)
    } else if bytes < LITTLE {
        Check::look(Area::Disk, text).hint(hint)
    } else {
        Check::well(Area::Disk, text)
    })
}

/// Whether the time can be believed, against the runs of this machine: they are named, sorted and
/// pruned by it. Names the running runs, too.
pub fn clock(config: &Config) -> Vec<Check> {
    let runs = Runs::at(&config.state_dir).and_then(|runs| runs.readable());
    let runs = runs.unwrap_or_default();
    let newest = runs.iter().map(|run| run.manifest.created).max();
    let alive = runs.iter().filter(|run| run.state == State::Running);
    let mut checks = vec![time(Clock::System.now(), newest, &TimeZone::system())];
    checks.extend(alive.map(|run| {
        let (short, manifest) = (run.id().short(), &run.manifest);
        let (engine, target) = (scrub(&manifest.engine), scrub(&manifest.target));
        let text = format!("run {short} is running: {engine} {target}");
        Check::well(Area::Sessions, text)
    }));
    checks
}

fn time(now: Timestamp, newest: Option<Timestamp>, zone: &TimeZone) -> Check {
    let local = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %:z");
    let hint = "set the clock, or let a time service do it: runs are sorted by it";
    let text = local(now).to_string();
    match newest {
        _ if now.as_second() < BEGINNING => {
            Check::broken(Area::Clock, format!("the clock was never set: {text}")).hint(hint)
        }
        Some(newest) if newest > now + SLACK => {
            let newest = local(newest);
            let text = format!("it is {text}, but the newest run is of {newest}");
            Check::look(Area::Clock, text).hint(hint)
        }
        _ => Check::well(Area::Clock, text),
    }
}

/// What the terminal can show, and the locale. tmux's own settings cannot be read from inside: they
/// are not judged.
pub fn terminal(environment: &Environment) -> [Check; 2] {
    let get = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(get);
    let here = io::stdin().is_terminal() && io::stderr().is_terminal();
    [
        kind(get("TERM"), here, get("TMUX").is_some()),
        letters(locale.unwrap_or_default()),
    ]
}

fn kind(term: Option<&str>, here: bool, tmux: bool) -> Check {
    let text = screen::term(term);
    match term {
        _ if !here => Check::skipped(
            Area::Terminal,
            "not a terminal: plain lines, and --yes instead of questions",
        ),
        None | Some("dumb" | "unknown") => Check::look(Area::Terminal, text)
            .hint("the dashboard needs a TERM such as xterm-256color"),
        Some(_) if tmux => Check::well(Area::Terminal, format!("{text}, inside tmux")),
        Some(_) => Check::well(Area::Terminal, text),
    }
}

fn letters(locale: &str) -> Check {
    let name = scrub(locale);
    if is_unicode(locale) {
        return Check::well(Area::Terminal, format!("the locale is {name}"));
    }
    let text = match locale {
        "" => "no locale is set".to_owned(),
        _ => format!("the locale {name} is not UTF-8"),
    };
    Check::look(Area::Terminal, text).hint("marks are spelled in ASCII; LANG=C.UTF-8 shows them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Level;
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_state_folder_is_for_one_or_for_a_team() {
        let folder = tempfile::tempdir().unwrap();
        let table = [
            (0o700, Level::Note),
            (0o2770, Level::Note),
            (0o770, Level::Warning),
            (0o755, Level::Warning),
        ];
        for (mode, level) in table {
            set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
            assert_eq!(state_folder(folder.path()).level, level, "{mode:o}");
        }
    }

    #[test]
    fn what_is_not_there_yet_is_made_where_that_can_be() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/state");
        assert_eq!(state_folder(&deep).level, Level::Skipped);
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(state_folder(&file.join("state")).level, Level::Problem);
        assert_eq!(state_folder(&file).level, Level::Problem);
    }

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
            assert_eq!(time(now, newest, &TimeZone::UTC).level, level, "{newest:?}");
        }
    }

    #[test]
    fn a_dumb_terminal_and_a_bare_locale_are_worth_a_look() {
        assert_eq!(kind(None, true, false).level, Level::Warning);
        assert_eq!(kind(Some("dumb"), true, false).level, Level::Warning);
        assert_eq!(kind(Some("dumb"), false, false).level, Level::Skipped);
        assert_eq!(kind(Some("tmux-256color"), true, true).level, Level::Note);
        assert_eq!(letters("C").level, Level::Warning);
        assert_eq!(letters("id_ID.UTF-8").level, Level::Note);
    }
}
