//! What a database means by its errors, and what to do about it.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;

use crate::error::Error;
use crate::text;

#[derive(Debug)]
struct Refusal {
    said: String,
    error: sqlx::Error,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.said)
    }
}

impl StdError for Refusal {}

/// A refusal of a statement in words for people, with a hint where the cause is known.
pub fn explain(error: sqlx::Error) -> Error {
    let said = said(&error);
    let sentence = match &error {
        sqlx::Error::Io(_) => format!("the connection to the database was lost: {said}"),
        _ => format!("the database says: {said}"),
    };
    told(error, sentence, said)
}

/// A refusal of a connection, likewise.
pub(super) fn explain_opening(error: sqlx::Error) -> Error {
    let said = said(&error);
    let sentence = if is_about_tls(&error) {
        format!("No safe connection to the database: {said}")
    } else {
        format!("Cannot connect to the database: {said}")
    };
    told(error, sentence, said)
}

/// What is said of a database that did not answer within `allowed`.
pub(super) fn no_answer(allowed: Duration) -> String {
    let allowed = SignedDuration::try_from(allowed).unwrap_or(SignedDuration::MAX);
    format!("the database gave no answer within {allowed:#}")
}

/// A statement that was given up, in the words of [`no_answer`].
pub(super) fn silent(why: &str) -> Error {
    Error::database(why).hint(
        "is the database still up, and the line to it? `statement_timeout` says how long is waited",
    )
}

/// Whether a connection was lost in the middle of a statement, as told by [`explain`]. A PostgreSQL
/// server that ends one, or is starting, says so first.
pub fn is_lost(error: &Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    let lost = cause.is_some_and(|refusal: &Refusal| matches!(refusal.error, sqlx::Error::Io(_)));
    let ending = |state: String| state.starts_with("08") || ENDINGS.contains(&state.as_str());
    lost || postgres_state_of(error).is_some_and(ending)
}

/// The SQLSTATE of PostgreSQL, or the primary code of SQLite, as told by [`explain`].
pub fn state(error: &Error) -> Option<String> {
    postgres_state_of(error).or_else(|| sqlite_code_of(error).map(|code| code.to_string()))
}

/// Whether the database refused values: data exceptions and broken constraints.
pub fn is_about_values(error: &Error) -> bool {
    let of_postgres = postgres_state_of(error)
        .is_some_and(|state| state.starts_with("22") || state.starts_with("23"));
    // Too big, constraint, mismatch, range.
    of_postgres || sqlite_code_of(error).is_some_and(|code| matches!(code, 18 | 19 | 20 | 25))
}

/// Whether another transaction was in the way, so that a second try may succeed.
pub fn is_conflict(error: &Error) -> bool {
    let of_postgres = postgres_state_of(error)
        .is_some_and(|state| matches!(state.as_str(), "40P01" | "40001" | "55P03"));
    of_postgres || sqlite_code_of(error).is_some_and(|code| matches!(code, 5 | 6))
}

fn refusal(error: &Error) -> Option<&sqlx::Error> {
    let cause = error.source()?.downcast_ref();
    cause.map(|refusal: &Refusal| &refusal.error)
}

fn postgres_state_of(error: &Error) -> Option<String> {
    postgres_state(refusal(error)?)
}

fn sqlite_code_of(error: &Error) -> Option<u32> {
    let sqlx::Error::Database(database) = refusal(error)? else {
        return None;
    };
    database.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    Some(database.code()?.parse::<u32>().ok()? & 0xff)
}

/// Whether the database denied a right, as told by [`explain`].
pub fn is_denied(error: &Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    let number = cause.and_then(|refusal: &Refusal| mysql_number(&refusal.error));
    let state = cause.and_then(|refusal: &Refusal| postgres_state(&refusal.error));
    number.is_some_and(|number| DENIALS.contains(&number)) || state.as_deref() == Some(DENIED)
}

fn told(error: sqlx::Error, sentence: String, said: String) -> Error {
    let hint = hint(&error);
    let told = Error::database(sentence).because(Refusal { said, error });
    match hint {
        Some(hint) => told.hint(hint),
        None => told,
    }
}

