//! Runs taken back.

use selaras::engine::{Engine, Outcome, seal};
use selaras::error::Kind;
use selaras::sim::people as invented;
use selaras::users::plan::GuardName;
use selaras::users::undo;

use super::world::{DEV, Setup, World, job_of, on_both, people};

/// 10 that stay, 2 that were off and are back, 1 gone, 1 new.
fn mixed() -> Setup {
    let staying =
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map(|name| format!("{name}@dkm"));
    let mut here: Vec<_> = staying.iter().map(String::as_str).collect();
    let mut there = here.clone();
    there.extend(["back1@dkm", "back2@dkm", "new@dkm"]);
    here.push("gone@dkm");
    Setup::of(DEV, people(&there))
        .here("active", &here)
        .here("inactive", &["back1@dkm", "back2@dkm"])
}

async fn status(world: &World, email: &str) -> String {
    let sql = format!("SELECT status FROM users WHERE email = '{email}'");
    let rows = world.rows(&sql).await;
    rows.first()
        .map_or_else(|| "absent".to_owned(), |row| row.text(0))
}

#[tokio::test]
async fn undoing_a_first_sync_asks_for_the_figure_and_makes_the_added_inactive() {
    let setup = Setup::of(DEV, invented::dev());
    on_both(&setup, async |world, log| {
        let done = world.sync().await;
        let plan = world.undo(&done, None).await.unwrap();
        let location = &plan.locations[0];
        assert_eq!(location.tripped().unwrap().name, GuardName::Deactivations);
        let names: Vec<_> = location.guards.iter().map(|guard| guard.name).collect();
        assert_eq!(names, [GuardName::Deactivations, GuardName::Schema]);
        let (_, report) = world.apply(&plan).await;
        assert_eq!(report.failure().unwrap().kind, Kind::Guard);
        log.note((plan, report));

        let plan = world.undo(&done, Some(25)).await.unwrap();
        let (_, report) = world.apply(&plan).await;
        assert_eq!(
            report.sentence(),
            "Undo completed successfully! 25 users deactivated, 0 users reactivated."
        );
        let everybody = world.everybody().await;
        assert!(everybody.iter().all(|line| line.ends_with(" inactive")));
        log.note((plan, report, everybody));
    })
    .await;
}

#[tokio::test]
async fn a_user_whose_email_is_not_all_ascii_is_found_again() {
    // Upper case, and composed of a letter and its mark.
    let added = ["\u{c4}RA@kantor", "cafe\u{301}@kantor"];
    let setup = Setup::of(DEV, people(&["a@dkm", added[0], added[1]])).here("active", &["a@dkm"]);
    on_both(&setup, async |world, log| {
        let done = world.sync().await;
        let plan = world.undo(&done, Some(2)).await.unwrap();
        assert_eq!(plan.locations[0].deactivate.len(), 2, "{plan:#?}");
        let (_, report) = world.apply(&plan).await;
        assert_eq!(report.failure(), None);
        log.note((plan, report));
    })
    .await;
}

#[tokio::test]
async fn an_undo_turns_every_change_round_and_happens_once() {
    on_both(&mixed(), async |world, log| {
        let before = world.everybody().await;
        let done = world.sync().await;
        let plan = world.undo(&done, Some(3)).await.unwrap();
        let (undoing, report) = world.apply(&plan).await;
        assert_eq!(report.failure(), None);
        let mut after = world.everybody().await;
        after.retain(|line| line != "new@dkm 8 inactive");
        assert_eq!(after, before);
        log.note((&plan, report));

        let refused = world.undo(&done, None).await.unwrap_err();
        let short = undoing.simple().to_string()[26..].to_owned();
        assert_eq!(refused.kind(), Kind::Stale);
        assert!(
            refused.to_string().contains(&format!("run {short}")),
            "{refused}"
        );
        log.note(refused.to_string());
    })
    .await;
}

#[tokio::test]
async fn two_previews_of_one_undo_are_applied_once() {
    on_both(&mixed(), async |world, log| {
        let done = world.sync().await;
        let one = world.undo(&done, Some(3)).await.unwrap();
        let other = world.undo(&done, Some(3)).await.unwrap();
        world.apply(&one).await;
        let (_, report) = world.apply(&other).await;
        let failure = report.failure().unwrap();
        assert_eq!(failure.kind, Kind::Stale);
        assert!(failure.message.contains("already undone"), "{failure:?}");
        log.note(report);
    })
    .await;
}

