//! Who is sent, who is not, and what a push tells.

use jiff::tz::TimeZone;
use selaras::db::{Access, Connection};
use selaras::engine::{Engine as _, Job, Outcome as _, Summary as _, Verdict};
use selaras::error::Kind;
use selaras::pimpinan::{Pushed, Request, describe};
use selaras::sim::central::Setup;
use selaras::sim::docku::{OFFICE, Row, UNREAD};
use serde_json::Value;

use super::office::{Office, SEKCAM};
use crate::harness::clock;
use crate::harness::wait::within;

#[tokio::test]
async fn of_thirteen_rows_seven_are_excluded_by_role_and_six_are_sent() {
    let office = Office::usual().await;
    let plan = office.plan().await;
    let expected = "13 rows, 7 excluded by role, 6 to send, 0 refused";
    assert_eq!(describe::figures(&plan), expected);
    let payload = plan.payload().unwrap();
    let report = office.apply(plan).await.unwrap();
    assert_eq!(report.verdict(), Verdict::Clean);
    assert_eq!((report.code, report.sent), (Some(200), 6));
    assert_eq!(report.message, "Sinkronisasi 6 pengguna berhasil");
    assert_eq!(report.request_id.as_deref(), Some("req-000001"));
    assert_eq!(office.forwarded_to(), [4, 6, 7, 8, 9, 10]);
    assert_eq!(office.central.payloads(), std::slice::from_ref(&payload));
    let sent: Value = serde_json::from_str(&payload).unwrap();
    for user in sent["users"].as_array().unwrap() {
        let keys: Vec<_> = user.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "username", "nama", "jabatan", "role"]);
    }
    assert!(!payload.contains(UNREAD));
}

#[tokio::test]
async fn a_push_is_written_down_without_payload_and_read_back() {
    let office = Office::usual().await;
    assert_eq!(office.engine().last_push().unwrap(), None);
    office.push().await;
    let [line] = office.log().try_into().unwrap();
    let url = office.engine().url();
    let said =
        format!(" [SYNC_USERS] To: {url} | Code: 200 | Count: 6 | Response: {{\"success\":true,");
    assert_eq!(line.find(&said), Some(19), "{line}");
    assert!(!line.contains("sekcam") && !line.contains(&office.key));
    let last = office.engine().last_push().unwrap().unwrap();
    assert_eq!((last.url, last.code, last.count), (url, 200, Some(6)));
}

#[tokio::test]
async fn unusable_rows_are_refused_with_reasons_and_never_sent() {
    let row = |id, username| Row {
        id,
        username,
        ..SEKCAM
    };
    let rows = [
        row(1, None),
        row(2, Some("")),
        row(3, Some("   ")),
        row(4, Some(" kasi_pem")),
        row(5, Some("Lurah")),
        row(6, Some("lurah")),
        row(7, Some("sekcam")),
        Row {
            nama: " ",
            ..row(8, Some("kasi_pmd"))
        },
    ];
    let office = Office::with(Setup::default(), &rows).await;
    let plan = office.plan().await;
    let json = serde_json::to_value(&plan).unwrap();
    let refused = json["refused"].as_array().unwrap();
    let reasons: Vec<_> = refused
        .iter()
        .map(|one| (one["id"].as_i64().unwrap(), one["reason"].as_str().unwrap()))
        .collect();
    let twice = "username occurs twice among the candidates (upper and lower case are the same)";
    let expected = [
        (1, "username is NULL"),
        (2, "username is empty"),
        (3, "username is only blanks"),
        (4, "username is padded with blanks"),
        (5, twice),
        (6, twice),
        (8, "nama is empty"),
    ];
    assert_eq!(reasons, expected);
    assert_eq!(json["refused"][0]["username"], Value::Null);
    assert_eq!(json["send"].as_array().unwrap().len(), 1);
    office.apply(plan).await.unwrap();
    assert_eq!(office.forwarded_to(), [7]);
}

#[tokio::test]
async fn when_nobody_is_to_be_sent_nothing_is_sent() {
    let staff = &OFFICE[..3];
    let office = Office::with(Setup::default(), staff).await;
    let plan = office.plan().await;
    assert!(plan.is_empty());
    let report = office.apply(plan).await.unwrap();
    assert_eq!(report.sentence(), "Nobody is to be sent; nothing was sent.");
    assert_eq!((report.verdict(), report.code), (Verdict::Clean, None));
    assert!(office.central.requests().is_empty() && office.log().is_empty());
}

#[tokio::test]
async fn a_push_is_logged_at_the_time_of_its_job_in_the_zone_of_the_machine() {
    let office = Office::usual().await;
    let plan = office.plan().await;
    let job = Job::silent().at(clock::still());
    let engine = office.engine();
    within("a push", engine.apply(plan, &job)).await.unwrap();
    let local = clock::now().to_zoned(TimeZone::system());
    let stamp = local.strftime("%Y-%m-%d %H:%M:%S").to_string();
    assert!(office.log()[0].contains(&stamp), "{:?}", office.log());
}

