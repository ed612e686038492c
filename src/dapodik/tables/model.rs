//! What is known of a database before a sync, and what a sync did to it: data for plans, reports
//! and screens. A NIK in it is masked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Failure;

/// The view that is refreshed.
pub const VIEW: &str = "mv_dashboard_analitik";
/// How many examples are kept of each sort of remark.
pub const EXAMPLES: usize = 20;
/// How many of what disappeared are named.
pub const NAMED: usize = 1000;

/// A moment of the database's own clock, in its own words: it takes them back as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub String);

/// A row of `ref_wilayah`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    pub kode_kecamatan: String,
    pub kecamatan: String,
    pub kode_kabupaten: String,
    pub kabupaten: String,
    pub kode_provinsi: String,
    pub provinsi: String,
}

/// A school that the database has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct School {
    pub npsn: String,
    pub nama: String,
    /// Empty where the database knows none.
    pub kode_kecamatan: String,
}

/// What a database holds of a kecamatan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct District {
    pub kode_kecamatan: String,
    pub kecamatan: String,
    pub kabupaten: String,
    pub sekolah: u64,
    pub ptk: u64,
    /// The newest `last_sync` of its schools, in seconds since 1970.
    pub newest: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub wilayah: u64,
    pub sekolah: u64,
    pub ptk: u64,
}

/// Who could read along on the way to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// It does not leave this machine.
    Local,
    /// It is not encrypted.
    Plain,
    /// Encrypted, to a server that was not asked to prove who it is.
    Unverified,
    Verified,
}

/// What the database user may do with a table; all `true` in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    pub select: bool,
    pub insert: bool,
    pub update: bool,
}

/// A table that a sync writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableLook {
    pub name: String,
    pub there: bool,
    /// Columns that it lacks; they are left out.
    pub missing: Vec<String>,
    pub rights: Rights,
}

/// `mv_dashboard_analitik`, as found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    #[default]
    Absent,
    Materialized {
        populated: bool,
        /// Whether an index allows `CONCURRENTLY`.
        unique_index: bool,
        owner: String,
        /// Whether this database user may refresh it.
        ours: bool,
    },
    /// A table that is rebuilt: the embedded schema has one.
    Table,
    /// A plain view, which is always fresh.
    Plain,
}

/// What a preview says of the database that a sync would write to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Its name, without credentials.
    pub database: String,
    /// Whether it is a file of our own.
    pub embedded: bool,
    /// Whether it will be made.
    pub will_be_made: bool,
    pub line: Line,
    pub tables: Vec<TableLook>,
    pub view: View,
    pub districts: Vec<District>,
    pub totals: Totals,
    /// The value of `LAST_GLOBAL_SYNC`.
    pub metadata: Option<String>,
    /// Who holds the lock, if anybody does.
    pub holder: Option<String>,
    /// What keeps a sync from starting.
    pub problems: Vec<Failure>,
    /// What should be known, and keeps nobody.
    pub remarks: Vec<String>,
}

/// A row that was not written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// NPSN, or a masked NIK.
    pub key: String,
    /// Its name; may be empty.
    pub label: String,
    pub reason: String,
}

/// A value that was not written as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// NPSN, or a masked NIK.
    pub key: String,
    pub column: String,
    pub reason: String,
}

/// What a sync wrote, relative to the rows before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Keys that were not there.
    pub added: i64,
    /// Rows of which some column has another value now.
    pub changed: i64,
    /// Rows of which only `last_sync` moved.
    pub same: i64,
    /// How often a PTK was named by another school than the one that keeps it.
    pub also_at: u64,
    /// Keys named twice in one list; the last record was taken.
    pub doubles: u64,
    /// Rows that were not written.
    pub skipped: u64,
    /// Values that were cut to the length of their column.
    pub shortened: u64,
    /// Dates, numbers and uuid that are none, and became NULL.
    pub nulled: u64,
    /// Schools with a district that `ref_wilayah` does not have.
    pub unknown_districts: u64,
    /// NUL characters, which PostgreSQL refuses.
    pub removed_characters: u64,
    /// The first of those that were skipped.
    pub skipped_rows: Vec<Skipped>,
    /// The first remarks of each sort.
    pub remarks: Vec<Remark>,
}

