//! The check after a followed run: what the backend stored, against what it says that it did.
//!
//! `done` proves nothing: a school that fails is skipped silently, and with an expired token the
//! deployed backend says "Selesai!" over nothing at all. Pure: the rows are read in `store`.

use std::collections::BTreeMap;

use super::model::{Districts, Named, Report};
use super::region::Kecamatan;
use super::store::School;
use super::words;
use crate::text::excerpt;

/// What is to be found.
pub(super) struct Expected<'a> {
    /// The kecamatan of the database.
    pub all: &'a [Kecamatan],
    /// The chosen ones; empty for all.
    pub chosen: &'a [Kecamatan],
    /// How many the backend said there are.
    pub told: Option<u64>,
}

/// What a kecamatan has, and how much of it is new.
#[derive(Default)]
struct Counts {
    schools: u64,
    stored: u64,
    ptk: u64,
    ptk_stored: u64,
    skipped: Vec<Named>,
}

/// Writes into `report` what was stored. `None` of it when there is nothing to compare with.
pub(super) fn check(report: &mut Report, expected: &Expected<'_>, schools: &[School]) {
    let mut by_code: BTreeMap<&str, Counts> = BTreeMap::new();
    for school in schools {
        by_code.entry(&school.kecamatan).or_default().add(school);
    }
    let judged = expected.judged(&by_code);
    if judged.is_empty() {
        report.notes.push(words::nothing_to_compare());
        return;
    }
    let mut districts = Districts::default();
    let (mut sekolah, mut ptk) = (0, 0);
    for kecamatan in judged {
        let none = Counts::default();
        let counts = by_code.get(kecamatan.code.as_str()).unwrap_or(&none);
        sekolah += counts.stored;
        ptk += counts.ptk_stored;
        if let Some(reason) = counts.failure() {
            districts.failed.push(Named {
                key: kecamatan.code.to_string(),
                label: kecamatan.label(),
                reason,
            });
        } else {
            districts.done += 1;
            report.skipped.extend(counts.skipped.iter().cloned());
        }
    }
    report.verified = Some(districts.failed.is_empty() && report.skipped.is_empty());
    report.kecamatan = districts;
    report.sekolah = Some(sekolah);
    report.ptk = Some(ptk);
}

impl Expected<'_> {
    /// The kecamatan that should have something new. Of all of them only those that had schools
    /// before or have now: a database may know kecamatan that this backend never fetches. When the
    /// backend told of more than that, nobody knows which are missing: then all are looked at.
    fn judged<'k>(&'k self, by_code: &BTreeMap<&str, Counts>) -> Vec<&'k Kecamatan> {
        if !self.chosen.is_empty() {
            return self.chosen.iter().collect();
        }
        let known: Vec<&Kecamatan> = (self.all.iter())
            .filter(|one| by_code.contains_key(one.code.as_str()))
            .collect();
        let told = self.told.unwrap_or(1).min(self.all.len() as u64);
        if (known.len() as u64) < told {
            self.all.iter().collect()
        } else {
            known
        }
    }
}

impl Counts {
    fn add(&mut self, school: &School) {
        self.schools += 1;
        self.stored += u64::from(school.stored);
        self.ptk += school.ptk;
        self.ptk_stored += school.ptk_stored;
        let reason = if !school.stored {
            words::school_not_stored()
        } else if school.ptk > 0 && school.ptk_stored == 0 {
            words::no_ptk_stored(school.ptk)
        } else {
            return;
        };
        let npsn = excerpt(&school.npsn, 20);
        self.skipped.push(Named {
            key: npsn.clone(),
            label: npsn,
            reason,
        });
    }

    /// Why all of it counts as missing.
    fn failure(&self) -> Option<String> {
        if self.stored == 0 {
            return Some(words::no_school_stored(self.schools));
        }
        (self.ptk_stored == 0).then(|| words::no_ptk_stored(self.ptk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dapodik::model::End;
    use crate::dapodik::region::KecamatanCode;
    use crate::engine::{Outcome as _, Verdict};

    fn kecamatan(code: &str) -> Kecamatan {
        Kecamatan::unknown(KecamatanCode::parse(code).unwrap())
    }

    fn school(kecamatan: &str, npsn: &str, stored: bool, [ptk, ptk_stored]: [u64; 2]) -> School {
        School {
            npsn: npsn.into(),
            kecamatan: kecamatan.into(),
            stored,
            ptk,
            ptk_stored,
        }
    }

    fn checked(expected: &Expected<'_>, schools: &[School]) -> Report {
        let mut report = Report::of("global".into(), End::Done);
        check(&mut report, expected, schools);
        report
    }

    fn failed(report: &Report) -> Vec<&str> {
        let failed = report.kecamatan.failed.iter();
        failed.map(|named| named.key.as_str()).collect()
    }

    #[test]
    fn what_was_stored_whole_is_verified() {
        let all = [kecamatan("a"), kecamatan("b"), kecamatan("c")];
        let expected = Expected {
            all: &all,
            chosen: &[],
            told: Some(2),
        };
        let rows = [
            school("a", "1", true, [9, 8]),
            school("b", "2", true, [3, 3]),
        ];
        let report = checked(&expected, &rows);
        assert_eq!(
            (report.verified, report.verdict()),
            (Some(true), Verdict::Clean)
        );
        assert_eq!(
            (report.kecamatan.done, report.sekolah, report.ptk),
            (2, Some(2), Some(11))
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let all = [kecamatan("a"), kecamatan("b"), kecamatan("c")];
        let expected = Expected {
            all: &all,
            chosen: &[],
            told: Some(3),
        };
        let rows = [
            school("a", "1", true, [9, 9]),
            school("a", "2", false, [4, 0]),
            school("a", "3", true, [4, 0]),
            school("b", "4", false, [3, 0]),
            school("c", "5", true, [0, 0]),
        ];
        let report = checked(&expected, &rows);
        assert_eq!(failed(&report), ["b", "c"]);
        let skipped: Vec<&str> = report
            .skipped
            .iter()
            .map(|named| named.key.as_str())
            .collect();
        assert_eq!(skipped, ["2", "3"]);
        assert_eq!(
            (report.verified, report.verdict()),
            (Some(false), Verdict::Partial)
        );
        assert_eq!(report.failure().unwrap().kind.exit(), 11);
    }

    #[test]
    fn an_empty_database_after_done_is_not_well() {
        let all = [kecamatan("a"), kecamatan("b")];
        for told in [None, Some(2), Some(9)] {
            let expected = Expected {
                all: &all,
                chosen: &[],
                told,
            };
            assert_eq!(failed(&checked(&expected, &[])), ["a", "b"], "{told:?}");
        }
        let expected = Expected {
            all: &[],
            chosen: &[],
            told: Some(2),
        };
        assert_eq!(checked(&expected, &[]).verified, None);
    }

    #[test]
    fn only_the_chosen_ones_are_judged() {
        let all = [kecamatan("a"), kecamatan("b")];
        let expected = Expected {
            all: &all,
            chosen: &all[1..],
            told: None,
        };
        let rows = [
            school("a", "1", false, [9, 0]),
            school("b", "2", true, [3, 3]),
        ];
        assert_eq!(checked(&expected, &rows).verified, Some(true));
        assert_eq!(failed(&checked(&expected, &rows[..1])), ["b"]);
    }
}
