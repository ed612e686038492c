//! What goes wrong at the portal: nothing is lost but what is named, and the rest is as if nothing
//! had been.

use std::time::Duration;

use selaras::dapodik::{Request, Scope, Timeouts};
use selaras::engine::{Event, Outcome as _, Verdict};
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::portal::{AfterLastPage, ListState, Setup};

use super::super::{Run, chosen};
use super::{
    Desk, QUICK, SOON, assert_same, continued, counts, keeps_the_rules, resume_of, signed, small,
    undisturbed,
};
use crate::harness::wait::within;

/// Without what is there of a school's PTK.
fn without(dump: &[String], npsn: &str) -> Vec<String> {
    let view = format!("|{npsn}|");
    let rows = dump.iter().filter(|row| {
        let staff = row.starts_with("data_ptk ") && row.contains(npsn);
        // The view numbers its rows: without some, the others have other numbers.
        !staff && !row.starts_with("mv_dashboard_analitik") && !row.contains(&view)
    });
    rows.cloned().collect()
}

fn asked(desk: &Desk, path: &str) -> usize {
    let requests = desk.portal.requests();
    let asked = requests.iter().filter(|seen| seen.path.contains(path));
    asked.count()
}

fn clean(run: &Run) {
    keeps_the_rules(run);
    assert_eq!(
        run.report.verdict(),
        Verdict::Clean,
        "{}",
        run.report.sentence()
    );
}

#[tokio::test]
async fn a_school_that_fails_for_ever_is_named_and_costs_no_other() {
    for desk in Desk::each(&small()).await {
        let calm = undisturbed(&desk, &small()).await;
        let npsn = desk.portal.npsn(2, 6);
        desk.portal.set_staff(&npsn, ListState::Fails(500));
        let run = desk.global().await;
        keeps_the_rules(&run);
        let report = &run.report;
        assert_eq!(report.verdict(), Verdict::Partial);
        let [skipped] = report.skipped.as_slice() else {
            panic!("{:?}", report.skipped);
        };
        assert_eq!(skipped.key, npsn);
        assert!(skipped.reason.contains("500"), "{}", skipped.reason);
        // Four tries, and four more in the second round.
        assert!(
            skipped.reason.contains("tried 8 times"),
            "{}",
            skipped.reason
        );
        // One more, where nothing else was answered meanwhile: that costs no try.
        assert!((8..=9).contains(&asked(&desk, &format!("/ptk?npsn={npsn}"))));
        let work = report.work.as_ref().unwrap();
        assert_eq!(work.second_round, Some((1, 0)));
        assert_same(&without(&desk.dump().await, &npsn), &without(&calm, &npsn));
        assert_eq!(
            report.incomplete(),
            [desk.portal.kecamatan()[2].code.clone()]
        );

        // It is mended: what is continued asks for that school alone.
        desk.portal.set_staff(&npsn, ListState::Usual);
        let before = asked(&desk, "/ptk?");
        let again = desk.sync_at(QUICK, continued(&run.events)).await;
        clean(&again);
        assert_eq!(asked(&desk, "/ptk?") - before, 1);
        assert_same(&desk.dump().await, &calm);
    }
}

#[tokio::test]
async fn a_school_that_fails_for_a_while_is_stored_by_a_try_or_the_second_round() {
    for (times, second_round) in [(3, None), (4, Some((1, 1))), (7, Some((1, 1)))] {
        for desk in Desk::each(&small()).await {
            let npsn = desk.portal.npsn(2, 6);
            let rule = Rule::new(Fault::ServerError).on("/ptk").first(times);
            desk.portal.fault(rule.with_query(format!("npsn={npsn}")));
            let run = desk.global().await;
            clean(&run);
            let work = run.report.work.as_ref().unwrap();
            assert_eq!(work.second_round, second_round);
            assert_same(&desk.dump().await, &undisturbed(&desk, &small()).await);
        }
    }
}

