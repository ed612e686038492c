//! The statements that write a batch and tell what was there before: one on PostgreSQL, to which the
//! batch goes as arrays; on SQLite a staging table, to which it goes as JSON.
//!
//! In all of them `g` is the row that is given, `t` the row of the table. The database compares, in
//! its own types, and tells of each row what [`super::memory`] counts from.

use super::super::columns::{Form, Write};
use super::catalogue::{Layout, Stored};
use super::cleaning::Ready;
use super::memory::Found;
use super::model::Moment;
use crate::db::{Connection, Dialect, Row, Value};
use crate::error::{Error, Result};

/// The database's clock, with as many digits as it has.
const SQLITE_NOW: &str = "strftime('%Y-%m-%d %H:%M:%f', 'now')";

/// How a batch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// PTK that another school named in this run are only told of.
    Usual,
    /// Whatever school they are at.
    Moving,
    /// A row that is there keeps its school.
    InPlace,
}

/// The moments that a statement compares with.
#[derive(Clone, Copy, Debug)]
pub struct Times<'a> {
    /// Of the run.
    pub start: &'a Moment,
    /// Of the memory.
    pub session: &'a Moment,
}

/// What a batch found, and the transaction's number where the database has them.
#[derive(Debug, Default)]
pub struct Answer {
    pub found: Vec<Found>,
    pub transaction: Option<String>,
}

pub fn now(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => SQLITE_NOW,
        Dialect::MySql | Dialect::Postgres => "now()",
    }
}

/// Makes what the statements need, once for each connection.
pub async fn prepare(connection: &mut Connection, layout: &Layout) -> Result<()> {
    if connection.dialect() != Dialect::Sqlite {
        return Ok(());
    }
    let table = staging(layout);
    let columns = layout.columns.iter();
    let columns: Vec<_> = columns
        .map(|one| format!("{} {}", one.name, one.sql_type))
        .collect();
    let sql = format!(
        "CREATE TEMP TABLE IF NOT EXISTS {table} (n INTEGER, {}, keeps INTEGER)",
        columns.join(", ")
    );
    connection.command(&sql).await
}

/// Begins the transaction of a batch. Rows are looked up by key, one by one: PostgreSQL would read
/// the whole table for each batch, because it expects a batch to be as large as a young table.
pub async fn begin(connection: &mut Connection) -> Result<()> {
    connection.begin().await?;
    if connection.dialect() == Dialect::Postgres {
        let sql = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; \
                   SET LOCAL enable_seqscan = off";
        connection.command(sql).await?;
    }
    Ok(())
}

/// Writes a batch, inside a transaction.
pub async fn write(
    connection: &mut Connection,
    layout: &Layout,
    rows: &[Ready],
    mode: Mode,
    times: Times<'_>,
) -> Result<Answer> {
    let words = Words {
        layout,
        mode,
        dialect: connection.dialect(),
    };
    match words.dialect {
        Dialect::Sqlite => {
            stage(connection, layout, rows).await?;
            let values = words.values(times);
            let report = connection.query(&words.sqlite_report(), &values).await?;
            connection.execute(&words.sqlite_merge(), &values).await?;
            Ok(answer(&report))
        }
        Dialect::Postgres => {
            let values = words.values(times);
            let (keep, columns) = (Some("1"), columns_of(layout, rows));
            let keeps = rows.iter().map(|row| keep.filter(|_| row.keeps_district));
            let columns: Vec<Vec<Option<&str>>> = columns.chain([keeps.collect()]).collect();
            let sql = words.postgres();
            let report = connection.query_columns(&sql, &columns, &values).await?;
            Ok(answer(&report))
        }
        Dialect::MySql => Err(Error::bug("the tables of E-Alumni are not kept in MySQL")),
    }
}

/// Empties the optional columns of rows, inside a transaction.
pub async fn empty(connection: &mut Connection, layout: &Layout, keys: &[&str]) -> Result<()> {
    let optional: Vec<String> = layout
        .optional()
        .map(|place| format!("{} = NULL", layout.columns[place].name))
        .collect();
    if optional.is_empty() || keys.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "UPDATE {} SET {} WHERE {} IN ({})",
        layout.table.name,
        optional.join(", "),
        layout.key(),
        vec!["?"; keys.len()].join(", ")
    );
    let values: Vec<Value> = keys.iter().map(|&key| key.into()).collect();
    connection.execute(&sql, &values).await.map(|_| ())
}

fn columns_of<'a>(
    layout: &Layout,
    rows: &'a [Ready],
) -> impl Iterator<Item = Vec<Option<&'a str>>> {
    let places = 0..layout.columns.len();
    places.map(move |place| rows.iter().map(|row| row.cells[place].as_deref()).collect())
}

