//! Districts, schools page by page, PTK: in every form that a portal gives them.

use std::time::Duration;

use selaras::dapodik::{Nik, Npsn};
use selaras::engine::Job;
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::portal::{AfterLastPage, ListState, NOTHING, STAFF, Setup};

use super::{Ear, Failed, Office, SOON, clean, code, told};
use crate::harness::wait::within;

#[tokio::test]
async fn every_form_of_a_list_is_read_to_its_end() {
    let forms = [
        (AfterLastPage::Keterangan, true, false),
        (AfterLastPage::Keterangan, false, true),
        (AfterLastPage::Empty, false, false),
        (AfterLastPage::Repeated, false, true),
        (AfterLastPage::Repeated, true, true),
    ];
    for (after, total_rows, wrapped) in forms {
        let office = Office::of(Setup {
            per_page_cap: Some(20),
            after,
            total_rows,
            wrapped,
            bom: wrapped,
            ..clean()
        });
        let job = Job::silent();
        let districts = office.portal.districts(&job).await.unwrap();
        assert_eq!(districts.len(), 17);
        assert!(
            districts
                .iter()
                .all(|one| one.provinsi == one.provinsi.trim())
        );
        let mut list = office.portal.schools(&districts[0].code);
        let mut sizes = Vec::new();
        while let Some(rows) = list.next(&job).await.unwrap() {
            sizes.push(rows.len());
        }
        assert_eq!(sizes, [20, 20, 5], "{after:?}");
        assert!(list.is_complete(), "{after:?}");
        assert_eq!(list.told_total(), total_rows.then_some(45));
        assert_eq!(list.notice(), None);
    }
}

#[tokio::test]
async fn a_notice_is_no_record_and_a_short_list_is_not_complete() {
    let office = Office::of(clean());
    let job = Job::silent();
    let mut list = office.portal.schools(&code("99.99.99"));
    assert!(list.next(&job).await.unwrap().is_none());
    assert_eq!(list.notice(), Some(NOTHING));
    let nothing = office.portal.staff("99999999", &job).await.unwrap();
    assert_eq!(
        (nothing.rows.len(), nothing.notice.as_deref()),
        (0, Some(NOTHING))
    );

    office.simulated.fault(Fault::ShortPage);
    let districts = office.portal.districts(&job).await.unwrap();
    let mut list = office.portal.schools(&districts[0].code);
    while list.next(&job).await.unwrap().is_some() {}
    assert!(!list.is_complete() && list.told_total() == Some(45));
}

#[tokio::test]
async fn one_person_is_there_or_not() {
    let office = Office::of(clean());
    let (nik, npsn) = (office.simulated.nik(0, 0, 3), office.simulated.npsn(0, 0));
    let (nik, npsn) = (Nik::parse(&nik).unwrap(), Npsn::parse(&npsn).unwrap());
    let job = Job::silent();
    let row = office.portal.one_staff(&nik, &npsn, &job).await.unwrap();
    assert_eq!(
        row.unwrap()[0].as_deref().map(str::trim),
        Some(nik.expose())
    );
    let nobody = Nik::parse("3404071708900001").unwrap();
    let row = office.portal.one_staff(&nobody, &npsn, &job).await.unwrap();
    assert_eq!(row, None);
    let settings = "one_staff = \"/elsewhere\"";
    let office = Office::with(clean(), SOON, settings, super::PASSWORD);
    let row = office.portal.one_staff(&nik, &npsn, &job).await.unwrap();
    assert_eq!(row, None, "404");
}

#[tokio::test]
async fn what_may_pass_is_tried_four_times_and_a_refusal_once() {
    let office = Office::of(clean());
    let npsn = office.simulated.npsn(0, 0);
    let table = [
        (ListState::Fails(500), 4, "500 Internal Server Error"),
        (ListState::Fails(503), 4, "503 Service Unavailable"),
        (ListState::Html, 4, "200 OK, a web page"),
        (ListState::Fails(400), 1, "400 Bad Request"),
        (ListState::Fails(403), 1, "403 Forbidden"),
        (ListState::Fails(404), 1, "404 Not Found"),
    ];
    for (state, wanted, words) in table {
        office.simulated.set_staff(&npsn, state);
        let ear = Ear::default();
        // An answer between failures: they are of this question, not of the portal.
        office.portal.districts(&ear.job()).await.unwrap();
        let before = office.portal.requests();
        let failed = office.portal.staff(&npsn, &ear.job()).await.unwrap_err();
        let (said, tries) = told(&failed);
        assert_eq!(tries, wanted, "{state:?}");
        assert!(said.contains(words) && said.contains(&npsn), "{said}");
        assert_eq!(office.portal.requests() - before, u64::from(wanted));
    }
    // Trouble that passes is no failure.
    office.simulated.set_staff(&npsn, ListState::Usual);
    for fault in [Fault::Garble, Fault::Empty, Fault::Cut(200), Fault::Html503] {
        office.simulated.clear_faults().unwrap();
        office.simulated.fault(Rule::new(fault).on(STAFF).first(2));
        let list = within("a list", office.portal.staff(&npsn, &Job::silent())).await;
        assert_eq!(list.unwrap().rows.len(), 12, "{fault:?}");
    }
}

#[tokio::test]
async fn a_stop_ends_every_wait_at_once() {
    let mut timeouts = SOON;
    timeouts.retry = Duration::from_mins(10);
    let office = Office::with(clean(), timeouts, "", super::PASSWORD);
    let npsn = office.simulated.npsn(0, 0);
    let fast = Office::of(Setup {
        latency: Duration::from_mins(10),
        ..clean()
    });
    for (office, waits_for_a_try) in [(&office, true), (&fast, false)] {
        office.simulated.set_staff(&npsn, ListState::Fails(503));
        let ear = Ear::default();
        let job = ear.job();
        let stop = async {
            if waits_for_a_try {
                let is_retry = |event: &selaras::engine::Event| event.retry_line().is_some();
                ear.hears("another try", is_retry).await;
            }
            ear.cancel.cancel();
        };
        let asking = office.portal.staff(&npsn, &job);
        let (asked, ()) = within("a stop", futures_util::future::join(asking, stop)).await;
        assert!(matches!(asked, Err(Failed::Stopped)));
    }
}
