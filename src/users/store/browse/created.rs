//! When a user was added, and how people write that.

use std::str::FromStr;

use jiff::civil::Date;

use crate::error::{Error, Result};
use crate::users::words;

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
                    return Err(Error::usage(words::backwards(text)).hint(words::hint_day()));
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
    Error::usage(words::no_day(text)).hint(words::hint_day())
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
