//! An office: a world, a home folder, and a shell in it.
//!
//! Whatever the binary says here is looked through for secrets, every time.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use selaras::config::DatabaseUrl;
use selaras::db::{Access, Connection};
use selaras::run::{Id, Run, Runs, State};
use selaras::sim::locations::{Branch, PASSWORD, TOKEN_MARK};
use selaras::sim::world::{Place, World, WorldOptions};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

pub use crate::harness::wait::eventually;
use crate::harness::{child, wait};

/// How long anything may take before a test gives up.
/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_selaras");

/// A world, a home, and a shell.
pub struct Office {
    /// Everything is below it.
    pub root: TempDir,
    /// What is outside.
    pub world: World,
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Done {
    /// Its exit code.
    pub exit: i32,
    /// Its data.
    pub out: String,
    /// Its talk.
    pub err: String,
}

impl Office {
    /// A fresh one, in good weather.
    pub async fn open() -> Self {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("world");
        let world = World::start(&place, &WorldOptions::default())
            .await
            .unwrap();
        std::fs::create_dir(root.path().join("home")).unwrap();
        // Waits between tries are not what is tested here.
        let office = Self { root, world };
        office.set_top("retry_base = \"20ms\"");
        office
    }

    /// The environment of everything that is started here, complete.
    pub fn environment(&self) -> Vec<(String, String)> {
        let home = self.root.path().join("home");
        let place = |name: &str| home.join(name).to_str().unwrap().to_owned();
        let own = |name: &str, value: String| (name.to_owned(), value);
        vec![
            own("HOME", place("")),
            own("XDG_CONFIG_HOME", place("config")),
            own("XDG_DATA_HOME", place("data")),
            own("XDG_STATE_HOME", place("state")),
            own("PATH", "/usr/bin:/bin".to_owned()),
            own("LC_ALL", "C.UTF-8".to_owned()),
            own("TERM", "xterm-256color".to_owned()),
            own("USER", "sari".to_owned()),
            own("TZ", "UTC".to_owned()),
            own("SELARAS_CONFIG", self.config().to_str().unwrap().to_owned()),
        ]
    }

    /// A command that is not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::from(child::bare(PROGRAM));
        command
            .args(arguments)
            .envs(self.environment())
            .current_dir(self.root.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a verb to its end.
    pub async fn run(&self, arguments: &[&str]) -> Done {
        ended(self.command(arguments)).await
    }

    /// Runs a verb that answers with exactly one document.
    pub async fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let done = self.run(arguments).await;
        (done.exit, done.document())
    }

    /// Starts a verb.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.world.config()
    }

    /// Adds a line to the top of the configuration.
    pub fn set_top(&self, line: &str) {
        let text = std::fs::read_to_string(self.config()).unwrap();
        std::fs::write(self.config(), format!("{line}\n{text}")).unwrap();
    }

    /// Adds a line below a heading of the configuration, such as `[users]`; the first one counts.
    pub fn set(&self, heading: &str, line: &str) {
        let text = std::fs::read_to_string(self.config()).unwrap();
        assert!(text.contains(heading), "{heading}");
        let text = text.replacen(heading, &format!("{heading}\n{line}"), 1);
        std::fs::write(self.config(), text).unwrap();
    }

    /// Replaces the password in `.env`.
    pub fn set_password(&self, password: &str) {
        let text = std::fs::read_to_string(self.world.dotenv()).unwrap();
        let lines = text.lines().map(|line| match line.split_once('=') {
            Some((name @ "EXTERNAL_API_PASSWORD", _)) => format!("{name}={password}\n"),
            _ => format!("{line}\n"),
        });
        std::fs::write(self.world.dotenv(), lines.collect::<String>()).unwrap();
    }

    /// The server of a place.
    pub fn branch(&self, place: Place) -> &Branch {
        self.world.branch(place).unwrap()
    }

    /// A connection to the database that can write.
    pub async fn database(&self) -> Connection {
        let url = DatabaseUrl::file(self.world.database());
        Connection::open(&url, Access::Write).await.unwrap()
    }

