//! The database of our own: a file that is made, completed, and told its locations.

use std::fs::File;
use std::path::Path;

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::Store;
use crate::error::{Context, Error, Result};
use crate::files;
use crate::users::model::Location;
use crate::users::words;

/// The steps that make the tables, in order. A file remembers the number and checksum of every step
/// it has: a step that was ever released stays as it is, to the byte, and changes are new steps.
const STEPS: [(i64, &str, &str); 1] = [(1, "users", include_str!("../schema/0001_users.sql"))];

impl Store {
    /// Makes what is missing of the tables in the file at `path`.
    pub(super) async fn complete(&mut self, path: &Path) -> Result<()> {
        let Some(sqlite) = self.connection.sqlite() else {
            return Ok(());
        };
        // sqlx takes no lock of its own for migrations of SQLite. `run` is this call, only that
        // its future cannot be sent to another thread.
        let _lock = lock_beside(path).await?;
        let making = schema().run_direct(None, sqlite, false).await;
        making.map_err(|cause| Error::database(words::cannot_make_tables(path)).because(cause))
    }

    /// The configured locations win over what the embedded file remembers of them.
    pub(super) async fn upsert_locations(&mut self, locations: &[Location]) -> Result<()> {
        let sql = "INSERT INTO locations (id, location_code, location_name, online_url) \
                   VALUES (?, ?, ?, ?) \
                   ON CONFLICT (id) DO UPDATE SET location_code = excluded.location_code, \
                   location_name = excluded.location_name, online_url = excluded.online_url";
        for location in locations {
            let values = [
                location.id.into(),
                location.code.as_str().into(),
                location.name.as_str().into(),
                location.url.clone().into(),
            ];
            self.connection.execute(sql, &values).await?;
        }
        Ok(())
    }
}

fn schema() -> Migrator {
    let step = |(number, name, sql): (i64, &'static str, &'static str)| {
        let sql = SqlStr::from_static(sql);
        Migration::new(number, name.into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(STEPS.map(step).into())
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
