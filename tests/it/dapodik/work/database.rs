//! What goes wrong at the database while a sync writes to it.

use std::time::Duration;

use selaras::dapodik::{DiedRun, Report, Request, Scope, Timeouts};
use selaras::engine::{Outcome as _, Verdict};
use selaras::error::{Kind, Result};
use tokio::task::JoinHandle;

use super::super::postgres::Server;
use super::super::{Ear, Run};
use super::{
    Desk, QUICK, assert_same, continued, counts, keeps_the_rules, signed, small, undisturbed,
};
use crate::harness::clock;
use crate::harness::wait::within;

/// Ends all connections to this database but one's own.
const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";

fn global() -> Request {
    Request::of(Scope::Global)
}

fn clean(desk: &Desk, run: &Run) {
    keeps_the_rules(run);
    let sentence = run.report.sentence();
    assert_eq!(run.report.verdict(), Verdict::Clean, "{sentence}");
    let (wanted, work) = (desk.portal.expected(), run.report.work.as_ref().unwrap());
    assert_eq!(counts(&work.schools), (signed(wanted.schools), 0, 0));
    assert_eq!(counts(&work.staff), (signed(wanted.staff), 0, 0));
    let said = run.lines("selaras").join("\n");
    assert!(said.contains("it is opened again"), "{said}");
}

/// A sync that has just noticed that the server is gone.
async fn without(server: &Server, desk: &Desk) -> (Ear, JoinHandle<Result<Report>>) {
    let (ear, running) = desk.halfway(QUICK, global()).await;
    server.stop().await;
    desk.portal.release();
    ear.hears("that it is lost", |event| {
        format!("{event:?}").contains("it is opened again")
    })
    .await;
    (ear, running)
}

#[tokio::test]
async fn a_connection_that_is_killed_in_the_middle_is_opened_again() {
    let Some(desk) = Desk::server(small()).await else {
        return;
    };
    let (ear, running) = desk.halfway(QUICK, global()).await;
    desk.run(KILL).await;
    desk.portal.release();
    let report = within("the end", running).await.unwrap().unwrap();
    let events = ear.heard();
    clean(&desk, &Run { report, events });
    assert_same(&desk.dump().await, &undisturbed(&desk, &small()).await);
}

#[tokio::test]
async fn a_server_that_is_started_anew_in_the_middle_costs_nothing() {
    let Some(server) = Server::own().await else {
        return;
    };
    let desk = Desk::at(&server, small()).await;
    let (ear, running) = without(&server, &desk).await;
    let _server = server.again().await;
    let report = within("the end", running).await.unwrap().unwrap();
    let events = ear.heard();
    clean(&desk, &Run { report, events });
    assert_same(&desk.dump().await, &undisturbed(&desk, &small()).await);
}

#[tokio::test]
async fn a_server_that_stays_away_ends_the_run_which_is_then_continued() {
    let Some(server) = Server::own().await else {
        return;
    };
    let desk = Desk::at(&server, small()).await;
    let pace = Timeouts {
        patience: Duration::from_millis(1500),
        ..QUICK
    };
    let (ear, running) = desk.halfway(pace, global()).await;
    server.stop().await;
    desk.portal.release();
    let report = within("the end", running).await.unwrap().unwrap();
    let run = Run {
        report,
        events: ear.heard(),
    };
    keeps_the_rules(&run);
    let failure = run.report.failure().unwrap();
    assert_eq!(run.report.verdict(), Verdict::Failed);
    assert_eq!(failure.kind, Kind::Database);
    assert!(failure.hint.unwrap().contains("--resume"));
    let work = run.report.work.as_ref().unwrap();
    assert!(work.left_running && work.staff.added > 0, "{work:?}");

    let _server = server.again().await;
    assert_eq!(desk.metadata().await, "RUNNING");
    // Nobody knows whose it is: refused.
    let plan = desk.plan(continued(&run.events)).await.unwrap();
    assert_eq!(plan.obstacle().unwrap().kind, Kind::Busy);
    let request = Request {
        died: Some(DiedRun {
            run: uuid::Uuid::now_v7(),
            last: clock::of_the_machine(),
            database: Some(desk.url.target_name()),
        }),
        ..continued(&run.events)
    };
    let again = desk.sync_at(QUICK, request).await;
    keeps_the_rules(&again);
    assert_eq!(again.report.verdict(), Verdict::Clean);
    assert!(again.report.sentence().contains("RUNNING was left by run"));
    assert_same(&desk.dump().await, &undisturbed(&desk, &small()).await);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_server_that_is_away() {
    let Some(server) = Server::own().await else {
        return;
    };
    let desk = Desk::at(&server, small()).await;
    let (ear, running) = without(&server, &desk).await;
    ear.cancel.cancel();
    let began = std::time::Instant::now();
    let report = within("the end", running).await.unwrap().unwrap();
    assert!(began.elapsed() < QUICK.patience / 2);
    assert_eq!(report.verdict(), Verdict::Stopped);
    assert!(report.work.unwrap().left_running);
}
