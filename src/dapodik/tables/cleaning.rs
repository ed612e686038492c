//! A record in the forms of its columns: trimmed, cut, dates and numbers read. Knows no SQL.
//!
//! The forms are E-Alumni's, so that both can write into one database without rows flipping; a
//! value that E-Alumni would fail at costs its own column only.

use std::collections::HashMap;

use jiff::civil::Date;

use super::super::columns::{Form, Row, Write};
use super::catalogue::{Kind, Layout, Stored};
use super::model::{Written, masked};

/// The shortest NIK that is stored, in characters.
const SHORTEST_NIK: usize = 10;

/// The codes of `ref_wilayah`: trimmed, and as they are stored.
pub type Districts = HashMap<String, String>;

/// A record as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    pub key: String,
    /// Its name, for people.
    pub label: String,
    /// A text or nothing for each column of the layout.
    pub cells: Vec<Option<String>>,
    /// Whether a row that is there keeps its district: the record's is unknown.
    pub keeps_district: bool,
}

/// Why a value is not written as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Cut,
    Unreadable(&'static str),
    UnknownDistrict,
}

/// The records of one list, each key once, in the order of their keys. What was done to them, and
/// which of them cannot be written, is noted in `written`.
pub fn clean(
    layout: &Layout,
    districts: &Districts,
    rows: Vec<Row>,
    notes: &mut Written,
) -> Vec<Ready> {
    let mut by_key: HashMap<String, Row> = HashMap::with_capacity(rows.len());
    for row in rows {
        let key = row.first().cloned().flatten().unwrap_or_default();
        let key = trimmed(&without_nul(&key)).to_owned();
        if let Some(reason) = unusable(layout, &key) {
            notes.skip(shown(layout, &key), name(layout, &row), reason);
        } else if by_key.insert(key, row).is_some() {
            notes.doubles += 1;
        }
    }
    let mut ready: Vec<Ready> = by_key
        .into_iter()
        .filter_map(|(key, row)| one(layout, districts, key, &row, notes))
        .collect();
    ready.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    ready
}

/// The key of a row, for people.
pub fn shown(layout: &Layout, key: &str) -> String {
    if layout.key() == "nik" {
        masked(key)
    } else {
        crate::text::excerpt(key, 20)
    }
}

/// Why there is no row with this key.
fn unusable(layout: &Layout, key: &str) -> Option<&'static str> {
    let is_staff = layout.key() == "nik";
    let length = key.chars().count();
    match layout.columns.first().map(|column| column.kind) {
        _ if is_staff && length < SHORTEST_NIK => Some("its NIK has less than 10 characters"),
        _ if length == 0 => Some("it has no NPSN"),
        // Cut, it would be the key of another one.
        Some(Kind::Text(Some(limit))) if length > limit => {
            Some("its number is longer than the column")
        }
        _ => None,
    }
}

fn name(layout: &Layout, row: &Row) -> String {
    let mut names = ["nama", "nama_ptk"].iter();
    let place = names.find_map(|name| layout.table.index(name));
    let name = place.and_then(|place| row.get(place).cloned().flatten());
    crate::text::excerpt(name.unwrap_or_default().trim(), 80)
}

fn one(
    layout: &Layout,
    districts: &Districts,
    key: String,
    row: &Row,
    notes: &mut Written,
) -> Option<Ready> {
    let label = name(layout, row);
    let shown = shown(layout, &key);
    let mut cells = Vec::with_capacity(layout.columns.len());
    let mut keeps_district = false;
    for column in &layout.columns {
        let raw = row.get(column.at).and_then(Option::as_deref);
        if let Some(raw) = raw {
            let nul = raw.bytes().filter(|byte| *byte == 0).count();
            if nul > 0 {
                notes.removed_characters += u64::try_from(nul).unwrap_or(0);
                notes.remark(shown.clone(), column.name, "a NUL character was removed");
            }
        }
        let (cell, fault) = match raw {
            Some(raw) => value(column, districts, &without_nul(raw)),
            None => (None, None),
        };
        match fault {
            Some(Fault::Cut) => {
                notes.shortened += 1;
                notes.remark(
                    shown.clone(),
                    column.name,
                    "cut to the length of its column",
                );
            }
            Some(Fault::Unreadable(what)) => {
                notes.nulled += 1;
                notes.remark(shown.clone(), column.name, what);
            }
            Some(Fault::UnknownDistrict) => {
                keeps_district = true;
                notes.unknown_districts += 1;
                notes.remark(shown.clone(), column.name, "unknown to ref_wilayah");
            }
            None => {}
        }
        if column.write == Write::Mandatory && cell.as_deref().is_none_or(str::is_empty) {
            notes.skip(shown, label, format!("its {} is empty", column.name));
            return None;
        }
        cells.push(cell);
    }
    Some(Ready {
        key,
        label,
        cells,
        keeps_district,
    })
}

