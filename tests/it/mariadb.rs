//! A private, throw-away MariaDB from the installed binaries: one per test process, one database
//! per test.
//!
//! ```text
//!   test process ──pipe──▶ sh (watchdog) ── mariadbd
//!        └ ends, however it ends ─▶ the pipe closes ─▶ sh kills the server and removes its folder
//! ```
//! Without the binaries a test says so loudly and returns; with `SELARAS_REQUIRE_SERVERS=1` it fails.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot continue may panic"
)]
#![allow(clippy::print_stderr, reason = "a test that was left out must say so")]

mod database;
mod tls;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::harness::{child, wait};

pub use database::{Database, Shape, Unique, open};

/// How long the server may take to start.
const STARTING: Duration = Duration::from_mins(1);

/// The watchdog: it ignores the terminal's signals, so that it always outlives the test process.
const WATCHDOG: &str = r#"
    trap '' INT TERM HUP
    "$@" >"$FOLDER/log" 2>&1 &
    server=$!
    exec 2>/dev/null
    read -r _
    kill -9 "$server"
    wait "$server"
    rm -rf "$FOLDER"
"#;

/// A running server.
pub struct Server {
    folder: PathBuf,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// The certificate authority of its certificate, where there is one.
    pub ca: Option<PathBuf>,
    /// Its stdin is the pipe; a static is never dropped, so it closes with the process.
    _watchdog: Child,
}

static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();

/// The server of this process; `None`, said loudly, where it is not installed.
pub async fn server() -> Option<&'static Server> {
    let server = SERVER.get_or_init(start).await.as_ref();
    if server.is_none() {
        eprintln!("\n*** NOT TESTED: mariadbd and mariadb-install-db are not installed ***\n");
    }
    server
}

async fn start() -> Option<Server> {
    if let (Some(daemon), Some(install)) = (find("mariadbd"), find("mariadb-install-db")) {
        return Some(Server::start(&daemon, &install).await);
    }
    let required = std::env::var("SELARAS_REQUIRE_SERVERS").is_ok_and(|value| value == "1");
    assert!(
        !required,
        "SELARAS_REQUIRE_SERVERS=1, and MariaDB is not installed"
    );
    None
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin", "/usr/libexec"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(usual)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

impl Server {
    async fn start(daemon: &Path, install: &Path) -> Self {
        // The watchdog removes it.
        let folder = tempfile::Builder::new()
            .prefix("selaras-")
            .tempdir()
            .unwrap()
            .keep();
        let mut installing = child::tool(install);
        installing
            .arg("--no-defaults")
            .args(as_user())
            .arg(format!("--datadir={}", folder.join("data").display()))
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .args(["--skip-name-resolve", "--innodb-log-file-size=10M"]);
        let installed = wait::output(installing).await;
        let said = String::from_utf8_lossy(&installed.stderr).into_owned();
        assert!(installed.status.success(), "{said}");
        let ca = tls::certify(&folder).await;
        // A free port may be taken by somebody else before the server has it.
        for _ in 0..3 {
            let server = Self::spawn(daemon, &folder, ca.clone());
            if server.is_up().await {
                return server;
            }
        }
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        panic!("MariaDB does not start: {log}");
    }

    fn spawn(daemon: &Path, folder: &Path, ca: Option<PathBuf>) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut command = child::tool("sh");
        command
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(daemon)
            .arg("--no-defaults")
            .args(as_user())
            .arg(format!("--datadir={}", folder.join("data").display()))
            .arg(format!("--socket={}", folder.join("socket").display()))
            .arg(format!("--pid-file={}", folder.join("pid").display()))
            .args([format!("--port={port}"), "--bind-address=127.0.0.1".into()])
            // Nothing here is worth an fsync.
            .args(["--innodb-flush-log-at-trx-commit=0", "--sync-binlog=0"])
            .args([
                "--innodb-buffer-pool-size=32M",
                "--innodb-log-file-size=10M",
            ])
            .args(["--skip-name-resolve", "--skip-performance-schema"])
            // Not strict, and in a zone of its own: what a session must set, or leave, is seen.
            .args([
                "--sql-mode=",
                "--default-time-zone=+07:00",
                "--log-output=TABLE",
            ])
            .env("FOLDER", folder)
            .stdin(Stdio::piped());
        if ca.is_some() {
            let file = |name| folder.join(name).display().to_string();
            command
                .arg(format!("--ssl-cert={}", file("server.pem")))
                .arg(format!("--ssl-key={}", file("server.key")));
        }
        Self {
            folder: folder.to_owned(),
            port,
            ca,
            _watchdog: command.spawn().unwrap(),
        }
    }

    /// Waits until it answers; false when it ended instead.
    async fn is_up(&self) -> bool {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        let log = self.folder.join("log");
        let up = async {
            loop {
                tick.tick().await;
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                if log.contains("ready for connections") || log.contains("Aborting") {
                    return log.contains("ready for connections");
                }
            }
        };
        tokio::time::timeout(STARTING, up).await.unwrap_or_default()
    }

    /// Its Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }
}

/// mariadbd runs as root only when told to.
fn as_user() -> Option<&'static str> {
    rustix::process::getuid().is_root().then_some("--user=root")
}
