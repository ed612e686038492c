//! The regional portal over HTTP: tokens, districts, schools page by page, staff (PTK).
//!
//! ```text
//!   districts ─┐
//!   schools   ─┼─▶ token ─▶ gate (pace, pauses) ─▶ one exchange ─▶ judged ─┬─▶ rows
//!   staff     ─┘     ▲                                                    └─▶ again, or Failed
//!                    └──────────── 401: one renewal for all who wait ◀────┘
//! ```
//! It knows nothing of databases: what a value means is the store's business.

mod call;
mod gate;
mod judge;
mod limiter;
mod rate;
mod reading;
mod schools;
mod token;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

pub use schools::SchoolList;

use super::columns::{Row, SCHOOLS, STAFF};
use super::person::{Nik, Npsn};
use super::region::KecamatanCode;
use crate::config::{self, Config, WebUrl};
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::http::{Peer, RetryPolicy};
use crate::text;
use call::{Question, Tokens};
use gate::{Gate, PORTAL, pause_words};
use limiter::{Limits, Route};
use reading::{Answer, Keys};

const CONNECT: Duration = Duration::from_secs(10);
/// How much of a notice is kept, in characters.
const NOTICE: usize = 200;
const DISTRICT_KEYS: [&str; 6] = [
    "kode_kecamatan",
    "kecamatan",
    "kode_kabupaten",
    "kabupaten",
    "kode_provinsi",
    "provinsi",
];

/// The portal's client. All tasks of a sync share one.
#[derive(Debug)]
pub struct Portal {
    peer: Peer,
    base: WebUrl,
    auth: WebUrl,
    user: SecretString,
    password: SecretString,
    key: HeaderValue,
    paths: Paths,
    keys: AllKeys,
    timeouts: PortalTimeouts,
    gate: Gate,
    tokens: Mutex<Tokens>,
    requests: AtomicU64,
}

#[derive(Debug)]
struct Paths {
    districts: String,
    schools: String,
    staff: String,
    one_staff: String,
}

#[derive(Debug)]
struct AllKeys {
    districts: Keys,
    schools: Keys,
    staff: Keys,
}

/// Everything that waits.
#[derive(Clone, Copy, Debug)]
pub struct PortalTimeouts {
    /// Before the second try; doubled each time, with jitter.
    pub retry: Duration,
    /// After a 429 that does not say how long; doubled with each one in a row.
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
    /// Items that are no record, and values that are neither text nor number nor boolean.
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

impl Portal {
    pub fn new(
        config: &Config,
        settings: &config::Portal,
        timeouts: PortalTimeouts,
    ) -> Result<Self> {
        let name = format!("portal {}", settings.base_url.host());
        let retry = RetryPolicy {
            connect: CONNECT.min(settings.timeout),
            request: settings.timeout,
            retry_base: timeouts.retry,
        };
        let peer = Peer::new(&name, settings.base_url.expose(), retry)?;
        let secret = |name| -> Result<SecretString> {
            let secret = config.needed_secret(name)?;
            peer.keep_secret(secret.clone());
            Ok(secret)
        };
        let user = config.needed_secret("DAPODIK_USERNAME")?;
        let password = secret("DAPODIK_PASSWORD")?;
        let key = secret("DAPODIK_API_KEY")?;
        let mut key = HeaderValue::from_str(key.expose_secret().trim()).map_err(|_| {
            Error::config("DAPODIK_API_KEY has characters that a header cannot have").hint(
                "it is usually letters and digits: was it copied with quotes or a line break?",
            )
        })?;
        key.set_sensitive(true);
        let ceiling = settings.requests_per_second;
        let limits = Limits {
            most: settings.concurrency,
            per_second: (ceiling > 0).then(|| f64::from(ceiling)),
            too_many: timeouts.too_many,
            probe: timeouts.probe,
            outage: timeouts.outage,
        };
        Ok(Self {
            peer,
            base: settings.base_url.clone(),
            auth: settings.auth_url.clone(),
            user,
            password,
            key,
            paths: Paths {
                districts: settings.districts.clone(),
                schools: settings.schools.clone(),
                staff: settings.staff.clone(),
                one_staff: settings.one_staff.clone(),
            },
            keys: AllKeys {
                districts: Keys::named(&DISTRICT_KEYS),
                schools: Keys::of(&SCHOOLS),
                staff: Keys::of(&STAFF),
            },
            timeouts,
            gate: Gate::new(limits),
            tokens: Mutex::default(),
            requests: AtomicU64::new(0),
        })
    }

