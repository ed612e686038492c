//! A visit at the server of a location: its list, read once or twice, and what is said of that.

use std::time::{Duration, Instant};

use crate::engine::Job;
use crate::error::{Failure, Result};
use crate::text::{plural, scrub};
use crate::users::Users;
use crate::users::listing::{Doubt, Ending, Listing, Received};
use crate::users::model::Location;
use crate::users::plan::{Fetched, paging_setting};
use crate::users::remote::Branch;

pub(super) struct Visit {
    pub location: Location,
    /// Its list, or why it could not be asked.
    pub listing: Result<Listing, Failure>,
    pub took: Duration,
    branch: Option<Branch>,
}

impl Visit {
    pub async fn begin(users: &Users, location: Location, job: &Job) -> Self {
        let began = Instant::now();
        let (branch, listing) = match Branch::of(users, &location) {
            Ok(branch) => {
                let listing = branch.list(job).await;
                (Some(branch), listing.map_err(Failure::from))
            }
            Err(error) => (None, Err(error.into())),
        };
        Self {
            location,
            listing,
            took: began.elapsed(),
            branch,
        }
    }

    /// Whether absent users must be looked for a second time.
    pub fn wants_second_reading(&self) -> bool {
        (self.listing.as_ref()).is_ok_and(Listing::wants_second_reading)
    }

    pub async fn again(self, job: &Job) -> Self {
        let (Some(branch), Ok(first)) = (&self.branch, self.listing.clone()) else {
            return self;
        };
        let began = Instant::now();
        job.line(
            &scrub(&self.location.name),
            "users are missing, and no total says that these are all: reading the list again",
        );
        let second = branch.list(job).await;
        Self {
            listing: second
                .map(|second| first.read_again(second))
                .map_err(Failure::from),
            took: self.took + began.elapsed(),
            ..self
        }
    }
}

/// What was read, and how its end was recognised, or why it is not complete.
pub(super) fn fetched(listing: &Listing, location: &Location) -> Fetched {
    let why = match listing {
        Listing::Complete(received, ending) => recognised(received, ending),
        Listing::Incomplete(_, Doubt::DoesNotAddUp(why)) => why.clone(),
        Listing::Incomplete(_, Doubt::Undecided(why)) => {
            format!("{why}: {}", paging_setting(&location.code))
        }
        Listing::Incomplete(_, Doubt::Failed(failure)) => failure.message.clone(),
    };
    let received = listing.received();
    Fetched {
        pages: received.pages,
        rows: received.users.len() as u64,
        total: received.total,
        complete: listing.is_complete(),
        why: Some(why),
        undecided: matches!(listing, Listing::Incomplete(_, Doubt::Undecided(_))),
        took_ms: 0,
    }
}

/// How the end was recognised, and how often the list was read for it.
fn recognised(received: &Received, ending: &Ending) -> String {
    let mut text = ending.end.to_string();
    if let Some(why) = &ending.contradiction {
        text += "; read again, as the first reading contradicted itself (";
        text += why;
        text += ")";
    }
    if received.earlier.is_some() {
        text += "; read twice, as no total says that these are all";
    }
    text
}

/// How many users only the first of two readings had.
pub(super) fn skipped(count: u64) -> Option<String> {
    (count > 0).then(|| {
        format!(
            "{} on the first reading of the list and not on the second: left active",
            plural(count, "active user")
        )
    })
}
