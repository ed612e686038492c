//! Every answer that is no plain success: its name, the rows it marks, what it leaks.

use selaras::engine::{Outcome as _, Verdict};
use selaras::error::Kind;
use selaras::sim::central::{Official, Setup, Shape};
use selaras::sim::docku::OFFICE;
use selaras::sim::fault::Fault;

use super::office::Office;

/// Somebody of another office who has the username of our row 6 already.
pub fn taken() -> Official {
    Official {
        id: 900,
        username: Some("KASI_PEM".into()),
        nama: Some("Orang Lain".into()),
        jabatan: None,
        role: Some("pimpinan".into()),
    }
}

async fn shaped(shape: Shape, officials: Vec<Official>) -> Office {
    let setup = Setup {
        shape,
        officials,
        ..Setup::default()
    };
    Office::with(setup, &OFFICE).await
}

#[tokio::test]
async fn a_wrong_key_is_refused_with_a_hint_at_the_key() {
    let mut office = Office::usual().await;
    office.key = "kunci-lama-3D".into();
    let report = office.push().await;
    let failure = report.failure().unwrap();
    assert_eq!((failure.kind, report.code), (Kind::Remote, Some(401)));
    assert!(failure.message.contains("Missing/Invalid API Key"));
    assert!(failure.hint.unwrap().contains("PIMPINAN_API_KEY"));
    assert!(office.forwarded_to().is_empty());
}

#[tokio::test]
async fn a_username_taken_elsewhere_marks_its_row_and_fails_the_push() {
    let office = shaped(Shape::Classic, vec![taken()]).await;
    let report = office.push().await;
    assert_eq!((report.code, report.sent), (Some(500), 0));
    assert_eq!(report.failure().unwrap().kind, Kind::Remote);
    let marked: Vec<_> = report
        .rows
        .iter()
        .map(|row| (row.id, &*row.username))
        .collect();
    assert_eq!(marked, [(Some(6), "kasi_pem")]);
    assert!(report.rows[0].reason.contains("under another id"));
    assert_eq!(office.statuses(), [Some(500)], "a 500 is not tried again");
    assert_eq!(office.forwarded_to(), [900]);
}

#[tokio::test]
async fn the_newer_shape_tells_figures_and_names_those_not_taken_in() {
    let office = shaped(Shape::Stats, Vec::new()).await;
    let report = office.push().await;
    assert_eq!(report.verdict(), Verdict::Clean);
    assert_eq!(report.stats.unwrap().inserted, 6);
    assert!(report.sentence().contains("6 inserted, 0 updated"));

    let office = shaped(Shape::Stats, vec![taken()]).await;
    let report = office.push().await;
    let failure = report.failure().unwrap();
    assert_eq!(
        (report.verdict(), failure.kind.exit()),
        (Verdict::Partial, 11)
    );
    assert!(failure.message.starts_with("1 of 6 officials not taken in"));
    assert_eq!((report.rows[0].id, report.sent), (Some(6), 6));
    assert_eq!(office.forwarded_to(), [4, 7, 8, 9, 10, 900]);
}

#[tokio::test]
async fn a_200_that_takes_itself_back_is_a_failure() {
    for shape in [Shape::ClassicRefusal, Shape::StatsRefusal] {
        let office = shaped(shape, Vec::new()).await;
        let report = office.push().await;
        let failure = report.failure().unwrap();
        assert_eq!((failure.kind, report.code), (Kind::Remote, Some(200)));
        let said = "Data pengguna ditolak (POST http://127.0.0.1:";
        assert!(failure.message.contains(said), "{}", failure.message);
        assert_eq!(report.verdict(), Verdict::Failed);
    }
}

#[tokio::test]
async fn no_fault_is_taken_for_success_or_says_too_much() {
    let table = [
        (Fault::Html, Some(200), false),
        (Fault::Html503, Some(503), false),
        (Fault::Empty, Some(200), false),
        (Fault::Garble, Some(200), false),
        (Fault::WrongType, Some(200), true),
        (Fault::Huge, Some(200), false),
        (Fault::Redirect, Some(302), false),
        (Fault::RedirectLoop, Some(302), false),
        (Fault::EchoPassword, Some(422), false),
        (Fault::Attack, Some(200), true),
        (Fault::Cut(60), Some(0), false),
        (Fault::ByteByByte, Some(200), true),
    ];
    for (fault, code, success) in table {
        let office = Office::usual().await;
        office.central.fault(fault);
        let report = office.push().await;
        assert_eq!(
            (report.code, report.failure().is_none()),
            (code, success),
            "{fault}"
        );
        let kind = report.failure().map(|failure| failure.kind);
        assert!(kind.is_none_or(|kind| kind == Kind::Remote), "{fault}");
        let [line] = office.log().try_into().unwrap();
        let said = format!("{}\n{line}", serde_json::to_string(&report).unwrap());
        assert!(said.chars().count() < 2_000, "{fault}: {said}");
        assert!(!said.contains(&office.key), "{fault}: {said}");
        let harmless = |letter: char| letter == '\n' || !letter.is_control();
        assert!(said.chars().all(harmless), "{fault}: {said:?}");
    }
}

#[tokio::test]
async fn a_body_of_100_mb_gives_a_short_excerpt() {
    let office = Office::usual().await;
    office.central.fault(Fault::Huge);
    let failure = office.push().await.failure().unwrap();
    let begin = "the central API answered 200 OK, but more than 32 MiB: «{\"message\":\"aaaa";
    assert!(failure.message.starts_with(begin), "{}", failure.message);
    assert!(failure.message.chars().count() < 400);
}
