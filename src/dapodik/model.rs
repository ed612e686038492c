//! The nouns of a Dapodik sync: request, plan, report; how a scope is asked for.
//!
//! Their sentences, obstacles and ends are in `describe`.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::columns::Row;
use super::metadata::Metadata;
use super::person::{Nik, Npsn};
use super::region::{Kecamatan, KecamatanCode};
use super::tables::{Gone, Look, Moment, Refreshed, Region, Written};
use crate::engine::{Seal, Verdict};
use crate::error::{Failure, Kind};

/// The one thing that two Dapodik runs cannot have at once.
pub const RESOURCE: &str = "dapodik";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Scope {
    Global,
    Kecamatan { codes: Vec<KecamatanCode> },
    Ptk { nik: Nik, npsn: Npsn },
    AllPtk,
    AllSekolah,
}

impl Scope {
    /// What is asked for, below the backend's address.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Kecamatan { codes } => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                for code in codes {
                    query.append_pair("kode_kecamatan", code.as_str());
                }
                format!("/api/sync/kecamatan?{}", query.finish())
            }
            Self::Global => "/api/sync/global".to_owned(),
            Self::Ptk { .. } => "/api/sync/ptk".to_owned(),
            Self::AllPtk => "/api/sync/all-ptk".to_owned(),
            Self::AllSekolah => "/api/sync/all-sekolah".to_owned(),
        }
    }

    /// Whether the backend tells its progress.
    pub fn is_followed(&self) -> bool {
        matches!(self, Self::Global | Self::Kecamatan { .. })
    }
}

/// What to do when the backend says that a sync is running already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenRunning {
    #[default]
    Refuse,
    Attach,
    Force,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub scope: Scope,
    #[serde(default)]
    pub when_running: WhenRunning,
    /// How long the same took when it was last done, in milliseconds; estimates lean on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// What an earlier run of ours had done that is continued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Box<Resume>>,
    /// A run of ours that may have left RUNNING.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub died: Option<DiedRun>,
    /// Whether one school is fetched now, to be shown as it would be written.
    #[serde(default)]
    pub sample: bool,
}

/// What a run had done that was stopped, or died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    pub run: Uuid,
    /// The start of the first of these runs, by the database's clock.
    pub start: Moment,
    /// The database that it wrote to, without credentials.
    pub database: Option<String>,
    /// The NPSN of the schools whose PTK are stored.
    pub done: Vec<String>,
}

/// A global sync of ours that ended without taking RUNNING back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiedRun {
    pub run: Uuid,
    /// When it said something for the last time.
    pub last: Timestamp,
    /// The database that it wrote to, without credentials.
    pub database: Option<String>,
}

impl Request {
    pub fn of(scope: Scope) -> Self {
        Self {
            scope,
            when_running: WhenRunning::Refuse,
            took_ms: None,
            resume: None,
            died: None,
            sample: false,
        }
    }

    /// How long the same took when it was last done.
    pub fn took(&self) -> Option<Duration> {
        self.took_ms.map(Duration::from_millis)
    }
}

/// What a backend empties: columns that its call for all PTK writes as NULL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emptied {
    pub columns: Vec<(String, u64)>,
    /// How many rows lose a value; `None` where they cannot be counted.
    pub rows: Option<u64>,
    pub of: Option<u64>,
    /// Why they cannot be counted, where a database is configured.
    pub why: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub engine: String,
    pub id: Uuid,
    /// Over everything else here; see [`crate::engine::seal`].
    pub hash: String,
    pub server: String,
    /// The database that is looked at afterwards, without credentials.
    pub database: Option<String>,
    pub scope: Scope,
    /// The chosen kecamatan with their names, in the order of choice.
    pub kecamatan: Vec<Kecamatan>,
    pub when_running: WhenRunning,
    pub metadata: Metadata,
    /// What should be looked at before it is confirmed, such as an impossible birth date.
    pub notes: Vec<String>,
    /// What it empties at the backend, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emptied: Option<Box<Emptied>>,
    /// What our own work looks at and would do; `None` where a backend works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal: Option<Box<PortalPlan>>,
}

