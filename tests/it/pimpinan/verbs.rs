//! `selaras push` as it is called: what it says, what it prints, how it ends.

use selaras::sim::central::{KEY, Setup, Shape};
use selaras::sim::docku::OFFICE;
use selaras::sim::fault::{Fault, Rule};
use serde_json::{Value, json};

use super::faults::taken;
use super::office::Office;
use super::shell::{Shell, call};

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
        let path = shell.path("plan.json");
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
async fn those_not_taken_in_are_named_and_end_with_11() {
    let setup = Setup {
        shape: Shape::Stats,
        officials: vec![taken()],
        ..Setup::default()
    };
    let office = Office::with(setup, &OFFICE).await;
    std::fs::write(office.path(".env"), format!("PIMPINAN_API_KEY={KEY}\n")).unwrap();
    let push = call(&office.path("config.toml"), "push apply --yes").await;
    assert_eq!(push.exit, Some(11), "{}", push.err);
    assert!(
        push.out
            .contains("5 inserted, 0 updated, 0 skipped, 1 conflicts, 1 errors")
    );
    let marked = "✗ kasi_pem (id 6): username already taken";
    assert!(push.err.contains(marked), "{}", push.err);
    let again = call(&office.path("config.toml"), "push plan").await;
    let since = ": 1 new, 0 changed, 0 gone";
    assert!(again.out.contains(since), "{}", again.out);
}
