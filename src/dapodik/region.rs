//! Kecamatan: their codes, and the list to choose from.
//!
//! A code is opaque: `34.04.07`, and whatever else a portal uses. A name is no key, "Jetis" exists
//! twice: people are always shown code and kabupaten with it.

use std::fmt::{self, Write as _};
use std::io::{self, ErrorKind};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Context, Error, Result};
use crate::files::{self, Links};
use crate::text::excerpt;

/// The longest code, in characters: the width of `ref_wilayah.kode_kecamatan`.
const LONGEST_CODE: usize = 8;
/// The largest list that is read, in bytes. The whole country has 7 300 kecamatan.
const LARGEST_LIST: u64 = 16 * 1024 * 1024;

/// Stands for a code where there is none.
const NOWHERE: &str = "-";

/// `kode_kecamatan`: trimmed, not empty, at most 8 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KecamatanCode(String);

impl KecamatanCode {
    pub fn parse(raw: &str) -> Result<Self> {
        let code = raw.trim();
        let strange = code.chars().any(char::is_control);
        if code.is_empty() || strange || code.chars().count() > LONGEST_CODE {
            return Err(
                Error::usage(format!("«{}» is no kecamatan code", excerpt(code, 40)))
                    .hint("a code has at most 8 characters, such as 34.04.07"),
            );
        }
        Ok(Self(code.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KecamatanCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Kecamatan {
    pub code: KecamatanCode,
    /// Its name; empty where no list knows it.
    pub name: String,
    /// The name of its kabupaten; empty where no list knows it.
    pub kabupaten: String,
}

impl Kecamatan {
    /// One of which only the code is known.
    pub fn unknown(code: KecamatanCode) -> Self {
        Self {
            code,
            name: String::new(),
            kabupaten: String::new(),
        }
    }

    /// Where schools are that the database knows no kecamatan of.
    pub fn nowhere() -> Self {
        Self {
            code: KecamatanCode(NOWHERE.to_owned()),
            name: "without kecamatan".to_owned(),
            kabupaten: String::new(),
        }
    }

    pub fn is_nowhere(&self) -> bool {
        self.code.as_str() == NOWHERE
    }

    /// `34.02.09 Jetis (Bantul)`, scrubbed.
    pub fn label(&self) -> String {
        let mut label = excerpt(self.code.as_str(), LONGEST_CODE);
        if !self.name.is_empty() {
            label.push(' ');
            label.push_str(&excerpt(&self.name, 60));
        }
        if !self.kabupaten.is_empty() {
            let _ = write!(label, " ({})", excerpt(&self.kabupaten, 60));
        }
        label
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Database,
    Portal,
    File,
    Nowhere,
}

/// The kecamatan to choose from, by code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regions {
    /// All of them, sorted by code.
    pub kecamatan: Vec<Kecamatan>,
    pub origin: Origin,
    /// Why a better source has no list, if so.
    pub note: Option<String>,
}

impl Regions {
    pub fn find(&self, code: &KecamatanCode) -> Option<&Kecamatan> {
        self.kecamatan.iter().find(|one| one.code == *code)
    }

    /// All whose name is `name`, whatever their case.
    pub fn named(&self, name: &str) -> Vec<&Kecamatan> {
        let name = name.trim().to_lowercase();
        let fitting = self.kecamatan.iter();
        fitting
            .filter(|one| one.name.to_lowercase() == name)
            .collect()
    }
}

/// A row of the CSV file; it may have more columns.
#[derive(Deserialize)]
struct CsvRow {
    kode_kecamatan: String,
    kecamatan: String,
    #[serde(default)]
    kabupaten: String,
}

/// Reads a CSV file with the columns `kode_kecamatan`, `kecamatan` and, if known, `kabupaten`.
pub(super) fn read_csv(path: &Path) -> Result<Vec<Kecamatan>> {
    let text = match files::read(path, Links::Follow, LARGEST_LIST) {
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            return Err(Error::config(format!(
                "{} is too large for a list of kecamatan",
                path.display()
            )));
        }
        read => read.and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other)),
    };
    let text = text.doing("read", path)?;
    let mut rows = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut list = Vec::new();
    let bad_list = || Error::config(format!("{} is no list of kecamatan", path.display()));
    for row in rows.deserialize() {
        let row: CsvRow = row.map_err(|cause| {
            bad_list()
                .because(cause)
                .hint("a CSV file with the columns kode_kecamatan, kecamatan and kabupaten")
        })?;
        list.push(Kecamatan {
            code: KecamatanCode::parse(&row.kode_kecamatan)
                .map_err(|cause| bad_list().because(cause))?,
            name: row.kecamatan,
            kabupaten: row.kabupaten,
        });
    }
    Ok(sorted(list))
}

/// By code, each once.
pub(super) fn sorted(mut list: Vec<Kecamatan>) -> Vec<Kecamatan> {
    list.sort();
    list.dedup_by(|next, kept| next.code == kept.code);
    list
}

pub(super) fn each_once(codes: Vec<KecamatanCode>) -> Vec<KecamatanCode> {
    let mut kept: Vec<KecamatanCode> = Vec::with_capacity(codes.len());
    for code in codes {
        if !kept.contains(&code) {
            kept.push(code);
        }
    }
    kept
}

/// The kecamatan with these codes. A name instead of a code is refused: it may be that of two. A
/// code that the list does not have is passed on, and said.
pub(super) fn choose(
    regions: &Regions,
    codes: &[KecamatanCode],
    notes: &mut Vec<String>,
) -> Result<Vec<Kecamatan>> {
    let mut chosen = Vec::with_capacity(codes.len());
    for code in codes {
        if let Some(kecamatan) = regions.find(code) {
            chosen.push(kecamatan.clone());
            continue;
        }
        let named = regions.named(code.as_str());
        if !named.is_empty() {
            let labels: Vec<String> = named.iter().map(|one| one.label()).collect();
            let error = Error::usage(format!(
                "«{}» is the name of a kecamatan, not its code",
                excerpt(code.as_str(), 40)
            ));
            return Err(error.hint(format!("meant is one of: {}", labels.join(", "))));
        }
        if !regions.kecamatan.is_empty() {
            notes.push(format!(
                "{} is not in the list of kecamatan",
                excerpt(code.as_str(), 20)
            ));
        }
        chosen.push(Kecamatan::unknown(code.clone()));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_trimmed_and_has_at_most_eight_characters() {
        for raw in ["34.04.07", " 340407 ", "x", "éééééééé"] {
            assert_eq!(KecamatanCode::parse(raw).unwrap().as_str(), raw.trim());
        }
        for raw in ["", "  ", "34.04.071", "34\u{1b}[2J"] {
            assert!(KecamatanCode::parse(raw).is_err(), "{raw:?}");
        }
    }

    #[test]
    fn two_of_the_same_name_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        let text = "\u{feff}kode_kecamatan,kecamatan,kode_kabupaten,kabupaten\r\n\
                    34.71.02, Jetis ,34.71,Kota Yogyakarta\r\n34.02.09,Jetis,34.02,Bantul\r\n";
        std::fs::write(&path, text).unwrap();
        let regions = Regions {
            kecamatan: read_csv(&path).unwrap(),
            origin: Origin::File,
            note: None,
        };
        let labels: Vec<String> = regions
            .named("JETIS")
            .iter()
            .map(|one| one.label())
            .collect();
        assert_eq!(
            labels,
            [
                "34.02.09 Jetis (Bantul)",
                "34.71.02 Jetis (Kota Yogyakarta)"
            ]
        );
        let code = KecamatanCode::parse("34.71.02").unwrap();
        assert_eq!(regions.find(&code).unwrap().kabupaten, "Kota Yogyakarta");
        std::fs::write(&path, "code,name\n1,x\n").unwrap();
        assert!(read_csv(&path).is_err());
    }
}
