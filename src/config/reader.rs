//! Walks the sections of the file over the built-in defaults and keeps the books.
//!
//! Whoever asks for a key makes it known; what nobody asked for is a fault in the end. Faults are
//! collected, so that a reader of the errors sees all of them at once.

use std::collections::BTreeSet;

use super::document::{Document, Fault, Node, Table, Value};
use super::setting::{Missing, NOT_SET, Origin, Setting};
use super::value_type::{ResolveContext, ValueError, ValueType};
use super::variables::{Level, Variables};
use crate::error::{Error, Result};

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
            let found = node.value.found();
            let text = format!("must be a section, such as [users], not {found}");
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
                let text = format!(
                    "must be a list of sections, each headed [[users.location]], not {}",
                    other.found()
                );
                self.fault(node.line, name, text);
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
                let text = format!("is not a setting; the nearest is `{nearest}`");
                self.fault(node.line, &path, text);
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

struct Taken<T> {
    value: T,
    shown: String,
    origin: Origin,
}

impl<'r, 'a> Section<'r, 'a> {
    /// A section of the file, over that of the defaults.
    fn new(
        reader: &'r mut Reader<'a>,
        schema: &'static str,
        name: String,
        (file, defaults): (Option<&'a Table>, Option<&'a Table>),
    ) -> Self {
        Self {
            reader,
            schema,
            name,
            file,
            defaults,
            missing: Vec::new(),
        }
    }

    /// A setting that the built-in file has a value for.
    pub fn setting<S: ValueType<Value: Default>>(&mut self, key: &str, shape: &S) -> S::Value {
        self.or(key, shape, S::Value::default())
    }

    /// A setting with a default that is worked out.
    pub fn or<S: ValueType>(&mut self, key: &str, shape: &S, default: S::Value) -> S::Value {
        let taken = self.take(key, shape, None);
        let taken = taken.unwrap_or_else(|| Taken {
            shown: shape.shown(&default),
            value: default,
            origin: Origin::Default,
        });
        self.show(key, taken)
    }

    pub fn optional<S: ValueType>(&mut self, key: &str, shape: &S) -> Option<S::Value> {
        let taken = self.take(key, shape, None);
        self.show_optional(key, taken)
    }

    /// A setting without a default that a variable overrides.
    pub fn overridable<S: ValueType>(
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
        let shown = NOT_SET.to_owned();
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
    fn take<S: ValueType>(
        &mut self,
        key: &str,
        shape: &S,
        variable: Option<&'static str>,
    ) -> Option<Taken<S::Value>> {
        self.reader.known.insert(join(self.schema, key));
        let reader = &self.reader;
        let (file, context) = (reader.file, reader.context);
        for level in [Level::Environment, Level::DotEnv] {
            let Some(name) = variable else { break };
            let Some(found) = reader.variables.filled(level, name) else {
                continue;
            };
            let value = Value::Text(found.value.to_owned());
            let context = ResolveContext {
                base: found.base,
                variables: None,
            };
            return self.read(name, shape, (&value, context, found.origin));
        }
        if let Some(node) = self.file.and_then(|table| table.get(key)) {
            let name = join(&self.name, key);
            return self.read(&name, shape, (&node.value, context, file.origin(node.line)));
        }
        let node = self.defaults.and_then(|table| table.get(key))?;
        self.read(key, shape, (&node.value, context, Origin::Default))
    }

    fn read<S: ValueType>(
        &mut self,
        name: &str,
        shape: &S,
        (value, context, origin): (&Value, ResolveContext<'_>, Origin),
    ) -> Option<Taken<S::Value>> {
        let text = match shape.read(value, context) {
            Ok(Some(read)) => {
                let shown = shape.shown(&read);
                return Some(Taken {
                    value: read,
                    shown,
                    origin,
                });
            }
            Ok(None) => format!("must be {}, not {}", shape.expected(), value.found()),
            Err(ValueError::Wrong(text)) => text,
            Err(ValueError::Unset(variable)) => {
                self.lacks(name, variable, origin);
                return None;
            }
        };
        let key = name.to_owned();
        self.reader.faults.push(Fault { origin, key, text });
        None
    }

    /// An unset variable switches a part off; at the top level there is no part to switch off.
    fn lacks(&mut self, key: &str, variable: String, origin: Origin) {
        let text = format!("needs the variable {variable}, which is not set");
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
            let variable = Some(variable);
            self.missing.push(Missing {
                key,
                text,
                variable,
            });
        }
    }
}

/// One error of all `faults`, in the order of their lines.
pub(super) fn error_of(mut faults: Vec<Fault>) -> Error {
    faults.sort_by_key(|fault| match &fault.origin {
        Origin::File { line, .. } | Origin::DotEnv { line, .. } => *line,
        _ => 0,
    });
    let lines: Vec<String> = faults.iter().map(Fault::line).collect();
    let text = match lines.as_slice() {
        [one] => one.clone(),
        all => format!(
            "{} errors in the configuration:\n{}",
            all.len(),
            all.join("\n")
        ),
    };
    Error::config(text).hint(
        "`selaras config show` lists every setting; `selaras config init` writes a file with \
         comments",
    )
}

fn join(section: &str, key: &str) -> String {
    if section.is_empty() {
        key.to_owned()
    } else {
        format!("{section}.{key}")
    }
}
