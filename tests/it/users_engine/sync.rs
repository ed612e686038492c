//! Plans and applies, and what is in the database afterwards.

use selaras::engine::{Outcome, Summary};
use selaras::error::Kind;
use selaras::sim::people as invented;
use selaras::users::plan::GuardName;

use super::world::{DEV, PROD, Place, Setup, TEST, Transcript, World, on_both, people};

/// `Test` as it is in the database: 12 users.
fn test_setup() -> Setup {
    let local = invented::test_local();
    let local: Vec<_> = local.iter().map(String::as_str).collect();
    Setup::of(TEST, invented::test()).here("active", &local)
}

#[tokio::test]
async fn a_first_sync_adds_all_25_and_a_second_one_has_nothing_to_do() {
    let setup = Setup::of(DEV, invented::dev());
    on_both(&setup, async |world: &World, log: &mut Transcript| {
        let plan = world.plan().await;
        let (_, report) = world.apply(&plan).await;
        let sentence =
            "Sync completed successfully! 25 users added, 0 users deactivated, 0 users unchanged.";
        assert_eq!(
            (plan.locations[0].new.len(), report.sentence()),
            (25, sentence.into())
        );
        log.note((plan, report));
        log.note(world.everybody().await);
        let again = world.plan().await;
        let (_, report) = world.apply(&again).await;
        assert!(again.is_empty());
        assert_eq!(
            report.sentence(),
            "Sync completed successfully! 0 users added, 0 users deactivated, 25 users unchanged."
        );
        log.note((again, report));
    })
    .await;
}

#[tokio::test]
async fn test_has_3_new_2_gone_and_10_unchanged() {
    on_both(&test_setup(), async |world, log| {
        let plan = world.plan().await;
        let location = &plan.locations[0];
        let counts = [
            &location.new,
            &location.deactivate,
            &location.unchanged_rows,
        ];
        assert_eq!(counts.map(Vec::len), [3, 2, 10]);
        let (_, report) = world.apply(&plan).await;
        log.note((plan, report));
        log.note(world.everybody().await);
    })
    .await;
}

#[tokio::test]
async fn one_email_at_three_locations_is_three_users() {
    let vendor = people(&["vendor1@dkm"]);
    let places = [DEV, TEST, PROD].map(|place| (place, vendor.clone()));
    let setup = Setup {
        there: places.into(),
        ..Setup::default()
    };
    on_both(&setup, async |world, log| {
        let (_, plan) = world.sync().await;
        let everybody = world.everybody().await;
        assert_eq!(
            everybody,
            [
                "vendor1@dkm 1 active",
                "vendor1@dkm 7 active",
                "vendor1@dkm 8 active"
            ]
        );
        // The embedded database lists locations as configured, the foreign one by name.
        let mut locations = plan.locations;
        locations.sort_by_key(|location| location.location_id);
        log.note(locations);
    })
    .await;
}

#[tokio::test]
async fn a_row_with_capitals_is_matched_and_never_doubled() {
    let setup = Setup::of(DEV, people(&["user1@dkm", "user2@dkm"]))
        .here("active", &["User1@DKM"])
        .here("inactive", &["USER2@dkm"]);
    on_both(&setup, async |world, log| {
        let (_, plan) = world.sync().await;
        log.note(plan);
        let everybody = world.everybody().await;
        assert_eq!(everybody, ["USER2@dkm 8 active", "User1@DKM 8 active"]);
    })
    .await;
}

#[tokio::test]
async fn reactivations_are_named_and_protected_rows_stay() {
    let setup = Setup {
        protected: "\"*@kantor\"",
        ..Setup::of(
            DEV,
            people(&["back@dkm", "stays@dkm", "-off@dkm", "boss@kantor"]),
        )
        .here("active", &["stays@dkm", "off@dkm", "old@kantor"])
        .here("inactive", &["back@dkm", "boss@kantor"])
    };
    on_both(&setup, async |world, log| {
        let plan = world.plan().await;
        let (_, report) = world.apply(&plan).await;
        assert_eq!(
            report.sentence(),
            "Sync completed successfully! 0 users added, 1 users reactivated, 1 users \
             deactivated, 1 users unchanged."
        );
        log.note((plan, report));
        let everybody = world.everybody().await;
        let wanted = [
            "back@dkm 8 active",
            "boss@kantor 8 inactive",
            "off@dkm 8 inactive",
            "old@kantor 8 active",
            "stays@dkm 8 active",
        ];
        assert_eq!(everybody, wanted);
    })
    .await;
}

