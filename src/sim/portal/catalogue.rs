//! Which schools and PTK there are, and at which places they are listed.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::dirt::{SchoolDirt, StaffDirt};
use super::records::{self, Cell, Record};
use super::{ListState, Place, Setup};
use crate::sim::region::{Region, diy};

/// The first NPSN of all.
const FIRST: usize = 20_400_000;
/// How many numbers a kecamatan's schools, and a school's PTK, have for themselves.
const SPAN: usize = 100;

/// What is answered differently than at the start. Schools are named by NPSN, PTK by NIK.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    pub dropped: HashSet<String>,
    pub names: HashMap<String, String>,
    /// By NPSN, or by a kecamatan's code.
    pub lists: HashMap<String, ListState>,
    /// The school that a PTK moved to.
    pub moved: BTreeMap<String, String>,
    /// The code of another kecamatan that lists a school too.
    pub also_listed: BTreeMap<String, String>,
}

impl Changes {
    pub fn list(&self, key: &str) -> ListState {
        self.lists.get(key).copied().unwrap_or_default()
    }
}

#[derive(Debug)]
pub(super) struct Catalogue {
    districts: Vec<District>,
    schools: usize,
    one_more: usize,
    ptk: usize,
    dirt: bool,
}

#[derive(Debug)]
struct District {
    region: Region,
    /// Its place among all of DI Yogyakarta: a school has the same NPSN in every setup.
    serial: usize,
}

impl Catalogue {
    pub fn of(setup: &Setup) -> Self {
        let all = diy();
        let district = |(index, region): (usize, &Region)| District {
            serial: (all.iter().position(|known| known.code == region.code))
                .unwrap_or(all.len() + index),
            region: region.clone(),
        };
        Self {
            districts: setup.kecamatan.iter().enumerate().map(district).collect(),
            schools: setup.schools,
            one_more: setup.one_more,
            ptk: setup.ptk,
            dirt: setup.dirt,
        }
    }

    pub fn districts(&self) -> Vec<Record> {
        let regions = self.districts.iter().enumerate();
        regions
            .map(|(index, district)| records::district(index, &district.region))
            .collect()
    }

    pub fn district(&self, code: &str) -> Option<usize> {
        let mut districts = self.districts.iter();
        districts.position(|district| district.region.code == code)
    }

    pub fn code(&self, district: usize) -> &str {
        let found = self.districts.get(district);
        found.map_or("", |district| &district.region.code)
    }

    pub fn districts_count(&self) -> usize {
        self.districts.len()
    }

    fn number_of_schools(&self, district: usize) -> usize {
        self.schools + usize::from(district < self.one_more)
    }

    /// All there are at the start.
    pub fn schools(&self) -> impl Iterator<Item = Place> {
        (0..self.districts.len()).flat_map(|district| self.of_district(district))
    }

    fn of_district(&self, district: usize) -> impl Iterator<Item = Place> {
        (0..self.number_of_schools(district)).map(move |number| Place { district, number })
    }

    fn exists(&self, place: Place) -> bool {
        place.district < self.districts.len()
            && place.number < self.number_of_schools(place.district)
    }

    pub fn npsn(&self, place: Place) -> String {
        let district = self.districts.get(place.district);
        let serial = district.map_or(SPAN * SPAN, |district| district.serial);
        (FIRST + serial * SPAN + place.number).to_string()
    }

    pub fn find(&self, npsn: &str) -> Option<Place> {
        let number: usize = npsn.parse().ok()?;
        let number = number.checked_sub(FIRST)?;
        let mut districts = self.districts.iter();
        let district = districts.position(|district| district.serial == number / SPAN)?;
        let place = Place::of(district, number % SPAN);
        self.exists(place).then_some(place)
    }

    /// Region 6, birth date DDMMYY with day + 40 for women, serial 4.
    pub fn nik(&self, place: Place, serial: usize) -> String {
        let birth = records::birth(&self.npsn(place), serial);
        let digits = digits(self.code(place.district));
        let last = place.number % SPAN * SPAN + serial % SPAN;
        format!("{digits:0>6.6}{}{last:04}", birth.in_nik())
    }

    fn find_staff(&self, nik: &str) -> Option<(Place, usize)> {
        let last: usize = nik.get(12..)?.parse().ok()?;
        let mut districts = self.districts.iter();
        let district =
            districts.position(|district| nik.starts_with(&digits(&district.region.code)))?;
        let place = Place::of(district, last / SPAN);
        let serial = last % SPAN;
        (self.exists(place) && serial < self.ptk).then_some((place, serial))
    }

    fn dirt_of(&self, place: Place) -> Option<SchoolDirt> {
        SchoolDirt::at(place).filter(|_| self.dirt)
    }

    fn dirt_of_staff(&self, place: Place, serial: usize) -> Option<StaffDirt> {
        StaffDirt::at(place, serial).filter(|_| self.dirt)
    }

