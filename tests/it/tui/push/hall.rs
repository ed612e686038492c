//! A simulated world, a central API, and a person before the tab of the push.
//!
//! ```text
//!   Hall::open().sit(100, 30).press("s")…
//! ```

use std::fs;
use std::path::Path;

use selaras::config::DatabaseUrl;
use selaras::context::AppContext;
use selaras::db::{Access, Connection};
use selaras::sim::central::{Central, KEY, SYNC, Setup};
use selaras::sim::world::{World, WorldOptions};
use selaras::tui::capabilities::{Switch, TerminalCapabilities};
use selaras::tui::dashboard;
use selaras::tui::dashboard::News;
use selaras::tui::theme::{Choice, Theme};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::tui::context::app_context;
use crate::tui::elsewhere::PROGRAM;
use crate::tui::stage::Stage;

/// A simulated world with a context in it.
pub struct Hall {
    runtime: Runtime,
    pub world: World,
    pub app: AppContext,
    _folder: TempDir,
}

impl Hall {
    /// A usual world: 13 rows, 6 officials.
    pub fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        // Always as long, so that what names a path looks the same wherever a test runs.
        let folder = TempDir::new_in("/tmp").unwrap();
        selaras::http::install_tls();
        let world = runtime.block_on(World::start(folder.path(), &WorldOptions::default()));
        let world = world.unwrap();
        let app = app_context(folder.path(), world.config(), Some(PROGRAM.into()));
        Self {
            runtime,
            world,
            app,
            _folder: folder,
        }
    }

    /// Somebody sits down before the tab, on a screen of this size.
    pub fn sit(&self, width: u16, height: u16) -> Stage<News> {
        let capabilities = TerminalCapabilities {
            colorterm: "truecolor".to_owned(),
            ..TerminalCapabilities::default()
        };
        let theme = Theme::new(Choice::Dark, Switch::On, &capabilities);
        let config = self.app.config().ok();
        let places = dashboard::places(&self.app, config.as_ref());
        let mut stage = Stage::live(width, height, places, theme);
        stage.settle().press("2").settle();
        stage
    }

    /// Starts another central API and has the settings name it.
    pub fn central(&self, setup: Setup) -> Central {
        let entered = self.runtime.enter();
        let central = Central::start(setup).unwrap();
        drop(entered);
        let (old, new) = (self.world.central().url(), central.url());
        edit(&self.world.config(), |text| {
            text.replace(&format!("{old}{SYNC}"), &format!("{new}{SYNC}"))
        });
        central
    }

    /// Adds a line to the settings of the push.
    pub fn set(&self, line: &str) {
        let heading = "[pimpinan]\n";
        edit(&self.world.config(), |text| {
            text.replace(heading, &format!("{heading}{line}\n"))
        });
    }

    /// Puts another key into `.env` in place of `old`.
    pub fn change_key(&self, old: &str, new: &str) {
        let [old, new] = [old, new].map(|key| format!("PIMPINAN_API_KEY={key}\n"));
        edit(&self.world.dotenv(), |text| text.replace(&old, &new));
    }

    /// Runs a statement on Docku.
    pub fn change(&self, sql: &str) {
        let url = DatabaseUrl::file(self.world.docku());
        self.runtime.block_on(async {
            let mut docku = Connection::open(&url, Access::Write).await.unwrap();
            docku.command(sql).await.unwrap();
            docku.close().await.unwrap();
        });
    }

    /// The ids that were sent with push `number`.
    pub fn sent(&self, number: usize) -> Vec<i64> {
        ids(&self.world.central().payloads()[number])
    }
}

/// Changes a file of the world as text.
pub fn edit(path: &Path, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(path).unwrap();
    fs::write(path, change(text)).unwrap();
}

/// The right key.
pub const RIGHT: &str = KEY;

/// The ids of a payload.
pub fn ids(payload: &str) -> Vec<i64> {
    let payload: serde_json::Value = serde_json::from_str(payload).unwrap();
    let users = payload["users"].as_array().unwrap();
    users
        .iter()
        .map(|one| one["id"].as_i64().unwrap())
        .collect()
}

/// Waits for words, however they are wrapped.
pub fn until(stage: &mut Stage<News>, words: &str) -> String {
    stage.until(|screen| flat(screen).contains(words)).settle();
    stage.screen()
}

/// Asks, and says yes.
pub fn push(stage: &mut Stage<News>) {
    stage.press("s");
    until(stage, "Enter push");
    stage.press("Enter");
}

/// The words of a screen with wrapped lines put together.
pub fn flat(screen: &str) -> String {
    let words = screen.split_whitespace().filter(|word| *word != "│");
    words.collect::<Vec<_>>().join(" ")
}

/// The screen with everything masked that is different each time, at its width.
pub fn mask(screen: &str) -> String {
    const SHAPES: [(&str, &str); 6] = [
        ("9999-99-99 99:99", "2026-11-20 08:00"),
        ("127.0.0.1:99999", "127.0.0.1:40000"),
        ("plan xxxxxx", "plan c41f9a"),
        ("Run xxxxxx", "Run c41f9a"),
        (".tmpaaaaaa", ".tmpXXXXXX"),
        ("9.9 s", "0.1 s"),
    ];
    let characters: Vec<char> = screen.chars().collect();
    let mut masked = String::new();
    let mut at = 0;
    while let Some(first) = characters.get(at) {
        let rest = &characters[at..];
        if let Some((_, sign)) = SHAPES.iter().find(|(shape, _)| fits(shape, rest)) {
            masked.push_str(sign);
            at += sign.chars().count();
        } else {
            masked.push(*first);
            at += 1;
        }
    }
    masked
}

fn fits(shape: &str, text: &[char]) -> bool {
    let signs = shape.chars();
    text.len() >= shape.len()
        && signs
            .zip(text)
            .enumerate()
            .all(|(index, (sign, found))| match sign {
                '9' => found.is_ascii_digit(),
                'x' => found.is_ascii_hexdigit(),
                'a' if index > 3 && shape.starts_with('.') => found.is_ascii_alphanumeric(),
                sign => sign == *found,
            })
}

#[test]
fn what_changes_is_masked_at_its_width() {
    let text = "plan 0a1b2c · 2026-12-01 09:40 · http://127.0.0.1:41873/api · 0.7 s";
    let masked = "plan c41f9a · 2026-11-20 08:00 · http://127.0.0.1:40000/api · 0.1 s";
    assert_eq!(mask(text), masked);
    assert_eq!(mask("/tmp/.tmpAb3dEf/data"), "/tmp/.tmpXXXXXX/data");
}
