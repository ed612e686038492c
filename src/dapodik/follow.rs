//! Following a sync: the stream is held by the run itself, and never opened a second time.
//!
//! ```text
//!   open ── frames ──▶ done | error                    at a break, by what metadata says:
//!     │        └ silence: told, with metadata            unchanged → interrupted
//!     └ broken: watch (or resume, where the server       RUNNING → watched
//!       sends ids and so replays instead of starting)    new date, ERROR → the end
//! ```
//! While the stream is open metadata ends nothing: it may be about another run.
//! A new GET would start a new sync, and closing this one ends the one that runs at the deployed
//! backend. So there is no retry, and no limit in time.

mod hold;
mod proxy;
mod watch;

use self::hold::{Closed, Disconnect, LEFT, Throttle};
use self::proxy::{BurstDetector, ProxySign};
use self::watch::WATCHING;
use super::backend::Backend;
use super::metadata::{Change, ChangeDetector, Metadata};
use super::model::{Broken, End, Finding, Plan, Report, WhenRunning};
use super::progress::Progress;
use super::region::Kecamatan;
use super::sse::Parser;
use super::store::Watermark;
use super::{Timeouts, US, describe};
use crate::config::DatabaseUrl;
use crate::engine::{Job, Verdict};
use crate::error::{Error, Result};
use crate::text::{count, duration, plural};

/// How often a stream that can be resumed is, without any news in between.
const RESUMES: u32 = 8;

/// What is known before the stream is opened.
pub(super) struct Baseline<'a> {
    /// The kecamatan that may be named in messages.
    pub kecamatan: &'a [Kecamatan],
    pub metadata: &'a Metadata,
    /// Where rows can be seen to arrive, and what is newer than what was there.
    pub rows: Option<(&'a DatabaseUrl, &'a Watermark)>,
}

pub(super) struct Follow<'a> {
    backend: &'a Backend,
    plan: &'a Plan,
    job: &'a Job,
    timeouts: Timeouts,
    progress: Progress,
    throttle: Throttle,
    watch: ChangeDetector,
    parser: Parser,
    last_sync: Option<String>,
    /// What the backend said last, whether it was passed on or not.
    message: Option<String>,
    unread: u64,
    notes: Vec<String>,
    /// A stop was sent to our own server, which will end the stream.
    stopping: bool,
    /// What metadata said in a silence: a stream that continues was not ended by it.
    seen: Option<Metadata>,
    /// When metadata was first seen to say RUNNING.
    running: Option<jiff::Timestamp>,
    rows: Option<(&'a DatabaseUrl, &'a Watermark)>,
    bursts: BurstDetector,
    broken: Option<Broken>,
    /// What the last frame of a server of ours says.
    told: Option<Told>,
}

/// How a run of our own server ended, in its own words.
#[derive(Default)]
struct Told {
    verdict: Option<Verdict>,
    failed: Vec<Finding>,
    /// How many more failed that are not named.
    more: u64,
}

impl<'a> Follow<'a> {
    pub fn new(
        backend: &'a Backend,
        plan: &'a Plan,
        known: &Baseline<'a>,
        timeouts: Timeouts,
        job: &'a Job,
    ) -> Self {
        let named = if plan.kecamatan.is_empty() {
            known.kecamatan
        } else {
            &plan.kecamatan
        };
        Self {
            backend,
            plan,
            job,
            timeouts,
            progress: Progress::new(named).of_chosen(plan.kecamatan.len()),
            throttle: Throttle::new(timeouts.silence),
            watch: ChangeDetector::new(known.metadata),
            parser: Parser::default(),
            last_sync: None,
            message: None,
            unread: 0,
            notes: Vec::new(),
            stopping: false,
            seen: None,
            running: None,
            rows: known.rows,
            bursts: BurstDetector::new(timeouts.burst),
            broken: None,
            told: None,
        }
    }

    /// Starts the sync and follows it to its end. `Err` means that it was not started.
    pub async fn stream(mut self) -> Result<Report> {
        let path = self.plan.scope.path();
        let mut resumes = 0;
        let mut after = None;
        let end = loop {
            let news = self.progress.percent();
            let heard = self.hold(&path, after.as_deref()).await?;
            self.pass_on();
            let broken = match heard {
                Closed::End(end) => break end,
                Closed::Broken(broken) => broken,
            };
            if self.progress.percent() > news {
                resumes = 0;
            }
            let Some(id) = self.resumable().filter(|_| resumes < RESUMES) else {
                break self.lost(broken).await?;
            };
            self.job.line(
                US,
                format!(
                    "the stream broke ({}); continuing after the last event",
                    broken.why
                ),
            );
            let asked = self.parser.retry();
            let wait = asked.unwrap_or(self.timeouts.poll.saturating_mul(resumes));
            let longest = self.timeouts.longest_wait;
            let wait = if wait > longest {
                let said = format!(
                    "the server asks to wait for {} before continuing; {} is waited",
                    duration(wait),
                    duration(longest)
                );
                self.job.line(US, said);
                longest
            } else {
                wait
            };
            if self
                .job
                .or_cancel("", tokio::time::sleep(wait))
                .await
                .is_err()
            {
                break End::Stopped(LEFT.to_owned());
            }
            resumes += 1;
            after = Some(id);
        };
        Ok(self.report(end))
    }

