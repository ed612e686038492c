//! What a script leaves in the background: waited for while it has the output, and never hung up
//! by itself.

use std::time::Duration;

use rustix::process::{Pid, geteuid};
use selaras::engine::{Event, Outcome, Verdict};
use selaras::error::Kind;
use selaras::script::{End, Fate, Left, SCRIPT_ITEM};

use super::stop::nobody_is_left;
use super::{Ear, Place, chmod, eventually, is_alive, kill};

/// A child that waits for the file `go`, tells a HUP, and then writes into the file `work`.
const WORKER: &str = "(trap 'echo hup > hup' HUP; echo $BASHPID > child
     while [ ! -e go ]; do sleep 0.02; done; echo late; echo done > work) &
     while [ ! -s child ]; do sleep 0.02; done; echo early";

fn pid(left: &Left) -> Pid {
    Pid::from_raw(left.pid.try_into().unwrap()).unwrap()
}

/// What the item about the script's end says.
async fn told(ear: &Ear) -> (String, String) {
    let found = || {
        ear.heard().into_iter().find_map(|event| match event {
            Event::Item { key, state, note } if key == SCRIPT_ITEM => Some((state, note)),
            _ => None,
        })
    };
    eventually("word of the script's end", found).await
}

#[tokio::test]
async fn work_left_in_the_background_is_waited_for() {
    let place = Place::with(
        "(sleep 0.2; echo one >> work) &\n(sleep 0.4; echo two >> work) &\n\
         (sleep 0.6; echo three >> work) &\necho started",
    );
    let report = place.run().await;
    assert_eq!(place.text("work"), "one\ntwo\nthree\n");
    assert_eq!((report.end, report.exit), (End::Success, Some(0)));
    assert!(report.left.is_empty(), "{report:?}");
    assert!(report.script_ms.unwrap() < report.duration_ms, "{report:?}");
}

#[tokio::test]
async fn what_still_runs_is_reported_and_what_it_prints_is_kept() {
    let place = Place::with(WORKER);
    let ear = Ear::new();
    let meanwhile = async {
        let (state, note) = told(&ear).await;
        place.touch("go");
        (state, note)
    };
    let (report, (state, note)) = tokio::join!(place.run_with(&ear), meanwhile);
    assert_eq!(state, "ended with 0 after 0 s");
    let child = place.pid_in("child").await.as_raw_nonzero();
    assert!(note.contains(&format!("{child} (")), "{note}");
    assert!(note.contains(" still run"), "{note}");
    assert_eq!(report.unwrap().verdict(), Verdict::Clean);
    assert_eq!(place.text("output.log"), "early\nlate\n");
    assert!(place.path("work").exists() && !place.path("hup").exists());
    let known = |event: &Event| matches!(event, Event::Child { pid, .. } if *pid == child.get().cast_unsigned());
    assert!(ear.heard().iter().any(known), "the journal knows it");
}

#[tokio::test]
async fn a_script_that_failed_keeps_its_exit_while_the_rest_is_waited_for() {
    let place = Place::with("(sleep 0.5; echo done > work) & exit 3");
    let report = place.run().await;
    assert_eq!((report.end, report.exit), (End::Failed, Some(3)));
    assert!(place.path("work").exists());
}

#[tokio::test]
async fn what_has_let_go_of_the_output_is_left_alone() {
    let place = Place::with(
        "(trap 'echo hup > hup' HUP; echo $BASHPID > child; while :; do sleep 0.05; done) \
         > bg.log 2>&1 &\nwhile [ ! -s child ]; do sleep 0.02; done; echo end",
    );
    let report = place.run().await;
    let child = place.pid_in("child").await;
    assert!(is_alive(child) && !place.path("hup").exists());
    kill(child);
    assert_eq!((report.end, report.left.len()), (End::Success, 0));
}

#[tokio::test]
async fn a_stop_after_the_end_is_partial_and_ends_all_of_it() {
    // One in the session, one with the output that left it, one in the session without the output.
    let place = Place::with(
        "sleep 600 & setsid bash -c 'echo $$ > outside; exec sleep 601' &\n\
         sleep 602 > bg.log 2>&1 & echo $! > silent\n\
         while [ ! -s outside ]; do sleep 0.02; done; exit 0",
    );
    let ear = Ear::new();
    let stopping = async {
        told(&ear).await;
        ear.cancel.cancel();
    };
    let (report, ()) = tokio::join!(place.run_with(&ear), stopping);
    let report = report.unwrap();
    assert_eq!((report.end, report.exit), (End::Partial, Some(0)));
    assert_eq!(report.verdict(), Verdict::Partial);
    assert_eq!(report.failure().unwrap().kind, Kind::Partial);
    assert_eq!(report.failure().unwrap().kind.exit(), 11);
    assert!(report.meaning.contains("stopped with TERM"), "{report:?}");
    for name in ["outside", "silent"] {
        assert!(!is_alive(place.pid_in(name).await), "{name}");
    }
    nobody_is_left(&ear);
}

