//! Which branch servers there are: those of the database, with what the configuration says of them.

use super::Request;
use super::model::{Location, base_url};
use super::store::Store;
use crate::config::Users as Settings;
use crate::error::{Error, Result};
use crate::text::{excerpt, scrub};

pub fn configured(settings: &Settings) -> Vec<Location> {
    let rows = settings.locations.iter();
    rows.map(|row| Location {
        // Rows without an id add to what a foreign database says.
        id: row.id.unwrap_or_default(),
        code: row.code.clone(),
        name: row.name.clone(),
        url: row
            .url
            .as_ref()
            .and_then(|url| base_url(url.expose().as_str())),
        overrides: row.overrides,
    })
    .collect()
}

/// The locations of the database. An embedded one holds what the configuration says; of a foreign
/// one the configuration only says what the database does not know.
pub async fn all(settings: &Settings, store: Option<&mut Store>) -> Result<Vec<Location>> {
    let configured = configured(settings);
    let stored = match store {
        Some(store) => store.locations().await?,
        None => Vec::new(),
    };
    if !settings.is_embedded() {
        return Ok(stored
            .into_iter()
            .map(|location| Location {
                overrides: settings
                    .location(&location.code)
                    .map(|row| row.overrides)
                    .unwrap_or_default(),
                ..location
            })
            .collect());
    }
    let forgotten: Vec<_> = stored
        .into_iter()
        .filter(|location| !configured.iter().any(|row| row.id == location.id))
        .collect();
    Ok(configured.into_iter().chain(forgotten).collect())
}

/// The locations that were asked for, each once, in that order.
pub fn choose(known: Vec<Location>, request: &Request) -> Result<Vec<Location>> {
    if known.is_empty() {
        return Err(Error::config("there are no locations").hint(
            "add [[users.location]] entries to the configuration, or point [users] database at the \
             application's own",
        ));
    }
    let Some(codes) = &request.locations else {
        return Ok(known);
    };
    let mut chosen: Vec<Location> = Vec::new();
    for code in codes {
        let found = known
            .iter()
            .find(|location| location.code.eq_ignore_ascii_case(code.trim()));
        let Some(found) = found else {
            let codes: Vec<_> = known.iter().map(|one| scrub(&one.code)).collect();
            let (code, known) = (excerpt(code, 40), codes.join(", "));
            let why = format!("there is no location «{code}» (known: {known})");
            return Err(Error::usage(why));
        };
        if !chosen.contains(found) {
            chosen.push(found.clone());
        }
    }
    Ok(chosen)
}
