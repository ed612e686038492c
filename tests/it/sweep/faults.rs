//! Every fault at every request: nobody is deactivated because of it, the database is as before or
//! as it should be, and the next try brings it there.
//!
//! The guard against many deactivations is out of the way here, so that only the completeness of
//! a listing stands between a fault and the users.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use selaras::config::Users as Settings;
use selaras::engine::Event;
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::locations::{ListShape, Setup, Totals};
use selaras::sim::server::Seen;

use super::database::{Database, Dump};
use super::people::{self, DEV};
use super::scene::{Scene, Tried};

/// How long a hasty sync waits for an answer, and how late a slow server's is. A healthy one must
/// not seem slow where the cores are busy.
const HASTY: Duration = Duration::from_secs(2);
const SLOW: Duration = Duration::from_secs(4);
/// How many faults are tried at the same time.
const TOGETHER: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_of_a_documented_server_harms_anybody() {
    for database in Database::all().await {
        sweep(database, &Setup::default()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_of_a_server_with_a_cap_harms_anybody() {
    let cap = Some(12);
    sweep(
        Database::Sqlite,
        &Setup {
            cap,
            ..Setup::default()
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_of_a_laravel_paginator_harms_anybody() {
    let list = ListShape::Paginator;
    sweep(
        Database::Sqlite,
        &Setup {
            list,
            ..Setup::default()
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_of_a_server_that_knows_only_its_last_page_harms_anybody() {
    let (list, totals) = (ListShape::PaginatorMeta, Totals::LastPage);
    sweep(
        Database::Sqlite,
        &Setup {
            list,
            totals,
            ..Setup::default()
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_of_a_server_without_totals_harms_anybody() {
    let totals = Totals::Absent;
    sweep(
        Database::Sqlite,
        &Setup {
            totals,
            ..Setup::default()
        },
    )
    .await;
}

/// Every fault with the values that matter here. An attack is left out: it makes other users of
/// those there are, who are then really gone as far as anybody can know; so is a deletion, see
/// `kinds`.
fn faults() -> Vec<Fault> {
    let usual = Fault::ALL
        .into_iter()
        .filter(|fault| !matches!(fault, Fault::Slow(_) | Fault::Attack | Fault::DeletedRow));
    // Cut within the head, at its end, and within the rows.
    let more = [
        Fault::Slow(SLOW),
        Fault::Cut(0),
        Fault::Cut(150),
        Fault::Cut(1_500),
    ];
    usual.chain(more).collect()
}

async fn sweep(database: Database, options: &Setup) {
    // Each on its own, so that they share the cores.
    let trying = stream::iter(faults()).map(|fault| {
        let trying = tokio::spawn(try_fault(database, options.clone(), fault));
        trying.map(Result::unwrap)
    });
    let complaints: Vec<String> = trying
        .buffer_unordered(TOGETHER)
        .flat_map(stream::iter)
        .collect()
        .await;
    let count = complaints.len();
    assert!(
        count == 0,
        "{database:?}: {count} complaints:\n{}",
        complaints.join("\n")
    );
}

/// One fault at each request in turn; says what went wrong.
async fn try_fault(database: Database, options: Setup, fault: Fault) -> Vec<String> {
    let scene = Scene::new(database, people::spots(options)).await;
    let usual = scene.sync(&scene.users(free)).await;
    assert_eq!(usual.report.error, None, "without faults");
    let requests = scene.branches[0].requests().len() as u64;
    let mut complaints = Vec::new();
    for number in 1..=requests {
        if let Err(complaint) = strike(&scene, fault, number).await {
            complaints.push(format!(
                "{fault} at request {number} of {requests}: {complaint}"
            ));
        }
    }
    complaints
}

/// As many may be deactivated as there are.
fn free(settings: &mut Settings) {
    settings.max_deactivate_percent = 100;
}

/// The settings for a sync that meets `fault`.
fn meeting(fault: Fault, settings: &mut Settings) {
    match fault {
        Fault::Slow(_) | Fault::BlackHole => settings.timeout = HASTY,
        _ => {}
    }
    free(settings);
}

async fn strike(scene: &Scene, fault: Fault, number: u64) -> Result<(), String> {
    let branch = &scene.branches[0];
    branch.clear_faults().unwrap();
    scene.reset().await;
    let before = scene.dump().await;
    let seen_before = branch.requests().len();
    branch.fault(match fault {
        // From the page on that this request asks for.
        Fault::UnauthorizedAfter(_) => Rule::new(Fault::UnauthorizedAfter(number.max(2) - 2)),
        fault => Rule::new(fault).at(number),
    });
    let met = scene
        .sync(&scene.users(|settings| meeting(fault, settings)))
        .await;
    let seen = branch.requests().split_off(seen_before);
    ensure(has_struck(fault, number, &seen, &met), || {
        format!("it did not strike: {:?}", met.report)
    })?;
    let done = check(&met, &before, &scene.dump().await)?;

    branch.clear_faults().unwrap();
    let again = scene.sync(&scene.users(free)).await;
    ensure(again.report.error.is_none(), || {
        format!("the second try failed: {:?}", again.report.error)
    })?;
    let markers = match done {
        Done::Partly => 2,
        Done::Nothing | Done::All => 1,
    };
    agrees(&before, &scene.dump().await, markers)
}

/// How much of the sync was done in spite of a fault.
#[derive(Clone, Copy)]
enum Done {
    Nothing,
    /// The second reading of a list without a total missed somebody: nobody knows.
    Partly,
    All,
}

/// What must be true after a sync that met a fault.
fn check(met: &Tried, before: &Dump, after: &Dump) -> Result<Done, String> {
    let active = |dump: &Dump| -> BTreeSet<String> {
        let rows = dump.users.iter().filter(|row| row.text(3) == "active");
        rows.map(|row| format!("{} {}", row.int(1), row.text(2)))
            .collect()
    };
    let gone: BTreeSet<_> = people::leaving()
        .map(|email| format!("{DEV} {email}"))
        .collect();
    let (was, is) = (active(before), active(after));
    let lost: BTreeSet<_> = was.difference(&is).cloned().collect();
    let harmed: Vec<_> = lost.difference(&gone).collect();
    let why = &met.plan.fetched;
    ensure(harmed.is_empty(), || {
        format!("{harmed:?} deactivated: {why:?}")
    })?;
    ensure(lost.is_empty() || why.complete, || {
        format!("deactivated in spite of {why:?}")
    })?;
    if met.report.error.is_some() {
        ensure(before == after, || {
            format!("failed, and written: {:?}", met.report)
        })?;
        return Ok(Done::Nothing);
    }
    let is_late = why
        .why
        .as_deref()
        .is_some_and(|why| why.contains("read twice"))
        && after.statuses(DEV) != people::agreed();
    if is_late {
        let (then, agreed) = (before.statuses(DEV), people::agreed());
        let strange: Vec<_> = (after.statuses(DEV).into_iter())
            .filter(|row| !then.contains(row) && !agreed.contains(row))
            .collect();
        ensure(strange.is_empty(), || format!("{strange:?}: {why:?}"))?;
        return Ok(Done::Partly);
    }
    agrees(before, after, 1)?;
    Ok(Done::All)
}

/// Everything was done, by so many syncs, and nothing else.
fn agrees(before: &Dump, after: &Dump, syncs: usize) -> Result<(), String> {
    ensure(after.statuses(DEV) == people::agreed(), || {
        "not what the server says".to_owned()
    })?;
    ensure(after.markers == vec![DEV; syncs], || {
        format!("markers {:?}", after.markers)
    })?;
    let now: BTreeMap<_, _> = after.users.iter().map(|row| (row.int(0), row)).collect();
    for row in &before.users {
        let now = now[&row.int(0)];
        let kept = now.text(3) == row.text(3);
        ensure(!kept || now == row, || {
            format!("{row:?} was touched: {now:?}")
        })?;
    }
    Ok(())
}

/// Whether the fault was met at all: the server noted it, or its effect was told.
fn has_struck(fault: Fault, number: u64, seen: &[Seen], met: &Tried) -> bool {
    let told = |words: &str| {
        let reasons = met.events.iter().filter_map(|event| match event {
            Event::Retry { reason, .. } => Some(reason.as_str()),
            _ => None,
        });
        let failure = met
            .plan
            .error
            .as_ref()
            .map(|failure| failure.message.as_str());
        reasons.chain(failure).any(|said| said.contains(words))
    };
    match (fault, number) {
        // Delays are not noted.
        (Fault::Slow(_), _) => told("Connection timeout"),
        // Refused before there is a request, and a login carries no token.
        (Fault::Refuse, 1) => told("Connection refused"),
        (Fault::UnauthorizedOnce, 1) => true,
        _ => seen.iter().any(|seen| match (seen.fault, fault) {
            (Some(Fault::UnauthorizedAfter(_)), Fault::UnauthorizedAfter(_)) => true,
            (met, fault) => met == Some(fault),
        }),
    }
}

fn ensure(fact: bool, complaint: impl FnOnce() -> String) -> Result<(), String> {
    if fact { Ok(()) } else { Err(complaint()) }
}
