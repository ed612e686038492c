//! What a sync does, frame by frame, with the habits of its backend; and the fast ones, which tell
//! nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Unit;
use serde_json::{Value, json};

use super::run::Run;
use super::tables::{self, Tables};
use super::{BackendState, Region, Shape, Storing, StreamFault};
use crate::clock::Clock;
use crate::sim::lock;

const CLOSED: &str = "ERROR: \nInvalid state: Controller is already closed";

pub(super) struct SyncTask {
    pub state: Arc<BackendState>,
    pub run: Arc<Run>,
    pub kecamatan: Vec<Region>,
}

enum EarlyEnd {
    Error(String),
    Left,
    Stopped,
    Killed,
}

impl SyncTask {
    /// Begins it beside whatever else runs: nothing is locked.
    pub fn begin(self) {
        self.state.begun.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            self.write_metadata("RUNNING");
            let done = self.work().await;
            match done {
                Ok(()) => {}
                Err(EarlyEnd::Left) => self.write_metadata(CLOSED),
                Err(EarlyEnd::Killed) => self.run.kill(),
                Err(EarlyEnd::Stopped) => {
                    self.run.end_as("stopped", "");
                    self.write_metadata("ERROR: stopped");
                    self.run.say(json!({"error": "stopped"}).to_string());
                }
                Err(EarlyEnd::Error(why)) => {
                    self.run.end_as("failed", &why);
                    self.write_metadata(&format!("ERROR: \n{why}"));
                    self.run.say(json!({"error": why}).to_string());
                }
            }
            self.run.end();
        });
    }

    async fn work(&self) -> Result<(), EarlyEnd> {
        let setup = &self.state.setup;
        pause(setup.tempo.head).await;
        let count = self.kecamatan.len();
        let hello = if self.run.is_global {
            "🚀 Memulai Global Sync...".to_owned()
        } else {
            format!("🚀 Memulai Sync Wilayah ({count} kecamatan)...")
        };
        self.say(json!({"message": hello, "progress": 0})).await?;
        for index in 0..count {
            self.one(index).await?;
            let gone = self.run.has_left() && setup.shape == Shape::Deployed;
            if gone {
                return Err(EarlyEnd::Left);
            }
        }
        let now = now();
        self.write_metadata(&now);
        let mut end = json!({"message": "🏁 SELESAI!", "progress": 100, "done": true});
        if self.run.is_global || setup.shape != Shape::Deployed {
            end["last_sync"] = json!(now);
        }
        self.say(end).await
    }

    /// One kecamatan: announced, its schools, then stored.
    async fn one(&self, index: usize) -> Result<(), EarlyEnd> {
        let setup = &self.state.setup;
        let region = &self.kecamatan[index];
        pause(setup.tempo.kecamatan).await;
        let (number, total) = (index + 1, self.kecamatan.len());
        let deployed = setup.shape == Shape::Deployed;
        if self.run.is_global || !deployed {
            let before = if deployed { number } else { index };
            self.say(json!({
                "message": format!("📦 Wilayah: {}", region.name),
                "current": number, "total": total, "progress": before * 100 / total,
            }))
            .await?;
        }
        let flood = self.state.find_fault(|fault| match fault {
            StreamFault::Flood(frames) => Some(*frames),
            _ => None,
        });
        for school in 1..=setup.schools {
            pause(setup.tempo.school).await;
            for _ in 0..flood.unwrap_or(1) {
                self.say(self.of_school(index, school)).await?;
            }
        }
        // It says so of every kecamatan, with no figure at all.
        self.say(json!({"message": format!("✅ {} selesai", region.name)}))
            .await?;
        self.store(region).await;
        Ok(())
    }

    fn of_school(&self, index: usize, school: usize) -> Value {
        let setup = &self.state.setup;
        let (number, total) = (index + 1, self.kecamatan.len());
        let here = school * 100 / setup.schools;
        let progress = if setup.shape == Shape::Deployed {
            // The kecamatan counts as done before its work; 100 is taken back.
            (number * 100 / total).min(99)
        } else {
            (index * 100 + here) / total
        };
        let name = &self.kecamatan[index].name;
        json!({
            "message": format!("Sync PTK {school}/{} di {name}...", setup.schools),
            "progress": progress, "progressKec": here,
        })
    }

    /// Says a frame, and waits until its client has it, unless the client is gone.
    async fn say(&self, mut frame: Value) -> Result<(), EarlyEnd> {
        let number = self.run.length() + 1;
        let stream_faults = self.state.stream_faults();
        if stream_faults.contains(&StreamFault::HoldBefore(number)) {
            self.state.wait_for_release(&self.run).await;
        }
        if self.run.stop.is_cancelled() {
            return Err(EarlyEnd::Stopped);
        }
        for fault in &stream_faults {
            match fault {
                StreamFault::ErrorAt(at, why) if *at == number => {
                    return Err(EarlyEnd::Error(why.clone()));
                }
                StreamFault::KilledBefore(at) if *at == number => return Err(EarlyEnd::Killed),
                StreamFault::Lacking(key) => {
                    frame.as_object_mut().map(|keys| keys.remove(*key));
                }
                StreamFault::Garbage(at) if *at == number => {
                    self.run.say("bukan JSON {".to_owned());
                }
                _ => {}
            }
        }
        if !stream_faults.contains(&StreamFault::Garbage(number)) {
            self.run.say(frame.to_string());
        }
        match self.state.setup.shape {
            Shape::Deployed | Shape::Documented => self.run.taken().await,
            Shape::Own => tokio::task::yield_now().await,
        }
        Ok(())
    }

    /// The list of the kecamatan in one statement, then each school's PTK in one.
    async fn store(&self, region: &Region) {
        let setup = &self.state.setup;
        let Some(url) = &setup.database else {
            return;
        };
        let mut listed: Vec<usize> = (0..setup.schools).collect();
        let (mut failing, mut small) = (None, Vec::new());
        let storing = lock(&self.state.storing).clone();
        match &storing {
            Storing::Nothing => return,
            Storing::Without(codes) if codes.contains(&region.code) => return,
            Storing::SkippingOneOf(codes) if codes.contains(&region.code) => failing = Some(0),
            Storing::NotListing(npsn) => {
                listed.retain(|number| !npsn.contains(&tables::npsn(region, *number)));
            }
            Storing::OnlyOneOf(npsn) => small.clone_from(npsn),
            Storing::All | Storing::Without(_) | Storing::SkippingOneOf(_) => {}
        }
        let well = listed.iter().copied();
        let well = well.filter(|number| Some(*number) != failing);
        let staff: Vec<(usize, usize)> = well
            .map(|number| {
                let few = small.contains(&tables::npsn(region, number));
                (number, if few { 1 } else { setup.ptk })
            })
            .collect();
        let tables = Tables::at(url);
        // A backend swallows errors of its database, and continues.
        let _ = tables.store_what(region, (&listed, &staff), now).await;
    }

    fn write_metadata(&self, value: &str) {
        if self.run.is_global {
            *lock(&self.state.metadata) = Some(value.to_owned());
        }
    }
}

