//! What is no longer as the plan saw it, among the rows that it touches.

use std::collections::{HashMap, HashSet};

use super::transaction::ids;
use crate::error::Result;
use crate::users::model::{Drift, LocalUser, LocationPlan, Row, Status, normal};
use crate::users::store::{Keys, Store};
use crate::users::words;

/// Compares the plan's before-image with `rows`, all users of the location as they are now.
pub async fn of(
    store: &mut Store,
    location: &LocationPlan,
    rows: &[LocalUser],
) -> Result<Vec<Drift>> {
    let mut drift = changed(location, rows)?;
    drift.extend(appeared(store, &location.new, rows).await?);
    drift.extend(referred(store, &location.remove).await?);
    Ok(drift)
}

/// The rows that are gone, or have another status or e-mail.
fn changed(location: &LocationPlan, rows: &[LocalUser]) -> Result<Vec<Drift>> {
    let by_id: HashMap<_, _> = rows.iter().map(|row| (row.id, row)).collect();
    let mut drift = Vec::new();
    for (class, was) in [
        (&location.reactivate, Status::Inactive),
        (&location.deactivate, Status::Active),
        (&location.remove, Status::Active),
    ] {
        for (row, id) in class.iter().zip(ids(class)?) {
            let is = match by_id.get(&id) {
                None => words::no_longer_there(),
                Some(now) if now.email != row.email => words::now_called(&now.email),
                Some(now) if now.status != was => now.status.word().to_owned(),
                Some(_) => continue,
            };
            drift.push(Drift {
                email: row.email.clone(),
                was: was.word().to_owned(),
                is,
            });
        }
    }
    Ok(drift)
}

/// The new users who are there by now.
async fn appeared(store: &mut Store, new: &[Row], rows: &[LocalUser]) -> Result<Vec<Drift>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = new.iter().map(|row| row.email.as_str());
    let there = rows.iter().map(|row| row.email.as_str());
    let keys: Keys = store.keys(wanted.clone().chain(there)).await?;
    let wanted: HashSet<_> = wanted.map(|email| keys.of(&normal(email))).collect();
    Ok(rows
        .iter()
        .filter(|row| wanted.contains(&keys.of(&normal(&row.email))))
        .map(|row| Drift {
            email: row.email.clone(),
            was: words::absent(),
            is: row.status.word().to_owned(),
        })
        .collect())
}

/// The users to be removed to whom other rows refer by now: a cascade would take those along.
async fn referred(store: &mut Store, remove: &[Row]) -> Result<Vec<Drift>> {
    if remove.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = ids(remove)?;
    let referred = store.referred(&wanted).await?;
    let rows = remove.iter().zip(wanted);
    Ok(rows
        .filter_map(|(row, id)| {
            Some(Drift {
                email: row.email.clone(),
                was: Status::Active.word().to_owned(),
                is: words::referred_to_by(referred.get(&id)?),
            })
        })
        .collect())
}
