//! The key goes to the central API, and nowhere else.

use std::path::Path;

use selaras::sim::central::KEY;
use selaras::sim::docku::UNREAD;
use selaras::sim::fault::Fault;

use super::shell::Shell;

#[tokio::test]
async fn the_key_is_in_no_byte_that_is_written() {
    let shell = Shell::new().await;
    let mut said = String::new();
    for fault in [
        None,
        Some(Fault::EchoPassword),
        Some(Fault::Attack),
        Some(Fault::Reset),
        Some(Fault::UnauthorizedAfter(0)),
    ] {
        if let Some(fault) = fault {
            shell.world.central().fault(fault);
        }
        for words in [
            "push apply --yes -vv",
            "push apply --yes --json",
            "runs list --json",
        ] {
            let answer = shell.call(words).await;
            said += &answer.out;
            said += &answer.err;
        }
        shell.world.central().clear_faults().unwrap();
    }
    assert!(said.contains("422"), "the echo came");
    for secret in [KEY, UNREAD] {
        assert!(!said.contains(secret), "{secret} was said");
    }
    search(&shell.path(""), KEY);
}

/// Looks into every file but the one where the key was put.
fn search(folder: &Path, secret: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, secret);
        } else if path.file_name().is_some_and(|name| name != ".env") {
            let content = std::fs::read(&path).unwrap();
            let found = content
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{} has the key", path.display());
        }
    }
}