fn now() -> String {
    let now = Clock::System.now();
    let now = now.round(Unit::Millisecond).unwrap_or(now);
    format!("{now:.3}")
}

async fn pause(length: Duration) {
    if !length.is_zero() {
        tokio::time::sleep(length).await;
    }
}

/// The fast syncs, all PTK and all schools: they tell no progress, and write no
/// metadata. A server like our own lists them among its runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum FastSync {
    Schools,
    Staff,
}

/// Begins one. A fault of frame n is a fault of kecamatan n here.
pub(super) fn begin_fast(state: &Arc<BackendState>, what: FastSync) -> Arc<Run> {
    let run = state.add_run(false);
    let (state, job) = (Arc::clone(state), Arc::clone(&run));
    tokio::spawn(async move {
        work_fast(&state, &job, what).await;
        job.end();
    });
    run
}

async fn work_fast(state: &BackendState, run: &Run, what: FastSync) {
    let setup = &state.setup;
    for (number, region) in (1..).zip(&setup.kecamatan) {
        tokio::time::sleep(setup.tempo.kecamatan.max(Duration::from_millis(1))).await;
        for fault in state.stream_faults() {
            match fault {
                StreamFault::HoldBefore(at) if at == number => state.wait_for_release(run).await,
                StreamFault::ErrorAt(at, why) if at == number => return run.end_as("failed", &why),
                _ => {}
            }
        }
        if run.stop.is_cancelled() {
            return run.end_as("stopped", "");
        }
        if let Some(url) = &setup.database {
            let (tables, listed) = (Tables::at(url), 0..setup.schools);
            // Errors are swallowed, as by the real one.
            let _ = match what {
                FastSync::Schools => {
                    let listed: Vec<usize> = listed.collect();
                    tables.store_what(region, (&listed, &[]), now).await
                }
                FastSync::Staff => tables.store(region, listed, setup.ptk, &now()).await,
            };
        }
    }
    if let (FastSync::Staff, Some(url), Shape::Deployed) = (what, &setup.database, setup.shape) {
        let _ = Tables::at(url).empty(&now()).await;
    }
}
