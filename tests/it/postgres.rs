//! A private, throw-away PostgreSQL from the installed binaries: one per test process, one database
//! per test.
//!
//! It listens on a Unix socket in its own folder. A watchdog at the other end of a pipe ends it
//! with the test process. Without the binaries a test says so loudly and returns; with
//! `SELARAS_REQUIRE_SERVERS=1` it fails.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue may panic")]
#![allow(clippy::print_stderr, reason = "a test that was left out must say so")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use selaras::config::DatabaseUrl;
use selaras::db::{Access, Connection};
use tokio::sync::OnceCell;

use crate::harness::wait::eventually;
use crate::harness::{child, wait};

/// Ends the server when its stdin closes; ignores the terminal's signals, so that it always
/// outlives the test process.
const WATCHDOG: &str = r#"
    trap '' INT TERM HUP
    "$@" >"$FOLDER/log" 2>&1 &
    server=$!
    exec 2>/dev/null
    read -r _
    kill -QUIT "$server"
    wait "$server"
    rm -rf "$FOLDER"
"#;

pub struct Server {
    pub folder: PathBuf,
    /// A static is never dropped: its stdin closes with the process.
    _watchdog: Child,
}

static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(1);

pub async fn server() -> Option<&'static Server> {
    let server = SERVER.get_or_init(start).await.as_ref();
    if server.is_none() {
        eprintln!("\n*** NOT TESTED: PostgreSQL's postgres and initdb are not installed ***\n");
    }
    server
}

async fn start() -> Option<Server> {
    if let Some(binaries) = binaries() {
        return Some(Server::start(&binaries).await);
    }
    let required = std::env::var("SELARAS_REQUIRE_SERVERS").is_ok_and(|value| value == "1");
    assert!(
        !required,
        "SELARAS_REQUIRE_SERVERS=1, and PostgreSQL is not installed"
    );
    None
}

/// Debian keeps them outside of PATH, by version.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let versions = versions.flatten().map(|version| version.path().join("bin"));
    std::env::split_paths(&path)
        .chain(versions)
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// Starts the server whose data are in `folder`, with its watchdog.
fn serve(binaries: &Path, folder: &Path) -> Child {
    let data = folder.join("data").display().to_string();
    let socket = folder.display().to_string();
    let words = command(
        &binaries.join("postgres"),
        &[
            "-D",
            &data,
            "-k",
            &socket,
            "-h",
            "",
            "-F",
            "-c",
            "timezone=Asia/Jakarta",
        ],
    );
    child::tool("sh")
        .args(["-c", WATCHDOG, "watchdog"])
        .args(&words)
        .env("FOLDER", folder)
        .env("LC_ALL", "C")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A command that is not run as root: PostgreSQL refuses that.
fn command(program: &Path, arguments: &[&str]) -> Vec<String> {
    let own = rustix::process::getuid().is_root();
    let before: &[&str] = if own {
        &[
            "setpriv",
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
        ]
    } else {
        &[]
    };
    let words = before.iter().map(|word| (*word).to_owned());
    let program = program.display().to_string();
    words
        .chain([program])
        .chain(arguments.iter().map(|word| (*word).to_owned()))
        .collect()
}

impl Server {
    async fn start(binaries: &Path) -> Self {
        // The watchdog removes it.
        let folder = tempfile::Builder::new()
            .prefix("selaras-")
            .tempdir()
            .unwrap()
            .keep();
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(&folder, open).unwrap();
        let data = folder.join("data").display().to_string();
        let words = command(
            &binaries.join("initdb"),
            &[
                "-D",
                &data,
                "-U",
                "penguji",
                "--auth=trust",
                "--no-sync",
                "-E",
                "UTF8",
                // The configured language may not be installed.
                "--locale=C",
            ],
        );
        let mut making = child::tool(&words[0]);
        making
            .args(&words[1..])
            .env("LC_ALL", "C")
            .current_dir(&folder);
        let made = wait::output(making).await;
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let watchdog = serve(binaries, &folder);
        let server = Self {
            folder,
            _watchdog: watchdog,
        };
        server.is_ready().await;
        server
    }

    /// One for a test that stops it; `None` where PostgreSQL is not installed.
    pub async fn own() -> Option<Self> {
        server().await?;
        Some(Self::start(&binaries()?).await)
    }

    /// Ends it as an administrator does who does not wait for clients.
    pub async fn stop(&self) {
        let file = self.folder.join("data/postmaster.pid");
        let said = std::fs::read_to_string(&file).unwrap();
        let pid = said.lines().next().unwrap().trim().parse().unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), Signal::INT).unwrap();
        eventually("the end of PostgreSQL", || (!file.exists()).then_some(())).await;
    }

    /// Starts it again after [`Server::stop`]; it ends with what is returned.
    pub async fn again(&self) -> Child {
        std::fs::remove_file(self.folder.join("log")).unwrap();
        let watchdog = serve(&binaries().unwrap(), &self.folder);
        self.is_ready().await;
        watchdog
    }

    async fn is_ready(&self) {
        let ready = self.folder.join("data/postmaster.pid");
        eventually("PostgreSQL", || {
            let said = std::fs::read_to_string(&ready).unwrap_or_default();
            let log = || std::fs::read_to_string(self.folder.join("log"));
            let up =
                said.contains("ready") || log().is_ok_and(|log| log.contains("is ready to accept"));
            up.then_some(())
        })
        .await;
    }

    pub fn url(&self, database: &str) -> DatabaseUrl {
        let text = format!(
            "postgres://penguji@localhost/{database}?host={}",
            self.folder.display()
        );
        DatabaseUrl::parse(&text, Path::new("/")).unwrap()
    }

    /// A fresh database.
    pub async fn database(&self) -> DatabaseUrl {
        let name = format!("alumni{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = Connection::open(&self.url("postgres"), Access::Write)
            .await
            .unwrap();
        connection
            .command(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        connection.close().await.unwrap();
        self.url(&name)
    }
}
