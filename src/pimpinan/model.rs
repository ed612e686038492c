//! The nouns of a push: officials, who is refused, the plan, the report.
//!
//! Values are as they came from Docku; they become text for people in a face or in `describe`.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Failure;

/// A row of Docku's `users`: what is selected, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// `id`; `None` for NULL and for what is no number.
    pub id: Option<i64>,
    pub username: Option<String>,
    pub nama: Option<String>,
    pub jabatan: Option<String>,
    pub role: Option<String>,
}

/// An official as the central API wants it: its fields in this order, and no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Official {
    /// Docku's id; the central API knows officials by it.
    pub id: i64,
    /// The name to log in with; unique there without regard to case.
    pub username: String,
    pub nama: String,
    pub jabatan: Option<String>,
    pub role: String,
}

impl From<&Official> for Row {
    fn from(official: &Official) -> Self {
        Self {
            id: Some(official.id),
            username: Some(official.username.clone()),
            nama: Some(official.nama.clone()),
            jabatan: official.jabatan.clone(),
            role: Some(official.role.clone()),
        }
    }
}

/// A candidate that is not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub id: Option<i64>,
    pub username: Option<String>,
    pub nama: Option<String>,
    pub jabatan: Option<String>,
    pub role: Option<String>,
    pub reason: String,
}

/// What would be sent, and what not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub engine: String,
    pub id: Uuid,
    /// Over everything else here; see [`crate::engine::seal`].
    pub hash: String,
    /// Where it goes, without secrets.
    pub url: String,
    /// The host of `url`, and its port where that is a special one.
    pub host: String,
    /// Whether a confirmation asks for the host.
    pub production: bool,
    /// Docku's database, without credentials.
    pub database: String,
    /// How many rows Docku's table has.
    pub rows: u64,
    /// How many of them have a role that is not sent.
    pub excluded: u64,
    /// The same by role.
    pub excluded_roles: BTreeMap<String, u64>,
    /// Candidates that cannot be sent, by id.
    pub refused: Vec<Refused>,
    /// Who is sent, by id.
    pub send: Vec<Official>,
    /// Who could be sent and was left out by the operator, by id.
    pub left_out: Vec<Official>,
    /// What changed since the last successful push; `None` where none is known.
    pub since: Option<Changes>,
    /// Things worth knowing that change nothing.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub id: i64,
    pub username: String,
}

/// An official who is not as the last push sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub id: i64,
    /// The username as it is now.
    pub username: String,
    /// The names of the fields that differ.
    pub fields: Vec<String>,
}

/// How the officials that can be sent differ from those that a push sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// When that push ended.
    pub at: Timestamp,
    pub url: String,
    /// Not sent then.
    pub new: Vec<Named>,
    pub changed: Vec<Changed>,
    /// Sent then; now refused, excluded or not there.
    pub gone: Vec<Named>,
}

/// What a successful push sent: [`Changes`] are differences from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pushed {
    pub at: Timestamp,
    pub url: String,
    pub officials: Vec<Official>,
    /// Whether none was left out, by the operator or by the central API.
    pub whole: bool,
}

/// A row that the central API named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// Docku's id; `None` where the name is none that was sent.
    pub id: Option<i64>,
    /// The username as it was sent, else as the central API wrote it.
    pub username: String,
    /// What it says about it.
    pub reason: String,
}

/// The figures of newer central APIs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    pub inserted: u64,
    pub updated: u64,
    pub skipped: u64,
    pub conflicts: u64,
    pub errors: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Where it went, without secrets.
    pub url: String,
    /// The HTTP status; 0 without an answer, `None` where nothing was sent.
    pub code: Option<u16>,
    /// The central API's words, or ours where it had none.
    pub message: String,
    /// How many officials an accepted push carried; 0 for a failed one.
    pub sent: u64,
    pub rows: Vec<Marked>,
    pub stats: Option<Stats>,
    /// Its own name for the request, where it gave one.
    pub request_id: Option<String>,
    /// From the first byte to the answer, waits included, in milliseconds.
    pub duration_ms: u64,
    /// What went wrong afterwards, such as a full disk under the integration log.
    pub notes: Vec<String>,
    /// Why it is not clean.
    pub error: Option<Failure>,
}

