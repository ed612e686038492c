//! Runs from the shell: left, followed, stopped, listed; every verb agrees on how one ended.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use selaras::run::State;
use selaras::sim::world::Place;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::timeout;

use super::office::{end_of, eventually};
use super::{Office, sentence};

#[tokio::test]
async fn a_run_whose_face_is_killed_ends_well_and_can_be_seen_from_its_start() {
    let office = Office::open().await;
    let held = office.hold().await;
    let mut face = office.start(&["users", "apply", "dev", "--yes"]);
    let run = office.working_run().await.short();
    face.kill().await.unwrap();
    drop(held);
    let followed = office.run(&["runs", "follow", &run]).await;
    followed.expect(0, &sentence(25, 0, 0), "· apply Dev\n");
    assert_eq!(office.active(Place::Dev).await, 25);
}

#[tokio::test]
async fn without_an_id_the_newest_run_that_goes_on_is_followed() {
    let office = Office::open().await;
    office.run(&["runs", "follow"]).await.expect(
        2,
        "",
        "error: no run is running\nhint: `selaras runs list` shows",
    );
    let test = ["users", "apply", "test", "--yes"];
    office.run(&test).await.expect(0, "", "");
    let held = office.hold().await;
    let dev = ["users", "apply", "dev", "--yes", "--detach"];
    let run = office.run(&dev).await.out.trim().to_owned();
    let mut following = office.start(&["runs", "follow"]);
    let talk = BufReader::new(following.stderr.take().unwrap());
    let mut said = talk.lines();
    let first = timeout(Duration::from_secs(30), said.next_line()).await;
    let first = first.expect("it says nothing").unwrap().unwrap();
    assert!(
        first.starts_with(&format!("following run {run}: users Dev")),
        "{first}"
    );
    drop(held);
    end_of(following).await.expect(0, &sentence(25, 0, 0), "");
}

#[tokio::test]
async fn two_at_once_the_second_is_told_who_is_at_it() {
    let office = Office::open().await;
    let held = office.hold().await;
    let first = office
        .run(&["users", "apply", "dev", "--yes", "--detach"])
        .await;
    let run = first.out.trim().to_owned();
    first.expect(
        0,
        &run,
        &format!("continues in the background: selaras runs follow {run}"),
    );
    let pid = eventually("its process", || {
        office.runs().readable().unwrap()[0].worker
    })
    .await
    .pid;
    let second = office.run(&["users", "apply", "dev", "--yes"]).await;
    second.expect(9, "", "error: users Dev is already running: run ");
    for fact in [
        &*run,
        "admin@kantor",
        &format!("pid {pid}"),
        "`selaras runs follow ",
    ] {
        assert!(second.err.contains(fact), "no {fact} in {second:#?}");
    }
    drop(held);
    let followed = office.run(&["runs", "follow", &run]).await;
    followed.expect(0, &sentence(25, 0, 0), "");
    assert_eq!(office.runs().readable().unwrap().len(), 1);
}

#[tokio::test]
async fn a_failed_apply_has_a_report_and_every_verb_agrees_with_it() {
    let office = Office::open().await;
    // A database that refuses in the middle of a transaction, as a full disk would.
    office
        .sql(
            "CREATE TRIGGER full BEFORE INSERT ON users BEGIN SELECT RAISE(FAIL, 'disk full'); END",
        )
        .await;
    let applied = office.run(&["users", "apply", "dev", "--yes"]).await;
    let error = "Failed to execute sync: the database says: disk full; nothing was written";
    applied.expect(5, "", &format!("error: {error}"));
    let run = office.runs().readable().unwrap().remove(0);
    assert_eq!(run.failure().unwrap().message, error);
    let short = run.id().short();
    let followed = office.run(&["runs", "follow", &short]).await;
    followed.expect(5, "", &format!("error: {error}"));
    let shown = office.run(&["runs", "show", &short]).await;
    shown.expect(0, &format!("result     {error}"), "");
    assert!(shown.out.contains("exit       5\n"), "{shown:#?}");
    let listed = office.run(&["runs", "list"]).await;
    listed.expect(0, "  failed     5  users ", "");
    let (_, shown) = office.json(&["runs", "show", &short, "--json"]).await;
    assert_eq!(
        (&shown["exit"], &shown["error"]["kind"]),
        (&json!(5), &json!("database"))
    );
    assert_eq!(office.active(Place::Dev).await, 0);
}

