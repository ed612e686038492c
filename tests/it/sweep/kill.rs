//! A worker killed at every point of its work: each location is as before or as it should be, the
//! run says which, nothing is in the way of the next one, and that one brings all of it there.

use rustix::process::Signal;
use selaras::engine::{Event, Verdict};
use selaras::run::State;
use selaras::sim::fault::{Fault, HUGE};
use selaras::sim::locations::Setup;
use selaras::sim::people;

use super::database::{Database, Dump};
use super::scene::{Scene, Spot};
use super::shell::Shell;
use crate::harness::wait::eventually;
use crate::harness::{child, wait};

/// `locations.id` and code of the places, in the order they are synced.
const PLACES: [(i64, &str); 3] = [(8, "atas"), (7, "lama"), (1, "ramai")];
/// Enough for three statements.
const MANY: usize = 1_200;

/// Atas with 25 new users, Lama with new, gone and unchanged ones, Ramai with many new ones.
async fn shell(database: Database) -> Shell {
    let there = [people::dev(), people::test(), people::named("prod", MANY)];
    let spots = PLACES.into_iter().zip(there).map(|((id, code), people)| {
        let here = match code {
            "lama" => people::test_local(),
            _ => Vec::new(),
        };
        Spot {
            id,
            code,
            setup: Setup {
                people,
                ..Setup::default()
            },
            here: here.into_iter().map(|email| (email, "active")).collect(),
        }
    });
    Shell::new(Scene::new(database, spots.collect()).await)
}

/// How everybody stands after a sync of all places.
async fn agreed(shell: &Shell) -> Dump {
    let (exit, _) = shell.run(&["users", "apply", "--all", "--yes"]).await;
    assert_eq!(exit, 0);
    let agreed = shell.scene.dump().await;
    shell.reset().await;
    agreed
}

