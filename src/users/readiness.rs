//! Whether the database is ready for an apply: everything that would make it fail, found before.
//!
//! Looks at a [`Catalogue`] and nothing else. Each obstacle names what is wrong and the SQL that
//! mends it; whether users are unique by e-mail and location is a guard of its own.

use jiff::SignedDuration;

use super::plan::Fill;
use super::store::{Catalogue, Column, MAKE_MARKERS, MEND_MARKERS, by_an_administrator};
use crate::error::Error;
use crate::text::{duration, scrub};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// New users, and other states of those that are there.
    Sync,
    /// Other states only.
    Undo,
    /// As `Undo`, and some are removed.
    Remove,
}

/// Something that would make an apply fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    pub text: String,
    pub sql: Vec<String>,
    /// Whether not even a preview can be made.
    pub blinds: bool,
}

/// The columns a sync reads and writes, and how each is made where it is missing.
const LOCATIONS: [(&str, &str); 4] = [
    ("id", "BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY"),
    ("location_code", "VARCHAR(10) NOT NULL UNIQUE"),
    ("location_name", "VARCHAR(100) NOT NULL"),
    ("online_url", "VARCHAR(255) NULL"),
];
const USERS: [(&str, &str); 6] = [
    ("id", "BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY"),
    ("email", "VARCHAR(255) NOT NULL"),
    ("location_id", "BIGINT UNSIGNED NULL"),
    (
        "status",
        "ENUM('active', 'inactive') NOT NULL DEFAULT 'active'",
    ),
    ("created_at", "TIMESTAMP NULL"),
    ("updated_at", "TIMESTAMP NULL"),
];
const MARKERS: [&str; 6] = [
    "run_id",
    "location_id",
    "plan_id",
    "applied_at",
    "operator",
    "undoes",
];
/// The columns that a new row is given.
const WRITTEN: [&str; 5] = ["email", "location_id", "status", "created_at", "updated_at"];
/// How far two clocks may be apart, in seconds.
const TOLERANCE: i64 = 5 * 60;
/// `$2y$10$` and 53 characters.
const HASH: usize = 60;

/// The columns that a new user needs besides those of the sync, and that we know values for.
pub fn fills(catalogue: &Catalogue) -> Vec<Fill> {
    [("name", Fill::Name), ("password", Fill::Password)]
        .into_iter()
        .filter(|(name, _)| {
            let column = catalogue.user_column(name);
            column.is_some_and(Column::demands_a_value)
        })
        .map(|(_, fill)| fill)
        .collect()
}

/// All that would make `purpose` fail.
pub fn obstacles(catalogue: &Catalogue, purpose: Purpose) -> Vec<Obstacle> {
    let mut found = Vec::new();
    found.extend(columns(catalogue, "locations", &LOCATIONS));
    found.extend(columns(catalogue, "users", &USERS));
    found.extend(engines(catalogue));
    if purpose == Purpose::Sync {
        found.extend(unfilled(catalogue));
    }
    found.extend(status_values(catalogue));
    found.extend(markers(catalogue));
    found.extend(rights(catalogue, purpose));
    found
}

