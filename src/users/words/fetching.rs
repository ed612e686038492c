//! Texts about servers, their lists, and what is wrong with them.

use std::fmt::Write as _;

pub const LOGIN: &str = "login";
pub const NO_JSON: &str = "no JSON";

pub fn logging_in(peer: &str) -> String {
    format!("log in to {peer}")
}

pub fn logging_in_again() -> String {
    "the token ran out: logging in again".to_owned()
}

pub fn fetching(peer: &str) -> String {
    format!("fetch users of {peer}")
}

pub fn applying(name: &str) -> String {
    format!("apply {name}")
}

pub fn page(number: u64) -> String {
    format!("page {number}")
}

pub fn neither_list_nor_object() -> String {
    "neither a list nor an object".to_owned()
}

pub fn no_list<'a>(keys: impl Iterator<Item = &'a String>) -> String {
    let keys: Vec<_> = keys.take(20).map(String::as_str).collect();
    format!(
        "no list under object, data or users (keys: {})",
        keys.join(", ")
    )
}

pub fn row_is_no_user() -> String {
    "a row has neither id_user nor email".to_owned()
}

pub fn login_failed(why: &str) -> String {
    format!("Failed to login to external API: {why}")
}

pub fn fetch_failed(what: &str, why: &str) -> String {
    format!("Failed to fetch users from external API: {what}: {why}")
}

pub fn refused(status: &str, words: &str) -> String {
    if status.ends_with(words) {
        status.to_owned()
    } else {
        format!("{status}: {words}")
    }
}

pub fn redirected(target: &str) -> String {
    format!("not logged in (redirected to {target})")
}

pub fn unreadable(status: &str, why: &str, first: &str) -> String {
    format!("{status}, {why}: {first}")
}

pub fn no_token(keys: &[&String], said: &str) -> String {
    let names: Vec<_> = keys.iter().take(20).map(|key| key.as_str()).collect();
    let mut text = format!("no token in the answer (keys: {})", names.join(", "));
    if !said.is_empty() && said != "OK" {
        let _ = write!(text, ": {said}");
    }
    text
}

pub fn no_url(name: &str) -> String {
    format!("{name} has no online_url")
}

pub fn bad_url(url: &str) -> String {
    format!("«{url}» is not a usable online_url")
}

pub fn hint_no_url(code: &str) -> String {
    format!("set locations.online_url of {code}, or `url` of its [[users.location]]")
}

pub fn hint_server(base: &str) -> String {
    format!("is {base} up and reachable from this machine? nothing was written; try again")
}

pub fn hint_url(name: &str) -> String {
    format!("check the online_url of {name}; the API answers there without a redirect")
}

pub fn hint_unreadable(base: &str) -> String {
    format!("does {base} lead to the API? a busy server may also answer like this: try again later")
}

pub fn hint_credentials(name: &str) -> String {
    format!("check EXTERNAL_API_EMAIL and EXTERNAL_API_PASSWORD (or those of {name} alone)")
}
