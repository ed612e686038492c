//! From a request to a plan: what would be asked of which backend, and how that backend is.

use uuid::Uuid;

use super::Dapodik;
use super::model::{Emptied, Plan, Request, Scope};
use super::region::{Kecamatan, Origin, Regions, choose, each_once, read_csv};
use crate::config::DatabaseUrl;
use crate::engine::{Job, Seal};
use crate::error::{Error, Result};

pub(super) async fn plan(dapodik: &Dapodik, request: Request, job: &Job) -> Result<Plan> {
    let mut notes = Vec::new();
    let scope = match request.scope {
        Scope::Kecamatan { codes } if codes.is_empty() => {
            return Err(Error::usage("no kecamatan is chosen").hint(
                "name their codes, such as 34.04.07; `selaras dapodik kecamatan --list` shows them",
            ));
        }
        Scope::Kecamatan { codes } => Scope::Kecamatan {
            codes: each_once(codes),
        },
        scope => scope,
    };
    let kecamatan = match &scope {
        Scope::Kecamatan { codes } => {
            let regions = job.or_cancel("the plan", dapodik.regions()).await??;
            notes.extend(regions.note.clone());
            choose(&regions, codes, &mut notes)?
        }
        Scope::Ptk { nik, .. } => {
            notes.extend(nik.warning());
            Vec::new()
        }
        Scope::Global | Scope::AllPtk | Scope::AllSekolah => Vec::new(),
    };
    job.stage(format!("ask {}", dapodik.server()));
    let metadata = dapodik.metadata(job).await?;
    let database = dapodik.database.as_ref().filter(|_| scope.is_followed());
    let emptied = match &scope {
        // A server of ours writes what the portal has.
        Scope::AllPtk if !metadata.ours => job.or_cancel("the plan", emptied(dapodik)).await?,
        _ => None,
    };
    Plan {
        engine: "dapodik".into(),
        id: Uuid::now_v7(),
        hash: String::new(),
        server: dapodik.server(),
        database: database.map(crate::config::DatabaseUrl::target_name),
        scope,
        kecamatan,
        when_running: request.when_running,
        metadata,
        notes,
        emptied: emptied.map(Box::new),
        portal: None,
    }
    .sealed()
}

/// The columns that the deployed backend empties when it fetches all PTK: it reads them from keys
/// that are mistyped there.
const MISTYPED: [&str; 2] = [
    "riwayat_sertifikasi_bidang_studi",
    "tugas_tambahan_jabatan_ptk",
];

/// What a call for all PTK empties; `None` where there is nothing to lose.
pub(super) async fn emptied(dapodik: &Dapodik) -> Option<Emptied> {
    let unknown = |why: Option<String>| Emptied {
        columns: MISTYPED.map(|column| (column.to_owned(), 0)).to_vec(),
        rows: None,
        of: None,
        why,
    };
    let Some(url) = &dapodik.database else {
        return Some(unknown(None));
    };
    match count_filled(dapodik, url).await {
        Ok((_, 0, _)) => None,
        Ok((mut columns, rows, of)) => {
            columns.retain(|(_, filled)| *filled > 0);
            Some(Emptied {
                columns,
                rows: Some(rows),
                of: Some(of),
                why: None,
            })
        }
        Err(error) => Some(unknown(Some(error.chain()))),
    }
}

async fn count_filled(
    dapodik: &Dapodik,
    url: &DatabaseUrl,
) -> Result<(Vec<(String, u64)>, u64, u64)> {
    let mut store = dapodik.open(url).await?;
    let filled = store.filled(&MISTYPED).await?;
    store.close().await?;
    Ok(filled)
}

/// The list to choose from: the database's, else the portal's where the work is our own, else the
/// file's. What is wrong with the better source
/// is a note, not an end.
pub(super) async fn regions(dapodik: &Dapodik) -> Result<Regions> {
    let mut note = None;
    let there = dapodik.database.as_ref();
    let there = there.filter(|url| !dapodik.is_portal() || super::is_there(url));
    if let Some(url) = there {
        match from_database(dapodik, url).await {
            Ok(list) if !list.is_empty() => {
                return Ok(Regions {
                    kecamatan: list,
                    origin: Origin::Database,
                    note: None,
                });
            }
            Ok(_) => {}
            Err(error) => {
                note = Some(format!(
                    "the kecamatan cannot be read from {}: {}",
                    url.target_name(),
                    error.chain()
                ));
            }
        }
    }
    if let super::Side::Portal(settings) = &dapodik.side {
        match super::sync::planning::list(dapodik, settings).await {
            Ok(list) if !list.is_empty() => {
                return Ok(Regions {
                    kecamatan: list,
                    origin: Origin::Portal,
                    note,
                });
            }
            Ok(_) => {}
            Err(error) => note = Some(error.chain()),
        }
    }
    let Some(path) = &dapodik.settings.kecamatan else {
        return Ok(Regions {
            kecamatan: Vec::new(),
            origin: Origin::Nowhere,
            note,
        });
    };
    Ok(Regions {
        kecamatan: read_csv(path)?,
        origin: Origin::File,
        note,
    })
}

async fn from_database(dapodik: &Dapodik, url: &DatabaseUrl) -> Result<Vec<Kecamatan>> {
    let mut store = dapodik.open(url).await?;
    let list = store.kecamatan().await?;
    store.close().await?;
    Ok(list)
}
