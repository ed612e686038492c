//! Every refusal names what was asked, and its hint is true.

use super::office::{Office, Server, answer};

const PAGE: &str = "<!DOCTYPE html><h1>nginx</h1>";

/// A location whose server answers so to the login, or to the list behind a good login.
async fn refused(path: &'static str, status: u16, body: &'static str) -> (String, String) {
    let server = Server::plain(move |head| {
        if head.contains(path) {
            answer(status, body)
        } else {
            answer(200, r#"{"token":"t0kenContoh"}"#)
        }
    });
    let office = Office::location(&format!("http://{}", server.address), "");
    let done = office.run("users plan dev").await;
    assert_eq!(done.exit, 4, "{}", done.err);
    let line = |start: &str| {
        let line = done
            .err
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix(start));
        line.unwrap_or_else(|| panic!("no {start} in {}", done.err))
            .to_owned()
    };
    let (error, hint) = (line("error: "), line("hint: "));
    let method = if path == LOGIN { "POST" } else { "GET" };
    let whom = format!("{method} http://{}{path}", server.address);
    assert!(error.contains(&whom), "{whom}: {error}");
    assert!(error.contains(&status.to_string()), "{error}");
    (error, hint)
}

const LOGIN: &str = "/api/auth/login";
const LIST: &str = "/api/conf/users";

#[tokio::test]
async fn what_cannot_be_found_is_not_blamed_on_the_password_nor_called_down() {
    let path = "is the path in the online_url of Dev right";
    let table = [
        (
            LOGIN,
            401,
            r#"{"error":"Unauthorized"}"#,
            "check EXTERNAL_API_EMAIL",
        ),
        (
            LOGIN,
            422,
            r#"{"message":"no"}"#,
            "check EXTERNAL_API_EMAIL",
        ),
        (LOGIN, 404, r#"{"message":"Not Found"}"#, path),
        (LOGIN, 404, PAGE, path),
        (LOGIN, 405, "", path),
        (LOGIN, 403, PAGE, "a web server before the API refused"),
        (LOGIN, 403, r#"{"message":"no"}"#, "does not admit it"),
        (
            LOGIN,
            500,
            r#"{"message":"no"}"#,
            "failed by itself: its own log",
        ),
        (LOGIN, 200, PAGE, "a web page is not what the API answers"),
        (LOGIN, 302, "", "answers without a redirect"),
        (LIST, 404, r#"{"message":"Not Found"}"#, path),
        (
            LIST,
            500,
            r#"{"message":"no"}"#,
            "failed by itself: its own log",
        ),
        (
            LIST,
            503,
            PAGE,
            "is overloaded, or the program behind it is down",
        ),
        (LIST, 403, r#"{"message":"no"}"#, "not list its users"),
        (LIST, 401, r#"{"message":"no"}"#, "not the token"),
        (LIST, 429, "", "limits requests"),
        (LIST, 200, PAGE, "a web page is not what the API answers"),
    ];
    for (place, status, body, hint) in table {
        let (error, told) = refused(place, status, body).await;
        assert!(told.contains(hint), "{place} {status}: {error}\n{told}");
        for other in ["EXTERNAL_API_PASSWORD", "is it up", "nothing was written"] {
            let meant = other == "EXTERNAL_API_PASSWORD" && hint.contains("EXTERNAL_API_EMAIL");
            assert_eq!(told.contains(other), meant, "{place} {status}: {told}");
        }
    }
}

#[tokio::test]
async fn a_plan_for_nowhere_names_the_way_to_all_of_them() {
    let office = Office::location("https://dev.example", "");
    for words in ["users plan", "users apply --yes"] {
        let done = office.run(words).await;
        assert_eq!(done.exit, 2, "{}", done.err);
        assert!(done.err.contains("--all"), "{}", done.err);
    }
}
