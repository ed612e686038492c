//! A script of this machine, from its first byte to its exit code.

use std::fs;

use selaras::engine::{Engine, Event, Job, Outcome, Verdict};
use selaras::error::Kind;
use selaras::script::{End, Request, Script};
use selaras::sim::script::{Kind as Sort, Script as Simulated};
use std::time::Duration;

use super::{Ear, Place, chmod, eventually, is_alive, kill};

const QUICK: Duration = Duration::from_millis(30);

#[tokio::test]
async fn output_is_kept_byte_for_byte_from_both_streams_in_order() {
    let place = Place::with(
        "printf 'one\\ntwo\\r3 %%\\r\\n'; printf '\\033[31mred\\033[0m\\t\\377\\n' >&2; printf 'end'",
    );
    let report = place.run().await;
    let kept = fs::read(place.path("output.log")).unwrap();
    let printed: &[u8] = b"one\ntwo\r3 %\r\n\x1b[31mred\x1b[0m\t\xff\nend";
    assert_eq!(kept, printed);
    assert_eq!((report.bytes, report.lines), (printed.len() as u64, 4));
    assert_eq!((report.end, report.exit), (End::Success, Some(0)));
}

#[tokio::test]
async fn a_line_is_there_as_soon_as_it_is_printed() {
    let place = Place::with("echo first; while [ ! -e go ]; do sleep 0.02; done; echo last");
    let ear = Ear::new();
    let meanwhile = async {
        eventually("the first line", || {
            (place.text("output.log") == "first\n").then_some(())
        })
        .await;
        place.touch("go");
    };
    let (report, ()) = tokio::join!(place.run_with(&ear), meanwhile);
    assert_eq!(report.unwrap().end, End::Success);
    assert_eq!(place.text("output.log"), "first\nlast\n");
    assert!(ear.heard().contains(&Event::Output { bytes: 11 }));
}

#[tokio::test]
async fn a_script_has_a_terminal_to_print_on_and_none_to_ask_on() {
    let place = Place::with(
        "[ -t 1 ] && [ -t 2 ] && echo terminal; stty size <&1\n\
         read -r line || echo 'no input'\n\
         read -r secret < /dev/tty || echo 'nobody to ask'\n\
         read -r pid name state parent group session rest < /proc/$$/stat\n\
         [ $group = $$ ] && [ $session = $$ ] && echo 'a session of its own'",
    );
    place.run().await;
    let out = place.text("output.log");
    let said = [
        "terminal",
        "50 200",
        "no input",
        "nobody to ask",
        "a session of its own",
    ];
    for line in said {
        assert!(out.lines().any(|found| found == line), "{line}: {out}");
    }
}

#[tokio::test]
async fn a_script_gets_a_clean_environment_the_umask_and_its_own_folder() {
    let place = Place::with("env | cut -d= -f1 | sort | tr '\\n' ' '; echo; umask; pwd -P");
    let usual = ["PATH", "HOME", "USER", "LANG", "TZ", "TERM"];
    let other = |name: &String| name.len() > 4 && !usual.contains(&name.as_str());
    let passed = std::env::vars().map(|(name, _)| name).find(other).unwrap();
    place.configure(&format!("pass_env = [\"{passed}\"]"));
    place.run().await;
    let out = place.text("output.log");
    let mut lines = out.lines();
    let names = lines.next().unwrap();
    let allowed = [
        "PATH",
        "HOME",
        "USER",
        "LANG",
        "TZ",
        "TERM",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "_",
        passed.as_str(),
    ];
    assert!(
        names
            .split(' ')
            .all(|name| name.is_empty() || allowed.contains(&name)),
        "{names}"
    );
    assert!(names.contains(&passed) && names.contains("TERM"), "{names}");
    let umask = std::process::Command::new("bash")
        .args(["-c", "umask"])
        .output();
    assert_eq!(
        lines.next(),
        Some(String::from_utf8_lossy(&umask.unwrap().stdout).trim())
    );
    let folder = place.folder.path().canonicalize().unwrap();
    assert_eq!(lines.next(), folder.to_str());
}