    /// Asks for a token now, also after a refusal.
    pub async fn sign_in(&self, job: &Job) -> Result<()> {
        Ok(self.new_token(job).await?)
    }

    /// The kecamatan that the account may see, each once. What cannot be read is told.
    pub async fn districts(&self, job: &Job) -> Result<Vec<District>, Failed> {
        let question = Question {
            route: Route::Districts,
            path: &self.paths.districts,
            query: Vec::new(),
            keys: &self.keys.districts,
            what: "the list of kecamatan".to_owned(),
        };
        let answer = self.list(&question, job).await?;
        if let Some(notice) = &answer.notice {
            let why = format!("the portal lists no kecamatan: «{}»", self.words(notice));
            let error = Error::remote(why).hint("may this account see any? ask its operators");
            return Err(Failed::Request { error, tries: 1 });
        }
        let mut known = HashSet::new();
        let mut unread = answer.unread;
        let mut districts = Vec::new();
        for row in answer.rows {
            match District::read(row) {
                Some(district) if known.insert(district.code.clone()) => districts.push(district),
                Some(_) => {}
                None => unread += 1,
            }
        }
        if unread > 0 {
            let items = text::plural(unread, "item");
            let line =
                format!("{items} of the list of kecamatan left out: no code that can be read");
            job.line(PORTAL, line);
        }
        Ok(districts)
    }

    pub fn schools(&self, kecamatan: &KecamatanCode) -> SchoolList<'_> {
        SchoolList::new(self, kecamatan.clone())
    }

    /// The staff of a school.
    pub async fn staff(&self, npsn: &str, job: &Job) -> Result<Listing, Failed> {
        let question = Question {
            route: Route::Staff,
            path: &self.paths.staff,
            query: vec![("npsn", npsn.to_owned())],
            keys: &self.keys.staff,
            what: format!("PTK of {}", text::excerpt(npsn, 20)),
        };
        let answer = self.list(&question, job).await?;
        Ok(self.listing(answer))
    }

    /// One person; `None` where the portal knows nobody like that, or may not tell.
    pub async fn one_staff(
        &self,
        nik: &Nik,
        npsn: &Npsn,
        job: &Job,
    ) -> Result<Option<Row>, Failed> {
        let question = Question {
            route: Route::OneStaff,
            path: &self.paths.one_staff,
            query: vec![
                ("nik", nik.expose().to_owned()),
                ("npsn", npsn.as_str().to_owned()),
            ],
            keys: &self.keys.staff,
            what: format!("PTK {nik} of {npsn}"),
        };
        let answer = self.list(&question, job).await?;
        Ok(answer.rows.into_iter().next_back())
    }

    pub fn pace(&self) -> Pace {
        let now = Instant::now();
        let limiter = self.gate.limiter();
        let pause = limiter.pause(now);
        Pace {
            at_once: limiter.at_once(),
            most: limiter.most(),
            in_flight: limiter.in_flight(),
            per_second: limiter.rate().measured(now),
            ceiling: limiter.rate().ceiling(now),
            paused: pause.as_ref().map(|pause| {
                let (why, since) = pause_words(pause);
                Paused { why, since }
            }),
        }
    }

    /// How many requests were sent, those for tokens and all tries included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    fn words(&self, text: &str) -> String {
        self.peer.words(text, NOTICE)
    }

    fn listing(&self, answer: Answer) -> Listing {
        Listing {
            rows: answer.rows,
            notice: answer.notice.map(|notice| self.words(&notice)),
            unread: answer.unread,
        }
    }
}

impl District {
    /// `None` without a code that can be read.
    fn read(row: Row) -> Option<Self> {
        let texts = row.into_iter().map(Option::unwrap_or_default);
        let mut texts = texts.map(|text| text.trim().to_owned());
        let mut next = || texts.next().unwrap_or_default();
        Some(Self {
            code: KecamatanCode::parse(&next()).ok()?,
            name: next(),
            kode_kabupaten: next(),
            kabupaten: next(),
            kode_provinsi: next(),
            provinsi: next(),
        })
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