#[tokio::test]
async fn what_changed_is_seen_against_the_last_push() {
    let office = Office::usual().await;
    let plan = office.plan().await;
    let report = office.apply(plan.clone()).await.unwrap();
    let pushed = Pushed::of(plan, &report, clock::now());
    let request = Request {
        last: pushed,
        ..Request::default()
    };
    let again = office.plan_of(request.clone()).await.unwrap();
    assert!(again.since.as_ref().unwrap().is_empty() && !again.has_changes());
    office.apply(again).await.unwrap();
    assert_eq!(office.central.payloads().len(), 2, "it is still possible");

    office
        .change("UPDATE users SET jabatan = NULL WHERE id = 6")
        .await;
    office
        .change("UPDATE users SET role = 'staff' WHERE id = 7")
        .await;
    office
        .change("UPDATE users SET role = 'pimpinan' WHERE id = 13")
        .await;
    let since = office.plan_of(request).await.unwrap().since.unwrap();
    assert_eq!((since.new[0].id, since.gone[0].id), (13, 7));
    assert_eq!(since.changed[0].username, "kasi_pem");
    assert_eq!(since.changed[0].fields, ["jabatan"]);
}

#[tokio::test]
async fn roles_are_excluded_and_ids_chosen_for_one_push() {
    let office = Office::usual().await;
    let request = Request {
        exclude_roles: vec![" PIMPINAN".into()],
        ..Request::default()
    };
    assert!(office.plan_of(request).await.unwrap().is_empty());
    let only = |ids: &[i64]| Request {
        only: Some(ids.to_vec()),
        ..Request::default()
    };
    let plan = office.plan_of(only(&[6, 4])).await.unwrap();
    assert_eq!((plan.send.len(), plan.left_out.len()), (2, 4));
    office.apply(plan).await.unwrap();
    assert_eq!(office.forwarded_to(), [4, 6]);
    for (id, said) in [(5, "excluded by role"), (99, "no user 99")] {
        let error = office.plan_of(only(&[4, id])).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert!(error.to_string().contains(said));
    }
}

#[tokio::test]
async fn a_plan_writes_nothing_and_makes_no_database() {
    let office = Office::usual().await;
    let before = office.files();
    office.plan().await;
    assert_eq!(office.files(), before);

    let office = Office::without_docku(Setup::default());
    let before = office.files();
    let error = office.plan_of(Request::default()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Database);
    assert!(error.to_string().contains("there is no database"));
    assert_eq!(office.files(), before);
}

#[tokio::test]
async fn a_database_that_is_not_docku_is_told_so() {
    let office = Office::without_docku(Setup::default());
    let mut connection = Connection::open(&office.docku(), Access::Write)
        .await
        .unwrap();
    connection
        .command("CREATE TABLE users (id INTEGER, email TEXT)")
        .await
        .unwrap();
    connection.close().await.unwrap();
    let error = office.plan_of(Request::default()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Database);
    assert!(
        error
            .advice()
            .unwrap()
            .contains("is this Docku's database?")
    );
}

#[tokio::test]
async fn what_changed_since_the_preview_is_not_sent() {
    for sql in [
        "UPDATE users SET nama = 'Lain' WHERE id = 6",
        "UPDATE users SET jabatan = NULL WHERE id = 6",
        "DELETE FROM users WHERE id = 6",
    ] {
        let office = Office::usual().await;
        let plan = office.plan().await;
        office.change(sql).await;
        let error = office.apply(plan).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Stale);
        assert!(error.to_string().contains("(kasi_pem)"), "{error}");
        assert!(office.central.requests().is_empty() && office.log().is_empty());
    }
}

#[tokio::test]
async fn a_plan_that_was_changed_or_is_for_elsewhere_is_refused() {
    let office = Office::usual().await;
    let plan = office.plan().await;
    let mut changed = plan.clone();
    changed.send[0].role = "camat".into();
    let other = Office::usual().await;
    for (office, plan) in [(&office, changed), (&other, plan)] {
        let error = office.apply(plan).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Stale);
        assert!(office.central.requests().is_empty());
    }
}

#[tokio::test]
async fn a_push_that_cannot_be_written_down_is_not_made() {
    let office = Office::usual().await;
    std::fs::write(office.path("logs"), "no folder").unwrap();
    let plan = office.plan().await;
    let error = office.apply(plan).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Local);
    assert!(office.central.requests().is_empty());
}

#[tokio::test]
async fn without_a_usable_key_nothing_is_sent() {
    for key in ["", "two\nlines"] {
        let mut office = Office::usual().await;
        office.key = key.to_owned();
        let plan = office.plan().await;
        let error = office.apply(plan).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Config, "{key:?}");
        assert!(error.chain().contains("PIMPINAN_API_KEY"));
        assert!(office.central.requests().is_empty());
    }
}

#[tokio::test]
async fn nothing_is_left_beside_dockus_file_whether_it_is_open_or_not() {
    let office = Office::usual().await;
    let names = || -> Vec<_> {
        let files = office.files().into_iter();
        files.map(|(path, _)| path).collect()
    };
    let mut docku = Connection::open(&office.docku(), Access::Write)
        .await
        .unwrap();
    // Docku's own program is at work, with its journal beside the file.
    docku
        .command("UPDATE users SET nama = 'Baru' WHERE id = 4")
        .await
        .unwrap();
    let (before, plan) = (names(), office.plan().await);
    assert!(before.iter().any(|path| path.ends_with("docku.db-wal")));
    assert_eq!((&*plan.send[0].nama, names()), ("Baru", before));
    docku.close().await.unwrap();

    let (before, plan) = (names(), office.plan().await);
    assert!(!before.iter().any(|path| path.ends_with("docku.db-wal")));
    assert_eq!((&*plan.send[0].nama, names()), ("Baru", before));
}
