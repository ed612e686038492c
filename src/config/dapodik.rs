//! `[dapodik]` and `[dapodik.portal]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reader::{Reader, Section};
use super::setting::{Missing, Part};
use super::url::{DatabaseKind, DatabaseUrl, WebUrl};
use super::value_type::{Choice, Database, FilePath, Route, Span, Web, whole};

/// Driving and watching the education data sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dapodik {
    pub source: Source,
    /// After how long a silent stream is talked about.
    pub silence: Duration,
    /// How long a broken stream's RUNNING is watched.
    pub watch: Duration,
    /// The list of kecamatan when nobody else has one.
    pub kecamatan: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A backend that is followed.
    Remote {
        url: WebUrl,
        /// Its database, for the picker's list and the check after a run.
        database: Option<DatabaseUrl>,
    },
    /// We do it, from the portal.
    Portal {
        portal: Box<Portal>,
        /// Where the rows go; our own (created, migrated) when it is SQLite.
        database: DatabaseUrl,
    },
}

/// The regional portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portal {
    /// What the paths stand below; `DAPODIK_BASE_URL` wins over the file.
    pub base_url: WebUrl,
    /// Where tokens are issued; `DAPODIK_AUTH_URL` wins over the file.
    pub auth_url: WebUrl,
    /// The path of the districts (kecamatan).
    pub districts: String,
    pub schools: String,
    pub staff: String,
    pub one_staff: String,
    pub concurrency: usize,
    /// The ceiling of requests per second; 0 is none.
    pub requests_per_second: u32,
    /// For one request, its answer included.
    pub timeout: Duration,
    /// How long a portal that answers nothing useful is waited for.
    pub outage: Duration,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Remote,
    Portal,
}

const SOURCES: Choice<Kind> = Choice(&[("remote", Kind::Remote), ("portal", Kind::Portal)]);
const DATABASE: Database = Database {
    kinds: &[DatabaseKind::Sqlite, DatabaseKind::Postgres],
    example: "postgres://selaras:${EALUMNI_DB_PASSWORD}@db01/ealumni",
};

/// Reads the part; `data` is our own folder for databases.
pub(super) fn read(reader: &mut Reader<'_>, data: &Path) -> Part<Dapodik> {
    let mut section = reader.section("dapodik");
    let kind = section.setting("source", &SOURCES);
    let url = section.optional("url", &Web);
    let database = section.optional("database", &DATABASE);
    let silence = section.setting("silence", &Span(Duration::from_secs(1)));
    let watch = section.setting("watch", &Span(Duration::ZERO));
    let kecamatan = section.optional("kecamatan", &FilePath);
    let own = DatabaseUrl::file(data.join("dapodik.db"));
    if kind == Kind::Portal && section.line("database").is_none() {
        section.work_out("database", own.to_string());
    }
    let mut missing = section.missing;
    let (portal, gaps) = read_portal(reader.section("dapodik.portal"));
    // An unset variable of the other source's keys is no obstacle.
    let source = match kind {
        Kind::Remote => {
            if url.is_none() {
                Missing::note_key(&mut missing, "dapodik.url");
            }
            url.map(|url| Source::Remote { url, database })
        }
        Kind::Portal => {
            missing.retain(|missing| missing.key != "dapodik.url");
            missing.extend(gaps);
            if portal.is_none() {
                Missing::note(
                    &mut missing,
                    "dapodik.portal.base_url",
                    "DAPODIK_BASE_URL environment variable is not set, and `dapodik.portal.base_url` is missing",
                );
            }
            let database = database.unwrap_or(own);
            portal.map(|portal| Source::Portal {
                portal: Box::new(portal),
                database,
            })
        }
    };
    let settings = source.map(|source| Dapodik {
        source,
        silence,
        watch,
        kecamatan,
    });
    Part::of("dapodik", missing, settings)
}

fn read_portal(mut section: Section<'_, '_>) -> (Option<Portal>, Vec<Missing>) {
    let base_url = section.overridable("base_url", &Web, "DAPODIK_BASE_URL");
    let mut auth_url = section.overridable("auth_url", &Web, "DAPODIK_AUTH_URL");
    if let (None, Some(base_url)) = (&auth_url, &base_url) {
        let default = base_url.below("/token");
        section.work_out("auth_url", default.to_string());
        auth_url = Some(default);
    }
    let route = Route { empty: false };
    let districts = section.setting("districts", &route);
    let schools = section.setting("schools", &route);
    let staff = section.setting("staff", &route);
    let one_staff = section.setting("one_staff", &route);
    let concurrency = section.setting("concurrency", &whole(1, 64));
    let requests_per_second = section.setting("requests_per_second", &whole(0, 10_000));
    let timeout = section.setting("timeout", &Span(Duration::from_millis(1)));
    let outage = section.setting("outage", &Span(Duration::ZERO));
    let portal = base_url.zip(auth_url).map(|(base_url, auth_url)| Portal {
        base_url,
        auth_url,
        districts,
        schools,
        staff,
        one_staff,
        concurrency,
        requests_per_second,
        timeout,
        outage,
    });
    (portal, section.missing)
}
