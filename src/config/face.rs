//! `[serve]` and `[screen]`.

use std::net::{Ipv4Addr, SocketAddr};

use super::reader::Reader;
use super::shape::{Choice, Listen, Switch};

/// Our own server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    /// Where it listens.
    pub listen: SocketAddr,
}

/// The screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Its colours.
    pub theme: Theme,
    /// Whether characters beyond ASCII are drawn.
    pub unicode: Toggle,
    /// Whether the mouse is listened to.
    pub mouse: Toggle,
    /// Whether the bell rings when a run ends.
    pub bell: bool,
}

/// A set of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The terminal decides.
    #[default]
    Auto,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// No colours.
    Mono,
}

/// A switch that may be left to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Toggle {
    /// The terminal decides.
    #[default]
    Auto,
    /// On.
    On,
    /// Off.
    Off,
}

const THEMES: Choice<Theme> = Choice(&[
    ("auto", Theme::Auto),
    ("dark", Theme::Dark),
    ("light", Theme::Light),
    ("mono", Theme::Mono),
]);
const TOGGLE: Choice<Toggle> = Choice(&[
    ("auto", Toggle::Auto),
    ("on", Toggle::On),
    ("off", Toggle::Off),
]);

pub(super) fn serve(reader: &mut Reader<'_>) -> Serve {
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 8000));
    let mut section = reader.section("serve");
    Serve {
        listen: section.or("listen", &Listen, loopback),
    }
}

pub(super) fn screen(reader: &mut Reader<'_>) -> Screen {
    let mut section = reader.section("screen");
    Screen {
        theme: section.setting("theme", &THEMES),
        unicode: section.setting("unicode", &TOGGLE),
        mouse: section.setting("mouse", &TOGGLE),
        bell: section.setting("bell", &Switch),
    }
}
