//! What a sync must make of the portal's records: figures, found by a rule of its own.
//!
//! Reads the rows as they are answered and judges each value by the column it is for. What it
//! judges by is written here a second time on purpose: a test compares two opinions.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use uuid::Uuid;

use super::catalogue::{Catalogue, Changes};
use super::records::Record;
use super::{ListState, Setup};

/// The shortest NIK that is stored.
const NIK: usize = 10;

/// Columns of `satuan_pendidikan` that hold a text, with their lengths.
const SCHOOL_TEXTS: [(&str, usize); 26] = [
    ("nama", 100),
    ("nama_nomenklatur", 100),
    ("bentuk_pendidikan", 50),
    ("status_sekolah", 20),
    ("alamat_jalan", 255),
    ("kode_kabupaten", 6),
    ("kode_provinsi", 6),
    ("kode_pos", 5),
    ("sk_pendirian_sekolah", 80),
    ("status_kepemilikan", 50),
    ("yayasan", 100),
    ("sk_izin_operasional", 80),
    ("npwp", 100),
    ("nomor_telepon", 50),
    ("nomor_fax", 50),
    ("email", 60),
    ("website", 500),
    ("kebutuhan_khusus", 40),
    ("sumber_listrik", 50),
    ("akses_internet", 50),
    ("akreditasi", 30),
    ("partisipasi_bos", 5),
    ("sertifikasi_iso", 50),
    ("waktu_penyelenggaraan", 50),
    ("keaktifan", 5),
    ("desa_kelurahan", usize::MAX),
];
const SCHOOL_DATES: [&str; 2] = ["tanggal_sk_pendirian", "tanggal_sk_izin_operasional"];

/// Columns of `data_ptk` that hold a text, with their lengths. `nuptk` and `nip` are cut to 16 and
/// 18 whatever their columns hold.
const STAFF_TEXTS: [(&str, usize); 17] = [
    ("nama", 150),
    ("jenis_kelamin", 1),
    ("tempat_lahir", 100),
    ("agama", 25),
    ("no_hp", 20),
    ("kode_pos", 5),
    ("email", 100),
    ("status_kepegawaian", 40),
    ("pangkat_golongan", 30),
    ("jenis_ptk", 30),
    ("jabatan_ptk", 50),
    ("tugas_tambahan_jabatan_ptk", 50),
    ("sk_cpns", 80),
    ("sk_pengangkatan", 80),
    ("riwayat_pendidikan_formal_jenjang_pendidikan", 50),
    ("riwayat_pendidikan_formal_bidang_studi", 50),
    ("riwayat_sertifikasi_bidang_studi", 50),
];
const STAFF_DATES: [&str; 4] = ["tanggal_lahir", "tgl_cpns", "tmt_pengangkatan", "tmt_tugas"];

/// The figures of a sync into an empty database. Rows count once for each time they are answered,
/// values once for each such row that is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    pub districts: usize,
    /// Stored, each once.
    pub schools: usize,
    pub staff: usize,
    /// PTK that two schools list, or more.
    pub at_two_schools: usize,
    /// Rows beyond the first of a school within its kecamatan.
    pub doubled_schools: usize,
    /// Rows beyond the first of a PTK within its school.
    pub doubled_staff: usize,
    /// Schools without a name: skipped. Their PTK are not there either.
    pub nameless_schools: usize,
    /// PTK without a name: skipped.
    pub nameless_staff: usize,
    /// NIK shorter than 10 characters: skipped.
    pub short_nik: usize,
    /// NIK null: skipped.
    pub missing_nik: usize,
    /// Texts longer than their columns.
    pub shortened: usize,
    /// `nuptk` longer than 16, `nip` longer than 18.
    pub cut: usize,
    /// Texts that have a NUL byte.
    pub nul_bytes: usize,
    /// Empty dates, numbers and uuids: NULL.
    pub empty_values: usize,
    /// `0000-00-00`: NULL.
    pub zero_dates: usize,
    /// Dates that no calendar has: NULL.
    pub impossible_dates: usize,
    /// Numbers that are none: NULL.
    pub no_numbers: usize,
    /// Uuids that are none: NULL.
    pub no_uuids: usize,
    /// Schools whose `kode_kecamatan` is in no list: NULL.
    pub unknown_districts: usize,
    /// Schools whose `kode_kecamatan` is empty: NULL.
    pub empty_districts: usize,
    /// Stored schools whose PTK are answered with nothing.
    pub without_staff: usize,
}

impl Expected {
    /// Rows that are skipped.
    pub fn skipped(&self) -> usize {
        self.nameless_schools + self.nameless_staff + self.short_nik + self.missing_nik
    }

