//! The check after a followed run: what the backend stored, against what it says that it did.
//!
//! ```text
//!   a school's own row   its PTK of this run   its PTK before    it is
//!   new                  some                                    stored
//!   new                  none                  some              left out
//!   new                  none                  none ever         without PTK, not verified
//!   old, as all of its kecamatan                                 its kecamatan has failed
//!   old among new ones                                           no longer listed
//! ```
//! `done` proves nothing: a school that fails is skipped silently, and with an expired token the
//! deployed backend says "Selesai!" over nothing at all. The list of a kecamatan is stored in one
//! statement, so an old row among new ones was not on it. Pure: the rows are read in `store`.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::model::{Finding, KecamatanResults, Report};
use super::region::Kecamatan;
use super::store::{FEW, School, Snapshot};
use crate::text::{age, count, excerpt, plural};

const NOT_REACHED: &str = "not reached before the connection broke";

pub(super) struct Expected<'a> {
    pub all: &'a [Kecamatan],
    /// The chosen ones; empty for all.
    pub chosen: &'a [Kecamatan],
    pub told: Option<u64>,
    pub before: &'a Snapshot,
    pub now: Timestamp,
}

/// What a kecamatan has, and what became of it.
#[derive(Default)]
struct Found<'s> {
    schools: Vec<&'s School>,
    stored: u64,
    ptk: u64,
    ptk_stored: u64,
}

/// Writes into `report` what was stored; false when there is nothing to compare with.
pub(super) fn check(report: &mut Report, expected: &Expected<'_>, schools: &[School]) -> bool {
    let mut by_code: BTreeMap<&str, Found<'_>> = BTreeMap::new();
    for school in schools {
        by_code.entry(&school.kecamatan).or_default().add(school);
    }
    let judged = expected.judged(&by_code);
    if judged.is_empty() {
        return false;
    }
    let stored: u64 = by_code.values().map(|found| found.ptk_stored).sum();
    let whole = report.is_done();
    let (mut districts, mut sekolah, mut ptk) = (KecamatanResults::default(), 0, 0);
    for kecamatan in judged {
        let none = Found::default();
        let found = by_code.get(kecamatan.code.as_str()).unwrap_or(&none);
        sekolah += found.stored;
        ptk += found.ptk_stored;
        if let Some(reason) = found.failure(stored > 0, whole) {
            districts.failed.push(Finding {
                key: kecamatan.code.to_string(),
                label: kecamatan.label(),
                reason,
                kecamatan: None,
            });
            continue;
        }
        districts.done += 1;
        for school in &found.schools {
            expected.judge(report, kecamatan, school);
        }
    }
    report.verified = Some(districts.failed.is_empty() && report.skipped.is_empty());
    report.kecamatan = districts;
    report.sekolah = Some(sekolah);
    report.ptk = Some(ptk);
    true
}

impl Expected<'_> {
    /// The kecamatan that should have something new. Of all of them only those that had schools
    /// before or have now: a database may know kecamatan that this backend never fetches. When the
    /// backend told of more than that, which are missing is unknown: then all are looked at.
    fn judged<'k>(&'k self, by_code: &BTreeMap<&str, Found<'_>>) -> Vec<&'k Kecamatan> {
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

    /// Puts a school of a kecamatan that was stored where it belongs.
    fn judge(&self, report: &mut Report, kecamatan: &Kecamatan, school: &School) {
        let staff = self.before.staff.get(&school.npsn);
        let staff = staff.copied().unwrap_or_default();
        let (rows, reason) = if !school.stored {
            let reason = match school.written {
                Some(written) => format!("last stored {}", age(written, self.now)),
                None => "never stored by a sync".to_owned(),
            };
            (&mut report.no_longer_listed, reason)
        } else if school.ptk_stored == 0 && staff.all > 0 {
            (&mut report.skipped, no_ptk_stored(staff.all))
        } else if school.ptk_stored == 0 {
            (&mut report.without_ptk, "no PTK, now or before".to_owned())
        } else if staff.last > school.ptk_stored + FEW {
            let reason = format!(
                "{} PTK, {} before",
                count(school.ptk_stored),
                count(staff.last)
            );
            (&mut report.fewer_ptk, reason)
        } else {
            return;
        };
        rows.push(Finding {
            key: excerpt(&school.npsn, 20),
            label: label(school, &kecamatan.label()),
            reason,
            kecamatan: Some(kecamatan.code.to_string()),
        });
    }
}

impl<'s> Found<'s> {
    fn add(&mut self, school: &'s School) {
        self.schools.push(school);
        self.stored += u64::from(school.stored);
        self.ptk += school.ptk;
        self.ptk_stored += school.ptk_stored;
    }