    /// Runs one statement on the database.
    pub async fn sql(&self, statement: &str) {
        let mut connection = self.database().await;
        connection.command(statement).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The first column of what a query finds.
    pub async fn query(&self, query: &str) -> Vec<String> {
        let mut connection = self.database().await;
        let rows = connection.query(query, &[]).await.unwrap();
        rows.iter().map(|row| row.text(0)).collect()
    }

    /// How many users are active at a location.
    pub async fn active(&self, place: Place) -> usize {
        let id = place.row().0;
        let query =
            format!("SELECT email FROM users WHERE location_id = {id} AND status = 'active'");
        self.query(&query).await.len()
    }

    /// Keeps everybody from writing to the database until it is dropped or rolled back.
    pub async fn hold(&self) -> Connection {
        let mut connection = self.database().await;
        connection.begin().await.unwrap();
        connection
    }

    /// The runs of this office.
    pub fn runs(&self) -> Runs {
        Runs::at(self.world.state_dir()).unwrap()
    }

    /// Waits for the one run to stand so.
    pub async fn run_that_is(&self, what: &str, fact: impl Fn(&State) -> bool) -> Run {
        eventually(what, || {
            let mut runs = self.runs().readable().unwrap();
            runs.retain(|run| fact(&run.state));
            runs.pop()
        })
        .await
    }

    /// Waits for a run whose worker is working.
    pub async fn working_run(&self) -> Id {
        let journal = |id| {
            let path = self.runs().path(id).join("events.jsonl");
            std::fs::read_to_string(path).unwrap_or_default()
        };
        eventually("a run at work", || {
            let runs = self.runs().readable().unwrap();
            let ids = runs.iter().map(Run::id);
            ids.into_iter()
                .find(|id| journal(*id).contains("\"stage\""))
        })
        .await
    }
}

impl Drop for Office {
    /// No worker outlives its test, even one that failed.
    fn drop(&mut self) {
        for run in self.runs().readable().unwrap_or_default() {
            if let (State::Running, Some(worker)) = (&run.state, run.worker) {
                let pid = Pid::from_raw(i32::try_from(worker.pid).unwrap_or_default());
                let _ = pid.map(|pid| kill_process(pid, Signal::KILL));
            }
        }
    }
}

impl Done {
    /// What a process left behind.
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let done = Self {
            exit: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        };
        for secret in [PASSWORD, TOKEN_MARK] {
            let said = done.out.contains(secret) || done.err.contains(secret);
            assert!(!said, "a secret was said: {done:#?}");
        }
        done
    }

    /// The one document on standard output; every line of talk is an object too.
    pub fn document(&self) -> Value {
        let mut documents = serde_json::Deserializer::from_str(&self.out).into_iter::<Value>();
        let document = documents.next();
        assert!(documents.next().is_none(), "more than one: {self:#?}");
        for line in self.err.lines() {
            let line: Result<Value, _> = serde_json::from_str(line);
            let kind = line.map(|line| line["kind"].is_string());
            assert!(
                kind.unwrap_or_default(),
                "talk that is no object: {self:#?}"
            );
        }
        assert!(matches!(document, Some(Ok(_))), "no document: {self:#?}");
        document.unwrap().unwrap()
    }

    /// Checks exit code, a part of the data and a part of the talk.
    #[track_caller]
    pub fn expect(&self, exit: i32, out: &str, err: &str) -> &Self {
        assert_eq!(self.exit, exit, "{self:#?}");
        assert!(self.out.contains(out), "no {out:?} in {self:#?}");
        assert!(self.err.contains(err), "no {err:?} in {self:#?}");
        self
    }
}

/// Runs a command to its end.
pub async fn ended(command: Command) -> Done {
    Done::of(&wait::output(command).await)
}

/// Waits for the end of a command that was started.
pub async fn end_of(child: Child) -> Done {
    Done::of(&wait::end_of(child).await)
}
