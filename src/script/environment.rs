//! The environment of a script: little, the same from every shell and screen, and what was asked
//! for. Secrets of selaras stay out of it unless somebody passes them on by name.

use std::ffi::OsString;

/// What every script gets.
const USUAL: [&str; 6] = ["PATH", "HOME", "USER", "LANG", "TZ", "TERM"];
/// For a caller that has none, such as a timer; the usual one of a shell.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// For a caller without a terminal: the script has one.
const TERM: &str = "xterm-256color";

/// The usual variables and those of `pass`, where they are set.
pub fn clean(pass: &[String]) -> Vec<(String, OsString)> {
    let names = USUAL.iter().copied().chain(pass.iter().map(String::as_str));
    names
        .filter_map(|name| {
            let set = std::env::var_os(name);
            let value = match default(name) {
                Some(default) => set
                    .filter(|value| !value.is_empty())
                    .unwrap_or(default.into()),
                None => set?,
            };
            Some((name.to_owned(), value))
        })
        .collect()
}

fn default(name: &str) -> Option<&'static str> {
    match name {
        "PATH" => Some(PATH),
        "TERM" => Some(TERM),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_usual_and_what_is_asked_for_is_passed_on() {
        let given = clean(&[
            "CARGO_MANIFEST_DIR".to_owned(),
            "NOT_SET_ANYWHERE".to_owned(),
        ]);
        let names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.contains(&"CARGO_MANIFEST_DIR"));
        assert!(names.contains(&"PATH") && names.contains(&"TERM"));
        assert!(!names.contains(&"CARGO_PKG_NAME") && !names.contains(&"NOT_SET_ANYWHERE"));
    }
}
