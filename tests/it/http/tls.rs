//! Certificates that are no good, servers without TLS, and a location that may do without.

use std::time::Duration;

use selaras::http::{Ask, Peer, RetryPolicy};

use super::office::{Office, Server, answer, certificates};

/// What Rust calls things, and people do not.
const RUST: [&str; 9] = [
    "InvalidContentType",
    "UnknownIssuer",
    "NotValidForName",
    "InvalidCertificate",
    "Expired",
    "DnsName",
    "CaUsed",
    "os error",
    "peer certificate",
];

/// Trusts the authority that signed all certificates here, and nobody else.
fn trusting(mut office: Office) -> Office {
    let file = certificates().join("authority.pem");
    office
        .environment
        .push(("SSL_CERT_FILE", file.display().to_string()));
    office
}

#[tokio::test]
async fn a_certificate_s_fault_is_told_in_words_and_tried_once() {
    let table = [
        (
            "good.pem",
            true,
            "Unauthorized (401 Unauthorized, POST https://",
            "EXTERNAL_API_EMAIL",
        ),
        (
            "expired.pem",
            true,
            "its certificate is expired since 2001-02-03",
            "renew",
        ),
        (
            "other.pem",
            true,
            "its certificate is for other.example, not for 127.0.0.1",
            "a name",
        ),
        (
            "good.pem",
            false,
            "from an issuer that this machine does not know",
            "SSL_CERT_FILE",
        ),
    ];
    for (certificate, trusted, said, hint) in table {
        let server = Server::secure(certificate);
        let office = Office::location(&format!("https://{}", server.address), "");
        let office = if trusted { trusting(office) } else { office };
        let done = office.run("users apply dev --yes -v").await;
        let err = &done.err;
        assert_eq!(done.exit, 4, "{err}");
        assert!(err.contains(said), "{said}: {err}");
        let place = format!("{}", server.address);
        assert!(
            err.contains(&place) && err.contains("/api/auth/login"),
            "{err}"
        );
        let told = err.lines().find(|line| line.starts_with("hint: ")).unwrap();
        assert!(told.contains(hint), "{told}");
        assert_eq!(server.connections(), 1, "{certificate}: {err}");
        assert!(!err.contains("again in"), "{err}");
        for word in RUST {
            assert!(!done.all().contains(word), "{word}: {}", done.all());
        }
    }
}

#[tokio::test]
async fn a_server_that_speaks_plain_http_is_told_with_the_line_that_allows_it() {
    let server = Server::plain(|_| answer(401, r#"{"error":"Unauthorized"}"#));
    let place = server.address.to_string();
    // As the application's own table has it: without a scheme.
    let office = Office::location(&place, "");
    let done = office.run("users plan dev").await;
    let said = format!("{place} speaks plain http");
    assert!(
        done.err.contains("Failed to login to external API: TLS: "),
        "{}",
        done.err
    );
    assert!(done.err.contains(&said), "{}", done.err);
    let hint = "add `scheme = \"http\"` to the [[users.location]] block with code = \"dev\"";
    assert!(
        done.err.contains(hint) && done.err.contains("read the password"),
        "{}",
        done.err
    );
    for word in RUST {
        assert!(!done.all().contains(word), "{word}: {}", done.all());
    }
    let asked = server.heads();
    assert!(
        asked.iter().all(|head| head.starts_with("OPTIONS * ")),
        "{asked:?}"
    );

    let office = Office::location(&place, "scheme = \"http\"");
    let done = office.run("users plan dev").await;
    let whom = format!("Unauthorized (401 Unauthorized, POST http://{place}/api/auth/login)");
    assert!(done.err.contains(&whom), "{}", done.err);
    assert!(
        done.all()
            .contains("plain http: anybody on the way to 127.0.0.1"),
        "{}",
        done.out
    );
}

#[tokio::test]
async fn a_bearer_wins_over_a_user_in_the_address_which_is_never_shown() {
    selaras::http::install_tls();
    let server = Server::plain(|_| answer(503, "no: s%40ndi s@ndi"));
    let url: url::Url = format!(
        "http://admin:s%40ndi@{}/x?nik=3404010101800001",
        server.address
    )
    .parse()
    .unwrap();
    let second = Duration::from_secs(20);
    let retry = RetryPolicy {
        connect: second,
        request: second,
        retry_base: Duration::from_millis(1),
    };
    let peer = Peer::new("Dev", &url, retry).unwrap();
    let ask = Ask {
        what: "page 1",
        tries: 2,
        retry_refused: false,
        budget: None,
    };
    let job = selaras::engine::Job::silent();
    let reply = peer
        .send(&job, ask, |client| {
            client.get(url.clone()).bearer_auth("abc")
        })
        .await;
    let told = reply.unwrap().told(&peer);
    let whom = format!("(GET http://{}/x?nik=••••)", server.address);
    assert!(told.ends_with(&whom), "{told}");
    assert!(
        !told.contains("s@ndi") && !told.contains("s%40ndi"),
        "{told}"
    );
    let heads = server.heads();
    assert_eq!(heads.len(), 2, "503 is tried again");
    for head in heads {
        let lines = head.to_ascii_lowercase();
        let given: Vec<_> = lines
            .lines()
            .filter(|line| line.starts_with("authorization"))
            .collect();
        assert_eq!(given, ["authorization: bearer abc"]);
    }
}
