//! The look into the database after a sync: "done" proves nothing.

use jiff::SignedDuration;
use selaras::config::DatabaseUrl;
use selaras::dapodik::{Report, Scope};
use selaras::engine::{Outcome as _, Verdict};
use selaras::sim::backend::{Setup, Storing, sleman, tables};

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
            assert_eq!((report.sekolah, report.ptk), (Some(51), Some(408)));
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
            let label = &report.skipped[0].label;
            assert!(label.ends_with(" in 34.04.07 Depok (Sleman)"), "{label}");
            assert_eq!(report.incomplete(), ["34.04.07"]);
            let hint = report.failure().unwrap().hint.unwrap();
            assert!(hint.contains("kecamatan 34.04.07`"), "{hint}");
        }
        Storing::NotListing(_) => {
            // A school that left the portal fails nothing, tonight or any other night.
            assert_eq!(
                (report.verified, report.verdict(), report.failure()),
                (Some(true), Verdict::Clean, None)
            );
            assert_eq!(
                (report.sekolah, report.no_longer_listed.len()),
                (Some(50), 1)
            );
            let reason = &report.no_longer_listed[0].reason;
            assert!(reason.starts_with("last stored "), "{reason}");
            assert!(report.sentence().contains("No longer listed: "));
        }
        Storing::OnlyOneOf(_) => {
            assert_eq!(
                (report.verified, report.verdict()),
                (Some(true), Verdict::Clean)
            );
            assert_eq!(report.fewer_ptk.len(), 1, "{report:?}");
            assert_eq!(report.fewer_ptk[0].reason, "1 PTK, 8 before");
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

/// So many PTK that losing all but one is no accident.
pub(super) const PTK: usize = 8;

pub(super) fn ways() -> [Storing; 6] {
    let depok = || vec![tables::npsn(&sleman()[6], 1)];
    [
        Storing::NotListing(depok()),
        Storing::OnlyOneOf(depok()),
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
            ptk: PTK,
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
        let yesterday = clock::of_the_machine() - SignedDuration::from_hours(24);
        let then = format!("{yesterday:.3}");
        let (schools, ptk) = (Setup::default().schools, PTK);
        for region in self.backend.kecamatan() {
            let tables = tables::Tables::at(&url);
            let stored = tables.store(region, 0..schools, ptk, &then);
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
async fn a_school_that_never_had_ptk_is_named_and_not_called_verified() {
    let world = World::storing(Setup {
        storing: Storing::SkippingOneOf(vec!["34.04.07".to_owned()]),
        ..Setup::default()
    })
    .await;
    let report = world.sync(Scope::Global).await.report;
    assert_eq!(
        (report.verified, report.verdict(), report.failure()),
        (Some(true), Verdict::Clean, None)
    );
    let sentence = report.sentence();
    for part in ["verified but for 1 school", "Without PTK, not verified: "] {
        assert!(sentence.contains(part), "{part}: {sentence}");
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_read_means_could_not_be_verified() {
    let mut world = World::new(Setup::default());
    let path = world.folder.path().join("broken.db");
    std::fs::write(
        &path,
        "this is no database, and long enough to be looked at",
    )
    .unwrap();
    let missing = world.folder.path().join("missing.db");
    for path in [path, missing] {
        world.database = Some(format!("sqlite:{}", path.display()));
        let report = world.sync(Scope::Global).await.report;
        assert_eq!(
            (report.verdict(), report.verified),
            (Verdict::Partial, None)
        );
        let failure = report.failure().unwrap();
        assert_eq!(failure.kind.exit(), 11);
        assert!(
            failure.message.contains("could not be verified"),
            "{failure:?}"
        );
        assert!(report.sentence().contains("Could not be verified: "));
    }
}
