//! What the portal says of a kecamatan, a school, a PTK: every key there is, values as they come.
//!
//! Texts are padded with blanks in places, numbers are texts in places, some values are null and
//! some empty; all that without anything being wrong. Names are invented.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use uuid::Uuid;

use crate::sim::people::{mixed, name};
use crate::sim::region::{PROVINCE, Region};

/// A record, its keys in the order in which they are sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Record(Vec<(&'static str, Cell)>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Number(usize),
    Text(Cow<'static, str>),
}

impl From<&'static str> for Cell {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl Record {
    pub fn get(&self, key: &str) -> Option<&Cell> {
        let found = self.0.iter().find(|(known, _)| *known == key);
        found.map(|(_, cell)| cell)
    }

    /// The value as a text; nothing for null.
    pub fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        match self.get(key)? {
            Cell::Null => None,
            Cell::Number(number) => Some(number.to_string().into()),
            Cell::Text(text) => Some(Cow::Borrowed(text.as_ref())),
        }
    }

    /// What `change` makes of the text of a key.
    pub fn changed(&self, key: &str, change: impl Fn(&str) -> String) -> Cell {
        self.text(key)
            .map_or(Cell::Null, |text| change(&text).into())
    }

    /// Sets a value in its place.
    pub fn set(&mut self, key: &'static str, value: Cell) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, cell)) => *cell = value,
            None => self.push(key, value),
        }
    }

    pub fn push(&mut self, key: &'static str, value: Cell) {
        self.0.push((key, value));
    }

    pub fn remove(&mut self, key: &str) {
        self.0.retain(|(known, _)| *known != key);
    }

    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, cell) in &self.0 {
            match cell {
                Cell::Null => map.serialize_entry(key, &())?,
                Cell::Number(number) => map.serialize_entry(key, number)?,
                Cell::Text(text) => map.serialize_entry(key, text)?,
            }
        }
        map.end()
    }
}

/// `total_rows` of the row `index` of a page: a number or a text.
pub(super) fn total(rows: usize, index: usize) -> Cell {
    number(rows, index.is_multiple_of(2))
}

fn number(number: usize, as_text: bool) -> Cell {
    if as_text {
        number.to_string().into()
    } else {
        Cell::Number(number)
    }
}

/// A text, blank-padded or not.
fn padded(text: impl Into<String>, is_padded: bool) -> Cell {
    let text = text.into();
    if is_padded {
        format!("{text}   ").into()
    } else {
        text.into()
    }
}

/// Chooses values; the same ones for the same record.
#[derive(Clone, Copy)]
struct Dice(u64);

impl Dice {
    fn of(serial: usize, text: &str) -> Self {
        Self(mixed(serial as u64, text))
    }

    /// A number below `sides`.
    fn roll(self, shift: u32, sides: usize) -> usize {
        usize::try_from(self.0.rotate_right(shift) % sides as u64).unwrap_or_default()
    }

