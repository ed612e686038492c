//! `selaras push` as it is called: the real binary, its worker, the demo's world.

use std::path::Path;
use std::process::Output;

use selaras::sim::central::{KEY, Shape};
use selaras::sim::docku::UNREAD;
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::world::{Weather, World};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

/// The demo's world, and a shell in it.
struct Shell {
    world: World,
    folder: TempDir,
}

/// What a call said and how it ended.
struct Said {
    exit: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

impl Shell {
    async fn new() -> Self {
        selaras::http::install_tls();
        let folder = tempfile::tempdir().unwrap();
        let world = World::start(folder.path(), &Weather::default()).await;
        let shell = Self {
            world: world.unwrap(),
            folder,
        };
        let config = std::fs::read_to_string(shell.world.config()).unwrap();
        let config = format!("retry_base = \"1ms\"\n{config}");
        std::fs::write(shell.world.config(), config).unwrap();
        shell
    }

    async fn call(&self, words: &str) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selaras"));
        let Output {
            status,
            stdout,
            stderr,
        } = command
            .arg("--config")
            .arg(self.world.config())
            .args(words.split(' '))
            .env_clear()
            .env("HOME", self.folder.path())
            .env("LANG", "C.UTF-8")
            .output()
            .await
            .unwrap();
        Said {
            exit: status.code(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    async fn change(&self, sql: &str) {
        let url = selaras::config::DatabaseUrl::file(self.world.docku());
        let access = selaras::db::Access::Write;
        let mut docku = selaras::db::Connection::open(&url, access).await.unwrap();
        docku.command(sql).await.unwrap();
        docku.close().await.unwrap();
    }

    fn forwarded_to(&self) -> usize {
        self.world.central().forwarded_to().len()
    }
}

#[tokio::test]
async fn six_are_sent_and_a_second_push_says_that_nothing_changed() {
    let shell = Shell::new().await;
    let plan = shell.call("push plan").await;
    assert_eq!(plan.exit, Some(0), "{}", plan.err);
    let figures = "13 rows, 7 excluded by role, 6 to send, 0 refused";
    for said in [
        figures,
        "admin 1, camat 1, operator 2, staff 3",
        "no push in the integration log",
    ] {
        assert!(plan.out.contains(said), "{}", plan.out);
    }
    assert_eq!(shell.forwarded_to(), 0);

    let push = shell.call("push apply --yes").await;
    assert_eq!(push.exit, Some(0), "{}", push.err);
    let url = format!("{}/api/v1/users/sync", shell.world.central().url());
    let said = format!("Sent 6 officials to {url}: 200, Sinkronisasi 6 pengguna berhasil");
    assert!(push.out.starts_with(&said), "{}", push.out);
    assert_eq!(shell.forwarded_to(), 6);

    let again = shell.call("push apply --yes").await;
    assert_eq!(again.exit, Some(0));
    assert!(
        again.err.contains("nothing changed since 20"),
        "{}",
        again.err
    );
    assert!(again.err.contains("last push 20") && again.err.contains(": 200, 6 officials"));
    assert_eq!(shell.world.central().payloads().len(), 2);
}

#[tokio::test]
async fn plan_and_report_are_documents_of_the_agreed_shape() {
    let shell = Shell::new().await;
    shell
        .change("UPDATE users SET username = NULL WHERE id = 6")
        .await;
    let plan = shell.call("push plan --json").await;
    let document = plan.json();
    assert_eq!(plan.exit, Some(0), "refused rows are no failure of a plan");
    assert_eq!(document["engine"], "pimpinan");
    assert_eq!(
        (&document["excluded"], &document["rows"]),
        (&json!(7), &json!(13))
    );
    let refused = &document["refused"];
    assert_eq!(refused[0]["id"], 6);
    assert_eq!(refused[0]["reason"], "username is NULL");
    let sekcam = json!({"id": 4, "username": "sekcam", "nama": "Padmarini Kertarasa",
                        "jabatan": "Sekretaris Camat", "role": "pimpinan"});
    assert_eq!(document["send"][0], sekcam);
    assert!(
        document["url"]
            .as_str()
            .unwrap()
            .ends_with("/api/v1/users/sync")
    );

    let push = shell.call("push apply --yes --json").await;
    let document = push.json();
    assert_eq!((push.exit, &document["exit"]), (Some(0), &json!(0)));
    assert_eq!(document["verdict"], "clean");
    assert_eq!(document["error"], Value::Null);
    let report = &document["report"];
    assert_eq!((&report["code"], &report["sent"]), (&json!(200), &json!(5)));
    assert_eq!(report["rows"], json!([]));
    let run = document["run"].as_str().unwrap();
    let shown = shell.call(&format!("runs show {run}")).await;
    assert!(shown.out.contains("username is NULL"), "{}", shown.out);
}

#[tokio::test]
async fn every_end_has_its_exit_code() {
    let shell = Shell::new().await;
    let central = shell.world.central();
    let table = [
        ("push apply", None, 2, "add --yes"),
        ("push apply --yes --only 5", None, 2, "excluded by role"),
        ("push apply --yes --read-only", None, 3, "read_only"),
        (
            "push apply --yes",
            Some(Fault::ServerError),
            4,
            "500 Internal Server Error",
        ),
        ("push apply --yes", Some(Fault::Html), 4, "no JSON object"),
        (
            "push apply --yes",
            Some(Fault::UnauthorizedAfter(0)),
            4,
            "PIMPINAN_API_KEY",
        ),
        (
            "push apply --yes",
            Some(Fault::Reset),
            4,
            "the connection broke",
        ),
        ("push plan --detailed-exitcode", None, 10, "read Docku"),
    ];
    for (words, fault, exit, said) in table {
        if let Some(fault) = fault {
            central.fault(fault);
        }
        let answer = shell.call(words).await;
        assert_eq!(answer.exit, Some(exit), "{words} {fault:?}: {}", answer.err);
        assert!(answer.err.contains(said), "{}", answer.err);
        central.clear_faults().unwrap();
    }
    assert_eq!(shell.forwarded_to(), 0);
    central.fault(Rule::new(Fault::Unavailable).first(2));
    let third = shell.call("push apply --yes").await;
    assert_eq!(third.exit, Some(0), "{}", third.err);
    assert_eq!(
        third
            .err
            .matches("503 Service Unavailable, again in")
            .count(),
        2
    );
    let nothing_new = shell.call("push plan --detailed-exitcode").await;
    assert_eq!(nothing_new.exit, Some(0));
    shell
        .change("DELETE FROM users WHERE role = 'pimpinan'")
        .await;
    let nobody = shell.call("push apply --yes --json").await;
    assert_eq!(
        (nobody.exit, &nobody.json()["run"]),
        (Some(0), &Value::Null)
    );
    assert_eq!(nobody.json()["report"]["sent"], 0);
}

#[tokio::test]
async fn a_saved_plan_is_pushed_once_and_only_while_docku_is_the_same() {
    let shell = Shell::new().await;
    let save = async || {
        let plan = shell.call("push plan --json --only 4,6").await;
        let path = shell.folder.path().join("plan.json");
        std::fs::write(&path, plan.out).unwrap();
        format!("push apply --yes --plan {}", path.display())
    };
    let words = save().await;
    assert_eq!(shell.call(&words).await.exit, Some(0));
    assert_eq!(shell.forwarded_to(), 2);
    let second = shell.call(&words).await;
    assert_eq!(second.exit, Some(8));
    assert!(
        second.err.contains("already pushed by admin@kantor"),
        "{}",
        second.err
    );

    let words = save().await;
    shell
        .change("UPDATE users SET nama = 'Lain' WHERE id = 6")
        .await;
    let stale = shell.call(&words).await;
    assert_eq!(stale.exit, Some(8));
    assert!(stale.err.contains("(kasi_pem)"), "{}", stale.err);
    assert_eq!(shell.world.central().payloads().len(), 1);
}

#[tokio::test]
async fn who_was_left_out_last_time_is_not_called_new() {
    let shell = Shell::new().await;
    shell.call("push apply --yes").await;
    shell.call("push apply --yes --only 4").await;
    let plan = shell.call("push plan").await;
    assert!(plan.out.contains("nothing changed since"), "{}", plan.out);
}

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
    search(shell.folder.path(), KEY);
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

#[test]
fn the_worlds_central_api_is_the_classic_one() {
    assert_eq!(Shape::default(), Shape::Classic);
}
