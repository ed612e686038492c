//! A script of this machine: what it is given, and what becomes of what it prints.

mod ends;

use std::fs;

use selaras::engine::{Engine, Event, Job, Outcome};
use selaras::error::Kind;
use selaras::script::{End, Request, Script};

use super::{Ear, Place, chmod, eventually};
use crate::harness::{child, wait};

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
    let mut umask = child::tool("bash");
    umask.args(["-c", "umask"]);
    let umask = wait::output(umask).await;
    assert_eq!(
        lines.next(),
        Some(String::from_utf8_lossy(&umask.stdout).trim())
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
async fn without_a_place_for_it_output_is_only_counted() {
    let place = Place::with("echo one; echo two");
    let engine = Script::new(place.config()).unwrap();
    let job = Job::silent();
    let plan = engine.plan(Request::default(), &job).await.unwrap();
    let report = wait::within("the end of a script", engine.apply(plan, &job))
        .await
        .unwrap();
    assert_eq!((report.lines, report.bytes, report.kept), (2, 8, 0));
}