    /// The rows of a kecamatan's list, in its order.
    pub fn listed(&self, district: usize, changes: &Changes) -> Vec<Place> {
        let all = self.of_district(district);
        let mut places: Vec<_> = all
            .filter(|place| !changes.dropped.contains(&self.npsn(*place)))
            .collect();
        let is_twice = |place: &Place| self.dirt_of(*place) == Some(SchoolDirt::ListedTwice);
        let twice: Vec<_> = places.iter().copied().filter(is_twice).collect();
        places.extend(twice);
        let code = self.code(district);
        let guests = changes.also_listed.iter().filter(|(_, at)| *at == code);
        places.extend(guests.filter_map(|(npsn, _)| self.find(npsn)));
        places
    }

    pub fn school(&self, place: Place, changes: &Changes) -> Record {
        let npsn = self.npsn(place);
        let Some(District { region, .. }) = self.districts.get(place.district) else {
            return Record::default();
        };
        let mut record = records::school(region, &npsn, place.number);
        if let Some(dirt) = self.dirt_of(place) {
            dirt.spoil(&mut record);
        }
        rename(&mut record, &npsn, changes);
        record
    }

    /// All rows of a kecamatan's list; none where it is not answered as usual.
    pub fn school_rows(&self, district: usize, changes: &Changes) -> Vec<Record> {
        if changes.list(self.code(district)) != ListState::Usual {
            return Vec::new();
        }
        let places = self.listed(district, changes);
        let rows = places.into_iter().map(|place| self.school(place, changes));
        rows.collect()
    }

    /// How the PTK of a school are answered.
    pub fn staff_list(&self, place: Place, changes: &Changes) -> ListState {
        let npsn = self.npsn(place);
        if changes.dropped.contains(&npsn) {
            return ListState::Keterangan;
        }
        let set = changes.lists.get(&npsn).copied();
        set.unwrap_or_else(|| match self.dirt_of(place) {
            Some(SchoolDirt::OnlyKeterangan | SchoolDirt::EmptyName | SchoolDirt::NullName) => {
                ListState::Keterangan
            }
            Some(SchoolDirt::NoStaff) => ListState::Empty,
            _ => ListState::Usual,
        })
    }

    /// The rows of a school's PTK: its own, those that it shares, those that moved there, doubles.
    /// None where they are not answered as usual.
    pub fn staff_rows(&self, place: Place, changes: &Changes) -> Vec<Record> {
        if self.staff_list(place, changes) != ListState::Usual {
            return Vec::new();
        }
        let npsn = self.npsn(place);
        let own = (0..self.ptk).map(|serial| (place, serial));
        let guests = StaffDirt::guests(place).filter(|_| self.dirt);
        let guests = guests.map(StaffDirt::place);
        let guests = guests.filter(|(home, serial)| self.exists(*home) && *serial < self.ptk);
        let stays = |nik: &str| changes.moved.get(nik).is_none_or(|to| *to == npsn);
        let moved = changes.moved.iter().filter(|(_, to)| **to == npsn);
        let moved = moved.filter_map(|(nik, _)| self.find_staff(nik));
        let moved = moved.filter(|(home, _)| *home != place);

        let mut rows = Vec::with_capacity(self.ptk + 1);
        let mut doubles = Vec::new();
        for (home, serial) in own.chain(guests).chain(moved) {
            let nik = self.nik(home, serial);
            if changes.dropped.contains(&nik) || !stays(&nik) {
                continue;
            }
            let row = self.one_staff((home, serial), &nik, place, changes);
            if self.dirt_of_staff(home, serial) == Some(StaffDirt::ListedTwice) {
                let mut double = row.clone();
                double.set("no_hp", "081299990000".into());
                doubles.push(double);
            }
            rows.push(row);
        }
        rows.extend(doubles);
        rows
    }

    /// A PTK as it is listed at the school `at`, where it may have another post than at home.
    fn one_staff(
        &self,
        (home, serial): (Place, usize),
        nik: &str,
        at: Place,
        changes: &Changes,
    ) -> Record {
        let mut record = records::staff(nik, &self.npsn(home), serial);
        if let Some(dirt) = self.dirt_of_staff(home, serial) {
            dirt.spoil(&mut record);
        }
        if home != at {
            record.set("npsn", self.npsn(at).into());
            record.set("ptk_induk", "Tidak".into());
            record.set("tmt_tugas", "2021-01-04".into());
            record.set("tugas_tambahan_jabatan_ptk", "Guru Pengganti".into());
        }
        rename(&mut record, nik, changes);
        record
    }
}

fn rename(record: &mut Record, key: &str, changes: &Changes) {
    if let Some(name) = changes.names.get(key) {
        record.set("nama", Cell::from(name.clone()));
    }
}

/// `340407` of `34.04.07`.
fn digits(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).collect()
}
