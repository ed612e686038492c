//! Integration tests: engines, faces, terminals and the house rules.

mod cli;
mod config;
mod dapodik;
mod harness;
#[cfg(test)]
mod house;
#[cfg(test)]
mod http;
mod mariadb;
#[cfg(test)]
mod pimpinan;
mod postgres;
#[cfg(test)]
mod pty;
mod run;
#[cfg(test)]
mod screens;
mod script;
#[cfg(test)]
mod serve;
mod sim;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tui;
mod users_engine;
mod users_mariadb;
#[cfg(test)]
mod viewer;
