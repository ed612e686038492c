//! Reading: lists, journals, and what is removed at last.

use std::fs;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use selaras::engine::Event;
use selaras::error::Kind;
use selaras::run::{Id, KEPT_FOR_UNDO, Keep, Listed, Until};
use serde_json::json;

use super::end::stop;
use super::{Act, World};
use crate::harness::clock;
use crate::harness::wait::within;

/// A run as an earlier selaras left it: these bytes are version 1 and must stay readable.
pub(super) fn old_run(
    world: &World,
    created: Timestamp,
    verdict: Option<&str>,
    resource: &str,
) -> Id {
    let id = Id::fresh();
    let folder = world.runs.path(id);
    fs::create_dir_all(&folder).unwrap();
    let manifest = format!(
        r#"{{"version":1,"id":"{id}","engine":"users","target":"Dev","request":{{"codes":["dev"]}},
            "operator":{{"user":"sari","host":"kantor","ssh_client":"192.0.2.7"}},
            "created":"{created}","plan_id":"01938e2a-4a00-7abc-8def-0123c41f9a00",
            "plan_hash":"00","resources":["{resource}"],"refused":{{}},"selaras":"0.1.0",
            "launch":{{"exe":"/proc/self/exe","args":["--config","c.toml"],"cwd":"/"}}}}"#
    );
    fs::write(folder.join("run.json"), manifest).unwrap();
    if let Some(verdict) = verdict {
        let report = format!(
            r#"{{"version":1,"verdict":"{verdict}","exit":0,"error":null,"sentence":"Done.",
                "ended":"{created}","report":{{"locations":[]}}}}"#
        );
        fs::write(folder.join("report.json"), report).unwrap();
    }
    id
}

fn folder_of_runs(world: &World) -> PathBuf {
    world.state.path().join("runs")
}

