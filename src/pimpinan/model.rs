//! The nouns of a push: officials, who is refused, the plan, the report.
//!
//! Values are as they came from Docku; they become text for people in a face or in `words`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Failure;

/// A row of Docku's `users`: what is selected, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// `id`; `None` for NULL and for what is no number.
    pub id: Option<i64>,
    /// `username`.
    pub username: Option<String>,
    /// `nama`.
    pub nama: Option<String>,
    /// `jabatan`.
    pub jabatan: Option<String>,
    /// `role`.
    pub role: Option<String>,
}

/// An official as the central API wants it: its fields in this order, and no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Official {
    /// Docku's id; the central API knows officials by it.
    pub id: i64,
    /// The name to log in with; unique there without regard to case.
    pub username: String,
    /// The name for people.
    pub nama: String,
    /// The office.
    pub jabatan: Option<String>,
    /// The role.
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
    /// As in Docku.
    pub id: Option<i64>,
    /// As in Docku.
    pub username: Option<String>,
    /// As in Docku.
    pub nama: Option<String>,
    /// As in Docku.
    pub jabatan: Option<String>,
    /// As in Docku.
    pub role: Option<String>,
    /// Why it is not sent.
    pub reason: String,
}

/// What would be sent, and what not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Always `pimpinan`.
    pub engine: String,
    /// No other plan has it.
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

/// An official, named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Docku's id.
    pub id: i64,
    /// The username.
    pub username: String,
}

/// An official who is not as the last push sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Docku's id.
    pub id: i64,
    /// The username as it is now.
    pub username: String,
    /// The names of the fields that differ.
    pub fields: Vec<String>,
}

/// How those who can be sent differ from what a push sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// When that push ended.
    pub at: Timestamp,
    /// Where it went.
    pub url: String,
    /// Not sent then.
    pub new: Vec<Named>,
    /// Sent otherwise then.
    pub changed: Vec<Changed>,
    /// Sent then; refused, excluded or not there now.
    pub gone: Vec<Named>,
}

/// What a successful push sent: the ground that [`Changes`] are seen on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pushed {
    /// When it ended.
    pub at: Timestamp,
    /// Where it went.
    pub url: String,
    /// Who was taken in.
    pub officials: Vec<Official>,
    /// Whether nobody was left out, by the operator or by the central API.
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
    /// Officials that were not there.
    pub inserted: u64,
    /// Officials that were there otherwise.
    pub updated: u64,
    /// Officials that were there already.
    pub skipped: u64,
    /// Officials that stood against another.
    pub conflicts: u64,
    /// Officials that were not taken in.
    pub errors: u64,
}

/// How a push ended.
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
    /// The rows that the central API named.
    pub rows: Vec<Marked>,
    /// Its figures, where it gave some.
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
