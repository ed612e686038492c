//! A report: what was done at each location, its sentence, and its exit code.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::notes::{self, PLAN_AGAIN};
use super::plan::{Drift, LocationPlan, Plan};
use super::store::Marker;
use crate::engine::{Event, Outcome, Verdict};
use crate::error::{Error, Failure, Kind};
use crate::text::{excerpt, plural, scrub};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationReport {
    /// `locations.location_code` and `locations.location_name`.
    pub code: String,
    pub name: String,
    pub inserted: u64,
    pub reactivated: u64,
    pub deactivated: u64,
    /// Only an undo removes users.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub removed: u64,
    pub unchanged: u64,
    /// How many were undecidable and left as they were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub conflicts: u64,
    pub message: String,
    /// Rows changed since the plan; with any of them nothing was written.
    pub drift: Vec<Drift>,
    pub error: Option<Failure>,
    /// Whether it may have been written all the same: the database did not answer to its COMMIT.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The run that was undone; `None` for a sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Uuid>,
    /// The locations of the plan, in its order.
    pub locations: Vec<LocationReport>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Plan {
    /// The result sentence of a plan that is settled.
    pub fn settled(&self) -> String {
        let done = |location| LocationReport::done(location, None);
        let reports: Vec<_> = self.locations.iter().map(done).collect();
        Figures::of(&reports).sentence(None, None)
    }

    /// Why nothing can be applied anywhere, if so; its kind is the exit code of `plan`.
    pub fn failure(&self) -> Option<Failure> {
        let failures: Vec<_> = self
            .locations
            .iter()
            .filter_map(|location| Some((location.name.as_str(), location.error.as_ref()?)))
            .collect();
        let all = self.locations.len();
        (failures.len() == all)
            .then(|| combined(&failures, all))
            .flatten()
    }
}

impl LocationReport {
    pub(super) fn done(plan: &LocationPlan, undoes: Option<Uuid>) -> Self {
        let [inserted, reactivated, deactivated, removed] =
            [&plan.new, &plan.reactivate, &plan.deactivate, &plan.remove]
                .map(|rows| rows.len() as u64);
        let report = Self {
            inserted,
            reactivated,
            deactivated,
            removed,
            unchanged: plan.unchanged,
            conflicts: plan.conflict.len() as u64,
            ..Self::empty(plan)
        };
        Self {
            message: Figures::of([&report]).sentence(undoes, None),
            ..report
        }
    }

    /// Nothing was done.
    pub(super) fn failed(plan: &LocationPlan, failure: Failure) -> Self {
        Self {
            message: failure.message.clone(),
            error: Some(failure),
            ..Self::empty(plan)
        }
    }

    /// All was done or nothing, and nobody here knows.
    pub(super) fn unknown(plan: &LocationPlan, failure: Failure) -> Self {
        Self {
            unknown: true,
            ..Self::failed(plan, failure)
        }
    }

    /// Nothing was done: the data changed since the plan.
    pub(super) fn stale(plan: &LocationPlan, drift: Vec<Drift>) -> Self {
        let rows = plural(drift.len() as u64, "row");
        let why = format!("{rows} changed since the preview; nothing was written");
        Self {
            drift,
            ..Self::failed(plan, Error::stale(why).hint(PLAN_AGAIN).into())
        }
    }

    /// Nothing was done: it is done already.
    pub(super) fn applied_before(plan: &LocationPlan, marker: &Marker) -> Self {
        let by = notes::by(marker);
        let why = format!("this plan was already applied{by}; nothing was written");
        Self::failed(plan, Error::stale(why).hint(PLAN_AGAIN).into())
    }

    fn empty(plan: &LocationPlan) -> Self {
        Self {
            code: plan.code.clone(),
            name: plan.name.clone(),
            ..Self::default()
        }
    }

    /// What the job says when the location is through.
    pub(super) fn event(&self) -> Event {
        let state = match self.error {
            None => Verdict::Clean,
            Some(_) if self.unknown => Verdict::Interrupted,
            Some(_) => Verdict::Failed,
        };
        Event::Item {
            key: scrub(&self.name),
            state: state.word().to_owned(),
            note: self.message.clone(),
        }
    }
}

impl Report {
    fn failures(&self) -> Vec<(&str, &Failure)> {
        let rows = self.locations.iter();
        rows.filter_map(|row| Some((row.name.as_str(), row.error.as_ref()?)))
            .collect()
    }

    fn is_unknown(&self) -> bool {
        self.locations.iter().any(|location| location.unknown)
    }

    fn done(&self) -> usize {
        self.locations.len() - self.failures().len()
    }
}

impl Outcome for Report {
    fn verdict(&self) -> Verdict {
        let failures = self.failures();
        let is_stopped = |(_, failure): &(&str, &Failure)| failure.kind == Kind::Stopped;
        if failures.is_empty() {
            Verdict::Clean
        } else if self.is_unknown() {
            Verdict::Interrupted
        } else if failures.iter().any(is_stopped) {
            Verdict::Stopped
        } else if self.done() > 0 {
            Verdict::Partial
        } else {
            Verdict::Failed
        }
    }

    fn failure(&self) -> Option<Failure> {
        let failure = combined(&self.failures(), self.locations.len())?;
        if !self.is_unknown() {
            return Some(failure);
        }
        // Somebody has to look at the database, whatever else went wrong.
        Some(Failure {
            kind: Kind::Database,
            ..failure
        })
    }

    fn sentence(&self) -> String {
        let figures = Figures::of(&self.locations);
        match (self.done(), self.locations.as_slice()) {
            (0, [location]) => location.message.clone(),
            (done, all) if done == all.len() => figures.sentence(self.undoes, None),
            (done, all) => figures.sentence(self.undoes, Some((done, all.len()))),
        }
    }
}

/// What was done, all locations together.
#[derive(Default)]
struct Figures {
    inserted: u64,
    reactivated: u64,
    deactivated: u64,
    removed: u64,
    unchanged: u64,
    conflicts: u64,
}

impl Figures {
    fn of<'a>(locations: impl IntoIterator<Item = &'a LocationReport>) -> Self {
        let mut sum = Self::default();
        for location in locations {
            sum.inserted += location.inserted;
            sum.reactivated += location.reactivated;
            sum.deactivated += location.deactivated;
            sum.removed += location.removed;
            sum.unchanged += location.unchanged;
            sum.conflicts += location.conflicts;
        }
        sum
    }

    /// The sentence of a report; `partly` says for how many of how many locations it is.
    fn sentence(&self, undoes: Option<Uuid>, partly: Option<(usize, usize)>) -> String {
        let (verb, figures) = match undoes {
            Some(_) => ("Undo", self.of_undo()),
            None => ("Sync", self.of_sync()),
        };
        let done = match partly {
            None => format!("{verb} completed successfully! {figures}"),
            Some((done, of)) => format!("{verb} completed for {done} of {of} locations: {figures}"),
        };
        // The documented sentence stays unchanged where nobody is left out.
        match self.conflicts {
            0 => done,
            1 => format!("{done} 1 conflict left as it was."),
            more => format!("{done} {} left as they were.", plural(more, "conflict")),
        }
    }

    /// The original's words; a part about reactivations only where there were any.
    fn of_sync(&self) -> String {
        let (new, off, same) = (self.inserted, self.deactivated, self.unchanged);
        let back = match self.reactivated {
            0 => String::new(),
            back => format!("{back} users reactivated, "),
        };
        format!("{new} users added, {back}{off} users deactivated, {same} users unchanged.")
    }

    /// Removals and rows left alone are named only where there are any.
    fn of_undo(&self) -> String {
        let mut parts = vec![
            format!("{} users deactivated", self.deactivated),
            format!("{} users reactivated", self.reactivated),
        ];
        for (users, what) in [(self.removed, "removed"), (self.unchanged, "left alone")] {
            parts.extend((users > 0).then(|| format!("{users} users {what}")));
        }
        format!("{}.", parts.join(", "))
    }
}

