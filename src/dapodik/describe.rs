//! What a plan, a report or a figure says in sentences: the same on the screen, at a shell and in a
//! journal; so also what a plan tells its run, and how a report ends one.

mod followed;
pub mod own;

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

pub use followed::{how_far, in_database};

use super::model::{Broken, Emptied, End, Finding, Plan, RESOURCE, Report, Scope, WhenRunning};
use super::progress::Eta;
use super::region::Kecamatan;
use crate::engine::{Outcome, Summary, Verdict};
use crate::error::{Error, Failure, Kind};
use crate::text::table::first;
use crate::text::{count, duration, excerpt, plural, round_duration, scrub};

/// How many kecamatan are named before `and 8 more`.
const NAMED: usize = 6;
/// How many codes a line for the shell may have.
const MOST_CODES: usize = 20;

/// What the deployed backend does when its client is gone.
pub(super) const BACKEND_ALONE: &str = "the deployed backend stops at the end of the kecamatan in \
                                        hand when its client is gone, and does not refresh its \
                                        view";

pub(super) const STOP_ASKED: &str = "the server was asked to stop";
pub(super) const STOPPED_HERE: &str = "the sync was stopped; what was stored stays";
pub(super) const STOPPED_THERE: &str = "the sync was stopped at the server";
pub(super) const HINT_LOOK_FIRST: &str = "it may have been done all the same: look before you try \
                                          again";
pub(super) const HINT_METADATA: &str = "`selaras dapodik metadata` shows how it stands";
pub(super) const HINT_PLAN_AGAIN: &str = "nothing was started; plan again";

// A plan.