#[tokio::test]
async fn rows_changed_since_are_listed_and_left_alone() {
    on_both(&mixed(), async |world, log| {
        let done = world.sync().await;
        world
            .run("UPDATE users SET status = 'inactive' WHERE email = 'back1@dkm'")
            .await;
        world.run("DELETE FROM users WHERE email = 'new@dkm'").await;
        world
            .run("UPDATE users SET status = 'active' WHERE email = 'gone@dkm'")
            .await;
        let plan = world.undo(&done, None).await.unwrap();
        let location = &plan.locations[0];
        let changed: Vec<_> = location
            .changed
            .iter()
            .map(|row| row.email.as_str())
            .collect();
        assert_eq!(changed, ["new@dkm", "gone@dkm", "back1@dkm"]);
        let (_, report) = world.apply(&plan).await;
        assert_eq!(
            report.sentence(),
            "Undo completed successfully! 1 users deactivated, 0 users reactivated, 3 users left \
             alone."
        );
        assert_eq!(status(world, "gone@dkm").await, "active");
        assert_eq!(status(world, "back2@dkm").await, "inactive");
        log.note((plan, report));
    })
    .await;
}

#[tokio::test]
async fn a_run_of_a_version_that_sealed_otherwise_can_be_undone() {
    on_both(&mixed(), async |world, _| {
        let (run, mut plan) = world.sync().await;
        let whole = (plan.id, &plan.database, plan.undoes, &plan.locations);
        let earlier = seal(&whole).unwrap();
        assert_ne!(earlier, plan.hash);
        plan.hash = earlier;
        let undo = world.undo(&(run, plan), Some(9)).await.unwrap();
        world.apply(&undo).await;
        assert_eq!(status(world, "back1@dkm").await, "inactive");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_somebody_wrote_to_is_left_alone_even_with_the_same_status() {
    on_both(&mixed(), async |world, _| {
        let done = world.sync().await;
        world
            .run("UPDATE users SET updated_at = '2037-01-01' WHERE email = 'back1@dkm'")
            .await;
        let plan = world.undo(&done, Some(9)).await.unwrap();
        let changed = &plan.locations[0].changed;
        assert_eq!(changed[0].is, "active, but written to since");
        assert_eq!(changed.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn delete_removes_the_added_and_keeps_those_that_others_refer_to() {
    let setup = Setup::of(DEV, people(&["one@dkm", "two@dkm", "three@dkm"]));
    on_both(&setup, async |world, log| {
        let done = world.sync().await;
        let id = match world.database {
            Some(_) => "BIGINT UNSIGNED",
            None => "INTEGER",
        };
        world
            .run(&format!(
                "CREATE TABLE orders (user_id {id}, \
                 FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE)"
            ))
            .await;
        let order = "INSERT INTO orders SELECT id FROM users WHERE email =";
        world.run(&format!("{order} 'two@dkm'")).await;
        let request = undo::Request {
            run: done.0,
            plan: done.1.clone(),
            delete: true,
            max_deactivate: Some(3),
        };
        let plan = world.undo_with(request.clone()).await.unwrap();
        let location = &plan.locations[0];
        assert_eq!((location.remove.len(), location.deactivate.len()), (2, 1));
        assert!(
            location.notes.iter().any(|note| note.contains("two@dkm")),
            "{location:?}"
        );

        // Somebody refers to one of them by now: a cascade would take the order along.
        world.run(&format!("{order} 'one@dkm'")).await;
        let (_, report) = world.apply(&plan).await;
        assert_eq!(report.failure().unwrap().kind, Kind::Stale);
        assert_eq!(world.everybody().await.len(), 3);
        log.note((&plan, report.locations.len()));

        let plan = world.undo_with(request).await.unwrap();
        let (_, report) = world.apply(&plan).await;
        assert_eq!(
            report.sentence(),
            "Undo completed successfully! 2 users deactivated, 0 users reactivated, 1 users \
             removed."
        );
        let everybody = world.everybody().await;
        assert_eq!(everybody, ["one@dkm 8 inactive", "two@dkm 8 inactive"]);
        log.note(report);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_wrote_nothing_has_nothing_to_undo() {
    on_both(&mixed(), async |world, log| {
        let plan = world.plan().await;
        let undoing = world
            .undo(&(uuid::Uuid::now_v7(), plan), None)
            .await
            .unwrap();
        let report = world
            .users()
            .apply(undoing.clone(), &job_of(uuid::Uuid::now_v7()))
            .await;
        assert_eq!(report.unwrap().failure(), None);
        log.note(undoing);
    })
    .await;
}

#[tokio::test]
async fn an_undo_can_be_undone() {
    on_both(&mixed(), async |world, log| {
        let done = world.sync().await;
        let synced = world.everybody().await;
        let plan = world.undo(&done, Some(3)).await.unwrap();
        let (run, _) = world.apply(&plan).await;
        let again = world.undo(&(run, plan), None).await.unwrap();
        let (_, report) = world.apply(&again).await;
        assert_eq!(world.everybody().await, synced);
        log.note((again, report));
    })
    .await;
}
