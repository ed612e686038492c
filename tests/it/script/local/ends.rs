//! How a run ends: exit codes with their evidence, what is left behind, what was printed last.

use std::time::Duration;

use selaras::engine::{Outcome, Verdict};
use selaras::error::Kind;
use selaras::script::End;
use selaras::sim::script::{Kind as Sort, Script as Simulated};

use crate::script::{Place, kill};

const QUICK: Duration = Duration::from_millis(30);

#[tokio::test]
async fn every_exit_is_told_as_it_was() {
    let table = [
        ("exit 0", 0, None, End::Success, "success"),
        ("exit 3", 3, None, End::Failed, "exit 3: an error"),
        (
            "exit 2",
            2,
            None,
            End::Failed,
            "exit 2 without a lock: the script itself failed",
        ),
        (
            "exit 124",
            124,
            None,
            End::Failed,
            "exit 124: a time limit inside the script was reached",
        ),
        (
            "./sync.log",
            126,
            None,
            End::Failed,
            "exit 126: a command is not executable",
        ),
        (
            "no-such-command",
            127,
            None,
            End::Failed,
            "exit 127: a command was not found",
        ),
        (
            "kill -9 $$",
            137,
            Some(9),
            End::Failed,
            "exit 137: signal 9 (KILL)",
        ),
    ];
    for (lines, exit, signal, end, meaning) in table {
        let place = Place::with(lines);
        place.touch("sync.log");
        let report = place.run().await;
        let told = (
            report.exit,
            report.signal,
            report.end,
            report.meaning.as_str(),
        );
        assert_eq!(told, (Some(exit), signal, end, meaning), "{lines}");
        let failure = report.failure().map(|failure| failure.kind);
        assert_eq!(failure, (end == End::Failed).then_some(Kind::Script));
        assert_eq!(report.verdict() == Verdict::Clean, end == End::Success);
    }
}

#[tokio::test]
async fn two_is_believed_when_a_live_process_has_the_lock() {
    let place = Place::with(
        "setsid bash -c 'exec 9> sync.lock; echo $$ > holder; exec sleep 600' \
         > bg.log 2>&1 &\n\
         while [ ! -s holder ]; do sleep 0.02; done; exit 2",
    );
    let report = place.run().await;
    let holder = place.pid_in("holder").await;
    kill(holder);
    assert_eq!(report.end, End::AlreadyRunning, "{report:?}");
    assert!(
        report.meaning.contains(&holder.to_string()),
        "{}",
        report.meaning
    );
    assert_eq!(report.failure().unwrap().kind, Kind::Busy);
}

#[tokio::test]
async fn a_lock_left_by_the_script_itself_makes_no_already_running() {
    let place =
        Place::with("echo $$ > sync.lock; sleep 600 > bg.log 2>&1 & echo $! > child; exit 2");
    let report = place.run().await;
    assert_eq!((report.end, report.exit), (End::Failed, Some(2)));
    kill(place.pid_in("child").await);
}

#[tokio::test]
async fn nothing_printed_before_the_end_is_lost() {
    let place = Place::with("seq 1 50000");
    let report = place.run().await;
    assert_eq!(report.lines, 50_000);
    assert!(place.text("output.log").ends_with("\n49999\n50000\n"));
}

#[tokio::test]
async fn each_simulated_script_ends_as_its_name_says() {
    let table = [
        (Sort::Usual, Some(0), End::Success),
        (Sort::Fails, Some(1), End::Failed),
        (Sort::TwoWithoutLock, Some(2), End::Failed),
        (Sort::BadText, Some(0), End::Success),
        (Sort::Attack, Some(0), End::Success),
        (Sort::AsksOnTerminal, Some(1), End::Failed),
    ];
    for (sort, exit, end) in table {
        let place = Place::empty("");
        let script = Simulated::write(place.folder.path(), sort, QUICK).unwrap();
        let report = place.run().await;
        assert_eq!((report.exit, report.end), (exit, end), "{sort:?}");
        assert!(!script.lock.exists(), "{sort:?}: its trap removes the lock");
    }
}
