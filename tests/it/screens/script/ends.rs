//! How a run that did not end well is shown: failed, exit 2, stopped, died.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use selaras::sim::script::Kind;

use super::{at_the_tab, office, run};

#[test]
fn a_failed_script_is_told_with_its_exit_and_what_it_printed() {
    let (office, _) = office(Kind::Fails, Duration::from_millis(300));
    let mut stage = at_the_tab(&office, 100, 30);
    run(&mut stage);
    stage
        .until_words("ERROR 1062")
        .until_words("exit 1: an error")
        .until_words("idle")
        .until_words("lock: absent");
    assert_eq!(office.runs()[0].exit(), Some(12));
    stage
        .press("s")
        .until_words("last run")
        .until_words("SHA-256");
}

#[test]
fn exit_2_without_a_lock_is_the_scripts_own_failure() {
    let (office, _) = office(Kind::TwoWithoutLock, Duration::from_millis(300));
    let mut stage = at_the_tab(&office, 100, 30);
    run(&mut stage);
    stage
        .until_words("mysqldump: Got error: 1045")
        .until_words("exit 2 without a lock: the script itself failed");
}

#[test]
fn children_left_behind_are_told_and_stopped() {
    let (office, _) = office(Kind::LeavesChildren, Duration::from_millis(300));
    let mut stage = at_the_tab(&office, 100, 30);
    run(&mut stage);
    stage
        .until_words("Left two behind")
        .until_words("the script ended with 0 after 0 s")
        .until_words("2 processes still run")
        .settle();
    stage.press("x").until_words("stop it").settle();
    stage.press("Enter").until_words("idle");
    assert_eq!(office.runs()[0].exit(), Some(11));
}

#[test]
fn a_script_whose_worker_was_killed_is_seen_and_stopped() {
    let (office, script) = office(Kind::Usual, Duration::from_mins(10));
    let mut stage = at_the_tab(&office, 100, 30);
    run(&mut stage);
    stage
        .until_words("Dumping app")
        .until_words("pid ")
        .settle();
    let worker = office.runs()[0].worker.unwrap().pid;
    kill_process(pid(worker), Signal::KILL).unwrap();
    stage
        .until_words("was killed")
        .until_words("from then on is lost")
        .settle();
    stage.press("s").settle();
    assert_eq!(office.runs().len(), 1, "nothing is begun beside it");
    stage.press("x").until_words("stop it").settle();
    stage.press("Enter").until_words("idle");
    assert!(!script.lock.exists(), "TERM lets it clean up");
}

fn pid(number: u32) -> Pid {
    Pid::from_raw(i32::try_from(number).unwrap()).unwrap()
}
