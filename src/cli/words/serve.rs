//! Texts of `selaras serve` for people.

use std::net::SocketAddr;

use crate::text::{plural, scrub};

pub const NO_ADDRESS: &str = "the address cannot be told";
pub const NOT_LOOPBACK: &str = "warning: other machines can reach it, and tokens travel unencrypted \
     over HTTP: listen on 127.0.0.1 and put a TLS proxy in front of it";
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
