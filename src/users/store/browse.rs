//! The table of users: filtered and sorted ids once, then rows by id, a window at a time.
//!
//! Ids of a million rows are eight megabytes and one statement; the rows of a screenful are found
//! by primary key, so that scrolling never sorts again and needs no index of a foreign schema.

use std::collections::HashMap;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{BATCH, Store};
use crate::db::{Dialect, Value};
use crate::error::{Error, Result};
use crate::text::excerpt;
use crate::users::model::Status;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub location: Option<i64>,
    pub status: Option<Status>,
    pub created: Option<Created>,
    /// A part of the e-mail.
    pub text: Option<String>,
}

/// By which column the users are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    Email,
    Location,
    Status,
    #[default]
    Created,
    Updated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub column: Column,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// A user for people and exports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub id: i64,
    pub email: String,
    pub location_code: String,
    pub location_name: String,
    pub status: String,
    /// `users.created_at` in the database's zone, seconds; empty where unknown.
    pub created_at: String,
    pub updated_at: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub location: i64,
    pub active: u64,
    pub inactive: u64,
}

/// When a user was added, in the days of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// On the database's today.
    Today,
    /// Today or on one of the six days before.
    LastWeek,
    /// From one day to another, both included; open where `None`.
    Range(Option<Date>, Option<Date>),
}

impl Store {
    /// The ids of the users that pass `filter`, in `order`.
    pub async fn ids(&mut self, filter: &Filter, order: Order) -> Result<Vec<i64>> {
        let (conditions, values) = self.conditions(filter);
        let (join, column) = match order.column {
            Column::Email => ("", "u.email"),
            Column::Location => (
                "LEFT JOIN locations l ON l.id = u.location_id",
                "l.location_name",
            ),
            Column::Status => ("", "u.status"),
            Column::Created => ("", "u.created_at"),
            Column::Updated => ("", "u.updated_at"),
        };
        let direction = if order.descending { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT u.id FROM users u {join} {conditions} \
             ORDER BY {column} {direction}, u.id {direction}"
        );
        let rows = self.connection.query(&sql, &values).await?;
        Ok(rows.iter().map(|row| row.int(0)).collect())
    }

    /// The users with `ids`, in their order; those that are gone by now are left out.
    pub async fn rows(&mut self, ids: &[i64]) -> Result<Vec<Listed>> {
        let [created, updated] = ["u.created_at", "u.updated_at"].map(|column| self.moment(column));
        let mut found = HashMap::with_capacity(ids.len());
        for batch in ids.chunks(BATCH) {
            let list: Vec<_> = batch.iter().map(ToString::to_string).collect();
            let sql = format!(
                "SELECT u.id, u.email, l.location_code, l.location_name, u.status, {created}, \
                 {updated} FROM users u LEFT JOIN locations l ON l.id = u.location_id \
                 WHERE u.id IN ({})",
                list.join(", ")
            );
            for row in self.connection.query(&sql, &[]).await? {
                let user = Listed {
                    id: row.int(0),
                    email: row.text(1),
                    location_code: row.text(2),
                    location_name: row.text(3),
                    status: row.text(4),
                    created_at: row.text(5),
                    updated_at: row.text(6),
                };
                found.insert(user.id, user);
            }
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    pub async fn counts(&mut self) -> Result<Vec<Count>> {
        let sql = "SELECT location_id, COUNT(CASE WHEN status = 'active' THEN 1 END), COUNT(*) \
                   FROM users GROUP BY location_id ORDER BY location_id";
        let rows = self.connection.query(sql, &[]).await?;
        Ok(rows
            .iter()
            .map(|row| {
                let (active, all) = (row.int(1).unsigned_abs(), row.int(2).unsigned_abs());
                Count {
                    location: row.int(0),
                    active,
                    inactive: all.saturating_sub(active),
                }
            })
            .collect())
    }

    fn conditions(&self, filter: &Filter) -> (String, Vec<Value>) {
        let mut parts = Vec::new();
        let mut values = Vec::new();
        if let Some(location) = filter.location {
            parts.push("u.location_id = ?".to_owned());
            values.push(location.into());
        }
        if let Some(status) = filter.status {
            parts.push("u.status = ?".to_owned());
            values.push(status.word().into());
        }
        if let Some(text) = filter
            .text
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            let escaped = text
                .replace('!', "!!")
                .replace('%', "!%")
                .replace('_', "!_");
            parts.push("u.email LIKE ? ESCAPE '!'".to_owned());
            values.push(format!("%{escaped}%").into());
        }
        if let Some(created) = filter.created {
            let (from, to) = self.days(created);
            // The column stays bare on the left, so that an index of it can be used.
            for (comparison, day) in [(">=", from), ("<", to)] {
                parts.extend(day.map(|day| format!("u.created_at {comparison} {day}")));
            }
        }
        let conditions = if parts.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", parts.join(" AND "))
        };
        (conditions, values)
    }