#[tokio::test]
async fn bash_runs_what_cannot_run_by_itself() {
    let place = Place::with("echo \"$0 ${BASH_VERSION:+bash}\"");
    place.run().await;
    let by_itself = place.text("output.log");
    chmod(&place.path("sync.sh"), 0o640);
    place.run().await;
    assert_eq!(place.text("output.log"), by_itself);
    fs::write(place.path("sync.sh"), "echo ${BASH_VERSION:+bash}\n").unwrap();
    chmod(&place.path("sync.sh"), 0o750);
    place.run().await;
    assert_eq!(place.text("output.log"), "bash\n");
}

#[tokio::test]
async fn a_script_that_cannot_be_started_is_told_in_the_known_words() {
    let place = Place::empty("");
    fs::write(place.path("sync.sh"), "#!/no/such/interpreter\n").unwrap();
    chmod(&place.path("sync.sh"), 0o750);
    let error = place.run_with(&Ear::new()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Local);
    assert!(
        error.chain().starts_with("Failed to execute sync script: "),
        "{}",
        error.chain()
    );
}

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
        "setsid bash -c 'exec 9> sync.lock; echo $$ > holder; exec sleep 600' &\n\
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
    let place = Place::with("echo $$ > sync.lock; sleep 600 & exit 2");
    let report = place.run().await;
    assert_eq!((report.end, report.exit), (End::Failed, Some(2)));
}

#[tokio::test]
async fn a_run_ends_with_its_script_and_what_it_left_gets_hup() {
    let place = Place::with(
        "(trap 'echo hup > hup; exit' HUP; echo $$ > ready; while :; do sleep 0.02; done) &\n\
         while [ ! -e ready ]; do sleep 0.02; done; echo done",
    );
    let ear = Ear::new();
    let report = place.run_with(&ear).await.unwrap();
    assert_eq!(
        (report.end, place.text("output.log")),
        (End::Success, "done\n".to_owned())
    );
    assert!(!report.left.is_empty());
    assert!(
        ear.talk().contains("left in the background got HUP"),
        "{}",
        ear.talk()
    );
    place.appears("hup").await;
    for left in &report.left {
        let pid = rustix::process::Pid::from_raw(left.pid.try_into().unwrap()).unwrap();
        eventually("its end", || (!is_alive(pid)).then_some(())).await;
    }
}

#[tokio::test]
async fn a_child_that_prints_for_ever_does_not_hold_the_end_back() {
    let place = Place::with("trap '' HUP; (echo $BASHPID > child; exec yes) & sleep 0.1");
    let report = place.run().await;
    kill(place.pid_in("child").await);
    assert_eq!(report.end, End::Success);
}

#[tokio::test]
async fn nothing_printed_before_the_end_is_lost() {
    let place = Place::with("seq 1 50000");
    let report = place.run().await;
    assert_eq!(report.lines, 50_000);
    assert!(place.text("output.log").ends_with("\n49999\n50000\n"));
}

#[tokio::test]
async fn beyond_max_output_bytes_are_counted_and_the_script_goes_on() {
    let place = Place::with("seq 1 200000; echo done > done");
    place.configure("max_output = \"64KiB\"");
    let ear = Ear::new();
    let report = place.run_with(&ear).await.unwrap();
    assert_eq!((report.lines, report.kept), (200_000, 65_536));
    assert!(place.path("done").exists());
    assert_eq!(place.text("output.log").len(), 65_536);
    assert_eq!(
        ear.talk().matches("max_output").count(),
        1,
        "{}",
        ear.talk()
    );
    assert!(
        report
            .sentence()
            .contains("Only the first 65 536 bytes were kept.")
    );
}

#[tokio::test]
async fn a_flood_makes_few_events() {
    let place = Place::with("seq 1 300000");
    let ear = Ear::new();
    let report = place.run_with(&ear).await.unwrap();
    let heard = ear.heard();
    let told = heard
        .iter()
        .filter(|event| matches!(event, Event::Output { .. }));
    assert!(told.count() as u64 <= report.duration_ms / 100 + 3);
    let children = heard
        .iter()
        .filter(|event| matches!(event, Event::Child { .. }));
    assert_eq!(children.count(), 1);
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

#[tokio::test]
async fn without_a_place_for_it_output_is_only_counted() {
    let place = Place::with("echo one; echo two");
    let engine = Script::new(place.config()).unwrap();
    let job = Job::silent();
    let plan = engine.plan(Request::default(), &job).await.unwrap();
    let report = engine.apply(plan, &job).await.unwrap();
    assert_eq!((report.lines, report.bytes, report.kept), (2, 8, 0));
}
