//! Who is let in: tokens by header and by cookie, the key; and nobody else, whatever they send.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use super::{KEY, SECRET, Server, place, token};
use crate::script::shell::done;

const ADDRESSES: [&str; 6] = [
    "POST /sync/run",
    "GET /sync/status",
    "GET /sync/log",
    "GET /sync/runs",
    "DELETE /sync/runs/0",
    "GET /nowhere",
];

/// A token with these claims, signed like this.
fn signed(algorithm: Algorithm, secret: &str, claims: &serde_json::Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::new(algorithm), claims, &key).unwrap()
}

#[tokio::test]
async fn a_token_is_taken_as_bearer_and_as_cookie_and_the_key_as_it_is() {
    let place = place("echo ran >> ran");
    let server = Server::start(&place).await;
    let token = token(&place, "budi").await;
    for (name, value) in [
        ("authorization", format!("Bearer {token}")),
        ("authorization", format!("bearer {token}")),
        ("Authorization", format!("BEARER   {token} ")),
        ("cookie", format!("a=b; auth_token={token}; c=d")),
        ("x-api-key", KEY.to_owned()),
    ] {
        let answer = server
            .call("GET /sync/status")
            .header(name, &value)
            .answer()
            .await;
        assert_eq!(
            (answer.status, &answer.json()["status"]),
            (200, &"idle".into()),
            "{name}"
        );
    }
    let bearer = format!("Bearer {token}");
    let run = server
        .call("POST /sync/run")
        .header("authorization", &bearer)
        .answer()
        .await;
    assert_eq!(run.status, 200);
    let runs = server.ask("GET /sync/runs").await.json();
    let operator = runs["runs"][0]["operator"].as_str().unwrap();
    assert!(operator.starts_with("budi@"), "{operator}");
}

#[tokio::test]
async fn strangers_get_401_in_the_known_shape_and_nothing_runs() {
    let place = place("touch ran");
    let server = Server::start(&place).await;
    let good = json!({"sub": "budi", "iat": 0, "exp": 4_294_967_295_u32});
    let old = json!({"sub": "budi", "iat": 0, "exp": 1});
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzYXJpIiwiaWF0IjowLCJleHAiOjQyOTQ5NjcyOTV9.";
    let endless = json!({"sub": "budi", "iat": 0});
    let bearer = |token: &str| vec![("authorization", format!("Bearer {token}"))];
    let strangers = [
        vec![],
        vec![("authorization", "Bearer".to_owned())],
        vec![("authorization", "Bearer ".to_owned())],
        vec![("authorization", "bearer".to_owned())],
        vec![("authorization", "Basic c2FyaTpzYXJp".to_owned())],
        vec![("authorization", "\u{e9}\u{e9}".to_owned())],
        vec![(
            "authorization",
            format!("Token {}", signed(Algorithm::HS256, SECRET, &good)),
        )],
        bearer("x"),
        bearer("a.b.c"),
        bearer(none),
        bearer(&"x".repeat(20_000)),
        bearer(&format!("{}.", "eyJhbGciOiJIUzI1NiJ9.".repeat(900))),
        bearer(&signed(Algorithm::HS256, SECRET, &old)),
        bearer(&signed(Algorithm::HS256, SECRET, &endless)),
        bearer(&signed(
            Algorithm::HS256,
            "another secret of the right length",
            &good,
        )),
        bearer(&signed(Algorithm::HS384, SECRET, &good)),
        bearer(SECRET),
        vec![("cookie", format!("auth_token={none}"))],
        vec![("cookie", "auth_token".to_owned())],
        vec![("x-api-key", String::new())],
        vec![("x-api-key", KEY[1..].to_owned())],
        vec![("x-api-key", format!("{KEY}x"))],
    ];
    for headers in strangers {
        for address in ADDRESSES {
            let mut call = server.call(address);
            for (name, value) in &headers {
                call = call.header(name, value);
            }
            let answer = call.answer().await;
            let (status, body) = (answer.status, answer.json());
            assert_eq!(
                (status, &body["message"]),
                (401, &"Invalid token".into()),
                "{headers:?}"
            );
            assert!(
                body["error"].is_string() && body.get("status").is_none(),
                "{body}"
            );
            assert_eq!(body.as_object().unwrap().len(), 2);
        }
    }
    let shape = server.call("POST /sync/run").answer().await.text();
    let known = r#"{"message":"Invalid token","error":"no token and no API key"}"#;
    assert_eq!(shape, known);
    assert!(!place.path("ran").exists() && !place.path("state/runs").exists());
}

#[tokio::test]
async fn a_browser_on_another_site_is_refused_with_a_good_cookie_too() {
    let place = place("touch ran");
    let server = Server::start(&place).await;
    let cookie = format!("auth_token={}", token(&place, "budi").await);
    let call = server.call("POST /sync/run").header("cookie", &cookie);
    let answer = call.header("sec-fetch-site", "cross-site").answer().await;
    assert_eq!(answer.status, 403);
    assert!(!place.path("ran").exists());
}

#[tokio::test]
async fn without_secrets_nothing_is_served_at_all() {
    let mut place = place("exit 0");
    place.environment.clear();
    let refused = done(&place, "serve").await;
    assert_eq!(refused.exit, 3, "{refused:?}");
    assert!(refused.err.contains("SERVE_JWT_SECRET"), "{refused:?}");
    place.set("SERVE_JWT_SECRET", "short");
    assert_eq!(done(&place, "serve").await.exit, 3);
    for empty in ["", " ", "\n"] {
        place.environment.clear();
        place.set("SERVE_API_KEY", empty);
        assert_eq!(done(&place, "serve").await.exit, 3, "{empty:?}");
    }
    let key_only = "kunci-contoh-0123";
    place.environment.clear();
    place.set("SERVE_API_KEY", "kunci-contoh-01");
    let short = done(&place, "serve").await;
    assert_eq!(short.exit, 3, "{short:?}");
    assert!(short.err.contains("15 bytes, at least 16"), "{short:?}");
    place.set("SERVE_API_KEY", &format!(" {key_only} "));
    assert_eq!(done(&place, "serve token --for budi").await.exit, 3);
    let server = Server::start(&place).await;
    let answer = server
        .call("GET /sync/status")
        .header("x-api-key", key_only)
        .answer()
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn no_secret_is_in_any_answer_log_or_run() {
    let place = place("env; echo $SERVE_JWT_SECRET $SERVE_API_KEY; exit 1");
    let server = Server::start(&place).await;
    let token = token(&place, "budi").await;
    let bearer = format!("Bearer {token}");
    let mut said = Vec::new();
    for address in ADDRESSES
        .iter()
        .chain(&["GET /sync/runs/0/output", "PUT /sync/run"])
    {
        for (name, value) in [("authorization", bearer.as_str()), ("x-api-key", KEY)] {
            let answer = server.call(address).header(name, value).answer().await;
            said.push(answer.head.clone() + &answer.text());
        }
    }
    said.push(server.said());
    server.end().await;
    let mut folders = vec![place.path("state")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                said.push(String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned());
            }
        }
    }
    for words in said {
        for secret in [SECRET, KEY, token.as_str()] {
            assert!(!words.contains(secret), "{words}");
        }
    }
}
