//! Who is answered what, and when nothing is started.

use selaras::dapodik::Scope;

use super::super::{KEY, Server, place};
use super::{NO_PORTAL, Written, chosen, portal_place};
use crate::harness::wait::eventually;

const ALL: [&str; 8] = [
    "GET /api/sync/metadata",
    "POST /api/sync/ptk",
    "GET /api/sync/global",
    "GET /api/sync/kecamatan?kode_kecamatan=34.04.07",
    "POST /api/sync/all-ptk",
    "POST /api/sync/all-sekolah",
    "GET /api/sync/runs",
    "DELETE /api/sync/runs/1f9a00",
];

#[tokio::test]
async fn where_a_backend_is_followed_or_nothing_is_set_up_there_is_nothing() {
    let followed = place("exit 0");
    let text = followed.text("config.toml") + "[dapodik]\nurl = \"http://127.0.0.1:1\"\n";
    std::fs::write(followed.path("config.toml"), text).unwrap();
    let unset = place("exit 0");
    for (place, words) in [(followed, "is followed here"), (unset, "dapodik.url")] {
        let server = Server::start(&place).await;
        for what in ALL {
            let answer = server.ask(what).await;
            assert_eq!(answer.status, 404, "{what}: {answer:?}");
            assert!(answer.text().contains(words), "{what}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn strangers_are_refused_in_the_words_of_the_original() {
    let place = portal_place(NO_PORTAL);
    let server = Server::start(&place).await;
    for what in ALL {
        let answer = server.call(what).answer().await;
        assert_eq!(answer.status, 401, "{what}");
        assert_eq!(answer.json()["message"], "Authentication required");
        let answer = server.call(what).header("x-api-key", "x").answer().await;
        assert_eq!(answer.status, 401, "{what}");
        assert_eq!(answer.json()["message"], "Session expired or invalid");
    }
}

#[tokio::test]
async fn head_is_405_and_starts_nothing() {
    let place = portal_place(NO_PORTAL);
    let server = Server::start(&place).await;
    for what in ALL {
        let (_, path) = what.split_once(' ').unwrap();
        let answer = server.ask(&format!("HEAD {path}")).await;
        assert_eq!((answer.status, answer.body.len()), (405, 0), "{path}");
    }
    assert!(!place.path("state/runs").exists());
}

#[tokio::test]
async fn what_is_missing_is_400() {
    let place = portal_place(NO_PORTAL);
    let server = Server::start(&place).await;
    for what in ["", "?kode_kecamatan=", "?x=1"] {
        let answer = server.ask(&format!("GET /api/sync/kecamatan{what}")).await;
        assert_eq!(answer.text(), r#"{"error":"Pilih kecamatan"}"#);
        assert_eq!(answer.status, 400);
    }
    let code = "GET /api/sync/kecamatan?kode_kecamatan=much-too-long";
    assert_eq!(server.ask(code).await.status, 400);
    let ptk = |body: &'static str| {
        let call = server.call("POST /api/sync/ptk").header("x-api-key", KEY);
        call.body(body.as_bytes()).answer()
    };
    for body in [
        "",
        "[]",
        "nik=1",
        r#"{"nik":"3404010101900001"}"#,
        r#"{"nik":"","npsn":"20400101"}"#,
        r#"{"nik":null,"npsn":"20400101"}"#,
    ] {
        let answer = ptk(body).await;
        assert_eq!(answer.text(), r#"{"error":"NIK dan NPSN wajib ada!"}"#);
        assert_eq!(answer.status, 400);
    }
    for body in [
        r#"{"nik":"340401","npsn":"20400101"}"#,
        r#"{"nik":"3404010101900001","npsn":"x"}"#,
    ] {
        let answer = ptk(body).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(!answer.text().contains("340401\""), "{answer:?}");
    }
    let large = "x".repeat(65 * 1024);
    let call = server.call("POST /api/sync/ptk").header("x-api-key", KEY);
    let answer = call.body(large.as_bytes()).answer().await;
    assert_eq!(answer.status, 413, "{answer:?}");
    assert!(!place.path("state/runs").exists());
}

#[tokio::test]
async fn while_one_runs_another_scope_or_a_call_is_409() {
    let place = portal_place(NO_PORTAL);
    let server = Server::start(&place).await;
    let run = Written::start(&place, chosen(&["34.04.07", "34.04.01"])).await;
    let ptk = server.call("POST /api/sync/ptk").header("x-api-key", KEY);
    let body = br#"{"nik":"3404010101900001","npsn":"20400101"}"#;
    let mut answers = vec![ptk.body(body).answer().await];
    for what in [
        "GET /api/sync/global",
        "GET /api/sync/kecamatan?kode_kecamatan=34.04.07",
        "POST /api/sync/all-ptk",
        "POST /api/sync/all-sekolah",
    ] {
        answers.push(server.ask(what).await);
    }
    for answer in answers {
        assert_eq!(answer.status, 409, "{answer:?}");
        let why = answer.json()["error"].clone();
        assert!(why.as_str().unwrap().contains("started by sari"), "{why}");
    }
    let same = "GET /api/sync/kecamatan?kode_kecamatan=34.04.01&kode_kecamatan=34.04.07";
    let mut attached = server.call(same).header("x-api-key", KEY).send().await;
    super::super::wire::until(&mut attached, "2 kecamatan").await;
    drop(run);
}

#[tokio::test]
async fn a_read_only_server_starts_nothing_and_attaches() {
    let place = portal_place(NO_PORTAL);
    let text = "read_only = true\n".to_owned() + &place.text("config.toml");
    std::fs::write(place.path("config.toml"), text).unwrap();
    let server = Server::start(&place).await;
    for what in ["GET /api/sync/global", "POST /api/sync/all-ptk"] {
        let answer = server.ask(what).await;
        assert_eq!(answer.status, 500, "{answer:?}");
        assert!(answer.text().contains("read_only"), "{answer:?}");
    }
    assert!(!place.path("state/runs").exists());
    let run = Written::start(&place, Scope::Global).await;
    let call = server.call("GET /api/sync/global").header("x-api-key", KEY);
    let mut attached = call.send().await;
    super::super::wire::until(&mut attached, "🚀 Memulai").await;
    drop(run);
}

#[tokio::test]
async fn runs_are_listed_and_only_those_of_dapodik_are_stopped_here() {
    let place = portal_place(NO_PORTAL);
    let server = Server::start(&place).await;
    let none = server.ask("GET /api/sync/runs").await;
    assert_eq!(none.text(), r#"{"status":"success","runs":[]}"#);
    let run = Written::start(&place, Scope::Global).await;
    let listed = server.ask("GET /api/sync/runs").await.json();
    assert_eq!(listed["runs"][0]["id"], run.id.to_string());
    assert_eq!(listed["runs"][0]["state"], "running");
    let foreign = server.ask(&format!("DELETE /sync/runs/{}", run.id)).await;
    assert_eq!(foreign.status, 404, "{foreign:?}");
    let script = server.ask("GET /sync/runs").await.json();
    assert_eq!(script["runs"].as_array().unwrap().len(), 0);
    let unknown = server.ask("DELETE /api/sync/runs/000000").await;
    assert_eq!(unknown.status, 404, "{unknown:?}");
    run.kill();
    let over = || (!run.runs.is_running(run.id).unwrap()).then_some(());
    eventually("the end", over).await;
    let what = format!("DELETE /api/sync/runs/{}", run.id);
    let stopped = server.ask(&what).await;
    assert_eq!(stopped.json()["message"], "it had ended already");
    let listed = server.ask("GET /api/sync/runs").await.json();
    assert_eq!(listed["runs"][0]["state"], "died");
}
