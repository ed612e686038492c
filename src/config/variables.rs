//! Variables: the environment first, then `.env`, which is parsed and never put into the process.
//!
//! `.env` lies beside the config file, else in the working folder (see [`Places`]). Its syntax is dotenvy's: single
//! quotes keep a value as it is, elsewhere `$NAME` is filled in (by dotenvy, from the process first),
//! which eats the `$` of a password; so a lost `$` is a warning.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::files::{self, Links, trust};

use super::setting::{Finding, Origin};

const QUOTE: &str = "put a value with special characters into single quotes";

/// A snapshot of the environment. Its values may be secrets: they are never shown.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The environment of this process; what is not UTF-8 is left out.
    pub fn of_process() -> Self {
        let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(utf8).collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn pairs(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let owned = |(name, value): (N, V)| (name.into(), value.into());
        Self(pairs.into_iter().map(owned).collect())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Environment({} variables)", self.0.len())
    }
}

/// Who sets a variable; the first wins.
#[derive(Clone, Copy)]
pub(super) enum Level {
    Environment,
    DotEnv,
}

/// A variable's value, where it was set, and the folder its relative paths start at.
pub(super) struct Found<'a> {
    pub value: &'a str,
    pub origin: Origin,
    pub base: &'a Path,
}

/// Where `.env` may lie.
pub(super) struct Places {
    pub beside: PathBuf,
    pub has_file: bool,
    pub folder: PathBuf,
    /// Whether its `.env` counts.
    pub here: Here,
}

/// Whether the `.env` of the working folder counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Here {
    Counts,
    /// Anybody's folder would make root run anything.
    NotForRoot,
    /// Somebody said which config file is meant, and so which `.env`.
    NotMeant,
}

pub(super) struct Variables {
    pub environment: Environment,
    folder: PathBuf,
    /// Where `.env` is, or would be.
    pub dotenv: PathBuf,
    lines: BTreeMap<String, (String, usize)>,
    /// What is odd about `.env`.
    pub warnings: Vec<Finding>,
}

impl Variables {
    /// Reads `.env` beside the config file, else in the working folder where that one counts.
    pub fn read(environment: &Environment, places: &Places) -> Result<Self> {
        let is_there = |path: &Path| path.symlink_metadata().is_ok();
        let beside = places.beside.join(".env");
        let here = places.folder.join(".env");
        let counts = places.here == Here::Counts;
        let taken = counts && !is_there(&beside) && (is_there(&here) || !places.has_file);
        let mut variables = Self {
            environment: environment.clone(),
            folder: places.folder.clone(),
            dotenv: if taken { here.clone() } else { beside },
            lines: BTreeMap::new(),
            warnings: Vec::new(),
        };
        if places.here == Here::NotForRoot && here != variables.dotenv && is_there(&here) {
            let warning = format!(
                "{} is not read: root takes no .env from the working folder",
                here.display()
            );
            variables.warnings.push(Finding::warning(warning));
        }
        match files::open(&variables.dotenv, Links::Follow) {
            Ok(file) if taken && !trust::is_ours(&file).unwrap_or(false) => {
                // It may be anybody's who lured us there.
                let text = format!("{} is not yours and is not read", here.display());
                variables.warnings.push(Finding::warning(text));
                variables.dotenv = places.beside.join(".env");
            }
            Ok(file) => {
                let bytes = super::read_trusted(&file, &variables.dotenv)?;
                variables.parse(&bytes)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(super::cannot_read(&variables.dotenv, error));
            }
        }
        Ok(variables)
    }

