//! Pimpinan Push: send the structural officials of Docku to the central API.
//!
//! ```text
//!   Docku ─ store ─▶ rows ─ choose ─▶ Plan (send · refused · excluded) ─ apply ─▶ central ─▶ Report
//!                                                                          └──▶ integration log
//! ```
//! They then appear in the camat's application under "Diteruskan Kepada". The original is a button
//! of Docku, "Sinkron Ke Pimpinan". Docku is only ever read; the call upserts by id.

mod central;
mod choose;
pub mod describe;
mod log;
mod model;
mod report;
mod store;

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use central::{Central, KEY};
use describe::HINT_PLAN_AGAIN;
use log::{Entry, Log};

pub use log::LastPush;
pub use model::{
    Changed, Changes, Marked, Named, Official, Plan, Pushed, Refused, Report, Row, Stats,
};

use crate::clock::millis;
use crate::config::{Config, Pimpinan as Settings};
use crate::db::Security;
use crate::engine::{Engine, Event, Job, Seal, Verdict};
use crate::error::{Error, Result};
use crate::http;
use crate::text;

/// Only one push at a time.
const RESOURCE: &str = "pimpinan";

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `--exclude-role`: roles that are not sent, besides those of the configuration.
    pub exclude_roles: Vec<String>,
    /// `--only`: the ids to send; `None` for all.
    pub only: Option<Vec<i64>>,
    /// What the last successful push sent, as the face knows it from its runs.
    pub last: Option<Pushed>,
}

#[derive(Clone, Debug)]
pub struct Pimpinan {
    config: Arc<Config>,
    settings: Settings,
}

impl Pimpinan {
    /// An engine with these settings; a later change of the files is seen by a new engine only.
    pub fn new(config: Arc<Config>) -> Result<Self> {
        let settings = config.pimpinan.ready()?.clone();
        Ok(Self { config, settings })
    }

    /// Where it sends, without secrets.
    pub fn url(&self) -> String {
        self.settings.url.to_string()
    }

    /// Docku's database, for people and for comparing with a plan's.
    pub fn database(&self) -> String {
        let url = &self.settings.database;
        url.path().map_or_else(
            || url.target_name(),
            |path| format!("sqlite {}", path.display()),
        )
    }

    /// The last push in the integration log, ours or the original's.
    pub fn last_push(&self) -> Result<Option<LastPush>> {
        log::last(&self.settings.log, self.settings.log_timezone.as_ref())
    }

    /// Refuses a plan that was changed, or was made for another database or central API.
    pub fn accept(&self, plan: &mut Plan) -> Result<()> {
        let (database, url) = (self.database(), self.url());
        let why = if !plan.check()? {
            "the plan is not as it was made: its seal does not fit".to_owned()
        } else if plan.database != database {
            format!(
                "the plan was made for {}, the configured database is {database}",
                plan.database
            )
        } else if plan.url != url {
            format!(
                "the plan was made for {}, the configured URL is {url}",
                text::excerpt(&plan.url, 200)
            )
        } else {
            return Ok(());
        };
        Err(Error::stale(why).hint(HINT_PLAN_AGAIN))
    }

    async fn read(&self) -> Result<(Vec<Row>, Security)> {
        store::read(&self.settings.database, self.config.statement_timeout).await
    }

    /// Refuses a plan whose officials are not in Docku as they were shown.
    async fn check_fresh(&self, plan: &Plan) -> Result<()> {
        let (rows, _) = self.read().await?;
        let as_shown = |one: &Official| {
            let mut same_id = rows.iter().filter(|row| row.id == Some(one.id));
            same_id.next() == Some(&Row::from(one)) && same_id.next().is_none()
        };
        let changed: Vec<_> = plan.send.iter().filter(|one| !as_shown(one)).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let some = changed.iter().take(5);
        let some: Vec<_> = some.map(|one| text::excerpt(&one.username, 50)).collect();
        let more = if changed.len() > 5 { ", …" } else { "" };
        let stale = format!(
            "{} changed in Docku since the preview ({}{more}); nothing was sent",
            text::plural(changed.len() as u64, "row"),
            some.join(", ")
        );
        Err(Error::stale(stale).hint(HINT_PLAN_AGAIN))
    }

