//! Texts of `selaras serve` for people.

use std::net::SocketAddr;

use crate::text::{plural, scrub};

pub const SERVED: &str = "no longer serving; runs go on";

pub fn serving(address: SocketAddr) -> String {
    format!("serving on http://{address}; Ctrl-C ends it, and no run with it")
}

pub fn minted(name: &str, days: u32) -> String {
    format!(
        "a token for {}, good for {}",
        scrub(name),
        plural(u64::from(days), "day")
    )
}
