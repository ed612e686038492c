//! A viewer and the tasks it asks for, done at once and in order: no loop, no clock.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use selaras::files::Links;
use selaras::tui::capabilities::{Switch, TerminalCapabilities};
use selaras::tui::keys::{self, Action, Binding, Key};
use selaras::tui::theme::{Choice, Theme};
use selaras::tui::widget::viewer::{Ask, News, SearchStep, Step, Viewer, Watch, save};
use tempfile::TempDir;

use crate::tui::dump;

/// A viewer on a screen of its own, and a folder for its files.
pub struct Hand {
    pub viewer: Viewer,
    pub buffer: Buffer,
    pub said: Vec<String>,
    pub asked: Vec<Ask>,
    pub searching: Vec<u8>,
    watch: Option<Watch>,
    folder: TempDir,
}

impl Hand {
    /// A viewer of `run.log` with these words in it, on a screen of 30×5.
    pub fn new(words: &str) -> Self {
        let hand = Self::closed();
        fs::write(hand.file(), words).unwrap();
        hand.opened()
    }

    /// A viewer of a file that is not there yet.
    pub fn closed() -> Self {
        Self {
            viewer: Viewer::default(),
            buffer: Buffer::empty(Rect::new(0, 0, 30, 5)),
            said: Vec::new(),
            asked: Vec::new(),
            searching: Vec::new(),
            watch: None,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The same, looking at its file.
    pub fn opened(mut self) -> Self {
        self.said.clear();
        self.watch_only();
        self.look();
        self
    }

    /// Opens the file without looking at it yet.
    pub fn watch_only(&mut self) {
        self.draw();
        let asks = self.viewer.open(&self.file(), Links::Follow);
        self.do_all(asks);
    }

    pub fn file(&self) -> PathBuf {
        self.beside("run.log")
    }

    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Adds to the file.
    pub fn append(&mut self, words: &str) -> &mut Self {
        append(&self.file(), words);
        self.look()
    }

    /// Adds to the file while nobody looks.
    pub fn append_unseen(&mut self, words: &str) {
        append(&self.file(), words);
    }

    /// Looks at the file until there is nothing new.
    pub fn look(&mut self) -> &mut Self {
        while self.look_once() {}
        self
    }

    /// Looks at the file once; false when there was nothing new.
    pub fn look_once(&mut self) -> bool {
        let watch = self.watch.as_mut().unwrap();
        let (news, more) = match watch.step() {
            Ok(Step::Same) => return false,
            Ok(Step::More) => (watch.seen().map(News::Seen), true),
            Err(trouble) => (Some(News::WatchError(trouble)), false),
        };
        if let Some(news) = news {
            self.tell(news);
        }
        more
    }

    pub fn tell(&mut self, news: News) {
        let asks = self.viewer.on(news);
        self.do_all(asks);
        self.draw();
    }

    /// Presses a key.
    pub fn press(&mut self, name: &str) -> &mut Self {
        let key: Key = name.parse().unwrap();
        let asks = self.viewer.capture(key).unwrap_or_else(|| {
            let keys: Vec<Binding> = self.viewer.keys();
            self.viewer
                .act(keys::find(&keys, key).unwrap().action)
                .unwrap()
        });
        self.do_all(asks);
        self.draw();
        self
    }

    pub fn act(&mut self, action: Action) -> &mut Self {
        let asks = self.viewer.act(action).unwrap();
        self.do_all(asks);
        self.draw();
        self
    }

    /// Types into what was opened for it, and confirms.
    pub fn enter(&mut self, words: &str) -> &mut Self {
        self.viewer.paste(words);
        self.press("Enter")
    }

    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.buffer = Buffer::empty(Rect::new(0, 0, width, height));
        self.draw();
        self
    }

    /// What is on the screen.
    pub fn screen(&mut self) -> String {
        self.draw();
        dump::text(&self.buffer)
    }

    /// The lines on the screen, without the scroll bar.
    pub fn rows(&mut self) -> Vec<String> {
        let row = |line: &str| line.trim_end_matches(['│', '█', ' ']).to_owned();
        self.screen().lines().map(row).collect()
    }

    pub fn draw(&mut self) {
        self.buffer.reset();
        let (theme, area) = (look(), self.buffer.area);
        self.viewer.draw(&mut self.buffer, area, &theme);
        theme.finish(&mut self.buffer);
    }

    fn do_all(&mut self, asks: Vec<Ask>) {
        for ask in asks {
            match ask {
                Ask::Watch(path, links) => self.watch = Some(Watch::new(&path, links)),
                Ask::Read(want) => self.tell(News::Read(Box::new(want.read()))),
                Ask::Save(source, path, existing) => {
                    self.tell(News::Saved(save(&source, &path, existing)));
                }
                Ask::Say(notice) => self.said.push(notice.words),
                Ask::Search(mut search) => {
                    let found = loop {
                        match search.step().unwrap() {
                            SearchStep::Searching(percent) => self.searching.push(percent),
                            found => break found,
                        }
                    };
                    self.tell(News::SearchStep(found));
                }
                Ask::Stop | Ask::EndSearch => {}
                other => self.asked.push(other),
            }
        }
    }
}

pub fn look() -> Theme {
    Theme::new(Choice::Dark, Switch::On, &TerminalCapabilities::default())
}

pub fn append(path: &Path, words: &str) {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .unwrap();
    file.write_all(words.as_bytes()).unwrap();
}

/// `line 1` and so on.
pub fn lines(numbers: std::ops::RangeInclusive<usize>) -> String {
    numbers.fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "line {number}");
        text
    })
}
