//! A context with a simulated backend behind it, and screens that show its Dapodik tab.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use selaras::config::{DatabaseUrl, Environment, Home, Sources};
use selaras::context::AppContext;
use selaras::sim::backend::tables::Tables;
use selaras::sim::backend::{Backend, KEY, LIST, Setup};
use selaras::tui::dashboard;
use selaras::tui::dashboard::News;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::harness::clock::{self, still};
use crate::harness::wait::status_of;
use crate::tui::elsewhere::{PROGRAM, elsewhere};
use crate::tui::stage::Stage;

/// A context, its folder, and the backend.
pub struct Office {
    pub backend: Backend,
    root: TempDir,
    // Last, so that the backend ends before it.
    runtime: Runtime,
}

impl Office {
    /// With a database that the backend stores to and the check looks into.
    pub fn open(setup: Setup) -> Self {
        Self::furnish(setup, true)
    }

    /// Without a database: the list of kecamatan is the file with all 78.
    pub fn without_database(setup: Setup) -> Self {
        Self::furnish(setup, false)
    }

    fn furnish(mut setup: Setup, stores: bool) -> Self {
        // What the program does at its start.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let root = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let url = DatabaseUrl::file(root.path().join("alumni.db"));
        let backend = runtime.block_on(async {
            if stores {
                Tables::at(&url).make(&setup.kecamatan).await.unwrap();
                setup.database = Some(url);
            }
            Backend::start(setup).unwrap()
        });
        let database = if stores {
            "database = \"sqlite:alumni.db\"\n"
        } else {
            ""
        };
        let config = format!(
            "operator = \"sari@kantor\"\nstate_dir = \"state\"\nretry_base = \"20ms\"\n\n\
             [dapodik]\nsource = \"remote\"\nurl = \"{}\"\n{database}\
             kecamatan = \"kecamatan.csv\"\n",
            backend.url()
        );
        let put = |name: &str, text: &str| std::fs::write(root.path().join(name), text).unwrap();
        put("config.toml", &config);
        put("kecamatan.csv", LIST);
        put(".env", &format!("EALUMNI_API_KEY={KEY}\n"));
        Self {
            backend,
            root,
            runtime,
        }
    }

    /// Fills the database as an earlier sync left it: as many schools and PTK of each as this.
    pub fn filled(self, schools: usize, ptk: usize) -> Self {
        let url = DatabaseUrl::file(self.root.path().join("alumni.db"));
        self.runtime.block_on(async {
            for region in self.backend.kecamatan() {
                // Before anything that a run of this test stores, whatever the machine's date.
                let then = clock::of_the_machine() - SignedDuration::from_hours(24);
                let tables = Tables::at(&url);
                let then = format!("{then:.3}");
                tables.store(region, 0..schools, ptk, &then).await.unwrap();
            }
        });
        self
    }

    pub fn config(&self) -> PathBuf {
        self.root.path().join("config.toml")
    }

    pub fn app_context(&self) -> AppContext {
        app_context(self.root.path(), Some(self.config()))
    }

    /// A screen that shows the tab.
    pub fn stage(&self, width: u16, height: u16) -> Stage<News> {
        stage(&self.app_context(), width, height)
    }

    /// Starts something from a shell of this machine and leaves it.
    pub fn shell(&self, arguments: &[&str]) {
        let status = status_of(elsewhere(&self.config(), arguments));
        assert!(status.success(), "{arguments:?}");
    }
}

/// A context below `folder`.
pub fn app_context(folder: &Path, config: Option<PathBuf>) -> AppContext {
    AppContext {
        sources: Sources {
            config,
            environment: Environment::default(),
            folder: folder.to_owned(),
            home: Home::below(folder),
            host: "kantor".to_owned(),
        },
        state_dir: None,
        read_only: false,
        verbose: 0,
        exe: Some(PathBuf::from(PROGRAM)),
        clock: still(),
    }
}

/// A screen with this context that shows the tab.
pub fn stage(app: &AppContext, width: u16, height: u16) -> Stage<News> {
    let config = app.config().ok();
    let mut stage = Stage::new(width, height, dashboard::places(app, config.as_ref()));
    stage.press("4").settle();
    stage
}
