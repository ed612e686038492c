//! What an answer holds that nobody may see, in every error and every log.

use super::office::{Office, Server, answer};

const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.RahasiaSekali";
const SHORT: &str = "t0kenPendek";

/// Answers to a login that are no token, or not where one is looked for.
fn logins() -> Vec<(u16, String)> {
    let mut all = Vec::new();
    for token in [TOKEN, SHORT] {
        all.extend([
            (200, token.to_owned()),
            (200, format!("\"{token}\"")),
            (200, format!(r#"{{"access_tok{token}":"#)),
            (200, format!(r#"{{"access_token":"{token}","us"#)),
            (200, format!("Warning: x in a.php\n{{\"jwt\":\"{token}\"}}")),
            (
                200,
                format!(r#"{{"message":"Welcome {token}","data":{{"jwt":"{token}"}}}}"#),
            ),
            (200, format!("<html>{token}</html>")),
            (500, token.to_owned()),
            (
                500,
                format!("Notice\n{{\"message\":\"no\",\"token\":\"{token}\"}}"),
            ),
            (
                401,
                format!(r#"{{"error":{{"data":"{token}"}},"errors":["{token}"]}}"#),
            ),
            (401, format!("<html>{token}</html>")),
        ]);
    }
    all.push((401, format!(r#"{{"message":"not with {TOKEN}"}}"#)));
    all
}

/// Makes the keys of a JSON answer harmless to look for: they may be named.
fn shows(text: &str) -> bool {
    text.contains(TOKEN) || text.contains("RahasiaSekali") || text.contains(SHORT)
}

#[tokio::test]
async fn of_a_login_s_answer_only_the_words_of_a_refusal_are_shown() {
    for (status, body) in logins() {
        let said = answer(status, &body);
        let server = Server::plain(move |_| said.clone());
        let url = format!("http://{}", server.address);
        let users = Office::location(&url, "");
        let done = users.run("users plan dev -vv").await;
        assert_eq!(done.exit, 4, "{}", done.err);
        assert!(!shows(&done.all()), "users: {body}: {}", done.all());
        assert!(
            done.err.contains("Failed to login to external API: "),
            "{}",
            done.err
        );
        assert!(done.err.contains("/api/auth/login"), "{}", done.err);

        let others = Office::new(&format!(
            "[script]\ntarget = \"remote\"\nurl = \"{url}\"\n[dapodik]\nurl = \"{url}\"\n"
        ));
        for words in ["dapodik metadata", "script status"] {
            let done = others.run(words).await;
            // The script's service gives its token under this name and is believed.
            assert!(!shows(&done.all()), "{words}: {body}: {}", done.all());
        }
    }
}

#[tokio::test]
async fn a_quoted_body_has_no_token_no_password_and_nobody_s_data() {
    let secret = "list of siti@dkm 081234567890 3404010101800001 password=rahasiaku eyJhbGciOiJIUzI1NiJ9.x.y";
    for (status, body) in [
        (200, format!("broken {secret}")),
        (200, format!(r#"{{"message":"{secret}"}}"#)),
        (500, format!("<h1>{secret}</h1>")),
        (422, format!(r#"{{"message":"{secret}"}}"#)),
    ] {
        let body = answer(status, &body);
        let server = Server::plain(move |head| {
            if head.contains("/api/auth/login") {
                answer(200, r#"{"token":"t0kenContoh"}"#)
            } else {
                body.clone()
            }
        });
        let office = Office::location(&format!("http://{}", server.address), "");
        let done = office.run("users apply dev --yes -vv").await;
        let all = done.all();
        assert_eq!(done.exit, 4, "{}", done.err);
        for part in [
            "siti",
            "0812345",
            "34040101",
            "rahasiaku",
            "eyJ",
            "t0kenContoh",
        ] {
            assert!(!all.contains(part), "{part}: {all}");
        }
    }
}
