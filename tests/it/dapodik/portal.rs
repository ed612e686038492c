//! The portal's client against a simulated portal: what is read, how often and how fast it asks.

mod down;
mod lists;
mod signing;

use std::time::Duration;

use futures_util::future::join_all;
use selaras::config::{Config, Source};
use selaras::dapodik::KecamatanCode;
use selaras::dapodik::portal::{Failed, Listing, Portal, PortalTimeouts};
use selaras::engine::{Event, Job};
use selaras::sim::portal::{API_KEY, PASSWORD, Portal as Simulated, Setup, TOKEN_MARK, USERNAME};
use tempfile::TempDir;

use super::{Ear, sources};
use crate::harness::wait::within;

/// Everything as soon as it can be.
const SOON: PortalTimeouts = PortalTimeouts {
    retry: Duration::from_millis(1),
    too_many: Duration::from_millis(50),
    probe: Duration::from_millis(20),
    outage: Duration::from_mins(1),
    token_margin: Duration::from_mins(1),
};

/// A simulated portal, and our client of it.
struct Office {
    simulated: Simulated,
    portal: Portal,
    _folder: TempDir,
}

fn clean() -> Setup {
    Setup {
        dirt: false,
        ..Setup::default()
    }
}

impl Office {
    fn of(setup: Setup) -> Self {
        Self::with(setup, SOON, "", PASSWORD)
    }

    /// With further settings of `[dapodik.portal]`.
    fn with(setup: Setup, timeouts: PortalTimeouts, settings: &str, password: &str) -> Self {
        selaras::http::install_tls();
        let simulated = Simulated::start(setup).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "[dapodik]\nsource = \"portal\"\n[dapodik.portal]\nbase_url = \"{}\"\n{settings}\n",
            simulated.url()
        );
        let secrets = format!(
            "DAPODIK_USERNAME={USERNAME}\nDAPODIK_PASSWORD={password}\nDAPODIK_API_KEY={API_KEY}\n"
        );
        std::fs::write(folder.path().join("config.toml"), text).unwrap();
        std::fs::write(folder.path().join(".env"), secrets).unwrap();
        let config = Config::load(&sources(folder.path())).unwrap();
        let Source::Portal { portal, .. } = config.dapodik.ready().unwrap().source.clone() else {
            panic!("the source is not the portal");
        };
        Self {
            portal: Portal::new(&config, &portal, timeouts).unwrap(),
            simulated,
            _folder: folder,
        }
    }

    /// The PTK of the first `schools` schools, asked for all at once.
    async fn ask_all(&self, schools: usize, job: &Job) -> Vec<Result<Listing, Failed>> {
        let schools = self.simulated.schools().into_iter().take(schools);
        let asked = schools.map(|npsn| async move { self.portal.staff(&npsn, job).await });
        within("the PTK of all schools", join_all(asked)).await
    }
}

fn code(text: &str) -> KecamatanCode {
    KecamatanCode::parse(text).unwrap()
}

/// The error's words, with the hint and how many tries were made; no secret is among them.
fn told(failed: &Failed) -> (String, u32) {
    let (error, tries) = match failed {
        Failed::Request { error, tries } => (error, *tries),
        Failed::Outage(error) => (error, 0),
        Failed::Stopped => panic!("stopped"),
    };
    let words = format!("{} ({})", error.chain(), error.advice().unwrap_or(""));
    for secret in [PASSWORD, API_KEY, TOKEN_MARK] {
        assert!(!words.contains(secret), "{words}");
    }
    (words, tries)
}

/// The lines that were said in the portal's name.
fn lines(ear: &Ear) -> Vec<String> {
    let lines = ear.heard().into_iter().filter_map(|event| match event {
        Event::Line { source, text } if source == "portal" => Some(text),
        _ => None,
    });
    lines.collect()
}