#[tokio::test]
async fn a_list_that_fails_is_a_kecamatan_that_fails() {
    for desk in Desk::each(&small()).await {
        let calm = undisturbed(&desk, &small()).await;
        let kecamatan = desk.portal.kecamatan()[2].clone();
        desk.portal.set_schools(&kecamatan.code, ListState::Html);
        let run = desk.global().await;
        keeps_the_rules(&run);
        assert_eq!(run.report.verdict(), Verdict::Partial);
        assert_eq!(run.report.kecamatan.done, 3);
        let [failed] = run.report.kecamatan.failed.as_slice() else {
            panic!("{:?}", run.report.kecamatan);
        };
        assert_eq!(failed.key, kecamatan.code);
        assert!(failed.reason.contains("web page"), "{}", failed.reason);
        assert!(failed.reason.contains("tried 8 times"), "{}", failed.reason);
        assert_eq!(
            desk.count("satuan_pendidikan").await,
            calm_schools(&calm) - 10
        );
        // Said once that it begins, and once for each time that it failed.
        let said = run
            .events
            .iter()
            .filter(|event| matches!(event, Event::Item { key, .. } if *key == kecamatan.code));
        assert!(said.count() <= 4);

        desk.portal.set_schools(&kecamatan.code, ListState::Usual);
        let again = desk.sync(chosen(&[&kecamatan.code])).await;
        clean(&again);
        assert_same(&desk.dump().await, &calm);
    }
}

fn calm_schools(dump: &[String]) -> usize {
    let rows = dump.iter();
    rows.filter(|row| row.starts_with("satuan_pendidikan "))
        .count()
}

#[tokio::test]
async fn a_second_page_that_fails_at_first_doubles_nothing() {
    let setup = Setup {
        per_page_cap: Some(4),
        total_rows: false,
        after: AfterLastPage::Repeated,
        ..small()
    };
    for desk in Desk::each(&setup).await {
        let wanted = desk.portal.expected();
        let code = desk.portal.kecamatan()[1].code.clone();
        // Its first page comes, its second one fails as often as it is tried.
        for number in 2..=5 {
            let rule = Rule::new(Fault::ServerError).on("/sekolah").at(number);
            desk.portal
                .fault(rule.with_query(format!("kode_kecamatan={code}")));
        }
        let run = desk.global().await;
        clean(&run);
        let work = run.report.work.as_ref().unwrap();
        assert_eq!(work.second_round, Some((1, 1)));
        assert_eq!(counts(&work.schools), (signed(wanted.schools), 0, 0));
        assert_eq!(counts(&work.staff), (signed(wanted.staff), 0, 0));
        assert_same(&desk.dump().await, &undisturbed(&desk, &small()).await);
    }
}

#[tokio::test]
async fn what_passes_by_itself_leaves_no_trace() {
    let expiring = Setup {
        token_life: Some(Duration::from_millis(150)),
        ..small()
    };
    let few_calls = Setup {
        token_calls: Some(20),
        ..small()
    };
    let silent = |setup: Setup| Setup {
        expiry: selaras::sim::portal::Expiry::Absent,
        ..setup
    };
    let ceiling = |retry_after| Setup {
        ceiling: Some(20),
        retry_after,
        ..small()
    };
    for setup in [
        silent(expiring.clone()),
        expiring,
        few_calls.clone(),
        silent(few_calls),
        ceiling(None),
        ceiling(Some(1)),
    ] {
        for desk in Desk::each(&setup).await {
            desk.portal
                .fault(Rule::new(Fault::Html).on("/ptk").first(5));
            desk.portal.fault(Rule::new(Fault::Reset).on("/ptk").at(9));
            desk.portal
                .fault(Rule::new(Fault::Cut(300)).on("/sekolah").at(2));
            let run = desk.global().await;
            clean(&run);
            assert_same(&desk.dump().await, &undisturbed(&desk, &small()).await);
        }
    }
}

#[tokio::test]
async fn a_portal_that_goes_down_and_comes_back_costs_nothing() {
    for desk in Desk::each(&small()).await {
        let (ear, running) = desk.halfway(QUICK, Request::of(Scope::Global)).await;
        desk.portal.stop();
        ear.hears("that it is down", |event| {
            matches!(event, Event::Line { source, text } if source == "portal" && text.contains("no request succeeds"))
        })
        .await;
        desk.portal.release();
        desk.portal.resume().unwrap();
        let report = within("the end", running).await.unwrap().unwrap();
        let run = Run {
            report,
            events: ear.heard(),
        };
        clean(&run);
        assert_same(&desk.dump().await, &undisturbed(&desk, &small()).await);
    }
}

