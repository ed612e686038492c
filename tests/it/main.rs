//! Integration tests: engines, faces, terminals and the house rules.

mod config;
mod run;
mod sim;
#[cfg(test)]
mod pty;
#[cfg(test)]
mod tui;
