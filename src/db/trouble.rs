//! What a database means by its errors, and what to do about it.

use std::error::Error as StdError;

use crate::error::Error;
use crate::text;

/// A database's refusal in words for people, with a hint where the cause is known.
pub fn explain(error: sqlx::Error) -> Error {
    let said = text::excerpt(&innermost(&error), 400);
    let hint = hint(&error);
    let sentence = match &error {
        sqlx::Error::Io(_) => format!("Cannot connect to the database: {said}"),
        sqlx::Error::Tls(_) => format!("No safe connection to the database: {said}"),
        _ => format!("the database says: {said}"),
    };
    let error = Error::database(sentence);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn innermost(error: &sqlx::Error) -> String {
    if let sqlx::Error::Database(inner) = error {
        return inner.message().to_owned();
    }
    std::iter::successors(Some(error as &dyn StdError), |&cause| cause.source())
        .last()
        .map_or_else(String::new, ToString::to_string)
}

fn hint(error: &sqlx::Error) -> Option<&'static str> {
    let database = match error {
        sqlx::Error::Io(_) => return Some("is the database up, and its host and port right?"),
        sqlx::Error::Tls(_) => {
            return Some("the server's certificate or TLS version was refused; see ssl-mode");
        }
        sqlx::Error::Database(database) => database,
        _ => return None,
    };
    // MySQL's numbers: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
    if let Some(mysql) = database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return match mysql.number() {
            1044 | 1045 | 1698 => Some("check user and password of the database URL"),
            1049 => Some("check the database name at the end of the URL"),
            1142 | 1143 | 1227 => Some("this database user lacks a right; see the GRANT it needs"),
            1205 => Some("another transaction holds the rows; try again"),
            1213 => Some("two transactions waited for each other; try again"),
            _ => None,
        };
    }
    // SQLite's: https://www.sqlite.org/rescode.html (the low byte is the primary code)
    let code: u32 = database.code()?.parse().ok()?;
    match code & 0xff {
        5 | 6 => Some("another program holds the file; try again when it is done"),
        8 => Some("the file or its folder may not be written"),
        11 | 26 => Some("the file is damaged or no SQLite database"),
        13 => Some("the disk is full"),
        14 => Some("the file cannot be opened; check its path and mode"),
        _ => None,
    }
}
