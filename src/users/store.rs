//! The SQL of the users sync: Laravel's tables in MySQL or MariaDB, the same tables embedded.
//!
//! One store holds one connection. Statements are the same for both databases wherever they can
//! be; where not, the difference stands beside the statement. What the rows mean is not known here.

pub mod browse;

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use sqlx::migrate::Migrator;
use uuid::Uuid;

use super::model::{LocalUser, Location, Status, base_url, normal};
use super::words;
use crate::config::DatabaseUrl;
use crate::db::{Access, Connection, Dialect, Value};
use crate::error::{Context, Error, Result};

/// How many rows one statement writes.
pub const BATCH: usize = 500;

static SCHEMA: Migrator = sqlx::migrate!("src/users/schema");

/// A connection to the users database.
pub struct Store {
    connection: Connection,
}

/// Which keys the database gives to e-mails: those with equal keys are one to it.
pub enum Keys {
    /// Every normalised e-mail is its own key.
    Plain,
    /// What the database said, by normalised e-mail.
    Folded(HashMap<String, String>),
}

impl Keys {
    /// The key of a normalised e-mail.
    pub fn of(&self, email: &str) -> String {
        match self {
            Self::Plain => email.to_owned(),
            Self::Folded(keys) => keys.get(email).cloned().unwrap_or_else(|| email.to_owned()),
        }
    }
}

/// What the marker table says about a plan at a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The run that applied it.
    pub run: Uuid,
    /// When, as the database writes it.
    pub applied_at: String,
    /// Who.
    pub operator: String,
}

impl Store {
    /// Opens for reading; `None` where an embedded file, or its tables, are not there yet.
    pub async fn for_reading(url: &DatabaseUrl) -> Result<Option<Self>> {
        if url.path().is_some_and(|path| !path.exists()) {
            return Ok(None);
        }
        let mut store = Self {
            connection: Connection::open(url, Access::Read).await?,
        };
        if store.connection.dialect() == Dialect::Sqlite && !store.has_table("users").await? {
            return Ok(None);
        }
        Ok(Some(store))
    }

    /// Opens for writing. An embedded file is created and completed, and gets its locations.
    pub async fn for_writing(url: &DatabaseUrl, locations: &[Location]) -> Result<Self> {
        let mut connection = Connection::open(url, Access::Write).await?;
        if let (Some(path), Connection::Sqlite(sqlite)) = (url.path(), &mut connection) {
            // sqlx takes no lock of its own for migrations of SQLite. `run` is this call, only
            // that its future cannot be sent to another thread.
            let _lock = lock_beside(path).await?;
            let making = SCHEMA.run_direct(None, sqlite, false);
            making.await.map_err(|cause| {
                Error::database(format!("the tables of {} cannot be made", path.display()))
                    .because(cause)
            })?;
        }
        let mut store = Self { connection };
        if store.connection.dialect() == Dialect::Sqlite {
            store.upsert_locations(locations).await?;
        }
        Ok(store)
    }

    /// Says goodbye.
    pub async fn close(self) -> Result<()> {
        self.connection.close().await
    }

    async fn has_table(&mut self, name: &str) -> Result<bool> {
        let sql = match self.connection.dialect() {
            Dialect::Sqlite => {
                "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
            }
            Dialect::MySql => {
                "SELECT COUNT(*) FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_name = ?"
            }
        };
        let rows = self.connection.query(sql, &[name.into()]).await?;
        Ok(rows.first().is_some_and(|row| row.int(0) > 0))
    }

    /// The configured locations win over what the embedded file remembers of them.
    async fn upsert_locations(&mut self, locations: &[Location]) -> Result<()> {
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
                production: false,
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
        let sql = format!("SELECT id, email, status FROM users WHERE location_id = ?{lock}");
        let rows = self.connection.query(&sql, &[location.into()]).await?;
        rows.iter()
            .map(|row| {
                let status = match row.text(2).as_str() {
                    "active" => Status::Active,
                    "inactive" => Status::Inactive,
                    other => return Err(Error::database(words::strange_status(row.int(0), other))),
                };
                Ok(LocalUser {
                    id: row.int(0),
                    email: row.text(1),
                    status,
                })
            })
            .collect()
    }

    /// Whether users are held apart by e-mail and location; `Err` says what is there instead.
    pub async fn uniqueness(&mut self) -> Result<Result<(), String>> {
        if self.connection.dialect() == Dialect::Sqlite {
            return Ok(Ok(()));
        }
        let sql = "SELECT index_name, column_name FROM information_schema.statistics \
                   WHERE table_schema = DATABASE() AND table_name = 'users' AND non_unique = 0 \
                   ORDER BY index_name, seq_in_index";
        let mut indexes: HashMap<String, Vec<String>> = HashMap::new();
        for row in self.connection.query(sql, &[]).await? {
            indexes
                .entry(row.text(0))
                .or_default()
                .push(row.text(1).to_lowercase());
        }
        let has = |wanted: &[&str]| {
            indexes.values().any(|columns| {
                columns.len() == wanted.len()
                    && wanted
                        .iter()
                        .all(|name| columns.iter().any(|column| column == name))
            })
        };
        Ok(match (has(&["email"]), has(&["email", "location_id"])) {
            (true, _) => Err(words::guard_schema_old()),
            (false, true) => Ok(()),
            (false, false) => Err(words::guard_schema_none()),
        })
    }

