//! A visit at the server of a location: its list, read once or twice, and what is said of that.

use std::time::{Duration, Instant};

use crate::engine::Job;
use crate::error::{Failure, Result};
use crate::text::{plural, scrub};
use crate::users::Users;
use crate::users::access::ServerAccess;
use crate::users::listing::{Doubt, Ending, Listing, Seen};
use crate::users::model::{Fetched, Location};
use crate::users::words;

/// What a server said.
pub(super) struct Visit {
    /// Whose server it is.
    pub location: Location,
    /// Its list, or why it could not be asked.
    pub listing: Result<Listing, Failure>,
    /// How long that took.
    pub took: Duration,
    access: Option<ServerAccess>,
}

impl Visit {
    /// Logs in and reads the list.
    pub async fn begin(users: &Users, location: Location, job: &Job) -> Self {
        let began = Instant::now();
        let (access, listing) = match ServerAccess::of(users, &location) {
            Ok(access) => {
                let listing = access.branch(users).list(job).await;
                (Some(access), listing.map_err(Failure::from))
            }
            Err(error) => (None, Err(error.into())),
        };
        Self {
            location,
            listing,
            took: began.elapsed(),
            access,
        }
    }

    /// Whether who is absent must be looked for a second time.
    pub fn wants_second_reading(&self) -> bool {
        (self.listing.as_ref()).is_ok_and(Listing::wants_second_reading)
    }

    /// Reads the list a second time.
    pub async fn again(self, users: &Users, job: &Job) -> Self {
        let (Some(access), Ok(first)) = (&self.access, self.listing.clone()) else {
            return self;
        };
        let began = Instant::now();
        job.line(
            &scrub(&self.location.name),
            "users are missing, and no total says that these are all: reading the list again",
        );
        let second = access.branch(users).list(job).await;
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
        Listing::Complete(seen, ending) => recognised(seen, ending),
        Listing::Incomplete(_, Doubt::DoesNotAddUp(why)) => why.clone(),
        Listing::Incomplete(_, Doubt::Undecided(why)) => {
            format!("{why}: {}", words::settles_it(&location.code))
        }
        Listing::Incomplete(_, Doubt::Failed(failure)) => failure.message.clone(),
    };
    let seen = listing.seen();
    Fetched {
        pages: seen.pages,
        rows: seen.users.len() as u64,
        total: seen.total,
        complete: listing.is_complete(),
        why: Some(why),
        undecided: matches!(listing, Listing::Incomplete(_, Doubt::Undecided(_))),
        took_ms: 0,
    }
}

/// How the end was recognised, and how often the list was read for it.
fn recognised(seen: &Seen, ending: &Ending) -> String {
    let mut words = ending.end.to_string();
    if let Some(why) = &ending.contradiction {
        words += "; read again, as the first reading contradicted itself (";
        words += why;
        words += ")";
    }
    if seen.earlier.is_some() {
        words += "; read twice, as no total says that these are all";
    }
    words
}

/// Whom only the first of two readings had.
pub(super) fn skipped(count: u64) -> Option<String> {
    (count > 0).then(|| {
        format!(
            "{} on the first reading of the list and not on the second: left active",
            plural(count, "active user")
        )
    })
}