/// What a sync of ours would ask the portal, and write to the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalPlan {
    /// The database as it is.
    pub look: Look,
    /// The kecamatan whose schools are asked for, in the order of their turn.
    pub districts: Vec<Kecamatan>,
    /// Regions of the portal that `ref_wilayah` lacks; they are inserted.
    pub new_regions: Vec<Region>,
    /// About how many requests it takes; `None` where nothing is known of the schools.
    pub requests: Option<u64>,
    /// How many requests are sent at once, at most.
    pub at_once: usize,
    /// RUNNING was left by this run of ours, and is repaired.
    pub repairs: Option<Uuid>,
    pub resume: Option<Box<Resume>>,
    /// The one PTK that would be written.
    pub person: Option<Person>,
    pub sample: Option<Sample>,
}

/// One PTK as the portal has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub row: Row,
}

/// One school as it would be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Its label.
    pub school: String,
    /// Columns and values of its row.
    pub row: Vec<(String, Option<String>)>,
    /// The same of its first PTK; the NIK is masked.
    pub staff: Vec<Vec<(String, Option<String>)>>,
    /// How many PTK it has.
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", content = "why", rename_all = "kebab-case")]
pub enum End {
    Done,
    /// The stream was lost; the backend's metadata says that it is done.
    DoneByMetadata,
    /// The backend began, and tells no more.
    Started,
    Failed(Failure),
    /// It was lost sight of.
    Interrupted(Failure),
    /// Somebody stopped it; what that means over there.
    Stopped(String),
}

/// A thing that went wrong, or was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which: a code, an NPSN; of a person the masked NIK.
    pub key: String,
    pub label: String,
    pub reason: String,
    /// The code of its kecamatan, of a school.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kecamatan: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// How far the sync was, in percent.
    pub percent: u64,
    pub place: Option<String>,
    pub why: String,
    /// Why a proxy is the likely cause, where it is.
    pub proxy: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KecamatanResults {
    /// How many are done: as the check found where there was one, else as the backend said.
    pub done: u64,
    /// Those that are not, as far as they can be named.
    pub failed: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub kecamatan: KecamatanResults,
    /// How many schools were stored; unknown without a check.
    pub sekolah: Option<u64>,
    /// How many PTK were stored; unknown without a check.
    pub ptk: Option<u64>,
    /// Schools that had PTK before, and none from this run.
    pub skipped: Vec<Finding>,
    /// Schools that never had any PTK: whether theirs was left out cannot be told.
    #[serde(default)]
    pub without_ptk: Vec<Finding>,
    /// Schools that the portal lists no longer: their neighbours were stored, they were not.
    #[serde(default)]
    pub no_longer_listed: Vec<Finding>,
    /// Schools with clearly fewer PTK than in the sync before.
    #[serde(default)]
    pub fewer_ptk: Vec<Finding>,
    pub last_sync: Option<String>,
    /// What became of the materialized view; a backend does not say.
    pub refresh: Option<String>,
    /// Whether the database was found to have it all; `None` without a check.
    pub verified: Option<bool>,
    /// Why the database that should have told could not be read.
    #[serde(default)]
    pub unverifiable: Option<Failure>,
    #[serde(default)]
    pub broken: Option<Broken>,
    /// It only watched a sync that was started elsewhere.
    #[serde(default)]
    pub watched: bool,
    /// How the run ended that was followed, where a server of ours says so; it names what failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Verdict>,
    pub duration_ms: u64,
    pub scope: String,
    pub end: End,
    /// How far it had come, in percent, as far as the backend said.
    pub percent: Option<u64>,
    /// The kecamatan in hand at the end.
    pub place: Option<String>,
    pub message: Option<String>,
    pub unread: u64,
    /// Things worth knowing that change nothing.
    pub notes: Vec<String>,
    /// What our own work did; `None` where a backend worked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Box<WorkReport>>,
}