    /// The keys of `emails`: plain ASCII is compared by us, anything else is asked of the database
    /// under the column's collation.
    pub async fn keys(&mut self, emails: impl Iterator<Item = &str>) -> Result<Keys> {
        let emails: Vec<String> = emails.map(normal).collect();
        if self.connection.dialect() == Dialect::Sqlite
            || emails.iter().all(|email| email.is_ascii())
        {
            return Ok(Keys::Plain);
        }
        let collation = self.collation().await?;
        let mut keys = HashMap::with_capacity(emails.len());
        for batch in emails.chunks(BATCH) {
            let one = format!(
                "SELECT ?, HEX(WEIGHT_STRING(CONVERT(? USING utf8mb4) COLLATE {collation}))"
            );
            let sql = vec![one.as_str(); batch.len()].join(" UNION ALL ");
            let values: Vec<Value> = batch
                .iter()
                .flat_map(|email| [email.as_str().into(), email.as_str().into()])
                .collect();
            for row in self.connection.query(&sql, &values).await? {
                keys.insert(row.text(0), row.text(1));
            }
        }
        Ok(Keys::Folded(keys))
    }

    /// The collation of `users.email`; a name of letters, digits and underscores only.
    async fn collation(&mut self) -> Result<String> {
        let sql = "SELECT collation_name FROM information_schema.columns \
                   WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'email'";
        let rows = self.connection.query(sql, &[]).await?;
        let name = rows
            .first()
            .and_then(|row| row.maybe(0))
            .unwrap_or_default();
        let plain = !name.is_empty()
            && name
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        // Only utf8mb4 can hold every e-mail; the others are compared under its default cousin.
        Ok(if plain && name.starts_with("utf8mb4") {
            name
        } else {
            "utf8mb4_general_ci".to_owned()
        })
    }

    /// Begins a transaction.
    pub async fn begin(&mut self) -> Result<()> {
        self.connection.begin().await
    }

    /// Makes the transaction stay.
    pub async fn commit(&mut self) -> Result<()> {
        self.connection.commit().await
    }

    /// Forgets the transaction.
    pub async fn rollback(&mut self) -> Result<()> {
        self.connection.rollback().await
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
    pub async fn set_status(&mut self, location: i64, ids: &[i64], status: Status) -> Result<u64> {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        let sql = format!(
            "UPDATE users SET status = ?, updated_at = CURRENT_TIMESTAMP \
             WHERE location_id = {location} AND status <> ? AND id IN ({})",
            ids.join(", ")
        );
        self.connection
            .execute(&sql, &[status.word().into(), status.word().into()])
            .await
    }

    /// Whether the marker table is there.
    pub async fn has_markers(&mut self) -> Result<bool> {
        self.has_table("selaras_runs").await
    }

    /// Whether a sync of ours has ever written here; an embedded database is ours anyway.
    pub async fn was_synced(&mut self) -> Result<bool> {
        if self.connection.dialect() == Dialect::Sqlite {
            return Ok(true);
        }
        if !self.has_markers().await? {
            return Ok(false);
        }
        let rows = self
            .connection
            .query("SELECT 1 FROM selaras_runs LIMIT 1", &[])
            .await?;
        Ok(!rows.is_empty())
    }

    /// What the marker table says about `plan` at `location`.
    pub async fn marker_of_plan(&mut self, plan: Uuid, location: i64) -> Result<Option<Marker>> {
        let sql = "SELECT run_id, applied_at, operator FROM selaras_runs \
                   WHERE plan_id = ? AND location_id = ?";
        let values = [plan.to_string().into(), location.into()];
        let rows = self.connection.query(sql, &values).await?;
        Ok(rows.first().map(|row| Marker {
            run: row.text(0).parse().unwrap_or_default(),
            applied_at: row.text(1),
            operator: row.text(2),
        }))
    }

    /// The locations at which `run` was applied: what it wrote there stands, even if it died.
    pub async fn applied_locations(&mut self, run: Uuid) -> Result<Vec<i64>> {
        if !self.has_markers().await? {
            return Ok(Vec::new());
        }
        let sql = "SELECT location_id FROM selaras_runs WHERE run_id = ? ORDER BY location_id";
        let rows = self
            .connection
            .query(sql, &[run.to_string().into()])
            .await?;
        Ok(rows.iter().map(|row| row.int(0)).collect())
    }

    /// Writes the marker of what the open transaction does.
    pub async fn mark(
        &mut self,
        run: Uuid,
        location: i64,
        plan: Uuid,
        operator: &str,
    ) -> Result<()> {
        let sql = "INSERT INTO selaras_runs (run_id, location_id, plan_id, applied_at, operator) \
                   VALUES (?, ?, ?, CURRENT_TIMESTAMP, ?)";
        let operator: String = operator.chars().take(255).collect();
        let values = [
            run.to_string().into(),
            location.into(),
            plan.to_string().into(),
            operator.into(),
        ];
        self.connection.execute(sql, &values).await.map(|_| ())
    }
}

/// An exclusive lock on a file beside the database, held until it is dropped.
async fn lock_beside(database: &Path) -> Result<File> {
    let path = database.with_extension("migrate.lock");
    let locking = tokio::task::spawn_blocking(move || {
        let file = File::create(&path).doing("create", &path)?;
        file.lock().doing("lock", &path)?;
        Ok(file)
    });
    locking
        .await
        .map_err(|cause| Error::bug("the lock was not waited for").because(cause))?
}
