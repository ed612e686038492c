//! What is wrong with the portal's records, and where: always at the same places.
//!
//! Kecamatan, schools and PTK are counted from 0. A rule whose place a smaller portal lacks does not
//! occur. Everything beside these places is as it should be.

use super::Place;
use super::records::{Cell, Record};

/// A rule for a school, or for the list of its PTK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchoolDirt {
    /// Its name is in lower case: it is stored in upper case.
    LowerCaseName,
    /// Its name has more than 100 characters: it is shortened.
    LongName,
    /// Its name is empty: it is skipped, and has no PTK.
    EmptyName,
    /// Its name is null: it is skipped, and has no PTK.
    NullName,
    /// `sekolah_id` is no uuid: NULL.
    NoUuid,
    /// `kode_kecamatan` is in no list: NULL.
    UnknownDistrict,
    /// `kode_kecamatan` is empty: NULL.
    EmptyDistrict,
    /// Its PTK are answered with `keterangan`: none.
    OnlyKeterangan,
    /// Its PTK are an empty list.
    NoStaff,
    /// It stands in its kecamatan's list twice, the second time at the end.
    ListedTwice,
    /// A NUL byte is in its address.
    NulByte,
    /// `tanggal_sk_pendirian` is empty: NULL.
    EmptyDate,
    /// `tanggal_sk_pendirian` is `0000-00-00`: NULL.
    ZeroDate,
    /// `tanggal_sk_pendirian` is 30 February: NULL.
    ImpossibleDate,
    /// `tanggal_sk_pendirian` has a time: its date is stored.
    TimedDate,
    /// Its e-mail has capitals: they are kept.
    CapitalEmail,
}

/// A rule for a PTK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffDirt {
    /// It stands in its school's list twice, the second time at the end with another phone number.
    ListedTwice,
    /// Its NIK has 8 characters: it is skipped.
    ShortNik,
    /// Its NIK is null: it is skipped.
    NullNik,
    /// Its name is empty: it is skipped.
    EmptyName,
    /// Its name is null: it is skipped.
    NullName,
    /// Its name is blanks: it is skipped.
    BlankName,
    /// `tanggal_lahir` is empty: NULL.
    EmptyDate,
    /// `tanggal_lahir` is `0000-00-00`: NULL.
    ZeroDate,
    /// `tanggal_lahir` is 30 February: NULL.
    ImpossibleDate,
    /// `tanggal_lahir` has a time: its date is stored.
    TimedDate,
    /// `masa_kerja_thn` is ` 7 `: 7.
    PaddedYears,
    /// `masa_kerja_thn` is a text: 12.
    TextYears,
    /// `masa_kerja_thn` is a number: 9.
    NumberYears,
    /// `masa_kerja_thn` is `abc`: NULL.
    WordYears,
    /// `masa_kerja_thn` is not there: NULL, and nothing wrong.
    MissingYears,
    /// `nuptk` has 20 characters: cut to 16.
    LongNuptk,
    /// `nip` has 21 characters: cut to 18.
    LongNip,
    /// `no_hp` has more than 20 characters: shortened.
    LongPhone,
    /// A NUL byte is in `tempat_lahir`.
    NulByte,
    /// `jabatan_ptk` is too many emoji, each of several characters: shortened.
    Emoji,
    /// Its e-mail has capitals: they are kept.
    CapitalEmail,
    /// It is listed at a school of another kecamatan too, `GUESTS` says at which.
    AlsoInAnotherDistrict,
    /// It is listed at a school of its own kecamatan too.
    AlsoInSameDistrict,
    /// It is listed at a school with a lower NPSN too, which it then belongs to.
    AlsoBefore,
}

