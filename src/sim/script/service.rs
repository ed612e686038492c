//! A service that runs a sync script, in the documented and in the deployed shape.
//!
//! The script is played: by hand, a line and an end at a time, or alone, in some seconds. What it
//! does depends on no connection: a caller that goes away stops nothing.

mod answers;

use std::io;
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::{delete, get, post};
use tokio::sync::watch;
use tokio::time::interval;

use crate::sim::lock;
use crate::sim::server::Server;

/// The token it takes, marked so that it is found wherever it leaks to.
pub const TOKEN: &str = "token-skrip-contoh-4T";
/// Who may log in.
pub const USERNAME: &str = "sinkron";
/// With which password; marked like the token.
pub const PASSWORD: &str = "sandi-skrip-contoh-2W";
/// Which service it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// As it is documented.
    #[default]
    Documented,
    /// As it was found: other keys, 200 for everything that is no failure, exit 2 as "running".
    Deployed,
    /// As documented, and with a list of runs that can be stopped.
    WithRuns,
}

/// How a service behaves.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Which one it is.
    pub shape: Shape,
    /// Before its paths, such as `/api`.
    pub prefix: &'static str,
    /// How late each answer is.
    pub latency: Duration,
    /// How long a script takes that plays alone; `None` is played by hand.
    pub alone: Option<Duration>,
}

/// How a played script ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Exit 0, with this output.
    Success(String),
    /// Another exit code, with this output.
    Exit(i32, String),
}

/// A running service; everything a [`Server`] can do, it can.
#[derive(Debug)]
pub struct Service {
    server: Server,
    stage: Arc<Stage>,
}

/// What the handlers share.
#[derive(Debug)]
struct Stage {
    setup: Setup,
    log: Mutex<Option<Vec<String>>>,
    /// The number of runs so far, and whether one goes on.
    run: watch::Sender<Run>,
    tokens: Mutex<Vec<String>>,
    held: watch::Sender<bool>,
}

#[derive(Clone, Debug, Default)]
struct Run {
    number: u64,
    going: bool,
    ending: Option<Ending>,
}

impl Service {
    /// Starts a service that behaves as `setup` has it. Must be called within a runtime.
    pub fn start(setup: Setup) -> io::Result<Self> {
        let (latency, prefix) = (setup.latency, setup.prefix);
        let with_runs = setup.shape == Shape::WithRuns;
        let stage = Arc::new(Stage {
            setup,
            log: Mutex::default(),
            run: watch::Sender::new(Run::default()),
            tokens: Mutex::new(vec![TOKEN.to_owned()]),
            held: watch::Sender::new(false),
        });
        let at = |path: &str| format!("{prefix}{path}");
        let mut router = Router::new()
            .route(&at("/auth/login"), post(answers::log_in))
            .route(&at("/sync/run"), post(answers::run))
            .route(&at("/sync/status"), get(answers::status))
            .route(&at("/sync/log"), get(answers::log));
        if with_runs {
            router = router
                .route(&at("/sync/runs"), get(answers::runs))
                .route(&at("/sync/runs/{id}"), delete(answers::stop));
        }
        let server = Server::start(router.with_state(Arc::clone(&stage)), latency)?;
        Ok(Self { server, stage })
    }

    /// Adds lines to the log.
    pub fn log_lines(&self, lines: &[&str]) {
        let lines = lines.iter().map(|&line| line.to_owned());
        lock(&self.stage.log).get_or_insert_default().extend(lines);
    }

    /// Begins a run that nobody of ours asked for.
    pub fn begin(&self) {
        self.stage.begin();
    }

    /// Ends the run that goes on.
    pub fn end(&self, ending: Ending) {
        self.stage.end(Some(ending));
    }

    /// Ends the run that goes on as a kill of the service does: without an answer or a line.
    pub fn vanish(&self) {
        self.stage.end(None);
    }

    /// Holds answers to the run call back although the script has ended, as a child in the
    /// background does that keeps the output open.
    pub fn hold(&self, hold: bool) {
        self.stage.held.send_replace(hold);
    }

    /// Whether a run goes on.
    pub fn is_running(&self) -> bool {
        self.stage.run.borrow().going
    }

    /// How many runs were begun.
    pub fn runs_begun(&self) -> u64 {
        self.stage.run.borrow().number
    }

    /// Forgets the tokens that were given out.
    pub fn forget_tokens(&self) {
        lock(&self.stage.tokens).clear();
    }

    /// Ends every connection; what is played goes on.
    pub fn drop_connections(&self) -> io::Result<()> {
        self.server.stop();
        self.server.resume()
    }
}

impl Deref for Service {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl Stage {
    /// False when one goes on already.
    fn begin(&self) -> bool {
        self.run.send_if_modified(|run| {
            let begins = !run.going;
            if begins {
                *run = Run {
                    number: run.number + 1,
                    going: true,
                    ending: None,
                };
            }
            begins
        })
    }

    fn end(&self, ending: Option<Ending>) {
        self.run.send_modify(|run| {
            run.going = false;
            run.ending = ending;
        });
    }

    fn say(&self, line: String) {
        lock(&self.log).get_or_insert_default().push(line);
    }

    /// Plays the script in its time.
    async fn play(&self, length: Duration) {
        let steps = [
            "Dumping app...",
            "Importing into app_copy...",
            "Checking...",
        ];
        let mut pulse = interval(length / 4);
        pulse.tick().await;
        for step in steps {
            self.say(format!("[2026-11-08 14:03:22] {step}"));
            pulse.tick().await;
        }
        let last = "[2026-11-08 14:03:28] Sync completed successfully";
        self.say(last.to_owned());
        let output = format!("Step 1 of 1\n{last}\n");
        self.end(Some(Ending::Success(output)));
    }

    fn is_deployed(&self) -> bool {
        self.setup.shape == Shape::Deployed
    }
}
