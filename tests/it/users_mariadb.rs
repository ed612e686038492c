//! What only a real MariaDB can show: rights, locks, collations, odd rows, lost connections.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot continue may panic"
)]

mod collation;
mod connecting;
mod dark;
mod locks;
mod migrate;
pub mod proxy;
mod ready;
mod rights;
mod rows;
mod statements;
