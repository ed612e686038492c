//! What the database is like, read once for all locations of a plan.

use crate::config::Users as Settings;
use crate::db;
use crate::error::{Failure, Result};
use crate::users::guards;
use crate::users::model::Fill;
use crate::users::readiness::{self, Purpose};
use crate::users::store::{Catalogue, Store};
use crate::users::words;

/// What a plan has to know of the database besides the users.
pub struct Basis {
    /// Tables, columns and rights.
    pub catalogue: Catalogue,
    /// What would make every apply fail.
    pub unready: Option<Failure>,
    /// What new users get besides.
    pub fills: Vec<Fill>,
    /// Whether users are unique by e-mail and location; `Err` says what they are instead.
    pub schema: Result<(), String>,
    /// Whether a sync of ours has written here before.
    pub synced: bool,
    /// Things worth knowing.
    pub notes: Vec<String>,
}

impl Basis {
    /// Of a database that is not there yet, and will be made as it should be.
    pub fn of_none() -> Self {
        Self {
            catalogue: Catalogue::default(),
            unready: None,
            fills: Vec::new(),
            schema: Ok(()),
            synced: true,
            notes: Vec::new(),
        }
    }

    /// Reads it. `Err` where not even a preview can be made.
    pub async fn read(store: &mut Store, settings: &Settings) -> Result<Self> {
        let catalogue = store.catalogue().await?;
        let obstacles = readiness::obstacles(&catalogue, Purpose::Sync);
        if let Some(error) = readiness::error(&obstacles)
            && obstacles.iter().any(|obstacle| obstacle.blinds)
        {
            return Err(error);
        }
        let mut notes = Vec::new();
        let security = store.security(&settings.database).await?;
        notes.extend(words::security(security).map(str::to_owned));
        if catalogue.has_times() {
            let ahead = match store.newest_ahead().await {
                Err(error) if db::is_denied(&error) => None,
                answer => answer?,
            };
            let said = readiness::another_zone(ahead, settings.timezone.is_some());
            notes.extend(said.map(|(text, hint)| format!("{text}: {hint}")));
        }
        Ok(Self {
            unready: readiness::failure(&obstacles),
            fills: readiness::fills(&catalogue),
            schema: guards::schema_of(&catalogue.indexes),
            // Who may not read our table is told so above.
            synced: match store.was_synced().await {
                Err(error) if db::is_denied(&error) => false,
                answer => answer?,
            },
            catalogue,
            notes,
        })
    }
}
