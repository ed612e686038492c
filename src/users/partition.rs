//! Who is new, back, gone or the same: the users there and here, sorted by key and merged.
//!
//! Pure, and the only place that decides what happens to a user. The key of an e-mail says which
//! addresses the database, or a reader, cannot tell apart (see `store::Keys`). Of those with one key
//! only the same e-mails are one user; different ones are a conflict.

use std::borrow::Cow;
use std::collections::HashSet;

use super::listing::Listing;
use super::model::{Email, LocalUser, RemoteUser, Status, is_same, normal, visible};
use super::plan::{Conflict, Row};
use crate::text::excerpt;

/// The users of one location, each in exactly one class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// Active there, absent here.
    pub new: Vec<Row>,
    /// Active there, inactive here.
    pub reactivate: Vec<Row>,
    /// Absent or inactive there, active here.
    pub deactivate: Vec<Row>,
    /// Undecidable.
    pub conflict: Vec<Conflict>,
    /// Rows here that the configuration protects.
    pub protected: Vec<Row>,
    /// The same there and here.
    pub unchanged: Vec<Row>,
    /// Inactive there, absent here.
    pub ignored: u64,
    /// Absent there, inactive here.
    pub gone: u64,
    /// How many of [`Classes::deactivate`] are absent there, the others being inactive.
    pub absent: u64,
    /// Active here, and only on the first of two readings of the list: perhaps skipped by the other.
    pub skipped: u64,
    /// Active here and not on the pages that arrived, so neither present nor absent.
    pub unknown: u64,
    /// Users that the server lists more than once.
    pub repeated: Vec<String>,
}

/// How e-mails are compared and which rows are left alone.
pub struct Rules<'a> {
    /// Normalised e-mail to key.
    pub key: &'a dyn Fn(&str) -> String,
    /// Whether a row here, by its normalised e-mail, is protected.
    pub protected: &'a dyn Fn(&str) -> bool,
}

/// A key with its first bytes inline: most comparisons then need no look at the heap.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    head: u128,
    text: String,
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        let mut head = [0; size_of::<u128>()];
        let length = text.len().min(head.len());
        head[..length].copy_from_slice(&text.as_bytes()[..length]);
        let head = u128::from_be_bytes(head);
        Self { head, text }
    }
}

struct Remote<'a> {
    key: Key,
    email: Result<Cow<'a, str>, &'static str>,
    user: &'a RemoteUser,
}

struct Local<'a> {
    key: Key,
    user: &'a LocalUser,
}

/// What it means that a user is not on the list.
#[derive(Clone, Copy)]
enum Absence {
    /// The user is not there.
    Sure,
    /// The user was on an earlier reading: a row may have moved past the reader.
    Skipped,
    /// Not all of the list is there.
    Unknown,
}

/// Puts the users of one location into classes.
pub fn partition(listing: &Listing, local: &[LocalUser], rules: &Rules<'_>) -> Classes {
    let mut there: Vec<_> = listing
        .received()
        .users
        .iter()
        .map(|user| Remote {
            key: (rules.key)(&normal(&user.email)).into(),
            email: Email::text_of(&user.email),
            user,
        })
        .collect();
    let mut here: Vec<_> = local
        .iter()
        .map(|user| Local {
            key: (rules.key)(&normal(&user.email)).into(),
            user,
        })
        .collect();
    there.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    here.sort_unstable_by(|one, other| (&one.key, one.user.id).cmp(&(&other.key, other.user.id)));

    let earlier: HashSet<String> = (listing.received().earlier.iter().flatten())
        .map(|user| (rules.key)(&normal(&user.email)))
        .collect();
    let mut classes = Classes::default();
    let (mut there, mut here) = (there.as_slice(), here.as_slice());
    let absence = if listing.is_complete() {
        Absence::Sure
    } else {
        Absence::Unknown
    };
    while let Some(key) = smaller(there.first(), here.first()) {
        let absence = if earlier.contains(&key.text) {
            Absence::Skipped
        } else {
            absence
        };
        let (remote, rest) = there.split_at(prefix(there, |user| user.key == *key));
        there = rest;
        let (rows, rest) = here.split_at(prefix(here, |row| row.key == *key));
        here = rest;
        classes.sort_in(remote, rows, absence, rules);
    }
    classes.conflict.sort();
    classes.conflict.dedup();
    classes
}

fn smaller<'a>(there: Option<&'a Remote<'_>>, here: Option<&'a Local<'_>>) -> Option<&'a Key> {
    match (there, here) {
        (Some(there), Some(here)) => Some((&there.key).min(&here.key)),
        (there, here) => there.map(|user| &user.key).or(here.map(|row| &row.key)),
    }
}

