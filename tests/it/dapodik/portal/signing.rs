//! Tokens: one renewal for all who wait, before the end of one and after a 401.

use std::time::Duration;

use selaras::engine::Job;
use selaras::error::Kind;
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::portal::{Expiry, STAFF, Setup, TOKEN};

use super::{Failed, Office, SOON, clean, told};

#[tokio::test]
async fn ten_requests_that_meet_a_401_at_once_renew_the_token_once() {
    let office = Office::of(Setup {
        latency: Duration::from_millis(50),
        ..clean()
    });
    let job = Job::silent();
    office.portal.sign_in(&job).await.unwrap();
    office.simulated.expire_tokens();
    let lists = office.ask_all(10, &job).await;
    assert!(lists.iter().all(Result::is_ok), "{lists:?}");
    assert_eq!(office.simulated.tokens_issued(), 2);
    assert_eq!(office.portal.requests(), 1 + 10 + 1 + 10);
}

#[tokio::test]
async fn a_token_that_is_good_for_few_calls_is_enough() {
    for calls in [20, 50] {
        let office = Office::of(Setup {
            token_calls: Some(calls),
            ..clean()
        });
        let lists = office.ask_all(200, &Job::silent()).await;
        assert!(lists.iter().all(Result::is_ok), "{lists:?}");
        let least = 200 / calls;
        let issued = office.simulated.tokens_issued();
        assert!(
            (least..=least * 2 + 2).contains(&issued),
            "{issued} for {calls}"
        );
    }
}

#[tokio::test]
async fn a_token_is_renewed_before_its_end() {
    for expiry in [Expiry::Utc, Expiry::Local] {
        let office = Office::of(Setup {
            token_life: Some(Duration::from_secs(2)),
            expiry,
            latency: Duration::from_millis(20),
            ..clean()
        });
        for _ in 0..3 {
            let lists = office.ask_all(300, &Job::silent()).await;
            assert!(lists.iter().all(Result::is_ok), "{lists:?}");
        }
        let issued = office.simulated.tokens_issued();
        assert!(issued >= 2, "{expiry:?}");
        // No request met a 401: each school was asked for once.
        assert_eq!(office.portal.requests(), 900 + issued, "{expiry:?}");
    }
}

#[tokio::test]
async fn a_refused_login_names_the_variables_and_is_not_repeated() {
    let office = Office::with(clean(), SOON, "", "mistyped");
    let job = Job::silent();
    let lists = office.ask_all(20, &job).await;
    for failed in lists.into_iter().map(Result::unwrap_err) {
        let (words, _) = told(&failed);
        assert!(matches!(failed, Failed::Outage(_)));
        for name in ["DAPODIK_USERNAME", "DAPODIK_PASSWORD", "DAPODIK_API_KEY"] {
            assert!(words.contains(name), "{words}");
        }
    }
    assert_eq!(office.portal.requests(), 1);
    let error = office.portal.sign_in(&job).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Remote);
    assert_eq!(office.portal.requests(), 2);
}

#[tokio::test]
async fn a_token_that_is_never_taken_ends() {
    let office = Office::of(clean());
    let always = Rule::new(Fault::UnauthorizedAfter(0)).on(STAFF);
    office.simulated.fault(always);
    let failed = office
        .ask_all(1, &Job::silent())
        .await
        .remove(0)
        .unwrap_err();
    assert!(told(&failed).0.contains("401"), "{failed:?}");
    assert_eq!(office.simulated.tokens_issued(), 4);
}

#[tokio::test]
async fn a_busy_login_is_tried_again() {
    let office = Office::of(clean());
    let rule = Rule::new(Fault::Unavailable).on(TOKEN).first(3);
    office.simulated.fault(rule);
    assert!(office.portal.sign_in(&Job::silent()).await.is_ok());
    assert_eq!(office.portal.requests(), 4);
}
