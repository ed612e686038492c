//! The database of a plan: what is read of it once, for all locations, and which new users it
//! cannot hold: they are found before the apply, and left out of it.

use crate::config::{NameFrom, Users as Settings};
use crate::db;
use crate::error::{Failure, Result};
use crate::users::partition::Classes;
use crate::users::plan::{Conflict, Fill, Row};
use crate::users::readiness::{self, Purpose};
use crate::users::store::{Catalogue, Column, Store};
use crate::users::{guards, notes};

/// What a plan has to know of the database besides the users.
pub struct DatabaseFacts {
    pub catalogue: Catalogue,
    pub unready: Option<Failure>,
    /// What new users get besides.
    pub fills: Vec<Fill>,
    /// Whether users are unique by e-mail and location; `Err` says what they are instead.
    pub schema: Result<(), String>,
    /// Whether one of our syncs has written here before.
    pub synced: bool,
    pub notes: Vec<String>,
}

impl DatabaseFacts {
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

    /// `Err` where not even a preview can be made.
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
        notes.extend(notes::security(security).map(str::to_owned));
        if catalogue.has_times() {
            let ahead = match store.newest_ahead().await {
                Err(error) if db::is_denied(&error) => None,
                answer => answer?,
            };
            let doubt = readiness::another_zone(ahead, settings.timezone.is_some());
            notes.extend(doubt.map(|(text, hint)| format!("{text}: {hint}")));
        }
        Ok(Self {
            unready: readiness::error(&obstacles).map(Failure::from),
            fills: readiness::fills(&catalogue),
            schema: guards::schema_of(&catalogue.indexes),
            // A missing right to read our table is an obstacle already.
            synced: match store.was_synced().await {
                Err(error) if db::is_denied(&error) => false,
                answer => answer?,
            },
            catalogue,
            notes,
        })
    }
}

/// Gives each new user the name that the table demands, and makes a conflict of each one that does not fit.
pub async fn fit(
    classes: &mut Classes,
    facts: &DatabaseFacts,
    from: NameFrom,
    store: &mut Store,
) -> Result<()> {
    let mut new = std::mem::take(&mut classes.new);
    let emails: Vec<_> = new.iter().map(|row| row.email.as_str()).collect();
    let held = faults(&emails, facts.catalogue.user_column("email"), store).await?;
    let mut unfit: Vec<_> = held.into_iter().collect();
    if facts.fills.contains(&Fill::Name) {
        let column = facts.catalogue.user_column("name");
        let as_name = faults(&emails, column, store).await?;
        let wanted: Vec<_> = new
            .iter()
            .map(|row| name_of(row, from).to_owned())
            .collect();
        let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
        let as_wanted = faults(&wanted, column, store).await?;
        let names: Vec<_> = (as_wanted.iter().zip(&wanted))
            .map(|(fault, name)| fault.is_none().then(|| (*name).to_owned()))
            .collect();
        for (index, name) in names.into_iter().enumerate() {
            if name.is_none() && unfit[index].is_none() {
                unfit[index].clone_from(&as_name[index]);
            }
            new[index].name = Some(name.unwrap_or_else(|| new[index].email.clone()));
        }
    } else {
        for row in &mut new {
            row.name = None;
        }
    }
    for (row, fault) in new.into_iter().zip(unfit) {
        match fault {
            None => classes.new.push(row),
            Some(reason) => classes.conflict.push(Conflict {
                email: row.email,
                reason,
            }),
        }
    }
    classes.conflict.sort();
    Ok(())
}

/// The name of a new user: never empty.
fn name_of(row: &Row, from: NameFrom) -> &str {
    let named = row.name.as_deref().filter(|name| !name.is_empty());
    match from {
        NameFrom::Remote => named.unwrap_or(&row.email),
        NameFrom::Email => &row.email,
    }
}

/// For each text why `column` cannot hold it; `None` where it can.
async fn faults(
    texts: &[&str],
    column: Option<&Column>,
    store: &mut Store,
) -> Result<Vec<Option<String>>> {
    let Some(column) = column else {
        return Ok(vec![None; texts.len()]);
    };
    let unstorable = store.unstorable(texts, column.charset.as_deref()).await?;
    let faults = texts.iter().zip(unstorable).map(|(text, unstorable)| {
        let name = &column.name;
        match column.length {
            _ if unstorable => {
                let charset = column.charset.as_deref().unwrap_or_default();
                Some(format!(
                    "a character of it is not in {charset}, the character set of users.{name}"
                ))
            }
            Some(length) if text.chars().count() > length => {
                Some(format!("users.{name} takes {length} characters"))
            }
            _ => None,
        }
    });
    Ok(faults.collect())
}