    /// Watches a sync that was started elsewhere.
    pub async fn attach(mut self) -> Result<Report> {
        self.job.stage(WATCHING);
        let unclear = |seen: &Metadata| {
            let why = format!(
                "the end of the sync was not seen; now: {}",
                seen.sentence(self.job.now())
            );
            End::Interrupted(Error::remote(why).hint(describe::HINT_METADATA).into())
        };
        let end = self.watch_metadata(unclear).await?;
        let mut report = self.report(end);
        report.watched = true;
        Ok(report)
    }

    /// Says the message that was kept back.
    fn pass_on(&mut self) {
        if let Some(event) = self.throttle.flush(self.job) {
            self.progress.event(&event, self.job.now());
        }
    }

    /// The id to resume after: only one of our own server's form is trusted to replay.
    fn resumable(&self) -> Option<String> {
        let id = self.parser.last_id();
        run_of(id).map(|_| id.to_owned())
    }

    fn report(mut self, end: End) -> Report {
        self.pass_on();
        self.unread += self.parser.dropped();
        if end == End::DoneByMetadata && self.plan.when_running == WhenRunning::Force {
            self.notes.push(
                "another sync was running: the end that metadata tells may be that one's"
                    .to_owned(),
            );
        }
        if self.broken.is_none() && self.bursts.are_held() {
            self.notes.push(ProxySign::Bursts.to_string());
        }
        if self.unread > 0 {
            self.notes.push(format!(
                "{} of the stream could not be read",
                plural(self.unread, "event")
            ));
        }
        let mut report = Report::of(describe::scope(&self.plan.scope, &self.plan.kecamatan), end);
        report.kecamatan.done = self.done(&report);
        if let Some(told) = self.told {
            told.enter(&mut report);
        }
        report.last_sync = self.last_sync;
        report.percent = Some(self.progress.percent());
        report.place = self.progress.place().map(str::to_owned);
        report.message = self.message;
        report.broken = self.broken;
        report.unread = self.unread;
        report.notes = self.notes;
        report
    }

    /// How many kecamatan are through, by the backend's own account.
    fn done(&self, report: &Report) -> u64 {
        let (through, total) = self.progress.count().unwrap_or_default();
        let chosen = self.plan.kecamatan.len() as u64;
        let passed = self.progress.places().iter().filter(|place| place.passed);
        match report.end {
            End::Done if chosen > 0 => chosen,
            End::Done => total.unwrap_or(through),
            _ => through.max(passed.count() as u64),
        }
    }
}

impl Told {
    fn enter(self, report: &mut Report) {
        report.told = self.verdict;
        let (schools, kecamatan) =
            (self.failed.into_iter()).partition(|failed: &Finding| failed.kecamatan.is_some());
        report.skipped = schools;
        let done = &mut report.kecamatan.done;
        *done = done.saturating_sub(kecamatan.len() as u64);
        report.kecamatan.failed = kecamatan;
        if self.more > 0 {
            let more = format!(
                "{} more failed; the server's own report names them",
                count(self.more)
            );
            report.notes.push(more);
        }
    }
}

/// The run that an id `<run>-<seq>` of our own server belongs to.
fn run_of(id: &str) -> Option<&str> {
    let (run, seq) = id.rsplit_once('-')?;
    let counted = !seq.is_empty() && seq.bytes().all(|byte| byte.is_ascii_digit());
    (counted && run.parse::<uuid::Uuid>().is_ok()).then_some(run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dapodik::model::Scope;
    use crate::dapodik::region::KecamatanCode;

    #[test]
    fn only_an_id_of_our_own_server_is_resumed_after() {
        let run = "0193a2f0-1c7e-7c3a-8f00-1234567890ab";
        assert_eq!(run_of(&format!("{run}-17")), Some(run));
        for id in [
            "",
            "17",
            run,
            "abc-17",
            &format!("{run}-"),
            &format!("{run}-x"),
        ] {
            assert_eq!(run_of(id), None, "{id}");
        }
    }

    #[test]
    fn codes_travel_as_one_parameter_each() {
        let codes = ["34.02.09", "a&b c"].map(|code| KecamatanCode::parse(code).unwrap());
        let scope = Scope::Kecamatan {
            codes: codes.to_vec(),
        };
        assert_eq!(
            scope.path(),
            "/api/sync/kecamatan?kode_kecamatan=34.02.09&kode_kecamatan=a%26b+c"
        );
    }
}
