//! Runs that outlive their faces: started twice, looked at, stopped, killed.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;

use super::{begin, done};
use crate::harness::wait;
use crate::script::{Place, eventually, is_alive};

/// A script that waits for the file `go`.
fn waiting() -> Place {
    Place::with(
        "echo $$ > sync.lock; trap 'rm -f sync.lock' EXIT; trap 'exit 143' TERM\n\
         echo $$ > pid; echo begins; while [ ! -e go ]; do sleep 0.02; done; echo ends",
    )
}

#[tokio::test]
async fn a_second_start_is_told_who_runs_it_since_when() {
    let place = waiting();
    let first = done(&place, "script run --yes --detach").await;
    assert_eq!(first.exit, 0, "{first:?}");
    let run = first.out.trim().to_owned();
    place.appears("pid").await;
    let second = done(&place, "script run --yes").await;
    assert_eq!(second.exit, 9, "{second:?}");
    let parts = [&run, "admin@kantor", "pid ", "selaras runs follow"];
    for part in parts {
        assert!(second.err.contains(part), "{part}: {}", second.err);
    }
    let attached = begin(&place, "script run --yes --attach");
    place.touch("go");
    let attached = wait::end_of(attached).await;
    assert_eq!(attached.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&attached.stdout), "begins\nends\n");
}

#[tokio::test]
async fn a_status_names_run_pid_and_lock_while_it_runs_and_the_last_run_after() {
    let place = waiting();
    let run = done(&place, "script run --yes --detach").await.out;
    let pid = place.pid_in("pid").await;
    let status = done(&place, "script status --json").await.json();
    assert_eq!(status["state"], "running");
    assert_eq!(status["running"]["pid"], pid.as_raw_nonzero().get());
    assert_eq!(status["plan"]["lock"]["state"], "held");
    let plain = done(&place, "script status").await;
    assert!(
        plain.out.contains(run.trim()) && plain.out.contains("running since"),
        "{plain:?}"
    );
    place.touch("go");
    let followed = done(&place, &format!("runs follow {run}")).await;
    assert_eq!(
        (followed.exit, followed.out.as_str()),
        (0, "begins\nends\n")
    );
    let status = done(&place, "script status --json").await.json();
    assert_eq!(
        (&status["state"], &status["running"]),
        (&"idle".into(), &Value::Null)
    );
    assert_eq!(status["history"][0]["meaning"], "success");
    assert_eq!(status["plan"]["lock"]["state"], "absent");
    assert_eq!(status["plan"]["changed"], false);
}

#[tokio::test]
async fn a_stop_ends_the_script_and_all_it_started() {
    let place = waiting();
    let run = done(&place, "script run --yes --detach").await.out;
    let pid = place.pid_in("pid").await;
    let stopped = done(&place, "script stop").await;
    assert_eq!(stopped.exit, 0, "{stopped:?}");
    assert!(!is_alive(pid) && !place.path("sync.lock").exists());
    let shown = done(&place, &format!("runs show {run} --json"))
        .await
        .json();
    assert_eq!(
        (&shown["exit"], &shown["verdict"]),
        (&130.into(), &"stopped".into())
    );
    let idle = done(&place, "script stop").await;
    assert_eq!(idle.exit, 0);
    assert!(idle.err.contains("nothing runs"), "{idle:?}");
}

#[tokio::test]
async fn a_second_stop_does_not_wait_for_the_grace() {
    let place = Place::with("trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done");
    place.configure("grace = \"10m\"");
    done(&place, "script run --yes --detach").await;
    let pid = place.pid_in("pid").await;
    let first = done(&place, "script stop --detach").await;
    assert_eq!(first.exit, 0, "{first:?}");
    assert!(is_alive(pid));
    let second = done(&place, "script stop").await;
    assert_eq!(second.exit, 0, "{second:?}");
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn ctrl_c_in_the_foreground_stops_the_script() {
    let place = waiting();
    let face = begin(&place, "script run --yes");
    let script = place.pid_in("pid").await;
    let pid = Pid::from_raw(face.id().unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let ended = wait::end_of(face).await;
    assert_eq!(ended.status.code(), Some(130));
    assert!(!is_alive(script));
}

#[tokio::test]
async fn a_script_outlives_a_killed_face() {
    let place = waiting();
    let mut face = begin(&place, "script run --yes");
    let script = place.pid_in("pid").await;
    let mut begun = vec![0; 7];
    face.stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut begun)
        .await
        .unwrap();
    assert_eq!(begun, b"begins\n");
    face.kill().await.unwrap();
    assert!(is_alive(script));
    place.touch("go");
    let ended = || (!is_alive(script)).then_some(());
    eventually("the script's end", ended).await;
    let listed = done(&place, "runs list --json").await.json();
    let run = listed["runs"][0]["run"].as_str().unwrap().to_owned();
    let followed = done(&place, &format!("runs follow {run}")).await;
    assert_eq!(
        (followed.exit, followed.out.as_str()),
        (0, "begins\nends\n")
    );
}