    fn parse(&mut self, bytes: &[u8]) -> Result<()> {
        let line = Rc::new(Cell::new(0));
        let source = LineByLine {
            rest: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
            line: Rc::clone(&line),
        };
        let mut before = 0;
        for pair in dotenvy::from_read_iter(source) {
            // dotenvy's own errors repeat the line, and so the secret in it.
            let Ok((name, value)) = pair else {
                let (path, line) = (self.dotenv.display(), first_spoken(bytes, before));
                let text = format!("{path}:{line}: the line cannot be read as NAME=value");
                return Err(Error::config(text).hint(QUOTE));
            };
            if dollars(&lines_between(bytes, before, line.get())) > dollars(value.as_bytes()) {
                let (path, line) = (self.dotenv.display(), line.get());
                let text =
                    format!("{path}:{line}: a $ in {name} was taken for a variable and is gone");
                self.warnings.push(Finding::warning(text).hint(QUOTE));
            }
            before = line.get();
            self.lines.insert(name, (value, before));
        }
        Ok(())
    }

    pub fn at(&self, level: Level, name: &str) -> Option<Found<'_>> {
        match level {
            Level::Environment => Some(Found {
                value: self.environment.get(name)?,
                origin: Origin::Environment,
                base: &self.folder,
            }),
            Level::DotEnv => {
                let (value, line) = self.lines.get(name)?;
                Some(Found {
                    value,
                    origin: Origin::DotEnv {
                        path: self.dotenv.clone(),
                        line: *line,
                    },
                    base: self.dotenv.parent().unwrap_or(&self.folder),
                })
            }
        }
    }

    /// The variable, even an empty one.
    pub fn get(&self, name: &str) -> Option<Found<'_>> {
        let environment = self.at(Level::Environment, name);
        environment.or_else(|| self.at(Level::DotEnv, name))
    }

    /// The variable, where an empty one counts as not set.
    pub fn filled(&self, level: Level, name: &str) -> Option<Found<'_>> {
        self.at(level, name).filter(|found| !found.value.is_empty())
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.environment
            .names()
            .chain(self.lines.keys().map(String::as_str))
    }

    pub fn has_dotenv(&self) -> bool {
        !self.lines.is_empty()
    }
}

/// Hands out one line for each read, so that the parser's line is known.
struct LineByLine<'a> {
    rest: &'a [u8],
    line: Rc<Cell<usize>>,
}

impl Read for LineByLine<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(self.rest.len(), |end| end + 1).min(buffer.len());
        let (line, rest) = self.rest.split_at(length);
        buffer[..length].copy_from_slice(line);
        self.rest = rest;
        if line.ends_with(b"\n") || (rest.is_empty() && !line.is_empty()) {
            self.line.set(self.line.get() + 1);
        }
        Ok(length)
    }
}

/// The lines after line `after` up to line `to`, without comments.
fn lines_between(bytes: &[u8], after: usize, to: usize) -> Vec<u8> {
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .skip(after)
        .take(to - after);
    let spoken = lines.filter(|line| !line.trim_ascii_start().starts_with(b"#"));
    spoken.flat_map(<[u8]>::to_vec).collect()
}

/// The first line after line `after` that says something: where a value without an end begins.
fn first_spoken(bytes: &[u8], after: usize) -> usize {
    let mut lines = bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .skip(after);
    let silent = |line: &[u8]| line.is_empty() || line.starts_with(b"#");
    after + 1 + lines.position(|line| !silent(line)).unwrap_or_default()
}

/// How many `$` there are; `${NAME}` is meant as a variable and does not count.
fn dollars(bytes: &[u8]) -> usize {
    let meant = bytes.windows(2).filter(|pair| pair == b"${").count();
    bytes.split(|byte| *byte == b'$').count() - 1 - meant
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_dotenv_makes_us_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let folder = tempfile::tempdir()?;
            std::fs::write(folder.path().join(".env"), &bytes)?;
            let places = Places {
                beside: folder.path().to_owned(),
                has_file: true,
                folder: folder.path().join("work"),
                here: Here::NotMeant,
            };
            if let Err(error) = Variables::read(&Environment::default(), &places) {
                prop_assert!(error.chain().contains("/.env:"));
            }
        }
    }
}
