//! Walks the sections of the file over the built-in defaults and keeps the books.
//!
//! Whoever asks for a key makes it known; what nobody asked for is a fault in the end. Faults are
//! collected, so that a reader of the errors sees all of them at once.

use std::collections::BTreeSet;

use crate::error::{Error, Result};

use super::document::{Document, Fault, Node, Table, Value};
use super::part::Missing;
use super::setting::{Origin, Setting};
use super::shape::{Ground, Shape, Trouble};
use super::variables::{Level, Variables};
use super::words;

/// Reads settings and remembers what it saw.
pub(super) struct Reader<'a> {
    file: &'a Document,
    defaults: &'a Document,
    ground: Ground<'a>,
    variables: &'a Variables,
    settings: Vec<Setting>,
    faults: Vec<Fault>,
    known: BTreeSet<String>,
}

/// One section being read.
pub(super) struct Section<'r, 'a> {
    reader: &'r mut Reader<'a>,
    /// Its name among the known keys: `users.location`.
    schema: &'static str,
    /// Its name for people: `users.location[2]`.
    name: String,
    file: Option<&'a Table>,
    defaults: Option<&'a Table>,
    /// The variables it needs and does not have.
    pub missing: Vec<Missing>,
}

impl<'a> Reader<'a> {
    /// Reads `file` over `defaults`; `variables` may override a few keys.
    pub fn new(
        file: &'a Document,
        defaults: &'a Document,
        ground: Ground<'a>,
        variables: &'a Variables,
    ) -> Self {
        Self {
            file,
            defaults,
            ground,
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
        Section {
            schema: name,
            name: name.to_owned(),
            file: self.file.section(name),
            defaults: self.defaults.section(name),
            missing: Vec::new(),
            reader: self,
        }
    }

    /// A fault where the file has something else than a section under `name`.
    fn expect_table(&mut self, name: &str) {
        let (parent, key) = name.rsplit_once('.').unwrap_or(("", name));
        let node = self.file.section(parent).and_then(|table| table.get(key));
        if let Some(node) = node
            && !matches!(node.value, Value::Table(_))
        {
            let text = words::must_be(words::TABLE, &node.value.found());
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
        Section {
            schema: name,
            name: format!("{name}[{number}]"),
            file,
            defaults: None,
            missing: Vec::new(),
            reader: self,
        }
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
    Error::config(words::faults(lines.len(), &lines.join("\n"))).hint(words::FAULTS_HINT)
}

fn join(section: &str, key: &str) -> String {
    if section.is_empty() {
        key.to_owned()
    } else {
        format!("{section}.{key}")
    }
}

/// What was found under a key.
struct Taken<T> {
    value: T,
    shown: String,
    origin: Origin,
}

impl Section<'_, '_> {
    /// A setting that the built-in file has a value for.
    pub fn setting<S: Shape<Value: Default>>(&mut self, key: &str, shape: &S) -> S::Value {
        self.or(key, shape, S::Value::default())
    }

    /// A setting with a default that is worked out.
    pub fn or<S: Shape>(&mut self, key: &str, shape: &S, default: S::Value) -> S::Value {
        let taken = self.take(key, shape, None);
        let taken = taken.unwrap_or_else(|| Taken {
            shown: shape.shown(&default),
            value: default,
            origin: Origin::Default,
        });
        self.show(key, taken)
    }

    /// A setting without a default.
    pub fn optional<S: Shape>(&mut self, key: &str, shape: &S) -> Option<S::Value> {
        let taken = self.take(key, shape, None);
        self.show_optional(key, taken)
    }

    /// A setting without a default that a variable overrides.
    pub fn overridable<S: Shape>(
        &mut self,
        key: &str,
        shape: &S,
        variable: &'static str,
    ) -> Option<S::Value> {
        let taken = self.take(key, shape, Some(variable));
        self.show_optional(key, taken)
    }

    /// Notes a default that is worked out from other settings.
    pub fn work_out(&mut self, key: &str, shown: String) {
        let key = join(&self.name, key);
        if let Some(setting) = self
            .reader
            .settings
            .iter_mut()
            .rfind(|setting| setting.key == key)
        {
            setting.value = shown;
            setting.origin = Origin::Default;
        }
    }

    /// The line of `key` in the file.
    pub fn line(&self, key: &str) -> Option<usize> {
        Some(self.file?.get(key)?.line)
    }

    /// Notes a fault of `key`; without its line, in `line`.
    pub fn fault(&mut self, key: &str, line: usize, text: String) {
        let line = self.line(key).unwrap_or(line);
        self.reader.fault(line, &join(&self.name, key), text);
    }

    fn show<T>(&mut self, key: &str, taken: Taken<T>) -> T {
        self.reader.settings.push(Setting {
            key: join(&self.name, key),
            value: taken.shown,
            origin: taken.origin,
        });
        taken.value
    }

    fn show_optional<T>(&mut self, key: &str, taken: Option<Taken<T>>) -> Option<T> {
        if let Some(taken) = taken {
            return Some(self.show(key, taken));
        }
        let shown = words::NOT_SET.to_owned();
        let origin = Origin::Nowhere;
        self.show(
            key,
            Taken {
                value: (),
                shown,
                origin,
            },
        );
        None
    }

    /// Environment, `.env`, file, default: the first that has something decides.
    fn take<S: Shape>(
        &mut self,
        key: &str,
        shape: &S,
        variable: Option<&'static str>,
    ) -> Option<Taken<S::Value>> {
        self.reader.known.insert(join(self.schema, key));
        let reader = &self.reader;
        let (file, ground) = (reader.file, reader.ground);
        for level in [Level::Environment, Level::DotEnv] {
            let Some(name) = variable else { break };
            let Some(found) = reader.variables.filled(level, name) else {
                continue;
            };
            let value = Value::Text(found.value.to_owned());
            let ground = Ground {
                base: found.base,
                variables: None,
            };
            return self.read(name, shape, (&value, ground, found.origin));
        }
        if let Some(node) = self.file.and_then(|table| table.get(key)) {
            let name = join(&self.name, key);
            return self.read(&name, shape, (&node.value, ground, file.origin(node.line)));
        }
        let node = self.defaults.and_then(|table| table.get(key))?;
        self.read(key, shape, (&node.value, ground, Origin::Default))
    }

    fn read<S: Shape>(
        &mut self,
        name: &str,
        shape: &S,
        (value, ground, origin): (&Value, Ground<'_>, Origin),
    ) -> Option<Taken<S::Value>> {
        let text = match shape.read(value, ground) {
            Ok(Some(read)) => {
                let shown = shape.shown(&read);
                return Some(Taken {
                    value: read,
                    shown,
                    origin,
                });
            }
            Ok(None) => words::must_be(&shape.expected(), &value.found()),
            Err(Trouble::Wrong(text)) => text,
            Err(Trouble::Unset(variable)) => {
                self.lacks(name, &variable, origin);
                return None;
            }
        };
        let key = name.to_owned();
        self.reader.faults.push(Fault { origin, key, text });
        None
    }

    /// An unset variable switches a part off; at the top level there is no part to switch off.
    fn lacks(&mut self, key: &str, variable: &str, origin: Origin) {
        let text = words::unset(variable);
        let key = key.to_owned();
        let fault = Fault {
            origin,
            key: key.clone(),
            text,
        };
        if self.schema.is_empty() {
            self.reader.faults.push(fault);
        } else {
            let text = fault.line();
            self.missing.push(Missing { key, text });
        }
    }
}
