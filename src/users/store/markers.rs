//! What was applied: a row per run and location, written in the same transaction as the users.
//!
//! It decides what became of a killed apply, and what can be undone. In a foreign database its
//! table is the only one of ours.

use uuid::Uuid;

use super::Store;
use super::catalogue::account;
use crate::db::{self, Dialect};
use crate::error::{Error, Result};

/// Our one table in a foreign database.
pub const MAKE_MARKERS: &str = "CREATE TABLE IF NOT EXISTS selaras_runs (\
    run_id CHAR(36) NOT NULL, location_id BIGINT NOT NULL, plan_id CHAR(36) NOT NULL, \
    applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, operator VARCHAR(255) NOT NULL, \
    undoes CHAR(36) NULL, PRIMARY KEY (run_id, location_id)\
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
/// What its earlier form lacks.
pub const MEND_MARKERS: &str = "ALTER TABLE selaras_runs ADD COLUMN undoes CHAR(36) NULL";

/// The rights on users that a sync needs.
pub const TO_SYNC: &str = "SELECT, INSERT, UPDATE";
/// The rights on users that an undo needs which removes some.
pub const TO_REMOVE: &str = "SELECT, INSERT, UPDATE, DELETE";

/// For which run and plan rows are written.
#[derive(Clone, Debug)]
pub struct Signature {
    pub run: Uuid,
    pub plan: Uuid,
    /// Who confirmed it.
    pub operator: String,
    pub undoes: Option<Uuid>,
}

/// What the marker table says about a run at a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    pub run: Uuid,
    /// As the database writes it.
    pub applied_at: String,
    pub operator: String,
}

