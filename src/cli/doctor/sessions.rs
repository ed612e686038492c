//! What would end a detached run: systemd, when a user logs out or a unit stops.
//!
//! A detached run leaves its terminal and its session, but not its control group. Where that is a
//! login session, logind's `KillUserProcesses` decides; where it is the user's own manager, linger
//! does; where it is a unit, the unit's `KillMode`.

use std::fs;
use std::path::Path;

use super::{Area, Check};
use crate::config::Environment;
use crate::text::scrub;

const NO_SYSTEMD: &str = "not applicable: no systemd here, nobody ends a detached run";

/// Later ones win over earlier ones, file by file in the order of their names.
const FOLDERS: [&str; 4] = [
    "usr/lib/systemd/logind.conf.d",
    "usr/local/lib/systemd/logind.conf.d",
    "run/systemd/logind.conf.d",
    "etc/systemd/logind.conf.d",
];
const FILES: [&str; 2] = ["usr/lib/systemd/logind.conf", "etc/systemd/logind.conf"];

/// What this process is part of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Home {
    /// No systemd on this machine.
    Free,
    /// A login session.
    Session,
    /// The user's own manager.
    Manager,
    /// A unit of the system, with its name.
    Unit(String),
    /// Somewhere else under systemd.
    Elsewhere,
}

/// What decides whether a detached run is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Facts {
    home: Home,
    killed: bool,
    lingers: bool,
    user: String,
}

/// What logind's files say about processes that outlive a session.
#[derive(Debug, Default)]
struct Logind {
    kills: bool,
    excluded: Option<Vec<String>>,
    only: Vec<String>,
}

/// Looks at this machine.
pub fn check(environment: &Environment) -> Check {
    let name = environment.get("USER").or(environment.get("LOGNAME"));
    let name = name.map_or_else(crate::proc::account, str::to_owned);
    verdict(&Facts::of(Path::new("/"), &name))
}

impl Facts {
    fn of(root: &Path, user: &str) -> Self {
        let mut logind = Logind::default();
        for text in settings(root) {
            logind.read(&text);
        }
        let linger = root.join("var/lib/systemd/linger").join(user);
        Self {
            home: Home::of(root),
            killed: logind.shall_kill(user),
            lingers: !user.is_empty() && linger.exists(),
            user: user.to_owned(),
        }
    }
}

impl Home {
    fn of(root: &Path) -> Self {
        // As sd_booted(3) has it.
        if !root.join("run/systemd/system").is_dir() {
            return Self::Free;
        }
        let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
        // Version 2 has one line, `0::/path`; in version 1 systemd's is called so.
        let path = groups.lines().find_map(|line| {
            line.strip_prefix("0::")
                .or_else(|| line.split_once(":name=systemd:").map(|(_, path)| path))
        });
        let path = path.unwrap_or_default();
        match path.rsplit('/').next().unwrap_or_default() {
            _ if path.contains("/user@") => Self::Manager,
            last if last.starts_with("session-") => Self::Session,
            last if path.starts_with("/system.slice/") => Self::Unit(last.to_owned()),
            _ => Self::Elsewhere,
        }
    }
}

impl Logind {
    /// Takes what one file says.
    fn read(&mut self, text: &str) {
        let lines = text.lines().filter_map(|line| line.trim().split_once('='));
        for (key, value) in lines {
            let names = value.split_whitespace().map(str::to_owned).collect();
            match key.trim() {
                "KillUserProcesses" => {
                    let value = value.trim().to_ascii_lowercase();
                    self.kills = ["1", "yes", "true", "on", "y", "t"].contains(&&*value);
                }
                "KillExcludeUsers" => self.excluded = Some(names),
                "KillOnlyUsers" => self.only = names,
                _ => {}
            }
        }
    }

    /// As logind decides it, see logind.conf(5).
    fn shall_kill(&self, user: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == user);
        match &self.excluded {
            None if user == "root" => false,
            Some(excluded) if named(excluded) => false,
            _ if !self.only.is_empty() => named(&self.only),
            _ => self.kills,
        }
    }
}

/// What logind reads, in its order.
fn settings(root: &Path) -> Vec<String> {
    let mut parts: Vec<_> = FOLDERS
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)))
        .flat_map(|entries| entries.filter_map(Result::ok))
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "conf"))
        .collect();
    parts.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
    let files = FILES.iter().map(|file| root.join(file));
    files
        .chain(parts)
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect()
}