#[tokio::test]
async fn the_list_survives_whatever_lies_there() {
    let world = World::new();
    let now = clock::now();
    let first = old_run(&world, now, Some("clean"), "users-8");
    let newer = old_run(&world, now, Some("clean"), "users-8");
    let half = old_run(&world, now, None, "users-8");
    let last = old_run(&world, now, None, "users-8");
    let report = world.runs.path(newer).join("report.json");
    fs::write(report, r#"{"version":2,"verdict":"splendid"}"#).unwrap();
    fs::write(world.runs.path(half).join("run.json"), "{\"vers").unwrap();
    fs::create_dir(folder_of_runs(&world).join("holiday pictures")).unwrap();
    fs::create_dir(folder_of_runs(&world).join(format!(".new-{first}"))).unwrap();
    let rows: Vec<String> = (world.runs.list().unwrap().into_iter())
        .map(|row| match row {
            Listed::Run(run) => format!("{} {:?}", run.id(), run.exit()),
            Listed::Unreadable { name, why } => {
                let why = why.message.rsplit('/').next().unwrap().to_owned();
                format!("{name}: {}", why.split(':').next().unwrap())
            }
        })
        .collect();
    assert_eq!(
        rows,
        [
            format!("{last} Some(6)"),
            format!("{half}: run.json is damaged"),
            format!("{newer}: report.json was written by a newer selaras (version 2 of the file)"),
            format!("{first} Some(0)"),
            "holiday pictures: not the folder of a run".to_owned(),
        ]
    );
}

#[test]
fn any_unique_ending_names_a_run() {
    let world = World::new();
    assert_eq!(world.runs.find("c41f9a").unwrap_err().kind(), Kind::Usage);
    let ids: Vec<Id> = (0..3)
        .map(|_| old_run(&world, clock::now(), None, "script"))
        .collect();
    for id in &ids {
        assert_eq!(world.runs.find(&id.short()).unwrap(), *id);
        assert_eq!(world.runs.find(&id.to_string()).unwrap(), *id);
    }
    let twin = format!("01938e2a-4a00-7abc-8def-0123{}", &ids[0].to_string()[28..]);
    fs::create_dir(folder_of_runs(&world).join(&twin)).unwrap();
    let error = world.runs.find(&ids[0].short()).unwrap_err();
    assert!(error.to_string().contains("fits 2 runs"), "{error}");
    assert!(
        error.to_string().contains(&twin.replace('-', "")[20..]),
        "{error}"
    );
}

#[tokio::test]
async fn a_follower_sees_the_same_before_and_after_the_end() {
    let world = World::new();
    let id = world.waiting(Act::Wait, &[]).await;
    let mut following = world.runs.follow(id, 0).unwrap();
    let mut seen = within("a batch", following.next()).await.unwrap().unwrap();
    // A wait that is given up loses nothing.
    tokio::select! {
        biased;
        batch = following.next() => panic!("{batch:?}"),
        () = std::future::ready(()) => {}
    }
    stop(&world, id, Until::Answered).await;
    while let Some(batch) = within("a batch", following.next()).await.unwrap() {
        seen.extend(batch);
    }
    assert!(!world.runs.is_running(id).unwrap());
    let numbers: Vec<u64> = seen.iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert!(matches!(seen[0].event, Event::Started { .. }));
    assert_eq!(seen[2].event, Event::Stopping);
    let mut again = Vec::new();
    let mut following = world.runs.follow(id, 1).unwrap();
    while let Some(batch) = within("a batch", following.next()).await.unwrap() {
        again.extend(batch);
    }
    assert_eq!(again, seen[1..]);
    assert_eq!(following.skipped(), 0);
}

#[tokio::test]
async fn following_a_run_that_is_gone_is_an_error() {
    let world = World::new();
    let error = world.runs.follow(Id::fresh(), 0).unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
}

#[test]
fn the_newest_applied_runs_of_each_resource_are_kept() {
    let world = World::new();
    let now = clock::now();
    let old = now - SignedDuration::from_hours(24 * 400);
    let oldest = old_run(&world, old, Some("partial"), "users-8");
    let rare = old_run(&world, old, Some("clean"), "pimpinan");
    let died = old_run(&world, old, None, "users-8");
    let failed = old_run(&world, old, Some("failed"), "users-8");
    for _ in 0..KEPT_FOR_UNDO {
        old_run(&world, old, Some("clean"), "users-8");
    }
    let young = old_run(&world, now, Some("failed"), "users-8");
    let keep = |runs| Keep { runs, days: 365 };
    let found = |runs| -> Vec<Id> {
        let pruning = world.runs.prunable(keep(runs), now).unwrap();
        pruning.runs.iter().map(super::Run::id).collect()
    };
    assert_eq!(found(500), [failed, died, oldest]);
    assert_eq!(found(0), [young, failed, died, oldest]);
    let pruning = world.runs.prunable(keep(500), now).unwrap();
    let pruned = world.runs.prune(pruning).unwrap();
    assert_eq!(pruned.removed, [failed, died, oldest]);
    assert!(pruned.failed.is_empty());
    assert!(found(500).is_empty());
    assert!(world.runs.path(rare).exists() && world.runs.path(young).exists());
}

#[tokio::test]
async fn pruning_spares_what_lives_and_clears_what_lost_its_maker() {
    let world = World::new();
    let id = world.waiting(Act::Wait, &[]).await;
    for name in [".new-01938e2a", ".old-01938e2b"] {
        fs::create_dir(folder_of_runs(&world).join(name)).unwrap();
        fs::write(folder_of_runs(&world).join(name).join("lock"), "").unwrap();
    }
    let keep = Keep { runs: 0, days: 0 };
    let later = clock::of_the_machine() + SignedDuration::from_hours(48);
    let pruning = world.runs.prunable(keep, later).unwrap();
    assert_eq!((pruning.runs.len(), pruning.leftovers.len()), (0, 2));
    world.runs.prune(pruning).unwrap();
    let left = fs::read_dir(folder_of_runs(&world)).unwrap().count();
    assert_eq!(left, 1);
    stop(&world, id, Until::Ended).await;
    let pruning = world.runs.prunable(keep, later).unwrap();
    assert_eq!(world.runs.prune(pruning).unwrap().removed, [id]);
}

#[tokio::test]
async fn files_of_the_first_version_stay_readable() {
    let world = World::new();
    let now = clock::now();
    let id = old_run(&world, now, Some("clean"), "users-8");
    let event = json!({"seq":1,"at":now,"kind":"started","pid":4711}).to_string();
    fs::write(world.runs.path(id).join("events.jsonl"), event + "\n").unwrap();
    let run = world.runs.get(id).unwrap();
    assert_eq!(run.worker.unwrap().pid, 4711);
    let report = world.runs.report::<serde_json::Value>(id).unwrap();
    assert_eq!(report.report.unwrap(), json!({"locations": []}));
}
