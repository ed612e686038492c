//! From our client over our server to a simulated portal and into a database: every part is the
//! real one.

use rustix::process::Signal;
use selaras::config::DatabaseUrl;
use selaras::db::{Access, Connection};
use selaras::sim::backend::LIST;
use selaras::sim::portal::{ListState, Portal, Setup};
use selaras::sim::region::sleman;
use tokio::net::TcpStream;

use super::super::wire::until;
use super::super::{KEY, Server};
use super::{Frame, frames, listen_at, portal_place, stream_of};
use crate::harness::wait::{end_of, exit_of};
use crate::script::shell::{begin, done};
use crate::script::{Place, eventually};

/// Two kecamatan with three schools of two PTK each.
fn small() -> Setup {
    Setup {
        kecamatan: sleman().into_iter().take(2).collect(),
        schools: 3,
        ptk: 2,
        dirt: false,
        ..Setup::default()
    }
}

/// A portal, a server of ours before it, and a client of that.
struct Chain {
    portal: Portal,
    near: Place,
    server: Server,
    far: Place,
}

impl Chain {
    async fn start(setup: Setup) -> Self {
        selaras::http::install_tls();
        let portal = Portal::start(setup).unwrap();
        let near = portal_place(&portal.url());
        let server = Server::start(&near).await;
        let mut far = Place::empty("");
        let text = format!(
            "operator = \"budi@cabang\"\nstate_dir = \"state\"\nretry_base = \"1ms\"\n\
             [dapodik]\nurl = \"http://{}\"\nkecamatan = \"kecamatan.csv\"\n",
            server.address
        );
        std::fs::write(far.path("config.toml"), text).unwrap();
        std::fs::write(far.path("kecamatan.csv"), LIST).unwrap();
        far.set("EALUMNI_API_KEY", KEY);
        Self {
            portal,
            near,
            server,
            far,
        }
    }

    /// One whose syncs stay in their middle until the portal releases them.
    async fn held() -> Self {
        let chain = Self::start(small()).await;
        chain.portal.hold("/ptk", 0);
        chain
    }

    async fn count(&self, sql: &str) -> i64 {
        let url = DatabaseUrl::file(self.near.path("dapodik.db"));
        let mut connection = Connection::open(&url, Access::Read).await.unwrap();
        connection.query(sql, &[]).await.unwrap()[0].int(0)
    }

    async fn rows(&self) -> (i64, i64) {
        (
            self.count("SELECT COUNT(*) FROM satuan_pendidikan").await,
            self.count("SELECT COUNT(*) FROM data_ptk").await,
        )
    }

    async fn runs(&self) -> Vec<serde_json::Value> {
        let listed = self.server.ask("GET /api/sync/runs").await.json();
        listed["runs"].as_array().unwrap().clone()
    }

    async fn stream(&self, what: &str) -> TcpStream {
        let call = self.server.call(what).header("x-api-key", KEY);
        call.send().await
    }

    /// All frames of a run, to its end.
    async fn frames_of(&self, run: &str) -> Vec<Frame> {
        let before = format!("{run}-0");
        stream_of(&self.server.after(GLOBAL, &before).answer().await)
    }

    /// A sync that takes a while has begun.
    async fn has_begun(&self) {
        let asked = || {
            let schools = self.portal.requests();
            let schools = schools.iter().filter(|seen| seen.path.starts_with("/ptk"));
            (schools.count() > 0).then_some(())
        };
        eventually("a school that is asked for", asked).await;
    }
}

const GLOBAL: &str = "GET /api/sync/global";

