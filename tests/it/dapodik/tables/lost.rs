//! A connection that is lost in the middle of a run: opened again, locked again, nothing counted
//! twice.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use selaras::config::DatabaseUrl;
use selaras::dapodik::tables::Tables;
use selaras::db::{Access, Connection};
use selaras::engine::Job;
use selaras::error::Kind;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use super::super::Ear;
use super::super::postgres::server;
use super::{Base, STATEMENT, counts, ptk};
use crate::harness::wait::within;

/// Ends all connections to this database but one's own.
const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";
/// Takes the lock of a sync.
const TAKE: &str = "SELECT pg_advisory_lock(8315171450883694960)";

fn people(serials: &[&str]) -> Vec<(String, Vec<Vec<Option<String>>>)> {
    let people = serials.iter().map(|serial| ptk(serial, &[]));
    vec![("1".to_owned(), people.collect())]
}

#[tokio::test]
async fn a_connection_that_is_ended_between_batches_is_opened_again() {
    let Some(base) = Base::server().await else {
        return;
    };
    let mut tables = base.furnished().await;
    let ear = Ear::default();
    let job = ear.job();
    tables.lock(&job).await.unwrap();
    let start = tables.now().await.unwrap();
    base.run(KILL).await;
    let written = tables
        .write_staff(people(&["01", "02"]), &start, &job)
        .await
        .unwrap();
    assert_eq!(counts(&written), (2, 0, 0));
    let heard = format!("{:?}", ear.heard());
    assert!(
        heard.contains("it is opened again") && heard.contains("answers again"),
        "{heard}"
    );
    // It holds the lock again.
    let mut second = base.open().await;
    assert_eq!(second.lock(&job).await.unwrap_err().kind(), Kind::Busy);
    second.close().await.unwrap();
    base.run(KILL).await;
    // A question that is asked twice does no harm.
    assert_eq!(tables.schools().await.unwrap().len(), 3);
    assert_eq!(tables.totals().await.unwrap().ptk, 2);
    tables.close().await.unwrap();
}

#[tokio::test]
async fn a_batch_that_is_ended_while_it_waits_is_redone() {
    let Some(base) = Base::server().await else {
        return;
    };
    let mut tables = base.furnished().await;
    let job = Job::silent();
    tables.lock(&job).await.unwrap();
    let start = tables.now().await.unwrap();
    tables
        .write_staff(people(&["01"]), &start, &job)
        .await
        .unwrap();
    let start = tables.now().await.unwrap();
    let mut holder = Connection::open(&base.url, Access::Write).await.unwrap();
    holder.begin().await.unwrap();
    holder
        .query("SELECT 1 FROM data_ptk FOR UPDATE", &[])
        .await
        .unwrap();
    let writing = tables.write_staff(people(&["01", "02"]), &start, &job);
    let ending = async {
        let waits = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while holder.query(waits, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        holder.rollback().await.unwrap();
    };
    let (written, ()) = within("a batch", async { tokio::join!(writing, ending) }).await;
    assert_eq!(counts(&written.unwrap()), (1, 0, 1));
    holder.close().await.unwrap();
    tables.close().await.unwrap();
}

#[tokio::test]
async fn another_sync_that_took_the_lock_meanwhile_is_named() {
    let Some(base) = Base::server().await else {
        return;
    };
    let mut tables = base.furnished().await;
    let job = Job::silent();
    tables.lock(&job).await.unwrap();
    let start = tables.now().await.unwrap();
    let mut other = Connection::open(&base.url, Access::Write).await.unwrap();
    other.query(KILL, &[]).await.unwrap();
    other.query(TAKE, &[]).await.unwrap();
    let refused = tables
        .write_staff(people(&["01"]), &start, &job)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), Kind::Busy, "{}", refused.chain());
    other.close().await.unwrap();
}

/// A Unix socket in front of the server's, which can swallow the answer to a COMMIT.
struct Proxy {
    folder: TempDir,
    cut: Arc<AtomicBool>,
    ended: CancellationToken,
}

impl Proxy {
    fn start(server: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = ".s.PGSQL.5432";
        let listener = UnixListener::bind(folder.path().join(name)).unwrap();
        let (cut, ended) = (Arc::new(AtomicBool::new(false)), CancellationToken::new());
        let (server, cutting, ending) = (server.join(name), Arc::clone(&cut), ended.clone());
        tokio::spawn(async move {
            while let Some(Ok((client, _))) = ending.run_until_cancelled(listener.accept()).await {
                let server = UnixStream::connect(&server).await.unwrap();
                let serving = pass(client, server, Arc::clone(&cutting));
                let ending = ending.clone();
                tokio::spawn(async move { ending.run_until_cancelled(serving).await });
            }
        });
        Self { folder, cut, ended }
    }
}

async fn pass(mut client: UnixStream, mut server: UnixStream, cut: Arc<AtomicBool>) {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    let mut swallow = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let chunk = &asked[..length];
                let commits = chunk.windows(6).any(|words| words == b"COMMIT");
                swallow = commits && cut.swap(false, Ordering::Relaxed);
                server.write_all(chunk).await.unwrap();
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if swallow || client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_batch_whose_commit_was_not_heard_of_is_counted_once() {
    let (Some(server), Some(base)) = (server().await, Base::server().await) else {
        return;
    };
    base.furnished().await.close().await.unwrap();
    let proxy = Proxy::start(&server.folder);
    let name = base.rows("SELECT current_database()").await.remove(0);
    let folder = proxy.folder.path().display();
    let text = format!("postgres://penguji@localhost/{name}?host={folder}");
    let url = DatabaseUrl::parse(&text, Path::new("/")).unwrap();
    let mut tables = Tables::open(&url, STATEMENT, Duration::from_secs(20))
        .await
        .unwrap();
    let job = Job::silent();
    tables.lock(&job).await.unwrap();
    let start = tables.now().await.unwrap();
    proxy.cut.store(true, Ordering::Relaxed);
    let writing = tables.write_staff(people(&["01", "02"]), &start, &job);
    let written = within("a batch", writing).await.unwrap();
    assert!(!proxy.cut.load(Ordering::Relaxed));
    assert_eq!(counts(&written), (2, 0, 0));
    tables.close().await.unwrap();

    let mut tables = Tables::open(&url, STATEMENT, Duration::ZERO).await.unwrap();
    proxy.ended.cancel();
    let gone = within(
        "a refusal",
        tables.write_staff(people(&["03"]), &start, &job),
    )
    .await;
    let gone = gone.unwrap_err();
    assert_eq!(gone.kind(), Kind::Database);
    assert!(
        gone.advice().unwrap().contains("--resume"),
        "{}",
        gone.chain()
    );
    assert_eq!(base.rows("SELECT COUNT(*) FROM data_ptk").await, ["2"]);
}
