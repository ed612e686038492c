//! Texts about servers, their lists, and what is wrong with them.

use std::fmt::Write as _;

use crate::http::{Meaning, Reply};
use crate::text::mask::mask;
use crate::text::{excerpt, plural};

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

pub fn redirected(target: &str, reply: &Reply) -> String {
    let status = reply.status_line();
    format!(
        "not logged in ({status}, redirected to {target}; {})",
        reply.asked
    )
}

/// Of a login's answer nothing is quoted.
pub fn login_unreadable(reply: &Reply, no_json: &str) -> String {
    let what = match reply.body.len() {
        0 => "an empty body",
        _ if reply.is_web_page() => "a web page",
        _ => no_json,
    };
    let (status, size) = (reply.status_line(), plural(reply.body.len() as u64, "byte"));
    format!("{status}, {what} ({size}; {})", reply.asked)
}

pub fn no_token(keys: &[String], said: &str, reply: &Reply) -> String {
    let mut text = format!("no token in the answer (keys: {})", keys.join(", "));
    if !said.is_empty() && said != "OK" {
        let _ = write!(text, ": {said}");
    }
    let _ = write!(text, " ({}, {})", reply.status_line(), reply.asked);
    text
}

pub fn no_url(name: &str) -> String {
    format!("{name} has no online_url")
}

pub fn bad_url(url: &str) -> String {
    format!("«{}» is not a usable online_url", excerpt(&mask(url), 200))
}

pub fn hint_no_url(code: &str) -> String {
    format!("set locations.online_url of {code}, or `url` of its [[users.location]]")
}

/// The setting that leads to a location's server.
pub fn online_url_of(name: &str) -> String {
    format!("the online_url of {name}")
}

pub fn hint_url(name: &str) -> String {
    format!(
        "correct {}, such as https://dev.example",
        online_url_of(name)
    )
}

pub fn speaks_plain_http(trouble: &str, place: &str) -> String {
    format!("{trouble}; {place} speaks plain http")
}

/// The line that allows it, and what it costs.
pub fn hint_plain_http(code: &str) -> String {
    format!(
        "nothing was sent: over plain http anybody on the way can read the password. Better give \
         that server TLS; to allow it all the same, add `scheme = \"http\"` to the \
         [[users.location]] block with code = \"{}\"",
        excerpt(code, 40)
    )
}

/// Of a location whose server is asked over plain http.
pub fn plain_http(host: &str) -> String {
    format!(
        "plain http: anybody on the way to {} can read the password and the users",
        excerpt(host, 100)
    )
}

/// What can be done when a login was refused.
pub fn hint_login(reply: &Reply, name: &str) -> String {
    match reply.meaning() {
        Meaning::NotSignedIn => hint_credentials(name),
        Meaning::NotAllowed => format!(
            "{name} knows this login and admits it not, or not from here: ask its operators"
        ),
        // Laravel's way of saying that e-mail and password do not fit.
        Meaning::Refused if [400, 422].contains(&reply.status.as_u16()) => hint_credentials(name),
        _ => reply.hint(&online_url_of(name)),
    }
}

/// What can be done when a page was refused.
pub fn hint_list(reply: &Reply, name: &str) -> String {
    match reply.meaning() {
        Meaning::NotSignedIn => format!(
            "{name} took the login, and not the token that it gave for it: its operators know why"
        ),
        Meaning::NotAllowed => format!(
            "the account of EXTERNAL_API_EMAIL may log in to {name}, and not list its users: ask \
             its operators for that right"
        ),
        _ => reply.hint(&online_url_of(name)),
    }
}

pub fn hint_no_token(name: &str) -> String {
    format!(
        "does {} lead to the API? {}",
        online_url_of(name),
        hint_credentials(name)
    )
}

pub fn hint_credentials(name: &str) -> String {
    format!("check EXTERNAL_API_EMAIL and EXTERNAL_API_PASSWORD (or those of {name} alone)")
}
