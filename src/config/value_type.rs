//! The shapes of values: how each is read, what is expected of it, how it is shown.
//!
//! A shape knows no key and no file; a fault never repeats a text, which could be a secret.

mod address;

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::fmt::temporal::{DateTimeParser, DateTimePrinter};
use jiff::tz::TimeZone;

pub(super) use address::{Database, FilePath, Listen, OnlineUrl, Route, Web, WebOrigin};

use super::document::{Node, Value};
use super::variables::Variables;

/// What a value's relative paths and variables refer to.
#[derive(Clone, Copy)]
pub(super) struct ResolveContext<'a> {
    pub base: &'a Path,
    /// `None` where `${NAME}` is not filled in: in the value of a variable.
    pub variables: Option<&'a Variables>,
}

pub(super) enum ValueError {
    Wrong(String),
    Unset(String),
}

pub(super) trait ValueType {
    type Value;

    /// What is expected, with an example.
    fn expected(&self) -> String;

    /// The value, or `None` when it is not of this shape.
    fn read(
        &self,
        value: &Value,
        context: ResolveContext<'_>,
    ) -> Result<Option<Self::Value>, ValueError>;

    /// The value for people, masked.
    fn shown(&self, value: &Self::Value) -> String;
}

pub(super) struct Whole<T> {
    least: i64,
    most: i64,
    number: PhantomData<T>,
}

pub(super) fn whole<T>(least: i64, most: i64) -> Whole<T> {
    Whole {
        least,
        most,
        number: PhantomData,
    }
}

impl<T: TryFrom<i64> + fmt::Display> ValueType for Whole<T> {
    type Value = T;

    fn expected(&self) -> String {
        let (least, most) = (self.least, self.most);
        let example = 100.clamp(least, most);
        format!("a whole number from {least} to {most}, such as {example}")
    }

    fn read(&self, value: &Value, _: ResolveContext<'_>) -> Result<Option<T>, ValueError> {
        Ok(match value {
            Value::Number(number) if (self.least..=self.most).contains(number) => {
                T::try_from(*number).ok()
            }
            _ => None,
        })
    }

    fn shown(&self, value: &T) -> String {
        value.to_string()
    }
}

pub(super) struct Switch;

impl ValueType for Switch {
    type Value = bool;

    fn expected(&self) -> String {
        "true or false".to_owned()
    }

    fn read(&self, value: &Value, _: ResolveContext<'_>) -> Result<Option<bool>, ValueError> {
        Ok(match value {
            Value::Switch(switch) => Some(*switch),
            _ => None,
        })
    }

    fn shown(&self, value: &bool) -> String {
        value.to_string()
    }
}

/// A length of time of at least so much.
pub(super) struct Span(pub Duration);

/// Longer than any wait; also keeps the clock's arithmetic away from its ends.
const LONGEST: Duration = Duration::from_hours(366 * 24);

impl ValueType for Span {
    type Value = Duration;

    fn expected(&self) -> String {
        let least = self.shown(&self.0);
        format!(r#"a length of time in quotes, such as "10s", "500ms" or "2h" (at least {least})"#)
    }

    fn read(&self, value: &Value, _: ResolveContext<'_>) -> Result<Option<Duration>, ValueError> {
        let Value::Text(text) = value else {
            return Ok(None);
        };
        let length = text
            .parse::<SignedDuration>()
            .ok()
            .and_then(|length| length.try_into().ok());
        Ok(length.filter(|length| (self.0..=LONGEST).contains(length)))
    }

    fn shown(&self, value: &Duration) -> String {
        SignedDuration::try_from(*value).map_or_else(|_| String::new(), |span| format!("{span:#}"))
    }
}

/// A time zone: its name, or an offset.
pub(super) struct Zone;

impl ValueType for Zone {
    type Value = TimeZone;

    fn expected(&self) -> String {
        r#"a time zone, such as "Asia/Jakarta" or "+07:00""#.to_owned()
    }

    fn read(&self, value: &Value, _: ResolveContext<'_>) -> Result<Option<TimeZone>, ValueError> {
        let Value::Text(text) = value else {
            return Ok(None);
        };
        Ok(DateTimeParser::new().parse_time_zone(text.trim()).ok())
    }

