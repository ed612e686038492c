//! Integration tests: engines, faces, terminals and the house rules.

mod mariadb;
mod sim;
mod users_engine;
mod users_mariadb;
