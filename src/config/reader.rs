//! Walks the sections of the file over the built-in defaults and keeps the books.
//!
//! Whoever asks for a key makes it known; what nobody asked for is a fault in the end. Faults are
//! collected, so that a reader of the errors sees all of them at once.

mod section;

use std::collections::BTreeSet;

use crate::error::{Error, Result};

pub(super) use section::Section;

use super::document::{Document, Fault, Node, Table, Value};
use super::setting::{Origin, Setting};
use super::value_type::ResolveContext;
use super::variables::Variables;
use super::words;

/// Reads settings and remembers what it saw.
pub(super) struct Reader<'a> {
    file: &'a Document,
    defaults: &'a Document,
    context: ResolveContext<'a>,
    variables: &'a Variables,
    settings: Vec<Setting>,
    faults: Vec<Fault>,
    known: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    /// Reads `file` over `defaults`; `variables` may override a few keys.
    pub fn new(
        file: &'a Document,
        defaults: &'a Document,
        context: ResolveContext<'a>,
        variables: &'a Variables,
    ) -> Self {
        Self {
            file,
            defaults,
            context,
            variables,
            settings: Vec::new(),
            faults: Vec::new(),
            known: BTreeSet::new(),
        }
    }

    /// The section `name`, such as `dapodik.portal`; empty for the top level.
    pub fn section(&mut self, name: &'static str) -> Section<'_, 'a> {
        if !name.is_empty() {
            self.known.insert(name.to_owned());
            self.expect_table(name);
        }
        let tables = (self.file.section(name), self.defaults.section(name));
        Section::new(self, name, name.to_owned(), tables)
    }

    /// A fault where the file has something else than a section under `name`.
    fn expect_table(&mut self, name: &str) {
        let (parent, key) = name.rsplit_once('.').unwrap_or(("", name));
        let node = self.file.section(parent).and_then(|table| table.get(key));
        if let Some(node) = node
            && !matches!(node.value, Value::Table(_))
        {
            let text = words::must_be("a section, such as [users]", &node.value.found());
            self.fault(node.line, name, text);
        }
    }

    /// The blocks of the list of sections `name`, such as `users.location`.
    pub fn blocks(&mut self, name: &'static str) -> Vec<&'a Node> {
        self.known.insert(name.to_owned());
        let (parent, key) = name.rsplit_once('.').unwrap_or(("", name));
        let Some(node) = self.file.section(parent).and_then(|table| table.get(key)) else {
            return Vec::new();
        };
        match &node.value {
            Value::List(nodes)
                if nodes
                    .iter()
                    .all(|node| matches!(node.value, Value::Table(_))) =>
            {
                nodes.iter().collect()
            }
            other => {
                self.fault(
                    node.line,
                    name,
                    words::must_be(words::TABLES, &other.found()),
                );
                Vec::new()
            }
        }
    }

    /// One of those blocks; `number` counts from 1.
    pub fn block(&mut self, name: &'static str, number: usize, node: &'a Node) -> Section<'_, 'a> {
        let file = match &node.value {
            Value::Table(table) => Some(table),
            _ => None,
        };
        Section::new(self, name, format!("{name}[{number}]"), (file, None))
    }

    /// Notes a fault in a line of the file.
    pub fn fault(&mut self, line: usize, key: &str, text: String) {
        let origin = self.file.origin(line);
        let key = key.to_owned();
        self.faults.push(Fault { origin, key, text });
    }

    /// All that was shown, or one error that names every fault.
    pub fn finish(mut self) -> Result<Vec<Setting>> {
        let file = self.file;
        self.find_unknown(&file.table, "");
        if self.faults.is_empty() {
            Ok(self.settings)
        } else {
            Err(error_of(self.faults))
        }
    }

    fn find_unknown(&mut self, table: &Table, section: &str) {
        for (key, node) in table {
            let path = join(section, key);
            if !self.known.contains(&path) {
                let nearest = self.nearest(section, key);
                self.fault(node.line, &path, words::unknown(&nearest));
                continue;
            }
            match &node.value {
                Value::Table(inner) => self.find_unknown(inner, &path),
                Value::List(nodes) => {
                    for node in nodes {
                        if let Value::Table(inner) = &node.value {
                            self.find_unknown(inner, &path);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The known key most like `key`; one of the same section is preferred a little.
    fn nearest(&self, section: &str, key: &str) -> String {
        let likeness = |known: &str| {
            let (parent, leaf) = known.rsplit_once('.').unwrap_or(("", known));
            let bonus = if parent == section { 1.0 } else { 0.9 };
            strsim::jaro_winkler(leaf, key) * bonus
        };
        let nearest = self
            .known
            .iter()
            .max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
        nearest.cloned().unwrap_or_default()
    }
}

/// One error of all `faults`, in the order of their lines.
pub(super) fn error_of(mut faults: Vec<Fault>) -> Error {
    faults.sort_by_key(|fault| match &fault.origin {
        Origin::File { line, .. } | Origin::DotEnv { line, .. } => *line,
        _ => 0,
    });
    let lines: Vec<String> = faults.iter().map(Fault::line).collect();
    Error::config(words::faults(lines.len(), &lines.join("\n"))).hint("`selaras config show` lists every setting; `selaras config init` writes a file with comments")
}

fn join(section: &str, key: &str) -> String {
    if section.is_empty() {
        key.to_owned()
    } else {
        format!("{section}.{key}")
    }
}
