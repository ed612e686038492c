//! What would be done: the plan of each location, which is shown, sealed and applied.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Drift;
use crate::error::Failure;

/// A user of a plan: who, and which row if there is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Row {
    /// The address; for an existing row as it stands in the table.
    pub email: String,
    /// `users.id` here; for a new user `id_user` there.
    pub id: Option<String>,
    /// For a new user of a table that demands one: what stands in `users.name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Row {
    /// A new user of whom only the e-mail is known.
    pub fn of_email(email: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            id: None,
            name: None,
        }
    }
}

/// A column of `users` that is no part of the sync, and that a new user cannot leave empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fill {
    /// `users.name`: the remote's name or the e-mail.
    Name,
    /// `users.password`: what looks like a bcrypt hash, and is none of any password.
    Password,
}

/// A user that cannot be decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Conflict {
    /// The address as it came.
    pub email: String,
    /// Why nothing is done with it.
    pub reason: String,
}

/// One check that a plan passed or tripped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Which check.
    pub name: GuardName,
    /// Whether it lets the location through.
    pub passed: bool,
    /// Its figures in words.
    pub detail: String,
}

/// The checks of a location's plan, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardName {
    /// The listing is complete.
    Complete,
    /// The listing is not empty.
    NotEmpty,
    /// Not too many are deactivated.
    Deactivations,
    /// The schema tells users by e-mail *and* location.
    Schema,
}

/// What was read from a branch server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// How many pages arrived.
    pub pages: u64,
    /// How many rows they had.
    pub rows: u64,
    /// How many rows the server said there are.
    pub total: Option<u64>,
    /// Whether nobody is missing; only then can anybody be deactivated.
    pub complete: bool,
    /// Why it is not complete; else what the end of the list was recognised by, and that it was
    /// read twice where it was.
    pub why: Option<String>,
    /// Whether the configuration can say that it is complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undecided: bool,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// What would be done at one location: a partition of the users there and here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationPlan {
    /// `locations.id`.
    pub location_id: i64,
    /// `locations.location_code`.
    pub code: String,
    /// `locations.location_name`.
    pub name: String,
    /// Whether a confirmation asks for its name.
    pub production: bool,
    /// What was read from its server.
    pub fetched: Fetched,
    /// Active there, absent here: will be added.
    pub new: Vec<Row>,
    /// Active there, inactive here: will be active.
    pub reactivate: Vec<Row>,
    /// Absent or inactive there, active here: will be inactive.
    pub deactivate: Vec<Row>,
    /// Added by the run that is undone, and referred to by nothing: will be deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<Row>,
    /// Changed since the run that is undone: nothing is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Drift>,
    /// Undecidable: nothing is done.
    pub conflict: Vec<Conflict>,
    /// Protected by the configuration: nothing is done.
    pub protected: Vec<Row>,
    /// The same there and here.
    pub unchanged_rows: Vec<Row>,
    /// How many are the same.
    pub unchanged: u64,
    /// How many are inactive there and absent here.
    pub ignored: u64,
    /// How many are absent there and inactive here already.
    pub gone: u64,
    /// How many are active here now.
    pub active_now: u64,
    /// What new users get besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<Fill>,
    /// Things worth knowing that change nothing.
    pub notes: Vec<String>,
    /// The checks, in their order.
    pub guards: Vec<Guard>,
    /// Why there is no plan for this location.
    pub error: Option<Failure>,
}

impl LocationPlan {
    /// How many rows would be written.
    pub fn changes(&self) -> usize {
        self.new.len() + self.reactivate.len() + self.deactivations()
    }

    /// How many users would no longer be active.
    pub fn deactivations(&self) -> usize {
        self.deactivate.len() + self.remove.len()
    }

    /// The first check that tripped.
    pub fn tripped(&self) -> Option<&Guard> {
        self.guards.iter().find(|guard| !guard.passed)
    }

    /// The name of what only one run at a time may act on.
    pub fn resource(&self) -> String {
        format!("users-{}", self.location_id)
    }
}

/// What would be done, location by location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Always `users`.
    pub engine: String,
    /// No other plan has it.
    pub id: Uuid,
    /// Over everything else here; see [`crate::engine::seal`].
    pub hash: String,
    /// The database it was made for, without credentials.
    pub database: String,
    /// The run that it undoes; `None` for a sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Uuid>,
    /// The locations, in the order they were asked for.
    pub locations: Vec<LocationPlan>,
}
