//! A sync of our own: from the portal into the database.
//!
//! ```text
//!   open, lock ─▶ RUNNING ─▶ regions ─▶ pipeline ─▶ second round ─▶ gone ─▶ refresh ─▶ date, report
//!                                    (lists ─▶ schools ─▶ PTK ─▶ batches)
//! ```
//! Rows that were committed stay, whatever happens later; a school that fails costs no other one.
//! How requests are sent is the portal's business, how rows are written the tables'.

mod fetching;
pub(super) mod one;
mod pipeline;
pub(super) mod planning;
pub mod progress;
pub(super) mod sample;
mod schools;
pub mod speed;

use jiff::{Timestamp, Unit};

use self::pipeline::{Outcome, Pipeline};
use self::progress::REFRESH;
use self::schools::Ledger;
use super::metadata::Metadata;
use super::model::{End, Finding, Plan, PortalPlan, Report, Scope, WhenRunning, WorkReport};
use super::portal::{Portal, PortalTimeouts};
use super::progress::ALL;
use super::region::{Kecamatan, KecamatanCode};
use super::tables::{Asked, Moment, Tables};
use super::{Dapodik, US, describe};
use crate::config;
use crate::engine::{BEGUN, Event, Job};
use crate::error::{Error, Failure, Kind, Result};
use crate::text::{count, excerpt, plural};

/// How a school is called: `20400101 SD NEGERI 1 in 34.04.07 Depok (Sleman)`.
pub(super) struct Label<'a> {
    pub npsn: &'a str,
    pub name: &'a str,
    pub kecamatan: &'a str,
}

impl std::fmt::Display for Label<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&excerpt(self.npsn, 20))?;
        let name = excerpt(self.name.trim(), 60);
        if !name.is_empty() {
            write!(formatter, " {name}")?;
        }
        if !self.kecamatan.is_empty() {
            write!(formatter, " in {}", self.kecamatan)?;
        }
        Ok(())
    }
}

impl Dapodik {
    /// A client of the portal.
    pub(super) fn portal(&self, settings: &config::Portal) -> Result<Portal> {
        let usual = PortalTimeouts::of(&self.config, settings);
        let timeouts = self.timeouts.portal.unwrap_or(usual);
        Portal::new(&self.config, settings, timeouts)
    }
}

/// Does what was shown. `Err` means that nothing was written.
pub(super) async fn run(
    dapodik: &Dapodik,
    settings: &config::Portal,
    plan: &Plan,
    job: &Job,
) -> Result<Report> {
    let (Some(shown), Some(url)) = (&plan.portal, &dapodik.database) else {
        return Err(
            Error::stale("the plan is for a backend, configured is the portal")
                .hint(describe::HINT_PLAN_AGAIN),
        );
    };
    let portal = dapodik.portal(settings)?;
    job.stage(format!("open {}", url.target_name()));
    let statement = dapodik.config.statement_timeout;
    let opening = async {
        let mut tables = Tables::open(url, statement, dapodik.timeouts.patience).await?;
        tables.lock(job).await?;
        Ok::<_, Error>(tables)
    };
    if let Some(person) = &shown.person {
        return one::write(plan, person, opening.await?, job).await;
    }
    let work = Work {
        plan,
        shown,
        portal: &portal,
        job,
    };
    let working = async { work.run(opening.await?).await };
    tokio::pin!(working);
    // A token takes a while, too. What is wrong with the account is told by the first question.
    tokio::select! {
        biased;
        report = &mut working => report,
        _ = portal.sign_in(job) => working.await,
    }
}

/// A sync of many schools.
struct Work<'a> {
    plan: &'a Plan,
    shown: &'a PortalPlan,
    portal: &'a Portal,
    job: &'a Job,
}

