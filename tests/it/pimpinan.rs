//! Pimpinan Push against the simulated central API: through the engine, and through the binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

mod engine;
mod faults;
mod mariadb;
mod office;
mod retries;
mod secrets;
mod shell;
mod verbs;
