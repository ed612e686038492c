//! Addresses of databases and services. None of them shows a password, however it is printed.
//!
//! Knows how a URL is spelled, and nothing of connections.

mod database;
mod web;

use url::{Position, Url};

pub use database::{DatabaseKind, DatabaseUrl};
pub use web::WebUrl;

use super::setting::MASK;
use crate::text::mask;

/// The URL for people. Of an http address with a user alone, that user may be a token.
fn masked(url: &Url) -> String {
    let user = match (url.username(), url.password()) {
        ("", None) => String::new(),
        (user, None) if !url.scheme().starts_with("http") => format!("{user}@"),
        (_, None) => format!("{MASK}@"),
        (user, Some(_)) => format!("{user}:{MASK}@"),
    };
    let place = &url[Position::BeforeHost..Position::AfterPath];
    let address = format!("{}://{user}{place}", url.scheme());
    mask::with_query(address, url.query())
}
