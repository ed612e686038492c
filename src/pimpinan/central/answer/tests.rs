use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::json;

use super::*;
use crate::http::{Asked, RetryPolicy, install_tls};

const SECRET: &str = "kunci/rahasia&1";

fn peer() -> Peer {
    install_tls();
    let second = Duration::from_secs(1);
    let retry = RetryPolicy {
        connect: second,
        request: second,
        retry_base: second,
    };
    let url = "http://127.0.0.1/".parse().unwrap();
    let peer = Peer::new("central API", &url, retry).unwrap();
    peer.keep_secret(SECRET.into());
    peer
}

fn asked() -> Asked {
    let url = "https://central.example/api?nik=3404010101800001"
        .parse()
        .unwrap();
    Asked::of(&reqwest::Method::POST, &url)
}

fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply {
        asked: asked(),
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.into().into_bytes(),
    }
}

fn sent() -> Vec<Official> {
    let official = |(id, username): (i64, &str)| Official {
        id,
        username: username.to_owned(),
        nama: "Padmarini".into(),
        jabatan: None,
        role: "pimpinan".into(),
    };
    [(4, "sekcam"), (6, "Kasi_Pem"), (7, "o'brien")]
        .map(official)
        .into()
}

fn read(status: u16, body: impl Into<String>) -> Answer {
    Answer::read(&reply(status, body), &peer(), &sent())
}

fn kind(answer: &Answer) -> Option<Kind> {
    answer.failure.as_ref().map(|failure| failure.kind)
}

