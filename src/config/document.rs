//! A TOML file as a tree whose nodes know their line, and the faults found in it.
//!
//! Nothing here knows which keys exist. No fault repeats a text of the file: it could be a
//! password.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::setting::Origin;

/// The keys of a section; a node's line is that of its key.
pub(super) type Table = BTreeMap<String, Node>;

pub(super) struct Node {
    pub line: usize,
    pub value: Value,
}

/// What TOML can say, as far as settings need it.
pub(super) enum Value {
    Text(String),
    Number(i64),
    Switch(bool),
    List(Vec<Node>),
    Table(Table),
    /// Anything no setting is made of, by its name.
    Other(&'static str),
}

impl Value {
    /// What was found, for a fault: a type, or a figure that can hold no secret.
    pub fn found(&self) -> String {
        match self {
            Self::Text(_) => "this text".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Switch(switch) => switch.to_string(),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) => "a section".to_owned(),
            Self::Other(name) => format!("a {name}"),
        }
    }
}

pub(super) struct Fault {
    pub origin: Origin,
    /// Empty for a syntax error.
    pub key: String,
    pub text: String,
}

impl Fault {
    /// The fault with its place, for people.
    pub fn line(&self) -> String {
        let place = match &self.origin {
            Origin::File { path, line } | Origin::DotEnv { path, line } => {
                format!("{}:{line}", path.display())
            }
            other => other.to_string(),
        };
        if self.key.is_empty() {
            format!("{place}: {}", self.text)
        } else {
            format!("{place}: `{}` {}", self.key, self.text)
        }
    }
}

/// A parsed file; without a path it is the built-in defaults.
pub(super) struct Document {
    pub path: Option<PathBuf>,
    pub table: Table,
}

impl Document {
    /// Reads `source`; all syntax errors at once.
    pub fn parse(path: Option<&Path>, source: &str) -> Result<Self, Vec<Fault>> {
        let (table, errors) = DeTable::parse_recoverable(source);
        let document = Self {
            path: path.map(Path::to_owned),
            table: convert(table.get_ref(), source),
        };
        if errors.is_empty() {
            return Ok(document);
        }
        let fault = |error: &toml::de::Error| Fault {
            origin: document.origin(line_at(source, error.span().map_or(0, |span| span.start))),
            key: String::new(),
            text: error.message().to_owned(),
        };
        Err(errors.iter().map(fault).collect())
    }

    /// A file without a line.
    pub fn empty() -> Self {
        Self {
            path: None,
            table: Table::new(),
        }
    }

    /// A line of this document as an origin.
    pub fn origin(&self, line: usize) -> Origin {
        match &self.path {
            Some(path) => Origin::File {
                path: path.clone(),
                line,
            },
            None => Origin::Default,
        }
    }

    /// The section `name`, such as `dapodik.portal`.
    pub fn section(&self, name: &str) -> Option<&Table> {
        let mut table = &self.table;
        for part in name.split('.').filter(|part| !part.is_empty()) {
            match &table.get(part)?.value {
                Value::Table(inner) => table = inner,
                _ => return None,
            }
        }
        Some(table)
    }

    /// Whether `holds` is true of any text in it.
    pub fn any_text(&self, holds: &dyn Fn(&str) -> bool) -> bool {
        self.table.values().any(|node| node.any_text(holds))
    }
}

impl Node {
    fn any_text(&self, holds: &dyn Fn(&str) -> bool) -> bool {
        match &self.value {
            Value::Text(text) => holds(text),
            Value::List(nodes) => nodes.iter().any(|node| node.any_text(holds)),
            Value::Table(table) => table.values().any(|node| node.any_text(holds)),
            Value::Number(_) | Value::Switch(_) | Value::Other(_) => false,
        }
    }
}

fn convert(table: &DeTable<'_>, source: &str) -> Table {
    let mut nodes = Table::new();
    for (key, value) in table {
        let line = line_at(source, key.span().start);
        let value = convert_value(value.get_ref(), source);
        nodes.insert(key.get_ref().to_string(), Node { line, value });
    }
    nodes
}

fn convert_value(value: &DeValue<'_>, source: &str) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(switch) => Value::Switch(*switch),
        DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix())
            .map_or(Value::Other("number beyond all bounds"), Value::Number),
        DeValue::Float(_) => Value::Other("number with a point"),
        DeValue::Datetime(_) => Value::Other("date"),
        DeValue::Array(list) => {
            let node = |entry: &toml::Spanned<DeValue<'_>>| Node {
                line: line_at(source, entry.span().start),
                value: convert_value(entry.get_ref(), source),
            };
            Value::List(list.iter().map(node).collect())
        }
        DeValue::Table(table) => Value::Table(convert(table, source)),
    }
}

/// The line of a byte offset, counted from 1.
fn line_at(source: &str, offset: usize) -> usize {
    let before = source.as_bytes().iter().take(offset);
    1 + before.filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_file_makes_us_panic_and_no_syntax_error_repeats_a_text(
            before in "[a-z=\\[\\]\"'.#{}\n ]{0,12}",
            after in "\\PC{0,12}",
        ) {
            let source = format!("{before}m4rk{after}");
            for fault in Document::parse(None, &source).err().into_iter().flatten() {
                prop_assert!(!fault.line().contains("m4rk"), "{}", fault.line());
            }
        }
    }
}
