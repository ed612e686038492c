//! What the run mechanism says to people, in one place.

use std::path::Path;
use std::process::ExitStatus;

use super::list::Run;
use super::{Id, STDERR};
use crate::error::{Error, Kind};
use crate::text::{local_time, scrub};

/// How many candidates an ambiguous id names.
const CANDIDATES: usize = 5;

pub(super) fn not_an_id(text: &str) -> Error {
    Error::usage(format!("`{}` is not the id of a run", scrub(text)))
        .hint("an id has the digits 0-9 and a-f; `selaras runs list` shows them")
}

pub(super) fn no_such_run(text: &str) -> Error {
    Error::usage(format!(
        "there is no run whose id ends in `{}`",
        scrub(text)
    ))
    .hint("`selaras runs list` shows the runs of this machine")
}

pub(super) fn several_runs(text: &str, runs: &[Id]) -> Error {
    let named: Vec<String> = (runs.iter().take(CANDIDATES))
        .map(|id| id.ending(12))
        .collect();
    let more = if runs.len() > CANDIDATES { ", …" } else { "" };
    let (text, count) = (scrub(text), runs.len());
    Error::usage(format!(
        "`{text}` fits {count} runs: {}{more}",
        named.join(", ")
    ))
    .hint("give more digits of the id")
}

pub(super) fn gone(id: Id) -> Error {
    Error::usage(format!("run {} is no longer there", id.short()))
        .hint("`selaras runs list` shows the runs of this machine")
}

pub(super) fn removed(id: Id) -> Error {
    let short = id.short();
    Error::local(format!(
        "the folder of run {short} was removed, so nobody can see how it ends"
    ))
    .hint(format!(
        "`pgrep -af 'work {id}'` shows its worker, as long as it is at work"
    ))
}

pub(super) fn unreadable(path: &Path, cause: serde_json::Error) -> Error {
    Error::local(format!("{} is damaged", path.display())).because(cause)
}

pub(super) fn newer(path: &Path, version: u32) -> Error {
    Error::local(format!(
        "{} was written by a newer selaras (version {version} of the file)",
        path.display()
    ))
    .hint("use the selaras that wrote it")
}

pub(super) fn too_long(path: &Path, longest: u64) -> Error {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Error::local(format!(
        "{} would be longer than {} MiB",
        name.trim_start_matches('.'),
        longest >> 20
    ))
    .hint("do it in smaller parts, such as one location at a time")
}

pub(super) fn plan_was_changed(path: &Path) -> Error {
    Error::local(format!(
        "{} was changed after it was confirmed",
        path.display()
    ))
    .hint("nothing was done; plan and confirm again")
}

pub(super) fn not_a_run() -> Error {
    Error::local("not the folder of a run")
}

pub(super) fn bad_resource(resource: &str) -> Error {
    Error::bug(format!("`{}` cannot name a resource", scrub(resource)))
}

pub(super) fn gate_is_shut(path: &Path) -> Error {
    Error::busy("another selaras is just starting a run, and does not get on with it")
        .hint(format!("`fuser -v {}` names the process", path.display()))
}

/// Names the run that has what is asked for: which, whose, since when, its process.
pub(super) fn busy(run: &Run) -> Error {
    let manifest = &run.manifest;
    let short = manifest.id.short();
    if let Some(orphan) = run.orphan {
        return Error::busy(format!(
            "{} {} still runs, without its worker: run {short}, started by {} at {}, {}",
            manifest.engine,
            scrub(&manifest.target),
            manifest.operator,
            local_time(manifest.created),
            goes_on_alone(orphan.pid),
        ))
        .hint(format!("`selaras runs stop {short}` ends it"));
    }
    let process = match &run.worker {
        Some(worker) => format!("pid {}", worker.pid),
        None => "just starting".to_owned(),
    };
    Error::busy(format!(
        "{} {} is already running: run {short}, started by {} at {}, {process}",
        manifest.engine,
        scrub(&manifest.target),
        manifest.operator,
        local_time(manifest.created),
    ))
    .hint(format!(
        "`selaras runs follow {short}` shows it, `selaras runs stop {short}` stops it"
    ))
}

/// As [`busy`], for a run that cannot be read.
pub(super) fn busy_unread(resource: &str, id: Id, cause: Error) -> Error {
    let short = id.short();
    Error::busy(format!("{resource} is already in the hands of run {short}"))
        .because(cause)
        .hint(format!("`selaras runs show {short}` says more"))
}

