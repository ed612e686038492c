//! A tab that knows only its own news and actions, adapted to those of the frame.

use std::convert::Infallible;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::keys::{Action, Binding, Key};
use super::run_watcher::RunEvent;
use super::tab::{Badge, Effects, Hint, Protocol, Status, Tab};
use super::tasks::WorkName;
use super::theme::Theme;
use crate::run::Id;

/// How a tab's news and actions become the frame's, and back.
pub struct Mounting<N: Protocol, M: Protocol> {
    pub news: fn(N) -> M,
    pub own_news: fn(M) -> Option<N>,
    pub act: fn(N::Act) -> M::Act,
    pub own_act: fn(M::Act) -> Option<N::Act>,
}

impl<N: Protocol<Act = Infallible>, M: Protocol> Mounting<N, M> {
    /// Of a tab without actions of its own.
    pub fn plain(news: fn(N) -> M, own_news: fn(M) -> Option<N>) -> Self {
        Self {
            news,
            own_news,
            act: |never| match never {},
            own_act: |_| None,
        }
    }
}

/// A tab of news `N` as one of the frame's, whose news are `M`.
pub struct Mounted<T, N: Protocol, M: Protocol> {
    tab: T,
    mounting: Mounting<N, M>,
}

impl<T: Tab<N>, N: Protocol, M: Protocol> Mounted<T, N, M> {
    pub fn new(tab: T, mounting: Mounting<N, M>) -> Self {
        Self { tab, mounting }
    }
}

/// The effects of a tab as the frame's.
fn map<N: Protocol, M: Protocol>(effects: Effects<N>, wrap: fn(N) -> M) -> Effects<M> {
    effects.into_iter().map(|one| one.map(wrap)).collect()
}

impl<T: Tab<N>, N: Protocol, M: Protocol> Tab<M> for Mounted<T, N, M> {
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

    fn keys(&self) -> Vec<Binding<M::Act>> {
        let bindings = self.tab.keys().into_iter();
        bindings.map(|one| one.map(self.mounting.act)).collect()
    }

    fn start(&mut self) -> Effects<M> {
        map(self.tab.start(), self.mounting.news)
    }

    fn shown(&mut self) -> Effects<M> {
        map(self.tab.shown(), self.mounting.news)
    }

    fn hidden(&mut self) {
        self.tab.hidden();
    }

    fn act(&mut self, action: Action<M::Act>) -> Effects<M> {
        let Some(action) = action.try_map(self.mounting.own_act) else {
            return Vec::new();
        };
        map(self.tab.act(action), self.mounting.news)
    }

    fn typing(&self) -> Option<Vec<Hint>> {
        self.tab.typing()
    }

    fn capture(&mut self, key: Key) -> Option<Effects<M>> {
        Some(map(self.tab.capture(key)?, self.mounting.news))
    }

    fn paste(&mut self, words: &str) -> Effects<M> {
        map(self.tab.paste(words), self.mounting.news)
    }

    fn point(&mut self, at: Position, area: Rect) -> Effects<M> {
        map(self.tab.point(at, area), self.mounting.news)
    }

    fn on(&mut self, news: M) -> Effects<M> {
        let effects = (self.mounting.own_news)(news).map(|news| self.tab.on(news));
        map(effects.unwrap_or_default(), self.mounting.news)
    }

    fn run_event(&mut self, event: &RunEvent) -> Effects<M> {
        map(self.tab.run_event(event), self.mounting.news)
    }

    fn undo(&mut self, run: Id) -> Effects<M> {
        map(self.tab.undo(run), self.mounting.news)
    }

    fn broken(&mut self, work: WorkName) -> Effects<M> {
        map(self.tab.broken(work), self.mounting.news)
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        self.tab.draw(buffer, area, theme);
    }
}