impl Work<'_> {
    async fn run(self, mut tables: Tables) -> Result<Report> {
        let before = tables.metadata().await?;
        self.may_begin(before.as_deref())?;
        let start = match &self.shown.resume {
            Some(resume) => resume.start.clone(),
            None => tables.now().await?,
        };
        // Before the first write: whoever continues this run needs its start; and what
        // LAST_GLOBAL_SYNC said is kept.
        self.job.say(Event::Item {
            key: start.0.clone(),
            state: BEGUN.to_owned(),
            note: before.clone().unwrap_or_default(),
        });
        let what = describe::scope(&self.plan.scope, &self.plan.kecamatan);
        let mut report = Report::of(what, End::Done);
        if let Some(run) = self.shown.repairs {
            let run = crate::text::short_id(run);
            report
                .notes
                .push(format!("RUNNING was left by run {run}; it was repaired"));
        }
        let is_global = self.plan.scope == Scope::Global;
        if is_global {
            tables.set_metadata("RUNNING").await?;
        }
        let mut work = WorkReport {
            start: start.clone(),
            metadata_before: before,
            ..WorkReport::default()
        };
        // From here on something may be written, so there is always a report.
        let end = match self.fetch(tables, &start, &mut report, &mut work).await {
            Ok((tables, end)) => self.finish(tables, end, &mut report, &mut work).await,
            Err(error) => {
                // There is nobody to write it to.
                work.left_running = is_global;
                if self.job.is_cancelled() {
                    report.notes.push(error.chain());
                    End::Stopped(describe::STOPPED_HERE.to_owned())
                } else {
                    End::Failed(error.into())
                }
            }
        };
        work.requests = self.portal.requests();
        report.end = end;
        report.work = Some(Box::new(work));
        Ok(report)
    }

    /// Refuses when RUNNING appeared since the preview.
    fn may_begin(&self, before: Option<&str>) -> Result<()> {
        let now = Metadata::of(before.map(str::to_owned));
        let known = self.plan.metadata.is_running();
        if now.is_running() && !known && self.plan.when_running != WhenRunning::Force {
            return Err(describe::running(self.plan));
        }
        Ok(())
    }

    /// Regions, then everything else through the pipeline, twice for what failed. `Err` means that
    /// the database was lost for good.
    async fn fetch(
        &self,
        mut tables: Tables,
        start: &Moment,
        report: &mut Report,
        work: &mut WorkReport,
    ) -> Result<(Tables, End)> {
        if let Some(resume) = &self.shown.resume {
            work.resumed = Some(resume.run);
            work.done_before = resume.done.len() as u64;
        }
        if !self.shown.new_regions.is_empty() {
            let regions = tables
                .add_regions(&self.shown.new_regions, self.job)
                .await?;
            if !regions.is_empty() {
                let said = format!(
                    "{} kecamatan inserted into ref_wilayah: {}",
                    count(regions.len() as u64),
                    describe::listed(&regions)
                );
                self.job.line(US, said);
            }
            work.regions = regions;
        }
        let ledger = self.ledger(&mut tables).await?;
        self.job.stage("fetch and store");
        let pipeline = Pipeline::new(self.portal, start, self.job, ledger);
        let (tables, outcome) = pipeline.run(tables).await;
        let Outcome {
            ledger,
            schools,
            staff,
            second_round,
            outage,
            unread,
            stopped,
            lost,
        } = outcome;
        (work.schools, work.staff) = (schools, staff);
        work.second_round = second_round;
        work.outage = outage.as_ref().map(|failure| failure.message.clone());
        ledger.tell(report);
        report.unread = unread;
        if unread > 0 {
            report.notes.push(format!(
                "{} of the portal's answers cannot be read: left out",
                plural(unread, "item")
            ));
        }
        report.sekolah = Some(stored(&work.schools));
        report.ptk = Some(stored(&work.staff));
        if let Some(lost) = lost {
            return Err(lost);
        }
        let Some(mut tables) = tables else {
            return Err(Error::bug("the tables were not given back"));
        };
        if stopped {
            return Ok((tables, End::Stopped(describe::STOPPED_HERE.to_owned())));
        }
        report.verified = Some(report.kecamatan.failed.is_empty() && report.skipped.is_empty());
        let unanswered = ledger.unanswered();
        let asked = match &self.plan.scope {
            Scope::AllSekolah => Asked::Nobody,
            Scope::AllPtk => Asked::OfAll { but: &unanswered },
            _ => Asked::OfListed { but: &unanswered },
        };
        match tables.gone(start, &ledger.complete(), asked).await {
            Ok(gone) => work.gone = Some(gone),
            Err(error) => report.notes.push(format!(
                "what disappeared upstream could not be counted: {}",
                error.chain()
            )),
        }
        let wrote = stored(&work.schools) + stored(&work.staff) + work.done_before;
        let failed = !report.kecamatan.failed.is_empty() || !report.skipped.is_empty();
        let end = match outage {
            Some(failure) if wrote == 0 => End::Failed(failure),
            _ if wrote == 0 && failed => End::Failed(nothing_stored(report)),
            _ => End::Done,
        };
        Ok((tables, end))
    }

    /// The view, then the date: whoever waits for the date sees what was stored.
    async fn finish(
        &self,
        mut tables: Tables,
        end: End,
        report: &mut Report,
        work: &mut WorkReport,
    ) -> End {
        let wrote = stored(&work.schools) + stored(&work.staff) > 0;
        let mut end = end;
        if end == End::Done && (wrote || work.done_before > 0) {
            self.job.stage(REFRESH);
            match tables.refresh().await {
                Ok(refreshed) => {
                    let said = refreshed.sentence();
                    self.job.line(US, said.as_str());
                    report.refresh = Some(said);
                    work.refreshed = Some(refreshed);
                }
                // The rows are written all the same.
                Err(error) => report.refresh = Some(describe::not_refreshed(&error)),
            }
        } else if matches!(end, End::Stopped(_)) && wrote {
            report.refresh = Some("the view was not refreshed: the sync was stopped".to_owned());
        }
        if self.plan.scope == Scope::Global {
            let (value, last_sync) = match &end {
                End::Done | End::DoneByMetadata | End::Started => {
                    let now = iso(self.job.now());
                    (now.clone(), Some(now))
                }
                End::Stopped(what) => (format!("ERROR: {what}"), None),
                End::Failed(failure) | End::Interrupted(failure) => {
                    (format!("ERROR: {}", failure.message), None)
                }
            };
            match tables.set_metadata(&value).await {
                Ok(()) => report.last_sync = last_sync,
                Err(error) => {
                    work.left_running = true;
                    let error = Error::database(format!(
                        "the rows are stored, LAST_GLOBAL_SYNC could not be written: {}",
                        error.chain()
                    ));
                    if end == End::Done {
                        end = End::Failed(error.hint("it still says RUNNING").into());
                    }
                }
            }
        }
        if end == End::Done {
            self.job.step(ALL, 100, Some(100));
            report.percent = Some(100);
        }
        if let Err(error) = tables.close().await {
            report.notes.push(format!("closing: {}", error.chain()));
        }
        end
    }

    /// What is to be done, before anything is.
    async fn ledger(&self, tables: &mut Tables) -> Result<Ledger> {
        let done = self.shown.resume.iter().flat_map(|resume| &resume.done);
        let done = done.cloned().collect();
        let known = |code: &KecamatanCode| {
            let mut rows = self.shown.look.districts.iter();
            let row = rows.find(|one| one.kode_kecamatan.trim() == code.as_str());
            row.map_or(0, |one| one.sekolah)
        };
        let with_staff = self.plan.scope != Scope::AllSekolah;
        if self.plan.scope != Scope::AllPtk {
            let districts = self.shown.districts.iter().cloned();
            let districts = districts.map(|one| (known(&one.code), one)).collect();
            return Ok(Ledger::of_districts(districts, done, with_staff));
        }
        let regions: Vec<Kecamatan> = self.regions();
        let schools = tables.schools().await?;
        Ok(Ledger::of_schools(&regions, schools, done))
    }

    fn regions(&self) -> Vec<Kecamatan> {
        let rows = self.shown.look.districts.iter();
        let regions = rows.filter_map(|one| {
            Some(Kecamatan {
                code: KecamatanCode::parse(&one.kode_kecamatan).ok()?,
                name: one.kecamatan.trim().to_owned(),
                kabupaten: one.kabupaten.trim().to_owned(),
            })
        });
        regions.collect()
    }
}

/// How many rows were written, whatever became of them.
fn stored(written: &super::tables::Written) -> u64 {
    u64::try_from(written.added + written.changed + written.same).unwrap_or(0)
}

/// Why a run failed that stored nothing.
fn nothing_stored(report: &Report) -> Failure {
    let first: Option<&Finding> = report.kecamatan.failed.iter().chain(&report.skipped).next();
    let why = first.map_or_else(String::new, |one| {
        format!(": {}: {}", one.label, one.reason)
    });
    let failed = count((report.kecamatan.failed.len() + report.skipped.len()) as u64);
    Error::new(
        Kind::Remote,
        format!("nothing was stored, {failed} of the portal's lists failed{why}"),
    )
    .hint("the database is as it was; try again when the portal answers")
    .into()
}

/// As E-Alumni writes it: `2026-02-27T01:00:00.000Z`.
fn iso(at: Timestamp) -> String {
    let rounded = at.round(Unit::Millisecond).unwrap_or(at);
    format!("{rounded:.3}")
}