fn answer(report: &[Row]) -> Answer {
    let found = report.iter().map(|row| Found {
        place: usize::try_from(row.int(0)).unwrap_or(0),
        fresh: row.int(1) != 0,
        changed: row.int(2) != 0,
        named: row.int(3) != 0,
        remembered: row.int(4) != 0,
        was_at: row.maybe(5),
        before: row.maybe(6),
        optional: row.maybe(7),
        after: row.maybe(8),
    });
    Answer {
        found: found.collect(),
        transaction: report.first().and_then(|row| row.maybe(9)),
    }
}

async fn stage(connection: &mut Connection, layout: &Layout, rows: &[Ready]) -> Result<()> {
    let table = staging(layout);
    connection.command(&format!("DELETE FROM {table}")).await?;
    let cells: Vec<String> = (0..=layout.columns.len())
        .map(|place| format!("value ->> {place}"))
        .collect();
    let sql = format!(
        "INSERT INTO {table} SELECT key, {} FROM json_each(?)",
        cells.join(", ")
    );
    let keep = Some("1".to_owned());
    let lists: Vec<Vec<&Option<String>>> = rows
        .iter()
        .map(|row| {
            let keeps = if row.keeps_district { &keep } else { &None };
            row.cells.iter().chain([keeps]).collect()
        })
        .collect();
    let json = serde_json::to_string(&lists)
        .map_err(|cause| Error::bug("a batch cannot be written as JSON").because(cause))?;
    connection.execute(&sql, &[json.into()]).await.map(|_| ())
}

fn staging(layout: &Layout) -> String {
    format!("temp.selaras_{}", layout.table.name)
}

/// The words of a statement.
struct Words<'a> {
    layout: &'a Layout,
    mode: Mode,
    dialect: Dialect,
}

