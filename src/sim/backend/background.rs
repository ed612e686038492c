//! The fast jobs, all PTK and all schools: they tell nobody how far they are, and write no
//! metadata. A server like our own lists them among its runs.

use std::sync::Arc;
use std::time::Duration;

use super::super::lock;
use super::run::Run;
use super::sync::now;
use super::tables::Tables;
use super::{Office, Shape, Spoil};

/// What one fetches.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Schools,
    Staff,
}

/// Begins one. What spoils a stream before its frame n spoils this before its kecamatan n.
pub(super) fn begin(office: &Arc<Office>, what: What) -> Arc<Run> {
    let run = Arc::new(Run::new(false));
    lock(&office.runs).push(Arc::clone(&run));
    let (office, job) = (Arc::clone(office), Arc::clone(&run));
    tokio::spawn(async move {
        work(&office, &job, what).await;
        job.end();
    });
    run
}

async fn work(office: &Office, run: &Run, what: What) {
    let setup = &office.setup;
    for (number, region) in (1..).zip(&setup.kecamatan) {
        tokio::time::sleep(setup.tempo.kecamatan.max(Duration::from_millis(1))).await;
        for spoil in office.spoils() {
            match spoil {
                Spoil::HoldBefore(at) if at == number => office.stand_still(run).await,
                Spoil::ErrorAt(at, why) if at == number => return run.end_as("failed", &why),
                _ => {}
            }
        }
        if run.stop.is_cancelled() {
            return run.end_as("stopped", "");
        }
        if let Some(url) = &setup.database {
            let (tables, listed) = (Tables::at(url), 0..setup.schools);
            // What goes wrong is told to nobody.
            let _ = match what {
                What::Schools => {
                    let listed: Vec<usize> = listed.collect();
                    tables.store_what(region, (&listed, &[]), now).await
                }
                What::Staff => tables.store(region, listed, setup.ptk, &now()).await,
            };
        }
    }
    if let (What::Staff, Some(url), Shape::Deployed) = (what, &setup.database, setup.shape) {
        let _ = Tables::at(url).empty(&now()).await;
    }
}
