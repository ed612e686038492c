//! A database sync script as it is found in the wild: bash, steps, colours, progress bars, errors
//! on stderr, a lock file of its own and a log; and the ways in which such scripts misbehave.
//!
//! It only pretends: no database is touched. [`service`] is the same behind endpoints.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

pub mod service;

use super::attack;
use crate::error::{Error, Result};
use crate::text::scrub;
use service::Shape;

pub const USUAL: Duration = Duration::from_secs(6);
/// What the script called [`Kind::Flood`] prints.
pub const FLOOD: u64 = 10_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Usual,
    Fails,
    /// `mysqldump` ends with 2, and `set -e` passes that on.
    TwoWithoutLock,
    /// It finds its lock and ends with 2, as it should.
    TwoWithLock,
    IgnoresTerm,
    /// It leaves processes in the background that keep its output open.
    LeavesChildren,
    Flood,
    BadText,
    Attack,
    /// It asks for a password on `/dev/tty`.
    AsksOnTerminal,
    /// It asks for a password where its output goes.
    AsksOnOutput,
}

impl Kind {
    pub const ALL: [Self; 11] = [
        Self::Usual,
        Self::Fails,
        Self::TwoWithoutLock,
        Self::TwoWithLock,
        Self::IgnoresTerm,
        Self::LeavesChildren,
        Self::Flood,
        Self::BadText,
        Self::Attack,
        Self::AsksOnTerminal,
        Self::AsksOnOutput,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Fails => "fails",
            Self::TwoWithoutLock => "exit-2",
            Self::TwoWithLock => "exit-2-locked",
            Self::IgnoresTerm => "ignores-term",
            Self::LeavesChildren => "leaves-children",
            Self::Flood => "flood",
            Self::BadText => "bad-text",
            Self::Attack => "attack",
            Self::AsksOnTerminal => "asks-terminal",
            Self::AsksOnOutput => "asks-output",
        }
    }

    fn body(self, step: &str) -> String {
        match self {
            Self::Usual => usual(step),
            Self::Fails => format!(
                "say 'Importing into app_copy...'\nsleep {step}\n\
                 echo \"ERROR 1062 (23000) at line 42: Duplicate entry '7' for key 'PRIMARY'\" >&2\n\
                 say 'Import failed'\nexit 1\n"
            ),
            Self::TwoWithoutLock => "set -e\nrm -f \"$LOCK\"\n\
                 mysqldump() { echo 'mysqldump: Got error: 1045: Access denied' >&2; return 2; }\n\
                 mysqldump app\n"
                .to_owned(),
            Self::TwoWithLock => "say 'Another sync is running'\nexit 2\n".to_owned(),
            Self::IgnoresTerm => format!(
                "trap '' TERM\nsay 'Nothing stops me'\n\
                 while :; do sleep {step} & wait $!; done\n"
            ),
            Self::LeavesChildren => "sleep 300 &\n(trap '' HUP; exec sleep 301) &\n\
                 say 'Left two behind'\n"
                .to_owned(),
            Self::Flood => format!("seq {FLOOD}\n"),
            Self::BadText => "printf 'caf\\351 \\377\\376 na\\303\\257ve\\n'\n".to_owned(),
            Self::Attack => attack(),
            Self::AsksOnTerminal => {
                "read -rs -p 'Enter password: ' secret < /dev/tty || exit 1\n".to_owned()
            }
            Self::AsksOnOutput => "printf 'Enter password: '\nread -rs secret <&2\n".to_owned(),
        }
    }
}

/// Where the script of a world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    Here(Kind),
    There(Shape),
}

impl Home {
    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        let services = [
            ("service", Self::There(Shape::Documented)),
            ("service-deployed", Self::There(Shape::Deployed)),
            ("service-with-stop", Self::There(Shape::WithRuns)),
        ];
        let kinds = Kind::ALL.map(|kind| (kind.name(), Self::Here(kind)));
        kinds.into_iter().chain(services)
    }
}

impl FromStr for Home {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::all().find(|(name, _)| *name == text);
        found.map(|(_, home)| home).ok_or_else(|| {
            let names: Vec<_> = Self::all().map(|(name, _)| name).collect();
            Error::usage(format!("there is no script called {}", scrub(text)))
                .hint(format!("the scripts are: {}", names.join(", ")))
        })
    }
}

/// A script in a folder, with its lock and its log beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub path: PathBuf,
    pub lock: PathBuf,
    pub log: PathBuf,
}