    async fn push(&self, plan: &Plan, job: &Job) -> Result<Report> {
        let config = Arc::clone(&self.config);
        let key = tokio::task::spawn_blocking(move || config.needed_secret(KEY)).await;
        let key =
            key.map_err(|cause| Error::bug("the key was not waited for").because(cause))??;
        self.check_fresh(plan).await?;
        // Before anything is sent: a push that cannot be written down is not made.
        let zone = self.settings.log_timezone.as_ref();
        let mut log = Log::open(&self.settings.log, zone)?;
        let central = Central::new(&self.settings, self.config.retry_base, &key)?;
        // The bound is for all tries and the waits between them.
        let bound = text::duration(self.settings.timeout);
        job.stage(format!(
            "{} (at most {bound}, tries included)",
            describe::sends(plan)
        ));
        let began = Instant::now();
        let answer = central.push(plan, job).await?;
        let took = millis(began.elapsed());
        let written = log.append(&Entry {
            at: job.now(),
            url: &plan.url,
            code: answer.logged_code(),
            count: plan.send.len(),
            response: &answer.response,
        });
        let mut report = Report::of(plan, answer, took);
        report.notes.append(&mut log.notes);
        if let Err(error) = written {
            report.notes.push(format!(
                "the integration log could not be written: {}",
                error.chain()
            ));
        }
        Ok(report)
    }
}

fn encryption(security: Security) -> Option<&'static str> {
    match security {
        Security::Local | Security::Verified => None,
        Security::Plain => Some("the connection to Docku's database is not encrypted"),
        Security::Unverified => {
            Some("the connection to Docku's database is encrypted, its certificate was not checked")
        }
    }
}

impl Engine for Pimpinan {
    type Request = Request;
    type Plan = Plan;
    type Report = Report;

    const NAME: &'static str = "pimpinan";

    async fn plan(&self, request: Request, job: &Job) -> Result<Plan> {
        job.stage("read Docku's users");
        let reading = self.read();
        let (rows, security) = job.or_cancel("the plan", reading).await??;
        let notes = encryption(security).into_iter().chain(
            http::is_open(self.settings.url.expose()).then_some(
                "`url` of [pimpinan] is http: anybody on the way can read the key; use https",
            ),
        );
        let notes = notes.map(str::to_owned).collect();
        let number = rows.len() as u64;
        let exclude = self.settings.exclude_roles.iter();
        let choice = choose::choose(rows, exclude.chain(&request.exclude_roles));
        if let Some(only) = &request.only {
            choice.check(only)?;
        }
        let since = (request.last.as_ref()).map(|last| Changes::since(last, &choice.send));
        let mut plan = Plan {
            engine: Self::NAME.to_owned(),
            id: Uuid::now_v7(),
            hash: String::new(),
            url: self.url(),
            host: self.settings.url.host().to_owned(),
            production: self.settings.production,
            database: self.database(),
            rows: number,
            excluded: choice.excluded.values().sum(),
            excluded_roles: choice.excluded,
            refused: choice.refused,
            send: choice.send,
            left_out: Vec::new(),
            since,
            notes,
        };
        match &request.only {
            Some(only) => plan.only(only)?,
            None => plan.reseal()?,
        }
        Ok(plan)
    }

    async fn apply(&self, mut plan: Plan, job: &Job) -> Result<Report> {
        self.accept(&mut plan)?;
        if plan.send.is_empty() {
            return Ok(Report::empty(&plan));
        }
        if let Some(failure) = job.refused(RESOURCE) {
            return Err(failure.clone().into());
        }
        let report = self.push(&plan, job).await?;
        for row in &report.rows {
            job.say(Event::Item {
                key: text::excerpt(&row.username, 80),
                state: Verdict::Failed.word().to_owned(),
                note: text::scrub(&row.reason),
            });
        }
        Ok(report)
    }
}
