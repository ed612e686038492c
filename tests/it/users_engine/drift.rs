//! What changed between preview and apply: nothing is written, and the difference is shown.

use selaras::engine::{Outcome, Seal};
use selaras::error::Kind;

use super::world::{DEV, Setup, on_both, people};

/// One of each: new, reactivate, deactivate, and enough others for the guard.
fn setup() -> Setup {
    Setup::of(
        DEV,
        people(&["a@dkm", "b@dkm", "c@dkm", "d@dkm", "new@dkm", "back@dkm"]),
    )
    .here("active", &["a@dkm", "b@dkm", "c@dkm", "d@dkm", "gone@dkm"])
    .here("inactive", &["back@dkm"])
}

#[tokio::test]
async fn rows_changed_since_the_preview_stop_the_location_and_are_shown() {
    let table = [
        (
            "UPDATE users SET status = 'inactive' WHERE email = 'gone@dkm'",
            "gone@dkm",
            "inactive",
        ),
        (
            "UPDATE users SET status = 'active' WHERE email = 'back@dkm'",
            "back@dkm",
            "active",
        ),
        (
            "DELETE FROM users WHERE email = 'gone@dkm'",
            "gone@dkm",
            "no longer there",
        ),
        (
            "UPDATE users SET email = 'other@dkm' WHERE email = 'back@dkm'",
            "back@dkm",
            "now called other@dkm",
        ),
        (
            "INSERT INTO users (email, location_id, status) VALUES ('New@DKM', 8, 'inactive')",
            "New@DKM",
            "inactive",
        ),
    ];
    for (sql, email, is) in table {
        on_both(&setup(), async |world, log| {
            let plan = world.plan().await;
            assert_eq!(plan.locations[0].changes(), 3);
            world.run(sql).await;
            let before = world.everybody().await;
            let (_, report) = world.apply(&plan).await;
            assert_eq!(report.failure().unwrap().kind, Kind::Stale);
            let [drift] = report.locations[0].drift.as_slice() else {
                panic!("{report:?}");
            };
            assert_eq!((drift.email.as_str(), drift.is.as_str()), (email, is));
            assert_eq!(world.everybody().await, before);
            log.note(report);
        })
        .await;
    }
}

#[tokio::test]
async fn what_the_plan_does_not_touch_may_change() {
    on_both(&setup(), async |world, log| {
        let plan = world.plan().await;
        world
            .run("UPDATE users SET status = 'inactive' WHERE email = 'a@dkm'")
            .await;
        let (_, report) = world.apply(&plan).await;
        assert_eq!(report.failure(), None);
        log.note(report);
        log.note(world.everybody().await);
    })
    .await;
}

#[tokio::test]
async fn a_changed_plan_or_another_database_is_refused() {
    on_both(&setup(), async |world, _| {
        let mut plan = world.plan().await;
        plan.locations[0].deactivate.clear();
        let refused = world.users().accept(&mut plan).unwrap_err();
        assert_eq!(refused.kind(), Kind::Stale);
        let mut plan = world.plan().await;
        plan.database = "mysql elsewhere/users".into();
        let refused = world
            .users()
            .accept(&mut plan.sealed().unwrap())
            .unwrap_err();
        assert_eq!(refused.kind(), Kind::Stale);
    })
    .await;
}
