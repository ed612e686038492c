//! `[serve]` and `[screen]`.

use std::net::{Ipv4Addr, SocketAddr};

use super::reader::Reader;
use super::setting::{Finding, Level};
use super::value_type::{Choice, Listen, Switch, WebOrigin};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    pub listen: SocketAddr,
    pub dialect: Dialect,
    /// The one other origin whose pages may ask, as browsers write it: `https://docku.example`.
    pub allow_origin: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// As the endpoints are documented.
    #[default]
    Documented,
    /// As the deployed service answers: its sentences, 200 for a second start.
    Deployed,
}

impl Serve {
    /// The least length of `SERVE_JWT_SECRET` in bytes; RFC 7518 asks for the length of the hash.
    pub const JWT_SECRET_LEAST: usize = 32;
    pub const API_KEY_LEAST: usize = 16;

    /// What is wrong with the length of one of its two secrets. A JWT secret that is too short is
    /// only a warning in the deployed dialect: there it is the other program's.
    pub fn weakness(&self, name: &str, length: usize) -> Option<Finding> {
        let least = match name {
            "SERVE_JWT_SECRET" => Self::JWT_SECRET_LEAST,
            "SERVE_API_KEY" => Self::API_KEY_LEAST,
            _ => return None,
        };
        if length >= least {
            return None;
        }
        let text = format!("{name} is too short: {length} bytes, at least {least} are needed");
        let theirs = name == "SERVE_JWT_SECRET" && self.dialect == Dialect::Deployed;
        let level = if theirs {
            Level::Warning
        } else {
            Level::Problem
        };
        let hint = if theirs {
            "whoever guesses it can start the script: set a longer one here and where the tokens \
             are minted, such as the output of `openssl rand -hex 32`"
        } else {
            "set it to the output of `openssl rand -hex 32`"
        };
        Some(Finding::new(level, text).hint(hint))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    pub theme: Theme,
    /// Whether characters beyond ASCII are drawn.
    pub unicode: Toggle,
    /// Whether the mouse is listened to.
    pub mouse: Toggle,
    pub bell: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The terminal decides.
    #[default]
    Auto,
    Dark,
    Light,
    Mono,
}

/// A switch that may be left to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Toggle {
    /// The terminal decides.
    #[default]
    Auto,
    On,
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

const DIALECTS: Choice<Dialect> = Choice(&[
    ("documented", Dialect::Documented),
    ("deployed", Dialect::Deployed),
]);

pub(super) fn serve(reader: &mut Reader<'_>) -> Serve {
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 8000));
    let mut section = reader.section("serve");
    Serve {
        listen: section.or("listen", &Listen, loopback),
        dialect: section.setting("dialect", &DIALECTS),
        allow_origin: section.optional("allow_origin", &WebOrigin),
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
