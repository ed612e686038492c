//! What a sync depends on in the schema: tables, columns, unique indexes and rights, read once for
//! each plan.
//!
//! Only facts; what they mean for a sync is said in `readiness`. MySQL shows a table, and a column,
//! only to who has some right on it: what is absent here may be there and hidden.

mod grants;

use std::collections::BTreeMap;

pub use grants::Grants;

use super::{Index, Store};
use crate::db::{Dialect, Row};
use crate::error::Result;

const TABLES: &str = "'locations', 'users', 'selaras_runs', 'migrations'";

/// What the database says of itself.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Whether it is a file of our own.
    pub embedded: bool,
    /// Its name; empty for a file.
    pub database: String,
    /// The database user as a GRANT names it; empty for a file.
    pub account: String,
    /// The tables that are there and may be seen, by name.
    pub tables: BTreeMap<String, Table>,
    pub indexes: Vec<Index>,
    /// What the database user may do; `None` where there are no users, or they cannot be read.
    pub grants: Option<Grants>,
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Its storage engine; empty for a view and in a file.
    pub engine: String,
    /// Whether what was written to it can be taken back.
    pub transactional: bool,
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug, Default)]
pub struct Column {
    pub name: String,
    /// Its type as the database writes it, such as `varchar(255)`.
    pub kind: String,
    pub nullable: bool,
    /// Whether the database finds a value where none is given.
    pub filled: bool,
    pub charset: Option<String>,
    pub collation: Option<String>,
    /// How many characters it takes; `None` without a limit.
    pub length: Option<usize>,
}

impl Catalogue {
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Whether users are dated.
    pub fn has_times(&self) -> bool {
        ["created_at", "updated_at"]
            .iter()
            .all(|name| self.user_column(name).is_some())
    }

    pub fn user_column(&self, name: &str) -> Option<&Column> {
        self.table("users")?.column(name)
    }
}

impl Table {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    /// Whether a row without a value for it is refused. An ENUM takes its first word then, even
    /// where the server is strict.
    pub fn demands_a_value(&self) -> bool {
        !self.nullable && !self.filled && !self.kind.starts_with("enum")
    }
}

impl Store {
    pub async fn catalogue(&mut self) -> Result<Catalogue> {
        let indexes = self.unique_indexes().await?;
        if self.is_embedded() {
            return Ok(Catalogue {
                tables: self.tables_of_file().await?,
                indexes,
                embedded: true,
                ..Catalogue::default()
            });
        }
        let identity = "SELECT DATABASE(), CURRENT_USER()";
        let rows = self.connection.query(identity, &[]).await?;
        let (database, account) = rows
            .first()
            .map(|row| (row.text(0), account(row)))
            .unwrap_or_default();
        // Without them nothing is refused beforehand.
        let shown = self.connection.query("SHOW GRANTS", &[]).await.ok();
        let grants = shown.map(|rows| Grants::read(rows.iter().map(|row| row.text(0))));
        Ok(Catalogue {
            embedded: false,
            tables: self.tables_of_server().await?,
            database,
            account,
            indexes,
            grants,
        })
    }

    async fn tables_of_server(&mut self) -> Result<BTreeMap<String, Table>> {
        let sql = format!(
            "SELECT c.table_name, t.engine, t.table_type, e.transactions, c.column_name, \
             c.column_type, c.is_nullable, c.column_default, c.extra, c.character_set_name, \
             c.collation_name, c.character_maximum_length \
             FROM information_schema.columns c \
             JOIN information_schema.tables t \
             ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
             LEFT JOIN information_schema.engines e ON e.engine = t.engine \
             WHERE c.table_schema = DATABASE() AND c.table_name IN ({TABLES}) \
             ORDER BY c.table_name, c.ordinal_position"
        );
        let mut tables: BTreeMap<String, Table> = BTreeMap::new();
        for row in self.connection.query(&sql, &[]).await? {
            let table = tables.entry(row.text(0).to_lowercase()).or_default();
            table.engine = row.text(1);
            // What a view leads to is not known here.
            table.transactional = row.text(3) == "YES" || row.text(2) != "BASE TABLE";
            let extra = row.text(8).to_lowercase();
            let made = extra.contains("auto_increment") || extra.contains("generated");
            table.columns.push(Column {
                name: row.text(4).to_lowercase(),
                kind: row.text(5),
                nullable: row.text(6) == "YES",
                filled: made || row.maybe(7).is_some(),
                charset: row.maybe(9),
                collation: row.maybe(10),
                length: row.maybe(11).and_then(|length| length.parse().ok()),
            });
        }
        Ok(tables)
    }