impl Words<'_> {
    /// Those of the placeholders in [`Words::times`].
    fn values(&self, times: Times<'_>) -> [Value; 3] {
        let moving = i64::from(self.mode == Mode::Moving);
        [
            times.start.0.as_str().into(),
            times.session.0.as_str().into(),
            moving.into(),
        ]
    }

    fn times(&self) -> String {
        let moment = match self.dialect {
            Dialect::Sqlite => "?",
            Dialect::MySql | Dialect::Postgres => "CAST(? AS timestamptz)",
        };
        format!("p AS (SELECT {moment} AS start, {moment} AS session, CAST(? AS bigint) AS moving)")
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self
            .layout
            .columns
            .iter()
            .map(|column| column.name)
            .collect();
        names.join(", ")
    }

    /// Whether this table has PTK, which belong to a school.
    fn is_owned(&self) -> bool {
        self.layout.key() == "nik" && self.layout.index("npsn").is_some()
    }

    /// What a column will be.
    fn becomes(&self, column: &Stored) -> String {
        let (name, key) = (column.name, self.layout.key());
        if name == "npsn" && key == "nik" && self.mode == Mode::InPlace {
            return format!("CASE WHEN t.{key} IS NULL THEN g.{name} ELSE t.{name} END");
        }
        match (column.write, column.form) {
            (Write::Value, _) => format!("COALESCE(g.{name}, t.{name})"),
            (_, Form::District) => format!(
                "CASE WHEN g.keeps IS NOT NULL AND t.{key} IS NOT NULL THEN t.{name} \
                 ELSE g.{name} END"
            ),
            _ => format!("g.{name}"),
        }
    }

    fn differs<'a>(&self, columns: impl Iterator<Item = &'a Stored>) -> String {
        let each = columns.map(|column| {
            format!(
                "t.{} IS DISTINCT FROM {}",
                column.name,
                self.becomes(column)
            )
        });
        let each: Vec<String> = each.collect();
        if each.is_empty() {
            "FALSE".to_owned()
        } else {
            format!("({})", each.join(" OR "))
        }
    }

    /// All of a row as one text.
    fn whole(&self, cells: &[String]) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("json_array({})", cells.join(", ")),
            Dialect::MySql | Dialect::Postgres => {
                format!("md5(CAST(ROW({}) AS text))", cells.join(", "))
            }
        }
    }

    fn named(&self) -> String {
        let now = now(self.dialect);
        format!("COALESCE(t.last_sync >= p.start AND t.last_sync <= {now}, FALSE)")
    }

    /// Whether a row is another school's, and only told of.
    fn held(&self) -> String {
        if self.is_owned() && self.mode != Mode::InPlace {
            format!(
                "({} AND COALESCE(t.npsn <> g.npsn, FALSE) AND p.moving = 0)",
                self.named()
            )
        } else {
            "FALSE".to_owned()
        }
    }

    /// What [`answer`] reads, but for the transaction.
    fn report(&self) -> Vec<String> {
        let (layout, key, named) = (self.layout, self.layout.key(), self.named());
        let all = &layout.columns;
        let there = format!("t.{key} IS NOT NULL AND NOT {named}");
        let stored: Vec<String> = all
            .iter()
            .map(|column| format!("t.{}", column.name))
            .collect();
        let future: Vec<String> = all.iter().map(|column| self.becomes(column)).collect();
        let optional: Vec<&Stored> = layout.optional().map(|place| &all[place]).collect();
        let nothing = || "CAST(NULL AS text)".to_owned();
        let (was_at, before, fallback, after) = if self.is_owned() {
            let texts = optional
                .iter()
                .map(|column| format!("CAST(t.{} AS text)", column.name));
            let texts = texts.collect::<Vec<_>>().join(", ");
            let list = match self.dialect {
                Dialect::Sqlite => format!("json_array({texts})"),
                Dialect::MySql | Dialect::Postgres => {
                    format!("CAST(json_build_array({texts}) AS text)")
                }
            };
            (
                "CAST(t.npsn AS text)".to_owned(),
                format!(
                    "CASE WHEN {there} AND t.npsn IS DISTINCT FROM g.npsn THEN {} END",
                    self.whole(&stored)
                ),
                format!(
                    "CASE WHEN {there} AND {} THEN {list} END",
                    self.differs(optional.into_iter())
                ),
                format!("CASE WHEN p.moving = 1 THEN {} END", self.whole(&future)),
            )
        } else {
            (nothing(), nothing(), nothing(), nothing())
        };
        vec![
            format!("t.{key} IS NULL"),
            self.differs(all.iter()),
            named,
            "COALESCE(t.last_sync >= p.session, FALSE)".to_owned(),
            was_at,
            before,
            fallback,
            after,
        ]
    }

    fn on_conflict(&self) -> String {
        let others = self.layout.columns.iter().skip(1);
        let sets = others.map(|column| format!("{0} = excluded.{0}", column.name));
        let sets: Vec<String> = sets.collect();
        format!(
            "ON CONFLICT ({}) DO UPDATE SET {}, last_sync = excluded.last_sync",
            self.layout.key(),
            sets.join(", ")
        )
    }

    fn postgres(&self) -> String {
        let (layout, key) = (self.layout, self.layout.key());
        let places = || layout.columns.iter().enumerate();
        let arrays = vec!["CAST(? AS text[])"; layout.columns.len() + 1].join(", ");
        let raw: Vec<String> = places().map(|(place, _)| format!("c{place}")).collect();
        let cast: Vec<String> = places()
            .map(|(place, column)| {
                format!("CAST(u.c{place} AS {}) AS {}", column.sql_type, column.name)
            })
            .collect();
        let future: Vec<String> = layout
            .columns
            .iter()
            .map(|column| format!("{} AS {}", self.becomes(column), column.name))
            .collect();
        let report = self.report().into_iter().enumerate();
        let report: Vec<String> = report.map(|(at, one)| format!("{one} AS r{at}")).collect();
        format!(
            "WITH g AS MATERIALIZED (SELECT u.n - 1 AS n, {cast}, u.keeps \
             FROM UNNEST({arrays}) WITH ORDINALITY AS u({raw}, keeps, n)), {times}, \
             f AS MATERIALIZED (SELECT g.n, {future}, {report}, {held} AS held \
             FROM g CROSS JOIN p LEFT JOIN {table} t ON t.{key} = g.{key}), \
             w AS (INSERT INTO {table} ({names}, last_sync) SELECT {names}, now() FROM f \
             WHERE NOT held ORDER BY {key} {conflict}) \
             SELECT n, r0, r1, r2, r3, r4, r5, r6, r7, CAST(txid_current() AS text) FROM f",
            cast = cast.join(", "),
            raw = raw.join(", "),
            times = self.times(),
            future = future.join(", "),
            report = report.join(", "),
            held = self.held(),
            table = layout.table.name,
            names = self.names(),
            conflict = self.on_conflict(),
        )
    }

    /// The rows that are given, with those of the table.
    fn sqlite_from(&self) -> String {
        let key = self.layout.key();
        format!(
            "FROM {} AS g CROSS JOIN p LEFT JOIN {} AS t ON t.{key} = g.{key}",
            staging(self.layout),
            self.layout.table.name
        )
    }

    fn sqlite_report(&self) -> String {
        let (times, report, from) = (self.times(), self.report().join(", "), self.sqlite_from());
        format!("WITH {times} SELECT g.n, {report}, NULL {from}")
    }

    fn sqlite_merge(&self) -> String {
        let future = self
            .layout
            .columns
            .iter()
            .map(|column| self.becomes(column));
        let future: Vec<String> = future.collect();
        format!(
            "WITH {times} INSERT INTO {table} ({names}, last_sync) \
             SELECT {future}, {SQLITE_NOW} {from} WHERE NOT {held} ORDER BY g.{key} {conflict}",
            times = self.times(),
            table = self.layout.table.name,
            names = self.names(),
            future = future.join(", "),
            from = self.sqlite_from(),
            held = self.held(),
            key = self.layout.key(),
            conflict = self.on_conflict(),
        )
    }
}