    fn pick<const N: usize>(self, shift: u32, from: [&'static str; N]) -> &'static str {
        from[self.roll(shift, N)]
    }

    fn one_in(self, shift: u32, sides: usize) -> bool {
        self.roll(shift, sides) == 0
    }

    fn date(self, shift: u32, (first, years): (usize, usize)) -> Cell {
        let year = first + self.roll(shift, years);
        let (month, day) = (self.roll(shift + 3, 12) + 1, self.roll(shift + 9, 28) + 1);
        format!("{year}-{month:02}-{day:02}").into()
    }
}

pub(super) fn district(index: usize, region: &Region) -> Record {
    Record(vec![
        (
            "kode_kecamatan",
            padded(&region.code, index.is_multiple_of(3)),
        ),
        ("kecamatan", padded(&region.name, index.is_multiple_of(2))),
        (
            "kode_kabupaten",
            padded(&region.kabupaten_code, index.is_multiple_of(3)),
        ),
        ("kabupaten", region.kabupaten.clone().into()),
        ("kode_provinsi", padded(PROVINCE.0, index.is_multiple_of(3))),
        ("provinsi", padded(PROVINCE.1, index.is_multiple_of(2))),
    ])
}

const KINDS: [&str; 5] = ["SD", "SMP", "TK", "SMA", "SMK"];

#[allow(clippy::too_many_lines, reason = "a list: one entry for each key")]
pub(super) fn school(region: &Region, npsn: &str, index: usize) -> Record {
    let dice = Dice::of(index, npsn);
    let kind = KINDS[index % KINDS.len()];
    let is_private = dice.one_in(3, 3);
    let owner = if is_private { "UMPAMA" } else { "NEGERI" };
    let place = region.name.to_uppercase();
    let name = format!("{kind} {owner} {} {place}", index + 1);
    let mail = format!("{}.{npsn}@contoh.example", kind.to_lowercase());
    let foundation = if is_private {
        "Yayasan Umpama".into()
    } else {
        Cell::Null
    };
    Record(vec![
        ("sekolah_id", uuid(dice, index % 2 == 1).into()),
        ("npsn", padded(npsn, dice.one_in(5, 4))),
        ("nama", padded(&name, dice.one_in(7, 4))),
        ("nama_nomenklatur", padded(title(&name), dice.one_in(11, 4))),
        ("bentuk_pendidikan", kind.into()),
        (
            "status_sekolah",
            if is_private { "Swasta" } else { "Negeri" }.into(),
        ),
        (
            "alamat_jalan",
            padded(format!("Jl. Contoh No. {}", index + 1), dice.one_in(13, 5)),
        ),
        ("rt", number(dice.roll(15, 12), dice.one_in(16, 2))),
        ("rw", number(dice.roll(17, 9), dice.one_in(18, 2))),
        (
            "nama_dusun",
            dice.pick(19, ["Andaikata", "Misalnya", ""]).into(),
        ),
        (
            "desa_kelurahan",
            padded(format!("Desa Contoh {}", region.name), dice.one_in(21, 3)),
        ),
        ("kode_kecamatan", padded(&region.code, dice.one_in(23, 3))),
        ("kecamatan", format!("Kec. {}", region.name).into()),
        (
            "kode_kabupaten",
            padded(&region.kabupaten_code, dice.one_in(24, 3)),
        ),
        ("kabupaten", region.kabupaten.clone().into()),
        ("kode_provinsi", padded(PROVINCE.0, dice.one_in(25, 3))),
        ("provinsi", PROVINCE.1.into()),
        (
            "kode_pos",
            number(55_000 + dice.roll(26, 999), dice.one_in(27, 2)),
        ),
        ("lintang", "-7.7".into()),
        ("bujur", "110.4".into()),
        (
            "sk_pendirian_sekolah",
            format!("{}/SK/1975", index + 100).into(),
        ),
        ("tanggal_sk_pendirian", dice.date(28, (1950, 60))),
        (
            "status_kepemilikan",
            if is_private {
                "Yayasan"
            } else {
                "Pemerintah Daerah"
            }
            .into(),
        ),
        ("yayasan", foundation),
        (
            "sk_izin_operasional",
            dice.pick(30, ["", "420/IZIN/2008", "-"]).into(),
        ),
        (
            "tanggal_sk_izin_operasional",
            if dice.one_in(31, 4) {
                Cell::Null
            } else {
                dice.date(32, (1990, 30))
            },
        ),
        (
            "npwp",
            if dice.one_in(33, 3) {
                Cell::Null
            } else {
                "00.000.000.0-542.000".into()
            },
        ),
        ("nomor_telepon", format!("0274-5{npsn:.6}").into()),
        ("nomor_fax", dice.pick(35, ["", "0274-500000"]).into()),
        ("email", mail.into()),
        (
            "website",
            if dice.one_in(37, 2) {
                "".into()
            } else {
                format!("http://{npsn}.contoh.example").into()
            },
        ),
        ("kebutuhan_khusus", "Tidak ada".into()),
        ("daya_listrik", daya(dice)),
        (
            "sumber_listrik",
            dice.pick(39, ["PLN", "PLN & Diesel"]).into(),
        ),
        (
            "akses_internet",
            dice.pick(41, ["Serat optik", "Tidak Ada", ""]).into(),
        ),
        (
            "akreditasi",
            dice.pick(43, ["A", "B", "C", "Belum Terakreditasi"]).into(),
        ),
        ("partisipasi_bos", dice.pick(45, ["Ya", "Tidak"]).into()),
        (
            "sertifikasi_iso",
            dice.pick(47, ["Belum Bersertifikat", "9001:2008"]).into(),
        ),
        (
            "waktu_penyelenggaraan",
            dice.pick(49, ["Pagi/6 hari", "Pagi/5 hari"]).into(),
        ),
        ("keaktifan", "Aktif".into()),
        (
            "luas_tanah_milik",
            number(dice.roll(51, 9_000), dice.one_in(52, 2)),
        ),
        ("nama_bank", "BPD Contoh".into()),
        ("mbs", "Ya".into()),
        ("semester_id", "20252".into()),
    ])
}

fn daya(dice: Dice) -> Cell {
    match dice.roll(53, 4) {
        0 => Cell::Null,
        1 => "1300.00".into(),
        2 => "2200".into(),
        _ => Cell::Number(5_500),
    }
}

/// `Sd Negeri 3 Depok` of `SD NEGERI 3 DEPOK`.
fn title(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(String::from).unwrap_or_default();
        first + &letters.as_str().to_lowercase()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn uuid(Dice(seed): Dice, is_upper: bool) -> String {
    let (one, other) = (u128::from(seed), u128::from(seed.rotate_left(17)));
    let text = Uuid::from_u128(one << 64 | other).to_string();
    if is_upper { text.to_uppercase() } else { text }
}

/// When a PTK was born, and whether it is a woman.
pub(super) struct Birth {
    day: usize,
    month: usize,
    year: usize,
    is_woman: bool,
}

impl Birth {
    /// DDMMYY, the day of women + 40.
    pub fn in_nik(&self) -> String {
        let day = self.day + if self.is_woman { 40 } else { 0 };
        format!("{day:02}{:02}{:02}", self.month, self.year % 100)
    }
}

/// Of the PTK `serial` of the school `npsn`.
pub(super) fn birth(npsn: &str, serial: usize) -> Birth {
    let dice = Dice::of(serial, npsn);
    Birth {
        day: dice.roll(2, 28) + 1,
        month: dice.roll(6, 12) + 1,
        year: 1965 + dice.roll(10, 35),
        is_woman: dice.one_in(14, 2),
    }
}

/// The PTK `serial` of the school `npsn`.
#[allow(clippy::too_many_lines, reason = "a list: one entry for each key")]
pub(super) fn staff(nik: &str, npsn: &str, serial: usize) -> Record {
    let dice = Dice::of(serial, npsn);
    let birth = birth(npsn, serial);
    let born = format!("{}-{:02}-{:02}", birth.year, birth.month, birth.day);
    let is_official = dice.one_in(5, 2);
    let service = format!(
        "{}{:02}{:02}200501100{}",
        birth.year,
        birth.month,
        birth.day,
        serial % 9
    );
    let post = match serial {
        0 => "Kepala Sekolah",
        1 => "Tenaga Administrasi Sekolah",
        _ => dice.pick(9, ["Guru Kelas", "Guru Mapel", "Guru BK"]),
    };
    let of_officials = |cell: Cell| if is_official { cell } else { Cell::Null };
    Record(vec![
        ("ptk_id", uuid(dice, false).into()),
        ("nik", padded(nik, dice.one_in(11, 6))),
        (
            "nuptk",
            if dice.one_in(13, 5) {
                Cell::Null
            } else {
                format!("{:016}", dice.0 % 9_999_999_999_999_999).into()
            },
        ),
        (
            "nip",
            if is_official {
                service.into()
            } else {
                dice.pick(15, ["", "-"]).into()
            },
        ),
        ("nama", padded(name(dice.0), dice.one_in(17, 4))),
        (
            "jenis_kelamin",
            if birth.is_woman { "P" } else { "L" }.into(),
        ),
        (
            "tempat_lahir",
            padded(
                dice.pick(19, ["Sleman", "Bantul", "Wates", "Klaten"]),
                dice.one_in(20, 4),
            ),
        ),
        ("tanggal_lahir", born.into()),
        ("nama_ibu_kandung", "Ibu Contoh".into()),
        (
            "agama",
            dice.pick(21, ["Islam", "Katholik", "Kristen", "Hindu", "Budha"])
                .into(),
        ),
        ("alamat_jalan", "Jl. Umpama".into()),
        ("rt", number(dice.roll(22, 12), dice.one_in(23, 2))),
        ("rw", number(dice.roll(24, 9), dice.one_in(25, 2))),
        ("desa_kelurahan", "Desa Contoh".into()),
        (
            "status_perkawinan",
            dice.pick(26, ["Kawin", "Belum Kawin"]).into(),
        ),
        ("npwp", Cell::Null),
        (
            "no_hp",
            if dice.one_in(27, 9) {
                "".into()
            } else {
                format!("0812{:08}", dice.0 % 99_999_999).into()
            },
        ),
        (
            "kode_pos",
            if dice.one_in(28, 4) {
                Cell::Null
            } else {
                number(55_000 + dice.roll(29, 999), dice.one_in(30, 2))
            },
        ),
        ("email", format!("ptk{serial}.{npsn}@contoh.example").into()),
        (
            "status_kepegawaian",
            if is_official {
                "PNS"
            } else {
                dice.pick(31, ["GTY/PTY", "PPPK", "Guru Honor Sekolah"])
            }
            .into(),
        ),
        (
            "pangkat_golongan",
            of_officials(dice.pick(33, ["III/a", "III/c", "IV/a"]).into()),
        ),
        ("jenis_ptk", padded(post, dice.one_in(34, 5))),
        (
            "jabatan_ptk",
            dice.pick(35, ["Guru Ahli Pertama", "Guru Ahli Muda", ""])
                .into(),
        ),
        (
            "tugas_tambahan_jabatan_ptk",
            dice.pick(37, ["Wali Kelas", "", "Kepala Perpustakaan"])
                .into(),
        ),
        ("sk_cpns", of_officials(format!("813/{serial}/2005").into())),
        ("tgl_cpns", of_officials(dice.date(38, (2003, 15)))),
        ("sk_pengangkatan", format!("800/{serial}/2010").into()),
        ("tmt_pengangkatan", dice.date(40, (2005, 15))),
        ("tmt_tugas", dice.date(42, (2010, 10))),
        (
            "masa_kerja_thn",
            if dice.one_in(43, 7) {
                Cell::Null
            } else {
                number(dice.roll(44, 35), dice.one_in(45, 2))
            },
        ),
        ("masa_kerja_bln", number(dice.roll(46, 12), true)),
        (
            "riwayat_pendidikan_formal_jenjang_pendidikan",
            dice.pick(47, ["S1", "S2", "D3"]).into(),
        ),
        (
            "riwayat_pendidikan_formal_bidang_studi",
            padded(
                dice.pick(48, ["PGSD", "Matematika", "Bahasa Indonesia"]),
                dice.one_in(49, 4),
            ),
        ),
        (
            "riwayat_sertifikasi_bidang_studi",
            dice.pick(50, ["Guru Kelas SD/MI", "", "Matematika"]).into(),
        ),
        ("ptk_induk", "Ya".into()),
        ("npsn", npsn.to_owned().into()),
        ("nama_sekolah", "Sekolah Contoh".into()),
        ("semester_id", "20252".into()),
    ])
}
