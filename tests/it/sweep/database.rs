//! Where the users are kept: rows as they stand, and a writer held in the middle of its work.
//!
//! A kind is added by a case of [`Database`]: the sweeps go over all of them and know none.

use std::path::Path;
use std::time::{Duration, Instant};

use selaras::config::DatabaseUrl;
use selaras::db::{Access, Connection, Row};
use selaras::users::store::Store;

use super::super::mariadb;
use crate::harness::wait::BOUND;

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file of our own.
    Sqlite,
    /// The Laravel application's, on a private server.
    MariaDb,
}

/// All that the sync may change, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump {
    /// `id`, `location_id`, `email`, `status`, `created_at`, `updated_at`.
    pub users: Vec<Row>,
    /// The `location_id` of each marker.
    pub markers: Vec<i64>,
}

/// The other connections to a database, on MariaDB.
const OTHERS: &str = "SELECT id FROM information_schema.processlist \
                      WHERE db = DATABASE() AND id <> CONNECTION_ID()";
/// Those of them that are held.
const HELD: &str = "SELECT id FROM information_schema.processlist \
                    WHERE db = DATABASE() AND state = 'User sleep'";

impl Database {
    /// Every kind that is installed.
    pub async fn all() -> Vec<Self> {
        let server = mariadb::server().await;
        let foreign = server.map(|_| Self::MariaDb);
        std::iter::once(Self::Sqlite).chain(foreign).collect()
    }

    /// Makes an empty database with its tables, and says its URL as a configuration in `folder`
    /// has it.
    pub async fn make(self, folder: &Path) -> String {
        let address = match self {
            Self::Sqlite => "sqlite:users.db".to_owned(),
            Self::MariaDb => {
                let made = mariadb::Database::new(mariadb::Shape::default()).await;
                made.unwrap().url()
            }
        };
        let url = DatabaseUrl::parse(&address, folder).unwrap();
        let mut store = Store::for_writing(&url, &[]).await.unwrap();
        store.make_markers().await.unwrap();
        store.close().await.unwrap();
        address
    }

    /// Makes every writer wait for minutes, inside its transaction, after it has written a row of
    /// `table` for which `condition` holds.
    pub async fn hold(self, connection: &mut Connection, (table, condition): (&str, &str)) {
        if self == Self::Sqlite {
            // SQLite cannot sleep; it can count.
            let endless = "CREATE VIEW endless AS WITH RECURSIVE counted (number) AS \
                           (SELECT 1 UNION ALL SELECT number + 1 FROM counted \
                           LIMIT 10000000000) SELECT MAX(number) AS last FROM counted";
            connection.command(endless).await.unwrap();
            let impatient = "PRAGMA busy_timeout = 0";
            connection.command(impatient).await.unwrap();
        }
        for act in ["INSERT", "UPDATE"] {
            let trigger = format!("CREATE TRIGGER hold_{act} AFTER {act} ON {table}");
            let trigger = match self {
                Self::Sqlite => {
                    format!("{trigger} WHEN {condition} BEGIN SELECT last FROM endless; END")
                }
                Self::MariaDb => {
                    format!("{trigger} FOR EACH ROW IF {condition} THEN DO SLEEP(600); END IF")
                }
            };
            connection.command(&trigger).await.unwrap();
        }
    }

    /// Waits until a writer is held.
    pub async fn held(self, connection: &mut Connection) {
        let deadline = Instant::now() + BOUND;
        let mut pulse = tokio::time::interval(Duration::from_millis(20));
        let mut looks = 0;
        // A transaction takes milliseconds: one that is there for so long is held.
        while looks < 20 {
            pulse.tick().await;
            assert!(Instant::now() < deadline, "nobody is held");
            looks = match self {
                Self::Sqlite if connection.begin().await.is_ok() => {
                    connection.rollback().await.unwrap();
                    0
                }
                Self::Sqlite => looks + 1,
                Self::MariaDb => match connection.query(HELD, &[]).await.unwrap().len() {
                    0 => 0,
                    _ => 20,
                },
            };
        }
    }

    /// Lets writers continue; who was held and is dead by now is forgotten.
    pub async fn let_go(self, connection: &mut Connection) {
        match self {
            Self::Sqlite => connection.command("DROP VIEW endless").await.unwrap(),
            Self::MariaDb => {
                // The server itself would notice only at the end of the sleep.
                for dead in connection.query(HELD, &[]).await.unwrap() {
                    let kill = format!("KILL {}", dead.int(0));
                    connection.command(&kill).await.unwrap();
                }
            }
        }
        for act in ["INSERT", "UPDATE"] {
            let drop = format!("DROP TRIGGER hold_{act}");
            connection.command(&drop).await.unwrap();
        }
    }

    /// Keeps every writer from beginning, until [`Database::unlock`]; readers are not.
    pub async fn lock(self, connection: &mut Connection) {
        connection.begin().await.unwrap();
        if self == Self::MariaDb {
            let sql = "SELECT id FROM users FOR UPDATE";
            connection.query(sql, &[]).await.unwrap();
        }
    }

    /// Lets writers begin.
    pub async fn unlock(self, connection: &mut Connection) {
        connection.rollback().await.unwrap();
    }

    /// Waits until a server has noticed the end of those who are dead.
    pub async fn settle(self, connection: &mut Connection) {
        let deadline = Instant::now() + BOUND;
        let mut pulse = tokio::time::interval(Duration::from_millis(10));
        while self == Self::MariaDb && !connection.query(OTHERS, &[]).await.unwrap().is_empty() {
            pulse.tick().await;
            assert!(Instant::now() < deadline, "somebody is still there");
        }
    }
}

impl Dump {
    /// The rows as they stand now.
    pub async fn of(url: &DatabaseUrl) -> Self {
        let mut connection = Connection::open(url, Access::Read).await.unwrap();
        let users = "SELECT id, location_id, email, status, CAST(created_at AS CHAR), \
                     CAST(updated_at AS CHAR) FROM users ORDER BY id";
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