#[tokio::test]
async fn a_portal_that_stays_down_is_given_up_and_the_rest_is_named() {
    let pace = Timeouts {
        portal: Some(selaras::dapodik::portal::PortalTimeouts {
            outage: Duration::from_millis(100),
            ..SOON
        }),
        ..QUICK
    };
    for desk in Desk::each(&small()).await {
        let (ear, running) = desk.halfway(pace, Request::of(Scope::Global)).await;
        desk.portal.stop();
        let report = within("the end", running).await.unwrap().unwrap();
        let run = Run {
            report,
            events: ear.heard(),
        };
        keeps_the_rules(&run);
        assert_eq!(run.report.verdict(), Verdict::Partial);
        assert!(super::is_iso(&desk.metadata().await));
        let work = run.report.work.as_ref().unwrap();
        assert!(work.outage.as_ref().unwrap().contains("is asked no more"));
        let (failed, skipped) = (&run.report.kecamatan.failed, &run.report.skipped);
        let reasons = failed.iter().chain(skipped).map(|one| &one.reason);
        assert!(
            reasons
                .clone()
                .any(|reason| reason.starts_with("not asked")),
            "{:?}",
            reasons.collect::<Vec<_>>()
        );
        let done = resume_of(&run.events).done.len();
        let named = 39 - skipped.len() - done;
        assert!(failed.is_empty() || named > 0);

        desk.portal.release();
        desk.portal.resume().unwrap();
        let again = desk.sync_at(QUICK, continued(&run.events)).await;
        clean(&again);
        assert_same(&desk.dump().await, &undisturbed(&desk, &small()).await);
    }
}

#[tokio::test]
async fn nothing_stored_is_a_failure_and_what_was_there_stays() {
    for desk in Desk::each(&small()).await {
        desk.global().await;
        let before = desk.dump().await;
        for region in desk.portal.kecamatan() {
            desk.portal.set_schools(&region.code, ListState::Fails(403));
        }
        let run = desk.global().await;
        keeps_the_rules(&run);
        assert_eq!(run.report.verdict(), Verdict::Failed);
        let value = desk.metadata().await;
        assert!(value.starts_with("ERROR: nothing was stored"), "{value}");
        assert_eq!(run.report.refresh, None);
        let rows = |dump: Vec<String>| -> Vec<String> {
            let rows = dump.into_iter();
            rows.filter(|row| !row.starts_with("LAST")).collect()
        };
        assert_same(&rows(desk.dump().await), &rows(before));
    }
}

#[tokio::test]
async fn a_notice_in_place_of_schools_is_a_failure_where_there_were_some() {
    for desk in Desk::each(&small()).await {
        let code = desk.portal.kecamatan()[3].code.clone();
        desk.portal.set_schools(&code, ListState::Keterangan);
        let run = desk.global().await;
        clean(&run);
        assert_eq!(run.report.kecamatan.done, 4);
        assert!(
            run.report
                .notes
                .iter()
                .any(|note| note.contains("«Data tidak ditemukan"))
        );

        desk.portal.set_schools(&code, ListState::Usual);
        desk.global().await;
        desk.portal.set_schools(&code, ListState::Keterangan);
        let run = desk.global().await;
        keeps_the_rules(&run);
        assert_eq!(run.report.verdict(), Verdict::Partial);
        let failed = &run.report.kecamatan.failed[0];
        assert_eq!(failed.key, code);
        assert!(
            failed.reason.contains("the database has 10 schools"),
            "{}",
            failed.reason
        );
        let gone = run.report.work.unwrap().gone.unwrap();
        assert_eq!((gone.sekolah, gone.ptk), (0, 0));
    }
}

#[tokio::test]
async fn a_school_that_two_kecamatan_list_is_stored_once() {
    for desk in Desk::each(&small()).await {
        let (npsn, codes) = (desk.portal.npsn(2, 3), desk.portal.kecamatan().to_vec());
        desk.portal.also_list(&npsn, &codes[0].code);
        desk.portal
            .also_list(&desk.portal.npsn(0, 0), &codes[3].code);
        let run = desk.global().await;
        clean(&run);
        let work = run.report.work.as_ref().unwrap();
        assert_eq!(counts(&work.schools), (38, 0, 0));
        assert_eq!(run.report.kecamatan.done, 4);
        assert_eq!(asked(&desk, &format!("/ptk?npsn={npsn}")), 1);
        assert_same(&desk.dump().await, &undisturbed(&desk, &small()).await);
    }
}

#[tokio::test]
async fn records_that_cannot_be_read_are_counted() {
    // Of its first page half of the rows are missing, though the total tells of all.
    for desk in Desk::each(&small()).await {
        desk.global().await;
        let code = desk.portal.kecamatan()[2].code.clone();
        let rule = Rule::new(Fault::ShortPage).on("/sekolah");
        desk.portal
            .fault(rule.with_query(format!("kode_kecamatan={code}")));
        let run = desk.global().await;
        keeps_the_rules(&run);
        // A list that is not whole lets nothing count as gone.
        let gone = run.report.work.unwrap().gone.unwrap();
        assert_eq!((gone.sekolah, gone.ptk), (0, 0));
    }
}