/// Kecamatan and number of each rule's school.
const SCHOOLS: [(SchoolDirt, usize, usize); 16] = [
    (SchoolDirt::LowerCaseName, 0, 1),
    (SchoolDirt::LongName, 0, 2),
    (SchoolDirt::EmptyName, 0, 3),
    (SchoolDirt::NullName, 0, 4),
    (SchoolDirt::NoUuid, 0, 5),
    (SchoolDirt::UnknownDistrict, 0, 6),
    (SchoolDirt::EmptyDistrict, 0, 7),
    (SchoolDirt::OnlyKeterangan, 0, 8),
    (SchoolDirt::NoStaff, 0, 9),
    (SchoolDirt::ListedTwice, 1, 0),
    (SchoolDirt::NulByte, 1, 1),
    (SchoolDirt::EmptyDate, 1, 2),
    (SchoolDirt::ZeroDate, 1, 3),
    (SchoolDirt::ImpossibleDate, 1, 4),
    (SchoolDirt::TimedDate, 1, 5),
    (SchoolDirt::CapitalEmail, 1, 6),
];

/// Kecamatan, number of the school and serial of each rule's PTK.
const STAFF: [(StaffDirt, usize, usize, usize); 24] = [
    (StaffDirt::ListedTwice, 0, 0, 0),
    (StaffDirt::ShortNik, 0, 0, 1),
    (StaffDirt::NullNik, 0, 0, 2),
    (StaffDirt::EmptyName, 0, 0, 3),
    (StaffDirt::NullName, 0, 0, 4),
    (StaffDirt::EmptyDate, 0, 0, 5),
    (StaffDirt::ZeroDate, 0, 0, 6),
    (StaffDirt::ImpossibleDate, 0, 0, 7),
    (StaffDirt::TimedDate, 0, 0, 8),
    (StaffDirt::PaddedYears, 0, 0, 9),
    (StaffDirt::TextYears, 0, 0, 10),
    (StaffDirt::NumberYears, 0, 0, 11),
    (StaffDirt::WordYears, 1, 0, 0),
    (StaffDirt::MissingYears, 1, 0, 1),
    (StaffDirt::LongNuptk, 1, 0, 2),
    (StaffDirt::LongNip, 1, 0, 3),
    (StaffDirt::LongPhone, 1, 0, 4),
    (StaffDirt::NulByte, 1, 0, 5),
    (StaffDirt::Emoji, 1, 0, 6),
    (StaffDirt::CapitalEmail, 1, 0, 7),
    (StaffDirt::BlankName, 1, 0, 8),
    (StaffDirt::AlsoInAnotherDistrict, 0, 1, 0),
    (StaffDirt::AlsoInSameDistrict, 0, 1, 1),
    (StaffDirt::AlsoBefore, 1, 3, 0),
];

/// The second school of each PTK that has two: kecamatan and number.
const GUESTS: [(StaffDirt, usize, usize); 3] = [
    (StaffDirt::AlsoInAnotherDistrict, 1, 2),
    (StaffDirt::AlsoInSameDistrict, 0, 2),
    (StaffDirt::AlsoBefore, 0, 5),
];

impl SchoolDirt {
    pub fn all() -> impl Iterator<Item = Self> {
        SCHOOLS.iter().map(|rule| rule.0)
    }

    /// What holds at a place.
    pub(super) fn at(place: Place) -> Option<Self> {
        let mut rules = SCHOOLS.iter();
        let rule = rules.find(|rule| (rule.1, rule.2) == (place.district, place.number));
        rule.map(|rule| rule.0)
    }

    /// Where it holds: kecamatan and number.
    pub fn place(self) -> Place {
        let rule = SCHOOLS.iter().find(|rule| rule.0 == self);
        rule.map_or_else(Place::default, |rule| Place::of(rule.1, rule.2))
    }

