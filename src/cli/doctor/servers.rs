//! The servers of the locations: whether each is found, answers, and lets us in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::SignedDuration;
use url::Url;

use super::check::{Area, Check};
use crate::cli::words;
use crate::config::Config;
use crate::engine::Job;
use crate::users::Users;
use crate::users::model::Location;

/// How long one server is asked, its tries included.
const BUDGET: Duration = Duration::from_secs(10);

/// One check for each location, all at once.
pub async fn checks(config: &Arc<Config>) -> Vec<Check> {
    let Ok(users) = Users::new(Arc::clone(config)) else {
        return Vec::new();
    };
    let Ok(locations) = users.locations().await else {
        // The database has told why.
        return vec![Check::look(Area::Servers, words::NO_LOCATIONS)];
    };
    join_all(locations.iter().map(|location| check(&users, location))).await
}

async fn check(users: &Users, location: &Location) -> Check {
    let began = Instant::now();
    let place = location.url.as_deref().map(place).unwrap_or_default();
    match users.try_login(location, BUDGET, &Job::silent()).await {
        Ok(()) => {
            let took = SignedDuration::try_from(began.elapsed()).unwrap_or_default();
            Check::well(
                Area::Servers,
                words::logged_in(&location.name, &place, took),
            )
        }
        Err(error) => Check::failed(Area::Servers, &location.name, &error),
    }
}

/// Where a server is, without what may be secret in its address.
fn place(url: &str) -> String {
    let url: Option<Url> = url.parse().ok();
    url.map(|url| url.origin().ascii_serialization())
        .unwrap_or_default()
}