    /// Values that say something, and become NULL because it is impossible.
    pub fn impossible(&self) -> usize {
        self.zero_dates + self.impossible_dates + self.no_numbers + self.no_uuids
    }

    fn text(&mut self, record: &Record, (key, length): (&str, usize)) {
        let Some(text) = record.text(key) else {
            return;
        };
        self.nul_bytes += usize::from(text.contains('\0'));
        self.shortened += usize::from(text.trim().chars().count() > length);
    }

    fn date(&mut self, record: &Record, key: &str) {
        let Some(text) = record.text(key) else {
            return;
        };
        let text = text.trim();
        let day = text.get(..10).unwrap_or(text);
        match day {
            "" => self.empty_values += 1,
            "0000-00-00" => self.zero_dates += 1,
            _ => self.impossible_dates += usize::from(day.parse::<Date>().is_err()),
        }
    }

    fn number(&mut self, record: &Record, key: &str) {
        match record.text(key).as_deref().map(str::trim) {
            None => {}
            Some("") => self.empty_values += 1,
            Some(text) => self.no_numbers += usize::from(text.parse::<f64>().is_err()),
        }
    }

    fn school(&mut self, record: &Record, codes: &HashSet<&str>) {
        for column in SCHOOL_TEXTS {
            self.text(record, column);
        }
        for key in SCHOOL_DATES {
            self.date(record, key);
        }
        self.number(record, "daya_listrik");
        match record.text("sekolah_id").as_deref().map(str::trim) {
            None => {}
            Some("") => self.empty_values += 1,
            Some(text) => self.no_uuids += usize::from(Uuid::try_parse(text).is_err()),
        }
        match record.text("kode_kecamatan").as_deref().map(str::trim) {
            None => {}
            Some("") => self.empty_districts += 1,
            Some(code) => self.unknown_districts += usize::from(!codes.contains(code)),
        }
    }

    fn one_staff(&mut self, record: &Record) {
        for column in STAFF_TEXTS {
            self.text(record, column);
        }
        for key in STAFF_DATES {
            self.date(record, key);
        }
        self.number(record, "masa_kerja_thn");
        for (key, length) in [("nuptk", 16), ("nip", 18)] {
            let text = record.text(key).unwrap_or_default();
            self.cut += usize::from(text.trim().chars().count() > length);
        }
    }

    /// The NIK of a row that is stored; counts one that is skipped.
    fn nik(&mut self, record: &Record) -> Option<String> {
        let Some(nik) = record.text("nik") else {
            self.missing_nik += 1;
            return None;
        };
        let nik = nik.trim();
        if nik.chars().count() < NIK {
            self.short_nik += 1;
            return None;
        }
        if !has_name(record) {
            self.nameless_staff += 1;
            return None;
        }
        Some(nik.to_owned())
    }
}

fn has_name(record: &Record) -> bool {
    record
        .text("nama")
        .is_some_and(|name| !name.trim().is_empty())
}

/// The figures of a portal that was started with `setup`.
pub fn expected(setup: &Setup) -> Expected {
    of(&Catalogue::of(setup), &Changes::default())
}

pub(super) fn of(catalogue: &Catalogue, changes: &Changes) -> Expected {
    let mut expected = Expected {
        districts: catalogue.districts_count(),
        ..Expected::default()
    };
    let districts = 0..expected.districts;
    let codes: HashSet<&str> = districts
        .clone()
        .map(|index| catalogue.code(index))
        .collect();
    // At how many schools each PTK is.
    let mut schools_of: HashMap<String, usize> = HashMap::new();
    for district in districts {
        let mut seen = HashSet::new();
        for school in catalogue.school_rows(district, changes) {
            if !has_name(&school) {
                expected.nameless_schools += 1;
                continue;
            }
            expected.school(&school, &codes);
            let npsn = school.text("npsn").unwrap_or_default().trim().to_owned();
            if !seen.insert(npsn.clone()) {
                expected.doubled_schools += 1;
                continue;
            }
            expected.schools += 1;
            let Some(place) = catalogue.find(&npsn) else {
                continue;
            };
            let rows = catalogue.staff_rows(place, changes);
            let is_answered = !matches!(
                catalogue.staff_list(place, changes),
                ListState::Fails(_) | ListState::Html
            );
            expected.without_staff += usize::from(rows.is_empty() && is_answered);
            let mut here = HashSet::new();
            for row in rows {
                let Some(nik) = expected.nik(&row) else {
                    continue;
                };
                expected.one_staff(&row);
                if here.insert(nik.clone()) {
                    *schools_of.entry(nik).or_default() += 1;
                } else {
                    expected.doubled_staff += 1;
                }
            }
        }
    }
    expected.staff = schools_of.len();
    expected.at_two_schools = schools_of.values().filter(|schools| **schools > 1).count();
    expected
}
