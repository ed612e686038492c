//! A worker that had written and could not say so: every face asks the database.

use std::process::Stdio;

use rustix::process::Signal;
use selaras::engine::Verdict;
use selaras::run::{Run, State};
use selaras::sim::locations::Setup;
use selaras::sim::people;

use super::database::Database;
use super::scene::{Scene, Spot};
use super::shell::Shell;
use crate::harness::wait::end_of;
use crate::mariadb;
use crate::users_mariadb::proxy::{Cut, Proxy};

/// Places with a new user each, behind a line that falls silent at `command`.
async fn shell(codes: &[&'static str], command: &'static [u8], cut: Cut) -> Option<(Shell, Proxy)> {
    let server = mariadb::server().await?;
    let spots = codes.iter().zip(1..).map(|(code, id)| Spot {
        id,
        code,
        setup: Setup {
            people: people::named(code, 1),
            ..Setup::default()
        },
        here: vec![(format!("old@{code}"), "inactive")],
    });
    let shell = Shell::new(Scene::new(Database::MariaDb, spots.collect()).await);
    let proxy = Proxy::start(server.port, command, cut).await;
    shell.scene.reach_through(proxy.port);
    Some((shell, proxy))
}

/// Applies in the foreground, kills the worker as soon as the line is silent, and says how that
/// ended and what was printed on standard error.
async fn killed(shell: &Shell, proxy: &Proxy) -> (i32, String) {
    let mut command = shell.command(&["users", "apply", "--all", "--yes"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let applying = end_of(command.spawn().unwrap());
    let killing = async {
        proxy.silenced().await;
        proxy.speak();
        shell.signal(Signal::KILL);
    };
    let (output, ()) = tokio::join!(applying, killing);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), said)
}

/// What a verb prints.
async fn printed(shell: &Shell, arguments: &[&str]) -> String {
    let (_, output) = shell.run(arguments).await;
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

fn short(run: &Run) -> String {
    run.id().short()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_after_its_commit_is_told_as_applied_then_died() {
    let Some((shell, proxy)) = shell(&["atas"], b"RELEASE_LOCK", Cut::Silence).await else {
        return;
    };
    let (exit, said) = killed(&shell, &proxy).await;
    let applied =
        "applied, then died: all of it is in the database (atas), only its report is missing";
    assert_eq!(exit, 6, "{said}");
    assert!(said.contains(applied), "{said}");
    assert!(!said.contains("error:"), "{said}");
    let run = shell.ended().await;
    assert_eq!(run.state, State::Died);
    for verb in [&["runs", "list"][..], &["runs", "show", &short(&run)]] {
        let printed = printed(&shell, verb).await;
        assert!(
            printed.contains("applied, then died"),
            "{verb:?}: {printed}"
        );
        assert!(
            !printed.contains("died before it could report"),
            "{verb:?}: {printed}"
        );
    }
    let followed = printed(&shell, &["runs", "follow", &short(&run)]).await;
    assert!(
        followed.contains(applied) && !followed.contains("error:"),
        "{followed}"
    );
    let (_, listed) = shell.ask(&["runs", "list", "--json"]).await;
    assert_eq!(listed["runs"][0]["written"], serde_json::json!(["atas"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_two_places_names_both() {
    let Some((shell, proxy)) = shell(&["atas", "lama"], b"RELEASE_LOCK", Cut::Silence).await else {
        return;
    };
    let (exit, said) = killed(&shell, &proxy).await;
    let partly =
        "died before it could report; the database says: written for atas, nothing for lama";
    assert_eq!(exit, 6, "{said}");
    assert!(
        said.contains("error: run ") && said.contains(partly),
        "{said}"
    );
    let shown = printed(&shell, &["runs", "show", &short(&shell.only())]).await;
    assert!(
        shown.contains("written for atas, nothing for lama"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_without_an_answer_is_interrupted_and_shown_by_its_marker() {
    for (cut, says) in [
        (Cut::Silence, "the database says: nothing of it was written"),
        (Cut::SilentAnswer, "the database says: written for atas"),
    ] {
        let Some((shell, proxy)) = shell(&["atas"], b"COMMIT", cut).await else {
            return;
        };
        let applying = shell.run(&["users", "apply", "--all", "--yes"]);
        let (exit, output) = applying.await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(exit, 5, "{said}");
        assert!(said.contains("unknown whether it was written"), "{said}");
        proxy.speak();
        let run = shell.only();
        let State::Finished(ending) = &run.state else {
            panic!("it reported: {run:?}");
        };
        assert_eq!((ending.verdict, ending.exit), (Verdict::Interrupted, 5));
        let shown = printed(&shell, &["runs", "show", &short(&run)]).await;
        assert!(shown.contains(says), "{shown}");
    }
}
