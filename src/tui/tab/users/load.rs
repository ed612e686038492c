//! What the tab of users asks of the database, beside the screen: locations, ids, rows, exports.
//!
//! Every piece of work opens the database anew with the settings of the moment, so that a
//! corrected URL counts, and closes it: nothing stays open while nobody reads.

use std::collections::BTreeMap;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::NamedTempFile;
use tokio::time::sleep;

use super::Loaded;
use crate::config::Config;
use crate::context;
use crate::db::Security;
use crate::engine::Engine as _;
use crate::error::{Context, Error, Failure, Kind, Result};
use crate::tui::tab::SetupPage;
use crate::tui::tab::TabContext;
use crate::tui::tab::engine_tab::NotReady;
use crate::tui::tasks::Work;
use crate::users::export::{Format, Reader, export};
use crate::users::model::Location;
use crate::users::store::Store;
use crate::users::store::browse::{Filter, Listed, Order};
use crate::users::{Report, Users as Engine};

/// The names of the pieces of work: ids filtered and sorted, a window of rows, a file.
pub const IDS: &str = "ids";
pub const ROWS: &str = "rows";
const EXPORT: &str = "export";
/// How many runs are searched for failures.
const SEARCHED: usize = 50;
/// How long typing must pause before a large table is filtered again.
const PAUSE: Duration = Duration::from_millis(120);

pub struct Overview {
    pub security: Security,
    pub read_only: bool,
    /// In the order they are configured.
    pub locations: Vec<LocationRow>,
}

/// A location with its counts.
#[derive(Clone, Debug)]
pub struct LocationRow {
    pub location: Location,
    pub active: u64,
    pub inactive: u64,
    /// When something was last applied to it.
    pub synced: Option<Timestamp>,
    /// Why the last run that tried it failed there, where it did.
    pub failed: Option<Failed>,
}

/// A run or a preview that failed at a location.
#[derive(Clone, Debug)]
pub struct Failed {
    pub at: Timestamp,
    pub failure: Failure,
}

impl Failed {
    pub fn word(&self) -> &'static str {
        if self.failure.message.contains("refused") && self.failure.kind == Kind::Remote {
            "refused"
        } else {
            "failed"
        }
    }
}

#[derive(Clone, Debug)]
pub enum Exported {
    /// How many users, and where.
    Written(u64, PathBuf),
    /// The file is there already.
    Exists(PathBuf),
}

pub async fn overview(context: &TabContext) -> Result<Overview, NotReady> {
    let config = context.app.config()?;
    if let Some(problem) = config.users.problem() {
        let missing = (SetupPage::users(), problem);
        return Err(NotReady::set_up(context, &config, missing));
    }
    let settings = config.users.ready()?.clone();
    let engine = Engine::new(Arc::clone(&config))?;
    let locations = engine.locations().await?;
    let (mut counts, mut synced, mut security) = (Vec::new(), Vec::new(), Security::Local);
    if let Some(mut store) = engine.reading().await? {
        counts = store.counts().await?;
        synced = store.last_applied().await?;
        security = store.security(&settings.database).await?;
        close(store).await;
    }
    let mut failed = failures(&config);
    let row = |location: Location| {
        let count = counts.iter().find(|count| count.location == location.id);
        let last = synced.iter().find(|(id, _)| *id == location.id);
        LocationRow {
            active: count.map_or(0, |count| count.active),
            inactive: count.map_or(0, |count| count.inactive),
            synced: last.and_then(|(_, seconds)| Timestamp::from_second(*seconds).ok()),
            failed: failed.remove(&location.code).flatten(),
            location,
        }
    };
    Ok(Overview {
        security,
        read_only: config.read_only,
        locations: locations.into_iter().map(row).collect(),
    })
}

