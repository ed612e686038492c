//! What was done, location by location.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Failure;

/// A row that is no longer as the plan saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Whose row.
    pub email: String,
    /// How the plan saw it.
    pub was: String,
    /// How it is now.
    pub is: String,
}

/// What was done at one location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationReport {
    /// `locations.location_code`.
    pub code: String,
    /// `locations.location_name`.
    pub name: String,
    /// How many were added.
    pub inserted: u64,
    /// How many became active again.
    pub reactivated: u64,
    /// How many became inactive.
    pub deactivated: u64,
    /// How many were deleted; only an undo does that.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub removed: u64,
    /// How many stayed as they were.
    pub unchanged: u64,
    /// How many were undecidable and left as they were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub conflicts: u64,
    /// The result in a sentence.
    pub message: String,
    /// Rows changed since the plan; with any of them nothing was written.
    pub drift: Vec<Drift>,
    /// Why nothing was written.
    pub error: Option<Failure>,
    /// Whether it may have been written all the same: the database did not answer to its COMMIT.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unknown: bool,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The run that was undone; `None` for a sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Uuid>,
    /// The locations of the plan, in its order.
    pub locations: Vec<LocationReport>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_false(switch: &bool) -> bool {
    !*switch
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