#[tokio::test]
async fn a_time_limit_after_the_end_is_partial_too() {
    let place = Place::with("(trap '' TERM; sleep 600; sleep 600) & exit 0");
    place.configure("time_limit = \"1s\"\ngrace = \"200ms\"");
    let ear = Ear::new();
    let report = place.run_with(&ear).await.unwrap();
    assert_eq!((report.end, report.exit), (End::Partial, Some(0)));
    let meaning = &report.meaning;
    assert!(meaning.contains("time limit"), "{meaning}");
    assert!(meaning.contains("stopped with KILL"), "{meaning}");
    nobody_is_left(&ear);
}

#[tokio::test]
async fn a_stop_while_it_runs_ends_processes_that_left_the_session_with_the_output() {
    let place = Place::with(
        "setsid bash -c 'trap \"\" TERM; echo $$ > outside; while :; do sleep 0.05; done' &\n\
         while [ ! -s outside ]; do sleep 0.02; done; touch ready; wait",
    );
    place.configure("grace = \"300ms\"");
    let ear = Ear::new();
    let report = super::stop::stopped(&place, &ear, || ear.cancel.cancel()).await;
    assert_eq!(report.end, End::Stopped);
    assert!(!is_alive(place.pid_in("outside").await));
}

#[tokio::test]
async fn another_users_process_with_the_output_is_named_and_not_claimed() {
    if !geteuid().is_root() {
        return;
    }
    let place = Place::with(
        "setsid setpriv --reuid=65534 --clear-groups sleep 600 & echo $! > other\n\
         sleep 0.2; exit 0",
    );
    chmod(place.folder.path(), 0o755);
    let ear = Ear::new();
    let stopping = async {
        let (_, note) = told(&ear).await;
        ear.cancel.cancel();
        note
    };
    let (report, note) = tokio::join!(place.run_with(&ear), stopping);
    let report = report.unwrap();
    assert!(note.contains(" of nobody (sleep)"), "{note}");
    assert_eq!(
        (report.end, report.left_fate),
        (End::Partial, Fate::NotEnded)
    );
    let left = &report.left[0];
    assert_eq!(
        (left.user.as_deref(), report.left.len()),
        (Some("nobody"), 1)
    );
    assert!(is_alive(pid(left)), "{report:?}");
    kill(pid(left));
    assert!(report.sentence().contains("1 process could not be ended"));
}

#[tokio::test]
async fn on_wish_what_is_left_gets_hup_and_the_run_ends() {
    let place = Place::with(WORKER);
    place.configure("leftovers = \"hup\"");
    let report = place.run().await;
    assert_eq!((report.end, report.left_fate), (End::Success, Fate::Hup));
    place.appears("hup").await;
    assert!(!place.path("work").exists() && !report.left.is_empty());
    place.touch("go");
    for left in &report.left {
        eventually("its end", || (!is_alive(pid(left))).then_some(())).await;
    }
}

#[tokio::test]
async fn on_wish_what_is_left_is_left_alone_and_the_run_ends() {
    let place = Place::with(WORKER);
    place.configure("leftovers = \"leave\"");
    let ear = Ear::new();
    let report = place.run_with(&ear).await.unwrap();
    assert_eq!((report.end, report.left_fate), (End::Success, Fate::Alone));
    assert!(ear.talk().contains("left alone"), "{}", ear.talk());
    let child = place.pid_in("child").await;
    assert!(is_alive(child) && !place.path("hup").exists());
    place.touch("go");
    eventually("its end", || (!is_alive(child)).then_some(())).await;
}

#[tokio::test]
async fn a_child_that_prints_for_ever_is_heard_until_it_is_stopped() {
    let place = Place::with("(echo $BASHPID > child; exec yes) & sleep 0.1");
    place.configure("max_output = \"1MiB\"");
    let ear = Ear::new();
    let stopping = async {
        told(&ear).await;
        ear.cancel.cancel();
    };
    let (report, ()) = tokio::join!(place.run_with(&ear), stopping);
    assert_eq!(report.unwrap().end, End::Partial);
    nobody_is_left(&ear);
    place.configure("max_output = \"1MiB\"\nleftovers = \"leave\"");
    let ended = tokio::time::timeout(Duration::from_mins(1), place.run()).await;
    kill(place.pid_in("child").await);
    assert_eq!(ended.expect("an end").end, End::Success);
}

#[tokio::test]
async fn the_terminal_is_nobodys_so_the_scripts_end_hangs_nobody_up() {
    // Opened anew by its name, as `> /dev/stderr` does it.
    let place = Place::with(
        "echo word > /dev/stderr; read -r pid name state parent group session tty rest \
         < /proc/$$/stat; echo \"tty $tty\"\n\
         (trap 'echo hup > hup' HUP; echo $BASHPID > child; while [ ! -e go ]; do sleep 0.02; \
         done) & while [ ! -s child ]; do sleep 0.02; done",
    );
    let ear = Ear::new();
    let meanwhile = async {
        told(&ear).await;
        place.touch("go");
    };
    let (report, ()) = tokio::join!(place.run_with(&ear), meanwhile);
    assert_eq!(report.unwrap().end, End::Success);
    assert_eq!(place.text("output.log"), "word\ntty 0\n");
    assert!(!place.path("hup").exists());
}
