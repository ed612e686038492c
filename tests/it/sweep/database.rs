//! Where the users are kept: rows as they stand, and a writer held in the middle of its work.
//!
//! A kind is added by a case of [`Database`]: the sweeps go over all of them and know none.

use std::path::Path;

use selaras::config::DatabaseUrl;
use selaras::db::{Access, Connection, Row};
use selaras::users::store::Store;

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file of our own.
    Sqlite,
}

/// All that the sync may change, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump {
    /// `id`, `location_id`, `email`, `status`, `created_at`, `updated_at`.
    pub users: Vec<Row>,
    /// The `location_id` of each marker.
    pub markers: Vec<i64>,
}

impl Database {
    /// Every kind.
    pub const ALL: [Self; 1] = [Self::Sqlite];

    /// Makes an empty database with its tables, and says its URL as a configuration in `folder`
    /// has it.
    pub async fn make(self, folder: &Path) -> String {
        match self {
            Self::Sqlite => {
                let url = DatabaseUrl::file(folder.join("users.db"));
                let store = Store::for_writing(&url, &[]).await.unwrap();
                store.close().await.unwrap();
                "sqlite:users.db".to_owned()
            }
        }
    }

    /// Makes every writer wait for minutes, inside its transaction, after it has written a row of
    /// `table` for which `condition` holds.
    pub async fn hold(self, connection: &mut Connection, (table, condition): (&str, &str)) {
        match self {
            Self::Sqlite => {
                // SQLite cannot sleep; it can count.
                let endless = "CREATE VIEW endless AS WITH RECURSIVE counted (number) AS \
                               (SELECT 1 UNION ALL SELECT number + 1 FROM counted \
                               LIMIT 10000000000) SELECT MAX(number) AS last FROM counted";
                connection.command(endless).await.unwrap();
                for act in ["INSERT", "UPDATE"] {
                    let trigger = format!(
                        "CREATE TRIGGER hold_{act} AFTER {act} ON {table} WHEN {condition} \
                         BEGIN SELECT last FROM endless; END"
                    );
                    connection.command(&trigger).await.unwrap();
                }
            }
        }
    }

    /// Lets writers go on.
    pub async fn let_go(self, connection: &mut Connection) {
        match self {
            Self::Sqlite => {
                for thing in ["TRIGGER hold_INSERT", "TRIGGER hold_UPDATE", "VIEW endless"] {
                    connection.command(&format!("DROP {thing}")).await.unwrap();
                }
            }
        }
    }

    /// Keeps every writer from beginning, until [`Database::unlock`].
    pub async fn lock(self, connection: &mut Connection) {
        match self {
            Self::Sqlite => connection.begin().await.unwrap(),
        }
    }

    /// Lets writers begin.
    pub async fn unlock(self, connection: &mut Connection) {
        match self {
            Self::Sqlite => connection.rollback().await.unwrap(),
        }
    }

    /// Whether somebody is in the middle of writing.
    pub async fn is_written_to(self, connection: &mut Connection) -> bool {
        match self {
            Self::Sqlite => {
                let impatient = "PRAGMA busy_timeout = 0";
                connection.command(impatient).await.unwrap();
                let begun = connection.begin().await.is_ok();
                if begun {
                    connection.rollback().await.unwrap();
                }
                !begun
            }
        }
    }
}

impl Dump {
    /// The rows as they stand now.
    pub async fn of(url: &DatabaseUrl) -> Self {
        let mut connection = Connection::open(url, Access::Read).await.unwrap();
        let users = "SELECT id, location_id, email, status, created_at, updated_at \
                     FROM users ORDER BY id";
        let users = connection.query(users, &[]).await.unwrap();
        let markers = "SELECT location_id FROM selaras_runs ORDER BY location_id, run_id";
        let markers = connection.query(markers, &[]).await.unwrap();
        connection.close().await.unwrap();
        Self {
            users,
            markers: markers.iter().map(|row| row.int(0)).collect(),
        }
    }

    /// Who stands how at `location`, by e-mail.
    pub fn statuses(&self, location: i64) -> Vec<(String, String)> {
        let here = self.users.iter().filter(|row| row.int(1) == location);
        let mut statuses: Vec<_> = here.map(|row| (row.text(2), row.text(3))).collect();
        statuses.sort();
        statuses
    }
}
