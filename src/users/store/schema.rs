//! What kind of schema it is: unique indexes, collation, what refers to users; and its one change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rows::list;
use super::{BATCH, Store};
use crate::db::Dialect;
use crate::error::Result;
use crate::users::model::RowId;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    pub name: String,
    /// Its columns, in lower case and in their order.
    pub columns: Vec<String>,
}

impl Index {
    /// Whether it holds users apart by e-mail alone.
    pub fn is_old(&self) -> bool {
        self.columns == ["email"]
    }

    /// Whether it holds users apart by e-mail and location.
    pub fn is_new(&self) -> bool {
        let [one, other] = self.columns.as_slice() else {
            return false;
        };
        matches!(
            (one.as_str(), other.as_str()),
            ("email", "location_id") | ("location_id", "email")
        )
    }
}

/// Rows of one location with one e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    /// The e-mail of one of them.
    pub email: String,
    pub location_id: i64,
    /// `users.id` of all of them, as far as the database lists them.
    pub ids: String,
}

/// Columns of another table that refer to columns of `users`.
struct Reference {
    table: String,
    pairs: Vec<(String, String)>,
}

/// Whether a name of the database may stand in SQL as it is.
pub(super) fn is_plain(name: &str) -> bool {
    let mut letters = name.chars();
    !name.is_empty() && letters.all(|one| one.is_ascii_alphanumeric() || one == '_')
}

impl Store {
    pub(super) async fn has_table(&mut self, name: &str) -> Result<bool> {
        let sql = match self.connection.dialect() {
            Dialect::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name =",
            Dialect::MySql | Dialect::Postgres => {
                "SELECT 1 FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_name ="
            }
        };
        let sql = format!("{sql} '{name}'");
        Ok(!self.connection.query(&sql, &[]).await?.is_empty())
    }

    /// The unique indexes of `users`, by name.
    pub async fn unique_indexes(&mut self) -> Result<Vec<Index>> {
        let sql = match self.connection.dialect() {
            Dialect::Sqlite => {
                "SELECT i.name, c.name FROM pragma_index_list('users') i \
                 JOIN pragma_index_info(i.name) c WHERE i.\"unique\" = 1 ORDER BY i.name, c.seqno"
            }
            Dialect::MySql | Dialect::Postgres => {
                "SELECT index_name, column_name FROM information_schema.statistics \
                 WHERE table_schema = DATABASE() AND table_name = 'users' AND non_unique = 0 \
                 ORDER BY index_name, seq_in_index"
            }
        };
        let mut indexes: Vec<Index> = Vec::new();
        for row in self.connection.query(sql, &[]).await? {
            let (name, column) = (row.text(0), row.text(1).to_lowercase());
            match indexes.last_mut() {
                Some(index) if index.name == name => index.columns.push(column),
                _ => indexes.push(Index {
                    name,
                    columns: vec![column],
                }),
            }
        }
        Ok(indexes)
    }

    /// Rows that keep users from being unique by e-mail and location; at most 100 groups.
    pub async fn duplicates(&mut self) -> Result<Vec<Duplicate>> {
        let sql = "SELECT MIN(email), location_id, GROUP_CONCAT(id ORDER BY id) FROM users \
                   WHERE email IS NOT NULL AND location_id IS NOT NULL \
                   GROUP BY email, location_id HAVING COUNT(*) > 1 \
                   ORDER BY 2, 1 LIMIT 100";
        let rows = self.connection.query(sql, &[]).await?;
        Ok(rows
            .iter()
            .map(|row| Duplicate {
                email: row.text(0),
                location_id: row.int(1),
                ids: row.text(2).replace(',', ", "),
            })
            .collect())
    }

