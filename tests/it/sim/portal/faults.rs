//! What goes wrong at the portal: faults for one school, tokens that end, a ceiling.

use std::time::Duration;

use futures_util::future::join_all;
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::portal::{
    API_KEY, DISTRICTS, PASSWORD, Portal, SCHOOLS, STAFF, Setup, TOKEN, TOKEN_MARK,
};
use serde_json::Value;

use super::{Visitor, client, credentials, form, json_of, sign_in, small};
use crate::harness::wait::eventually;

#[tokio::test]
async fn a_fault_may_be_for_one_school_or_kecamatan() {
    let visitor = Visitor::of(small()).await;
    let (broken, whole) = (visitor.portal.npsn(1, 7), visitor.portal.npsn(1, 8));
    let rule = Rule::new(Fault::ServerError).on(STAFF);
    let pair = format!("npsn={broken}");
    visitor.portal.fault(rule.with_query(pair).first(2));
    let code = &visitor.portal.kecamatan()[0].code;
    let rule = Rule::new(Fault::Html).on(SCHOOLS);
    let pair = format!("kode_kecamatan={code}");
    visitor.portal.fault(rule.with_query(pair));

    let staff = format!("{STAFF}?npsn={broken}");
    assert_eq!(visitor.staff(&whole).await.len(), 12);
    for status in [500, 500, 200] {
        assert_eq!(visitor.status(&staff).await, status);
    }
    assert_eq!(visitor.schools(1).await.len(), 11);
    let path = visitor.schools_path(0, 1, 100);
    let answer = visitor.request(&path).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    visitor.portal.clear_faults().unwrap();
    assert_eq!(visitor.schools(0).await.len(), 10);
}

#[tokio::test]
async fn faults_of_a_listing_are_those_of_the_schools() {
    let visitor = Visitor::of(small()).await;
    let npsn = |row: &Value| row["npsn"].as_str().unwrap().trim().to_owned();
    let first = visitor.portal.npsn(0, 0);
    let table = [
        (Fault::ForgetPage, 0, "10"),
        (Fault::EmptyList, 0, "0"),
        (Fault::ShortPage, 5, "10"),
        (Fault::DoubledRow, 10, "10"),
        (Fault::WrongTotal, 10, "17"),
        (Fault::TotalChanges, 10, "11"),
        (Fault::DeletedRow, 9, "9"),
    ];
    for (fault, length, total) in table {
        visitor.portal.fault(fault);
        let rows = visitor.schools(0).await;
        visitor.portal.clear_faults().unwrap();
        assert_eq!(rows.len(), length, "{fault}");
        if length > 0 {
            assert_eq!(rows[0]["total_rows"], total, "{fault}");
            let firsts = rows.iter().filter(|row| npsn(row) == first).count();
            let expected = match fault {
                Fault::DoubledRow => 2,
                Fault::DeletedRow => 0,
                _ => 1,
            };
            assert_eq!(firsts, expected, "{fault}");
        }
    }
}

#[tokio::test]
async fn a_token_is_good_for_so_many_calls() {
    let visitor = Visitor::of(Setup {
        token_calls: Some(3),
        ..small()
    })
    .await;
    for status in [200, 200, 200, 401, 401] {
        assert_eq!(visitor.status(DISTRICTS).await, status);
    }
    let answer = sign_in(&visitor.client, &visitor.portal).send().await;
    let answer = json_of(answer.unwrap()).await;
    let renewed = Visitor {
        token: answer["access_token"].as_str().unwrap().to_owned(),
        ..visitor
    };
    assert_eq!(renewed.status(DISTRICTS).await, 200);
    assert_eq!(renewed.portal.tokens_issued(), 2);
}

#[tokio::test]
async fn a_token_ends_when_it_is_told_to_or_its_life_is_over() {
    let visitor = Visitor::of(small()).await;
    assert_eq!(visitor.status(DISTRICTS).await, 200);
    visitor.portal.expire_tokens();
    assert_eq!(visitor.status(DISTRICTS).await, 401);

    let life = Duration::from_millis(300);
    let portal = Portal::start(Setup {
        token_life: Some(life),
        ..small()
    })
    .unwrap();
    let client = client();
    let answer = sign_in(&client, &portal).send().await.unwrap();
    let answer = json_of(answer).await;
    let end: jiff::Timestamp = answer["expired_date"].as_str().unwrap().parse().unwrap();
    let visitor = Visitor {
        portal,
        client,
        token: answer["access_token"].as_str().unwrap().to_owned(),
    };
    assert_eq!(visitor.status(DISTRICTS).await, 200);
    let clock = selaras::clock::Clock::System;
    eventually("the end of the token", || (clock.now() > end).then_some(())).await;
    eventually_refused(&visitor).await;
}

/// The two clocks, of the token and of what is told, may differ a little.
async fn eventually_refused(visitor: &Visitor) {
    let mut status = visitor.status(DISTRICTS).await;
    for _ in 0..1_000 {
        if status == 401 {
            break;
        }
        status = visitor.status(DISTRICTS).await;
    }
    assert_eq!(status, 401);
}

#[tokio::test]
async fn more_requests_than_the_ceiling_are_too_many() {
    for retry_after in [Some(2), None] {
        let visitor = Visitor::of(Setup {
            ceiling: Some(5),
            retry_after,
            ..small()
        })
        .await;
        // Within a second at most five come through, and signing in was one of them.
        let requests = (0..40).map(|_| visitor.request(DISTRICTS).send());
        let answers = join_all(requests).await;
        let (mut passed, mut refused) = (0, 0);
        for answer in answers {
            let answer = answer.unwrap();
            match answer.status().as_u16() {
                200 => passed += 1,
                429 => {
                    refused += 1;
                    let told = answer.headers().get("retry-after");
                    let told = told.map(|value| value.to_str().unwrap().parse().unwrap());
                    assert_eq!(told, retry_after);
                }
                other => panic!("{other}"),
            }
        }
        assert!(passed >= 4 && refused > 0, "{passed} passed, {refused} not");
        let again = async {
            loop {
                if visitor.status(DISTRICTS).await == 200 {
                    return;
                }
            }
        };
        crate::harness::wait::within("room below the ceiling", again).await;
    }
}

#[tokio::test]
async fn a_form_is_echoed_with_its_secrets() {
    let portal = Portal::start(small()).unwrap();
    portal.fault(Rule::new(Fault::EchoPassword).on(TOKEN));
    let request = client().post(portal.url() + TOKEN);
    let answer = form(request, &credentials())
        .header("X-API-KEY", API_KEY)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 422);
    let said = answer.text().await.unwrap();
    assert!(said.contains(PASSWORD) && said.contains(API_KEY), "{said}");
}

#[tokio::test]
async fn secrets_are_not_kept_with_the_requests() {
    let visitor = Visitor::of(small()).await;
    visitor.schools(0).await;
    let all = format!("{:?}", visitor.portal.requests());
    assert!(all.contains("kode_kecamatan=34.04.01"), "{all}");
    for secret in [PASSWORD, API_KEY, TOKEN_MARK] {
        assert!(!all.contains(secret));
    }
}
