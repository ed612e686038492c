//! Every text of the Dapodik sync for people, in one place.

mod remote;
mod results;

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub(super) use remote::*;
pub(super) use results::*;
pub use results::{how_far, in_database, remarks};

use super::metadata::State;
use super::model::{Emptied, Plan, Scope, WhenRunning};
use super::region::Kecamatan;
use crate::error::Error;
use crate::text::{age, count, duration, excerpt, local_time};

/// Who speaks in the lines that are ours.
pub const US: &str = "selaras";

/// How many kecamatan are named before `and 8 more`.
const NAMED: usize = 6;

// Numbers and codes.

pub fn bad_code(code: &str) -> String {
    format!("«{}» is no kecamatan code", excerpt(code, 40))
}

pub fn hint_code() -> String {
    "a code has at most 8 characters, such as 34.04.07".to_owned()
}

/// A NIK is not repeated, not even a wrong one.
pub fn bad_nik(nik: &str) -> String {
    let length = nik.chars().count();
    if nik.chars().all(|character| character.is_ascii_digit()) {
        format!("a NIK has 16 digits, this one has {length}")
    } else {
        "a NIK has 16 digits and nothing else".to_owned()
    }
}

pub fn hint_nik() -> String {
    "region (6 digits), birth date DDMMYY (women: day + 40), serial (4 digits)".to_owned()
}

pub fn impossible_birth_date(digits: &str) -> String {
    format!("digits 7 to 12 of the NIK ({digits}) are no birth date: is it mistyped?")
}

pub fn bad_npsn(npsn: &str) -> String {
    format!("«{}» is no NPSN", excerpt(npsn, 20))
}

pub fn hint_npsn() -> String {
    "an NPSN is 8 digits, or P or K and 7 digits".to_owned()
}

// The list of kecamatan.

pub fn none_chosen() -> String {
    "no kecamatan is chosen".to_owned()
}

pub fn hint_choose() -> String {
    "name their codes, such as 34.04.07; `selaras dapodik kecamatan --list` shows them".to_owned()
}

pub fn is_a_name(name: &str) -> String {
    format!(
        "«{}» is the name of a kecamatan, not its code",
        excerpt(name, 40)
    )
}

pub fn hint_codes_of(labels: &[String]) -> String {
    format!("meant is one of: {}", labels.join(", "))
}

pub fn not_in_list(code: &str) -> String {
    format!("{} is not in the list of kecamatan", excerpt(code, 20))
}

pub fn no_list_in(database: &str, why: &str) -> String {
    format!("the kecamatan cannot be read from {database}: {why}")
}

pub fn list_too_large(path: &Path) -> String {
    format!("{} is too large for a list of kecamatan", path.display())
}

pub fn bad_list(path: &Path) -> String {
    format!("{} is no list of kecamatan", path.display())
}

pub fn hint_list() -> String {
    "a CSV file with the columns kode_kecamatan, kecamatan and kabupaten".to_owned()
}

pub fn no_list(note: Option<&str>) -> String {
    let note = note.map_or_else(String::new, |note| format!(": {note}"));
    format!("there is no list of kecamatan{note}")
}

pub fn hint_no_list() -> String {
    "[dapodik] database (its ref_wilayah) or kecamatan (a CSV file) names one".to_owned()
}

pub fn no_database_file(path: &Path) -> String {
    format!("{} is not there", path.display())
}

pub fn hint_database() -> String {
    "[dapodik] database names the database of the backend, which makes it".to_owned()
}

// Plans.

pub fn no_portal() -> String {
    "dapodik.source is \"portal\", which comes with a later version: this one follows a backend"
        .to_owned()
}

pub fn hint_no_portal() -> String {
    "set source = \"remote\" and url in [dapodik], and EALUMNI_API_KEY, or EALUMNI_USERNAME and \
     EALUMNI_PASSWORD, in the environment or in .env"
        .to_owned()
}

pub fn plan_was_changed() -> String {
    "the plan was changed after it was made".to_owned()
}

pub fn another_server(planned: &str, configured: &str) -> String {
    format!("the plan is for {planned}, configured is {configured}")
}

pub fn hint_plan_again() -> String {
    "nothing was started; plan again".to_owned()
}

/// What is synced, in a few words; a NIK is masked.
pub fn scope(scope: &Scope, kecamatan: &[Kecamatan]) -> String {
    match scope {
        Scope::Global => "global sync".to_owned(),
        Scope::Kecamatan { .. } => {
            let labels: Vec<String> = kecamatan.iter().map(Kecamatan::label).collect();
            format!("sync of {}", listed(&labels))
        }
        Scope::Ptk { nik, npsn } => format!("PTK {nik} of school {npsn}"),
        Scope::AllPtk => "all PTK".to_owned(),
        Scope::AllSekolah => "all schools".to_owned(),
    }
}

/// `a, b, c and 8 more`.
pub fn listed(names: &[String]) -> String {
    match names.len().checked_sub(NAMED) {
        Some(more) if more > 0 => format!("{} and {more} more", names[..NAMED].join(", ")),
        _ => names.join(", "),
    }
}

