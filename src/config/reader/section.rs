//! One section: each key is read where it stands first, and noted for `config show`.

use crate::config::document::{Fault, Table, Value};
use crate::config::part::Missing;
use crate::config::setting::{Origin, Setting};
use crate::config::value_type::{ResolveContext, ValueError, ValueType};
use crate::config::variables::Level;
use crate::config::words;

use super::{Reader, join};

/// One section being read.
pub(in crate::config) struct Section<'r, 'a> {
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

/// What was found under a key.
struct Taken<T> {
    value: T,
    shown: String,
    origin: Origin,
}

impl<'r, 'a> Section<'r, 'a> {
    /// A section of the file, over that of the defaults.
    pub(super) fn new(
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

    /// A setting without a default.
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
            Ok(None) => words::must_be(&shape.expected(), &value.found()),
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
        let text = words::unset(&variable);
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
