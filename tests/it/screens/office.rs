//! A simulated world, a context in it, and a person at the dashboard.
//!
//! ```text
//!   Office::open().sit(100, 30).press("s").until_words("Preview · Dev")
//! ```

use std::fs;
use std::path::PathBuf;

use selaras::config::DatabaseUrl;
use selaras::context::{self, AppContext};
use selaras::run::{Run, Runs};
use selaras::sim::locations::Branch;
use selaras::sim::world::{Place, World, WorldOptions};
use selaras::tui::capabilities::{Switch, TerminalCapabilities};
use selaras::tui::dashboard;
use selaras::tui::dashboard::News;
use selaras::tui::theme::{Choice, Theme};
use selaras::users::store::Store;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::harness::clock::still;
use crate::tui::context::app_context;
use crate::tui::elsewhere::PROGRAM;
use crate::tui::stage::Stage;

/// A simulated world with a context in it.
pub struct Office {
    pub runtime: Runtime,
    pub world: World,
    pub app: AppContext,
    folder: TempDir,
}

impl Office {
    /// A usual world.
    pub fn open() -> Self {
        Self::open_with(&WorldOptions::default())
    }

    pub fn open_with(options: &WorldOptions) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        // Always as long, so that what names a path looks the same wherever a test runs.
        let folder = TempDir::new_in("/tmp").unwrap();
        let world = runtime.block_on(World::start(folder.path(), options));
        let world = world.unwrap();
        selaras::http::install_tls();
        let app = app_context(folder.path(), world.config(), Some(PROGRAM.into()));
        Self {
            runtime,
            world,
            app,
            folder,
        }
    }

    /// Somebody sits down before a screen of this size.
    pub fn sit(&self, width: u16, height: u16) -> Stage<News> {
        self.sit_with(width, height, colours())
    }

    /// The same with another theme.
    pub fn sit_with(&self, width: u16, height: u16, theme: Theme) -> Stage<News> {
        let config = self.app.config().ok();
        let places = dashboard::places(&self.app, config.as_ref());
        Stage::live(width, height, places, theme)
    }

    /// The same where no clock moves: for pictures that show how long ago something was.
    pub fn sit_still(&self, width: u16, height: u16) -> Stage<News> {
        let app = AppContext {
            clock: still(),
            ..self.app.clone()
        };
        let config = app.config().ok();
        let places = dashboard::places(&app, config.as_ref());
        Stage::with_theme(width, height, places, colours())
    }

    /// The server of a place.
    pub fn branch(&self, place: Place) -> &Branch {
        self.world.branch(place).unwrap()
    }

    /// A file below the world's folder.
    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Writes the world's `.env` with this password.
    pub fn set_password(&self, password: &str) {
        let login = format!("EXTERNAL_API_EMAIL=sync@kantor\nEXTERNAL_API_PASSWORD={password}\n");
        let kept = fs::read_to_string(self.world.dotenv()).unwrap();
        let email = kept
            .lines()
            .find(|line| line.starts_with("EXTERNAL_API_EMAIL"));
        let login = match email {
            Some(email) => format!("{email}\nEXTERNAL_API_PASSWORD={password}\n"),
            None => login,
        };
        fs::write(self.world.dotenv(), login).unwrap();
    }

    /// Changes the configuration as text.
    pub fn edit_config(&self, edit: impl FnOnce(String) -> String) {
        let text = fs::read_to_string(self.world.config()).unwrap();
        fs::write(self.world.config(), edit(text)).unwrap();
    }

    /// The users database, open for writing.
    pub fn store(&self) -> Store {
        let url = DatabaseUrl::file(self.world.database());
        self.runtime
            .block_on(Store::for_writing(&url, &[]))
            .unwrap()
    }

    /// The runs so far, newest first.
    pub fn runs(&self) -> Vec<Run> {
        self.kept().readable().unwrap()
    }

    /// Where the runs are kept.
    pub fn kept(&self) -> Runs {
        context::runs(&self.app.config().unwrap()).unwrap()
    }
}

/// The theme of most tests.
pub fn colours() -> Theme {
    let capabilities = TerminalCapabilities {
        colorterm: "truecolor".to_owned(),
        ..TerminalCapabilities::default()
    };
    Theme::new(Choice::Dark, Switch::On, &capabilities)
}

/// A theme without colours.
pub fn mono() -> Theme {
    let capabilities = TerminalCapabilities {
        no_color: true,
        ..TerminalCapabilities::default()
    };
    Theme::new(Choice::Auto, Switch::On, &capabilities)
}

impl Stage<News> {
    /// Lets the loop run until the screen shows these words.
    pub fn until_words(&mut self, words: &str) -> &mut Self {
        self.until_named(words, |screen| flat(screen).contains(words))
    }

    /// Lets the loop run until a run has ended, with these words. The words alone are not enough:
    /// the run itself says them shortly before its end, and keys mean something else until then.
    pub fn until_ended(&mut self, words: &str) -> &mut Self {
        self.until_named(words, |screen| {
            flat(screen).contains(words) && !screen.contains("x stop")
        })
    }

    /// Syncs the selected location and waits for the result sentence.
    pub fn sync_selected(&mut self) -> &mut Self {
        self.settle().press("s").until_words("Preview ·").settle();
        self.press("Enter")
            .until_words("Apply to")
            .settle()
            .press("Enter");
        self.until_ended("Sync completed").settle()
    }
}

/// The words of a screen with wrapped lines put together.
pub fn flat(screen: &str) -> String {
    let words = screen.split_whitespace().filter(|word| *word != "│");
    words.collect::<Vec<_>>().join(" ")
}
