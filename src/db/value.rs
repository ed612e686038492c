//! Values and rows between us and the databases.
//!
//! Whole numbers and text are all we exchange: dates are asked for as text, in the words of the
//! `store` that knows the column.

use sqlx::mysql::{MySqlArguments, MySqlRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, Column, Row as _, TypeInfo, ValueRef};

use crate::error::{Error, Result};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Null,
    Int(i64),
    /// Anything else, as text.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(Vec<Value>);

impl Row {
    pub(super) fn of(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// Column `index` as a whole number; 0 for NULL and for what is none.
    pub fn int(&self, index: usize) -> i64 {
        let wide = self.wide(index);
        i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX })
    }

    /// Column `index` as a whole number of any type a database has, BIGINT UNSIGNED included.
    pub fn wide(&self, index: usize) -> i128 {
        match self.0.get(index) {
            Some(Value::Int(number)) => i128::from(*number),
            Some(Value::Text(text)) => text.trim().parse().unwrap_or(0),
            _ => 0,
        }
    }

    /// Column `index` as text; empty for NULL.
    pub fn text(&self, index: usize) -> String {
        self.maybe(index).unwrap_or_default()
    }

    /// Column `index` as text; `None` for NULL.
    pub fn maybe(&self, index: usize) -> Option<String> {
        match self.0.get(index) {
            Some(Value::Text(text)) => Some(text.clone()),
            Some(Value::Int(number)) => Some(number.to_string()),
            _ => None,
        }
    }
}

pub(super) fn unsendable(cause: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::database("a value cannot be sent to the database").because(cause)
}

pub(super) fn sqlite_arguments(values: &[Value]) -> Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Int(number) => arguments.add(*number),
            Value::Text(text) => arguments.add(text.clone()),
        }
        .map_err(unsendable)?;
    }
    Ok(arguments)
}

pub(super) fn mysql_arguments(values: &[Value]) -> Result<MySqlArguments> {
    let mut arguments = MySqlArguments::default();
    for value in values {
        match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Int(number) => arguments.add(*number),
            Value::Text(text) => arguments.add(text.as_str()),
        }
        .map_err(unsendable)?;
    }
    Ok(arguments)
}

pub(super) fn sqlite_row(row: &SqliteRow) -> Row {
    let value = |index| {
        let Ok(raw) = row.try_get_raw(index) else {
            return Value::Null;
        };
        match raw.type_info().name() {
            _ if raw.is_null() => Value::Null,
            "INTEGER" | "BOOLEAN" => row
                .try_get_unchecked::<i64, _>(index)
                .map_or(Value::Null, Value::Int),
            _ => bytes(row.try_get_unchecked::<Vec<u8>, _>(index)),
        }
    };
    Row((0..row.len()).map(value).collect())
}

pub(super) fn mysql_row(row: &MySqlRow) -> Row {
    let value = |(index, column): (usize, &sqlx::mysql::MySqlColumn)| {
        let kind = column.type_info().name();
        let null = row.try_get_raw(index).map_or(true, |raw| raw.is_null());
        match kind {
            _ if null => Value::Null,
            _ if kind.ends_with("UNSIGNED") => {
                row.try_get_unchecked::<u64, _>(index)
                    .map_or(Value::Null, |number| {
                        i64::try_from(number).map_or_else(|_| number.to_string().into(), Value::Int)
                    })
            }
            _ if kind.ends_with("INT") || kind == "BOOLEAN" => row
                .try_get_unchecked::<i64, _>(index)
                .map_or(Value::Null, Value::Int),
            _ => bytes(row.try_get_unchecked::<Vec<u8>, _>(index)),
        }
    };
    Row(row.columns().iter().enumerate().map(value).collect())
}

/// Text as it came; a database may hold bytes that are no UTF-8.
fn bytes(read: sqlx::Result<Vec<u8>>) -> Value {
    read.map_or(Value::Null, |bytes| {
        Value::Text(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    })
}