#[tokio::test]
async fn a_global_sync_of_our_client_fills_the_database_over_there() {
    let chain = Chain::start(small()).await;
    let never = chain.server.ask("GET /api/sync/metadata").await;
    assert_eq!(never.text(), r#"{"value":null}"#);
    let ran = done(&chain.far, "dapodik global --yes --json").await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    let report = ran.json()["report"].clone();
    assert_eq!(
        (&report["kecamatan"]["done"], &report["told"]),
        (&2.into(), &"clean".into())
    );
    assert_eq!(chain.rows().await, (6, 12));
    let metadata = chain.server.ask("GET /api/sync/metadata").await.json();
    assert_eq!(metadata["value"], report["last_sync"]);
    assert_eq!(
        (&metadata["id"], &metadata["key"]),
        (&1.into(), &"LAST_GLOBAL_SYNC".into())
    );
    let runs = chain.runs().await;
    assert_eq!((runs.len(), &runs[0]["verdict"]), (1, &"clean".into()));
    let again = done(&chain.far, "dapodik kecamatan 34.04.01 --yes --json").await;
    assert_eq!(again.exit, 0, "{again:?}");
    assert_eq!(chain.rows().await, (6, 12));
}

#[tokio::test]
async fn a_school_that_fails_over_there_is_named_here() {
    let chain = Chain::start(small()).await;
    let npsn = chain.portal.npsn(1, 2);
    chain.portal.set_staff(&npsn, ListState::Fails(400));
    let ran = done(&chain.far, "dapodik global --yes --json").await;
    assert_eq!(ran.exit, 11, "{ran:?}");
    let report = ran.json()["report"].clone();
    assert_eq!(report["told"], "partial", "{report}");
    assert_eq!(report["skipped"][0]["key"], npsn.as_str(), "{report}");
    assert_eq!(report["skipped"][0]["kecamatan"], "34.04.02");
    assert!(
        ran.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains(&npsn)
    );
    assert_eq!(chain.rows().await, (6, 10));
}

#[tokio::test]
async fn a_stop_here_ends_the_sync_there() {
    let chain = Chain::held().await;
    let run = done(&chain.far, "dapodik global --yes --detach").await;
    assert_eq!(run.exit, 0, "{run:?}");
    chain.has_begun().await;
    let stopped = done(&chain.far, &format!("runs stop {}", run.out.trim())).await;
    assert_eq!(stopped.exit, 0, "{stopped:?}");
    let runs = chain.runs().await;
    assert_eq!(
        (runs.len(), &runs[0]["verdict"]),
        (1, &"stopped".into()),
        "{runs:?}"
    );
    let shown = done(&chain.far, &format!("runs show {} --json", run.out.trim())).await;
    assert_eq!(shown.json()["verdict"], "stopped", "{shown:?}");
    let metadata = chain.server.ask("GET /api/sync/metadata").await.json();
    assert!(
        metadata["value"].as_str().unwrap().starts_with("ERROR: "),
        "{metadata}"
    );
}

#[tokio::test]
async fn clients_that_ask_at_once_get_one_sync_and_who_leaves_stops_nothing() {
    let chain = Chain::held().await;
    let (mut first, mut second, mut leaving) = tokio::join!(
        chain.stream(GLOBAL),
        chain.stream(GLOBAL),
        chain.stream(GLOBAL)
    );
    for client in [&mut first, &mut second, &mut leaving] {
        until(client, "🚀 Memulai").await;
    }
    drop(leaving);
    let other = "GET /api/sync/kecamatan?kode_kecamatan=34.04.01";
    assert_eq!(chain.server.ask(other).await.status, 409);
    // Our own client sees it before it asks; told to start all the same, it is refused.
    for (more, words) in [("", "RUNNING"), (" --force-running", "already running")] {
        let ran = done(
            &chain.far,
            &format!("dapodik kecamatan 34.04.01 --yes{more}"),
        )
        .await;
        assert_eq!(ran.exit, 9, "{more}: {ran:?}");
        assert!(ran.err.contains(words), "{more}: {ran:?}");
    }
    let ran = done(&chain.far, "dapodik all-sekolah --force-running --yes").await;
    assert_eq!(ran.exit, 9, "{ran:?}");
    chain.portal.release();
    for client in [&mut first, &mut second] {
        let seen = until(client, "\r\n0\r\n\r\n").await;
        assert!(seen.contains("\"done\":true"), "{seen}");
    }
    assert_eq!((chain.runs().await.len(), chain.rows().await), (1, (6, 12)));
}

#[tokio::test]
async fn after_any_event_of_a_sync_the_rest_is_replayed_and_no_figure_runs_backwards() {
    let chain = Chain::start(small()).await;
    let all = stream_of(&chain.server.ask(GLOBAL).await);
    let figure = |frame: &Frame, key: &str| frame.1[key].as_u64();
    let progress: Vec<u64> = (all.iter())
        .filter_map(|frame| figure(frame, "progress"))
        .collect();
    assert!(
        progress.is_sorted() && progress.last() == Some(&100),
        "{progress:?}"
    );
    let whole = progress.iter().filter(|percent| **percent == 100);
    assert_eq!(whole.count(), 1, "{progress:?}");
    for cut in 1..all.len() {
        let answer = chain.server.after(GLOBAL, &all[cut - 1].0).answer().await;
        assert_eq!(stream_of(&answer), all[cut..], "{cut}");
    }
    let last = &all.last().unwrap().0;
    assert_eq!(chain.server.after(GLOBAL, last).answer().await.status, 204);
    assert_eq!(chain.runs().await.len(), 1);
}

#[tokio::test]
async fn a_server_that_is_killed_in_between_loses_neither_the_sync_nor_its_client() {
    let mut chain = Chain::held().await;
    let face = begin(&chain.far, "dapodik global --yes --json");
    chain.has_begun().await;
    let run = chain.runs().await[0]["id"].clone();
    chain.server.signal(Signal::KILL);
    exit_of(&mut chain.server.child).await;
    let address = chain.server.address.to_string();
    listen_at(&chain.near, &chain.portal.url(), &address);
    chain.server = Server::start(&chain.near).await;
    let mut attached = chain.stream(GLOBAL).await;
    // Attached before the sync can end: else it would start another one.
    let mut seen = until(&mut attached, "🚀 Memulai").await;
    chain.portal.release();
    seen += &until(&mut attached, "\r\n0\r\n\r\n").await;
    assert!(seen.contains(run.as_str().unwrap()), "{seen}");
    assert!(frames(&seen.replace("\r\n", "\n")).len() > 3, "{seen}");
    let ended = end_of(face).await;
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert_eq!((chain.runs().await.len(), chain.rows().await), (1, (6, 12)));
}

#[tokio::test]
async fn the_calls_answer_as_documented_and_ours_are_followed() {
    let chain = Chain::start(small()).await;
    let schools = chain.server.ask("POST /api/sync/all-sekolah").await;
    assert_eq!(schools.status, 200, "{schools:?}");
    assert_eq!(schools.json()["message"], "Turbo Raw Sync Sekolah dimulai!");
    let run = schools.json()["run"].as_str().unwrap().to_owned();
    let ended = chain.frames_of(&run).await;
    assert_eq!(ended.last().unwrap().1["done"], true, "{ended:?}");
    assert_eq!(chain.rows().await, (6, 0));
    let staff = done(&chain.far, "dapodik all-ptk --yes --json").await;
    assert_eq!(staff.exit, 0, "ours empties no column: {staff:?}");
    let staff = chain.server.ask("POST /api/sync/all-ptk").await;
    let message = "Sync PTK Turbo (With Max Error Handling) Started!";
    assert_eq!(staff.json()["message"], message);
    let run = staff.json()["run"].as_str().unwrap().to_owned();
    let ended = chain.frames_of(&run).await;
    assert_eq!(ended.last().unwrap().1["done"], true, "{ended:?}");
    assert_eq!(chain.rows().await, (6, 12));
    let ran = done(&chain.far, "dapodik all-sekolah --yes --json").await;
    assert_eq!(
        (ran.exit, &ran.json()["report"]["end"]["how"]),
        (0, &"done".into()),
        "{ran:?}"
    );
    let metadata = chain.server.ask("GET /api/sync/metadata").await;
    assert_eq!(metadata.text(), r#"{"value":null}"#);
}

#[tokio::test]
async fn one_ptk_is_stored_or_not_found() {
    let chain = Chain::start(small()).await;
    let schools = done(&chain.far, "dapodik all-sekolah --yes").await;
    assert_eq!(schools.exit, 0, "{schools:?}");
    let (nik, npsn) = (chain.portal.nik(0, 1, 1), chain.portal.npsn(0, 1));
    let ask = |nik: &str| {
        let body = serde_json::json!({"nik": nik, "npsn": npsn}).to_string();
        let call = chain
            .server
            .call("POST /api/sync/ptk")
            .header("x-api-key", KEY);
        call.body(body.as_bytes()).answer()
    };
    let stored = ask(&nik).await;
    assert_eq!(stored.status, 200, "{stored:?}");
    let message = stored.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("Sync detail ") && message.ends_with(" berhasil!"),
        "{message}"
    );
    assert_eq!(chain.rows().await, (6, 1));
    let unknown = ask("3404010101900001").await;
    assert_eq!(
        unknown.text(),
        r#"{"message":"Data tidak ditemukan di pusat"}"#
    );
    assert_eq!(unknown.status, 404);
    let here = format!("dapodik ptk --nik {nik} --npsn {npsn} --yes");
    assert_eq!(done(&chain.far, &here).await.exit, 0);
    chain.portal.stop();
    let down = ask(&nik).await;
    assert_eq!(down.status, 500, "{down:?}");
    assert!(down.json()["error"].is_string(), "{down:?}");
}

#[tokio::test]
async fn a_sync_that_cannot_begin_says_so_in_its_stream_and_is_not_begun_by_asking_again() {
    let chain = Chain::start(small()).await;
    chain.portal.stop();
    let answer = chain.server.ask(GLOBAL).await;
    let all = stream_of(&answer);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].1["error"].is_string(), "{all:?}");
    chain.portal.resume().unwrap();
    let again = chain.server.after(GLOBAL, &all[0].0).answer().await;
    assert_eq!((again.status, chain.runs().await.len()), (404, 0));
}
