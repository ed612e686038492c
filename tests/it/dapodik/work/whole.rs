//! Every scope, into a file and into a PostgreSQL with E-Alumni's tables and materialized view.

use std::time::Duration;

use selaras::dapodik::model::End;
use selaras::dapodik::tables::Refreshed;
use selaras::dapodik::{Nik, Npsn, Scope};
use selaras::engine::{Outcome as _, Verdict};
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::portal::StaffDirt;

use super::super::chosen;
use super::{
    Desk, assert_same, continued, counts, is_iso, keeps_the_rules, signed, small, undisturbed,
};
use crate::harness::wait::within;

#[tokio::test]
async fn a_global_sync_stores_what_the_portal_has_and_counts_the_dirt() {
    for desk in Desk::each(&small()).await {
        let wanted = desk.portal.expected();
        let run = desk.global().await;
        keeps_the_rules(&run);
        let report = &run.report;
        let work = report.work.as_ref().unwrap();
        assert_eq!(report.verdict(), Verdict::Clean, "{}", report.sentence());
        assert_eq!(report.kecamatan.done, wanted.districts as u64);
        assert_eq!(counts(&work.schools), (signed(wanted.schools), 0, 0));
        assert_eq!(counts(&work.staff), (signed(wanted.staff), 0, 0));
        assert_eq!(desk.count("satuan_pendidikan").await, wanted.schools);
        assert_eq!(desk.count("data_ptk").await, wanted.staff);
        let both = |of: fn(&selaras::dapodik::tables::Written) -> u64| {
            usize::try_from(of(&work.schools) + of(&work.staff)).unwrap()
        };
        assert_eq!(both(|one| one.skipped), wanted.skipped());
        assert_eq!(both(|one| one.also_at), wanted.at_two_schools);
        assert_eq!(
            both(|one| one.doubles),
            wanted.doubled_schools + wanted.doubled_staff
        );
        assert_eq!(both(|one| one.nulled), wanted.impossible());
        assert_eq!(both(|one| one.unknown_districts), wanted.unknown_districts);
        assert_eq!(both(|one| one.removed_characters), wanted.nul_bytes);
        assert_eq!(report.without_ptk.len(), wanted.without_staff);
        assert_eq!(work.metadata_before, None);
        assert!(is_iso(&desk.metadata().await));
        assert_eq!(report.last_sync, Some(desk.metadata().await));
        if desk.is_file() {
            assert!(matches!(work.refreshed, Some(Refreshed::Rebuilt { .. })));
        } else {
            assert_eq!(work.refreshed, Some(Refreshed::Concurrently));
        }

        let before = desk.dump().await;
        let again = desk.global().await;
        keeps_the_rules(&again);
        let work = again.report.work.as_ref().unwrap();
        assert_eq!(counts(&work.schools), (0, 0, signed(wanted.schools)));
        assert_eq!(counts(&work.staff), (0, 0, signed(wanted.staff)));
        assert!(work.metadata_before.as_deref().is_some_and(super::is_iso));
        assert_same(&desk.dump().await, &before);
    }
}

#[tokio::test]
async fn rows_and_counts_do_not_depend_on_the_order_of_answers() {
    for desk in Desk::each(&small()).await {
        let wanted = desk.portal.expected();
        let calm = undisturbed(&desk, &small()).await;
        // Those that would come first come last, the first time; the other way round the second.
        let slow = |place: (usize, usize)| {
            let query = format!("npsn={}", desk.portal.npsn(place.0, place.1));
            let fault = Fault::Slow(Duration::from_millis(700));
            Rule::new(fault).on("/ptk").with_query(query)
        };
        desk.portal.fault(slow((0, 1)));
        desk.portal.fault(slow((0, 5)));
        let run = desk.global().await;
        let work = run.report.work.unwrap();
        assert_eq!(counts(&work.staff), (signed(wanted.staff), 0, 0));
        assert_eq!(work.staff.also_at, wanted.at_two_schools as u64);
        assert_same(&desk.dump().await, &calm);
        desk.portal.clear_faults().unwrap();
        desk.portal.fault(slow((0, 2)));
        desk.portal.fault(slow((1, 2)));
        desk.portal.fault(slow((1, 3)));
        let run = desk.global().await;
        let work = run.report.work.unwrap();
        assert_eq!(counts(&work.staff), (0, 0, signed(wanted.staff)));
        assert_same(&desk.dump().await, &calm);
    }
}

