//! The look into the database after a sync: "done" proves nothing.

use jiff::SignedDuration;
use selaras::config::DatabaseUrl;
use selaras::dapodik::{Report, Scope};
use selaras::engine::{Outcome as _, Verdict};
use selaras::sim::backend::{Setup, Storing, tables};

use super::{World, chosen};
use crate::harness::clock;

/// What every database must show; `setup` says where the backend stores, `world` where one looks.
pub(super) async fn is_seen_through(world: &World, storing: &Storing) {
    let report = world.sync(Scope::Global).await.report;
    match storing {
        Storing::All => {
            assert_eq!(
                (report.verified, report.verdict()),
                (Some(true), Verdict::Clean)
            );
            assert_eq!((report.sekolah, report.ptk), (Some(51), Some(102)));
        }
        Storing::Nothing => {
            assert_eq!(report.kecamatan.failed.len(), 17);
            names(&report, "34.04.07 Depok (Sleman)");
        }
        Storing::Without(_) => {
            assert_eq!(
                (report.kecamatan.done, report.kecamatan.failed.len()),
                (15, 2)
            );
            names(&report, "34.04.10 ");
            names(&report, "34.04.07 Depok (Sleman)");
        }
        Storing::SkippingOneOf(_) => {
            assert_eq!((report.kecamatan.done, report.skipped.len()), (17, 1));
            let depok = &world.backend.kecamatan()[6];
            names(&report, &tables::npsn(depok, 0));
        }
    }
}

/// Partial, and the missing one is named to people.
fn names(report: &Report, what: &str) {
    assert_eq!(
        (report.verified, report.verdict()),
        (Some(false), Verdict::Partial)
    );
    let failure = report.failure().unwrap();
    assert_eq!(failure.kind.exit(), 11);
    let rows = report.kecamatan.failed.iter().chain(&report.skipped);
    assert!(
        rows.clone().any(|row| row.label.starts_with(what)),
        "{what}: {report:?}"
    );
    assert!(
        failure
            .message
            .contains("the backend says that it is done, but")
    );
}

pub(super) fn ways() -> [Storing; 4] {
    [
        Storing::All,
        Storing::Nothing,
        Storing::Without(vec!["34.04.07".to_owned(), "34.04.10".to_owned()]),
        Storing::SkippingOneOf(vec!["34.04.07".to_owned()]),
    ]
}

#[tokio::test]
async fn what_a_backend_stored_is_counted_and_what_it_did_not_is_named() {
    for storing in ways() {
        let world = World::storing(Setup {
            storing: storing.clone(),
            ..Setup::default()
        })
        .await;
        // What was there before is not taken for what was stored now.
        world.store_before().await;
        is_seen_through(&world, &storing).await;
    }
}

impl World {
    /// Fills the tables as an earlier sync left them.
    pub(super) async fn store_before(&self) {
        let text = self.database.as_deref().unwrap();
        let url = DatabaseUrl::parse(text, self.folder.path()).unwrap();
        let setup = Setup::default();
        let yesterday = clock::of_the_machine() - SignedDuration::from_hours(24);
        let then = format!("{yesterday:.3}");
        for region in self.backend.kecamatan() {
            let tables = tables::Tables::at(&url);
            let stored = tables.store(region, 0..setup.schools, setup.ptk, &then);
            stored.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_second_sync_that_stores_nothing_is_seen_through_too() {
    let world = World::storing(Setup {
        storing: Storing::Without(vec!["34.04.02".to_owned()]),
        ..Setup::default()
    })
    .await;
    for _ in 0..2 {
        let report = world.sync(chosen(&["34.04.01", "34.04.02"])).await.report;
        assert_eq!(
            (report.kecamatan.done, report.verdict()),
            (1, Verdict::Partial)
        );
        assert!(report.kecamatan.failed[0].key == "34.04.02", "{report:?}");
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_read_means_not_verified_and_no_failure() {
    let mut world = World::new(Setup::default());
    let path = world.folder.path().join("broken.db");
    std::fs::write(
        &path,
        "this is no database, and long enough to be looked at",
    )
    .unwrap();
    world.database = Some(format!("sqlite:{}", path.display()));
    let report = world.sync(Scope::Global).await.report;
    assert_eq!((report.verdict(), report.verified), (Verdict::Clean, None));
    assert!(
        report.sentence().contains("Not verified: "),
        "{}",
        report.sentence()
    );
}