#[tokio::test]
async fn conflicts_are_counted_after_the_documented_sentence() {
    let table = [
        (vec!["new@dkm", "a b@dkm"], "1 conflict left as it was."),
        (
            vec!["new@dkm", "a b@dkm", "nobody"],
            "2 conflicts left as they were.",
        ),
    ];
    for (there, left) in table {
        let setup = Setup::of(DEV, people(&there));
        on_both(&setup, async |world, log| {
            let plan = world.plan().await;
            let (_, report) = world.apply(&plan).await;
            let wanted = format!(
                "Sync completed successfully! 1 users added, 0 users deactivated, 0 users \
                 unchanged. {left}"
            );
            assert_eq!(report.sentence(), wanted);
            // The same is said where nothing is left to do.
            let again = world.plan().await;
            assert!(again.settled().ends_with(left), "{}", again.settled());
            log.note((plan, report));
        })
        .await;
    }
}

#[tokio::test]
async fn three_of_four_missing_trip_the_guard_and_nothing_is_written() {
    let setup =
        Setup::of(DEV, people(&["a@dkm"])).here("active", &["a@dkm", "b@dkm", "c@dkm", "d@dkm"]);
    on_both(&setup, async |world, log| {
        let before = world.everybody().await;
        let plan = world.plan().await;
        let tripped = plan.locations[0].tripped().unwrap();
        assert_eq!(tripped.name, GuardName::Deactivations);
        let (_, report) = world.apply(&plan).await;
        assert_eq!(report.failure().unwrap().kind, Kind::Guard);
        assert_eq!(world.everybody().await, before);
        log.note((plan, report));
        // A figure that is too small is no permission; the right one is.
        let (_, report) = world.apply(&world.plan_allowing(2).await).await;
        assert_eq!(report.failure().unwrap().kind, Kind::Guard);
        let (_, report) = world.apply(&world.plan_allowing(3).await).await;
        assert_eq!(
            (report.failure(), report.locations[0].deactivated),
            (None, 3)
        );
        log.note(world.everybody().await);
    })
    .await;
}

#[tokio::test]
async fn the_figure_typed_for_one_location_is_no_permission_for_another() {
    let here =
        |place: Place| ["b", "c", "d"].map(|name| (place.0, format!("{name}@dkm"), "active"));
    let setup = Setup {
        there: [DEV, TEST].map(|place| (place, people(&["a@dkm"]))).into(),
        here: [here(DEV), here(TEST)].concat(),
        ..Setup::default()
    };
    on_both(&setup, async |world, _| {
        let mut plan = world.plan().await;
        plan.allow(DEV.1, 3).unwrap();
        let (_, report) = world.apply(&plan).await;
        let done = report
            .locations
            .iter()
            .map(|row| (row.code.as_str(), row.deactivated));
        assert_eq!(done.collect::<Vec<_>>(), [("dev", 3), ("test", 0)]);
        assert_eq!(report.failure().unwrap().kind, Kind::Guard);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_down_is_a_row_of_the_plan() {
    let setup = Setup {
        there: vec![(DEV, invented::dev()), (TEST, invented::test())],
        ..Setup::default()
    };
    on_both(&setup, async |world, log| {
        world.branch(TEST).stop();
        let plan = world.plan().await;
        let error = plan.locations[1].error.as_ref().unwrap();
        let url = world.branch(TEST).url();
        let place = url.trim_start_matches("http://");
        assert_eq!(
            error.message,
            format!(
                "Failed to login to external API: Connection refused by {place} \
                 (POST {url}/api/auth/login)"
            )
        );
        let (_, report) = world.apply(&plan).await;
        assert_eq!(report.failure().unwrap().kind, Kind::Partial);
        assert_eq!(world.everybody().await.len(), 25);
        log.note(report);
    })
    .await;
}

#[tokio::test]
async fn a_plan_is_applied_once() {
    on_both(&test_setup(), async |world, log| {
        let plan = world.plan().await;
        world.apply(&plan).await;
        let after = world.everybody().await;
        let (_, report) = world.apply(&plan).await;
        let failure = report.failure().unwrap();
        assert_eq!(failure.kind, Kind::Stale);
        assert!(
            failure.message.contains("already applied by admin@kantor"),
            "{failure:?}"
        );
        assert_eq!(world.everybody().await, after);
        log.note(report);
    })
    .await;
}