/// What is synced, in a few words; a NIK is masked.
pub(super) fn scope(scope: &Scope, kecamatan: &[Kecamatan]) -> String {
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

/// The request as one line, such as `GET http://…/api/sync/global`.
pub(super) fn call(plan: &Plan) -> String {
    if let Some(shown) = &plan.portal {
        return own::way(plan, shown);
    }
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
    let path = plan.scope.path();
    format!("{method} {}{path}", plan.server)
}

/// What is shown before anything is started: the request, the state of the backend, how
/// the result is verified. `last` is how long the same took last time.
pub fn preview(plan: &Plan, last: Option<Duration>, now: Timestamp) -> Vec<String> {
    if let Some(shown) = &plan.portal {
        return own::preview(plan, shown, last, now);
    }
    let mut lines = vec![scope(&plan.scope, &plan.kecamatan), call(plan)];
    for kecamatan in &plan.kecamatan {
        lines.push(format!("  {}", kecamatan.label()));
    }
    lines.push(plan.metadata.sentence(now));
    lines.extend(last.map(|last| format!("last time it took {}", duration(last))));
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
    let emptied = plan.emptied.as_ref();
    lines.extend(emptied.map(|emptied| format!("! {}", empties(emptied))));
    if plan.metadata.is_running() && plan.when_running == WhenRunning::Force {
        lines
            .push("! a second sync beside the one that runs: the backend locks nothing".to_owned());
    }
    let notes = plan.notes.iter();
    lines.extend(notes.map(|note| format!("! {}", excerpt(note, 400))));
    lines
}

/// What a call for all PTK empties at the deployed backend, and how much is at risk.
pub fn empties(emptied: &Emptied) -> String {
    let columns: Vec<String> = (emptied.columns.iter())
        .map(|(column, rows)| match rows {
            0 => column.clone(),
            rows => format!("{column} ({})", count(*rows)),
        })
        .collect();
    let columns = columns.join(" and ");
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

pub fn question(plan: &Plan) -> String {
    if let Some(shown) = &plan.portal {
        return own::question(plan, shown);
    }
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
pub(super) fn running(plan: &Plan) -> Error {
    if let Some(shown) = &plan.portal {
        return own::running(shown);
    }
    let hint = if plan.scope.is_followed() {
        "--attach watches that one, --force-running starts another beside it; RUNNING may also be \
         left from a crash"
    } else {
        "--force-running starts all the same; RUNNING may also be left from a crash"
    };
    let server = &plan.server;
    Error::busy(format!("a global sync is running already at {server}")).hint(hint)
}

// What is known while it runs.

/// `ETA 19 min (15 to 24 min)`; no clock time, which `19:00` would be taken for.
pub fn eta(eta: &Eta) -> String {
    let [soonest, likely, latest] = [eta.soonest, eta.likely, eta.latest].map(round_duration);
    let [
        (soonest, unit),
        (likely, likely_unit),
        (latest, latest_unit),
    ] = [soonest, likely, latest];
    if unit == latest_unit {
        format!("ETA {likely} {likely_unit} ({soonest} to {latest} {latest_unit})")
    } else {
        format!("ETA {likely} {likely_unit} ({soonest} {unit} to {latest} {latest_unit})")
    }
}

/// `interrupted at 41 %, 34.04.07 Depok (Sleman): the stream broke (it ended without a result)`.
pub(super) fn interrupted(broken: &Broken) -> String {
    let why = &broken.why;
    format!("interrupted at {}: the stream broke ({why})", place(broken))
}

/// `the connection broke at 41 %, 34.04.07 Depok (Sleman) (it ended without a result)`.
pub(super) fn broke_at(broken: &Broken) -> String {
    format!("the connection broke at {} ({})", place(broken), broken.why)
}

/// `41 %, 34.04.07 Depok (Sleman)`.
fn place(broken: &Broken) -> String {
    let place = broken.place.as_ref();
    let place = place.map_or_else(String::new, |place| format!(", {place}"));
    format!("{} %{place}", broken.percent)
}

/// Why the view is not fresh; the rows are written all the same.
pub(super) fn not_refreshed(error: &Error) -> String {
    format!("the view was not refreshed: {}", error.chain())
}

/// Why the backend ended a run before its end.
pub(super) fn backend_failed(why: &str) -> String {
    match excerpt(why.trim(), 400) {
        why if why.is_empty() => "the backend gave up without a reason".to_owned(),
        why => format!("the backend gave up: {why}"),
    }
}

// A report.

/// Why a database that should have told what is missing did not.
pub(super) fn could_not_verify(why: &str) -> String {
    format!("the backend says that it is done, which could not be verified: {why}")
}

/// Which kecamatan to sync again, as a line for the shell.
pub(super) fn hint_missing(report: &Report) -> String {
    let codes = report.incomplete();
    let verb = match codes.len() {
        0 => String::new(),
        1..=MOST_CODES => format!(": `selaras dapodik kecamatan {}`", codes.join(" ")),
        many => format!(": {} of them, such as {}", many, codes[..NAMED].join(" ")),
    };
    let why = match report.told {
        Some(_) => "",
        None => "; the backend skips a school that fails without a word",
    };
    format!("sync these kecamatan again{verb}{why}")
}

/// `the backend says that it is done, but 2 of 17 kecamatan are not there: 34.04.07 Depok (Sleman), …`.
pub(super) fn missing(report: &Report) -> String {
    match (report.told, lacks(report)) {
        (None, lacks) => format!("the backend says that it is done, but {lacks}"),
        (Some(_), lacks) if lacks.is_empty() => "the server did not do all of it".to_owned(),
        (Some(_), lacks) => format!("the server did not do all of it: {lacks}"),
    }
}

/// `2 of 17 kecamatan are not there: …; 1 school left out: …`.
fn lacks(report: &Report) -> String {
    let failed = &report.kecamatan.failed;
    let mut parts = Vec::new();
    if !failed.is_empty() {
        let all = report.kecamatan.done + failed.len() as u64;
        let labels = labels(failed);
        parts.push(format!(
            "{} of {all} kecamatan are not there: {labels}",
            failed.len()
        ));
    }
    if !report.skipped.is_empty() {
        parts.push(left_out(&report.skipped.iter().collect::<Vec<_>>()));
    }
    parts.join("; ")
}

/// `1 school left out: 20400101 SD NEGERI 1 in 34.04.07 Depok (Sleman)`.
pub fn left_out(schools: &[&Finding]) -> String {
    let labels: Vec<String> = schools.iter().map(|school| school.label.clone()).collect();
    let schools = plural(schools.len() as u64, "school");
    format!("{schools} left out: {}", listed(&labels))
}

fn labels(named: &[Finding]) -> String {
    let labels: Vec<String> = named.iter().map(|named| named.label.clone()).collect();
    listed(&labels)
}

fn explained(named: &[Finding]) -> String {
    let labels: Vec<String> = named
        .iter()
        .map(|named| format!("{} ({})", named.label, named.reason))
        .collect();
    listed(&labels)
}

/// What the check noticed that is no failure.
pub fn remarks(report: &Report) -> Vec<String> {
    if let Some(work) = &report.work {
        return own::remarks(report, work);
    }
    let mut remarks = Vec::new();
    if !report.without_ptk.is_empty() {
        let schools = labels(&report.without_ptk);
        remarks.push(format!("Without PTK, not verified: {schools}"));
    }
    if !report.no_longer_listed.is_empty() {
        let schools = explained(&report.no_longer_listed);
        remarks.push(format!("No longer listed: {schools}"));
    }
    if !report.fewer_ptk.is_empty() {
        let schools = explained(&report.fewer_ptk);
        remarks.push(format!("Fewer PTK than in the sync before: {schools}"));
    }
    remarks
}

pub(super) fn result(report: &Report) -> String {
    match &report.work {
        Some(work) => own::result(report, work),
        None => followed::result(report),
    }
}

pub fn page(plan: &Plan, now: Timestamp) -> String {
    preview(plan, None, now).join("\n") + "\n"
}

/// What a report says besides its sentence, row by row: nothing, where the sentence says it all.
pub fn details(report: &Report) -> String {
    let rows = [
        ("✗ ", &report.kecamatan.failed),
        ("✗ ", &report.skipped),
        ("! ", &report.without_ptk),
        ("! ", &report.no_longer_listed),
        ("! ", &report.fewer_ptk),
    ];
    let text = rows.iter().fold(String::new(), |text, (mark, rows)| {
        let line = |row: &Finding| format!("{}: {}", scrub(&row.label), scrub(&row.reason));
        text + &first(mark, rows.iter().map(line))
    });
    let work = report.work.as_ref();
    text + &work.map_or_else(String::new, |work| own::details(work))
}

impl Plan {
    /// Why it may not be carried out: a sync is running already.
    pub fn obstacle(&self) -> Option<Failure> {
        if let Some(shown) = &self.portal {
            return own::obstacle(self, shown);
        }
        let minds = !matches!(self.scope, Scope::Ptk { .. });
        let refused = match self.when_running {
            WhenRunning::Refuse => true,
            WhenRunning::Attach => !self.scope.is_followed(),
            WhenRunning::Force => false,
        };
        (minds && refused && self.metadata.is_running()).then(|| running(self).into())
    }

    /// Why it may not be carried out without a question: more rows would lose a value than were
    /// allowed, or they cannot be counted.
    pub fn guard(&self, max_emptied: Option<u64>) -> Option<Failure> {
        let emptied = self.emptied.as_ref()?;
        let allowed = emptied.rows.zip(max_emptied);
        if allowed.is_some_and(|(rows, allowed)| rows <= allowed) {
            return None;
        }
        let hint = match emptied.rows {
            Some(rows) => format!(
                "nothing was started; --max-emptied {rows} beside --yes accepts it, or a sync of \
                 all kecamatan (`selaras dapodik global`), which keeps them"
            ),
            None => "nothing was started; a [dapodik] database that can be read lets them be \
                     counted, or start it at a terminal, where it is confirmed by typing"
                .to_owned(),
        };
        let error = Error::new(Kind::Guard, empties(emptied));
        Some(error.hint(hint).into())
    }

    /// The request as one line, such as `GET http://…/api/sync/global`.
    pub fn call(&self) -> String {
        call(self)
    }
}

impl Summary for Plan {
    fn id(&self) -> Uuid {
        self.id
    }

    fn is_empty(&self) -> bool {
        false
    }

    fn target(&self) -> String {
        scope(&self.scope, &self.kecamatan)
    }

    fn resources(&self) -> Vec<String> {
        vec![RESOURCE.to_owned()]
    }
}

impl Outcome for Report {
    fn verdict(&self) -> Verdict {
        if self.is_partial() {
            return Verdict::Partial;
        }
        self.end.verdict()
    }

    fn failure(&self) -> Option<Failure> {
        if self.is_partial() {
            let error = match &self.unverifiable {
                None if self.work.is_some() => own::failure(self),
                None => Error::new(Kind::Partial, missing(self)).hint(hint_missing(self)),
                Some(why) => {
                    let hint = why.hint.as_ref();
                    let hint = hint.map_or_else(String::new, |hint| format!("; {hint}"));
                    Error::new(Kind::Partial, could_not_verify(&why.message)).hint(format!(
                        "the sync was not undone by it: mend [dapodik] database and sync again to \
                         be sure{hint}"
                    ))
                }
            };
            return Some(error.into());
        }
        match &self.end {
            End::Done | End::DoneByMetadata | End::Started => None,
            End::Failed(failure) | End::Interrupted(failure) => Some(failure.clone()),
            End::Stopped(what) => {
                let error = Error::new(Kind::Stopped, what.as_str());
                let error = match &self.work {
                    Some(_) if own::is_global(self) => error.hint(own::HINT_RESUME),
                    _ => error,
                };
                Some(error.into())
            }
        }
    }

    fn sentence(&self) -> String {
        result(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn an_estimate_is_round_and_has_its_unit() {
        let table = [
            ([40, 50, 90], "ETA 50 s (40 to 90 s)"),
            ([80, 119, 150], "ETA 2 min (80 s to 3 min)"),
            ([480, 533, 586], "ETA 9 min (8 to 10 min)"),
            ([5_000, 6_100, 8_000], "ETA 1:42 h (83 min to 2:13 h)"),
        ];
        for (seconds, said) in table {
            let [soonest, likely, latest] = seconds.map(SignedDuration::from_secs);
            let estimate = Eta {
                soonest,
                likely,
                latest,
            };
            assert_eq!(eta(&estimate), said);
        }
    }
}