pub(super) fn empty_plan() -> Error {
    Error::bug("an empty plan makes no run")
}

pub(super) fn cannot_launch(exe: &Path, cause: std::io::Error) -> Error {
    Error::local(format!("cannot start the worker {}", exe.display())).because(cause)
}

pub(super) fn worker_fell(id: Id, folder: &Path, status: ExitStatus, said: &str) -> Error {
    let said = if said.is_empty() {
        "it said nothing"
    } else {
        said
    };
    Error::local(format!(
        "the worker of run {} ended before it began ({status}): {said}",
        id.short()
    ))
    .hint(format!("see {}", folder.join(STDERR).display()))
}

pub(super) fn died(id: Id) -> Error {
    let short = id.short();
    Error::local(format!("run {short} died before it could report")).hint(format!(
        "`selaras runs follow {short}` shows how far it came; {STDERR} in its folder may say why"
    ))
}

/// As [`died`], where what the worker had started goes on.
pub(super) fn died_leaving(id: Id, pid: u32) -> Error {
    let short = id.short();
    Error::local(format!(
        "the worker of run {short} was killed; {}",
        goes_on_alone(pid)
    ))
    .hint(format!("`selaras runs stop {short}` ends it"))
}

/// What is known of a process that outlived its worker.
fn goes_on_alone(pid: u32) -> String {
    format!(
        "what it had started goes on (pid {pid}): its output from then on is lost, and it may fail \
         at its next line"
    )
}

pub(super) fn orphan_stays(id: Id, pid: u32) -> Error {
    Error::local(format!(
        "what run {} had started (pid {pid}) got KILL and is still there",
        id.short()
    ))
    .hint("a process that hangs in the kernel goes when that lets it")
}

pub(super) fn worker_stays(id: Id) -> Error {
    Error::local(format!(
        "run {} goes on, and its worker could not be stopped",
        id.short()
    ))
    .hint("somebody holds its lock: `fuser -v` on the file `lock` in its folder names them")
}

pub(super) fn no_room(state_dir: &Path, cause: rustix::io::Errno) -> Error {
    Error::local("there is no room for a run")
        .because(cause)
        .hint(format!("make room on the disk of {}", state_dir.display()))
}

pub(super) fn not_a_group_leader() -> Error {
    Error::usage("`work` cannot leave this session").hint("selaras starts its workers itself")
}

pub(super) fn not_our_lock(id: Id) -> Error {
    Error::usage(format!(
        "`work {}` was not started by selaras: its input is not the run's lock",
        id.short()
    ))
    .hint("selaras starts its workers itself")
}

pub(super) fn began_before(id: Id) -> Error {
    Error::stale(format!("run {} was begun before", id.short())).hint("plan and confirm again")
}

pub(super) fn wrong_engine(found: &str, asked: &str) -> Error {
    Error::bug(format!("a plan of {found} was given to {asked}"))
}

pub(super) fn panicked(engine: &str, message: &str, folder: &Path) -> Error {
    Error::bug(format!("{engine} panicked: {}", scrub(message))).hint(format!(
        "please report it, with {}",
        folder.join(STDERR).display()
    ))
}

pub(super) fn no_worker_known(id: Id) -> Error {
    Error::local(format!(
        "run {} shows no process that could be asked to stop",
        id.short()
    ))
    .hint("try again in a moment")
}

pub(super) fn not_its_worker(id: Id, pid: u32) -> Error {
    let short = id.short();
    Error::local(format!(
        "run {short} names the process {pid} as its worker, and that is another program; \
         nothing was signalled"
    ))
    .hint(format!(
        "somebody changed the folder of the run; `selaras runs show {short}` says where it is"
    ))
}

pub(super) fn cannot_signal(id: Id, pid: u32, operator: &str, cause: rustix::io::Errno) -> Error {
    let error = Error::local(format!("cannot stop run {} (pid {pid})", id.short())).because(cause);
    if cause == rustix::io::Errno::PERM {
        error.hint(format!("it was started by {operator}; they can, and root"))
    } else {
        error
    }
}

/// The sentence of a run that ended in `error` before the engine could say one.
pub(super) fn ended_in(error: &Error) -> String {
    match error.kind() {
        Kind::Stopped => error.chain(),
        _ => format!("not done: {}", error.chain()),
    }
}
