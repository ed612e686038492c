//! Texts of `selaras serve` for people and for programs.

use std::net::SocketAddr;

use crate::run::Stop;

pub const SHORT_SECRET: &str = "SERVE_JWT_SECRET is too short: at least 32 characters";
pub const NO_SECRETS: &str =
    "neither SERVE_JWT_SECRET nor SERVE_API_KEY is set: nobody could be told from a stranger";
pub const NO_JWT_SECRET: &str = "SERVE_JWT_SECRET is not set, so no token can be signed";
pub const HINT_SECRET: &str =
    "set it in the environment or in `.env`, such as the output of `openssl rand -hex 32`";
pub const KEY_CALLER: &str = "api-key";
pub const NOT_FOUND: &str = "no such address";
pub const WRONG_METHOD: &str = "this address knows no such method";
pub const WAIT_MEANS: &str = "wait is true or false";
pub const OFFSET_MEANS: &str = "offset is a number of bytes";
pub const INSIST_MEANS: &str = "insist is true or false";
pub const TOO_LARGE: &str = "the request is too large";
pub const TOO_SLOW: &str = "the request took too long";
pub const LOOK_BROKE: &str = "looking broke off by a mistake of ours";
pub const WORK_BROKE: &str = "the work broke off by a mistake of ours";
pub const STOPPING: &str = "it is stopping";
pub const CROSS_SITE: &str = "requests from other sites are refused";
pub const INVALID_TOKEN: &str = "Invalid token";
pub const MISSING: &str = "no token and no API key";
pub const INVALID: &str = "not signed by this server";
pub const EXPIRED: &str = "the token has expired";
pub const HINT_LISTEN: &str = "is another server there already? [serve] listen says where";
pub const NO_SUCH_RUN: &str = "the script has no such run";
pub const STARTED: &str = "Sync script started";
pub const EXECUTED: &str = "Sync script executed successfully";
pub const RUNNING: &str = "Sync is already running. Please wait for it to complete.";
pub const IS_RUNNING: &str = "Sync is currently running";
pub const IS_IDLE: &str = "No sync is currently running";
pub const NO_LOG: &str = "Error reading log file";
pub const ONLY_LOCAL: &str = "the script runs at another service; ask that one for its log";
pub const TOO_LONG: &str = "the answer took too long";

pub fn cannot_listen(address: SocketAddr) -> String {
    format!("cannot listen on {address}")
}

pub fn died(short: &str) -> String {
    format!("run {short} died; how far the script came is not known")
}

pub fn stopped(done: Stop) -> &'static str {
    match done {
        Stop::HadEnded => "it had ended already",
        Stop::Answered => STOPPING,
        Stop::Ended => "it has ended",
        Stop::Killed => "it did not answer and was killed",
    }
}
