//! Integration tests: engines, faces, terminals and the house rules.

mod config;
mod dapodik;
#[cfg(test)]
mod house;
mod mariadb;
#[cfg(test)]
mod pty;
mod run;
mod sim;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tui;
mod users_engine;
mod users_mariadb;
#[cfg(test)]
mod viewer;
