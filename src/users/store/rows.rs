//! Locations and users: read whole, written a batch at a time; and which e-mails are one to the
//! database: its collation decides, not our bytes.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::{BATCH, Store};
use crate::db::{Dialect, Value};
use crate::error::{Error, Result};
use crate::text::excerpt;
use crate::users::model::{LocalUser, Location, RowId, Status, base_url, normal, visible};
use crate::users::plan::{Fill, Row};

/// Which keys e-mails have: those with equal keys are one to the database, or to the eye.
#[derive(Default)]
pub struct Keys {
    /// What the database said, by what is visible of the normalised e-mail. What is not in here is
    /// its own key.
    asked: HashMap<String, String>,
}

impl Keys {
    /// The key of a normalised e-mail.
    pub fn of(&self, email: &str) -> String {
        let visible = visible(email);
        match self.asked.get(&*visible) {
            Some(key) => key.clone(),
            None => visible.into_owned(),
        }
    }
}

impl Store {
    /// The keys of `emails`: plain ASCII is compared by us, anything else is asked of the database
    /// under the column's collation. SQLite compares bytes.
    pub async fn keys(&mut self, emails: impl Iterator<Item = &str>) -> Result<Keys> {
        let emails: BTreeSet<String> = emails
            .map(|email| visible(&normal(email)).into_owned())
            .collect();
        let mut keys = Keys::default();
        if self.is_embedded() || emails.iter().all(|email| email.is_ascii()) {
            return Ok(keys);
        }
        let (charset, collation) = self.collation().await?;
        let emails: Vec<_> = emails.iter().map(String::as_str).collect();
        let unstorable = self.unstorable(&emails, Some(&charset)).await?;
        // What the column cannot hold is in none of its rows: it stays its own key, where a question
        // mark would make it one with others.
        let storable: Vec<_> = (emails.iter().zip(unstorable))
            .filter(|(_, unstorable)| !unstorable)
            .map(|(email, _)| *email)
            .collect();
        let one = format!("HEX(WEIGHT_STRING(CONVERT(? USING {charset}) COLLATE {collation}))");
        for batch in storable.chunks(BATCH) {
            let sql = format!("SELECT {}", vec![one.as_str(); batch.len()].join(", "));
            let values: Vec<Value> = batch.iter().map(|&email| email.into()).collect();
            if let [row] = self.connection.query(&sql, &values).await?.as_slice() {
                let columns = batch.iter().enumerate();
                let said = columns.map(|(column, email)| ((*email).to_owned(), row.text(column)));
                keys.asked.extend(said);
            }
        }
        Ok(keys)
    }

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
                        return Err(Error::database(format!(
                            "user {} has the status «{}», neither active nor inactive",
                            row.wide(0),
                            excerpt(other, 40)
                        )));
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

    /// Adds active users, with what the table demands besides, and says how many were added.
    pub async fn insert(&mut self, location: i64, users: &[Row], fills: &[Fill]) -> Result<u64> {
        let (mut columns, mut places) = (String::new(), String::new());
        for fill in fills {
            columns.push_str(match fill {
                Fill::Name => ", name",
                Fill::Password => ", password",
            });
            places.push_str(", ?");
        }
        let now = self.now();
        let one = format!("(?, {location}, 'active', {now}, {now}{places})");
        let rows = vec![one.as_str(); users.len()].join(", ");
        let sql = format!(
            "INSERT INTO users (email, location_id, status, created_at, updated_at{columns}) \
             VALUES {rows}"
        );
        let mut values: Vec<Value> = Vec::with_capacity(users.len() * (1 + fills.len()));
        for user in users {
            values.push(user.email.as_str().into());
            for fill in fills {
                values.push(match fill {
                    Fill::Name => user.name.as_ref().unwrap_or(&user.email).as_str().into(),
                    Fill::Password => password()?.into(),
                });
            }
        }
        self.connection.execute(&sql, &values).await
    }

    /// Gives rows of a location another status and says how many had the opposite one.
    pub async fn set_status(
        &mut self,
        location: i64,
        ids: &[RowId],
        status: Status,
    ) -> Result<u64> {
        let (sql, word, now) = (list(ids), status.word(), self.now());
        let sql = format!(
            "UPDATE users SET status = '{word}', updated_at = {now} \
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
        let marker = format!("m.run_id = '{run}' AND m.location_id = {location}");
        // The marker has the database's own time, the users that of the application.
        let applied = match &self.zone {
            None => "m.applied_at".to_owned(),
            Some((zone, _)) => {
                let sql = format!(
                    "SELECT UNIX_TIMESTAMP(m.applied_at) FROM selaras_runs m WHERE {marker}"
                );
                let rows = self.connection.query(&sql, &[]).await?;
                let second = rows.first().map_or(0, |row| row.int(0));
                let applied = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
                let wall = applied.to_zoned(zone.clone());
                format!("'{}'", wall.strftime("%Y-%m-%d %H:%M:%S"))
            }
        };
        let sql = format!(
            "SELECT u.id FROM users u JOIN selaras_runs m ON m.location_id = u.location_id \
             WHERE {marker} AND u.updated_at > {applied}"
        );
        let rows = self.connection.query(&sql, &[]).await?;
        Ok(rows.iter().map(|row| row.wide(0)).collect())
    }
}

/// What Laravel takes for a hash of bcrypt and what is none: 53 random characters of its alphabet
/// behind a prefix. No password is known for it, and none is computed.
fn password() -> Result<String> {
    const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = [0; 53];
    getrandom::fill(&mut random)
        .map_err(|cause| Error::local("there are no random numbers").because(cause))?;
    let characters = random
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 64)]));
    Ok("$2y$10$".chars().chain(characters).collect())
}

/// Whole numbers as SQL; they need no escaping, and no place among the `?`.
pub(super) fn list(ids: &[RowId]) -> String {
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    ids.join(", ")
}
