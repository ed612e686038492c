//! Streams of a run: attached, left, lost and found again, read late and read slowly.

use std::time::Duration;

use rustix::process::Signal;
use selaras::dapodik::Scope;
use selaras::engine::Event;
use selaras::serve::Limits;

use super::super::limits::Inside;
use super::super::wire::until;
use super::super::{KEY, Server};
use super::{NO_PORTAL, Written, frames, listen_at, partial, portal_place, stream_of};
use crate::harness::wait::exit_of;

const GLOBAL: &str = "GET /api/sync/global";

#[tokio::test]
async fn every_client_of_a_run_gets_all_its_frames_and_who_leaves_stops_nothing() {
    let place = portal_place(NO_PORTAL);
    let server = Server::start(&place).await;
    let mut run = Written::start(&place, Scope::Global).await;
    let call = || server.call(GLOBAL).header("x-api-key", KEY).send();
    let (mut first, mut leaving) = (call().await, call().await);
    for client in [&mut first, &mut leaving] {
        let head = until(client, "🚀 Memulai Global Sync...").await;
        assert!(
            head.contains(&format!("x-selaras-run: {}", run.id)),
            "{head}"
        );
        assert!(head.contains(&format!("id: {}-1\n", run.id)), "{head}");
    }
    run.work();
    until(&mut leaving, "Depok").await;
    drop(leaving);
    let mut late = call().await;
    until(&mut late, "Gamping (Sleman) selesai").await;
    run.say(Event::Stage {
        stage: "refresh mv_dashboard_analitik".to_owned(),
    });
    until(&mut first, "Refresh mv_dashboard_analitik").await;
    run.end(&partial());
    let again = server
        .after(GLOBAL, &format!("{}-0", run.id))
        .answer()
        .await;
    let all = stream_of(&again);
    until(&mut late, "\r\n0\r\n\r\n").await;
    let seen = until(&mut first, "\r\n0\r\n\r\n").await;
    assert!(seen.contains("\"done\":true"), "{seen}");
    let (id, last) = all.last().unwrap();
    assert_eq!(*id, format!("{}-{}", run.id, run.seq + 1));
    assert_eq!(last["done"], true);
    assert_eq!(last["verdict"], "partial");
    assert_eq!(last["last_sync"], "2026-11-08T07:04:00.000Z");
    assert_eq!(last["failed"][0]["key"], "20400101");
    assert_eq!(last["failed"][0]["kecamatan"], "34.04.07");
    let listed = server.ask("GET /api/sync/runs").await.json();
    assert_eq!(listed["runs"].as_array().unwrap().len(), 1, "{listed}");
}

#[tokio::test]
async fn after_any_event_exactly_the_rest_is_replayed() {
    let place = portal_place(NO_PORTAL);
    let server = Server::start(&place).await;
    let mut run = Written::start(&place, Scope::Global).await;
    run.work();
    run.end(&partial());
    let whole = server
        .after(GLOBAL, &format!("{}-0", run.id))
        .answer()
        .await;
    let all = stream_of(&whole);
    assert!(all.len() > 6, "{all:?}");
    for cut in 1..all.len() {
        // Whatever the address: the id says which run.
        let what = ["GET /api/sync/kecamatan", GLOBAL][cut % 2];
        let answer = server.after(what, &all[cut - 1].0).answer().await;
        assert_eq!(stream_of(&answer), all[cut..], "{cut}");
    }
    // A line of the journal that became no frame is a place, too.
    let between = format!("{}-2", run.id);
    assert!(all.iter().all(|(id, _)| *id != between), "{all:?}");
    let answer = server.after(GLOBAL, &between).answer().await;
    assert_eq!(stream_of(&answer), all[1..]);
    let last = server.after(GLOBAL, &all.last().unwrap().0).answer().await;
    assert_eq!((last.status, last.text().as_str()), (204, ""));
}

#[tokio::test]
async fn an_id_that_is_none_of_ours_is_404_and_starts_nothing() {
    let place = portal_place(NO_PORTAL);
    let server = Server::start(&place).await;
    let unknown = "01938e2a-4a00-7abc-8def-0123c41f9a00-3";
    let nil = "00000000-0000-0000-0000-000000000000-1";
    for id in [unknown, nil, "", "7", "abc-1", "../../x-1"] {
        let answer = server.after(GLOBAL, id).answer().await;
        assert_eq!(answer.status, 404, "{id}: {answer:?}");
        assert!(answer.json()["error"].is_string(), "{answer:?}");
    }
    assert!(!place.path("state/runs").exists());
}