    pub(super) fn spoil(self, school: &mut Record) {
        let date = |text| ("tanggal_sk_pendirian", Cell::from(text));
        let (key, value) = match self {
            Self::LowerCaseName => ("nama", school.changed("nama", str::to_lowercase)),
            Self::LongName => {
                let long =
                    |name: &str| format!("{} {}", name.trim(), "CONTOH NAMA PANJANG ".repeat(6));
                ("nama", school.changed("nama", long))
            }
            Self::EmptyName => ("nama", "".into()),
            Self::NullName => ("nama", Cell::Null),
            Self::NoUuid => ("sekolah_id", "bukan-uuid".into()),
            Self::UnknownDistrict => ("kode_kecamatan", "34.99.99".into()),
            Self::EmptyDistrict => ("kode_kecamatan", "".into()),
            Self::NulByte => ("alamat_jalan", "Jl. Umpama\0 No. 5".into()),
            Self::EmptyDate => date(""),
            Self::ZeroDate => date("0000-00-00"),
            Self::ImpossibleDate => date("2023-02-30"),
            Self::TimedDate => date("1975-07-01 00:00:00"),
            Self::CapitalEmail => ("email", "Sekolah.Contoh@Sleman.Example".into()),
            Self::OnlyKeterangan | Self::NoStaff | Self::ListedTwice => return,
        };
        school.set(key, value);
    }
}

impl StaffDirt {
    pub fn all() -> impl Iterator<Item = Self> {
        STAFF.iter().map(|rule| rule.0)
    }

    pub(super) fn at(place: Place, serial: usize) -> Option<Self> {
        let wanted = (place.district, place.number, serial);
        let rule = STAFF.iter().find(|rule| (rule.1, rule.2, rule.3) == wanted);
        rule.map(|rule| rule.0)
    }

    /// Where it holds: the school, and the PTK's serial there.
    pub fn place(self) -> (Place, usize) {
        let rule = STAFF.iter().find(|rule| rule.0 == self);
        rule.map_or_else(Default::default, |rule| (Place::of(rule.1, rule.2), rule.3))
    }

    /// The other school of a PTK that has two.
    pub fn also_at(self) -> Option<Place> {
        let guest = GUESTS.iter().find(|guest| guest.0 == self);
        guest.map(|guest| Place::of(guest.1, guest.2))
    }

    /// Those that a school lists beside its own PTK.
    pub(super) fn guests(place: Place) -> impl Iterator<Item = Self> {
        let all = GUESTS.iter().map(|guest| guest.0);
        all.filter(move |dirt| dirt.also_at() == Some(place))
    }

    pub(super) fn spoil(self, staff: &mut Record) {
        let (key, value) = match self {
            Self::ShortNik => ("nik", "34040112".into()),
            Self::NullNik => ("nik", Cell::Null),
            Self::EmptyName => ("nama", "".into()),
            Self::NullName => ("nama", Cell::Null),
            Self::BlankName => ("nama", "   ".into()),
            Self::EmptyDate => ("tanggal_lahir", "".into()),
            Self::ZeroDate => ("tanggal_lahir", "0000-00-00".into()),
            Self::ImpossibleDate => ("tanggal_lahir", "2023-02-30".into()),
            Self::TimedDate => ("tanggal_lahir", "1975-07-01 00:00:00".into()),
            Self::PaddedYears => ("masa_kerja_thn", " 7 ".into()),
            Self::TextYears => ("masa_kerja_thn", "12".into()),
            Self::NumberYears => ("masa_kerja_thn", Cell::Number(9)),
            Self::WordYears => ("masa_kerja_thn", "abc".into()),
            Self::MissingYears => return staff.remove("masa_kerja_thn"),
            Self::LongNuptk => ("nuptk", "12345678901234567890".into()),
            Self::LongNip => ("nip", "197507012005011001XYZ".into()),
            Self::LongPhone => ("no_hp", "081200000001 / 081200000002".into()),
            Self::NulByte => ("tempat_lahir", "Sle\0man".into()),
            Self::Emoji => (
                "jabatan_ptk",
                "\u{1f469}\u{200d}\u{1f3eb}".repeat(40).into(),
            ),
            Self::CapitalEmail => ("email", "Guru.Contoh@Sleman.Example".into()),
            Self::ListedTwice
            | Self::AlsoInAnotherDistrict
            | Self::AlsoInSameDistrict
            | Self::AlsoBefore => return,
        };
        staff.set(key, value);
    }
}