    /// The moments between which `created` lies, as SQL: the first included, the second not.
    fn days(&self, created: Created) -> (Option<String>, Option<String>) {
        // MySQL keeps local time; the embedded file keeps UTC, whose days are not the reader's.
        let day = |day: &str, shift: i32| match self.connection.dialect() {
            Dialect::MySql | Dialect::Postgres if day == "today" => {
                format!("DATE({}) + INTERVAL {shift} DAY", self.now())
            }
            Dialect::MySql | Dialect::Postgres => format!("DATE '{day}' + INTERVAL {shift} DAY"),
            Dialect::Sqlite if day == "today" => {
                format!("datetime('now', 'localtime', 'start of day', '{shift:+} days', 'utc')")
            }
            Dialect::Sqlite => format!("datetime('{day}', '{shift:+} days', 'utc')"),
        };
        match created {
            Created::Today => (Some(day("today", 0)), Some(day("today", 1))),
            Created::LastWeek => (Some(day("today", -6)), Some(day("today", 1))),
            Created::Range(from, to) => (
                from.map(|from| day(&from.to_string(), 0)),
                to.map(|to| day(&to.to_string(), 1)),
            ),
        }
    }

    /// A moment as text of seconds, in the reader's zone where the database keeps UTC.
    fn moment(&self, column: &str) -> String {
        match self.connection.dialect() {
            Dialect::Sqlite => format!("datetime({column}, 'localtime')"),
            Dialect::MySql | Dialect::Postgres => {
                format!("DATE_FORMAT({column}, '%Y-%m-%d %H:%i:%s')")
            }
        }
    }
}

/// `today`, `week`, a day, or `FROM..TO` with either end open.
impl FromStr for Created {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(match (text.trim(), text.split_once("..")) {
            ("today", _) => Self::Today,
            ("week", _) => Self::LastWeek,
            (_, Some((from, to))) => {
                let (from, to) = (day(from)?, day(to)?);
                if from.is_some() && to.is_some() && from > to {
                    let range = excerpt(text, 40);
                    return Err(no_range(format!("«{range}» ends before it begins")));
                }
                Self::Range(from, to)
            }
            (one, None) => match day(one)? {
                None => return Err(no_day(one)),
                day => Self::Range(day, day),
            },
        })
    }
}

fn day(text: &str) -> Result<Option<Date>> {
    match text.trim() {
        "" => Ok(None),
        day => day.parse().map(Some).map_err(|_: jiff::Error| no_day(day)),
    }
}

fn no_day(text: &str) -> Error {
    no_range(format!("«{}» is no day", excerpt(text, 40)))
}

fn no_range(why: String) -> Error {
    Error::usage(why).hint("today, week, 2026-11-08, or 2026-11-01..2026-11-08")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_time_of_adding_is_a_word_a_day_or_a_range() {
        let first = Some(date(2026, 11, 1));
        let table = [
            ("today", Created::Today),
            ("week", Created::LastWeek),
            ("2026-11-01", Created::Range(first, first)),
            ("2026-11-01..", Created::Range(first, None)),
            ("..2026-11-01", Created::Range(None, first)),
        ];
        for (text, wanted) in table {
            assert_eq!(text.parse::<Created>().unwrap(), wanted, "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "2026-11-02..2026-11-01"] {
            assert!(text.parse::<Created>().is_err(), "{text}");
        }
    }
}
