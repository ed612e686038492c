//! The script's own lock: who has it, and when it may be called stale. Who may not look into the
//! processes of others is never told that a lock is stale, so these tests need to be root for that
//! half; the other half holds for everybody.

use std::fs::{self, File, FileTimes};
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::geteuid;
use selaras::engine::{Engine, Job, Outcome, Summary};
use selaras::error::Kind;
use selaras::script::lock::{How, LockFile, State};
use selaras::script::unlock::Unlock;

use super::{Place, eventually};
use crate::harness::wait::end;
use crate::harness::{child, clock};

/// A child that does not outlive its test.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

impl Guard {
    fn bash(place: &Place, arguments: &[&str]) -> Self {
        let mut command = child::tool("bash");
        command
            .args(arguments)
            .current_dir(place.folder.path())
            .stdout(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

fn look(place: &Place) -> LockFile {
    LockFile::look(&place.path("sync.lock"), &place.path("sync.sh"), None)
}

fn holder(place: &Place) -> Option<(u32, How)> {
    match look(place).state {
        State::Held { evidence, .. } => Some((evidence[0].pid, evidence[0].how)),
        State::Absent | State::Stale { .. } | State::Unknown { .. } => None,
    }
}

/// What a lock is that nobody has: stale for root, and nothing that others could tell.
fn is_nobodys(state: &State) -> bool {
    match state {
        State::Stale { .. } => true,
        State::Unknown { .. } => !geteuid().is_root(),
        State::Absent | State::Held { .. } => false,
    }
}

#[test]
fn no_lock_file_is_no_lock() {
    assert_eq!(look(&Place::with("exit 0")).state, State::Absent);
}

#[test]
fn a_living_pid_in_the_file_holds_it_and_a_later_namesake_does_not() {
    let place = Place::with("exit 0");
    let sleeper = Guard(child::tool("sleep").arg("600").spawn().unwrap());
    let pid = sleeper.0.id();
    fs::write(place.path("sync.lock"), format!("{pid}\n")).unwrap();
    assert_eq!(holder(&place), Some((pid, How::Written)));
    let before = clock::kernels_past(Duration::from_hours(24));
    let lock = File::options().write(true).open(place.path("sync.lock"));
    let times = FileTimes::new().set_modified(before);
    lock.unwrap().set_times(times).unwrap();
    assert!(is_nobodys(&look(&place).state), "{:?}", look(&place));
}

#[tokio::test]
async fn a_process_that_has_it_locked_or_open_holds_it() {
    let place = Place::with("exit 0");
    let script = "exec 9> sync.lock; [ $1 = flock ] && flock 9; touch $1; exec sleep 600";
    for (word, how) in [("flock", How::Locked), ("open", How::Open)] {
        let guard = Guard::bash(&place, &["-c", script, "bash", word]);
        place.appears(word).await;
        let State::Held { evidence, .. } = look(&place).state else {
            panic!("{:?}", look(&place));
        };
        assert!(evidence.iter().any(|one| one.how == how), "{evidence:?}");
        let pids: Vec<u32> = evidence.iter().map(|one| one.pid).collect();
        assert!(pids.contains(&guard.0.id()), "{evidence:?}");
    }
}

#[tokio::test]
async fn a_script_started_by_hand_is_never_called_stale() {
    let place = Place::with("touch sync.lock ready; while :; do sleep 0.05; done");
    let full = place.path("sync.sh");
    let full = full.to_str().unwrap();
    let ways: [&[&str]; 4] = [
        &["sync.sh"],
        &["-e", "./sync.sh"],
        &[full],
        &["-c", "exec ./sync.sh"],
    ];
    for way in ways {
        let guard = Guard::bash(&place, way);
        place.appears("ready").await;
        let found = holder(&place);
        assert_eq!(found, Some((guard.0.id(), How::Runs)), "{way:?}");
        fs::remove_file(place.path("ready")).unwrap();
    }
}

#[tokio::test]
async fn who_reads_or_edits_a_script_does_not_run_it() {
    let place = Place::with("exit 0");
    place.touch("sync.lock");
    let reader = "exec 9< sync.sh; touch ready; exec -a vim sleep 600";
    let _editor = Guard::bash(&place, &["-c", reader]);
    place.appears("ready").await;
    let fresh = eventually("an editor", || {
        is_nobodys(&look(&place).state).then_some(())
    });
    fresh.await;
}

#[tokio::test]
async fn a_killed_script_leaves_a_stale_lock() {
    let place = Place::with(
        "trap 'rm sync.lock' EXIT; echo $$ > sync.lock; touch ready; while :; do sleep 0.05; done",
    );
    let mut guard = Guard::bash(&place, &["sync.sh"]);
    place.appears("ready").await;
    assert_eq!(holder(&place), Some((guard.0.id(), How::Written)));
    end(&mut guard.0);
    // A child that it had just made is the script for a moment more.
    let nobodys = || is_nobodys(&look(&place).state).then_some(());
    eventually("a stale lock", nobodys).await;
}

#[test]
fn a_folder_can_be_a_lock() {
    let place = Place::with("exit 0");
    fs::create_dir(place.path("sync.lock")).unwrap();
    assert!(is_nobodys(&look(&place).state));
}

#[tokio::test]
async fn unlocking_removes_a_stale_lock_and_no_other() {
    if !geteuid().is_root() {
        return;
    }
    let place = Place::with("exit 0");
    let unlock = Unlock::new(&place.config()).unwrap();
    let job = Job::silent();
    let plan = unlock.plan((), &job).await.unwrap();
    assert!(plan.is_empty());

    place.touch("sync.lock");
    let plan = unlock.plan((), &job).await.unwrap();
    assert!(!plan.is_empty() && plan.problem.is_none(), "{plan:?}");
    // Somebody took it meanwhile.
    let holder = File::create(place.path("sync.lock")).unwrap();
    let held = Guard(
        child::tool("sleep")
            .arg("600")
            .stdout(holder)
            .spawn()
            .unwrap(),
    );
    let error = unlock.apply(plan, &job).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Stale);
    assert!(place.path("sync.lock").exists());
    let refused = unlock.plan((), &job).await.unwrap();
    assert_eq!(refused.problem.as_ref().unwrap().kind, Kind::Busy);
    assert_eq!(
        unlock.apply(refused, &job).await.unwrap_err().kind(),
        Kind::Busy
    );

    drop(held);
    let plan = unlock.plan((), &job).await.unwrap();
    let report = unlock.apply(plan, &job).await.unwrap();
    assert_eq!(report.removed, Some(place.path("sync.lock")));
    assert!(
        report.sentence().contains("sync.lock"),
        "{}",
        report.sentence()
    );
    assert!(!place.path("sync.lock").exists());
}
