//! What a plan and a report say of themselves: obstacles, exit codes, sentences.

mod figures;

use std::collections::HashSet;

use uuid::Uuid;

use super::guards::{self, Limits};
use super::model::{Drift, GuardName, LocationPlan, LocationReport, Plan, Report};
use super::store::Marker;
use super::words;
use crate::engine::{Event, Outcome, Verdict, seal};
use crate::error::{Error, Failure, Kind, Result};
use figures::Figures;

impl Plan {
    /// The plan with a seal over all of it.
    pub fn sealed(mut self) -> Result<Self> {
        self.hash = self.seal()?;
        Ok(self)
    }

    /// Whether it still is what was sealed.
    pub fn is_sealed(&self) -> Result<bool> {
        Ok(self.seal()? == self.hash)
    }

    fn seal(&self) -> Result<String> {
        seal(&(self.id, &self.database, self.undoes, &self.locations))
    }

    /// Whether some location differs from its server.
    pub fn has_changes(&self) -> bool {
        self.locations.iter().any(|location| location.changes() > 0)
    }

    /// Whether everything is as it should be already: nothing would change, and nothing stands in
    /// the way of that.
    pub fn is_settled(&self) -> bool {
        let settled = |one: &LocationPlan| one.changes() == 0 && one.obstacle().is_none();
        self.locations.iter().all(settled)
    }

    /// The result sentence of a plan that is settled.
    pub fn settled(&self) -> String {
        let done = |location| LocationReport::done(location, None);
        let reports = self.locations.iter().map(done);
        let figures = reports.fold(Figures::default(), |sum, report| sum.and(&report));
        figures.done(None)
    }

    /// Takes a location out of the plan before it is confirmed.
    pub fn leave_out(&mut self, code: &str) -> Result<()> {
        self.locations.retain(|location| location.code != code);
        self.hash = self.seal()?;
        Ok(())
    }

    /// Allows as many deactivations at a location as somebody typed; the guard decides anew.
    pub fn allow(&mut self, code: &str, figure: u64) -> Result<()> {
        for location in &mut self.locations {
            if location.code == code {
                let (count, active) = (location.deactivations() as u64, location.active_now);
                let again = guards::deactivations(count, active, &Limits::typed(figure));
                let guards = location.guards.iter_mut();
                guards
                    .filter(|guard| guard.name == again.name)
                    .for_each(|guard| *guard = again.clone());
            }
        }
        self.hash = self.seal()?;
        Ok(())
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

impl LocationPlan {
    /// Why nothing may be written for it.
    pub fn obstacle(&self) -> Option<Failure> {
        if self.error.is_some() {
            return self.error.clone();
        }
        let guard = self.tripped()?;
        let hint = match guard.name {
            GuardName::Complete if self.fetched.undecided => {
                words::hint_guard_undecided(&self.code)
            }
            GuardName::Complete => words::hint_guard_complete(),
            GuardName::NotEmpty => words::hint_guard_empty(),
            GuardName::Deactivations => {
                words::hint_guard_deactivations(self.deactivations() as u64)
            }
            GuardName::Schema => words::hint_guard_schema(),
        };
        let message = words::guard_tripped(&guard.detail);
        Some(Failure {
            kind: Kind::Guard,
            message,
            hint: Some(hint),
        })
    }

    /// Whether only the number of deactivations stands in the way, which a person may allow.
    pub fn awaits_figure(&self) -> bool {
        let mut tripped = self.guards.iter().filter(|guard| !guard.passed);
        self.error.is_none()
            && self.changes() > 0
            && tripped.next().map(|guard| guard.name) == Some(GuardName::Deactivations)
            && tripped.next().is_none()
    }

    /// Whether applying it would write anything.
    pub fn is_applicable(&self) -> bool {
        self.changes() > 0 && self.obstacle().is_none()
    }
}

impl LocationReport {
    /// All of the plan was done.
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
        let figures = Figures::default().and(&report);
        Self {
            message: figures.done(undoes),
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

    /// Nothing was done: the data moved on.
    pub(super) fn stale(plan: &LocationPlan, drift: Vec<Drift>) -> Self {
        let error = Error::stale(words::stale(drift.len())).hint(words::hint_plan_again());
        Self {
            drift,
            ..Self::failed(plan, error.into())
        }
    }

    /// Nothing was done: it is done already.
    pub(super) fn applied_before(plan: &LocationPlan, marker: &Marker) -> Self {
        let why = words::applied_before(marker);
        let error = Error::stale(why).hint(words::hint_plan_again());
        Self::failed(plan, error.into())
    }

    fn empty(plan: &LocationPlan) -> Self {
        Self {
            code: plan.code.clone(),
            name: plan.name.clone(),
            inserted: 0,
            reactivated: 0,
            deactivated: 0,
            removed: 0,
            unchanged: 0,
            conflicts: 0,
            message: String::new(),
            drift: Vec::new(),
            error: None,
            unknown: false,
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
            key: crate::text::scrub(&self.name),
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
        if failures.is_empty() {
            Verdict::Clean
        } else if self.is_unknown() {
            Verdict::Interrupted
        } else if failures
            .iter()
            .any(|(_, failure)| failure.kind == Kind::Stopped)
        {
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
        // Whoever is to look must look at the database, whatever else went wrong.
        Some(Failure {
            kind: Kind::Database,
            ..failure
        })
    }

    fn sentence(&self) -> String {
        let figures = self.locations.iter().fold(Figures::default(), Figures::and);
        match (self.done(), self.locations.as_slice()) {
            (0, [location]) => location.message.clone(),
            (done, all) if done == all.len() => figures.done(self.undoes),
            (done, all) => figures.partly(self.undoes, done, all.len()),
        }
    }
}

/// One failure for several: a stop, a guard, staleness and a busy location decide the kind for all;
/// what is alike everywhere keeps its kind, the rest is partial. What to do about it is said with the
/// names of those it is meant for.
fn combined(failures: &[(&str, &Failure)], all: usize) -> Option<Failure> {
    let (_, first) = failures.first()?;
    if all == 1 {
        return Some((*first).clone());
    }
    let kinds: HashSet<_> = failures.iter().map(|(_, failure)| failure.kind).collect();
    let urgent = [Kind::Stopped, Kind::Guard, Kind::Stale, Kind::Busy];
    let alike = (failures.len() == all && kinds.len() == 1).then_some(first.kind);
    let speaks = urgent
        .into_iter()
        .find(|kind| kinds.contains(kind))
        .or(alike);
    let messages = failures
        .iter()
        .map(|(name, failure)| (*name, &*failure.message));
    let hints =
        (failures.iter()).filter_map(|(name, failure)| Some((*name, failure.hint.as_deref()?)));
    Some(Failure {
        kind: speaks.unwrap_or(Kind::Partial),
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
        .map(|(text, names)| words::at(&names.join(", "), text));
    (!texts.is_empty()).then(|| said.collect::<Vec<_>>().join("; "))
}