impl Script {
    pub fn below(folder: &Path) -> Self {
        Self {
            path: folder.join("sync.sh"),
            lock: folder.join("sync.lock"),
            log: folder.join("sync.log"),
        }
    }

    /// Writes a script of this kind into `folder`; it takes about `length`.
    pub fn write(folder: &Path, kind: Kind, length: Duration) -> io::Result<Self> {
        let script = Self::below(folder);
        script.replace(&script.text(kind, length))?;
        Ok(script)
    }

    pub fn replace(&self, text: &str) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o750);
        let mut file = options.open(&self.path)?;
        file.write_all(text.as_bytes())?;
        fs::set_permissions(&self.path, fs::Permissions::from_mode(0o750))
    }

    fn text(&self, kind: Kind, length: Duration) -> String {
        let step = format!("{:.3}", length.as_secs_f64() / 30.0);
        // The lock is there before the line that tells of it: whoever waits for that line knows.
        format!(
            "#!/usr/bin/env bash\n\
             # A simulated database sync: nothing is dumped, nothing imported.\n\
             LOCK='{lock}'\nLOG='{log}'\n\
             umask 027\n\
             say() {{ printf '[%s] %s\\n' \"$(date '+%F %T')\" \"$1\" | tee -a \"$LOG\"; }}\n\
             if [ -e \"$LOCK\" ]; then say 'ERROR: Sync is already running'; exit 2; fi\n\
             echo $$ > \"$LOCK\"\n\
             trap 'rm -f \"$LOCK\"' EXIT\n\
             trap 'exit 143' TERM\n\
             say 'Starting database sync'\n\
             {body}\
             say 'Sync completed successfully'\n",
            lock = self.lock.display(),
            log = self.log.display(),
            body = kind.body(&step),
        )
    }
}

/// Five steps with a bar like that of `pv`, some of it in colours, a warning on stderr.
fn usual(step: &str) -> String {
    let mut text = format!(
        "bar() {{\n\
         \tfor percent in 20 40 60 80 100; do\n\
         \t\tprintf '\\r%s: %3d%% [%-20s]' \"$1\" $percent \
         \"$(printf '=%.0s' $(seq $((percent / 5))))\"\n\
         \t\tsleep {step}\n\
         \tdone\n\
         \tprintf '\\n'\n\
         }}\n"
    );
    let steps = [
        "Dumping app",
        "Compressing",
        "Dropping app_copy",
        "Importing into app_copy",
        "Checking",
    ];
    for (step_number, name) in (1..).zip(steps) {
        let warning = match step_number {
            3 => "echo 'mysql: [Warning] Using a password can be insecure.' >&2\n",
            _ => "",
        };
        let _ = write!(
            text,
            "printf '\\033[1;36m%s\\033[0m\\n' 'Step {step_number} of 5'\nsay '{name}...'\n\
             bar '{name}'\n{warning}sleep {step}\n"
        );
    }
    text += "printf '\\033[32m%s\\033[0m\\n' 'All tables match'\n";
    text
}

fn attack() -> String {
    attack::KIT.iter().fold(String::new(), |text, piece| {
        let octal = piece.bytes().fold(String::new(), |mut octal, byte| {
            let _ = write!(octal, "\\{byte:03o}");
            octal
        });
        text + "printf '" + &octal + "\\n'\n"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn every_kind_is_a_script_that_bash_understands() {
        let folder = tempfile::tempdir().unwrap();
        for kind in Kind::ALL {
            let script = Script::write(folder.path(), kind, USUAL).unwrap();
            let checked = Command::new("bash").arg("-n").arg(&script.path).status();
            assert!(checked.unwrap().success(), "{kind:?}");
        }
    }

    #[test]
    fn the_usual_one_takes_its_lock_logs_and_gives_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let script = Script::write(folder.path(), Kind::Usual, Duration::from_millis(30)).unwrap();
        let done = Command::new(&script.path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(done.status.success());
        let log = fs::read_to_string(&script.log).unwrap();
        assert!(log.contains("] Importing into app_copy...\n"), "{log}");
        assert!(!script.lock.exists());
        let out = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(out.contains("\rChecking: 100% [====================]"));
        fs::write(&script.lock, "").unwrap();
        let refused = Command::new(&script.path).output().unwrap();
        assert_eq!(refused.status.code(), Some(2));
    }
}
