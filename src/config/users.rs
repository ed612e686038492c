//! `[users]` and its `[[users.location]]` rows.

use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::document::Node;
use super::reader::Reader;
use super::setting::{Missing, Part};
use super::url::{DatabaseKind, DatabaseUrl, WebUrl};
use super::value_type::{Choice, Database, OnlineUrl, Span, Switch, Text, Words, Zone, whole};

/// Pulling users from the servers of the locations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Users {
    /// The Laravel application's database, or one of our own (see [`Users::is_embedded`]).
    pub database: DatabaseUrl,
    /// The zone of the application's times; `None` for the database's own.
    pub timezone: Option<TimeZone>,
    /// What a column `users.name` gets that cannot stay empty.
    pub name: NameFrom,
    pub page_size: u32,
    pub concurrency: usize,
    pub connect_timeout: Duration,
    pub timeout: Duration,
    /// The guard's limit in percent of a location's active users.
    pub max_deactivate_percent: u32,
    /// The guard's limit in users.
    pub max_deactivate: u64,
    /// Patterns of e-mails that are never changed; `*` stands for anything.
    pub protected: Vec<String>,
    /// The configured locations, in the order of the file.
    pub locations: Vec<Location>,
}

/// Where the name of a new user comes from, in a table that demands one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameFrom {
    /// The name that the location's server sends, else the e-mail.
    #[default]
    Remote,
    Email,
}

/// One location: a row for our own database, and what is said of it whichever database it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Its id; always there when the database is our own.
    pub id: Option<i64>,
    /// Its code, at most 10 characters; compared without regard to case.
    pub code: String,
    /// Its name; the code where none is given.
    pub name: String,
    pub url: Option<WebUrl>,
    /// What only the configuration can say.
    pub overrides: Overrides,
}

/// What the configuration says of a location beside its row: matched by code, also where the row
/// is in the Laravel application's database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Whether its name must be typed before anything is applied.
    pub production: bool,
    /// How its server hands out the list of users.
    pub paging: Paging,
    /// How its server is spoken to, whatever its address says.
    pub scheme: Option<Scheme>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Anybody on the way can read along.
    Http,
    /// Nobody can.
    Https,
}

impl Scheme {
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// How a server hands out its list of users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paging {
    /// In pages, or as one list where the server's answers show that it does not page.
    #[default]
    Auto,
    /// As one list: there is one request, and its answer is the list.
    None,
}

impl Users {
    /// Whether the database is ours: created, migrated, its locations upserted by the worker.
    pub fn is_embedded(&self) -> bool {
        self.database.kind() == DatabaseKind::Sqlite
    }

    pub fn location(&self, code: &str) -> Option<&Location> {
        self.locations
            .iter()
            .find(|location| location.code.to_lowercase() == code.to_lowercase())
    }
}

const PAGING: Choice<Paging> = Choice(&[("auto", Paging::Auto), ("none", Paging::None)]);

const SCHEMES: Choice<Scheme> = Choice(&[("http", Scheme::Http), ("https", Scheme::Https)]);

const DATABASE: Database = Database {
    kinds: &[DatabaseKind::Sqlite, DatabaseKind::MySql],
    example: "mysql://selaras:${DB_PASSWORD}@db01/location_server",
};

const NAMES: &[(&str, NameFrom)] = &[("remote", NameFrom::Remote), ("email", NameFrom::Email)];

/// Reads the part; `data` is our own folder for databases.
pub(super) fn read(reader: &mut Reader<'_>, data: &Path) -> Part<Users> {
    let mut section = reader.section("users");
    let given = section.optional("database", &DATABASE);
    let own = section.line("database").is_none();
    let database = given
        .clone()
        .unwrap_or_else(|| DatabaseUrl::file(data.join("users.db")));
    if own {
        section.work_out("database", database.to_string());
    }
    let mut users = Users {
        timezone: section.optional("timezone", &Zone),
        name: NameFrom::default(),
        page_size: section.setting("page_size", &whole(1, 1000)),
        concurrency: section.setting("concurrency", &whole(1, 64)),
        connect_timeout: section.setting("connect_timeout", &Span(Duration::from_millis(1))),
        timeout: section.setting("timeout", &Span(Duration::from_millis(1))),
        max_deactivate_percent: section.setting("max_deactivate_percent", &whole(0, 100)),
        max_deactivate: section.setting("max_deactivate", &whole(0, 1_000_000_000)),
        protected: section.setting("protected", &Words),
        locations: Vec::new(),
        database,
    };
    let mut missing = std::mem::take(&mut section.missing);
    users.name = reader
        .section("users.columns")
        .setting("name", &Choice(NAMES));
    // A database that could not be read may turn out to be foreign: nothing is demanded for it.
    let rows = if own || (given.is_some() && users.is_embedded()) {
        Rows::Own
    } else {
        Rows::Foreign
    };
    users.locations = read_locations(reader, rows, &mut missing);
    if own && users.locations.is_empty() {
        Missing::note(
            &mut missing,
            "users.database",
            "`users.database` and `users.location` are missing",
        );
    }
    Part::of("users", missing, Some(users))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    Own,
    Foreign,
}

fn read_locations(
    reader: &mut Reader<'_>,
    rows: Rows,
    missing: &mut Vec<Missing>,
) -> Vec<Location> {
    let mut locations: Vec<(Location, usize)> = Vec::new();
    for (index, node) in reader.blocks("users.location").into_iter().enumerate() {
        let location = read_location(reader, (index + 1, node), rows, &locations, missing);
        locations.push((location, node.line));
    }
    locations
        .into_iter()
        .map(|(location, _)| location)
        .collect()
}

fn read_location<'a>(
    reader: &mut Reader<'a>,
    (number, node): (usize, &'a Node),
    rows: Rows,
    before: &[(Location, usize)],
    missing: &mut Vec<Missing>,
) -> Location {
    let mut section = reader.block("users.location", number, node);
    let id = section.optional("id", &whole(1, i64::MAX));
    let code = section.optional("code", &Text(10));
    let name = section.optional("name", &Text(100));
    if let (None, Some(code), None) = (&name, &code, section.line("name")) {
        section.work_out("name", code.clone());
    }
    let location = Location {
        id,
        name: name.or_else(|| code.clone()).unwrap_or_default(),
        code: code.unwrap_or_default(),
        url: section.optional("url", &OnlineUrl),
        overrides: Overrides {
            production: section.or("production", &Switch, false),
            paging: section.or("paging", &PAGING, Paging::Auto),
            scheme: section.optional("scheme", &SCHEMES),
        },
    };
    let needed =
        |key: &str| format!("must be given: a location of selaras's own database has `{key}`");
    if section.line("code").is_none() {
        section.fault("code", node.line, needed("code"));
    }
    if rows == Rows::Own && section.line("id").is_none() {
        section.fault("id", node.line, needed("id"));
    }
    let same =
        |what: &str, line: usize| format!("has the same {what} as the location in line {line}");
    for (other, line) in before {
        if !location.code.is_empty() && other.code.to_lowercase() == location.code.to_lowercase() {
            section.fault("code", node.line, same("code", *line));
        }
        if location.id.is_some() && other.id == location.id {
            section.fault("id", node.line, same("id", *line));
        }
    }
    missing.append(&mut section.missing);
    location
}
