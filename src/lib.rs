//! selaras keeps the data of public offices in harmony: users, officials, databases, education.
//!
//! Nouns at the top, faces at the edge. Look, then act. A run is a folder. Reads are dropped,
//! writes are finished. Simulate at the socket.

pub mod cli;
pub mod clock;
pub mod config;
pub mod context;
pub mod dapodik;
pub mod db;
pub mod engine;
pub mod engines;
pub mod error;
pub mod files;
pub mod http;
pub mod pimpinan;
pub mod proc;
pub mod run;
pub mod script;
pub mod serve;
pub mod sim;
pub mod text;
pub mod tui;
pub mod users;