#[tokio::test]
async fn ctrl_c_in_the_foreground_finishes_the_location_in_hand_and_no_other() {
    let office = Office::open().await;
    let held = office.hold().await;
    let face = office.start(&["users", "apply", "dev", "test", "--yes"]);
    let id = office.working_run().await;
    super::terminal::interrupt(&face);
    eventually("an answer", || {
        let journal = office.runs().path(id).join("events.jsonl");
        let journal = std::fs::read_to_string(journal).unwrap();
        journal.contains("\"stopping\"").then_some(())
    })
    .await;
    drop(held);
    let done = end_of(face).await;
    done.expect(
        130,
        "",
        "stopping after the batch in hand; Ctrl-C again insists\n",
    );
    assert!(done.err.contains("! stopping\n"), "{done:#?}");
    let active = [
        office.active(Place::Dev).await,
        office.active(Place::Test).await,
    ];
    assert!([[25, 12], [0, 12]].contains(&active), "{active:?}");
    let followed = office.run(&["runs", "follow", &id.short()]).await;
    assert_eq!(followed.exit, 130, "{followed:#?}");
}

#[tokio::test]
async fn a_stop_waits_for_the_end_and_asks_before_it_stops_somebody_elses_run() {
    let office = Office::open().await;
    let held = office.hold().await;
    office
        .run(&["users", "apply", "dev", "test", "--yes", "--detach"])
        .await;
    let run = office.working_run().await.short();
    office.set_top("operator = \"budi@cabang\"");
    let text = std::fs::read_to_string(office.config()).unwrap();
    let text = text.replace("operator = \"admin@kantor\"\n", "");
    std::fs::write(office.config(), text).unwrap();
    let refused = office.run(&["runs", "stop", &run]).await;
    refused.expect(2, "", "add --yes to continue without a question");
    let answered = office
        .run(&["runs", "stop", &run, "--yes", "--detach"])
        .await;
    answered.expect(0, "", &format!("run {run} is stopping"));
    let waiting = office.start(&["runs", "stop", &run, "--yes", "--read-only"]);
    drop(held);
    end_of(waiting).await.expect(0, "", &format!("run {run} "));
    office
        .run_that_is("a stopped run", |state| matches!(state, State::Finished(_)))
        .await;
    let again = office.run(&["runs", "stop", &run]).await;
    again.expect(0, "", &format!("run {run} had ended already"));
}

#[tokio::test]
async fn leaving_a_run_is_not_its_end() {
    let office = Office::open().await;
    let held = office.hold().await;
    office
        .run(&["users", "apply", "dev", "--yes", "--detach"])
        .await;
    let run = office.working_run().await.short();
    let mut following = office.command(&["runs", "follow", &run]);
    let following = following.spawn().unwrap();
    // It listens for Ctrl-C before it says anything.
    let following = super::terminal::heard(following, "apply Dev").await;
    super::terminal::interrupt(&following.child);
    let (exit, said) = following.end().await;
    assert_eq!(exit, 130, "{said}");
    assert!(
        said.contains(&format!(
            "run {run} is still running: selaras runs follow {run}"
        )),
        "{said}"
    );
    drop(held);
    office
        .run(&["runs", "follow", &run])
        .await
        .expect(0, &sentence(25, 0, 0), "");
}

#[tokio::test]
async fn a_run_that_died_is_told_with_what_the_database_knows() {
    let office = Office::open().await;
    let held = office.hold().await;
    let face = office.start(&["users", "apply", "dev", "--yes"]);
    let id = office.working_run().await;
    let worker = office.runs().get(id).unwrap().worker.unwrap();
    let pid = Pid::from_raw(worker.pid.cast_signed()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    let died = end_of(face).await;
    died.expect(6, "", "died before it could report");
    drop(held);
    let shown = office.run(&["runs", "show", &id.short()]).await;
    shown.expect(0, "the database says: nothing of it was written", "");
    let followed = office.run(&["runs", "follow", &id.short()]).await;
    assert_eq!(followed.exit, 6, "{followed:#?}");
    // Nothing is left in the way.
    office
        .run(&["users", "apply", "dev", "--yes"])
        .await
        .expect(0, &sentence(25, 0, 0), "");
}

#[tokio::test]
async fn a_run_is_found_by_the_end_of_its_id_and_old_ones_make_room() {
    let office = Office::open().await;
    office.set_top("keep_days = 1");
    office.run(&["users", "apply", "dev", "--yes"]).await;
    office
        .run(&["runs", "show", "zz"])
        .await
        .expect(2, "", "is not the id of a run");
    office
        .run(&["runs", "show", "ffffffffffff"])
        .await
        .expect(2, "", "there is no run");
    let pruned = office.run(&["runs", "prune", "--yes"]).await;
    pruned.expect(0, "", "0 old runs removed");
    // A dead starter's leftover is cleared away without a question, but not when only reading.
    let leftover = office.world.state_dir().join("runs/.new-x");
    std::fs::create_dir(&leftover).unwrap();
    assert_eq!(office.run(&["runs", "prune", "--read-only"]).await.exit, 3);
    assert!(leftover.exists());
    office.run(&["runs", "prune"]).await.expect(0, "", "");
    assert!(!leftover.exists());
}