/// One failure for several: a stop, a guard, staleness and a busy location decide the kind for all;
/// what is alike everywhere keeps its kind, the rest is partial. What to do about it is said with the
/// names of the locations it is for.
fn combined(failures: &[(&str, &Failure)], all: usize) -> Option<Failure> {
    let (_, first) = failures.first()?;
    if all == 1 {
        return Some((*first).clone());
    }
    let kinds: HashSet<_> = failures.iter().map(|(_, failure)| failure.kind).collect();
    let urgent = [Kind::Stopped, Kind::Guard, Kind::Stale, Kind::Busy];
    let alike = (failures.len() == all && kinds.len() == 1).then_some(first.kind);
    let decisive = urgent.into_iter().find(|kind| kinds.contains(kind));
    let messages = failures
        .iter()
        .map(|(name, failure)| (*name, &*failure.message));
    let hints =
        (failures.iter()).filter_map(|(name, failure)| Some((*name, failure.hint.as_deref()?)));
    Some(Failure {
        kind: decisive.or(alike).unwrap_or(Kind::Partial),
        message: each_once(messages).unwrap_or_default(),
        hint: each_once(hints),
    })
}

/// What is said about each location; what is the same for several said once, with all their names.
fn each_once<'a>(said: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let mut texts: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, text) in said {
        match texts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => names.push(name),
            None => texts.push((text, vec![name])),
        }
    }
    let said = texts
        .iter()
        .map(|(text, names)| format!("{}: {text}", excerpt(&names.join(", "), 100)));
    (!texts.is_empty()).then(|| said.collect::<Vec<_>>().join("; "))
}
