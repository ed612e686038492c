//! What an answer of the portal says: rows, a notice instead of rows, or neither.
//!
//! Records are read straight from the text: 60,000 of them have many keys that nobody stores, and
//! only the wanted ones are kept. Text before the JSON and a byte order mark are passed over.

use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::dapodik::columns::{Row, Table};

/// How many beginnings of JSON are tried behind other text, and how far into it, in bytes.
const CANDIDATES: usize = 64;
const BEFORE_JSON: usize = 64 * 1024;

/// The keys that are kept, each with its place in a [`Row`]. The first place is that of the key.
#[derive(Debug)]
pub struct Keys {
    places: HashMap<&'static str, usize>,
    width: usize,
}

impl Keys {
    pub fn of(table: &Table) -> Self {
        let columns = table.columns.iter().enumerate();
        Self {
            places: columns
                .filter_map(|(place, column)| Some((column.key?, place)))
                .collect(),
            width: table.columns.len(),
        }
    }

    pub fn named(names: &[&'static str]) -> Self {
        let places = names.iter().enumerate();
        Self {
            places: places.map(|(place, name)| (*name, place)).collect(),
            width: names.len(),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub rows: Vec<Row>,
    /// `keterangan`, as it came, where there are no rows.
    pub notice: Option<String>,
    /// Items that are no record, and values that are neither text nor number nor boolean.
    pub unread: u64,
    /// `total_rows`.
    pub total: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoList {
    /// It is no JSON, such as an answer that was cut.
    NotJson,
    /// JSON without a list, such as an error.
    Other,
}

/// Reads a body.
pub fn read(body: &[u8], keys: &Keys) -> Result<Answer, NoList> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_matches(|letter: char| letter == '\u{feff}' || letter.is_whitespace());
    if let Some(found) = whole(text, keys) {
        return found.answer();
    }
    if text.starts_with(['{', '[']) {
        // A line break or a NUL as it is inside of a text, where JSON wants an escape: blanks do not
        // change the rest. An answer that was cut is still none, and its inner lists are no answer.
        let plain = text.replace(char::is_control, " ");
        return whole(&plain, keys).ok_or(NoList::NotJson)?.answer();
    }
    let starts = text.match_indices(['{', '[']).map(|(start, _)| start);
    let near = starts.take_while(|start| *start < BEFORE_JSON);
    for start in near.take(CANDIDATES) {
        let answer = whole(&text[start..], keys).map(Found::answer);
        // `error in line [5]` ends with a list too: only one that says something is believed.
        if let Some(Ok(answer)) = answer
            && (!answer.rows.is_empty() || answer.notice.is_some())
        {
            return Ok(answer);
        }
    }
    Err(NoList::NotJson)
}

/// Reads JSON from the first to the last byte; `None` where it is none.
fn whole(text: &str, keys: &Keys) -> Option<Found> {
    let mut found = Found::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let body = Body {
        keys,
        found: &mut found,
    };
    body.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(found)
}

#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    notice: Option<String>,
    unread: u64,
    total: Option<u64>,
    has_list: bool,
    /// Whether it says that it failed: then an empty list means nothing.
    says_no: bool,
}

impl Found {
    fn answer(self) -> Result<Answer, NoList> {
        let is_empty = self.rows.is_empty();
        if is_empty && self.notice.is_none() && (self.says_no || !self.has_list) {
            return Err(NoList::Other);
        }
        Ok(Answer {
            notice: self.notice.filter(|_| is_empty),
            rows: self.rows,
            unread: self.unread,
            total: self.total,
        })
    }
}

/// What a key is to us.
#[derive(Clone, Copy)]
pub enum Name {
    Column(usize),
    /// In upper case: one in the right case wins.
    Capital(usize),
    Notice,
    Total,
    Data,
    Error,
    /// `success` and `status`.
    Status,
    Other,
}

impl Keys {
    fn name(&self, key: &str) -> Name {
        if let Some(place) = self.places.get(key) {
            return Name::Column(*place);
        }
        match key {
            "keterangan" => return Name::Notice,
            "total_rows" => return Name::Total,
            "data" => return Name::Data,
            "error" => return Name::Error,
            "success" | "status" => return Name::Status,
            _ => {}
        }
        if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let key = key.to_ascii_lowercase();
            match (self.places.get(key.as_str()), key.as_str()) {
                (Some(place), _) => return Name::Capital(*place),
                (None, "keterangan") => return Name::Notice,
                (None, "total_rows") => return Name::Total,
                (None, _) => {}
            }
        }
        Name::Other
    }
}

impl<'de> DeserializeSeed<'de> for &Keys {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for &Keys {
    type Value = Name;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Name, E> {
        Ok(self.name(key))
    }
}

/// A value as text: nothing for null, `Err` for lists, objects and texts that cannot be read.
fn text(value: &RawValue) -> Result<Option<String>, ()> {
    let raw = value.get();
    match raw.as_bytes().first() {
        Some(b'"') => match raw.get(1..raw.len() - 1) {
            Some(plain) if !plain.contains('\\') => Ok(Some(plain.to_owned())),
            _ => serde_json::from_str(raw).map(Some).map_err(|_| ()),
        },
        Some(b'n') => Ok(None),
        Some(b'{' | b'[') | None => Err(()),
        // A number keeps its digits, however many they are.
        Some(_) => Ok(Some(raw.to_owned())),
    }
}

fn is_no(value: &RawValue) -> bool {
    let word = value.get().trim_matches(['"', ' ']).to_ascii_lowercase();
    ["false", "error", "fail", "failed", "failure"].contains(&word.as_str())
}

/// One object: a record, a notice, or what is around a list.
struct Object {
    row: Row,
    notice: Option<String>,
}

impl Object {
    /// Its row, if it is a record. A notice may repeat what was asked for: it takes a key and one
    /// more value to be a record beside a notice.
    fn record(self) -> Result<Row, Option<String>> {
        let key = self.row.first().and_then(Option::as_deref);
        let has_key = key.is_some_and(|key| !key.trim().is_empty());
        let values = self.row.iter().flatten().count();
        match self.notice {
            None if values > 0 => Ok(self.row),
            Some(_) if has_key && values > 1 => Ok(self.row),
            notice => Err(notice),
        }
    }
}

/// The answer as a whole, or what is under `data`.
struct Body<'a> {
    keys: &'a Keys,
    found: &'a mut Found,
}

impl Body<'_> {
    fn object<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        is_item: bool,
    ) -> Result<Object, A::Error> {
        let mut row = vec![None; self.keys.width];
        let mut notice = None;
        while let Some(name) = map.next_key_seed(self.keys)? {
            match name {
                Name::Column(place) | Name::Capital(place) => {
                    let value = text(map.next_value::<&RawValue>()?).unwrap_or_else(|()| {
                        self.found.unread += 1;
                        None
                    });
                    if matches!(name, Name::Column(_)) || row[place].is_none() {
                        row[place] = value;
                    }
                }
                Name::Notice => {
                    let value: &RawValue = map.next_value()?;
                    notice = text(value).unwrap_or_else(|()| Some(value.get().to_owned()));
                }
                Name::Total => {
                    let total = text(map.next_value::<&RawValue>()?).ok().flatten();
                    let total = total.and_then(|total| total.trim().parse().ok());
                    self.found.total = self.found.total.max(total);
                }
                Name::Data if !is_item => map.next_value_seed(Body {
                    keys: self.keys,
                    found: self.found,
                })?,
                Name::Error if !is_item => {
                    let value: &RawValue = map.next_value()?;
                    let nothing = ["null", "false", "0", "\"\"", "[]"];
                    self.found.says_no |= !nothing.contains(&value.get());
                }
                Name::Status if !is_item => {
                    self.found.says_no |= is_no(map.next_value()?);
                }
                Name::Data | Name::Error | Name::Status | Name::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Object { row, notice })
    }
}

impl<'de> DeserializeSeed<'de> for Body<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.found.has_list = true;
        let Self { keys, found } = self;
        while let Some(()) = items.next_element_seed(Item(Body { keys, found }))? {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let object = self.object(&mut map, false)?;
        if self.found.has_list {
            self.found.notice = self.found.notice.take().or(object.notice);
            return Ok(());
        }
        match object.record() {
            // One record by itself, without a list around it.
            Ok(row) if row[0].is_some() => {
                self.found.has_list = true;
                self.found.rows.push(row);
            }
            Ok(_) => {}
            Err(notice) => self.found.notice = self.found.notice.take().or(notice),
        }
        Ok(())
    }
}

/// One item of the list.
struct Item<'a>(Body<'a>);

impl Item<'_> {
    fn unread(self) {
        self.0.found.unread += 1;
    }
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.unread();
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.unread();
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.unread();
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.unread();
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.unread();
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.unread();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        self.unread();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let object = self.0.object(&mut map, true)?;
        let found = self.0.found;
        match object.record() {
            Ok(row) => found.rows.push(row),
            Err(Some(notice)) => found.notice = found.notice.take().or(Some(notice)),
            Err(None) => found.unread += 1,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