#[tokio::test]
async fn a_run_whose_worker_is_killed_ends_with_an_error() {
    let place = portal_place(NO_PORTAL);
    let server = Server::start(&place).await;
    let mut run = Written::start(&place, Scope::Global).await;
    run.work();
    let mut client = server.call(GLOBAL).header("x-api-key", KEY).send().await;
    until(&mut client, "Gamping").await;
    run.kill();
    let seen = until(&mut client, "\r\n0\r\n\r\n").await;
    assert!(seen.contains("died before it could report"), "{seen}");
    let answer = server
        .after(GLOBAL, &format!("{}-1", run.id))
        .answer()
        .await;
    let all = stream_of(&answer);
    let (id, last) = all.last().unwrap();
    assert_eq!(*id, format!("{}-{}", run.id, run.seq + 1));
    assert_eq!(last["verdict"], "failed");
}

#[tokio::test]
async fn a_server_that_is_killed_leaves_the_run_to_the_next_one() {
    let place = portal_place(NO_PORTAL);
    let mut server = Server::start(&place).await;
    let mut run = Written::start(&place, Scope::Global).await;
    run.work();
    let mut client = server.call(GLOBAL).header("x-api-key", KEY).send().await;
    let seen = until(&mut client, "Gamping").await;
    server.signal(Signal::KILL);
    exit_of(&mut server.child).await;
    listen_at(&place, NO_PORTAL, &server.address.to_string());
    let next = Server::start(&place).await;
    run.say(Event::Stage {
        stage: "refresh mv_dashboard_analitik".to_owned(),
    });
    let mut attached = next.call(GLOBAL).header("x-api-key", KEY).send().await;
    until(&mut attached, "Refresh mv_dashboard_analitik").await;
    let last = frames(&seen.replace("\r\n", "\n")).pop().unwrap().0;
    let mut resumed = next.after(GLOBAL, &last).send().await;
    let rest = until(&mut resumed, "Refresh mv_dashboard_analitik").await;
    assert!(!rest.contains("Depok"), "{rest}");
    run.end(&partial());
    until(&mut resumed, "SELESAI").await;
}

#[tokio::test]
async fn a_silent_stream_says_that_it_is_there() {
    let place = portal_place(NO_PORTAL);
    let limits = Limits {
        heartbeat: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = Inside::start(&place, limits).await;
    let mut run = Written::start(&place, Scope::Global).await;
    let mut client = server.call(GLOBAL).send().await;
    let seen = until(&mut client, ": still here\n\n").await;
    assert!(seen.contains("🚀 Memulai"), "{seen}");
    run.work();
    let seen = until(&mut client, "Gamping").await;
    assert_eq!(seen.matches("🚀 Memulai").count(), 0, "{seen}");
}

/// More than is kept for clients that are behind.
const MANY: u64 = 8_000;

#[tokio::test]
async fn a_client_that_is_far_behind_gets_all_of_it_in_order() {
    let place = portal_place(NO_PORTAL);
    let server = Server::start(&place).await;
    let mut run = Written::start(&place, Scope::Global).await;
    let mut slow = server.call(GLOBAL).header("x-api-key", KEY).send().await;
    until(&mut slow, "🚀 Memulai").await;
    let label = "34.04.07 Depok (Sleman)";
    let mut events = super::kecamatan("34.04.07", label, 0);
    events.truncate(2);
    events.extend((0..MANY).map(|school| Event::Item {
        key: format!("34.04.07/{school:08}"),
        state: "stored".to_owned(),
        note: "SD: 12 PTK".to_owned(),
    }));
    run.say_all(events);
    // Somebody who reads is not held up by one who does not.
    let mut quick = server.call(GLOBAL).header("x-api-key", KEY).send().await;
    let words = format!("Sync PTK {MANY} di");
    let seen = until(&mut quick, &words).await;
    assert_eq!(schools(&seen), (1..=MANY).collect::<Vec<_>>());
    run.end(&partial());
    let seen = until(&mut slow, "\r\n0\r\n\r\n").await;
    assert_eq!(schools(&seen), (1..=MANY).collect::<Vec<_>>());
}

/// The counts of schools, one of each frame.
fn schools(text: &str) -> Vec<u64> {
    let counts = text.split("Sync PTK ").skip(1);
    let counts = counts.map(|rest| rest.split(' ').next().unwrap().parse().unwrap());
    counts.collect()
}
