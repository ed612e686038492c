//! A portal in a process of its own, and a configuration that names it and a database.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use selaras::config::{Config, Environment, Home, Source, Sources};
use selaras::dapodik::sync::progress::REFRESH;
use selaras::dapodik::tables::Written;
use selaras::dapodik::{Dapodik, Plan, Request, Scope};
use selaras::engine::{Engine as _, Event, Job};
use selaras::sim::portal::{API_KEY, PASSWORD, Portal, Setup, USERNAME};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// What makes a child of this program a portal: which one.
const ROLE: &str = "SELARAS_BENCH_PORTAL";
/// The ticks of a second in `/proc` (proc(5), `sysconf(_SC_CLK_TCK)`).
const TICKS: f64 = 100.0;

/// Of the slow portal.
pub const LATENCY: Duration = Duration::from_millis(50);

/// How many schools and PTK there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 17 kecamatan, 765 schools, 9,180 PTK, at 50 ms latency.
    Slow,
    /// The same without latency.
    Usual,
    /// 78 kecamatan, 5,000 schools, 60,000 PTK.
    Large,
}

impl Size {
    const ALL: [Self; 3] = [Self::Slow, Self::Usual, Self::Large];

    /// Schools and PTK.
    pub fn rows(self) -> (i64, i64) {
        match self {
            Self::Slow | Self::Usual => (765, 9_180),
            Self::Large => (5_000, 60_000),
        }
    }

    fn setup(self) -> Setup {
        let setup = match self {
            Self::Slow | Self::Usual => Setup::default(),
            Self::Large => Setup::large(),
        };
        let latency = match self {
            Self::Slow => LATENCY,
            Self::Usual | Self::Large => Duration::ZERO,
        };
        Setup {
            dirt: false,
            latency,
            ..setup
        }
    }
}

/// A portal in a process of its own: what it costs is not counted as ours.
pub struct Elsewhere {
    pub url: String,
    child: Child,
    /// It ends when this is closed.
    _stdin: ChildStdin,
}

impl Elsewhere {
    pub fn start(size: Size) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(ROLE, format!("{size:?}"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut url = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        Self {
            url: url.trim().to_owned(),
            _stdin: child.stdin.take().unwrap(),
            child,
        }
    }

    /// The processor time that it has used, in seconds (`utime` and `stime`, see proc(5)).
    pub fn processor(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let after_name = stat.rsplit_once(')').unwrap().1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks = fields[11..13].iter();
        ticks
            .map(|field| field.parse::<f64>().unwrap())
            .sum::<f64>()
            / TICKS
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is the portal, where this process was started as one.
pub async fn is_portal() -> Option<ExitCode> {
    let role = std::env::var(ROLE).ok()?;
    let size = Size::ALL
        .into_iter()
        .find(|size| format!("{size:?}") == role)?;
    let portal = Portal::start(size.setup()).unwrap();
    println!("{}", portal.url());
    let waiting = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
    // An error ends it as well.
    let _ = waiting.await;
    Some(ExitCode::SUCCESS)
}

/// A configuration for a sync of ours.
pub struct Office {
    pub folder: TempDir,
}

/// A sync that ended.
pub struct Done {
    pub took: Duration,
    /// The same without the refresh of the view, which writes no row.
    pub rows: Duration,
    /// Requests of the sync, those of the plan not counted.
    pub requests: u64,
}

impl Office {
    pub fn new(portal: &str, database: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        put(
            "config.toml",
            &format!(
                "state_dir = \"state\"\n[dapodik]\nsource = \"portal\"\ndatabase = \"{database}\"\n\
                 [dapodik.portal]\nbase_url = \"{portal}\"\nconcurrency = 10\n"
            ),
        );
        put(
            ".env",
            &format!(
                "DAPODIK_USERNAME={USERNAME}\nDAPODIK_PASSWORD={PASSWORD}\nDAPODIK_API_KEY={API_KEY}\n"
            ),
        );
        Self { folder }
    }

    /// Lets `selaras serve` listen there, for whoever has this key.
    pub fn serve_at(&self, address: &str, key: &str) {
        let add = |name: &str, text: &str| {
            let path = self.path().join(name);
            let before = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, before + text).unwrap();
        };
        add("config.toml", &format!("[serve]\nlisten = \"{address}\"\n"));
        let secret = "rahasia-serve-ukur-rahasia-serve-ukur";
        add(
            ".env",
            &format!("SERVE_API_KEY={key}\nSERVE_JWT_SECRET={secret}\n"),
        );
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn config(&self) -> Arc<Config> {
        let sources = Sources {
            config: Some(self.path().join("config.toml")),
            environment: Environment::default(),
            folder: self.path().to_owned(),
            home: Home::below(self.path()),
            host: "kantor".to_owned(),
        };
        Arc::new(Config::load(&sources).unwrap())
    }

    pub fn portal(&self) -> selaras::config::Portal {
        match self.config().dapodik.ready().unwrap().source.clone() {
            Source::Portal { portal, .. } => *portal,
            Source::Remote { .. } => unreachable!("the configuration says `portal`"),
        }
    }

    async fn plan(&self) -> Plan {
        let engine = Dapodik::new(self.config()).unwrap();
        let request = Request::of(Scope::Global);
        engine.plan(request, &Job::silent()).await.unwrap()
    }

    /// A global sync, from the plan on.
    pub async fn sync(&self, size: Size) -> Done {
        let plan = self.plan().await;
        let engine = Dapodik::new(self.config()).unwrap();
        let stored = Arc::new(OnceLock::new());
        let seen = Arc::clone(&stored);
        let began = Instant::now();
        let sink = move |event: Event| {
            if matches!(&event, Event::Stage { stage } if stage == REFRESH) {
                // There is one of them.
                let _ = seen.set(began.elapsed());
            }
        };
        let job = Job::new(sink, CancellationToken::new());
        let report = engine.apply(plan, &job).await.unwrap();
        let took = began.elapsed();
        let rows = *stored.get().unwrap();
        assert_eq!(report.skipped.len() + report.kecamatan.failed.len(), 0);
        let work = report.work.unwrap();
        let stored = |rows: &Written| rows.added + rows.changed + rows.same;
        assert_eq!((stored(&work.schools), stored(&work.staff)), size.rows());
        assert!(work.refreshed.is_some());
        let requests = work.requests;
        Done {
            took,
            rows,
            requests,
        }
    }
}
