//! `selaras runs`: list, show, follow, stop and prune, whatever engine they are of.

use serde_json::{Value, json};

use super::args::{Acting, Runs as Verb};
use super::drive::{self, Question, WhenInterrupted};
use super::face::{self, Face, Voice};
use super::table;
use super::words;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Failure, Kind, Result};
use crate::run::{self, Id, Keep, Listed, Patience, ReportFile, Run, Runs, State, Until};
use crate::text::scrub;
use crate::users::Users;

/// Does a verb and says the exit code.
pub async fn run(face: &Face, verb: &Verb) -> Result<u8> {
    let config = face.config()?;
    let runs = face::runs(&config)?;
    match verb {
        Verb::List { json } => list(&runs, *json),
        Verb::Show { run, json } => show(&config, &runs, runs.find(run)?, *json).await,
        Verb::Follow { run, json } => follow(&runs, runs.find(run)?, Voice::of(*json)).await,
        Verb::Stop { run, acting } => stop(face, &config, &runs, runs.find(run)?, acting).await,
        Verb::Prune { acting } => prune(&config, &runs, acting),
    }
}

fn list(runs: &Runs, json: bool) -> Result<u8> {
    let listed = runs.list()?;
    if json {
        let rows: Vec<_> = listed.iter().map(row_document).collect();
        return face::print_json(&json!({"runs": rows})).map(|()| 0);
    }
    let mut rows = table::plain(&[
        "run", "state", "engine", "target", "operator", "started", "result",
    ]);
    for listed in &listed {
        match listed {
            Listed::Run(run) => {
                let manifest = &run.manifest;
                rows.add_row([
                    manifest.id.short(),
                    words::state(&run.state).to_owned(),
                    scrub(&manifest.engine),
                    scrub(&manifest.target),
                    scrub(&manifest.operator.to_string()),
                    crate::text::local_time(manifest.created),
                    scrub(&words::result(run)),
                ]);
            }
            Listed::Unreadable { name, why } => {
                let name = scrub(name);
                let result = scrub(&why.message);
                let rest = ["", "", "", "", &result];
                rows.add_row([&name, "unreadable"].into_iter().chain(rest));
            }
        }
    }
    face::print(&format!("{rows}\n")).map(|()| 0)
}

fn row_document(listed: &Listed) -> Value {
    match listed {
        Listed::Run(run) => run_document(run),
        Listed::Unreadable { name, why } => {
            json!({"run": name, "state": "unreadable", "error": why})
        }
    }
}

fn run_document(run: &Run) -> Value {
    let manifest = &run.manifest;
    let ending = match &run.state {
        State::Finished(ending) => Some(ending),
        State::Running | State::Died => None,
    };
    json!({
        "run": manifest.id, "state": words::state(&run.state), "engine": manifest.engine,
        "target": manifest.target, "operator": manifest.operator.to_string(),
        "created": manifest.created, "started": run.started, "ended": run.ended(),
        "pid": run.worker.map(|worker| worker.pid),
        "verdict": ending.map(|ending| ending.verdict), "exit": run.exit(),
        "sentence": ending.map(|ending| &ending.sentence), "error": run.failure(),
    })
}

async fn show(config: &std::sync::Arc<Config>, runs: &Runs, id: Id, json: bool) -> Result<u8> {
    let run = runs.get(id)?;
    let written = written(config, &run).await;
    if json {
        let mut document = run_document(&run);
        document["plan"] = runs.plan(id).unwrap_or_default();
        document["report"] = runs
            .report(id)
            .map(|file: ReportFile<Value>| json!(file.report))
            .unwrap_or_default();
        document["written"] = match &written {
            Some(Ok(places)) => json!(places),
            Some(Err(_)) | None => Value::Null,
        };
        return face::print_json(&document).map(|()| 0);
    }
    face::print(&words::run(&run, &runs.path(id)))?;
    match written {
        Some(Ok(places)) => face::print(&words::died_having_written(&places))?,
        Some(Err(error)) => face::tell(&Failure::from(error)),
        None => {}
    }
    Ok(0)
}

/// What a users run that died had written before it did: the database knows.
async fn written(config: &std::sync::Arc<Config>, run: &Run) -> Option<Result<Vec<String>>> {
    if run.state != State::Died || run.manifest.engine != Users::NAME {
        return None;
    }
    let asking = async {
        let users = Users::new(std::sync::Arc::clone(config))?;
        let applied = users.applied_locations(run.id().uuid()).await?;
        let known = users.locations().await?;
        let name = |id: &i64| {
            let found = known.iter().find(|location| location.id == *id);
            found.map_or_else(
                || format!("location {id}"),
                |location| scrub(&location.name),
            )
        };
        Ok(applied.iter().map(name).collect())
    };
    Some(asking.await)
}

async fn follow(runs: &Runs, id: Id, voice: Voice) -> Result<u8> {
    if !drive::follow(runs, id, voice, WhenInterrupted::Leave).await? {
        return Ok(0);
    }
    conclude(runs, id, voice)
}

/// Says how a run ended; every face ends with the exit code of its report.
fn conclude(runs: &Runs, id: Id, voice: Voice) -> Result<u8> {
    let run = runs.get(id)?;
    if voice == Voice::Json {
        let mut document = run_document(&run);
        document["report"] = runs
            .report(id)
            .map(|file: ReportFile<Value>| json!(file.report))
            .unwrap_or_default();
        face::print_json(&document)?;
    } else if let State::Finished(ending) = &run.state {
        face::print(&format!("{}\n", scrub(&ending.sentence)))?;
    }
    if let Some(failure) = run.failure() {
        face::tell(&failure);
    }
    Ok(run.exit().unwrap_or(0))
}

async fn stop(face: &Face, config: &Config, runs: &Runs, id: Id, acting: &Acting) -> Result<u8> {
    let run = runs.get(id)?;
    if run.manifest.operator.user != face.operator(config).user {
        let text = words::stop_of_another(&id.short(), &run.manifest.operator.to_string());
        drive::confirm(acting, &Question { text, typed: None })?;
    }
    let until = if acting.detach {
        Until::Answered
    } else {
        Until::Ended
    };
    let stopped = run::stop(runs, id, Patience::until(until)).await?;
    if acting.json {
        face::print_json(&run_document(&runs.get(id)?))?;
    } else {
        face::say(&words::stopped(stopped, &id.short()));
    }
    Ok(0)
}

fn prune(config: &Config, runs: &Runs, acting: &Acting) -> Result<u8> {
    let keep = Keep {
        runs: config.keep_runs as usize,
        days: config.keep_days,
    };
    let pruning = runs.prunable(keep, jiff::Timestamp::now())?;
    let names: Vec<_> = pruning.runs.iter().map(|run| run.id().short()).collect();
    if !names.is_empty() {
        face::may_write(config)?;
        drive::confirm(
            acting,
            &Question {
                text: words::prune(&names),
                typed: None,
            },
        )?;
    }
    let pruned = runs.prune(pruning)?;
    let failed = pruned.failed.first().map(|(_, failure)| failure);
    if acting.json {
        face::print_json(&json!({"removed": pruned.removed, "error": failed}))?;
    } else {
        face::say(&words::pruned(pruned.removed.len()));
    }
    if let Some(failure) = failed {
        face::tell(failure);
    }
    Ok(failed.map_or(0, |_| Kind::Local.exit()))
}
