//! A plan: what would be done at each location. It is shown, sealed, confirmed and applied.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Seal, Summary};
use crate::error::{Failure, Kind, Result};
use crate::text::scrub;

/// A user of a plan: who, and which row if there is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Row {
    /// For an existing row as it is in the table.
    pub email: String,
    /// `users.id` here; for a new user `id_user` there.
    pub id: Option<String>,
    /// `users.name` of a new user, where the table demands one.
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
    /// The remote's name or the e-mail.
    Name,
    /// What looks like a bcrypt hash, and is none of any password.
    Password,
}

/// A user that cannot be decided: nothing is done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Conflict {
    /// As it came.
    pub email: String,
    pub reason: String,
}

/// A row that is no longer as the plan, or the run that is undone, left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    pub email: String,
    pub was: String,
    pub is: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    pub name: GuardName,
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

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    pub pages: u64,
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
    pub took_ms: u64,
}

/// What would be done at one location: a partition of the users there and here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationPlan {
    /// `locations.id`, `locations.location_code`, `locations.location_name`.
    pub location_id: i64,
    pub code: String,
    pub name: String,
    /// Whether a confirmation asks for its name.
    pub production: bool,
    pub fetched: Fetched,
    /// Active there, absent here: will be added.
    pub new: Vec<Row>,
    /// Active there, inactive here: will be active.
    pub reactivate: Vec<Row>,
    /// Absent or inactive there, active here: will be inactive.
    pub deactivate: Vec<Row>,
    /// Added by the run that is undone, and referred to by nothing: will be removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<Row>,
    /// Changed since the run that is undone: nothing is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Drift>,
    pub conflict: Vec<Conflict>,
    /// Protected by the configuration: nothing is done.
    pub protected: Vec<Row>,
    /// The same there and here.
    pub unchanged_rows: Vec<Row>,
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
    pub guards: Vec<Guard>,
    /// Why there is no plan for this location.
    pub error: Option<Failure>,
}

/// What would be done, location by location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub engine: String,
    pub id: Uuid,
    /// Over everything else here; see [`crate::engine::seal`].
    pub hash: String,
    /// The database it was made for, without credentials.
    pub database: String,
    /// The run that it undoes; `None` for a sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Uuid>,
    pub locations: Vec<LocationPlan>,
}

impl Seal for Plan {
    fn hash_mut(&mut self) -> &mut String {
        &mut self.hash
    }
}

impl Plan {
    pub fn has_changes(&self) -> bool {
        self.locations.iter().any(|location| location.changes() > 0)
    }

    /// Whether everything is as it should be already: nothing would change, and no obstacle keeps it
    /// from changing.
    pub fn is_settled(&self) -> bool {
        let settled = |one: &LocationPlan| one.changes() == 0 && one.obstacle().is_none();
        self.locations.iter().all(settled)
    }

    /// Takes a location out of the plan before it is confirmed.
    pub fn leave_out(&mut self, code: &str) -> Result<()> {
        self.locations.retain(|location| location.code != code);
        self.reseal()
    }

    fn applicable(&self) -> impl Iterator<Item = &LocationPlan> {
        self.locations.iter().filter(|one| one.is_applicable())
    }
}

impl Summary for Plan {
    fn id(&self) -> Uuid {
        self.id
    }

    fn is_empty(&self) -> bool {
        self.applicable().next().is_none()
    }

    fn target(&self) -> String {
        let names: Vec<_> = self.applicable().map(|one| scrub(&one.name)).collect();
        names.join(", ")
    }

    fn resources(&self) -> Vec<String> {
        self.applicable().map(LocationPlan::resource).collect()
    }
}

impl LocationPlan {
    pub fn changes(&self) -> usize {
        self.new.len() + self.reactivate.len() + self.deactivations()
    }

    /// How many users would no longer be active.
    pub fn deactivations(&self) -> usize {
        self.deactivate.len() + self.remove.len()
    }

    pub fn tripped(&self) -> Option<&Guard> {
        self.guards.iter().find(|guard| !guard.passed)
    }

    /// The name of what only one run at a time may act on.
    pub fn resource(&self) -> String {
        resource(self.location_id)
    }

    /// Why nothing may be written for it.
    pub fn obstacle(&self) -> Option<Failure> {
        if self.error.is_some() {
            return self.error.clone();
        }
        let guard = self.tripped()?;
        let hint = match guard.name {
            GuardName::Complete if self.fetched.undecided => format!(
                "nothing was written; if this server sends all its users in one answer, {}",
                paging_setting(&self.code)
            ),
            GuardName::Complete => "nothing was written for this location; try again when its \
                                    server answers in full"
                .to_owned(),
            GuardName::NotEmpty => "nothing was written for this location; if the list is rightly \
                                    empty, add --allow-empty"
                .to_owned(),
            GuardName::Deactivations => format!(
                "if that is right, add --max-deactivate {}",
                self.deactivations()
            ),
            GuardName::Schema => "nothing was written for this location; `selaras users migrate` \
                                  shows the change and makes it"
                .to_owned(),
        };
        Some(Failure {
            kind: Kind::Guard,
            message: format!("Not applied: {}", guard.detail),
            hint: Some(hint),
        })
    }

    /// Whether only the number of deactivations keeps it from being applied, which a person may
    /// allow.
    pub fn awaits_figure(&self) -> bool {
        let mut tripped = self.guards.iter().filter(|guard| !guard.passed);
        self.error.is_none()
            && self.changes() > 0
            && tripped.next().map(|guard| guard.name) == Some(GuardName::Deactivations)
            && tripped.next().is_none()
    }

    pub fn is_applicable(&self) -> bool {
        self.changes() > 0 && self.obstacle().is_none()
    }
}

/// The name of the users of a location, as what only one run at a time may act on.
pub fn resource(location: i64) -> String {
    format!("users-{location}")
}

/// Which setting decides whether an answer is the whole list.
pub(super) fn paging_setting(code: &str) -> String {
    let code = scrub(code);
    format!("paging = \"none\" in the [[users.location]] block of {code} settles it")
}
