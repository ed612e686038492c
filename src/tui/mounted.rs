//! A tab that knows only its own news and actions, adapted to those of the frame.

use std::convert::Infallible;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::keys::{Action, Binding, Key};
use super::news::{Act, News};
use super::run_watcher::RunEvent;
use super::tab::{Badge, Effects, Hint, Protocol, Status, Tab};
use super::tasks::WorkName;
use super::theme::Theme;
use crate::run::Id;

/// How a tab's news and actions become the frame's, and back.
pub struct Mounting<N: Protocol> {
    pub news: fn(N) -> News,
    pub own_news: fn(News) -> Option<N>,
    pub act: fn(N::Act) -> Act,
    pub own_act: fn(Act) -> Option<N::Act>,
}

impl<N: Protocol<Act = Infallible>> Mounting<N> {
    /// Of a tab without actions of its own.
    pub fn plain(news: fn(N) -> News, own_news: fn(News) -> Option<N>) -> Self {
        Self {
            news,
            own_news,
            act: |never| match never {},
            own_act: |_| None,
        }
    }
}

/// A tab of `N` as one of the frame's.
pub struct Mounted<T, N: Protocol> {
    tab: T,
    mounting: Mounting<N>,
}

impl<T: Tab<N>, N: Protocol> Mounted<T, N> {
    pub fn new(tab: T, mounting: Mounting<N>) -> Self {
        Self { tab, mounting }
    }
}

/// The effects of a tab as the frame's.
fn map<N: Protocol>(effects: Effects<N>, wrap: fn(N) -> News) -> Effects<News> {
    effects.into_iter().map(|one| one.map(wrap)).collect()
}

impl<T: Tab<N>, N: Protocol> Tab<News> for Mounted<T, N> {
    fn title(&self) -> &str {
        self.tab.title()
    }

    fn engines(&self) -> &'static [&'static str] {
        self.tab.engines()
    }

    fn badge(&self) -> Badge {
        self.tab.badge()
    }

    fn running(&self) -> Vec<Option<String>> {
        self.tab.running()
    }

    fn status(&self) -> Option<Status> {
        self.tab.status()
    }

    fn keys(&self) -> Vec<Binding<Act>> {
        let bindings = self.tab.keys().into_iter();
        bindings.map(|one| one.map(self.mounting.act)).collect()
    }

    fn start(&mut self) -> Effects<News> {
        map(self.tab.start(), self.mounting.news)
    }

    fn shown(&mut self) -> Effects<News> {
        map(self.tab.shown(), self.mounting.news)
    }

    fn hidden(&mut self) {
        self.tab.hidden();
    }

    fn act(&mut self, action: Action<Act>) -> Effects<News> {
        let Some(action) = action.try_map(self.mounting.own_act) else {
            return Vec::new();
        };
        map(self.tab.act(action), self.mounting.news)
    }

    fn typing(&self) -> Option<Vec<Hint>> {
        self.tab.typing()
    }

    fn capture(&mut self, key: Key) -> Option<Effects<News>> {
        Some(map(self.tab.capture(key)?, self.mounting.news))
    }

    fn paste(&mut self, words: &str) -> Effects<News> {
        map(self.tab.paste(words), self.mounting.news)
    }

    fn point(&mut self, at: Position, area: Rect) -> Effects<News> {
        map(self.tab.point(at, area), self.mounting.news)
    }

    fn on(&mut self, news: News) -> Effects<News> {
        let effects = (self.mounting.own_news)(news).map(|news| self.tab.on(news));
        map(effects.unwrap_or_default(), self.mounting.news)
    }

    fn run_event(&mut self, event: &RunEvent) -> Effects<News> {
        map(self.tab.run_event(event), self.mounting.news)
    }

    fn undo(&mut self, run: Id) -> Effects<News> {
        map(self.tab.undo(run), self.mounting.news)
    }

    fn broken(&mut self, work: WorkName) -> Effects<News> {
        map(self.tab.broken(work), self.mounting.news)
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        self.tab.draw(buffer, area, theme);
    }
}
