//! What a run did at one location, turned round: row by row, as far as the rows are still its own.

use std::collections::{HashMap, HashSet};

use super::Request;
use crate::error::Result;
use crate::users::model::{Drift, LocalUser, LocationPlan, Row, RowId, Status, normal};
use crate::users::store::Store;
use crate::users::words;

/// The rows of a run, sorted by what undoing it does with them.
#[derive(Clone, Debug, Default)]
pub struct Reversed {
    /// They were deactivated.
    reactivate: Vec<Row>,
    /// They were reactivated, or added.
    deactivate: Vec<Row>,
    /// They were added, and nothing refers to them.
    remove: Vec<Row>,
    /// They are no longer as the run left them.
    changed: Vec<Drift>,
    /// The configuration protects them by now.
    protected: Vec<Row>,
    /// How many users of the location are active.
    active_now: u64,
    notes: Vec<String>,
}

/// The rows of a location as they are now.
struct Now<'a> {
    by_id: HashMap<RowId, &'a LocalUser>,
    /// Written to after the run, by whomever.
    touched: HashSet<RowId>,
    protected: &'a (dyn Fn(&str) -> bool + Send + Sync),
}

/// Turns round what was `done` at a location.
pub async fn reverse(
    done: &LocationPlan,
    request: &Request,
    store: &mut Store,
    protected: &(dyn Fn(&str) -> bool + Send + Sync),
) -> Result<Reversed> {
    let place = done.location_id;
    let rows = store.local_users(place, false).await?;
    let touched = store.touched_since(request.run, place).await?;
    let now = Now {
        by_id: rows.iter().map(|row| (row.id, row)).collect(),
        touched: touched.into_iter().collect(),
        protected,
    };
    let mut reversed = Reversed {
        active_now: rows
            .iter()
            .filter(|row| row.status == Status::Active)
            .count() as u64,
        ..Reversed::default()
    };
    let added = added(store, &done.new, &rows).await?;
    let added = reversed.sort_out(&added, Status::Active, &now);
    reversed.reactivate = reversed.sort_out(&existing(&done.deactivate), Status::Inactive, &now);
    reversed.deactivate = reversed.sort_out(&existing(&done.reactivate), Status::Active, &now);
    reversed.drop_added(added, request, store).await?;
    reversed.changed.extend(done.remove.iter().map(|row| Drift {
        email: row.email.clone(),
        was: Status::Active.word().to_owned(),
        is: words::row_was_deleted(),
    }));
    Ok(reversed)
}

/// A row of the run, and which row here it is; `Err` says why it is none.
type Found<'a> = (&'a Row, Result<RowId, String>);

fn existing(rows: &[Row]) -> Vec<Found<'_>> {
    let id = |row: &Row| row.id.as_deref().and_then(|id| id.parse().ok());
    rows.iter()
        .map(|row| (row, id(row).ok_or_else(words::no_longer_there)))
        .collect()
}

/// Added users have no row number in the plan: they are found by what the database takes for
/// their e-mail.
async fn added<'a>(
    store: &mut Store,
    new: &'a [Row],
    rows: &[LocalUser],
) -> Result<Vec<Found<'a>>> {
    let wanted = new.iter().map(|row| row.email.as_str());
    let there = rows.iter().map(|row| row.email.as_str());
    let keys = store.keys(wanted.chain(there)).await?;
    let mut by_key: HashMap<String, Vec<RowId>> = HashMap::new();
    for row in rows {
        let key = keys.of(&normal(&row.email));
        by_key.entry(key).or_default().push(row.id);
    }
    let find = |row: &Row| match by_key.get(&keys.of(&normal(&row.email))).map(Vec::as_slice) {
        None | Some([]) => Err(words::no_longer_there()),
        Some([id]) => Ok(*id),
        Some(_) => Err(words::now_twice()),
    };
    Ok(new.iter().map(|row| (row, find(row))).collect())
}

impl Reversed {
    /// Keeps the rows that are still as the run left them, with status `was`; notes the others.
    fn sort_out(&mut self, rows: &[Found<'_>], was: Status, now: &Now<'_>) -> Vec<Row> {
        let mut kept = Vec::new();
        for (row, found) in rows {
            let is = match found {
                Err(why) => Err(why.clone()),
                Ok(id) => now.state(*id, &row.email, was),
            };
            match is {
                Ok(existing) if (now.protected)(&normal(&existing.email)) => {
                    self.protected.push(existing);
                }
                Ok(existing) => kept.push(existing),
                Err(is) => self.changed.push(Drift {
                    email: row.email.clone(),
                    was: was.word().to_owned(),
                    is,
                }),
            }
        }
        kept
    }

    /// Users that the run added become inactive, or are removed where that was asked for and
    /// nothing refers to them.
    async fn drop_added(
        &mut self,
        added: Vec<Row>,
        request: &Request,
        store: &mut Store,
    ) -> Result<()> {
        if !request.delete {
            self.deactivate.extend(added);
            return Ok(());
        }
        let ids: Vec<RowId> = added
            .iter()
            .filter_map(|row| row.id.as_deref()?.parse().ok())
            .collect();
        let referred = store.referred(&ids).await?;
        let mut kept = Vec::new();
        for (row, id) in added.into_iter().zip(ids) {
            match referred.get(&id) {
                None => self.remove.push(row),
                Some(table) => {
                    kept.push((row.email.clone(), table.clone()));
                    self.deactivate.push(row);
                }
            }
        }
        if !kept.is_empty() {
            self.notes.push(words::referred(&kept));
        }
        Ok(())
    }

    /// `empty` with these rows.
    pub fn into_plan(mut self, empty: LocationPlan) -> LocationPlan {
        self.deactivate.sort();
        LocationPlan {
            unchanged: (self.changed.len() + self.protected.len()) as u64,
            reactivate: self.reactivate,
            deactivate: self.deactivate,
            remove: self.remove,
            changed: self.changed,
            protected: self.protected,
            active_now: self.active_now,
            notes: self.notes,
            ..empty
        }
    }
}

impl Now<'_> {
    /// The row with `id`; `Err` says how it is no longer as the run left it.
    fn state(&self, id: RowId, email: &str, was: Status) -> Result<Row, String> {
        let row = self.by_id.get(&id).ok_or_else(words::no_longer_there)?;
        if row.email != email {
            return Err(words::now_called(&row.email));
        }
        if row.status != was {
            return Err(row.status.word().to_owned());
        }
        if self.touched.contains(&id) {
            return Err(words::written_since(was.word()));
        }
        Ok(Row {
            email: row.email.clone(),
            id: Some(id.to_string()),
            name: None,
        })
    }
}