/// What became of the view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refreshed {
    Concurrently,
    /// Readers waited meanwhile.
    Plainly {
        why: String,
    },
    /// The embedded table, with so many rows.
    Rebuilt {
        rows: u64,
    },
    Absent,
    /// A plain view or a table of somebody else: nothing to refresh.
    NotMaterialized,
    /// Another user owns it.
    NotOurs {
        owner: String,
        grant: String,
    },
    /// Something else went wrong; the rows are written all the same.
    Failed {
        failure: Failure,
    },
}

/// Rows that a complete answer of the portal did not name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    pub sekolah: u64,
    pub ptk: u64,
    /// At most [`NAMED`] of them.
    pub named: Vec<GoneRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoneRow {
    /// NPSN, or a masked NIK.
    pub key: String,
    pub label: String,
    /// The kecamatan of a school, the NPSN of a PTK.
    pub at: String,
}

impl Written {
    /// Takes in what another batch wrote.
    pub fn merge(&mut self, other: Self) {
        self.added += other.added;
        self.changed += other.changed;
        self.same += other.same;
        self.also_at += other.also_at;
        self.doubles += other.doubles;
        self.skipped += other.skipped;
        self.shortened += other.shortened;
        self.nulled += other.nulled;
        self.unknown_districts += other.unknown_districts;
        self.removed_characters += other.removed_characters;
        let room = EXAMPLES.saturating_sub(self.skipped_rows.len());
        self.skipped_rows
            .extend(other.skipped_rows.into_iter().take(room));
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for remark in &self.remarks {
            *known.entry(remark.reason.clone()).or_default() += 1;
        }
        for remark in other.remarks {
            let of = known.entry(remark.reason.clone()).or_default();
            if *of < EXAMPLES {
                *of += 1;
                self.remarks.push(remark);
            }
        }
    }

    /// Notes a row that is not written.
    pub fn skip(&mut self, key: String, label: String, reason: impl Into<String>) {
        self.skipped += 1;
        if self.skipped_rows.len() < EXAMPLES {
            let reason = reason.into();
            self.skipped_rows.push(Skipped { key, label, reason });
        }
    }

    /// Keeps an example of something that was counted.
    pub fn remark(&mut self, key: String, column: &str, reason: &str) {
        let alike = self.remarks.iter().filter(|one| one.reason == reason);
        if alike.count() < EXAMPLES {
            self.remarks.push(Remark {
                key,
                column: column.to_owned(),
                reason: reason.to_owned(),
            });
        }
    }
}

impl std::ops::AddAssign for Written {
    fn add_assign(&mut self, other: Self) {
        self.merge(other);
    }
}

impl Refreshed {
    /// Whether readers of the view see what was written.
    pub fn is_fresh(&self) -> bool {
        matches!(
            self,
            Self::Concurrently | Self::Plainly { .. } | Self::Rebuilt { .. }
        )
    }

    /// What became of it, as a clause.
    pub fn sentence(&self) -> String {
        let view = format!("the view {VIEW}");
        match self {
            Self::Concurrently => format!("{view} was refreshed, readers did not wait"),
            Self::Plainly { why } => format!("{view} was refreshed, readers waited: {why}"),
            Self::Rebuilt { rows } => {
                format!("{view} was rebuilt: {} rows", crate::text::count(*rows))
            }
            Self::Absent => format!("there is no {VIEW}, nothing was refreshed"),
            Self::NotMaterialized => {
                format!("{view} is no materialized view, nothing was refreshed")
            }
            Self::NotOurs { owner, grant } => format!(
                "{view} was not refreshed, it belongs to {owner}; an administrator of the database \
                 runs: {grant}"
            ),
            Self::Failed { failure } => {
                format!("{view} was not refreshed: {}", failure.message)
            }
        }
    }
}

/// All but the last four characters are hidden.
pub fn masked(nik: &str) -> String {
    let length = nik.chars().count();
    let hidden = length.saturating_sub(4);
    let end: String = nik.chars().skip(hidden).collect();
    format!("{}{}", "•".repeat(hidden), crate::text::scrub(&end))
}
