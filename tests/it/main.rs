//! Integration tests: engines, faces, terminals and the house rules.

mod config;
#[cfg(test)]
mod pty;
mod run;
mod sim;
#[cfg(test)]
mod tui;
#[cfg(test)]
mod viewer;
