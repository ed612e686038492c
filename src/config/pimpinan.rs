//! `[pimpinan]`.

use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::reader::Reader;
use super::setting::{Missing, Part};
use super::url::{DatabaseKind, DatabaseUrl, WebUrl};
use super::value_type::{Database, FilePath, Span, Switch, Web, Words, Zone};

/// Pushing the structural officials to the central API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pimpinan {
    /// Docku's database: foreign, only ever read, never created.
    pub database: DatabaseUrl,
    /// Where the officials are sent, path included.
    pub url: WebUrl,
    pub exclude_roles: Vec<String>,
    pub log: PathBuf,
    /// The zone of its times; `None` for that of its last line, else the machine's.
    pub log_timezone: Option<TimeZone>,
    pub timeout: Duration,
    /// Whether the host must be typed before anything is sent.
    pub production: bool,
}

const DATABASE: Database = Database {
    kinds: &[DatabaseKind::Sqlite, DatabaseKind::MySql],
    example: "mysql://docku_reader:${DOCKU_PASSWORD}@db01/docku",
};
/// Meant where the URL has no path.
const DEFAULT_PATH: &str = "/api/v1/users/sync";

pub(super) fn read(reader: &mut Reader<'_>) -> Part<Pimpinan> {
    let mut section = reader.section("pimpinan");
    let database = section.optional("database", &DATABASE);
    let url = section.optional("url", &Web).map(|url| {
        if url.has_path() {
            url
        } else {
            url.below(DEFAULT_PATH)
        }
    });
    let exclude_roles = section.setting("exclude_roles", &Words);
    let log = section.setting("log", &FilePath);
    let log_timezone = section.optional("log_timezone", &Zone);
    let timeout = section.setting("timeout", &Span(Duration::from_millis(1)));
    let production = section.setting("production", &Switch);
    let mut missing = section.missing;
    if database.is_none() {
        Missing::note_key(&mut missing, "pimpinan.database");
    }
    if url.is_none() {
        Missing::note_key(&mut missing, "pimpinan.url");
    }
    let settings = database.zip(url).map(|(database, url)| Pimpinan {
        database,
        url,
        exclude_roles,
        log,
        log_timezone,
        timeout,
        production,
    });
    Part::of("pimpinan", missing, settings)
}
