//! Every sentence of the configuration, in one place. None of them is ever given a secret.

use std::path::Path;

use crate::error::Error;
use crate::files::trust::Distrust;

/// `must be …, not …`; `found` names a type or a harmless figure, never a text.
pub(super) fn must_be(expected: &str, found: &str) -> String {
    format!("must be {expected}, not {found}")
}

/// The same where nothing of the value may be said.
pub(super) fn must(expected: &str) -> String {
    format!("must be {expected}")
}

pub(super) fn whole(least: i64, most: i64) -> String {
    format!(
        "a whole number from {least} to {most}, such as {}",
        100.clamp(least, most)
    )
}

pub(super) fn length_of_time(least: &str) -> String {
    format!(r#"a length of time in quotes, such as "10s", "500ms" or "2h" (at least {least})"#)
}

pub(super) const SIZE: &str = r#"a size in quotes, such as "2GiB" or "500MB""#;
pub(super) const ZONE: &str = r#"a time zone, such as "Asia/Jakarta" or "+07:00""#;
pub(super) const WORDS: &str = r#"a list of texts, such as ["admin", "operator"]"#;
pub(super) const FILE_PATH: &str = r#"a path in quotes, such as "logs/integration.log""#;
pub(super) const LISTEN: &str = r#"an address with a port, such as "127.0.0.1:8000""#;
pub(super) const ROUTE: &str =
    r#"a path that begins with / and does not end with it, such as "/api""#;
pub(super) const WEB: &str = r#"an http:// or https:// URL, such as "https://central.example""#;
pub(super) const TABLES: &str = "a list of sections, each headed [[users.location]]";

pub(super) fn text(most: usize) -> String {
    format!("a text in quotes of 1 to {most} characters, such as \"dev\"")
}

pub(super) fn choice(words: &[&str], nearest: Option<&str>) -> String {
    let list: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let hint = nearest.map_or_else(String::new, |word| format!(" (did you mean \"{word}\"?)"));
    format!("one of {}{hint}", list.join(", "))
}

pub(super) fn database(example: &str, reason: &str) -> String {
    format!("a database URL, such as \"{example}\": {reason}")
}

pub(super) const SCHEME: &str = "its beginning is not one of those meant here";
pub(super) const SQLITE_FILE: &str = "sqlite: takes the path of a file and no options after a ?";
pub(super) const NO_HOST: &str = "it names no host";
pub(super) const NO_DATABASE: &str = "it names no database after the host";
pub(super) const UNREADABLE_URL: &str =
    "it cannot be read; put a password with special characters into a variable, as ${NAME}";

pub(super) fn unknown(nearest: &str) -> String {
    format!("is not a setting; the nearest is `{nearest}`")
}

pub(super) fn key_missing(key: &str) -> String {
    format!("`{key}` is missing")
}

pub(super) const NOT_SET: &str = "not set";

pub(super) fn unset(variable: &str) -> String {
    format!("needs the variable {variable}, which is not set")
}

pub(super) fn same(what: &str, line: usize) -> String {
    format!("has the same {what} as the location in line {line}")
}

pub(super) fn needed(key: &str) -> String {
    format!("must be given: a location of selaras's own database has `{key}`")
}

pub(super) fn not_set_up(part: &str, missing: &[&str]) -> String {
    format!("{part} is not set up: {}", missing.join(", "))
}

pub(super) const NO_USERS: &str = "`users.database` and `users.location` are missing";

pub(super) fn faults(count: usize, lines: &str) -> String {
    if count == 1 {
        lines.to_owned()
    } else {
        format!("{count} errors in the configuration:\n{lines}")
    }
}

pub(super) fn no_file(path: &Path, who: &str) -> String {
    format!(
        "the config file {} given by {who} does not exist",
        path.display()
    )
}

pub(super) fn init_hint(path: &Path) -> String {
    format!(
        "`selaras --config {} config init` writes one",
        path.display()
    )
}

pub(super) fn cannot_read(path: &Path) -> String {
    format!("cannot read {}", path.display())
}

pub(super) fn untrusted(path: &Path, distrust: &Distrust) -> Error {
    let (path, reasons) = (path.display(), distrust.reasons.join("; "));
    Error::config(format!(
        "{path} is not read, because others could make selaras run programs with it: {reasons}"
    ))
    .hint(format!(
        "look through it first, then: {}",
        distrust.mend.join(" && ")
    ))
}

pub(super) fn foreign_dotenv(path: &Path) -> String {
    format!("{} is not yours and is not read", path.display())
}

pub(super) fn not_for_root(path: &Path) -> String {
    format!(
        "{} is not read: root takes no .env from the working folder",
        path.display()
    )
}

pub(super) fn dotenv_line(path: &Path, line: usize) -> String {
    format!(
        "{}:{line}: the line cannot be read as NAME=value",
        path.display()
    )
}

pub(super) const DOTENV_HINT: &str = "put a value with special characters into single quotes";

pub(super) fn dollar(path: &Path, line: usize, name: &str) -> String {
    format!(
        "{}:{line}: a $ in {name} was taken for a variable and is gone",
        path.display()
    )
}

pub(super) fn open_to_all(path: &Path, content: &str) -> String {
    format!(
        "{} contains {content} and can be read by everybody",
        path.display()
    )
}

pub(super) fn chmod(path: &Path) -> String {
    format!("chmod 600 {}", path.display())
}

pub(super) fn two_forms(first: &str, second: &str, place: &str) -> String {
    format!("{first} and {second} are both set ({place})")
}

pub(super) fn secret_missing(purpose: &str, names: &[String]) -> String {
    match names {
        [one] => format!("{purpose}: {one} is not set"),
        [one, other] => format!("{purpose}: neither {one} nor {other} is set"),
        many => format!("{purpose}: none of {} is set", many.join(", ")),
    }
}

pub(super) fn where_to_set(dotenv: &Path) -> String {
    format!(
        "set it in the environment or in {}; also as …_FILE (a file) or …_COMMAND (a command)",
        dotenv.display()
    )
}

pub(super) fn secret_file(variable: &str, path: &Path, reason: &str) -> String {
    format!("{variable}: the file {} {reason}", path.display())
}

pub(super) fn secret_command(variable: &str, reason: &str) -> String {
    format!("{variable}: the command {reason}")
}

pub(super) const UNREADABLE: &str = "cannot be read";
pub(super) const IS_EMPTY: &str = "is empty";
pub(super) const NOT_TEXT: &str = "is not UTF-8 text";
pub(super) const NOT_STARTED: &str = "could not be started";
pub(super) const TIMED_OUT: &str = "did not end within 10 s and was killed";

pub(super) fn command_failed(status: &str, stderr: &str) -> String {
    if stderr.is_empty() {
        format!("failed ({status}) and said nothing")
    } else {
        format!("failed ({status}): {stderr}")
    }
}

pub(super) fn unknown_secret(name: &str) -> String {
    format!("{name} is not a secret that selaras knows")
}

pub(super) fn no_config(path: &Path) -> String {
    format!("there is no config file; it would be {}", path.display())
}

pub(super) fn ready(part: &str, detail: &str) -> String {
    format!("{part} is set up: {detail}")
}

pub(super) const NEEDED: &str = "a secret is missing";
pub(super) const PASSWORD: &str = "a password in a URL";
pub(super) const SECRETS: &str = "secrets";

pub(super) fn login(code: &str) -> String {
    format!("no credentials for the location {code}")
}

pub(super) fn content_of(variable: &str) -> String {
    format!("the secret of {variable}")
}

pub(super) fn command_not_run(variable: &str) -> String {
    format!("{variable} is set; the command was not run")
}

pub(super) fn same_variables(first: &str, second: &str, suffix: &str) -> String {
    format!("the locations {first} and {second} share the variables …_{suffix}")
}

pub(super) fn exists(path: &Path) -> String {
    format!("{} exists already and is left as it is", path.display())
}

pub(super) fn next_steps(path: &Path, dotenv: &Path) -> String {
    format!(
        "{} was written. Next:\n\
         1. open it, take the # off the keys you need and fill them in\n\
         2. put passwords into {} (chmod 600)\n\
         3. `selaras config check` says what is missing",
        path.display(),
        dotenv.display()
    )
}
