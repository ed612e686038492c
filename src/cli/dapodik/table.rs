//! A Dapodik plan and the list of kecamatan as plain text.

use crate::cli::table::Plain;
use crate::clock::Clock;
use crate::dapodik::{Kecamatan, Plan, preview};

/// The whole plan.
pub fn plan(plan: &Plan) -> String {
    preview(plan, None, Clock::System.now()).join("\n") + "\n"
}

/// A row for each kecamatan: two of one name are told apart by code and kabupaten.
pub fn regions(kecamatan: &[Kecamatan]) -> String {
    let mut table = Plain::new(&["code", "kecamatan", "kabupaten"]);
    for one in kecamatan {
        table.row([one.code.as_str(), &one.name, &one.kabupaten]);
    }
    table.text()
}
