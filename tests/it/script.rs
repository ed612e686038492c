//! DB Script: the engine with real processes and simulated services, and the main of it through
//! the real binary. Here is what the tests below share.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what helps a test may fail like a test"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use selaras::config::{Config, Environment, Home, Sources};
use selaras::engine::{Engine, Event, Job, RunIdentity};
use selaras::error::Result;
use selaras::script::{Plan, Report, Request, Script};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub use crate::harness::wait::eventually;
use crate::harness::wait::within;

mod check;
mod demo;
mod leftovers;
mod local;
mod lock;
mod log;
pub mod remote;
mod service;
pub mod shell;
mod stop;

/// A folder with a configuration, a script, its lock and its log.
pub struct Place {
    pub folder: TempDir,
    pub environment: Vec<(String, String)>,
}

impl Place {
    /// A script of these lines behind `#!/bin/bash`, at work in its own folder.
    pub fn with(lines: &str) -> Self {
        let place = Self::empty("");
        place.write_script(lines);
        place
    }

    pub fn write_script(&self, lines: &str) {
        let path = self.path("sync.sh");
        fs::write(&path, format!("#!/bin/bash\n{lines}\n")).unwrap();
        chmod(&path, 0o750);
    }

    /// Without a script; `more` goes into the configuration's `[script]`.
    pub fn empty(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self {
            folder,
            environment: Vec::new(),
        };
        place.configure(more);
        place
    }

    pub fn configure(&self, more: &str) {
        let text = format!(
            "operator = \"admin@kantor\"\nstate_dir = \"state\"\nretry_base = \"1ms\"\n\
             [script]\npath = \"sync.sh\"\nlock_file = \"sync.lock\"\nlog_file = \"sync.log\"\n{more}\n"
        );
        fs::write(self.path("config.toml"), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.path(name)).unwrap_or_default()).into_owned()
    }

    /// Lets a script continue that waits for a file of this name.
    pub fn touch(&self, name: &str) {
        fs::write(self.path(name), "").unwrap();
    }

    pub fn config(&self) -> Arc<Config> {
        let sources = Sources {
            config: Some(self.path("config.toml")),
            environment: self.environment.iter().cloned().collect::<Environment>(),
            folder: self.folder.path().to_owned(),
            home: Home::below(self.folder.path()),
            host: "kantor".to_owned(),
        };
        Arc::new(Config::load(&sources).unwrap())
    }

    /// The engine, with its output in `output.log`.
    pub fn engine(&self) -> Script {
        let output = File::create(self.path("output.log")).unwrap();
        Script::new(self.config()).unwrap().with_output(output)
    }

    pub async fn plan(&self) -> Plan {
        let engine = self.engine();
        let job = Job::silent();
        within("a plan", engine.plan(Request::default(), &job))
            .await
            .unwrap()
    }

    /// Plans and applies, with nobody who stops it.
    pub async fn run(&self) -> Report {
        self.run_with(&Ear::new()).await.unwrap()
    }

    pub async fn run_with(&self, ear: &Ear) -> Result<Report> {
        let engine = self.engine();
        let plan = within("a plan", engine.plan(Request::default(), &ear.job)).await?;
        within("the end of a script", engine.apply(plan, &ear.job)).await
    }

    pub async fn appears(&self, name: &str) {
        let path = self.path(name);
        eventually(name, || path.exists().then_some(())).await;
    }

    /// The number a script wrote into a file.
    pub async fn pid_in(&self, name: &str) -> Pid {
        let number: i32 = eventually(name, || self.text(name).trim().parse().ok()).await;
        Pid::from_raw(number).unwrap()
    }
}

/// Hears what a job says, and can ask it to stop.
pub struct Ear {
    events: Arc<Mutex<Vec<Event>>>,
    cancel: CancellationToken,
    insist: CancellationToken,
    job: Job,
}

impl Ear {
    fn new() -> Self {
        let events: Arc<Mutex<Vec<Event>>> = Arc::default();
        let (cancel, insist) = (CancellationToken::new(), CancellationToken::new());
        let heard = Arc::clone(&events);
        let sink = move |event| heard.lock().unwrap().push(event);
        let identity = RunIdentity {
            run: uuid::Uuid::now_v7(),
            operator: "admin@kantor".to_owned(),
            refused: BTreeMap::new(),
        };
        let job = Job::for_run(sink, cancel.clone(), insist.clone(), identity);
        Self {
            events,
            cancel,
            insist,
            job,
        }
    }

    fn heard(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    /// All lines of talk.
    fn talk(&self) -> String {
        let events = self.heard();
        let lines = events.iter().filter_map(|event| match event {
            Event::Line { text, .. } => Some(text.as_str()),
            _ => None,
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

pub fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Whether a process is there and no zombie.
pub fn is_alive(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let zombie = stat.is_ok_and(|stat| {
        let rest = stat.rsplit(')').next().unwrap_or_default();
        rest.trim_start().starts_with('Z')
    });
    test_kill_process(pid).is_ok() && !zombie
}

pub fn kill(pid: Pid) {
    let _ = kill_process(pid, Signal::KILL);
}
