//! A portal that refuses, is slow, or is gone: all wait together, and nothing is lost.

use std::time::Duration;

use futures_util::future::join;
use selaras::engine::Job;
use selaras::sim::portal::{PASSWORD, Setup};

use super::{Ear, Failed, Office, SOON, clean, lines, told};
use crate::harness::wait::within;

#[tokio::test]
async fn a_storm_of_429_costs_no_try_and_teaches_the_rate() {
    let office = Office::of(Setup {
        ceiling: Some(20),
        retry_after: Some(1),
        ..clean()
    });
    let ear = Ear::default();
    let lists = office.ask_all(100, &ear.job()).await;
    assert!(lists.iter().all(Result::is_ok), "{lists:?}");
    let refused = office.portal.requests() - 101;
    assert!(refused <= 30, "{refused} refused");
    let pace = office.portal.pace();
    assert!(
        pace.ceiling
            .is_some_and(|rate| (10.0..30.0).contains(&rate)),
        "{pace:?}"
    );
    let said = lines(&ear);
    assert!(!said.is_empty() && said.len() <= 5, "{said:?}");
}

#[tokio::test]
async fn a_configured_ceiling_is_never_refused() {
    let office = Office::with(
        Setup {
            ceiling: Some(22),
            ..clean()
        },
        SOON,
        "requests_per_second = 20",
        PASSWORD,
    );
    let lists = office.ask_all(50, &Job::silent()).await;
    assert!(lists.iter().all(Result::is_ok), "{lists:?}");
    assert_eq!(office.portal.requests(), 51);
}

#[tokio::test]
async fn a_healthy_portal_is_asked_by_ten_and_never_more() {
    let office = Office::of(Setup {
        latency: Duration::from_millis(50),
        ..clean()
    });
    let lists = office.ask_all(200, &Job::silent()).await;
    assert!(lists.iter().all(Result::is_ok), "{lists:?}");
    let pace = office.portal.pace();
    assert_eq!((pace.at_once, pace.most, pace.in_flight), (10, 10, 0));
    assert_eq!(pace.ceiling, None);
    assert_eq!(office.simulated.peak_concurrency(), 10);
    assert_eq!(office.portal.requests(), 201);
}

#[tokio::test]
async fn a_portal_that_goes_and_comes_back_loses_nothing() {
    let office = Office::of(Setup {
        latency: Duration::from_millis(5),
        ..clean()
    });
    let ear = Ear::default();
    let job = ear.job();
    let interrupt = async {
        let is_at_work = || (office.portal.requests() > 50).then_some(());
        crate::harness::wait::eventually("requests", is_at_work).await;
        office.simulated.stop();
        let is_down = || (!lines(&ear).is_empty()).then_some(());
        crate::harness::wait::eventually("the outage", is_down).await;
        assert!(office.portal.pace().paused.is_some());
        let asked = office.portal.requests();
        let goes_on = || (office.portal.requests() > asked + 3).then_some(());
        crate::harness::wait::eventually("looks at the portal", goes_on).await;
        office.simulated.resume().unwrap();
    };
    let (lists, ()) = within("all", join(office.ask_all(200, &job), interrupt)).await;
    let rows: usize = lists.into_iter().map(|list| list.unwrap().rows.len()).sum();
    assert_eq!(rows, 200 * 12);
    let said = lines(&ear);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("no request succeeds"), "{said:?}");
    assert!(said[1].contains("answers again"), "{said:?}");
}

#[tokio::test]
async fn a_portal_that_stays_away_is_asked_no_more() {
    let mut timeouts = SOON;
    timeouts.outage = Duration::from_millis(200);
    let office = Office::with(clean(), timeouts, "", PASSWORD);
    office.portal.sign_in(&Job::silent()).await.unwrap();
    office.simulated.stop();
    let ear = Ear::default();
    let lists = office.ask_all(100, &ear.job()).await;
    for failed in lists.into_iter().map(Result::unwrap_err) {
        assert!(matches!(failed, Failed::Outage(_)), "{failed:?}");
        assert!(told(&failed).0.contains("refused"), "{failed:?}");
    }
    let asked = office.portal.requests();
    assert!(asked < 60, "{asked}");
    let failed = office.ask_all(1, &Job::silent()).await.remove(0);
    assert!(matches!(failed, Err(Failed::Outage(_))));
    assert_eq!(office.portal.requests(), asked, "nothing more is asked");
}
