//! Locations and users: read whole, written a batch at a time.

use super::Store;
use crate::db::{Dialect, Value};
use crate::error::{Error, Result};
use crate::users::model::{LocalUser, Location, RowId, Status, base_url};
use crate::users::words;

impl Store {
    /// All locations, by name.
    pub async fn locations(&mut self) -> Result<Vec<Location>> {
        let sql = "SELECT id, location_code, location_name, online_url FROM locations \
                   ORDER BY location_name, id";
        let rows = self.connection.query(sql, &[]).await?;
        Ok(rows
            .iter()
            .map(|row| Location {
                id: row.int(0),
                code: row.text(1).trim().to_owned(),
                name: row.text(2),
                url: row.maybe(3).as_deref().and_then(base_url),
                ..Location::default()
            })
            .collect())
    }

    /// The users of a location. Inside a transaction, `locked` keeps others from changing them.
    pub async fn local_users(&mut self, location: i64, locked: bool) -> Result<Vec<LocalUser>> {
        // SQLite's write transaction holds the whole file already.
        let lock = match self.connection.dialect() {
            Dialect::MySql if locked => " FOR UPDATE",
            _ => "",
        };
        let sql =
            format!("SELECT id, email, status FROM users WHERE location_id = {location}{lock}");
        let rows = self.connection.query(&sql, &[]).await?;
        rows.iter()
            .map(|row| {
                let status = match row.text(2).as_str() {
                    "active" => Status::Active,
                    "inactive" => Status::Inactive,
                    other => {
                        return Err(Error::database(words::strange_status(row.wide(0), other)));
                    }
                };
                Ok(LocalUser {
                    id: row.wide(0),
                    email: row.text(1),
                    status,
                })
            })
            .collect()
    }

    /// Adds active users and says how many were added.
    pub async fn insert(&mut self, location: i64, emails: &[&str]) -> Result<u64> {
        let one = format!("(?, {location}, 'active', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)");
        let rows = vec![one.as_str(); emails.len()].join(", ");
        let sql = format!(
            "INSERT INTO users (email, location_id, status, created_at, updated_at) VALUES {rows}"
        );
        let values: Vec<Value> = emails.iter().map(|email| (*email).into()).collect();
        self.connection.execute(&sql, &values).await
    }

    /// Gives rows of a location another status and says how many had the opposite one.
    pub async fn set_status(
        &mut self,
        location: i64,
        ids: &[RowId],
        status: Status,
    ) -> Result<u64> {
        let (sql, word) = (list(ids), status.word());
        let sql = format!(
            "UPDATE users SET status = '{word}', updated_at = CURRENT_TIMESTAMP \
             WHERE location_id = {location} AND status <> '{word}' AND id IN ({sql})"
        );
        self.connection.execute(&sql, &[]).await
    }

    /// Deletes active rows of a location and says how many there were.
    pub async fn remove(&mut self, location: i64, ids: &[RowId]) -> Result<u64> {
        let sql = format!(
            "DELETE FROM users WHERE location_id = {location} AND status = 'active' AND id IN ({})",
            list(ids)
        );
        self.connection.execute(&sql, &[]).await
    }

    /// Those of `ids` that were written to after `run` was applied at `location`.
    pub async fn touched_since(&mut self, run: uuid::Uuid, location: i64) -> Result<Vec<RowId>> {
        let sql = format!(
            "SELECT u.id FROM users u JOIN selaras_runs m ON m.location_id = u.location_id \
             WHERE m.run_id = '{run}' AND m.location_id = {location} AND u.updated_at > m.applied_at"
        );
        let rows = self.connection.query(&sql, &[]).await?;
        Ok(rows.iter().map(|row| row.wide(0)).collect())
    }
}

/// Whole numbers as SQL; they need no escaping, and no place among the `?`.
pub(super) fn list(ids: &[RowId]) -> String {
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    ids.join(", ")
}