    async fn tables_of_file(&mut self) -> Result<BTreeMap<String, Table>> {
        let sql = format!(
            "SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk \
             FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name IN ({TABLES}) ORDER BY m.name, c.cid"
        );
        let mut tables: BTreeMap<String, Table> = BTreeMap::new();
        for row in self.connection.query(&sql, &[]).await? {
            let table = tables.entry(row.text(0)).or_default();
            table.transactional = true;
            let kind = row.text(2);
            // Another name of the row's own number.
            let is_number = row.int(5) > 0 && kind.eq_ignore_ascii_case("integer");
            table.columns.push(Column {
                name: row.text(1).to_lowercase(),
                nullable: row.int(3) == 0,
                filled: is_number || row.maybe(4).is_some(),
                kind,
                ..Column::default()
            });
        }
        Ok(tables)
    }

    /// Which of `texts` the character set `charset` cannot hold.
    pub async fn unstorable(&mut self, texts: &[&str], charset: Option<&str>) -> Result<Vec<bool>> {
        let Some(charset) = charset.filter(|name| super::schema::is_plain(name)) else {
            return Ok(vec![false; texts.len()]);
        };
        // What it cannot hold comes back as a question mark.
        let one = format!(
            "CONVERT(CONVERT(? USING {charset}) USING utf8mb4) COLLATE utf8mb4_bin = \
             CONVERT(? USING utf8mb4) COLLATE utf8mb4_bin"
        );
        let mut answers = vec![false; texts.len()];
        let foreign: Vec<_> = (0..texts.len())
            .filter(|&index| !texts[index].is_ascii())
            .collect();
        for batch in foreign.chunks(super::BATCH) {
            let sql = format!("SELECT {}", vec![one.as_str(); batch.len()].join(", "));
            let twice = batch.iter().flat_map(|&index| [texts[index]; 2]);
            let values: Vec<_> = twice.map(Into::into).collect();
            if let [row] = self.connection.query(&sql, &values).await?.as_slice() {
                for (column, &index) in batch.iter().enumerate() {
                    answers[index] = row.int(column) == 0;
                }
            }
        }
        Ok(answers)
    }

    /// By how many seconds the newest time of `users` lies ahead of the time that would be written
    /// now; `None` where there is no time.
    pub async fn newest_ahead(&mut self) -> Result<Option<i64>> {
        let ahead = |column: &str, now: &str| match self.connection.dialect() {
            Dialect::Sqlite => format!("strftime('%s', MAX({column})) - strftime('%s', {now})"),
            Dialect::MySql | Dialect::Postgres => {
                format!("TIMESTAMPDIFF(SECOND, {now}, MAX({column}))")
            }
        };
        let now = self.now();
        let sql = format!(
            "SELECT {}, {} FROM users",
            ahead("created_at", &now),
            ahead("updated_at", &now)
        );
        let rows = self.connection.query(&sql, &[]).await?;
        let row = rows.first();
        let seconds = [0, 1].map(|column| {
            let value = row.and_then(|row| row.maybe(column))?;
            value.parse().ok()
        });
        Ok(seconds.into_iter().flatten().max())
    }
}

/// `selaras@10.0.0.%` as a GRANT takes it.
pub(super) fn account(row: &Row) -> String {
    let user = row.text(1);
    let (name, host) = user.rsplit_once('@').unwrap_or((&user, "%"));
    format!("'{name}'@'{host}'")
}