    /// The statement that makes users unique by e-mail and location.
    pub fn adding_unique(&self) -> &'static str {
        match self.connection.dialect() {
            Dialect::Sqlite => {
                "CREATE UNIQUE INDEX users_email_location_unique ON users (email, location_id)"
            }
            Dialect::MySql | Dialect::Postgres => {
                "ALTER TABLE users ADD UNIQUE INDEX users_email_location_unique \
                 (email, location_id)"
            }
        }
    }

    /// The statement that drops an index of `users`.
    pub fn dropping(&self, index: &Index) -> String {
        match self.connection.dialect() {
            Dialect::Sqlite => format!("DROP INDEX \"{}\"", index.name.replace('"', "\"\"")),
            Dialect::MySql | Dialect::Postgres => {
                let name = index.name.replace('`', "``");
                format!("ALTER TABLE users DROP INDEX `{name}`")
            }
        }
    }

    /// Runs a statement that changes the schema; never in a transaction.
    pub async fn change_schema(&mut self, sql: &str) -> Result<()> {
        self.connection.alter(sql).await
    }

    /// Character set and collation of `users.email`: names of letters, digits and underscores.
    pub(super) async fn collation(&mut self) -> Result<(String, String)> {
        let sql = "SELECT character_set_name, collation_name FROM information_schema.columns \
                   WHERE table_schema = DATABASE() AND table_name = 'users' \
                   AND column_name = 'email'";
        let rows = self.connection.query(sql, &[]).await?;
        let names = rows.first().map(|row| (row.text(0), row.text(1)));
        Ok(names
            .filter(|(charset, collation)| is_plain(charset) && is_plain(collation))
            // Bytes compare as bytes.
            .unwrap_or_else(|| ("utf8mb4".to_owned(), "utf8mb4_bin".to_owned())))
    }

    /// Which of `ids` rows of other tables refer to, and the names of those tables. Only tables
    /// that the database user may see are known.
    pub async fn referred(&mut self, ids: &[RowId]) -> Result<BTreeMap<RowId, String>> {
        let mut referred = BTreeMap::new();
        for reference in self.references().await? {
            let conditions: Vec<_> = reference
                .pairs
                .iter()
                .map(|(from, to)| format!("r.{from} = u.{to}"))
                .collect();
            for batch in ids.chunks(BATCH) {
                let sql = format!(
                    "SELECT DISTINCT u.id FROM users u JOIN {} r ON {} WHERE u.id IN ({})",
                    reference.table,
                    conditions.join(" AND "),
                    list(batch)
                );
                for row in self.connection.query(&sql, &[]).await? {
                    let table = reference.table.replace(['`', '"'], "");
                    referred.insert(row.wide(0), table);
                }
            }
        }
        Ok(referred)
    }

    /// The foreign keys to `users`, their names quoted.
    async fn references(&mut self) -> Result<Vec<Reference>> {
        let (sql, quote) = match self.connection.dialect() {
            Dialect::Sqlite => (
                "SELECT m.name || f.id, '', m.name, f.\"from\", COALESCE(f.\"to\", 'id') \
                 FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f \
                 WHERE m.type = 'table' AND f.\"table\" = 'users' ORDER BY 1, f.seq",
                '"',
            ),
            Dialect::MySql | Dialect::Postgres => (
                "SELECT CONCAT(table_schema, '.', table_name, '.', constraint_name), \
                 IF(table_schema = DATABASE(), '', table_schema), table_name, column_name, \
                 referenced_column_name FROM information_schema.key_column_usage \
                 WHERE referenced_table_schema = DATABASE() AND referenced_table_name = 'users' \
                 ORDER BY 1, ordinal_position",
                '`',
            ),
        };
        let quoted = |name: String| {
            let doubled = name.replace(quote, &format!("{quote}{quote}"));
            format!("{quote}{doubled}{quote}")
        };
        let mut references: BTreeMap<String, Reference> = BTreeMap::new();
        for row in self.connection.query(sql, &[]).await? {
            let table = match row.maybe(1).filter(|schema| !schema.is_empty()) {
                Some(schema) => format!("{}.{}", quoted(schema), quoted(row.text(2))),
                None => quoted(row.text(2)),
            };
            let reference = references.entry(row.text(0)).or_insert_with(|| Reference {
                table,
                pairs: Vec::new(),
            });
            reference
                .pairs
                .push((quoted(row.text(3)), quoted(row.text(4))));
        }
        Ok(references.into_values().collect())
    }
}
