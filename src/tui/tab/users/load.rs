//! What the tab of users asks of the database, beside the screen: places, ids, rows, exports.
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

use super::News;
use crate::config::{Config, Problem};
use crate::context;
use crate::db::Security;
use crate::engine::Engine as _;
use crate::error::{Context, Error, Failure, Kind, Result};
use crate::tui::news::News as All;
use crate::tui::tab_context::TabContext;
use crate::tui::tasks::Work;
use crate::users::export::{Format, Reader, export};
use crate::users::model::Location;
use crate::users::store::Store;
use crate::users::store::browse::{Filter, Listed, Order};
use crate::users::{Report, Users as Engine};

/// The name of the work that looks at the locations.
pub const OVERVIEW: &str = "overview";
/// The name of the work that filters and sorts.
pub const IDS: &str = "ids";
/// The name of the work that reads a window of rows.
pub const ROWS: &str = "rows";
/// The name of the work that writes a file.
pub const EXPORT: &str = "export";
/// How many runs are asked how the locations stand.
const LOOKED_BACK: usize = 50;
/// How long typing must rest before a large table is filtered anew.
const REST: Duration = Duration::from_millis(120);

/// The locations with their counts.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What people call the database.
    pub database: String,
    /// How well the connection is kept from others.
    pub security: Security,
    /// Nothing may be written.
    pub read_only: bool,
    /// The locations, in the order they are configured.
    pub places: Vec<Branch>,
}

/// A location with its counts.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The location.
    pub location: Location,
    /// How many of its users are active.
    pub active: u64,
    /// How many are not.
    pub inactive: u64,
    /// When something was last applied to it.
    pub synced: Option<Timestamp>,
    /// Why the last try failed, where it did.
    pub setback: Option<Setback>,
}

/// A try that failed at a location.
#[derive(Clone, Debug)]
pub struct Setback {
    /// When it did.
    pub at: Timestamp,
    /// Why.
    pub failure: Failure,
}

impl Setback {
    /// The same in a word.
    pub fn word(&self) -> &'static str {
        if self.failure.message.contains("refused") && self.failure.kind == Kind::Remote {
            "refused"
        } else {
            "failed"
        }
    }
}

/// Why there is nothing to look at.
#[derive(Clone, Debug)]
pub enum NotReady {
    /// There is no configuration at all; it would be at this file.
    FirstStart(PathBuf),
    /// The users are not set up.
    NotSetUp(Problem),
    /// The settings, or the database, cannot be read.
    Failed(Failure),
}

/// How an export ended.
#[derive(Clone, Debug)]
pub enum Exported {
    /// So many users are in this file.
    Written(u64, PathBuf),
    /// The file is there already.
    Exists(PathBuf),
}

impl From<Error> for NotReady {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Looks at the locations.
pub fn overview(context: TabContext) -> Work<All> {
    Work::new(OVERVIEW, move |_| async move {
        All::Users(News::Overview(look(&context).await))
    })
}

async fn look(context: &TabContext) -> Result<Overview, NotReady> {
    let config = context.app.config()?;
    let settings = match (&config.file, config.users.problem()) {
        (None, Some(_)) => return Err(NotReady::FirstStart(context.app.sources.config_file())),
        (_, Some(problem)) => return Err(NotReady::NotSetUp(problem.clone())),
        (_, None) => config.users.ready()?.clone(),
    };
    let engine = Engine::new(Arc::clone(&config))?;
    let locations = engine.locations().await?;
    let (mut counts, mut synced, mut security) = (Vec::new(), Vec::new(), Security::Local);
    if let Some(mut store) = engine.reading().await? {
        counts = store.counts().await?;
        synced = store.last_applied().await?;
        security = store.security(&settings.database).await?;
        close(store).await;
    }
    let mut setbacks = setbacks(&config);
    let branch = |location: Location| {
        let count = counts.iter().find(|count| count.location == location.id);
        let last = synced.iter().find(|(id, _)| *id == location.id);
        Branch {
            active: count.map_or(0, |count| count.active),
            inactive: count.map_or(0, |count| count.inactive),
            synced: last.and_then(|(_, seconds)| Timestamp::from_second(*seconds).ok()),
            setback: setbacks.remove(&location.code).flatten(),
            location,
        }
    };
    Ok(Overview {
        database: engine.database(),
        security,
        read_only: config.read_only,
        places: locations.into_iter().map(branch).collect(),
    })
}

/// What the newest run that tried it says of each location: a setback, or that it went well. The
/// database knows successes only. Runs that cannot be read say nothing.
fn setbacks(config: &Arc<Config>) -> BTreeMap<String, Option<Setback>> {
    let mut found = BTreeMap::new();
    let Ok(runs) = context::runs(config) else {
        return found;
    };
    let all = runs.readable().unwrap_or_default().into_iter();
    let ours = all.filter(|run| run.manifest.engine == Engine::NAME);
    for run in ours.take(LOOKED_BACK) {
        let report = runs.report::<Report>(run.id()).ok();
        let Some(report) = report.and_then(|file| file.report) else {
            continue;
        };
        let at = run.ended().unwrap_or(run.manifest.created);
        let tried = report.locations.into_iter();
        for location in tried.filter(|_| report.undoes.is_none()) {
            let failed = match location.error {
                // Whoever stopped it knows, and the server did nothing wrong.
                Some(failure) if failure.kind == Kind::Stopped => continue,
                failed => failed,
            };
            let setback = failed.map(|failure| Setback { at, failure });
            found.entry(location.code).or_insert(setback);
        }
    }
    found
}

/// Filters and sorts all users, after a rest: the next letter replaces it.
pub fn ids(context: TabContext, filter: Filter, order: Order) -> Work<All> {
    Work::new(IDS, move |_| async move {
        if filter.text.is_some() {
            sleep(REST).await;
        }
        let found = async {
            let Some(mut store) = open(&context).await? else {
                return Ok(Vec::new());
            };
            let ids = store.ids(&filter, order).await?;
            close(store).await;
            Ok(ids)
        };
        let found: Result<Vec<i64>> = found.await;
        All::Users(News::Ids(found.map(Arc::new).map_err(Failure::from)))
    })
}

/// Reads the users with these ids.
pub fn rows(context: TabContext, ids: Vec<i64>) -> Work<All> {
    Work::new(ROWS, move |_| async move {
        let read = async {
            let Some(mut store) = open(&context).await? else {
                return Ok(Vec::new());
            };
            let rows = store.rows(&ids).await?;
            close(store).await;
            Ok(rows)
        };
        let read: Result<Vec<Listed>> = read.await;
        All::Users(News::Rows(read.map_err(Failure::from)))
    })
}

/// Writes the users with these ids into a file that only its owner can read. A file that is there
/// already stays, unless it is to be replaced; then it is replaced whole or not at all.
pub fn file(context: TabContext, ids: Arc<Vec<i64>>, path: PathBuf, replace: bool) -> Work<All> {
    Work::new(EXPORT, move |_| async move {
        let written = write(&context, &ids, &path, replace).await;
        All::Users(News::Exported(written.map_err(Failure::from)))
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
        // What is neither a file nor a link is not made one.
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
