//! The columns that a database has, and their types: read once for each connection for writing.

use std::collections::BTreeMap;

use super::super::columns::{Column, Form, Table, Write};
use crate::db::{Connection, Dialect, Value};
use crate::error::Result;

/// What a column takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// At most so many characters.
    Text(Option<usize>),
    /// A date, or a moment.
    Date,
    Integer {
        lowest: i64,
        highest: i64,
    },
    /// At most so many digits before the point.
    Number(Option<usize>),
    Uuid,
    /// Something that is handed over as it is.
    Other,
}

/// A column as the database has it.
#[derive(Clone, Debug)]
pub struct Found {
    pub kind: Kind,
    /// Its type as SQL.
    pub sql_type: String,
    /// Whether a row without a value for it is refused.
    pub demanded: bool,
}

pub type Columns = BTreeMap<String, Found>;

/// A column that is written.
#[derive(Clone, Debug)]
pub struct Stored {
    pub name: &'static str,
    /// Its place in a record.
    pub at: usize,
    pub form: Form,
    pub write: Write,
    pub kind: Kind,
    pub sql_type: String,
}

/// The columns of a table that the database has; the first one is the key.
#[derive(Clone, Debug)]
pub struct Layout {
    pub table: &'static Table,
    pub columns: Vec<Stored>,
}

impl Layout {
    pub fn of(table: &'static Table, found: &Columns) -> Self {
        let stored = |(at, column): (usize, &Column)| {
            let found = found.get(column.name)?;
            Some(Stored {
                name: column.name,
                at,
                form: column.form,
                write: column.write,
                kind: found.kind,
                sql_type: found.sql_type.clone(),
            })
        };
        let columns = table.columns.iter().enumerate().filter_map(stored);
        Self {
            table,
            columns: columns.collect(),
        }
    }

    pub fn key(&self) -> &'static str {
        self.table.columns[0].name
    }

    pub fn index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The places of the columns that are written from a value only.
    pub fn optional(&self) -> impl Iterator<Item = usize> {
        let places = self.columns.iter().enumerate();
        let optional = places.filter(|(_, column)| column.write == Write::Value);
        optional.map(|(place, _)| place)
    }
}

/// The columns of a table; none where there is no such table.
pub async fn columns(connection: &mut Connection, table: &str) -> Result<Columns> {
    let (sql, values): (_, Vec<Value>) = match connection.dialect() {
        Dialect::Sqlite => (
            format!(
                "SELECT name, type, CASE WHEN \"notnull\" = 1 AND dflt_value IS NULL THEN 1 \
                 ELSE 0 END FROM pragma_table_info('{table}')"
            ),
            Vec::new(),
        ),
        Dialect::MySql | Dialect::Postgres => (
            "SELECT CAST(attname AS text), format_type(atttypid, atttypmod), \
             attnotnull AND NOT atthasdef AND attidentity = '' FROM pg_attribute \
             WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped"
                .to_owned(),
            vec![table.into()],
        ),
    };
    let rows = connection.query(&sql, &values).await?;
    let columns = rows.iter().map(|row| {
        let sql_type = row.text(1);
        let found = Found {
            kind: Kind::read(&sql_type),
            sql_type,
            demanded: row.int(2) != 0,
        };
        (row.text(0), found)
    });
    Ok(columns.collect())
}

impl Kind {
    /// Of a type as a database writes it, such as `character varying(100)` or `VARCHAR(100)`.
    pub fn read(sql_type: &str) -> Self {
        let lower = sql_type.to_lowercase();
        let (name, arguments) = lower.split_once('(').unwrap_or((&lower, ""));
        let arguments = arguments.split(')').next().unwrap_or_default();
        let mut numbers = arguments
            .split(',')
            .map(|number| number.trim().parse().ok());
        let first: Option<usize> = numbers.next().flatten();
        let second: usize = numbers.next().flatten().unwrap_or(0);
        match name.trim() {
            "character varying" | "varchar" | "text" | "citext" => Self::Text(first),
            "character" | "char" | "bpchar" => Self::Text(Some(first.unwrap_or(1))),
            "date" | "timestamp" | "timestamp with time zone" | "timestamp without time zone" => {
                Self::Date
            }
            "smallint" => Self::integer(i16::MIN.into(), i16::MAX.into()),
            "integer" | "int" => Self::integer(i32::MIN.into(), i32::MAX.into()),
            "bigint" => Self::integer(i64::MIN, i64::MAX),
            "numeric" | "decimal" => {
                Self::Number(first.map(|digits| digits.saturating_sub(second)))
            }
            "real" | "double precision" => Self::Number(None),
            "uuid" => Self::Uuid,
            _ => Self::Other,
        }
    }

    fn integer(lowest: i64, highest: i64) -> Self {
        Self::Integer { lowest, highest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_both_databases_write_them() {
        let table = [
            ("character varying(100)", Kind::Text(Some(100))),
            ("VARCHAR(8)", Kind::Text(Some(8))),
            ("text", Kind::Text(None)),
            ("character(1)", Kind::Text(Some(1))),
            ("date", Kind::Date),
            ("timestamp(3) without time zone", Kind::Date),
            ("smallint", Kind::integer(-32_768, 32_767)),
            ("INTEGER", Kind::integer(i32::MIN.into(), i32::MAX.into())),
            ("numeric(10,2)", Kind::Number(Some(8))),
            ("uuid", Kind::Uuid),
            ("jsonb", Kind::Other),
        ];
        for (text, kind) in table {
            assert_eq!(Kind::read(text), kind, "{text}");
        }
    }
}