fn prefix<T>(sorted: &[T], same: impl Fn(&T) -> bool) -> usize {
    sorted
        .iter()
        .position(|item| !same(item))
        .unwrap_or(sorted.len())
}

impl Classes {
    fn conflict(&mut self, email: &str, reason: String) {
        let email = email.to_owned();
        self.conflict.push(Conflict { email, reason });
    }

    /// Decides on the users that share one key.
    fn sort_in(
        &mut self,
        there: &[Remote<'_>],
        here: &[Local<'_>],
        absence: Absence,
        rules: &Rules<'_>,
    ) {
        let before = self.conflict.len();
        let remote = self.one_there(there);
        let local = self.one_here(here);
        if let Some(row) = local
            && row.email.trim().is_empty()
            && row.status == Status::Active
        {
            self.conflict(&row.email, format!("row {} has no e-mail", row.id));
        }
        // A conflict of one side is a conflict of the other: the row here is left alone.
        if self.conflict.len() > before {
            return;
        }
        if let (Some((email, ..)), Some(row)) = (remote, local)
            && !is_same(email, &row.email)
        {
            let alike = alike(email, &row.email);
            self.conflict(email, format!("{alike} (row {} here)", row.id));
            return;
        }
        match (remote, local) {
            (_, Some(row)) if (rules.protected)(&normal(&row.email)) => {
                self.protected.push(existing(row));
            }
            (Some((.., false)), None) => self.ignored += 1,
            (Some((email, user, true)), None) => self.new.push(Row {
                email: email.to_string(),
                id: user.id.clone(),
                name: user.name.clone(),
            }),
            (Some((.., active)), Some(row)) => {
                let class = match (active, row.status) {
                    (true, Status::Active) | (false, Status::Inactive) => &mut self.unchanged,
                    (true, Status::Inactive) => &mut self.reactivate,
                    (false, Status::Active) => &mut self.deactivate,
                };
                class.push(existing(row));
            }
            (None, Some(row)) => match (row.status, absence) {
                (Status::Inactive, _) => self.gone += 1,
                (Status::Active, Absence::Sure) => {
                    self.deactivate.push(existing(row));
                    self.absent += 1;
                }
                (Status::Active, Absence::Skipped) => self.skipped += 1,
                (Status::Active, Absence::Unknown) => self.unknown += 1,
            },
            (None, None) => {}
        }
    }

    /// The one user that the rows there mean, and whether any of them is active.
    fn one_there<'a>(&mut self, rows: &'a [Remote<'a>]) -> Option<(&'a str, &'a RemoteUser, bool)> {
        let mut one: Option<(&str, &RemoteUser, bool)> = None;
        for row in rows {
            match (row.email.as_deref(), one) {
                (Err(reason), _) => {
                    let reason = match &row.user.id {
                        Some(id) => format!("{reason} (id_user {})", excerpt(id, 40)),
                        None => (*reason).to_owned(),
                    };
                    self.conflict(&row.user.email, reason);
                }
                (Ok(email), None) => one = Some((email, row.user, row.user.active)),
                (Ok(email), Some((first, user, active))) if is_same(email, first) => {
                    // The same row twice is a contradiction of the list, and said there.
                    if row.user.id != user.id {
                        self.repeated.push(email.to_string());
                    }
                    one = Some((first, user, active || row.user.active));
                }
                (Ok(email), Some((first, ..))) => {
                    for (email, other) in [(email, first), (first, email)] {
                        let reason = alike(email, other);
                        self.conflict(email, reason);
                    }
                }
            }
        }
        one
    }

    fn one_here<'a>(&mut self, rows: &[Local<'a>]) -> Option<&'a LocalUser> {
        if let [first, _, ..] = rows {
            for row in rows {
                let other = if row.user.id == first.user.id {
                    rows[1].user
                } else {
                    first.user
                };
                let reason = format!(
                    "row {} is the same as row {} ({})",
                    row.user.id,
                    other.id,
                    excerpt(&other.email, 80)
                );
                self.conflict(&row.user.email, reason);
            }
        }
        rows.first().map(|row| row.user)
    }
}

/// Why two e-mails that are not the same cannot both be here.
fn alike(email: &str, other: &str) -> String {
    let named = excerpt(other, 80);
    if visible(&normal(email)) == visible(&normal(other)) {
        format!("it differs from {named} only by invisible characters")
    } else {
        format!("the database holds it equal to {named}")
    }
}

fn existing(row: &LocalUser) -> Row {
    Row {
        email: row.email.clone(),
        id: Some(row.id.to_string()),
        name: None,
    }
}

#[cfg(test)]
mod tests;
