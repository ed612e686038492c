//! A branch server's list of users: what a page says, and whether all pages together are complete.
//!
//! ```text
//!   pages ──▶ Gathering ──▶ Listing::Complete   (may deactivate)
//!                      └──▶ Listing::Incomplete (may only inform)
//! ```
//! Pure: how pages arrive is in `remote`. Shapes are those of the deployed servers: the list under
//! `object`, `data` or `users`, Laravel's paginator (its figures at the top or under `meta`), or a
//! bare array; numbers may be strings.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::model::{RemoteUser, normal};
use super::words;
use crate::error::Failure;

/// One page, as far as we look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its rows.
    pub rows: Vec<RemoteUser>,
    /// How many rows the server says there are on all pages.
    pub total: Option<u64>,
    /// The number of the last page, where the server says it.
    pub last: Option<u64>,
    /// The number the server gives this page.
    pub number: Option<u64>,
}

impl Page {
    /// Reads a page; `Err` says what it lacks.
    pub fn read(body: &Value) -> Result<Self, String> {
        let (rows, figures) = match body {
            Value::Array(rows) => (rows, None),
            Value::Object(fields) => (list(fields)?, Some(fields)),
            _ => return Err(words::neither_list_nor_object()),
        };
        let figure = |names: [&str; 2]| {
            let fields = figures?;
            let meta = fields.get("meta").and_then(Value::as_object);
            names.iter().find_map(|name| {
                number(fields.get(*name)).or_else(|| number(meta.and_then(|meta| meta.get(*name))))
            })
        };
        Ok(Self {
            rows: rows.iter().map(user).collect::<Result<_, _>>()?,
            total: figure(["total", "total"]),
            last: figure(["last_page", "last_page"]),
            number: figure(["current_page", "page"]),
        })
    }
}

/// The list of an object, wherever it stands.
fn list(fields: &Map<String, Value>) -> Result<&Vec<Value>, String> {
    for name in ["object", "data", "users"] {
        match fields.get(name) {
            Some(Value::Array(rows)) => return Ok(rows),
            Some(Value::Object(inner)) => {
                if let Ok(rows) = list(inner) {
                    return Ok(rows);
                }
            }
            _ => {}
        }
    }
    Err(words::no_list(fields.keys()))
}

fn user(row: &Value) -> Result<RemoteUser, String> {
    let fields = row.as_object().ok_or_else(words::row_is_no_user)?;
    let id = match fields.get("id_user") {
        Some(Value::Number(id)) => Some(id.to_string()),
        Some(Value::String(id)) if !id.trim().is_empty() => Some(id.trim().to_owned()),
        _ => None,
    };
    let email = fields
        .get("email")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if id.is_none() && email.trim().is_empty() {
        return Err(words::row_is_no_user());
    }
    // Only a plain 0 says "inactive"; a missing or strange status never takes a user away.
    let active = match fields.get("status_user") {
        Some(Value::Bool(active)) => *active,
        status => number(status) != Some(0),
    };
    let name = fields.get("name").and_then(Value::as_str);
    Ok(RemoteUser {
        id,
        email,
        name: name.map(|name| name.trim().to_owned()),
        active,
    })
}

fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// What tells a row from another: its id, else its e-mail.
fn key(user: &RemoteUser) -> String {
    let email = || format!("@{}", normal(&user.email));
    user.id.clone().unwrap_or_else(email)
}

/// All that arrived, in the order of the pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The rows.
    pub users: Vec<RemoteUser>,
    /// How many pages had rows.
    pub pages: u64,
    /// How many rows the server said there are.
    pub total: Option<u64>,
}

/// A branch server's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Every page arrived and everything adds up: who is absent is really absent.
    Complete(Seen),
    /// Somebody may be missing.
    Incomplete(Seen, Doubt),
}

/// Why somebody may be missing from a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// All asked for came, but the counts contradict each other.
    DoesNotAddUp(String),
    /// A page did not come.
    Failed(Failure),
}

impl Listing {
    /// What arrived.
    pub fn seen(&self) -> &Seen {
        match self {
            Self::Complete(seen) | Self::Incomplete(seen, _) => seen,
        }
    }
}

/// Pages on their way to a listing.
#[derive(Debug, Default)]
pub struct Gathering {
    pages: BTreeMap<u64, Page>,
    failed: Option<Failure>,
    wrong: Option<String>,
    known: HashSet<String>,
    goes_round: bool,
}