/// PostgreSQL stores no NUL.
fn without_nul(raw: &str) -> String {
    raw.replace('\0', "")
}

fn value(column: &Stored, districts: &Districts, raw: &str) -> (Option<String>, Option<Fault>) {
    let text = trimmed(raw);
    if column.form == Form::District {
        return match districts.get(text) {
            _ if text.is_empty() => (None, None),
            Some(stored) => (Some(stored.clone()), None),
            None => (None, Some(Fault::UnknownDistrict)),
        };
    }
    let read = |read: Option<String>, what| match read {
        _ if text.is_empty() => (None, None),
        Some(read) => (Some(read), None),
        None => (None, Some(Fault::Unreadable(what))),
    };
    match column.kind {
        Kind::Text(limit) => {
            let text = match column.form {
                Form::Upper => text.to_uppercase(),
                Form::Cut(length) => cut(text, length).to_owned(),
                _ => text.to_owned(),
            };
            if text.is_empty() && column.write == Write::Value {
                return (None, None);
            }
            match limit.map(|limit| cut(&text, limit)) {
                Some(short) if short.len() < text.len() => {
                    (Some(short.to_owned()), Some(Fault::Cut))
                }
                _ => (Some(text), None),
            }
        }
        Kind::Date => read(date(text), "no date"),
        Kind::Integer { lowest, highest } => {
            let number = text.parse().ok();
            let number = number.filter(|number: &i64| (lowest..=highest).contains(number));
            read(
                number.map(|number| number.to_string()),
                "no whole number, or too large",
            )
        }
        Kind::Number(digits) => read(number(text, digits), "no number, or too large"),
        Kind::Uuid => read(uuid(text), "no uuid"),
        Kind::Other if text.is_empty() => (None, None),
        Kind::Other => (Some(text.to_owned()), None),
    }
}

/// Without the blanks that JavaScript's `trim` drops:
/// <https://tc39.es/ecma262/#sec-string.prototype.trim>. U+0085 is none of them, U+FEFF is one.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| {
        letter == '\u{feff}' || (letter.is_whitespace() && letter != '\u{85}')
    })
}

/// Its first characters.
fn cut(text: &str, length: usize) -> &str {
    let end = text.char_indices().nth(length);
    end.map_or(text, |(end, _)| &text[..end])
}

/// The date of `1975-07-01`, also with a time, which PostgreSQL drops too.
fn date(text: &str) -> Option<String> {
    let (day, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(text[at + 1..].trim())),
        None => (text, None),
    };
    if !time.is_none_or(is_time) {
        return None;
    }
    let separator = if day.contains('/') { '/' } else { '-' };
    let parts: Vec<&str> = day.split(separator).collect();
    let (year, month, day) = match parts[..] {
        [whole] if whole.len() == 8 && is_digits(whole) => (&whole[..4], &whole[4..6], &whole[6..]),
        [year, month, day] => (year, month, day),
        _ => return None,
    };
    let short = |part: &str| is_digits(part) && part.len() <= 2;
    if year.len() != 4 || !is_digits(year) || !short(month) || !short(day) {
        return None;
    }
    let year = year.parse().ok().filter(|year: &i16| *year > 0)?;
    let date = Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(date.to_string())
}