/// What the newest run that tried it says of each location: why it failed, or that it went well. The
/// database knows successes only. Runs that cannot be read are left out.
fn failures(config: &Arc<Config>) -> BTreeMap<String, Option<Failed>> {
    let mut found = BTreeMap::new();
    let Ok(runs) = context::runs(config) else {
        return found;
    };
    let all = runs.readable().unwrap_or_default().into_iter();
    let ours = all.filter(|run| run.manifest.engine == Engine::NAME);
    for run in ours.take(SEARCHED) {
        let report = runs.report::<Report>(run.id()).ok();
        let Some(report) = report.and_then(|file| file.report) else {
            continue;
        };
        let at = run.ended().unwrap_or(run.manifest.created);
        let tried = report.locations.into_iter();
        for location in tried.filter(|_| report.undoes.is_none()) {
            let failed = match location.error {
                // Stopped by a person: the server did nothing wrong.
                Some(failure) if failure.kind == Kind::Stopped => continue,
                failed => failed,
            };
            let failed = failed.map(|failure| Failed { at, failure });
            found.entry(location.code).or_insert(failed);
        }
    }
    found
}

/// Filters and sorts all users, after a pause: the next letter replaces it.
pub fn ids(context: TabContext, filter: Filter, order: Order) -> Work<Loaded> {
    Work::new(IDS, move |_| async move {
        if filter.text.is_some() {
            sleep(PAUSE).await;
        }
        let found = find(&context, &filter, order).await;
        Loaded::Ids(found.map(Arc::new).map_err(Failure::from))
    })
}

async fn find(context: &TabContext, filter: &Filter, order: Order) -> Result<Vec<i64>> {
    let Some(mut store) = open(context).await? else {
        return Ok(Vec::new());
    };
    let ids = store.ids(filter, order).await?;
    close(store).await;
    Ok(ids)
}

pub fn rows(context: TabContext, ids: Vec<i64>) -> Work<Loaded> {
    Work::new(ROWS, move |_| async move {
        Loaded::Rows(read(&context, &ids).await.map_err(Failure::from))
    })
}

async fn read(context: &TabContext, ids: &[i64]) -> Result<Vec<Listed>> {
    let Some(mut store) = open(context).await? else {
        return Ok(Vec::new());
    };
    let rows = store.rows(ids).await?;
    close(store).await;
    Ok(rows)
}

/// Writes the users with these ids into a file that only its owner can read. A file that is there
/// already stays, unless it is to be replaced; then it is replaced whole or not at all.
pub fn file(context: TabContext, ids: Arc<Vec<i64>>, path: PathBuf, replace: bool) -> Work<Loaded> {
    Work::new(EXPORT, move |_| async move {
        let written = write(&context, &ids, &path, replace).await;
        Loaded::Exported(written.map_err(Failure::from))
    })
}

async fn write(
    context: &TabContext,
    ids: &[i64],
    path: &PathBuf,
    replace: bool,
) -> Result<Exported> {
    match path.symlink_metadata() {
        Ok(_) if !replace => return Ok(Exported::Exists(path.clone())),
        Ok(found) if !found.is_file() => {
            let why = format!(
                "{} is no regular file, so it is not replaced",
                path.display()
            );
            return Err(Error::usage(why));
        }
        _ => {}
    }
    let json = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let format = if json {
        Format::Json
    } else {
        Format::Csv(Reader::Program)
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => std::path::Path::new("."),
    };
    let mut part = NamedTempFile::new_in(folder).doing("create a file in", folder)?;
    let mut store = open(context).await?;
    let mut out = BufWriter::new(&mut part);
    let count = export(store.as_mut(), ids, format, &mut out).await?;
    out.into_inner()
        .map_err(std::io::IntoInnerError::into_error)
        .doing("write", path)?;
    if let Some(store) = store {
        close(store).await;
    }
    let kept = if replace {
        part.persist(path)
    } else {
        part.persist_noclobber(path)
    };
    match kept {
        Ok(_) => Ok(Exported::Written(count, path.clone())),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            Ok(Exported::Exists(path.clone()))
        }
        Err(error) => Err(error.error).doing("create", path),
    }
}

async fn open(context: &TabContext) -> Result<Option<Store>> {
    Engine::new(context.app.config()?)?.reading().await
}

/// Everything was read; a failing goodbye changes nothing.
async fn close(store: Store) {
    let _ = store.close().await;
}
