//! Texts about the one change to a foreign schema.

use crate::text::{excerpt, plural};
use crate::users::store::Duplicate;

pub const MIGRATION: &str = "the migration";

pub fn adds_unique() -> String {
    "one user for each e-mail and location".to_owned()
}

pub fn drops_unique() -> String {
    "no longer one user for each e-mail alone".to_owned()
}

pub fn makes_markers() -> String {
    "our own table: what was applied, when and by whom".to_owned()
}

pub fn duplicates(rows: &[Duplicate]) -> String {
    let named: Vec<_> = rows
        .iter()
        .map(|row| {
            let email = excerpt(&row.email, 80);
            format!("{email} at location {} (rows {})", row.location_id, row.ids)
        })
        .collect();
    format!(
        "(email, location_id) cannot be made unique, {} there more than once: {}",
        plural(rows.len() as u64, "user"),
        named.join("; ")
    )
}

pub fn hint_duplicates() -> String {
    "nothing was changed; merge or delete those rows in the application, then try again".to_owned()
}

pub fn migrated(changes: usize) -> String {
    match changes {
        0 => "Nothing to do: users are unique by (email, location_id).".to_owned(),
        _ => format!(
            "Migration completed: {}, users are unique by (email, location_id).",
            plural(changes as u64, "change")
        ),
    }
}

pub fn schema_moved() -> String {
    "the schema changed since the preview; nothing was written".to_owned()
}

pub fn migration_failed(sql: &str, why: &str, done: usize) -> String {
    let state = if done == 0 {
        "nothing was changed".to_owned()
    } else {
        format!(
            "{} before it stand, and the application works with them",
            plural(done as u64, "change")
        )
    };
    format!("Failed to migrate: {why}; at: {sql}; {state}")
}

pub fn migration_cut(sql: &str, why: &str) -> String {
    format!("Failed to migrate: {why}; unknown whether this was carried out: {sql}")
}

pub fn hint_migration_cut() -> String {
    "the database may still be at work on it (SHOW PROCESSLIST); when it is done, `selaras users \
     migrate` shows what is left"
        .to_owned()
}

/// Laravel's own list of what was done to the schema, into which nobody else writes.
pub fn tell_laravel() -> String {
    "the application keeps its own list of changes (the table migrations): if one of its files makes \
     this change too, tell it afterwards, or `artisan migrate` fails with error 1091: INSERT INTO \
     migrations (migration, batch) SELECT 'NAME_OF_THE_FILE_WITHOUT_.php', COALESCE(MAX(batch), 0) \
     + 1 FROM migrations;"
        .to_owned()
}

pub fn hint_migrate_by_hand(statements: &[&str]) -> String {
    format!(
        "an administrator of the database runs: {};",
        statements.join("; ")
    )
}

pub fn backup_before_migration(command: &str) -> String {
    format!("before a change of the schema a backup is wise: {command}")
}

pub fn no_migration_needed() -> String {
    "there is no database yet; it will be made with the right schema".to_owned()
}