#[test]
fn a_2xx_is_believed_unless_its_body_says_otherwise() {
    let table = [
        (200, r#"{"success":true,"message":"ok"}"#, None),
        (201, r#"{"status":"success"}"#, None),
        (200, r#"{"status":200,"message":"ok"}"#, None),
        (200, "{}", None),
        (200, r#"{"message":"ok","errors":[]}"#, None),
        (204, "", None),
        (202, " ", None),
        (
            200,
            r#"{"success":false,"message":"no"}"#,
            Some(Kind::Remote),
        ),
        (200, r#"{"success":"false"}"#, Some(Kind::Remote)),
        (
            200,
            r#"{"status":"error","message":"no"}"#,
            Some(Kind::Remote),
        ),
        (200, r#"{"status":"Failed"}"#, Some(Kind::Remote)),
        (200, r#"{"status":401}"#, Some(Kind::Remote)),
        (200, r#"{"error":"Unauthorized"}"#, Some(Kind::Remote)),
        (200, "<!DOCTYPE html><h1>Masuk</h1>", Some(Kind::Remote)),
        (200, "", Some(Kind::Remote)),
        (200, "OK", Some(Kind::Remote)),
        (200, "[]", Some(Kind::Remote)),
        (201, "null", Some(Kind::Remote)),
        (200, r#"{"success":true,"mess"#, Some(Kind::Remote)),
    ];
    for (status, body, failure) in table {
        let answer = read(status, body);
        assert_eq!(kind(&answer), failure, "{status} {body}");
        assert_eq!(answer.code, status);
    }
}

#[test]
fn both_shapes_give_their_words_figures_and_request_id() {
    let body = json!({"success": true, "message": "Sinkron\nberhasil", "data": {"total": 3},
                      "meta": {"request_id": "req-1"}});
    let answer = read(200, body.to_string());
    assert_eq!(answer.message, "Sinkron berhasil");
    assert_eq!(answer.request_id.as_deref(), Some("req-1"));
    assert_eq!(answer.stats, None);

    let stats = json!({"inserted": 1, "updated": "2", "skipped": 0, "conflicts": 0, "errors": []});
    let body = json!({"status": "success", "message": "ok", "data": {"stats": stats}});
    let answer = read(200, body.to_string());
    let stats = answer.stats.unwrap();
    assert_eq!((stats.inserted, stats.updated, stats.errors), (1, 2, 0));
    assert_eq!(kind(&answer), None);
}

#[test]
fn errors_of_single_users_mark_their_rows() {
    let table = [
        (
            json!([{"username": "kasi_pem ", "error": "taken"}]),
            vec![(Some(6), "Kasi_Pem", "taken")],
            1,
        ),
        (
            json!([{"username": "hantu", "error": "unknown\x1b[2J"}, {"id": 4, "message": "late"}]),
            vec![(None, "hantu", "unknown^[[2J"), (Some(4), "sekcam", "late")],
            2,
        ),
        (
            json!({"sekcam": ["a", "b"]}),
            vec![(Some(4), "sekcam", r#"["a","b"]"#)],
            1,
        ),
        (json!(["something"]), vec![(None, "", "something")], 1),
        (json!(2), vec![], 2),
    ];
    for (errors, rows, number) in table {
        let body =
            json!({"status": "success", "data": {"stats": {"inserted": 2, "errors": errors}}});
        let answer = read(200, body.to_string());
        let marked = answer.rows.iter();
        let marked: Vec<_> = marked
            .map(|row| (row.id, row.username.as_str(), row.reason.as_str()))
            .collect();
        assert_eq!(marked, rows);
        assert_eq!(kind(&answer), Some(Kind::Partial));
        assert_eq!(answer.stats.map(|stats| stats.errors), Some(number));
    }
}

#[test]
fn a_doubled_username_marks_its_row_whatever_surrounds_the_words() {
    let words = "SQLSTATE[23000]: Duplicate entry 'sekcam' for key 'username'";
    let table = [
        (
            json!({"success": false, "message": words}).to_string(),
            Some(4),
        ),
        (json!({"errors": [{"detail": words}]}).to_string(), Some(4)),
        (words.to_owned(), Some(4)),
        (words.replace('\'', "&#039;"), Some(4)),
        (words.replace("'username'", "'users.username'"), Some(4)),
        (
            words.replace("'username'", "'users_username_unique'"),
            Some(4),
        ),
        (words.replace("sekcam", "KASI_PEM"), Some(6)),
        (words.replace("sekcam", "o'brien"), Some(7)),
        (words.replace("sekcam", "hantu"), None),
        (words.replace("'username'", "'email'"), None),
        ("Duplicate entry 'sekcam".to_owned(), None),
    ];
    for (body, id) in table {
        let answer = read(500, body.as_str());
        assert_eq!(kind(&answer), Some(Kind::Remote), "never partial: {body}");
        let marked: Vec<_> = answer.rows.iter().map(|row| row.id).collect();
        assert_eq!(marked, Vec::from_iter(id.map(Some)), "{body}");
        assert!(answer.rows.iter().all(|row| row.reason == USERNAME_TAKEN));
    }
}

#[test]
fn refusals_are_told_with_the_servers_words_and_a_hint() {
    let key = r#"{"success":false,"message":"Unauthorized: Missing/Invalid API Key"}"#;
    let table = [
        (
            401,
            key,
            "401 Unauthorized: Unauthorized: Missing/Invalid API Key",
            KEY,
        ),
        (
            404,
            "<html>nginx</html>",
            "«<html>nginx</html>»",
            "is the path in `url` of [pimpinan] right",
        ),
        (
            403,
            "<html>nginx</html>",
            "403 Forbidden",
            "a web server before the API",
        ),
        (403, r#"{"message":"Forbidden"}"#, "403 Forbidden", KEY),
        (302, "", "redirects to", "without a redirect"),
        (
            502,
            "<html>",
            "502 Bad Gateway",
            "overloaded, or the program behind it is down",
        ),
        (429, "", "429 Too Many Requests", "limits requests"),
        (
            422,
            r#"{"message":"users.0 invalid"}"#,
            "users.0 invalid",
            "--json",
        ),
        (500, "", "500 Internal Server Error", "its own log says why"),
    ];
    for (status, body, said, hint) in table {
        let failure = read(status, body).failure.unwrap();
        assert!(failure.message.contains(said), "{}", failure.message);
        let whom = "POST https://central.example/api?nik=••••)";
        assert!(failure.message.contains(whom), "{}", failure.message);
        let found = failure.hint.unwrap();
        assert!(found.contains(hint), "{status}: {found}");
        assert_eq!(found.contains(KEY), hint == KEY, "{found}");
    }
}

#[test]
fn an_empty_username_there_is_told_as_what_it_is() {
    for body in [
        "SQLSTATE[23000]: Duplicate entry '' for key 'username'",
        r#"{"success":false,"message":"Duplicate entry '' for key 'users.username'"}"#,
    ] {
        let answer = read(500, body);
        let failure = answer.failure.unwrap();
        assert!(failure.message.contains("known error of its version 1"));
        assert!(!failure.message.contains("«»"), "{}", failure.message);
        assert!(failure.hint.unwrap().contains("empty username"));
        assert!(answer.rows.is_empty());
    }
}

#[test]
fn the_field_errors_of_a_422_mark_their_rows() {
    let both = vec![
        (4, "username: is required; nama: too long"),
        (7, "jabatan: must be text. too long"),
    ];
    let table = [
        (
            json!({"message": "The given data was invalid.", "errors": {
                "users.0.username": ["is required"], "users.0.nama": ["too long"],
                "users.2.jabatan": ["must be text.", "too long"], "users": ["odd"],
                "users.9.nama": ["nobody"]}}),
            both.clone(),
        ),
        (
            json!({"errors": {"users": {"0": {"username": "is required", "nama": "too long"},
                                        "2": {"jabatan": ["must be text.", "too long"]}}}}),
            both,
        ),
        (
            json!({"detail": [{"loc": ["body", "users", 1, "nama"], "msg": "field required"}]}),
            vec![(6, "nama: field required")],
        ),
        (
            json!({"errors": {"users[1][role]": "unknown"}}),
            vec![(6, "role: unknown")],
        ),
        (json!({"message": "users is required"}), vec![]),
    ];
    for (body, rows) in table {
        let answer = read(422, body.to_string());
        let marked = answer.rows.iter();
        let marked: Vec<_> = marked
            .map(|row| (row.id.unwrap(), row.reason.as_str()))
            .collect();
        assert_eq!(marked, rows, "{body}");
        assert_eq!(kind(&answer), Some(Kind::Remote), "never partial");
        let failure = answer.failure.unwrap();
        for (_, reason) in rows {
            assert!(failure.message.contains(reason), "{}", failure.message);
        }
    }
}

#[test]
fn an_answer_behind_a_mark_or_a_php_warning_is_understood_and_told() {
    let warning =
        "<br />\n<b>Warning</b>:  Undefined {x} in <b>/a.php</b> on line <b>3</b><br />\n";
    for before in ["\u{feff}", warning, "Notice: a b c\r\n\r\n"] {
        let answer = read(
            200,
            format!("{before}{{\"success\":true,\"message\":\"ok\"}}"),
        );
        assert_eq!((kind(&answer), answer.message.as_str()), (None, "ok"));
        let note = answer.note.unwrap();
        assert!(note.contains("before its answer"), "{note}");
        let body = format!("{before}{{\"success\":false,\"message\":\"no\"}}");
        assert_eq!(kind(&read(200, body)), Some(Kind::Remote));
    }
    assert_eq!(read(200, "{}").note, None);
    let page = "<html><script>x = {\"success\":true}</script></html>{\"success\":true}";
    assert_eq!(
        kind(&read(200, page)),
        Some(Kind::Remote),
        "a web page says nothing"
    );
}

#[test]
fn a_failure_in_spite_of_a_200_is_no_200_in_the_log() {
    let table = [
        (200, r#"{"success":true}"#, 200),
        (200, r#"{"success":false}"#, 0),
        (200, "<html>", 0),
        (201, "{}", 201),
        (500, "", 500),
        (200, r#"{"data":{"stats":{"errors":1}}}"#, 200),
    ];
    for (status, body, logged) in table {
        let answer = read(status, body);
        assert_eq!(
            (answer.code, answer.logged_code()),
            (status, logged),
            "{body}"
        );
    }
}

#[test]
fn no_key_and_no_long_body_comes_into_words_or_log() {
    let echo = format!("X-API-KEY: {SECRET} {}", "x".repeat(100_000));
    let html = SECRET.replace('&', "&amp;");
    for body in [
        echo.clone(),
        format!("<p>{html}</p>"),
        json!({"success": false, "message": echo}).to_string(),
        json!({"success": true, "message": SECRET, "meta": {"request_id": SECRET}}).to_string(),
        json!({"data": {"stats": {"errors": [{"username": SECRET, "error": SECRET}]}}}).to_string(),
        format!("Duplicate entry '{SECRET}' for key 'username'"),
    ] {
        for status in [200, 401, 500] {
            let said = format!("{:?}", read(status, body.as_str()));
            assert!(!said.contains(SECRET) && !said.contains(&html), "{said}");
            assert!(said.chars().count() < 2_000);
        }
    }
}

#[test]
fn without_an_answer_the_code_is_zero_and_what_is_known_is_said() {
    let table = [
        (
            RequestError::Refused(asked()),
            Kind::Remote,
            "cannot be reached: Connection refused by central.example:443 (POST https://central",
            "nobody listens at central.example:443",
        ),
        (
            RequestError::Timeout(asked()),
            Kind::Remote,
            "Connection timeout: central.example:443 did not answer in time",
            HINT_REPEAT,
        ),
        (
            RequestError::Stopped,
            Kind::Stopped,
            "was stopped",
            HINT_REPEAT,
        ),
    ];
    for (trouble, kind, said, hint) in table {
        let answer = Answer::none(&trouble, &peer());
        let failure = answer.failure.unwrap();
        assert_eq!((answer.code, failure.kind), (0, kind));
        assert!(failure.message.contains(said), "{}", failure.message);
        assert!(failure.hint.unwrap().contains(hint));
    }
    let huge = RequestError::TooLarge(Box::new(reply(200, "a".repeat(100_000))));
    let answer = Answer::none(&huge, &peer());
    assert_eq!((answer.code, answer.response.chars().count()), (200, 201));
    assert!(answer.failure.unwrap().message.chars().count() < 400);
}