/// `00:00`, `00:00:00.000`, with `Z` or `+07:00` behind it.
fn is_time(text: &str) -> bool {
    let text = text.trim_end_matches(['Z', 'z']).trim_end();
    let (clock, zone) = match text.find(['+', '-']) {
        Some(at) => (text[..at].trim_end(), &text[at + 1..]),
        None => (text, ""),
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let below = |part: &str, limit: u8| {
        is_digits(part) && part.len() <= 2 && part.parse().is_ok_and(|part: u8| part <= limit)
    };
    let seconds = |part: &str| {
        let (whole, rest) = part.split_once('.').unwrap_or((part, "0"));
        below(whole, 60) && (rest.is_empty() || is_digits(rest))
    };
    let in_range = match parts[..] {
        [hours, minutes] => below(hours, 24) && below(minutes, 59),
        [hours, minutes, rest] => below(hours, 24) && below(minutes, 59) && seconds(rest),
        _ => false,
    };
    in_range
        && zone
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b':')
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A decimal number with at most `digits` digits before the point.
fn number(text: &str, digits: Option<usize>) -> Option<String> {
    let known = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let number: f64 = text.bytes().all(known).then(|| text.parse().ok())??;
    let digits = digits.and_then(|digits| i32::try_from(digits).ok());
    // A rounded fraction may carry into one digit more.
    let fits = digits.is_none_or(|digits| number.abs() <= 10_f64.powi(digits) - 0.01);
    (number.is_finite() && fits).then(|| text.to_owned())
}

/// A uuid in any of the ways of PostgreSQL: in braces, with other hyphens or none.
fn uuid(text: &str) -> Option<String> {
    let inner = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    let digits = inner.unwrap_or(text).replace('-', "");
    let uuid = uuid::Uuid::try_parse(&digits).ok()?;
    (digits.len() == 32).then(|| uuid.hyphenated().to_string())
}

#[cfg(test)]
mod tests {
    use super::super::super::columns::{SCHOOLS, STAFF, Table};
    use super::super::catalogue::{Columns, Found};
    use super::*;

    #[test]
    fn dates_are_those_that_postgresql_takes() {
        let table = [
            ("1975-07-01", Some("1975-07-01")),
            ("1975-7-1", Some("1975-07-01")),
            ("1975-07-01 00:00:00", Some("1975-07-01")),
            ("1975-07-01T17:00:00.000Z", Some("1975-07-01")),
            ("1975-07-01 00:00:00+07:00", Some("1975-07-01")),
            ("19750701", Some("1975-07-01")),
            ("1975/07/01", Some("1975-07-01")),
            ("0000-00-00", None),
            ("0000-01-01", None),
            ("1975-02-30", None),
            ("1975-13-01", None),
            ("1975-07-01 99:00", None),
            ("1975-07-01 pagi", None),
            ("01-07-1975", None),
            ("kemarin", None),
            ("1975-07", None),
        ];
        for (text, wanted) in table {
            assert_eq!(date(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn blanks_are_those_of_javascript() {
        assert_eq!(trimmed("\u{feff}\u{a0} \t\u{3000}a b\u{2028}\n"), "a b");
        assert_eq!(trimmed("\u{85}a\u{200b}"), "\u{85}a\u{200b}");
    }

    #[test]
    fn numbers_and_uuid_are_read_or_refused() {
        for (text, wanted) in [
            ("1300", Some("1300")),
            ("1300.50", Some("1300.50")),
            ("99999999.99", Some("99999999.99")),
            ("100000000", None),
            ("1.300,00", None),
            ("NaN", None),
            ("inf", None),
            ("abc", None),
        ] {
            assert_eq!(number(text, Some(8)).as_deref(), wanted, "{text}");
        }
        let whole = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
        for (text, wanted) in [
            (whole, Some(whole)),
            ("0A1B2C3D4E5F60718293A4B5C6D7E8F9", Some(whole)),
            ("{0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9}", Some(whole)),
            ("0a1b2c3d", None),
            ("urn:uuid:0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", None),
        ] {
            assert_eq!(uuid(text).as_deref(), wanted, "{text}");
        }
    }

    fn layout(table: &'static Table, types: &[(&str, &str)]) -> Layout {
        let found = |(name, sql_type): &(&str, &str)| {
            let found = Found {
                kind: Kind::read(sql_type),
                sql_type: (*sql_type).to_owned(),
                demanded: false,
            };
            ((*name).to_owned(), found)
        };
        Layout::of(table, &types.iter().map(found).collect::<Columns>())
    }

    fn record(table: &Table, cells: &[(&str, &str)]) -> Row {
        let mut row = vec![None; table.columns.len()];
        for (name, cell) in cells {
            row[table.index(name).unwrap_or(0)] = Some((*cell).to_owned());
        }
        row
    }

    #[test]
    fn each_form_is_written_as_e_alumni_does() {
        let layout = layout(
            &STAFF,
            &[
                ("nik", "varchar(25)"),
                ("nuptk", "varchar(25)"),
                ("nama_ptk", "varchar(10)"),
                ("jenis_kelamin", "char(1)"),
                ("tanggal_lahir", "varchar(20)"),
                ("kode_pos", "char(5)"),
                ("email", "text"),
                ("masa_kerja_thn", "integer"),
            ],
        );
        let mut notes = Written::default();
        let row = record(
            &STAFF,
            &[
                ("nik", " 3404071708900001\u{a0}"),
                ("nuptk", "12345678901234567890"),
                ("nama_ptk", "Straße\0 yang panjang"),
                ("jenis_kelamin", "Laki-laki"),
                ("tanggal_lahir", "0000-00-00"),
                ("kode_pos", "  "),
                ("email", "  "),
                ("masa_kerja_thn", "abc"),
            ],
        );
        let ready = clean(&layout, &Districts::new(), vec![row], &mut notes);
        let cells: Vec<_> = ready[0].cells.iter().map(Option::as_deref).collect();
        let wanted = [
            Some("3404071708900001"),
            Some("1234567890123456"),
            Some("Straße yan"),
            Some("L"),
            Some("0000-00-00"),
            None,
            Some(""),
            None,
        ];
        assert_eq!(cells, wanted);
        let counts = (notes.shortened, notes.nulled, notes.removed_characters);
        assert_eq!(counts, (2, 1, 1));
        assert_eq!(notes.remarks[0].key, "••••••••••••0001");
    }

    #[test]
    fn what_cannot_be_a_row_is_skipped_and_the_last_double_wins() {
        let staff = layout(&STAFF, &[("nik", "varchar(16)"), ("nama_ptk", "text")]);
        let mut notes = Written::default();
        let rows = [
            ("340407", "Ani"),
            ("3404071708900001", "Budi"),
            ("3404071708900001 ", "Budiman"),
            ("34040717089000012", "Cici"),
            ("3404071708900002", " "),
        ];
        let rows = rows.map(|(nik, nama)| record(&STAFF, &[("nik", nik), ("nama_ptk", nama)]));
        let ready = clean(&staff, &Districts::new(), rows.into(), &mut notes);
        assert_eq!(ready.len(), 1);
        assert_eq!(ready[0].label, "Budiman");
        assert_eq!((notes.skipped, notes.doubles), (3, 1));
        let schools = layout(
            &SCHOOLS,
            &[
                ("npsn", "varchar(8)"),
                ("nama", "text"),
                ("kode_kecamatan", "varchar(8)"),
            ],
        );
        let districts = Districts::from([("340407".to_owned(), "340407  ".to_owned())]);
        let rows = [("1", "340407"), ("2", " "), ("3", "99")].map(|(npsn, code)| {
            record(
                &SCHOOLS,
                &[("npsn", npsn), ("nama", "sd ß"), ("kode_kecamatan", code)],
            )
        });
        let ready = clean(&schools, &districts, rows.into(), &mut notes);
        let codes: Vec<_> = ready
            .iter()
            .map(|row| (row.cells[2].as_deref(), row.keeps_district))
            .collect();
        assert_eq!(
            codes,
            [(Some("340407  "), false), (None, false), (None, true)]
        );
        assert_eq!(ready[0].cells[1].as_deref(), Some("SD SS"));
        assert_eq!(notes.unknown_districts, 1);
    }
}
