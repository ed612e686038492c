//! What only a real MariaDB can show: rights, locks, collations, odd rows, lost connections.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on may panic"
)]

mod collation;
mod connecting;
mod locks;
mod migrate;
mod proxy;
mod rights;
mod rows;
mod statements;
