//! Pages of other origins: one may be allowed, without cookies; the others are refused.

use super::{Server, place, token};

const OURS: &str = "https://docku.example";

#[tokio::test]
async fn the_allowed_origin_may_ask_with_a_token_but_not_with_a_cookie() {
    let place = place("echo ran >> ran");
    place.configure(&format!(
        "\n[serve]\nlisten = \"127.0.0.1:0\"\nallow_origin = \"{OURS}\""
    ));
    let server = Server::start(&place).await;
    let token = token(&place, "budi").await;
    let from = |call: super::Call, origin: &str| {
        call.header("origin", origin)
            .header("sec-fetch-site", "cross-site")
    };
    let preflight = from(server.call("OPTIONS /sync/run"), OURS)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization");
    let answer = preflight.answer().await;
    assert_eq!(answer.status, 204);
    for (name, value) in [
        ("access-control-allow-origin", OURS),
        ("access-control-allow-methods", "GET, POST, DELETE"),
        (
            "access-control-allow-headers",
            "authorization, content-type",
        ),
        ("vary", "Origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer:?}");
    }
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let bearer = format!("Bearer {token}");
    let run = from(server.call("POST /sync/run"), OURS).header("authorization", &bearer);
    let run = run.answer().await;
    assert_eq!(
        (run.status, run.header("access-control-allow-origin")),
        (200, Some(OURS))
    );
    let cookie = format!("auth_token={token}");
    let with_cookie = from(server.call("POST /sync/run"), OURS).header("cookie", &cookie);
    let with_cookie = with_cookie.answer().await;
    assert_eq!(with_cookie.status, 401);
    // So that the page can show why.
    assert_eq!(
        with_cookie.header("access-control-allow-origin"),
        Some(OURS)
    );
    assert_eq!(place.text("ran"), "ran\n");
    for origin in ["https://evil.example", "null", "https://docku.example.evil"] {
        let preflight = from(server.call("OPTIONS /sync/run"), origin)
            .header("access-control-request-method", "POST");
        let refused = preflight.answer().await;
        assert_eq!(refused.status, 403, "{origin}");
        assert_eq!(refused.header("access-control-allow-origin"), None);
        let run = from(server.call("POST /sync/run"), origin).header("authorization", &bearer);
        assert_eq!(run.answer().await.status, 403, "{origin}");
    }
    assert_eq!(place.text("ran"), "ran\n");
}

#[tokio::test]
async fn without_an_allowed_origin_no_page_of_another_site_is_answered() {
    let place = place("touch ran");
    let server = Server::start(&place).await;
    let bearer = format!("Bearer {}", token(&place, "budi").await);
    let preflight = server
        .call("OPTIONS /sync/run")
        .header("origin", OURS)
        .header("sec-fetch-site", "cross-site")
        .header("access-control-request-method", "POST");
    let refused = preflight.answer().await;
    assert_eq!(refused.status, 403);
    assert!(!refused.head.to_lowercase().contains("access-control"));
    let run = server
        .call("POST /sync/run")
        .header("origin", OURS)
        .header("sec-fetch-site", "cross-site")
        .header("authorization", &bearer);
    assert_eq!(run.answer().await.status, 403);
    // A neighbour of the same site, or an old browser elsewhere: its cookie does not count.
    let cookie = format!("auth_token={}", &bearer["Bearer ".len()..]);
    for (name, value) in [("sec-fetch-site", "same-site"), ("origin", OURS)] {
        let call = server.call("POST /sync/run").header(name, value);
        assert_eq!(call.header("cookie", &cookie).answer().await.status, 401);
    }
    assert!(!place.path("ran").exists());
}

#[tokio::test]
async fn an_origin_that_is_none_is_named_at_the_start() {
    for origin in [
        "docku.example",
        "https://docku.example/app",
        "https://u:p@docku.example",
        "*",
    ] {
        let place = place("exit 0");
        place.configure(&format!("\n[serve]\nallow_origin = \"{origin}\""));
        let refused = crate::script::shell::done(&place, "serve").await;
        assert_eq!(refused.exit, 3, "{refused:?}");
        assert!(refused.err.contains("serve.allow_origin"), "{refused:?}");
    }
}
