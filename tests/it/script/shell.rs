//! The main of it through the real binary: output, documents, exit codes.

mod locks;
mod orphans;
mod signals;
mod workers;

use std::io::Write as _;
use std::process::Stdio;

use selaras::sim::script::service::{Ending, Shape, TOKEN};
use selaras::sim::script::{Kind as Sort, Script as Simulated};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use super::remote::Far;
use super::{Place, eventually};
use crate::harness::{child, wait};

/// What a command came to.
#[derive(Debug)]
pub struct Done {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl Done {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

pub fn selaras(place: &Place, words: &str) -> Command {
    let mut command = Command::from(child::bare(env!("CARGO_BIN_EXE_selaras")));
    command
        .arg("--config")
        .arg(place.path("config.toml"))
        .args(words.split_whitespace())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", place.folder.path())
        .env("USER", "sari")
        .env("LANG", "C.UTF-8")
        .envs(place.environment.iter().cloned())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub async fn done(place: &Place, words: &str) -> Done {
    let output = wait::output(selaras(place, words)).await;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done {
        exit: output.status.code().unwrap_or(-1),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// A face that is at work.
pub fn begin(place: &Place, words: &str) -> Child {
    selaras(place, words).kill_on_drop(true).spawn().unwrap()
}

#[tokio::test]
async fn the_output_comes_on_standard_output_and_the_talk_elsewhere() {
    let place = Place::with("echo one; echo two >&2; printf '10 %%\\r20 %%\\rdone\\n'");
    let done = done(&place, "script run --yes").await;
    assert_eq!(
        (done.exit, done.out.as_str()),
        (0, "one\ntwo\ndone\n"),
        "{done:?}"
    );
    assert!(done.err.contains("The script ended well"), "{}", done.err);
    assert!(done.err.contains("sha256"), "{}", done.err);
}

#[tokio::test]
async fn with_json_there_is_one_document_and_the_report_in_it() {
    let place = Place::with("echo one; exit 3");
    let done = done(&place, "script run --yes --json").await;
    let document = done.json();
    assert_eq!((done.exit, &document["exit"]), (12, &Value::from(12)));
    let report = &document["report"];
    assert_eq!(report["exit"], 3);
    assert_eq!(report["meaning"], "exit 3: an error");
    assert_eq!(
        (&report["signal"], &report["lines"], &report["bytes"]),
        (&Value::Null, &1.into(), &4.into())
    );
    assert!(report["duration_ms"].is_u64());
    assert_eq!(
        document["plan"]["path"],
        place.path("sync.sh").to_str().unwrap()
    );
    assert_eq!(document["error"]["kind"], "script");
    assert!(
        done.err
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok()),
        "{}",
        done.err
    );
    let run = document["run"].as_str().unwrap();
    assert_eq!(place.text(&format!("state/runs/{run}/output.log")), "one\n");
}

#[tokio::test]
async fn nothing_runs_without_a_yes() {
    let place = Place::with("touch ran");
    let done = done(&place, "script run").await;
    assert_eq!(done.exit, 2, "{done:?}");
    assert!(!place.path("ran").exists());
    let read_only = self::done(&place, "--read-only script run --yes").await;
    assert_eq!(read_only.exit, 3);
    assert!(!place.path("ran").exists() && !place.path("state").exists());
}

#[tokio::test]
async fn an_attack_reaches_standard_output_only_as_words_and_colours() {
    let place = Place::empty("");
    let quick = std::time::Duration::from_millis(30);
    Simulated::write(place.folder.path(), Sort::Attack, quick).unwrap();
    let done = done(&place, "script run --yes").await;
    assert_eq!(done.exit, 0, "{done:?}");
    assert!(done.out.contains("^[[2J^[[H"), "{}", done.out);
    for text in [&done.out, &done.err] {
        for sequence in text.split('\u{1b}').skip(1) {
            let end =
                sequence.find(|letter: char| !letter.is_ascii_digit() && !"[;".contains(letter));
            assert_eq!(
                end.map(|end| &sequence[end..=end]),
                Some("m"),
                "{sequence:?}"
            );
        }
        let odd = |letter: char| {
            letter.is_control() && !"\n\u{1b}".contains(letter)
                || ('\u{202a}'..='\u{202e}').contains(&letter)
        };
        assert!(!text.contains(odd), "{text:?}");
        assert!(!text.contains(&"\u{301}".repeat(4)));
    }
    let listed = self::done(&place, "runs list --json").await.json();
    let run = listed["runs"][0]["run"].as_str().unwrap().to_owned();
    let kept = place.text(&format!("state/runs/{run}/output.log"));
    assert!(kept.contains("\u{1b}[2J\u{1b}[H"), "byte for byte");
}

#[tokio::test]
async fn a_log_is_shown_from_its_end_and_followed() {
    let place = Place::with("exit 0");
    let line = |text: String, number| text + &format!("line {number}\n");
    let many = (1..=300).fold(String::new(), line);
    std::fs::write(place.path("sync.log"), many + "\u{1b}[2Jlast\n").unwrap();
    let log = done(&place, "script log").await;
    assert_eq!((log.exit, log.out.lines().count()), (0, 100));
    assert!(log.out.ends_with("line 300\n^[[2Jlast\n"), "{}", log.out);
    assert_eq!(done(&place, "script log -n 1").await.out, "^[[2Jlast\n");
    let document = done(&place, "script log -n 2 --json").await.json();
    assert_eq!(document["lines"][0], "line 300");
    let mut follower = begin(&place, "script log -f -n 1");
    let mut out = follower.stdout.take().unwrap();
    let mut seen = vec![0; "^[[2Jlast\n".len()];
    wait::within("output", out.read_exact(&mut seen))
        .await
        .unwrap();
    let mut file = std::fs::File::options()
        .append(true)
        .open(place.path("sync.log"))
        .unwrap();
    file.write_all(b"new\n").unwrap();
    let mut seen = vec![0; 4];
    wait::within("output", out.read_exact(&mut seen))
        .await
        .unwrap();
    assert_eq!(seen, b"new\n");
    follower.kill().await.unwrap();
}

#[tokio::test]
async fn an_unset_path_is_exit_3_in_the_known_words() {
    let place = Place::empty("");
    std::fs::write(place.path("config.toml"), "[script]\n").unwrap();
    let refused = done(&place, "script run --yes").await;
    assert_eq!(refused.exit, 3);
    let known = "SYNC_SCRIPT_PATH environment variable is not set";
    assert!(refused.err.contains(known), "{}", refused.err);
    let mut place = Place::with("echo elsewhere");
    std::fs::write(place.path("config.toml"), "state_dir = \"state\"\n").unwrap();
    let path = place.path("sync.sh").to_str().unwrap().to_owned();
    place.set("SYNC_SCRIPT_PATH", &path);
    assert_eq!(done(&place, "script run --yes").await.out, "elsewhere\n");
}

#[tokio::test]
async fn a_service_is_run_shown_and_not_stopped_where_it_cannot_be() {
    let far = Far::new(Shape::Deployed);
    far.service.log_lines(&["before"]);
    let face = begin(&far.place, "script run --yes");
    eventually("a run", || far.service.is_running().then_some(())).await;
    let refused = done(&far.place, "script stop").await;
    assert_eq!(refused.exit, 2, "{refused:?}");
    assert!(
        refused.err.contains("offers no way to stop a run"),
        "{refused:?}"
    );
    far.service.log_lines(&["during"]);
    far.service.end(Ending::Success("during\n".into()));
    let ended = wait::end_of(face).await;
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "during\n");
    assert!(!String::from_utf8_lossy(&ended.stderr).contains(TOKEN));
    let log = done(&far.place, "script log -n 1").await;
    assert_eq!((log.exit, log.out.as_str()), (0, "during\n"));
    let status = done(&far.place, "script status --json").await.json();
    assert_eq!(
        (&status["state"], &status["plan"]["target"]),
        (&"idle".into(), &"remote".into())
    );
}