fn verdict(facts: &Facts) -> Check {
    let user = match &*facts.user {
        "" => "USER".to_owned(),
        user => scrub(user),
    };
    let area = Area::Sessions;
    match &facts.home {
        Home::Free => Check::skipped(area, NO_SYSTEMD),
        Home::Manager if facts.lingers => Check::well(
            area,
            "detached runs outlive a logout: your own systemd lingers",
        ),
        Home::Manager => Check::look(
            area,
            "detached runs end with your last session: they live in your own systemd, which does \
             not linger",
        )
        .hint(format!("loginctl enable-linger {user}")),
        Home::Session if facts.killed => Check::look(
            area,
            "logind ends detached runs at logout: KillUserProcesses is on",
        )
        .hint(format!(
            "KillExcludeUsers={user} in /etc/systemd/logind.conf, or start with \
             `systemd-run --user --scope selaras …` after `loginctl enable-linger`"
        )),
        Home::Session => Check::well(area, "detached runs outlive a logout: logind spares them"),
        Home::Unit(name) => {
            let name = scrub(name);
            let text = format!(
                "inside {name}: a run outlives a stop of the unit if it has KillMode=process"
            );
            Check::well(area, text)
        }
        Home::Elsewhere => Check::well(area, "detached runs continue: this is no login session"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Level;

    /// A machine with these files.
    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const BOOTED: (&str, &str) = ("run/systemd/system/units", "");
    const SESSION: (&str, &str) = (
        "proc/self/cgroup",
        "0::/user.slice/user-1000.slice/session-3.scope\n",
    );
    const MANAGER: (&str, &str) = (
        "proc/self/cgroup",
        "0::/user.slice/user-1000.slice/user@1000.service/app.slice/tmux.scope\n",
    );
    const KILLS: (&str, &str) = (
        "etc/systemd/logind.conf",
        "[Login]\n#KillUserProcesses=no\nKillUserProcesses = yes\n",
    );

    fn level(files: &[(&str, &str)]) -> Level {
        verdict(&Facts::of(machine(files).path(), "sari")).level
    }

    #[test]
    fn logind_kills_what_a_login_session_leaves_only_where_it_is_told_to() {
        let later = (
            "run/systemd/logind.conf.d/50-no.conf",
            "KillUserProcesses=no",
        );
        let spared = (
            "etc/systemd/logind.conf.d/9.conf",
            "KillExcludeUsers=root sari",
        );
        let others = ("etc/systemd/logind.conf.d/9.conf", "KillOnlyUsers=budi");
        let only = ("etc/systemd/logind.conf.d/9.conf", "KillOnlyUsers=sari");
        assert_eq!(level(&[BOOTED, SESSION]), Level::Note);
        assert_eq!(level(&[BOOTED, SESSION, KILLS]), Level::Warning);
        assert_eq!(level(&[BOOTED, SESSION, KILLS, later]), Level::Note);
        assert_eq!(level(&[BOOTED, SESSION, KILLS, spared]), Level::Note);
        assert_eq!(level(&[BOOTED, SESSION, KILLS, others]), Level::Note);
        assert_eq!(level(&[BOOTED, SESSION, only]), Level::Warning);
    }

    #[test]
    fn the_users_own_manager_ends_with_the_last_session_unless_it_lingers() {
        let linger = ("var/lib/systemd/linger/sari", "");
        assert_eq!(level(&[BOOTED, MANAGER]), Level::Warning);
        assert_eq!(level(&[BOOTED, MANAGER, linger]), Level::Note);
    }

    #[test]
    fn a_machine_without_systemd_has_nothing_to_fear_of_it() {
        let facts = Facts::of(machine(&[SESSION, KILLS]).path(), "sari");
        assert_eq!(verdict(&facts).text, NO_SYSTEMD);
    }

    #[test]
    fn a_unit_is_named_because_its_kill_mode_matters() {
        let unit = (
            "proc/self/cgroup",
            "1:name=systemd:/system.slice/selaras-users.service\n",
        );
        let facts = Facts::of(machine(&[BOOTED, unit]).path(), "selaras");
        assert!(verdict(&facts).text.contains("selaras-users.service"));
    }
}
