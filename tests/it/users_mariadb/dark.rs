//! A database that goes dark after connecting: the line stays up, and nothing comes back any more.

use std::collections::BTreeMap;
use std::time::Duration;

use selaras::engine::{Engine as _, Job, Outcome, RunIdentity, Verdict};
use selaras::error::Kind;
use selaras::users::migrate::{self, Migrate};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::proxy::{Cut, Proxy};
use crate::harness::wait::within;
use crate::mariadb::{Shape, Unique};
use crate::users_engine::world::{DEV, Setup, TEST, World, people};

/// A world whose line to the database falls silent at `command`; each statement may take `allowed`.
async fn world(
    shape: Shape,
    command: &'static [u8],
    cut: Cut,
    allowed: &str,
) -> Option<(World, Proxy)> {
    let setup = Setup {
        there: vec![
            (DEV, people(&["ani@dkm", "budi@dkm"])),
            (TEST, people(&["x@dkm"])),
        ],
        shape,
        ..Setup::default()
    };
    let world = World::foreign(&setup).await?;
    let database = world.database.as_ref().unwrap();
    let direct = database.tcp("root", "127.0.0.1", "?ssl-mode=disabled");
    let proxy = Proxy::start(database.server().port, command, cut).await;
    let port = format!(":{}/", database.server().port);
    world.configure(&direct.replace(&port, &format!(":{}/", proxy.port)), "");
    world.set_top(&format!("statement_timeout = \"{allowed}\"\n"));
    Some((world, proxy))
}

#[tokio::test]
async fn a_plan_ends_soon_at_any_point_where_the_database_goes_dark() {
    for command in [
        &b"information_schema.statistics"[..],
        b"SHOW GRANTS",
        b"FROM locations",
        b"FROM users WHERE location_id = 8",
    ] {
        let Some((world, _proxy)) = world(Shape::default(), command, Cut::Silence, "1s").await
        else {
            return;
        };
        let planned = within("the end of a plan", world.try_plan()).await;
        let failure = match planned {
            Ok(plan) => plan.locations[0].error.clone().unwrap(),
            Err(error) => error.into(),
        };
        assert_eq!(failure.kind, Kind::Database);
        assert!(
            failure
                .message
                .contains("the database gave no answer within 1s"),
            "{}",
            failure.message
        );
    }
}

#[tokio::test]
async fn a_commit_without_an_answer_is_unknown_until_the_marker_can_be_asked() {
    for (cut, written) in [(Cut::Silence, vec![]), (Cut::SilentAnswer, vec![8])] {
        let Some((world, proxy)) = world(Shape::default(), b"COMMIT", cut, "1s").await else {
            return;
        };
        let plan = world.plan().await;
        let (run, report) = within("the end of an apply", world.apply(&plan)).await;
        assert_eq!(report.verdict(), Verdict::Interrupted);
        let failure = report.failure().unwrap();
        assert_eq!(failure.kind.exit(), 5);
        let dev = &report.locations[0];
        assert!(
            dev.unknown && dev.message.ends_with("unknown whether it was written"),
            "{dev:?}"
        );
        // The other one was not begun: that is known.
        let test = &report.locations[1];
        assert!(
            !test.unknown && test.message.ends_with("nothing was written"),
            "{test:?}"
        );
        let hint = dev.error.clone().unwrap().hint.unwrap();
        assert!(hint.contains("`selaras runs show "), "{hint}");
        proxy.speak();
        assert_eq!(world.users().applied_locations(run).await.unwrap(), written);
    }
}

#[tokio::test]
async fn a_statement_without_an_answer_writes_nothing() {
    let command = b"INSERT INTO users";
    let Some((world, _proxy)) = world(Shape::default(), command, Cut::SilentAnswer, "1s").await
    else {
        return;
    };
    let plan = world.plan().await;
    let (_, report) = within("the end of an apply", world.apply(&plan)).await;
    let dev = &report.locations[0];
    assert!(
        !dev.unknown && dev.message.ends_with("nothing was written"),
        "{dev:?}"
    );
    assert_eq!(world.everybody().await, Vec::<String>::new());
}

/// A job that is asked to stop a first and a second time.
fn stoppable() -> (Job, CancellationToken, CancellationToken) {
    let (cancel, insist) = (CancellationToken::new(), CancellationToken::new());
    let identity = RunIdentity {
        run: Uuid::now_v7(),
        operator: "admin@kantor".into(),
        refused: BTreeMap::new(),
    };
    let job = Job::for_run(|_| {}, cancel.clone(), insist.clone(), identity);
    (job, cancel, insist)
}

#[tokio::test]
async fn a_second_stop_ends_the_wait() {
    for (command, verdict) in [
        (&b"INSERT INTO users"[..], Verdict::Stopped),
        (b"COMMIT", Verdict::Interrupted),
    ] {
        let Some((world, proxy)) = world(Shape::default(), command, Cut::Silence, "1h").await
        else {
            return;
        };
        let plan = world.plan().await;
        let (job, cancel, insist) = stoppable();
        let users = world.users();
        let applying = users.apply(plan, &job);
        let stopping = async {
            proxy.silenced().await;
            cancel.cancel();
            insist.cancel();
        };
        let both = async { tokio::join!(applying, stopping) };
        let (report, ()) = within("the end after a second stop", both).await;
        let report = report.unwrap();
        assert_eq!(report.verdict(), verdict);
        let unknown = verdict == Verdict::Interrupted;
        assert_eq!(report.locations[0].unknown, unknown, "{report:?}");
        assert_eq!(report.failure().unwrap().kind == Kind::Database, unknown);
    }
}

#[tokio::test]
async fn a_change_of_the_schema_is_waited_for_but_not_against_a_second_stop() {
    let shape = Shape {
        unique: Unique::Old,
        ..Shape::default()
    };
    let command = b"ADD UNIQUE";
    let Some((world, proxy)) = world(shape, command, Cut::Silence, "1s").await else {
        return;
    };
    let engine = Migrate::new(world.config()).unwrap();
    let plan = engine
        .plan(migrate::Request {}, &Job::silent())
        .await
        .unwrap();
    let (job, cancel, insist) = stoppable();
    let migrating = engine.apply(plan, &job);
    tokio::pin!(migrating);
    // Well beyond what any other statement may take.
    let patience = Duration::from_secs(3);
    let ended = timeout(patience, &mut migrating).await;
    assert!(ended.is_err(), "a change of the schema was given up");
    proxy.silenced().await;
    cancel.cancel();
    insist.cancel();
    let report = within("the end after a second stop", migrating).await;
    let failure = report.unwrap().failure().unwrap();
    assert_eq!(failure.kind, Kind::Stopped);
    assert!(
        failure
            .message
            .contains("unknown whether this was carried out: ALTER TABLE users ADD")
    );
}
