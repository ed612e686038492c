//! Where words go when nobody can take them, when what was typed is hostile, and in what shape.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;

use selaras::db::Value;

use super::Office;
use super::office::{Done, end_of, ended};

/// Verbs that need no world, and one for each way of printing.
const PRINTING: [&[&str]; 12] = [
    &["--help"],
    &["--version"],
    &["users", "plan", "--help"],
    &["help", "users"],
    &["completions", "bash"],
    &["man"],
    &["runs", "list"],
    &["runs", "list", "--json"],
    &["users", "list"],
    &["users", "list", "--format", "csv"],
    &["config", "show"],
    &["config", "show", "--json"],
];

#[tokio::test]
async fn a_full_disk_behind_standard_output_is_an_error_with_a_code() {
    let office = Office::open().await;
    for verb in PRINTING {
        let mut command = office.command(verb);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let done = end_of(command.stdout(full).spawn().unwrap()).await;
        assert_eq!(done.exit, 6, "{verb:?}: {done:#?}");
        assert!(
            done.err.contains("No space left on device"),
            "{verb:?}: {done:#?}"
        );
        assert!(!done.err.contains("panicked"), "{verb:?}: {done:#?}");
    }
}

#[tokio::test]
async fn a_closed_pipe_is_an_end_and_a_full_standard_error_harms_nobody() {
    let office = Office::open().await;
    for verb in PRINTING {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = office.command(verb);
        let child = command.stdout(writer).spawn().unwrap();
        // Holds the pipe's end.
        drop(command);
        let done = end_of(child).await;
        assert_eq!((done.exit, done.err.as_str()), (0, ""), "{verb:?}");
    }
    for (verb, exit) in [(&["runs", "show", "zz"][..], 2), (&["--nonsense"], 2)] {
        let mut command = office.command(verb);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let child = command.stderr(full).spawn().unwrap();
        assert_eq!(end_of(child).await.exit, exit, "{verb:?}");
    }
}

#[tokio::test]
async fn what_was_typed_drives_no_terminal_in_a_usage_error() {
    let office = Office::open().await;
    let hostile = "x\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{202e}";
    let option = format!("--{hostile}");
    for verb in [
        &[hostile][..],
        &[&option],
        &["users", hostile],
        &["users", "list", "--format", hostile],
        &["runs", "show", hostile],
        &["runs", "follow", "a", hostile],
        &["users", "plan", hostile],
        &["users", "list", "--sort", hostile, "--json"],
        &["--config", hostile, "runs", "list"],
        &["--state-dir", hostile, "runs", "list", hostile],
        &["demo", "--faults", hostile],
        &["completions", hostile],
        &["script", "log", "--lines", hostile],
    ] {
        let mut command = office.command(verb);
        command.env("CLICOLOR_FORCE", "1").env("FORCE_COLOR", "1");
        let done = ended(command).await;
        assert_ne!(done.exit, 0, "{verb:?}");
        is_plain(&done, verb);
    }
}

#[track_caller]
fn is_plain(done: &Done, verb: &[&str]) {
    for text in [&done.out, &done.err] {
        let hostile = |letter: char| {
            letter.is_control() && letter != '\n' || matches!(letter, '\u{202a}'..='\u{202e}')
        };
        assert!(!text.contains(hostile), "{verb:?}: {done:#?}");
    }
}

#[tokio::test]
async fn nothing_brings_colours_into_a_pipe() {
    let office = Office::open().await;
    for verb in PRINTING {
        let mut command = office.command(verb);
        for name in ["CLICOLOR_FORCE", "FORCE_COLOR", "CLICOLOR"] {
            command.env(name, "1");
        }
        // A name that would be repeated in the usage line.
        command.arg0("se\u{1b}[31mlaras");
        is_plain(&ended(command).await, verb);
    }
}

#[tokio::test]
async fn csv_holds_no_formula_and_json_no_control() {
    let office = Office::open().await;
    let mut connection = office.database().await;
    let emails = [
        "=1+2@dkm",
        "+a@dkm",
        "-b@dkm",
        "@c@dkm",
        "d\u{9b}2J\u{7f}\u{202e}@dkm",
    ];
    for email in emails {
        let values: [Value; 1] = [email.into()];
        let insert = "INSERT INTO users (email, location_id, status) VALUES (?, 8, 'active')";
        connection.execute(insert, &values).await.unwrap();
    }
    connection.close().await.unwrap();
    let csv = office.run(&["users", "list", "--format", "csv"]).await.out;
    for email in &emails[..4] {
        assert!(csv.contains(&format!(",'{email},")), "{csv}");
        assert!(!csv.contains(&format!(",{email},")), "{csv}");
    }
    // A program gets the value, a terminal would not.
    assert!(csv.contains(emails[4]), "{csv}");
    let json = office.run(&["users", "list", "--format", "json"]).await.out;
    assert!(json.contains(r"d\u009b2J\u007f\u202e@dkm"), "{json}");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let found = rows
        .iter()
        .filter(|row| emails.contains(&row["email"].as_str().unwrap()));
    assert_eq!(found.count(), emails.len());
}

#[tokio::test]
async fn a_working_folder_whose_name_is_no_text_is_one_like_any_other() {
    let office = Office::open().await;
    let strange = office
        .root
        .path()
        .join(OsStr::from_bytes(b"kantor \xff\xfe"));
    std::fs::create_dir(&strange).unwrap();
    for (verb, exit) in [
        (&["users", "plan", "dev"][..], 0),
        (&["users", "apply", "dev", "--yes", "--json"], 0),
        (&["runs", "list", "--json"], 0),
        (&["config", "show", "--json"], 0),
        (&["users", "list", "--output", "users.csv"], 0),
        (&["script", "run", "--yes"], 0),
        (&["push", "plan"], 0),
    ] {
        let mut command = office.command(verb);
        command.current_dir(&strange);
        let done = ended(command).await;
        assert_eq!(done.exit, exit, "{verb:?}: {done:#?}");
    }
    assert!(strange.join("users.csv").exists());
    // The config and the state folder lie there as well.
    let config = strange.join("config.toml");
    std::fs::copy(office.config(), &config).unwrap();
    for verb in [
        &["runs", "list", "--json"][..],
        &["config", "show", "--json"],
        &["config", "check", "--json"],
        &["users", "plan", "dev", "--json"],
    ] {
        let mut command = office.command(verb);
        command.current_dir(&strange).env("SELARAS_CONFIG", &config);
        let done = ended(command).await;
        assert!(
            !done.err.contains("panicked") && done.exit != 1,
            "{verb:?}: {done:#?}"
        );
        done.document();
    }
}
