//! The tables of an embedded file, made step by step.

use std::fs::File;
use std::path::Path;

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::Connection;
use crate::error::{Context as _, Error, Result};
use crate::files;

/// A step: its number, its name, its SQL. A file remembers the number and checksum of every step it
/// has: a step that was ever released stays as it is, to the byte, and changes are new steps.
pub type Step = (i64, &'static str, &'static str);

/// Makes what is missing of the tables in the file at `path`; nothing on a server.
pub async fn complete(connection: &mut Connection, path: &Path, steps: &[Step]) -> Result<()> {
    let Some(sqlite) = connection.sqlite() else {
        return Ok(());
    };
    // sqlx takes no lock of its own for migrations of SQLite. `run` is this call, only that its
    // future cannot be sent to another thread.
    let _lock = lock_beside(path).await?;
    let making = migrator(steps).run_direct(None, sqlite, false).await;
    making.map_err(|cause| {
        let why = format!("the tables of {} cannot be made", path.display());
        Error::database(why).because(cause)
    })
}

fn migrator(steps: &[Step]) -> Migrator {
    let steps = steps.iter().map(|(number, name, sql)| {
        let sql = SqlStr::from_static(sql);
        Migration::new(*number, (*name).into(), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(steps.collect())
}

/// An exclusive lock on a file beside the database, held until it is dropped.
async fn lock_beside(database: &Path) -> Result<File> {
    let path = database.with_extension("migrate.lock");
    let locking = tokio::task::spawn_blocking(move || {
        let file = files::own(&path).doing("create", &path)?;
        file.lock().doing("lock", &path)?;
        Ok(file)
    });
    locking
        .await
        .map_err(|cause| Error::bug("the lock was not waited for").because(cause))?
}