impl Store {
    /// The statement that the marker table still needs, if any.
    pub async fn markers_need(&mut self) -> Result<Option<&'static str>> {
        // An embedded file has it, or gets it with its other tables.
        if self.is_embedded() {
            return Ok(None);
        }
        let sql = "SELECT column_name FROM information_schema.columns \
                   WHERE table_schema = DATABASE() AND table_name = 'selaras_runs'";
        let columns = self.connection.query(sql, &[]).await?;
        let complete = columns
            .iter()
            .any(|row| row.text(0).eq_ignore_ascii_case("undoes"));
        Ok(match (columns.as_slice(), complete) {
            ([], _) => Some(MAKE_MARKERS),
            (_, false) => Some(MEND_MARKERS),
            (_, true) => None,
        })
    }

    /// Makes the marker table. MySQL commits with every such statement: never in a transaction.
    pub async fn make_markers(&mut self) -> Result<()> {
        let Some(sql) = self.markers_need().await? else {
            return Ok(());
        };
        match self.connection.alter(sql).await {
            Ok(()) => Ok(()),
            Err(error) if db::is_denied(&error) => {
                Err(self.with_grants(error, &[sql], TO_SYNC).await)
            }
            // Another worker was as quick with the same column.
            Err(error) => match self.markers_need().await? {
                None => Ok(()),
                Some(_) => Err(error),
            },
        }
    }

    /// Whether one of our syncs has ever written here; an embedded database is ours anyway.
    pub async fn was_synced(&mut self) -> Result<bool> {
        if self.is_embedded() {
            return Ok(true);
        }
        if !self.has_table("selaras_runs").await? {
            return Ok(false);
        }
        let sql = "SELECT 1 FROM selaras_runs LIMIT 1";
        Ok(!self.connection.query(sql, &[]).await?.is_empty())
    }

    /// What the marker table says about `plan` at `location`.
    pub async fn marker_of_plan(&mut self, plan: Uuid, location: i64) -> Result<Option<Marker>> {
        self.marker(&format!("plan_id = '{plan}' AND location_id = {location}"))
            .await
    }

    /// What the marker table, if there is one, says about `run` at `location`.
    pub async fn applied(&mut self, run: Uuid, location: i64) -> Result<Option<Marker>> {
        if !self.has_table("selaras_runs").await? {
            return Ok(None);
        }
        self.marker(&format!("run_id = '{run}' AND location_id = {location}"))
            .await
    }

    /// What the marker table says about the undoing of `run` at `location`; an earlier form of it
    /// knows of none.
    pub async fn undone(&mut self, run: Uuid, location: i64) -> Result<Option<Marker>> {
        if self.markers_need().await?.is_some() {
            return Ok(None);
        }
        self.marker(&format!("undoes = '{run}' AND location_id = {location}"))
            .await
    }

    async fn marker(&mut self, condition: &str) -> Result<Option<Marker>> {
        let sql =
            format!("SELECT run_id, applied_at, operator FROM selaras_runs WHERE {condition}");
        let rows = self.connection.query(&sql, &[]).await?;
        Ok(rows.first().map(|row| Marker {
            run: row.text(0).parse().unwrap_or_default(),
            applied_at: row.text(1),
            operator: row.text(2),
        }))
    }

    /// The locations at which `run` was applied: what it wrote there stands, even if it died.
    pub async fn applied_locations(&mut self, run: Uuid) -> Result<Vec<i64>> {
        if !self.has_table("selaras_runs").await? {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT location_id FROM selaras_runs WHERE run_id = '{run}' ORDER BY location_id"
        );
        let rows = self.connection.query(&sql, &[]).await?;
        Ok(rows.iter().map(|row| row.int(0)).collect())
    }

    /// When something was last applied at each location, in seconds since 1970.
    pub async fn last_applied(&mut self) -> Result<Vec<(i64, i64)>> {
        if !self.has_table("selaras_runs").await? {
            return Ok(Vec::new());
        }
        let last = match self.connection.dialect() {
            Dialect::Sqlite => "CAST(strftime('%s', MAX(applied_at)) AS INTEGER)",
            Dialect::MySql | Dialect::Postgres => "CAST(UNIX_TIMESTAMP(MAX(applied_at)) AS SIGNED)",
        };
        let sql = format!("SELECT location_id, {last} FROM selaras_runs GROUP BY location_id");
        let rows = self.connection.query(&sql, &[]).await?;
        Ok(rows.iter().map(|row| (row.int(0), row.int(1))).collect())
    }

    /// Writes the marker of what the open transaction does.
    pub async fn mark(&mut self, location: i64, signature: &Signature) -> Result<()> {
        let Signature { run, plan, .. } = signature;
        let undoes = signature
            .undoes
            .map_or_else(|| "NULL".to_owned(), |run| format!("'{run}'"));
        let sql = format!(
            "INSERT INTO selaras_runs (run_id, location_id, plan_id, applied_at, operator, undoes) \
             VALUES ('{run}', {location}, '{plan}', CURRENT_TIMESTAMP, ?, {undoes})"
        );
        let operator: String = signature.operator.chars().take(255).collect();
        self.connection.execute(&sql, &[operator.into()]).await?;
        Ok(())
    }

    /// The error; one about a missing right with all statements, `first` these, that an
    /// administrator would have to run for a database user who needs `rights` on users.
    pub async fn with_grants(&mut self, error: Error, first: &[&str], rights: &str) -> Error {
        if !db::is_denied(&error) {
            return error;
        }
        let sql = "SELECT DATABASE(), CURRENT_USER()";
        match self.connection.query(sql, &[]).await.as_deref() {
            Ok([row]) => {
                let (database, user) = (row.text(0), account(row));
                let grants = [
                    format!("GRANT {rights} ON `{database}`.users TO {user}"),
                    format!("GRANT SELECT, INSERT ON `{database}`.selaras_runs TO {user}"),
                ];
                let first = first.iter().map(|sql| (*sql).to_owned());
                let all: Vec<_> = first.chain(grants).collect();
                error.hint(by_an_administrator(&all.join("; ")))
            }
            _ => error,
        }
    }
}

/// What an administrator has to do: `statements`, without the last semicolon.
pub fn by_an_administrator(statements: &str) -> String {
    format!("an administrator of the database runs: {statements};")
}