impl Pushed {
    /// What `plan` sent, ended `at`; `None` unless the central API took it in.
    pub fn of(plan: Plan, report: &Report, at: Timestamp) -> Option<Self> {
        if report.sent == 0 {
            return None;
        }
        let whole = plan.left_out.is_empty() && report.rows.is_empty();
        let marked: HashSet<_> = report.rows.iter().filter_map(|row| row.id).collect();
        let taken = |one: &Official| !marked.contains(&one.id);
        Some(Self {
            at,
            url: plan.url,
            officials: plan.send.into_iter().filter(taken).collect(),
            whole,
        })
    }

    /// Adds those that only an `earlier` push sent.
    pub fn complete_from(&mut self, earlier: Self) {
        let known: HashSet<i64> = self.officials.iter().map(|one| one.id).collect();
        let others = earlier.officials.into_iter();
        self.officials
            .extend(others.filter(|one| !known.contains(&one.id)));
        self.whole |= earlier.whole;
    }
}

impl Changes {
    /// How those who can be sent now differ from what was `pushed`.
    pub fn since(pushed: &Pushed, send: &[Official]) -> Self {
        let before: HashMap<_, _> = pushed.officials.iter().map(|one| (one.id, one)).collect();
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for official in send {
            match before.get(&official.id) {
                None => new.push(named(official)),
                Some(old) if *old != official => changed.push(Changed {
                    id: official.id,
                    username: official.username.clone(),
                    fields: differing(old, official),
                }),
                Some(_) => {}
            }
        }
        let now: HashSet<i64> = send.iter().map(|one| one.id).collect();
        let gone = pushed.officials.iter();
        Self {
            at: pushed.at,
            url: pushed.url.clone(),
            new,
            changed,
            gone: gone
                .filter(|one| !now.contains(&one.id))
                .map(named)
                .collect(),
        }
    }

    /// Whether everything is as it was.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.gone.is_empty()
    }
}

fn named(official: &Official) -> Named {
    Named {
        id: official.id,
        username: official.username.clone(),
    }
}

fn differing(old: &Official, new: &Official) -> Vec<String> {
    let fields = [
        ("username", old.username != new.username),
        ("nama", old.nama != new.nama),
        ("jabatan", old.jabatan != new.jabatan),
        ("role", old.role != new.role),
    ];
    let differing = fields.iter().filter(|(_, differs)| *differs);
    differing.map(|(name, _)| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn official(id: i64, jabatan: &str) -> Official {
        Official {
            id,
            username: format!("user{id}"),
            nama: "Padmarini".into(),
            jabatan: Some(jabatan.into()),
            role: "pimpinan".into(),
        }
    }

    fn pushed(officials: Vec<Official>) -> Pushed {
        Pushed {
            at: Timestamp::UNIX_EPOCH,
            url: "http://central.example".into(),
            officials,
            whole: true,
        }
    }

    #[test]
    fn who_was_left_out_of_a_push_is_known_from_an_earlier_one() {
        let mut known = pushed(vec![official(2, "new")]);
        known.whole = false;
        known.complete_from(pushed(vec![official(1, "a"), official(2, "old")]));
        let changes = Changes::since(&known, &[official(1, "a"), official(2, "new")]);
        assert!(known.whole && changes.is_empty());
    }

    #[test]
    fn new_changed_and_gone_officials_are_told_apart() {
        let before = pushed(vec![official(1, "a"), official(2, "b"), official(3, "c")]);
        let now = [official(2, "b"), official(3, "C"), official(4, "d")];
        let changes = Changes::since(&before, &now);
        let ids = |named: &[Named]| named.iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!((ids(&changes.new), ids(&changes.gone)), (vec![4], vec![1]));
        assert_eq!(changes.changed.len(), 1);
        assert_eq!(changes.changed[0].fields, ["jabatan"]);
        assert!(!changes.is_empty());
        assert!(Changes::since(&before, &before.officials).is_empty());
    }
}