/// What must be true after the worker's death; says at which places it had written.
async fn check(shell: &Shell, before: &Dump, after: &Dump) -> Vec<i64> {
    let run = shell.ended().await;
    let mut connection = shell.scene.connect().await;
    shell.scene.database.settle(&mut connection).await;
    connection.close().await.unwrap();
    let now = shell.scene.dump().await;
    let mut written = Vec::new();
    for (place, code) in PLACES {
        let is_after = now.markers.contains(&place);
        let wanted = if is_after { after } else { before };
        assert_eq!(
            now.statuses(place),
            wanted.statuses(place),
            "{code}: {:?}",
            now.markers
        );
        written.extend(is_after.then_some(place));
    }
    let (_, shown) = shell
        .ask(&["runs", "show", "--json", &run.id().to_string()])
        .await;
    if run.state == State::Died {
        let mut named: Vec<_> = PLACES
            .into_iter()
            .filter(|(id, _)| written.contains(id))
            .collect();
        named.sort_unstable();
        let named: Vec<_> = named.into_iter().map(|(_, code)| code).collect();
        assert_eq!(
            (&shown["state"], &shown["written"]),
            (&"died".into(), &named.into())
        );
    } else {
        assert_ne!(shown["state"], "died");
    }
    let (exit, again) = shell
        .ask(&["users", "apply", "--all", "--yes", "--json"])
        .await;
    assert_eq!((exit, &again["error"]), (0, &serde_json::Value::Null));
    let mut now = shell.scene.dump().await;
    now.markers.sort_unstable();
    assert_eq!(now.markers, [1, 7, 8], "each place was written to once");
    for (place, code) in PLACES {
        assert_eq!(now.statuses(place), after.statuses(place), "{code}");
    }
    shell.reset().await;
    written
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_killed_after_any_line_of_its_journal_leaves_no_half_place() {
    for database in Database::all().await {
        let shell = shell(database).await;
        let before = shell.scene.dump().await;
        let after = agreed(&shell).await;
        let (mut line, mut died) = (1, 0);
        loop {
            let mut reached = false;
            let kill = async {
                reached = shell.reaches(line).await;
                shell.signal(Signal::KILL);
            };
            shell.detach(kill).await;
            died += usize::from(shell.ended().await.state == State::Died);
            check(&shell, &before, &after).await;
            if !reached {
                break;
            }
            line += 1;
        }
        assert!(died > 3 && line > 6, "{died} of {line} died");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_killed_inside_a_transaction_has_written_the_places_before_it() {
    // Where it is held, and the places that are done by then.
    let moments = [
        ("users", "NEW.email = 'dev_vendor1@dkm'", vec![]),
        ("selaras_runs", "NEW.location_id = 8", vec![]),
        (
            "users",
            "NEW.location_id = 7 AND NEW.status = 'active'",
            vec![8],
        ),
        (
            "users",
            "NEW.location_id = 7 AND NEW.status = 'inactive'",
            vec![8],
        ),
        ("selaras_runs", "NEW.location_id = 7", vec![8]),
        ("users", "NEW.email = 'prod_vendor1@dkm'", vec![8, 7]),
        ("users", "NEW.email = 'prod_admin240@dkm'", vec![8, 7]),
        ("selaras_runs", "NEW.location_id = 1", vec![8, 7]),
    ];
    for database in Database::all().await {
        let shell = shell(database).await;
        let before = shell.scene.dump().await;
        let after = agreed(&shell).await;
        for (table, condition, done) in &moments {
            let mut connection = shell.scene.connect().await;
            database.hold(&mut connection, (table, condition)).await;
            shell.detach(std::future::ready(())).await;
            database.held(&mut connection).await;
            shell.signal(Signal::KILL);
            assert_eq!(shell.ended().await.state, State::Died, "{condition}");
            database.let_go(&mut connection).await;
            connection.close().await.unwrap();
            assert_eq!(&check(&shell, &before, &after).await, done, "{condition}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_killed_before_its_first_transaction_has_written_nothing() {
    for database in Database::all().await {
        let shell = shell(database).await;
        let before = shell.scene.dump().await;
        let after = agreed(&shell).await;
        let mut connection = shell.scene.connect().await;
        database.lock(&mut connection).await;
        shell.detach(std::future::ready(())).await;
        assert!(shell.reaches(2).await, "no stage");
        shell.signal(Signal::KILL);
        assert_eq!(shell.ended().await.state, State::Died);
        database.unlock(&mut connection).await;
        connection.close().await.unwrap();
        assert!(check(&shell, &before, &after).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_asked_to_stop_finishes_the_place_in_hand_and_reports() {
    for database in Database::all().await {
        let shell = shell(database).await;
        let before = shell.scene.dump().await;
        let after = agreed(&shell).await;
        let mut connection = shell.scene.connect().await;
        database.lock(&mut connection).await;
        let id = shell.detach(std::future::ready(())).await;
        assert!(shell.reaches(2).await, "no stage");
        shell.signal(Signal::TERM);
        let mut journal = shell.runs.follower(id, 0);
        eventually("answer", || {
            let batch = journal.next_batch().unwrap();
            batch
                .iter()
                .any(|entry| entry.event == Event::Stopping)
                .then_some(())
        })
        .await;
        database.unlock(&mut connection).await;
        connection.close().await.unwrap();
        let State::Finished(ending) = shell.ended().await.state else {
            unreachable!("it reported");
        };
        assert_eq!((ending.verdict, ending.exit), (Verdict::Stopped, 130));
        assert_eq!(check(&shell, &before, &after).await, [8]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_folder_that_cannot_be_written_is_told_before_anything_is() {
    let shell = shell(Database::Sqlite).await;
    let before = shell.scene.dump().await;
    // Not even root may make a folder there.
    let place = "/proc/selaras";
    let arguments = ["--state-dir", place, "users", "apply", "--all", "--yes"];
    let (exit, output) = shell.run(&arguments).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(exit, 6, "{said}");
    assert!(
        said.contains("error: cannot create /proc/selaras"),
        "{said}"
    );
    assert!(output.stdout.is_empty());
    assert_eq!(shell.scene.dump().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_end_does_not_take_the_memory() {
    let shell = shell(Database::Sqlite).await;
    for branch in &shell.scene.branches {
        branch.fault(Fault::Huge);
    }
    // As much data as this, in KiB, may the program have: less than one such body.
    let limit = HUGE / 1024 * 9 / 10;
    let command = shell.command(&["users", "plan", "atas"]);
    let words = command.as_std();
    let mut limited = child::bare("/bin/sh");
    limited
        .args(["-c", "ulimit -d \"$0\" && exec \"$@\"", &limit.to_string()])
        .arg(words.get_program())
        .args(words.get_args());
    let output = wait::output(limited).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the answer is larger than 32 MiB"), "{said}");
    assert_eq!(output.status.code(), Some(4));
}
