//! The simulated world's script in all its kinds, to try them.

use tempfile::TempDir;

use crate::harness::{child, wait};

struct Done {
    exit: Option<i32>,
    out: String,
    err: String,
}

/// `selaras demo` with these words, in a folder of its own.
async fn demo(folder: &TempDir, words: &str) -> Done {
    let mut command = child::bare(env!("CARGO_BIN_EXE_selaras"));
    command
        .args(["demo", "--dir"])
        .arg(folder.path().join("world"))
        .args(words.split_whitespace())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder.path())
        .env("LANG", "C.UTF-8");
    let output = wait::output(command).await;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done {
        exit: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

#[tokio::test]
async fn a_kind_of_script_is_asked_for_by_its_name_and_stays_in_a_kept_world() {
    let folder = TempDir::new().unwrap();
    for words in ["--script exit-2 -- script run --yes", "-- script run --yes"] {
        let failed = demo(&folder, words).await;
        assert_eq!(failed.exit, Some(12), "{}", failed.err);
        let known = "exit 2 without a lock: the script itself failed";
        assert!(failed.err.contains(known), "{}", failed.err);
    }
    let other = demo(&folder, "--script bad-text -- script run --yes").await;
    assert_eq!(other.exit, Some(0), "{}", other.err);
    assert!(other.out.contains("na\u{ef}ve"), "{}", other.out);
}

#[tokio::test]
async fn a_script_behind_a_service_is_one_of_the_kinds() {
    let folder = TempDir::new().unwrap();
    for name in ["service", "service-deployed", "service-with-stop"] {
        let words = format!("--script {name} -- script status --json");
        let status = demo(&folder, &words).await;
        assert_eq!(status.exit, Some(0), "{}", status.err);
        assert!(
            status.out.contains("\"target\":\"remote\""),
            "{}",
            status.out
        );
    }
}

#[tokio::test]
async fn a_wrong_name_lists_those_there_are() {
    let folder = TempDir::new().unwrap();
    let refused = demo(&folder, "--script lambat").await;
    assert_eq!(refused.exit, Some(2));
    for name in ["lambat", "usual", "ignores-term", "service-deployed"] {
        assert!(refused.err.contains(name), "{}", refused.err);
    }
}