/// What a sync of ours did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkReport {
    /// When it began, by the database's clock; of a continued one the first run's.
    pub start: Moment,
    /// The run that was continued.
    pub resumed: Option<Uuid>,
    /// Schools whose PTK that run had stored.
    pub done_before: u64,
    pub schools: Written,
    pub staff: Written,
    /// The codes of the regions that were inserted.
    pub regions: Vec<String>,
    /// Rows that the portal named no longer; they stay.
    pub gone: Option<Gone>,
    /// Requests that were sent, tokens and tries included.
    pub requests: u64,
    /// What was tried a second time after the rest, and how much of it was stored then.
    pub second_round: Option<(u64, u64)>,
    /// Why the portal was given up, if so.
    pub outage: Option<String>,
    pub refreshed: Option<Refreshed>,
    /// The value of `LAST_GLOBAL_SYNC` before this run.
    pub metadata_before: Option<String>,
    /// Whether it could not take RUNNING back: its database was lost.
    #[serde(default)]
    pub left_running: bool,
}

impl Report {
    /// An end of which nothing else is known.
    pub(super) fn of(scope: String, end: End) -> Self {
        Self {
            kecamatan: KecamatanResults::default(),
            sekolah: None,
            ptk: None,
            skipped: Vec::new(),
            without_ptk: Vec::new(),
            no_longer_listed: Vec::new(),
            fewer_ptk: Vec::new(),
            last_sync: None,
            refresh: None,
            verified: None,
            unverifiable: None,
            broken: None,
            watched: false,
            told: None,
            duration_ms: 0,
            scope,
            end,
            percent: None,
            place: None,
            message: None,
            unread: 0,
            notes: Vec::new(),
            work: None,
        }
    }

    /// Whether the backend did all it was asked for, by its own account.
    pub fn is_done(&self) -> bool {
        matches!(self.end, End::Done | End::DoneByMetadata | End::Started)
    }
}

impl End {
    /// The verdict before anybody looked into a database.
    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::Done | Self::DoneByMetadata | Self::Started => Verdict::Clean,
            Self::Failed(failure) if failure.kind == Kind::Partial => Verdict::Partial,
            Self::Failed(_) => Verdict::Failed,
            Self::Interrupted(_) => Verdict::Interrupted,
            Self::Stopped(_) => Verdict::Stopped,
        }
    }
}

impl Seal for Plan {
    fn hash_mut(&mut self) -> &mut String {
        &mut self.hash
    }
}

impl Plan {
    /// Whether it only watches a sync that is running already.
    pub fn attaches(&self) -> bool {
        self.metadata.is_running()
            && self.when_running == WhenRunning::Attach
            && self.scope.is_followed()
    }
}

impl Emptied {
    /// What is typed to accept it: how many rows, or a word where they cannot be counted.
    pub fn typed(&self) -> String {
        self.rows
            .map_or_else(|| "empty".to_owned(), |rows| rows.to_string())
    }
}

impl Report {
    /// Whether the check found that something is missing, or could not be made; or the server said
    /// that something is.
    pub(super) fn is_partial(&self) -> bool {
        let missing = self.verified == Some(false) || !self.kecamatan.failed.is_empty();
        let missing = missing || self.told == Some(Verdict::Partial);
        self.is_done() && (missing || self.unverifiable.is_some())
    }

    /// Puts what a server of ours named, kecamatan and schools, beside what the check found: it knows
    /// why.
    pub(super) fn add_told(&mut self, (kecamatan, schools): (Vec<Finding>, Vec<Finding>)) {
        let rows = [
            (&mut self.kecamatan.failed, kecamatan),
            (&mut self.skipped, schools),
        ];
        for (found, told) in rows {
            if !told.is_empty() {
                self.verified = self.verified.map(|_| false);
            }
            found.retain(|one| told.iter().all(|other| other.key != one.key));
            found.extend(told);
        }
    }

    /// How long the sync took, of one that came to its end before our eyes.
    pub fn took(&self) -> Option<Duration> {
        let seen = self.is_done() && !self.watched;
        seen.then(|| Duration::from_millis(self.duration_ms))
    }

    /// The codes of the kecamatan in which something is missing, each once.
    pub fn incomplete(&self) -> Vec<String> {
        let failed = self.kecamatan.failed.iter().map(|named| named.key.clone());
        let skipped = self
            .skipped
            .iter()
            .filter_map(|named| named.kecamatan.clone());
        let mut codes: Vec<String> = failed.chain(skipped).collect();
        codes.sort();
        codes.dedup();
        codes
    }
}