#[tokio::test]
async fn the_state_of_the_last_sync_is_told_while_it_runs_and_afterwards() {
    for desk in Desk::each(&small()).await {
        desk.global().await;
        let when = "2026-02-27 01:00:00";
        desk.run(&format!(
            "UPDATE system_metadata SET value = '2026-02-27T01:00:00.000Z', \"updatedAt\" = '{when}'"
        ))
        .await;
        desk.portal.fault(
            Rule::new(Fault::Slow(Duration::from_millis(1500)))
                .on("/ptk")
                .at(1),
        );
        let request = selaras::dapodik::Request::of(Scope::Global);
        let (ear, running) = desk.begin_at(super::QUICK, request).await;
        ear.hears("a stage", |event| {
            matches!(event, selaras::engine::Event::Stage { stage } if stage == "fetch and store")
        })
        .await;
        assert_eq!(desk.metadata().await, "RUNNING");
        let report = within("the end", running).await.unwrap().unwrap();
        assert!(is_iso(&desk.metadata().await));
        let work = report.work.unwrap();
        assert_eq!(
            work.metadata_before.as_deref(),
            Some("2026-02-27T01:00:00.000Z")
        );
        let updated = desk
            .one("SELECT CAST(\"updatedAt\" AS text) FROM system_metadata")
            .await;
        assert_eq!(updated, when);
    }
}

#[tokio::test]
async fn the_other_scopes_write_theirs_and_leave_the_last_sync_alone() {
    for desk in Desk::each(&small()).await {
        let wanted = desk.portal.expected();
        let calm = undisturbed(&desk, &small()).await;
        let code = &desk.portal.kecamatan()[1].code;
        let run = desk.sync(chosen(&[code])).await;
        keeps_the_rules(&run);
        assert_eq!(run.report.verdict(), Verdict::Clean);
        assert_eq!(desk.count("ref_wilayah").await, 1);
        assert_eq!(desk.count("satuan_pendidikan").await, 10);
        assert_eq!(desk.metadata().await, "");
        assert!(run.report.refresh.is_some() && run.report.last_sync.is_none());

        // All schools: those of every kecamatan in ref_wilayah, of which there is one.
        desk.sync(Scope::AllSekolah).await;
        assert_eq!(desk.count("satuan_pendidikan").await, 10);
        for region in desk.portal.kecamatan() {
            desk.run(&format!(
                "INSERT INTO ref_wilayah VALUES ('{}', '{}', '{}', '{}', '34', \
                 'Daerah Istimewa Yogyakarta') ON CONFLICT DO NOTHING",
                region.code, region.name, region.kabupaten_code, region.kabupaten
            ))
            .await;
        }
        let run = desk.sync(Scope::AllSekolah).await;
        keeps_the_rules(&run);
        assert_eq!(run.report.verdict(), Verdict::Clean);
        assert_eq!(desk.count("satuan_pendidikan").await, wanted.schools);
        assert!(run.report.refresh.is_some());
        assert_eq!(run.report.sekolah, Some(wanted.schools as u64));

        let run = desk.sync(Scope::AllPtk).await;
        keeps_the_rules(&run);
        assert_eq!(run.report.verdict(), Verdict::Clean);
        assert_eq!(desk.metadata().await, "");
        let of = |dump: &[String], table: &str| -> Vec<String> {
            let rows = dump.iter().filter(|row| row.starts_with(table));
            rows.cloned().collect()
        };
        let found = desk.dump().await;
        for table in ["satuan_pendidikan", "data_ptk"] {
            assert_same(&of(&found, table), &of(&calm, table));
        }
    }
}

#[tokio::test]
async fn one_ptk_is_written_as_it_was_shown() {
    for desk in Desk::each(&small()).await {
        desk.global().await;
        let stamp = desk.metadata().await;
        let (nik, npsn) = (desk.portal.nik(2, 3, 4), desk.portal.npsn(2, 3));
        let before = desk.dump().await;
        desk.run(&format!(
            "UPDATE data_ptk SET nama_ptk = 'Lain', no_hp = '1' WHERE nik = '{nik}'"
        ))
        .await;
        let scope = |nik: &str, npsn: &str| Scope::Ptk {
            nik: Nik::parse(nik).unwrap(),
            npsn: Npsn::parse(npsn).unwrap(),
        };
        let run = desk.sync(scope(&nik, &npsn)).await;
        keeps_the_rules(&run);
        assert_eq!(run.report.verdict(), Verdict::Clean);
        let message = run.report.message.unwrap();
        assert!(message.starts_with("Sync detail "), "{message}");
        assert_same(&desk.dump().await, &before);
        assert_eq!(desk.metadata().await, stamp);

        // At another school it keeps its own.
        let dirt = StaffDirt::AlsoInAnotherDistrict;
        let (nik, other) = (desk.portal.dirty_staff(dirt), desk.portal.npsn(1, 2));
        let owner = desk.portal.npsn(0, 1);
        let run = desk.sync(scope(&nik, &other)).await;
        assert_eq!(run.report.verdict(), Verdict::Clean);
        let sql = format!("SELECT npsn FROM data_ptk WHERE nik = '{nik}'");
        assert_eq!(desk.one(&sql).await, owner);

        // Nobody there, and nothing is written.
        let request = selaras::dapodik::Request::of(scope("3404010101010001", &npsn));
        let error = desk.plan(request).await.unwrap_err();
        assert!(
            error.chain().contains("has no PTK ••••"),
            "{}",
            error.chain()
        );
    }
}