    /// Why all of it counts as missing. `others` stored PTK; `whole`: the sync came to its end.
    fn failure(&self, others: bool, whole: bool) -> Option<String> {
        if self.stored == 0 {
            let schools = self.schools.len() as u64;
            return Some(if whole {
                no_school_stored(schools)
            } else {
                NOT_REACHED.to_owned()
            });
        }
        // A single school that never had any PTK may have none; a whole kecamatan has some.
        let plausible = self.ptk == 0 && self.stored == 1 && others;
        (self.ptk_stored == 0 && !plausible).then(|| no_ptk_stored(self.ptk))
    }
}

/// `20400101 SD NEGERI 1 in 34.04.07 Depok (Sleman)`.
fn label(school: &School, kecamatan: &str) -> String {
    let name = excerpt(school.name.trim(), 60);
    let gap = if name.is_empty() { "" } else { " " };
    format!("{}{gap}{name} in {kecamatan}", excerpt(&school.npsn, 20))
}

fn no_ptk_stored(ptk: u64) -> String {
    match ptk {
        0 => "schools, but no PTK".to_owned(),
        ptk => format!("none of its {} PTK was stored by this sync", count(ptk)),
    }
}

fn no_school_stored(schools: u64) -> String {
    match plural(schools, "school") {
        _ if schools == 0 => "no school was stored".to_owned(),
        schools => format!("none of its {schools} was stored by this sync"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dapodik::model::End;
    use crate::dapodik::region::KecamatanCode;
    use crate::dapodik::store::{PtkCounts, Watermark};
    use crate::engine::{Outcome as _, Verdict};
    use crate::error::Failure;

    fn kecamatan(code: &str) -> Kecamatan {
        Kecamatan::unknown(KecamatanCode::parse(code).unwrap())
    }

    fn school(kecamatan: &str, npsn: &str, stored: bool, [ptk, ptk_stored]: [u64; 2]) -> School {
        School {
            npsn: npsn.into(),
            name: "SD NEGERI".into(),
            kecamatan: kecamatan.into(),
            stored,
            written: Some("2026-02-27T01:00:00Z".parse().unwrap()),
            ptk,
            ptk_stored,
        }
    }

    /// All these PTK were there before, all from one sync.
    fn before(staff: &[(&str, u64)]) -> Snapshot {
        let staff = staff.iter().map(|(npsn, all)| {
            let (all, last) = (*all, *all);
            ((*npsn).to_owned(), PtkCounts { all, last })
        });
        Snapshot {
            mark: Watermark::default(),
            staff: staff.collect(),
        }
    }

    struct Case<'a> {
        all: &'a [Kecamatan],
        chosen: &'a [Kecamatan],
        told: Option<u64>,
        before: &'a [(&'a str, u64)],
    }

    impl Case<'_> {
        fn ended(&self, end: End, schools: &[School]) -> Report {
            let mut report = Report::of("global".into(), end);
            let expected = Expected {
                all: self.all,
                chosen: self.chosen,
                told: self.told,
                before: &before(self.before),
                now: "2026-11-20T01:00:00Z".parse().unwrap(),
            };
            check(&mut report, &expected, schools);
            report
        }

        fn checked(&self, schools: &[School]) -> Report {
            self.ended(End::Done, schools)
        }
    }

    fn keys(rows: &[Finding]) -> Vec<&str> {
        rows.iter().map(|named| named.key.as_str()).collect()
    }

    #[test]
    fn what_was_stored_whole_is_verified() {
        let all = [kecamatan("a"), kecamatan("b"), kecamatan("c")];
        let case = Case {
            all: &all,
            chosen: &[],
            told: Some(2),
            before: &[("1", 9), ("2", 3)],
        };
        let report = case.checked(&[
            school("a", "1", true, [9, 8]),
            school("b", "2", true, [3, 3]),
        ]);
        assert_eq!(
            (report.verified, report.verdict()),
            (Some(true), Verdict::Clean)
        );
        assert_eq!(
            (report.kecamatan.done, report.sekolah, report.ptk),
            (2, Some(2), Some(11))
        );
        assert!(report.sentence().contains("stored, verified."));
    }

    #[test]
    fn every_school_is_judged_by_what_it_had_and_what_its_neighbours_got() {
        let all = [kecamatan("a"), kecamatan("b"), kecamatan("c")];
        let case = Case {
            all: &all,
            chosen: &[],
            told: Some(3),
            before: &[("2", 4), ("3", 4), ("4", 3), ("6", 12), ("7", 12)],
        };
        let report = case.checked(&[
            school("a", "1", true, [9, 9]),
            school("a", "2", false, [4, 0]),
            school("a", "3", true, [4, 0]),
            school("a", "5", true, [0, 0]),
            school("a", "6", true, [12, 6]),
            school("a", "7", true, [12, 9]),
            school("b", "4", false, [3, 0]),
            school("c", "8", true, [0, 0]),
            school("c", "9", true, [0, 0]),
        ]);
        assert_eq!(keys(&report.kecamatan.failed), ["b", "c"]);
        assert_eq!(keys(&report.no_longer_listed), ["2"]);
        assert_eq!(keys(&report.skipped), ["3"]);
        assert_eq!(keys(&report.without_ptk), ["5"]);
        assert_eq!(keys(&report.fewer_ptk), ["6"]);
        assert_eq!(
            (report.verified, report.verdict()),
            (Some(false), Verdict::Partial)
        );
        let failure = report.failure().unwrap();
        assert_eq!(failure.kind.exit(), 11);
        assert!(failure.message.contains("3 SD NEGERI in a"), "{failure:?}");
        let hint = failure.hint.unwrap();
        assert!(hint.contains("selaras dapodik kecamatan a b c"), "{hint}");
        let sentence = report.sentence();
        for part in [
            "No longer listed: 2 SD NEGERI in a (last stored 266 d ago)",
            "Without PTK, not verified: 5 SD NEGERI in a",
            "6 SD NEGERI in a (6 PTK, 12 before)",
        ] {
            assert!(sentence.contains(part), "{part}: {sentence}");
        }
    }

    #[test]
    fn a_school_that_left_the_portal_and_one_that_never_had_ptk_fail_nothing() {
        let all = [kecamatan("a"), kecamatan("b")];
        let case = Case {
            all: &all,
            chosen: &[],
            told: None,
            before: &[("1", 9), ("2", 4)],
        };
        let report = case.checked(&[
            school("a", "1", true, [9, 9]),
            school("a", "2", false, [4, 0]),
            school("b", "3", true, [0, 0]),
        ]);
        assert_eq!(
            (report.verified, report.verdict(), report.failure()),
            (Some(true), Verdict::Clean, None)
        );
        assert_eq!(keys(&report.without_ptk), ["3"]);
        assert!(!report.sentence().contains("stored, verified."));
    }

    #[test]
    fn an_empty_database_after_done_is_not_well() {
        let all = [kecamatan("a"), kecamatan("b")];
        let case = |told, all| Case {
            all,
            chosen: &[],
            told,
            before: &[],
        };
        for told in [None, Some(2), Some(9)] {
            let report = case(told, &all).checked(&[]);
            assert_eq!(keys(&report.kecamatan.failed), ["a", "b"], "{told:?}");
        }
        assert_eq!(case(Some(2), &[]).checked(&[]).verified, None);
        // Lists, and not a single PTK: the token had ended.
        let report = case(Some(2), &all).checked(&[
            school("a", "1", true, [0, 0]),
            school("b", "2", true, [0, 0]),
        ]);
        assert_eq!(keys(&report.kecamatan.failed), ["a", "b"]);
    }

    #[test]
    fn of_a_sync_that_was_cut_the_rest_was_not_reached() {
        let all = [kecamatan("a"), kecamatan("b")];
        let case = Case {
            all: &all,
            chosen: &[],
            told: None,
            before: &[("1", 3), ("2", 3)],
        };
        let cut = || {
            End::Interrupted(Failure {
                kind: crate::error::Kind::Remote,
                message: "cut".into(),
                hint: None,
            })
        };
        let rows = [
            school("a", "1", true, [3, 3]),
            school("b", "2", false, [3, 0]),
        ];
        let report = case.ended(cut(), &rows);
        assert_eq!(report.verdict(), Verdict::Interrupted);
        assert_eq!(report.kecamatan.failed[0].reason, NOT_REACHED);
        assert_eq!((report.kecamatan.done, report.ptk), (1, Some(3)));
    }

    #[test]
    fn only_the_chosen_ones_are_judged() {
        let all = [kecamatan("a"), kecamatan("b")];
        let case = Case {
            all: &all,
            chosen: &all[1..],
            told: None,
            before: &[("1", 9), ("2", 3)],
        };
        let rows = [
            school("a", "1", false, [9, 0]),
            school("b", "2", true, [3, 3]),
        ];
        assert_eq!(case.checked(&rows).verified, Some(true));
        assert_eq!(keys(&case.checked(&rows[..1]).kecamatan.failed), ["b"]);
    }
}
