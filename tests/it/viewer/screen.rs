//! The viewer in a tab of the real loop: its tasks, its screen.

use std::fs;
use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use selaras::files::Links;
use selaras::tui::app::Places;
use selaras::tui::keys::{Action, Binding, Key};
use selaras::tui::notices::Notice;
use selaras::tui::tab::Effect;
use selaras::tui::tab::{Effects, SetupPage, Tab};
use selaras::tui::tasks::WorkName;
use selaras::tui::theme::{Focus, Theme, Tone};
use selaras::tui::widget::pane::Pane;
use selaras::tui::widget::viewer::{Ask, News, Viewer, effects};

use super::hand::{append, lines};
use crate::tui::stage::Stage;

/// A tab that is all viewer.
struct Reader {
    path: PathBuf,
    viewer: Viewer,
}

fn carried(asks: Vec<Ask>) -> Effects<News> {
    let lend = |path: &Path| {
        let words = format!("pager: {}", path.display());
        Effect::Say(Notice::new(&words, Tone::Plain))
    };
    effects(asks, |news| news, lend)
}

impl Tab<News> for Reader {
    fn title(&self) -> &'static str {
        "Output"
    }

    fn keys(&self) -> Vec<Binding> {
        self.viewer.keys()
    }

    fn start(&mut self) -> Effects<News> {
        carried(self.viewer.open(&self.path, Links::Refuse))
    }

    fn act(&mut self, action: Action) -> Effects<News> {
        carried(self.viewer.act(action).unwrap_or_default())
    }

    fn capture(&mut self, key: Key) -> Option<Effects<News>> {
        self.viewer.capture(key).map(carried)
    }

    fn paste(&mut self, words: &str) -> Effects<News> {
        self.viewer.paste(words);
        Vec::new()
    }

    fn on(&mut self, news: News) -> Effects<News> {
        carried(self.viewer.on(news))
    }

    fn broken(&mut self, work: WorkName) -> Effects<News> {
        carried(self.viewer.broken(work.task))
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let pane = Pane::new("Output of the run", Focus::Here).remark(&self.viewer.remark());
        let inside = pane.draw(buffer, area, theme);
        self.viewer.draw(buffer, inside, theme);
    }
}

fn stage(path: &Path) -> Stage<News> {
    let reader = Reader {
        path: path.to_owned(),
        viewer: Viewer::default(),
    };
    Stage::new(
        80,
        24,
        Places {
            tabs: vec![Box::new(reader)],
            runs: Box::new(SetupPage::new("Runs")),
            context: String::new(),
        },
    )
}

const RUN: &str = "\x1b[1m[2026-11-20 15:00:01] Starting sync\x1b[0m\n\
    [2026-11-20 15:00:02] \x1b[32m✓\x1b[0m dump of docku\n\
    \x1b[36m 10 %\x1b[0m\r\x1b[36m 55 %\x1b[0m\r\x1b[36m100 % imported\x1b[0m\n\
    \x1b[31mERROR\x1b[0m 1062: duplicate entry\tfor key\n\
    bell\x07 and \x1b[2J clear\n\
    [2026-11-20 15:00:09] error count: 1\n";

#[test]
fn the_output_of_a_run_looks_like_this() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("output.log");
    fs::write(&path, lines(1..=30) + RUN).unwrap();
    let mut stage = stage(&path);
    stage.until(|screen| screen.contains("following · 36 lines"));
    stage
        .press("k")
        .press("/")
        .type_text("error")
        .press("Enter");
    stage.until(|screen| screen.contains("line 17 of 36"));
    append(&path, &lines(1..=214));
    stage.until(|screen| screen.contains("214 new lines"));
    insta::assert_snapshot!(stage.styled());
}

#[test]
fn a_file_is_followed_searched_and_saved_through_the_loop() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("output.log");
    let mut stage = stage(&path);
    stage.until(|screen| screen.contains("is not there yet"));
    append(&path, &lines(1..=300_000));
    stage.until(|screen| screen.contains("following · 300 000 lines"));
    stage.press("/").type_text("line 77777").press("Enter");
    stage.until(|screen| screen.contains("│line 77777 "));
    let copy = folder.path().join("copy.log");
    stage
        .press("e")
        .press("Ctrl-U")
        .paste(copy.to_str().unwrap())
        .press("Enter");
    stage.until(|screen| screen.contains("saved"));
    assert_eq!(fs::read(&path).unwrap(), fs::read(&copy).unwrap());
    stage
        .press("e")
        .press("Ctrl-U")
        .paste(copy.to_str().unwrap())
        .press("Enter");
    stage.until(|screen| screen.contains("Enter replace"));
    stage.press("Esc").press("|");
    stage.until(|screen| screen.contains("pager:"));
}
