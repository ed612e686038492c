//! PostgreSQL: how it is opened, and how values travel.
//!
//! Statements are written with `?` as everywhere and get their `$1` here. What is neither a whole
//! number nor text is cast to text by the statement that asks for it.

use std::fmt::Write as _;

use futures_util::TryStreamExt;
use secrecy::ExposeSecret;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow};
use sqlx::{
    Arguments as _, AssertSqlSafe, Column, ConnectOptions, Connection as _, Row as _, TypeInfo,
    ValueRef,
};

use super::error::{explain, explain_opening};
use super::value::{Row, Value, unsendable};
use super::{Access, BUSY};
use crate::config::DatabaseUrl;
use crate::error::{Error, Result};

/// Connects. TLS is used where it is offered, unless `sslmode` says more.
pub(super) async fn open(url: &DatabaseUrl, access: Access) -> Result<PgConnection> {
    let mut connection = PgConnection::connect_with(&options(url)?)
        .await
        .map_err(explain_opening)?;
    let setting = match access {
        Access::Read | Access::Foreign => "SET default_transaction_read_only = on".to_owned(),
        // Compiling a statement takes longer than a batch; old servers know no such setting.
        Access::Write => format!(
            "SET lock_timeout = '{}s'; \
             SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'jit'",
            BUSY.as_secs()
        ),
    };
    sqlx::raw_sql(AssertSqlSafe(setting))
        .execute(&mut connection)
        .await
        .map_err(explain_opening)?;
    Ok(connection)
}

pub(super) fn options(url: &DatabaseUrl) -> Result<PgConnectOptions> {
    let text = url.secret_url();
    let options: PgConnectOptions = text.expose_secret().parse().map_err(|_: sqlx::Error| {
        // The parser's own words may quote the URL, and with it the password.
        Error::config("the database URL cannot be read").hint(
            "postgres://user@host:5432/database; sslmode is one of disable, allow, prefer, \
             require, verify-ca, verify-full",
        )
    })?;
    Ok(options
        .application_name("selaras")
        .disable_statement_logging())
}

/// The statement with `$1`, `$2` … for each `?` that stands outside of quotes.
pub(super) fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len() + 8);
    let mut quote = None;
    let mut number = 0;
    for character in sql.chars() {
        match (quote, character) {
            (None, '?') => {
                number += 1;
                // Writing to a String cannot fail.
                let _ = write!(text, "${number}");
                continue;
            }
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
        text.push(character);
    }
    text
}

pub(super) fn arguments(values: &[Value]) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    add(&mut arguments, values)?;
    Ok(arguments)
}

/// The rows of one statement with `text[]` for its first placeholders.
pub(super) async fn fetch_columns(
    connection: &mut PgConnection,
    sql: &str,
    columns: &[Vec<Option<&str>>],
    values: &[Value],
) -> Result<Vec<Row>> {
    let mut arguments = PgArguments::default();
    for column in columns {
        arguments.add(column).map_err(unsendable)?;
    }
    add(&mut arguments, values)?;
    let query = sqlx::query_with(AssertSqlSafe(numbered(sql)), arguments);
    let rows = query.fetch(connection);
    let rows = rows.map_ok(|found| row(&found)).try_collect().await;
    rows.map_err(explain)
}

fn add(arguments: &mut PgArguments, values: &[Value]) -> Result<()> {
    for value in values {
        match value {
            Value::Null => arguments.add(None::<String>),
            Value::Int(number) => arguments.add(*number),
            Value::Text(text) => arguments.add(text.as_str()),
        }
        .map_err(unsendable)?;
    }
    Ok(())
}

pub(super) fn row(row: &PgRow) -> Row {
    let value = |(index, column): (usize, &sqlx::postgres::PgColumn)| {
        if row.try_get_raw(index).map_or(true, |raw| raw.is_null()) {
            return Value::Null;
        }
        match column.type_info().name() {
            "INT2" | "INT4" | "INT8" => {
                let number = row.try_get_unchecked::<i64, _>(index);
                number.map_or(Value::Null, Value::Int)
            }
            "BOOL" => {
                let yes = row.try_get_unchecked::<bool, _>(index);
                yes.map_or(Value::Null, |yes| Value::Int(yes.into()))
            }
            _ => {
                let text = row.try_get_unchecked::<String, _>(index);
                text.map_or(Value::Null, Value::Text)
            }
        }
    };
    Row::of(row.columns().iter().enumerate().map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_outside_of_quotes() {
        let sql = "SELECT '?', \"a?\", x FROM y WHERE a = ? AND b > CAST(? AS TIMESTAMPTZ)";
        assert_eq!(
            numbered(sql),
            "SELECT '?', \"a?\", x FROM y WHERE a = $1 AND b > CAST($2 AS TIMESTAMPTZ)"
        );
    }
}
