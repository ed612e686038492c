//! What lies over a tab for a while: help, palette, the screen's own log.
//!
//! The runs are not among them: they have keys and work of their own and are a [`super::tab::Tab`].

pub mod help;
pub mod palette;

use ratatui::layout::Rect;

use super::keys::{Action, Binding, Key, Move};
use super::tasks::Place;
use super::widget::lines::Reading;
use super::widget::paint;
use help::Help;
use palette::Palette;

/// What lies over the tab.
#[derive(Debug)]
pub enum Overlay {
    /// All keys.
    Help(Help),
    /// All actions.
    Palette(Palette),
    /// All that was said.
    Log(Reading),
}

/// One action that can be found, and the place that does it.
#[derive(Clone, Debug)]
pub struct Entry<A> {
    /// Who does it; `None`: the frame.
    pub place: Option<Place>,
    /// The name of the place, for people.
    pub heading: String,
    /// How.
    pub binding: Binding<A>,
}

/// What a key made of an overlay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard<A> {
    /// It stays.
    Stay,
    /// It stays, and the key means nothing in it.
    Nothing,
    /// It closes.
    Close,
    /// It closes, and this is done.
    Do(Option<Place>, Action<A>),
    /// It stays, and this is why nothing is done.
    Refuse(String),
}

/// The step a key means where letters are for typing.
pub fn step(key: Key) -> Option<Move> {
    use crossterm::event::KeyCode;
    match key.code {
        KeyCode::Up => Some(Move::Up),
        KeyCode::Down => Some(Move::Down),
        KeyCode::PageUp => Some(Move::PageUp),
        KeyCode::PageDown => Some(Move::PageDown),
        _ => None,
    }
}

/// The rectangle of an overlay: most of a small screen, a comfortable part of a large one.
pub fn area(screen: Rect) -> Rect {
    let body = paint::centred(
        screen,
        screen.width.saturating_sub(4).min(120),
        screen.height.saturating_sub(2),
    );
    paint::centred(body, body.width, 40)
}