fn said(error: &sqlx::Error) -> String {
    let words = match error {
        sqlx::Error::Database(inner) => inner.message().to_owned(),
        _ => std::iter::successors(Some(error as &dyn StdError), |&cause| cause.source())
            .last()
            .map_or_else(String::new, ToString::to_string),
    };
    text::excerpt(&words, 400)
}

/// A certificate that was refused arrives as unreadable data of the connection.
fn is_about_tls(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        _ => false,
    }
}

/// Rights on a database, a table, a column, the server or a routine.
const DENIALS: [u16; 5] = [1044, 1142, 1143, 1227, 1370];

/// Ended by an administrator, by a crash, or not yet up; idle for too long.
const ENDINGS: [&str; 4] = ["57P01", "57P02", "57P03", "57P05"];

/// `insufficient_privilege`.
const DENIED: &str = "42501";

fn postgres_state(error: &sqlx::Error) -> Option<String> {
    let sqlx::Error::Database(database) = error else {
        return None;
    };
    let refusal = database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>();
    refusal.map(|refusal| refusal.code().to_owned())
}

fn mysql_number(error: &sqlx::Error) -> Option<u16> {
    let sqlx::Error::Database(database) = error else {
        return None;
    };
    let refusal = database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>();
    refusal.map(sqlx::mysql::MySqlDatabaseError::number)
}

fn hint(error: &sqlx::Error) -> Option<&'static str> {
    if let Some(state) = postgres_state(error) {
        return postgres_hint(&state);
    }
    match (error, mysql_number(error)) {
        (_, Some(number)) => mysql_hint(number),
        _ if is_about_tls(error) => {
            Some("the server's certificate or TLS version was refused; see ssl-mode and ssl-ca")
        }
        (sqlx::Error::Io(_), _) => Some("is the database up, and its host and port right?"),
        (sqlx::Error::Database(database), _) => {
            sqlite_hint(database.code()?.parse::<u32>().ok()? & 0xff)
        }
        _ => None,
    }
}

/// By number: <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>.
fn mysql_hint(number: u16) -> Option<&'static str> {
    Some(match number {
        1045 | 1698 => "check user and password of the database URL",
        // To a user without rights a name that does not exist looks the same.
        1044 => {
            "check the database name at the end of the URL; if it is right, this user has no right \
             to that database"
        }
        1049 => "check the database name at the end of the URL",
        1040 | 1203 => "the server has no connection left; try again later",
        1142 | 1143 | 1227 | 1370 => {
            "this database user lacks the right that is named; an administrator of the database \
             grants it"
        }
        1146 => "is this the application's database? check the name at the end of the URL",
        1205 => "another transaction holds the rows; try again when it has ended",
        1213 => "two transactions waited for each other; try again",
        1290 | 1792 | 1836 => "this server only reads; use the one that the application writes to",
        1366 | 1406 => "a value does not fit its column; nothing is cut to fit",
        1451 => "rows of another table refer to these",
        1062 => "such a row is there already; plan again, and look at the new preview",
        _ => return None,
    })
}

/// By state: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn postgres_hint(state: &str) -> Option<&'static str> {
    Some(match state {
        "28000" | "28P01" => "check user and password of the database URL",
        "3D000" => "check the database name at the end of the URL",
        "53300" => "the server has no connection left; try again later",
        DENIED => {
            "this database user lacks the right that is named; an administrator of the database \
             grants it"
        }
        "42P01" | "42703" => "is this the application's database? check the end of the URL",
        "55P03" => "another transaction holds the rows; try again when it has ended",
        "40P01" => "two transactions waited for each other; try again",
        "25006" => "this server only reads; use the one that the application writes to",
        "22001" => "a value does not fit its column; nothing is cut to fit",
        _ => return None,
    })
}

/// By primary code: <https://www.sqlite.org/rescode.html>.
fn sqlite_hint(code: u32) -> Option<&'static str> {
    Some(match code {
        5 | 6 => "another program holds the file; try again when it is done",
        8 => "the file or its folder may not be written",
        11 | 26 => "the file is damaged or no SQLite database",
        13 => "the disk is full",
        14 => "the file cannot be opened; check its path and mode",
        _ => return None,
    })
}