impl Gathering {
    /// Takes page `asked`. The same page may be asked for twice; the answers must agree.
    pub fn take(&mut self, asked: u64, page: Page) {
        if page.number.is_some_and(|number| number != asked) {
            self.doubt(words::wrong_page(asked, page.number.unwrap_or_default()));
        }
        if let Some(before) = self.pages.get(&asked)
            && before.rows != page.rows
        {
            self.doubt(words::page_changed(asked));
        }
        if !self.pages.contains_key(&asked) {
            let fresh = page.rows.iter().map(key);
            let fresh = fresh.filter(|key| self.known.insert(key.clone())).count();
            self.goes_round |= fresh == 0 && !page.rows.is_empty();
        }
        self.pages.insert(asked, page);
    }

    /// Whether a page brought nobody new: more pages would go on like that.
    pub fn goes_round(&self) -> bool {
        self.goes_round
    }

    /// Notes that a page did not come.
    pub fn fail(&mut self, failure: Failure) {
        self.failed.get_or_insert(failure);
    }

    fn doubt(&mut self, why: String) {
        self.wrong.get_or_insert(why);
    }

    /// How many rows arrived so far.
    pub fn rows(&self) -> u64 {
        self.pages.values().map(|page| page.rows.len() as u64).sum()
    }

    /// The listing, with every check that makes it complete.
    pub fn finish(mut self) -> Listing {
        if let Some(why) = self.contradiction() {
            self.doubt(why);
        }
        let total = self.pages.values().find_map(|page| page.total);
        let pages = self
            .pages
            .values()
            .filter(|page| !page.rows.is_empty())
            .count() as u64;
        let users = self
            .pages
            .into_values()
            .flat_map(|page| page.rows)
            .collect();
        let seen = Seen {
            users,
            pages,
            total,
        };
        match (self.failed, self.wrong) {
            (Some(failure), _) => Listing::Incomplete(seen, Doubt::Failed(failure)),
            (None, Some(why)) => Listing::Incomplete(seen, Doubt::DoesNotAddUp(why)),
            (None, None) => Listing::Complete(seen),
        }
    }

    fn contradiction(&self) -> Option<String> {
        let first = self.pages.get(&1)?;
        let end = self.pages.iter().find(|(_, page)| page.rows.is_empty());
        for (number, page) in &self.pages {
            if (page.total, page.last) != (first.total, first.last) {
                return Some(words::total_changed(*number, first.total, page.total));
            }
            if let Some((empty, _)) = end
                && number > empty
                && !page.rows.is_empty()
            {
                return Some(words::hole(*empty, *number));
            }
        }
        let rows = self.rows();
        if let Some(total) = first.total
            && total != rows
        {
            return Some(words::wrong_total(rows, total));
        }
        self.uneven()
            .or_else(|| self.doubled())
            .or_else(|| self.open_end(end.is_some()))
    }

    /// All pages but the last one have as many rows as the first.
    fn uneven(&self) -> Option<String> {
        let full: Vec<_> = self
            .pages
            .iter()
            .filter(|(_, page)| !page.rows.is_empty())
            .collect();
        let (_, first) = full.first()?;
        let size = first.rows.len();
        let (last, others) = full.split_last()?;
        if last.1.rows.len() > size {
            return Some(words::uneven(*last.0, last.1.rows.len(), size));
        }
        let odd = others.iter().find(|(_, page)| page.rows.len() != size)?;
        Some(words::uneven(*odd.0, odd.1.rows.len(), size))
    }

    /// No row comes twice, by its id, else by its e-mail.
    fn doubled(&self) -> Option<String> {
        let mut known = HashSet::new();
        for (number, page) in &self.pages {
            for user in &page.rows {
                if !known.insert(key(user)) {
                    return Some(words::doubled(*number, &user.email));
                }
            }
        }
        None
    }

    /// The end was seen: by a total, by the last page's number, or by an empty page.
    fn open_end(&self, empty_page_seen: bool) -> Option<String> {
        let first = self.pages.get(&1)?;
        let whole = |last: u64| (1..=last).all(|number| self.pages.contains_key(&number));
        match (first.total, first.last) {
            (_, Some(last)) if !whole(last) => Some(words::pages_missing(last)),
            (None, None) if !empty_page_seen => Some(words::end_not_seen()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
