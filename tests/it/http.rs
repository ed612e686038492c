//! What remotes answer that nobody expects, and what people then read of it.
//!
//! The servers here are bare sockets: what they say is said byte for byte.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail like a test")]

mod hints;
mod office;
mod secrets;
mod tls;
