//! `${NAME}` in URLs and paths, and which part of a URL is the user's.

use std::fmt::Write as _;

use super::variables::Variables;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum InterpolationError {
    Braces,
    Unset(String),
}

#[derive(Clone, Copy)]
enum Writing {
    Plain,
    Encoded,
}

pub(super) fn path(template: &str, variables: &Variables) -> Result<String, InterpolationError> {
    fill(template, Writing::Plain, variables)
}

/// Fills a URL; in its user part all but letters, digits and `-._~` is percent-encoded.
pub(super) fn url(template: &str, variables: &Variables) -> Result<String, InterpolationError> {
    let Some((before, user, after)) = split_user(template) else {
        return fill(template, Writing::Plain, variables);
    };
    let mut url = fill(before, Writing::Plain, variables)?;
    url.push_str(&fill(user, Writing::Encoded, variables)?);
    url.push_str(&fill(after, Writing::Plain, variables)?);
    Ok(url)
}

/// Whether a password stands in `template` itself, rather than in a variable.
pub(super) fn has_literal_password(template: &str) -> bool {
    let password = split_user(template).and_then(|(_, user, _)| user.split_once(':'));
    password.is_some_and(|(_, password)| {
        let variable = password.starts_with("${") && password.find('}') == Some(password.len() - 1);
        !password.is_empty() && !variable
    })
}

/// Whether the user part may have been cut by a raw `/`, `?` or `#` in the password, so that what
/// follows would pass for a harmless path: `mysql://u:12/34@h/d`.
pub(super) fn may_be_cut(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    authority.contains(':') && !authority.contains('@') && after.contains('@')
}

/// `scheme://`, `user:password`, `@host…`.
fn split_user(url: &str) -> Option<(&str, &str, &str)> {
    let start = url.find("://")? + 3;
    let (before, rest) = url.split_at(start);
    // A password may hold a raw `/`; such a URL is refused later, but its variables are the user's.
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let at = rest[..authority].rfind('@').or_else(|| rest.rfind('@'))?;
    let (user, after) = rest.split_at(at);
    Some((before, user, after))
}

fn fill(
    template: &str,
    writing: Writing,
    variables: &Variables,
) -> Result<String, InterpolationError> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or(InterpolationError::Braces)?;
        if !is_name(name) {
            return Err(InterpolationError::Braces);
        }
        let found = variables
            .get(name)
            .ok_or_else(|| InterpolationError::Unset(name.to_owned()))?;
        filled.push_str(before);
        match writing {
            Writing::Plain => filled.push_str(found.value),
            Writing::Encoded => filled.push_str(&percent_encode(found.value)),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Encodes all but RFC 3986's unreserved characters.
pub(super) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::variables::{Here, Places};

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        let environment = pairs.iter().copied().collect();
        let places = Places {
            beside: "/nonexistent".into(),
            has_file: false,
            folder: "/nonexistent".into(),
            here: Here::NotMeant,
        };
        Variables::read(&environment, &places).unwrap()
    }

    #[test]
    fn the_user_part_is_encoded_and_the_rest_is_not() {
        let variables = variables(&[("P", "p@ss:w/o#r%d?€"), ("H", "db01:3307/a"), ("NONE", "")]);
        let table = [
            (
                "mysql://u:${P}@${H}",
                "mysql://u:p%40ss%3Aw%2Fo%23r%25d%3F%E2%82%AC@db01:3307/a",
            ),
            ("mysql://u:${NONE}@h/d", "mysql://u:@h/d"),
            (
                "mysql://${P}@h/d",
                "mysql://p%40ss%3Aw%2Fo%23r%25d%3F%E2%82%AC@h/d",
            ),
            ("mysql://h/${H}$$", "mysql://h/db01:3307/a$$"),
            ("${H}", "db01:3307/a"),
        ];
        for (template, filled) in table {
            assert_eq!(url(template, &variables).as_deref(), Ok(filled));
        }
    }

    #[test]
    fn a_gap_is_named() {
        let variables = variables(&[]);
        assert_eq!(
            path("/a/${NOT_THERE}", &variables),
            Err(InterpolationError::Unset("NOT_THERE".into()))
        );
        for broken in ["${", "${}", "${a b}", "x${a-b}"] {
            assert_eq!(path(broken, &variables), Err(InterpolationError::Braces));
        }
    }

    #[test]
    fn a_literal_password_is_told_from_a_variable() {
        for literal in ["mysql://u:p@h/d", "mysql://u:p${X}@h", "mysql://u:a/b@h/d"] {
            assert!(has_literal_password(literal), "{literal}");
        }
        assert!(may_be_cut("mysql://u:12/34@h/d") && !may_be_cut("mysql://u:12@h/d@e"));
        for clean in [
            "mysql://u:${P}@h/d",
            "mysql://u@h/d",
            "mysql://u:@h/d",
            "https://h/a:b",
            "x",
        ] {
            assert!(!has_literal_password(clean), "{clean}");
        }
    }
}