#[tokio::test]
async fn the_view_is_refreshed_plainly_where_it_must_be() {
    let Some(desk) = Desk::server(small()).await else {
        return;
    };
    for (sql, why) in [
        (
            "REFRESH MATERIALIZED VIEW mv_dashboard_analitik WITH NO DATA",
            "was not populated",
        ),
        ("DROP INDEX mv_dashboard_analitik_id", "has no unique index"),
    ] {
        desk.run(sql).await;
        let run = desk.global().await;
        let said = run.report.refresh.clone().unwrap();
        assert!(said.contains(why), "{said}");
        assert_eq!(run.report.verdict(), Verdict::Clean);
        assert!(run.report.sentence().contains(why));
        assert!(desk.count("mv_dashboard_analitik").await > 0);
    }
    desk.run("DROP MATERIALIZED VIEW mv_dashboard_analitik")
        .await;
    let run = desk.global().await;
    assert_eq!(run.report.verdict(), Verdict::Clean);
    assert!(
        run.report
            .sentence()
            .contains("There is no mv_dashboard_analitik")
    );
}

#[tokio::test]
async fn what_the_portal_names_no_longer_stays_and_is_listed() {
    for desk in Desk::each(&small()).await {
        desk.global().await;
        let before = desk.dump().await;
        let (school, nik) = (desk.portal.npsn(2, 0), desk.portal.nik(3, 1, 2));
        let hidden = desk.portal.npsn(3, 5);
        desk.portal.drop_school(&school);
        desk.portal.drop_school(&hidden);
        desk.portal.drop_staff(&nik);
        // The list of this kecamatan fails: nothing of it counts as gone.
        let code = desk.portal.kecamatan()[3].code.clone();
        desk.portal.fault(
            Rule::new(Fault::ServerError)
                .on("/sekolah")
                .with_query(format!("kode_kecamatan={code}")),
        );
        let run = desk.global().await;
        assert_eq!(run.report.verdict(), Verdict::Partial);
        let gone = run.report.work.as_ref().unwrap().gone.clone().unwrap();
        assert_eq!((gone.sekolah, gone.ptk), (1, 0), "{gone:?}");
        assert_eq!(gone.named[0].key, school);
        assert_same(&desk.dump().await, &before);

        desk.portal.clear_faults().unwrap();
        let run = desk.global().await;
        keeps_the_rules(&run);
        let gone = run.report.work.as_ref().unwrap().gone.clone().unwrap();
        assert_eq!((gone.sekolah, gone.ptk), (2, 1), "{gone:?}");
        assert!(gone.named.iter().any(|one| one.key.ends_with(&nik[12..])));
        assert_same(&desk.dump().await, &before);
        assert_eq!(run.report.end, End::Done);
    }
}

#[tokio::test]
async fn a_sample_is_one_school_as_it_would_be_written() {
    for desk in Desk::each(&small()).await {
        let request = selaras::dapodik::Request {
            sample: true,
            ..selaras::dapodik::Request::of(Scope::Global)
        };
        let plan = desk.plan(request).await.unwrap();
        let now = crate::harness::clock::now();
        let lines = selaras::dapodik::preview(&plan, None, now);
        let sample = plan.portal.unwrap().sample.unwrap();
        assert_eq!(sample.count, 13);
        assert_eq!(sample.staff.len(), 3);
        assert_eq!(super::whole_nik(&lines.join("\n")), None);
        assert!(!desk.is_file() || !desk.url.path().unwrap().exists());
    }
}

#[tokio::test]
async fn a_sync_that_is_continued_at_its_end_asks_for_no_ptk() {
    for desk in Desk::each(&small()).await {
        let run = desk.global().await;
        let dump = desk.dump().await;
        let asked = |desk: &Desk| {
            let requests = desk.portal.requests();
            let staff = requests
                .iter()
                .filter(|seen| seen.path.starts_with("/ptk?"));
            staff.count()
        };
        let before = asked(&desk);
        let again = desk.sync_at(super::QUICK, continued(&run.events)).await;
        keeps_the_rules(&again);
        assert_eq!(again.report.verdict(), Verdict::Clean);
        assert_eq!(asked(&desk), before);
        assert_same(&desk.dump().await, &dump);
    }
}