pub fn call(plan: &Plan) -> String {
    if plan.attaches() {
        return format!(
            "watch the sync that runs at {}, by its metadata",
            plan.server
        );
    }
    let method = if plan.scope.is_followed() {
        "GET"
    } else {
        "POST"
    };
    let path = super::follow::path(&plan.scope);
    format!("{method} {}{path}", plan.server)
}

/// What is shown before anything is started: what is asked of whom, how the backend is, how it
/// will be known what came of it. `last` is how long the same took last time.
pub fn preview(plan: &Plan, last: Option<Duration>, now: Timestamp) -> Vec<String> {
    let mut lines = vec![scope(&plan.scope, &plan.kecamatan), call(plan)];
    for kecamatan in &plan.kecamatan {
        lines.push(format!("  {}", kecamatan.label()));
    }
    lines.push(plan.metadata.sentence(now));
    if let Some(last) = last.and_then(|last| SignedDuration::try_from(last).ok()) {
        lines.push(format!("last time it took {}", duration(last)));
    }
    lines.push(match (&plan.database, plan.scope.is_followed()) {
        (Some(database), true) => format!("afterwards {database} is looked at for what is missing"),
        (None, true) => "not verified afterwards: no [dapodik] database is configured".to_owned(),
        (_, false) if matches!(plan.scope, Scope::Ptk { .. }) => {
            "the backend answers once".to_owned()
        }
        (_, false) => "the backend says that it has begun, and no more; a server of selaras is \
                       followed to the end"
            .to_owned(),
    });
    lines.extend(
        plan.emptied
            .as_ref()
            .map(|emptied| format!("! {}", empties(emptied))),
    );
    if plan.metadata.is_running() && plan.when_running == WhenRunning::Force {
        lines
            .push("! a second sync beside the one that runs: the backend locks nothing".to_owned());
    }
    lines.extend(
        plan.notes
            .iter()
            .map(|note| format!("! {}", excerpt(note, 400))),
    );
    lines
}

/// What a call for all PTK empties at the deployed backend, and how much is at risk.
pub fn empties(emptied: &Emptied) -> String {
    let columns = columns(emptied);
    let lost = if let (Some(rows), Some(of)) = (emptied.rows, emptied.of) {
        format!(": {} of {} rows lose a value", count(rows), count(of))
    } else {
        let why = emptied.why.as_ref();
        let why = why.map_or_else(
            || "no [dapodik] database is configured".to_owned(),
            |why| format!("the database cannot be read: {why}"),
        );
        format!("; how many values are lost cannot be counted: {why}")
    };
    format!("the deployed backend writes NULL into {columns} of every PTK{lost}")
}

/// `riwayat_sertifikasi_bidang_studi (1 620) and tugas_tambahan_jabatan_ptk`.
fn columns(emptied: &Emptied) -> String {
    let filled = |(column, rows): &(String, u64)| match rows {
        0 => column.clone(),
        rows => format!("{column} ({})", count(*rows)),
    };
    let columns: Vec<String> = emptied.columns.iter().map(filled).collect();
    columns.join(" and ")
}

pub fn hint_emptied(rows: Option<u64>) -> String {
    match rows {
        Some(rows) => format!(
            "nothing was started; --max-emptied {rows} beside --yes accepts it, or a sync of all \
             kecamatan (`selaras dapodik global`), which keeps them"
        ),
        None => "nothing was started; a [dapodik] database that can be read lets them be counted, \
                 or start it at a terminal, where it is confirmed by typing"
            .to_owned(),
    }
}

pub fn more_at_risk(planned: u64, now: u64) -> String {
    format!(
        "{} rows would lose a value by now, {} when it was shown",
        count(now),
        count(planned)
    )
}

/// What a confirmation asks.
pub fn question(plan: &Plan) -> String {
    if plan.attaches() {
        return format!("Watch the sync that runs at {}?", plan.server);
    }
    let what = match plan.kecamatan.len() {
        // Which ones is shown with it.
        several @ 2.. => format!("sync of {several} kecamatan"),
        _ => scope(&plan.scope, &plan.kecamatan),
    };
    format!("Start the {what} at {}?", plan.server)
}

/// A sync is running already; [`crate::error::Kind::Busy`].
pub fn running(plan: &Plan) -> Error {
    let hint = if plan.scope.is_followed() {
        "--attach watches that one, --force-running starts another beside it; RUNNING may also be \
         left from a crash"
    } else {
        "--force-running starts all the same; RUNNING may also be left from a crash"
    };
    Error::busy(format!(
        "a global sync is running already at {}",
        plan.server
    ))
    .hint(hint)
}

pub fn asking(server: &str) -> String {
    format!("ask {server}")
}

// Metadata.

pub fn no_words() -> String {
    "without a word".to_owned()
}

pub fn metadata(state: &State, now: Timestamp) -> String {
    match state {
        State::Never => "no global sync yet".to_owned(),
        State::Running => "a global sync is running (RUNNING)".to_owned(),
        State::Done(at) => format!("last global sync {} ({})", local_time(*at), age(*at, now)),
        State::Error(why) => format!("the last global sync failed: {why}"),
        State::Strange(text) => format!("metadata says something unknown: «{text}»"),
    }
}