/// All obstacles as one error; `None` without any.
pub fn error(obstacles: &[Obstacle]) -> Option<Error> {
    if obstacles.is_empty() {
        return None;
    }
    let texts: Vec<_> = obstacles.iter().map(|one| one.text.as_str()).collect();
    let error = Error::database(format!(
        "the database is not ready, nothing can be applied: {}",
        texts.join("; ")
    ));
    Some(match hint(obstacles) {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

/// The statements that mend all of it, each once, in their order.
fn hint(obstacles: &[Obstacle]) -> Option<String> {
    let mut statements: Vec<&str> = Vec::new();
    for sql in obstacles.iter().flat_map(|one| &one.sql) {
        if !statements.contains(&sql.as_str()) {
            statements.push(sql);
        }
    }
    let place = if obstacles.iter().any(|one| one.blinds) {
        "is it the application's database? see the name at the end of the URL; "
    } else {
        ""
    };
    (!statements.is_empty())
        .then(|| place.to_owned() + &by_an_administrator(&statements.join("; ")))
}

impl Obstacle {
    fn new(text: String, sql: impl IntoIterator<Item = String>) -> Self {
        Self {
            text,
            sql: sql.into_iter().collect(),
            blinds: false,
        }
    }
}

/// Says that the application writes the time of another zone, and what to do: its newest user is
/// dated so many seconds `ahead` of what a sync would write, more than two clocks differ. One that
/// is dated before tells nothing.
pub fn another_zone(ahead: Option<i64>, is_set: bool) -> Option<(String, &'static str)> {
    let ahead = ahead.filter(|&seconds| seconds > TOLERANCE)?;
    let text = format!(
        "the newest user is dated {} after the time that a sync would write now",
        duration(SignedDuration::from_secs(ahead))
    );
    let hint = if is_set {
        "is [users] timezone that of the application (timezone in its config/app.php)?"
    } else {
        "the application writes the time of another zone: set [users] timezone to that of its \
         config/app.php, such as \"Asia/Jakarta\""
    };
    Some((text, hint))
}

/// The table itself, or those of its `wanted` columns that are missing. A table that is hidden is
/// reported by `rights`.
fn columns(catalogue: &Catalogue, name: &str, wanted: &[(&str, &str)]) -> Vec<Obstacle> {
    let Some(table) = catalogue.table(name) else {
        // A file of our own is completed by the next worker.
        if catalogue.embedded || !allowed(catalogue, "SELECT", name, &names(wanted)) {
            return Vec::new();
        }
        let lines: Vec<_> = wanted
            .iter()
            .map(|(column, kind)| format!("{column} {kind}"))
            .collect();
        let sql = format!("CREATE TABLE {name} ({}) ENGINE=InnoDB", lines.join(", "));
        return vec![Obstacle {
            blinds: true,
            ..Obstacle::new(format!("there is no table {name}"), [sql])
        }];
    };
    // A column without any right on it is hidden.
    let is_seen = |column: &str| {
        ["SELECT", "INSERT", "UPDATE"]
            .iter()
            .any(|right| allowed(catalogue, right, name, &[column]))
    };
    let missing = wanted
        .iter()
        .filter(|(column, _)| table.column(column).is_none() && is_seen(column));
    missing
        .map(|(column, kind)| {
            let sql = format!("ALTER TABLE {name} ADD COLUMN {column} {kind}");
            Obstacle {
                // Times are only written.
                blinds: !column.ends_with("_at"),
                ..Obstacle::new(format!("there is no column {name}.{column}"), [sql])
            }
        })
        .collect()
}

/// A table without transactions keeps half of what failed.
fn engines(catalogue: &Catalogue) -> Vec<Obstacle> {
    let tables = ["users", "selaras_runs"].into_iter();
    let without = tables.filter_map(|name| {
        let table = catalogue.table(name)?;
        (!table.transactional).then_some((name, &table.engine))
    });
    without
        .map(|(name, engine)| {
            let text = format!(
                "{name} is a table of {}, which has no transactions: what fails half-way would stay",
                scrub(engine)
            );
            Obstacle::new(text, [format!("ALTER TABLE {name} ENGINE=InnoDB")])
        })
        .collect()
}

/// Columns that a new user cannot leave empty and that a sync has no value for.
fn unfilled(catalogue: &Catalogue) -> Vec<Obstacle> {
    let Some(users) = catalogue.table("users") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let ours = |name: &str| WRITTEN.contains(&name) || name == "name" || name == "password";
    for column in users.columns.iter().filter(|one| one.demands_a_value()) {
        let name = column.name.as_str();
        if !ours(name) {
            let text = format!(
                "users.{} may not be NULL and has no default, and a sync has no value for it",
                scrub(name)
            );
            found.push(Obstacle::new(text, [giving_a_value(catalogue, column)]));
        }
        if name == "password" && column.length.is_some_and(|length| length < HASH) {
            let text = format!("users.password ({}) is too short for a hash", column.kind);
            let sql = "ALTER TABLE users MODIFY password VARCHAR(255) NOT NULL".to_owned();
            found.push(Obstacle::new(text, [sql]));
        }
    }
    found
}

/// The statement after which a row may be added without a value for `column`.
fn giving_a_value(catalogue: &Catalogue, column: &Column) -> String {
    let name = column.name.replace('`', "``");
    if catalogue.embedded {
        // SQLite cannot change a column.
        return format!("ALTER TABLE users DROP COLUMN \"{}\"", column.name);
    }
    let kind = &column.kind;
    if column.name == "id" {
        return format!("ALTER TABLE users MODIFY `{name}` {kind} NOT NULL AUTO_INCREMENT");
    }
    let collation = match &column.collation {
        Some(collation) => format!(" COLLATE {collation}"),
        None => String::new(),
    };
    format!("ALTER TABLE users MODIFY `{name}` {kind}{collation} NULL")
}

/// An ENUM without our two values.
fn status_values(catalogue: &Catalogue) -> Option<Obstacle> {
    let status = catalogue.user_column("status")?;
    let kind = status.kind.to_lowercase();
    let has = |word| kind.contains(&format!("'{word}'"));
    if !kind.starts_with("enum") || (has("active") && has("inactive")) {
        return None;
    }
    let text = format!(
        "users.status cannot be active and inactive: it is {}",
        scrub(&status.kind)
    );
    let kind = status.kind.trim_end_matches(')');
    let sql = format!(
        "ALTER TABLE users MODIFY status {kind}, 'active', 'inactive') NOT NULL DEFAULT 'active'"
    );
    Some(Obstacle::new(text, [sql]))
}

/// A marker table of ours with a column too few, beyond what an apply adds by itself.
fn markers(catalogue: &Catalogue) -> Vec<Obstacle> {
    let Some(table) = catalogue.table("selaras_runs") else {
        return Vec::new();
    };
    let missing = MARKERS[..MARKERS.len() - 1].iter();
    missing
        .filter(|name| table.column(name).is_none())
        .map(|name| {
            let text = format!("there is no column selaras_runs.{name}");
            let sql = ["DROP TABLE selaras_runs".to_owned(), MAKE_MARKERS.into()];
            Obstacle::new(text, sql)
        })
        .collect()
}

fn rights(catalogue: &Catalogue, purpose: Purpose) -> Vec<Obstacle> {
    if catalogue.grants.is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let reading = lacking(catalogue, "locations", &[("SELECT", &names(&LOCATIONS))]);
    found.extend(reading);
    let mut inserted = WRITTEN.to_vec();
    for fill in fills(catalogue) {
        inserted.push(match fill {
            Fill::Name => "name",
            Fill::Password => "password",
        });
    }
    let read = ("SELECT", &["id", "email", "location_id", "status"][..]);
    let changed = ("UPDATE", &["status", "updated_at"][..]);
    let wanted = match purpose {
        Purpose::Sync => vec![read, ("INSERT", &inserted), changed],
        Purpose::Undo => vec![read, changed],
        Purpose::Remove => vec![read, changed, ("DELETE", &[][..])],
    };
    found.extend(lacking(catalogue, "users", &wanted));
    found.extend(rights_on_markers(catalogue));
    found
}

/// The marker table is made by the first apply, and its last column was added later.
fn rights_on_markers(catalogue: &Catalogue) -> Option<Obstacle> {
    let using = [("SELECT", &MARKERS[..]), ("INSERT", &MARKERS[..])];
    let lacking = lacking(catalogue, "selaras_runs", &using);
    let made = match catalogue.table("selaras_runs") {
        None => Some(("CREATE", MAKE_MARKERS)),
        Some(table) if table.column("undoes").is_none() => Some(("ALTER", MEND_MARKERS)),
        Some(_) => None,
    };
    let Some((right, sql)) = made else {
        return lacking;
    };
    let may = allowed(catalogue, right, "selaras_runs", &[]);
    match (may, lacking) {
        (true, None) => None,
        // Nobody can be given rights on a table that is not there.
        (true, Some(mut obstacle)) => {
            obstacle.sql.insert(0, sql.to_owned());
            Some(obstacle)
        }
        (false, lacking) => {
            let text = format!("this database user lacks {right} on selaras_runs, our own table");
            let more = lacking.iter().flat_map(|one| one.sql.clone());
            Some(Obstacle::new(
                text,
                std::iter::once(sql.to_owned()).chain(more),
            ))
        }
    }
}

/// Those of the `wanted` rights on a table, each for some columns, that the database user lacks.
fn lacking(catalogue: &Catalogue, table: &str, wanted: &[(&str, &[&str])]) -> Option<Obstacle> {
    let missing: Vec<_> = wanted
        .iter()
        .filter(|(right, columns)| !allowed(catalogue, right, table, columns))
        .map(|(right, _)| *right)
        .collect();
    if missing.is_empty() {
        return None;
    }
    let rights = missing.join(", ");
    let (database, account) = (&catalogue.database, &catalogue.account);
    let text = format!("this database user lacks {rights} on {table}");
    let sql = format!("GRANT {rights} ON `{database}`.{table} TO {account}");
    Some(Obstacle {
        blinds: missing.contains(&"SELECT") && table != "selaras_runs",
        ..Obstacle::new(text, [sql])
    })
}

fn allowed(catalogue: &Catalogue, right: &str, table: &str, columns: &[&str]) -> bool {
    let place = (catalogue.database.as_str(), table);
    let grants = catalogue.grants.as_ref();
    grants.is_none_or(|grants| grants.allow(right, place, columns))
}

fn names<'a>(columns: &[(&'a str, &str)]) -> Vec<&'a str> {
    columns.iter().map(|(name, _)| *name).collect()
}
