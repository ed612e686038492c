//! What a report says of kecamatan and schools: which are done, which failed and why.

use super::{Ledger, Listed, School, SchoolState};
use crate::dapodik::model::{Finding, Report};
use crate::dapodik::region::KecamatanCode;
use crate::dapodik::sync::Label;
use crate::text::excerpt;

impl Ledger {
    /// The kecamatan whose lists came whole.
    pub fn complete(&self) -> Vec<KecamatanCode> {
        let whole = self.districts.iter();
        let whole = whole.filter(|one| matches!(one.listed, Listed::Yes { whole: true }));
        whole.map(|one| one.kecamatan.code.clone()).collect()
    }

    /// The NPSN of schools whose PTK were not stored.
    pub fn unanswered(&self) -> Vec<String> {
        let schools = self.schools.iter();
        let missing = schools.filter(|one| !matches!(one.state, SchoolState::Stored { .. }));
        missing.map(|one| one.npsn.clone()).collect()
    }

    /// Writes into a report what is done and what is not.
    pub fn tell(&self, report: &mut Report) {
        let (mut done, mut failed) = (0, Vec::new());
        for district in &self.districts {
            let failure = match &district.listed {
                Listed::Failed(failure) => Some(failure),
                // The second round did not come to it.
                Listed::No => district.before.as_ref(),
                Listed::Yes { .. } => None,
            };
            if let Some(failure) = failure {
                failed.push(Finding {
                    key: district.kecamatan.code.to_string(),
                    label: district.kecamatan.label(),
                    reason: failure.sentence(),
                    kecamatan: None,
                });
            } else if district.ended && !district.kecamatan.is_nowhere() {
                // Schools without a kecamatan are in none.
                done += 1;
            }
        }
        report.kecamatan.done = done;
        report.kecamatan.failed = failed;
        for school in &self.schools {
            let rows = match &school.state {
                SchoolState::Failed(failure) => Some((&mut report.skipped, failure.sentence())),
                SchoolState::Stored { ptk: 0 } => Some((
                    &mut report.without_ptk,
                    "the portal lists no PTK".to_owned(),
                )),
                SchoolState::Stored { .. } | SchoolState::Waiting => None,
            };
            if let Some((rows, reason)) = rows {
                rows.push(self.finding(school, reason));
            }
        }
        report.notes.extend(self.notices.iter().cloned());
    }

    fn finding(&self, school: &School, reason: String) -> Finding {
        let kecamatan = &self.districts[school.district].kecamatan;
        let label = Label {
            npsn: &school.npsn,
            name: &school.name,
            kecamatan: &kecamatan.label(),
        };
        Finding {
            key: excerpt(&school.npsn, 20),
            label: label.to_string(),
            reason,
            kecamatan: Some(kecamatan.code.to_string()),
        }
    }
}