    fn shown(&self, value: &TimeZone) -> String {
        let printed = DateTimePrinter::new().time_zone_to_string(value);
        printed.unwrap_or_default()
    }
}

pub(super) struct Size;

const UNITS: [(&str, u64); 8] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
    ("B", 1),
];

impl ValueType for Size {
    type Value = u64;

    fn expected(&self) -> String {
        r#"a size in quotes, such as "2GiB" or "500MB""#.to_owned()
    }

    fn read(&self, value: &Value, _: ResolveContext<'_>) -> Result<Option<u64>, ValueError> {
        let Value::Text(text) = value else {
            return Ok(None);
        };
        let unit = UNITS
            .iter()
            .find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, bytes)));
        Ok(unit
            .and_then(|(number, bytes)| number.trim_end().parse::<u64>().ok()?.checked_mul(*bytes)))
    }

    fn shown(&self, value: &u64) -> String {
        let fits = |(_, bytes): &&(&str, u64)| *value > 0 && value.is_multiple_of(*bytes);
        let (unit, bytes) = UNITS.iter().find(fits).unwrap_or(&("B", 1));
        format!("{}{unit}", value / bytes)
    }
}

/// A text of 1 to so many characters.
pub(super) struct Text(pub usize);

impl ValueType for Text {
    type Value = String;

    fn expected(&self) -> String {
        format!(
            "a text in quotes of 1 to {} characters, such as \"dev\"",
            self.0
        )
    }

    fn read(&self, value: &Value, _: ResolveContext<'_>) -> Result<Option<String>, ValueError> {
        let Value::Text(text) = value else {
            return Ok(None);
        };
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= self.0;
        Ok(fits.then(|| text.to_owned()))
    }

    fn shown(&self, value: &String) -> String {
        value.clone()
    }
}

/// A list of texts, none of them empty.
pub(super) struct Words;

impl ValueType for Words {
    type Value = Vec<String>;

    fn expected(&self) -> String {
        r#"a list of texts, such as ["admin", "operator"]"#.to_owned()
    }

    fn read(
        &self,
        value: &Value,
        _: ResolveContext<'_>,
    ) -> Result<Option<Vec<String>>, ValueError> {
        let Value::List(nodes) = value else {
            return Ok(None);
        };
        let word = |node: &Node| match &node.value {
            Value::Text(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => None,
        };
        Ok(nodes.iter().map(word).collect())
    }

    fn shown(&self, value: &Vec<String>) -> String {
        format!("[{}]", value.join(", "))
    }
}

pub(super) struct Choice<T: 'static>(pub &'static [(&'static str, T)]);

impl<T> Choice<T> {
    fn words(&self) -> Vec<&'static str> {
        self.0.iter().map(|(word, _)| *word).collect()
    }

    fn listed(&self) -> String {
        let list: Vec<_> = self
            .0
            .iter()
            .map(|(word, _)| format!("\"{word}\""))
            .collect();
        format!("one of {}", list.join(", "))
    }
}

impl<T: Copy + PartialEq> ValueType for Choice<T> {
    type Value = T;

    fn expected(&self) -> String {
        self.listed()
    }

    fn read(&self, value: &Value, _: ResolveContext<'_>) -> Result<Option<T>, ValueError> {
        let Value::Text(text) = value else {
            return Ok(None);
        };
        if let Some((_, choice)) = self.0.iter().find(|(word, _)| word == text) {
            return Ok(Some(*choice));
        }
        let words = self.words();
        let near = words
            .iter()
            .filter(|word| strsim::jaro_winkler(word, text) > 0.7);
        let nearest = near.max_by(|one, other| {
            strsim::jaro_winkler(one, text).total_cmp(&strsim::jaro_winkler(other, text))
        });
        let hint = nearest.map_or_else(String::new, |word| format!(" (did you mean \"{word}\"?)"));
        Err(ValueError::Wrong(format!(
            "must be {}{hint}",
            self.listed()
        )))
    }

    fn shown(&self, value: &T) -> String {
        let same = self.0.iter().find(|(_, choice)| choice == value);
        same.map_or("", |(word, _)| word).to_owned()
    }
}
