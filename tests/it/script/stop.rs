//! Stopping: TERM, a grace, KILL, and nobody of it is left.

use std::time::{Duration, Instant};

use rustix::process::Pid;
use selaras::engine::{Event, Outcome, Verdict};
use selaras::error::Kind;
use selaras::script::{End, Report};

use super::{Ear, Place, is_alive};

/// Runs the script until it has written the file `ready`, then does `stop`.
pub async fn stopped(place: &Place, ear: &Ear, stop: impl FnOnce()) -> Report {
    let stopping = async {
        place.appears("ready").await;
        stop();
    };
    let (report, ()) = tokio::join!(place.run_with(ear), stopping);
    report.unwrap()
}

/// Nobody is in the session that the script had.
pub fn nobody_is_left(ear: &Ear) {
    let leader = ear.heard().into_iter().find_map(|event| match event {
        Event::Child { pid, .. } => Some(pid.to_string()),
        _ => None,
    });
    let leader = leader.unwrap();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let zombie = fields.first() == Some(&"Z");
        assert!(zombie || fields.get(3) != Some(&leader.as_str()), "{stat}");
    }
}

#[tokio::test]
async fn a_stop_lets_the_script_clean_up() {
    let place = Place::with(
        "touch sync.lock; trap 'rm -f sync.lock; echo cleaned' EXIT; trap 'exit 143' TERM\n\
         sleep 600 & touch ready; wait",
    );
    // In `wait`, for a TERM in the moment of a fork is lost, and bash waits for that child then.
    let ear = Ear::new();
    let report = stopped(&place, &ear, || ear.cancel.cancel()).await;
    assert_eq!((report.end, report.exit), (End::Stopped, Some(143)));
    assert_eq!(report.verdict(), Verdict::Stopped);
    assert_eq!(report.failure().unwrap().kind, Kind::Stopped);
    assert!(place.text("output.log").ends_with("cleaned\n"));
    assert!(!place.path("sync.lock").exists());
    nobody_is_left(&ear);
}

#[tokio::test]
async fn a_script_that_ignores_term_is_killed_after_the_grace() {
    let place = Place::with("trap '' TERM; touch ready; while :; do sleep 0.05; done");
    place.configure("grace = \"300ms\"");
    let ear = Ear::new();
    let began = Instant::now();
    let report = stopped(&place, &ear, || ear.cancel.cancel()).await;
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!((report.end, report.signal), (End::Stopped, Some(9)));
    assert!(
        report.meaning.starts_with("stopped with KILL"),
        "{}",
        report.meaning
    );
    let talk = ear.talk();
    assert!(
        talk.contains("TERM sent to all of it; KILL follows in 0.3 s"),
        "{talk}"
    );
    nobody_is_left(&ear);
}

#[tokio::test]
async fn children_that_ignore_term_do_not_outlive_the_stop() {
    let place = Place::with(
        "(trap '' TERM; echo $BASHPID > child; touch ready; while :; do sleep 0.05; done) &\n\
         wait",
    );
    place.configure("grace = \"300ms\"");
    let ear = Ear::new();
    let report = stopped(&place, &ear, || ear.cancel.cancel()).await;
    assert_eq!(report.end, End::Stopped);
    assert!(!is_alive(place.pid_in("child").await));
    nobody_is_left(&ear);
}

#[tokio::test]
async fn jobs_in_groups_of_their_own_are_stopped_too() {
    let place = Place::with("set -m; sleep 600 & echo $! > child; touch ready; wait");
    let ear = Ear::new();
    stopped(&place, &ear, || ear.cancel.cancel()).await;
    let child: Pid = place.pid_in("child").await;
    assert!(!is_alive(child));
    nobody_is_left(&ear);
}

#[tokio::test]
async fn asked_twice_it_is_killed_at_once() {
    let place = Place::with("trap '' TERM; touch ready; while :; do sleep 0.05; done");
    place.configure("grace = \"10m\"");
    let ear = Ear::new();
    let report = stopped(&place, &ear, || {
        ear.cancel.cancel();
        ear.insist.cancel();
    })
    .await;
    assert_eq!((report.end, report.exit), (End::Stopped, Some(137)));
    nobody_is_left(&ear);
}

#[tokio::test]
async fn a_time_limit_stops_the_script_and_is_told_as_124() {
    let place = Place::with("trap 'exit 0' TERM; sleep 600 & wait");
    place.configure("time_limit = \"1s\"");
    let ear = Ear::new();
    let report = place.run_with(&ear).await.unwrap();
    assert_eq!((report.end, report.exit), (End::TimeLimit, Some(124)));
    assert_eq!(report.failure().unwrap().kind, Kind::Script);
    assert!(report.meaning.contains("time limit"), "{}", report.meaning);
    nobody_is_left(&ear);
}

#[tokio::test]
async fn a_stop_before_the_start_runs_nothing() {
    let place = Place::with("touch ran");
    let plan = place.plan().await;
    let ear = Ear::new();
    ear.cancel.cancel();
    let applied = selaras::engine::Engine::apply(&place.engine(), plan, &ear.job).await;
    assert_eq!(applied.unwrap_err().kind(), Kind::Stopped);
    assert!(!place.path("ran").exists());
}

#[tokio::test]
async fn a_stop_under_a_flood_is_heard() {
    let place = Place::with("touch ready; yes");
    place.configure("max_output = \"1MiB\"");
    let ear = Ear::new();
    let report = stopped(&place, &ear, || ear.cancel.cancel()).await;
    assert_eq!(report.end, End::Stopped);
    nobody_is_left(&ear);
}
