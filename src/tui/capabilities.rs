//! What the environment says about the terminal: read once, then decided upon purely.
//!
//! Knows the names of the variables (`NO_COLOR`, `TERM`, `COLORTERM`, `COLORFGBG`, the locale,
//! `SSH_CONNECTION`, `TMUX`) and what each means here. It asks the terminal nothing: an answer may
//! never come, and over a slow line it comes as if it had been typed.

use std::time::Duration;

use super::input::{HOLD, HOLD_REMOTE};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Switch {
    /// As the terminal suggests.
    #[default]
    Auto,
    On,
    Off,
}

impl Switch {
    /// The decision, given what `auto` means here.
    pub fn decide(self, auto: bool) -> bool {
        match self {
            Self::Auto => auto,
            Self::On => true,
            Self::Off => false,
        }
    }
}

/// The variables that matter, as they were when the screen started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalCapabilities {
    /// `NO_COLOR` is there and not empty.
    pub no_color: bool,
    pub term: String,
    pub colorterm: String,
    pub colorfgbg: String,
    /// The first of `LC_ALL`, `LC_CTYPE`, `LANG` that says something.
    pub locale: String,
    pub ssh: bool,
    pub tmux: bool,
}

impl TerminalCapabilities {
    pub fn read() -> Self {
        let get = |name: &str| std::env::var(name).unwrap_or_default();
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .map(get)
            .find(|value| !value.is_empty());
        Self {
            no_color: !get("NO_COLOR").is_empty(),
            term: get("TERM"),
            colorterm: get("COLORTERM"),
            colorfgbg: get("COLORFGBG"),
            locale: locale.unwrap_or_default(),
            ssh: !get("SSH_CONNECTION").is_empty(),
            tmux: !get("TMUX").is_empty(),
        }
    }

    pub fn has_colours(&self) -> bool {
        !self.no_color && self.term != "dumb"
    }

    /// Whether the terminal can be drawn on: `dumb` says it cannot, and nothing says nothing.
    pub fn can_draw(&self) -> bool {
        !matches!(self.term.as_str(), "" | "dumb" | "unknown")
    }

    /// Whether the terminal knows more than sixteen colours by name.
    pub fn has_truecolor(&self) -> bool {
        matches!(self.colorterm.as_str(), "truecolor" | "24bit")
    }

    /// Whether the background is light, where the terminal tells.
    pub fn is_light(&self) -> Option<bool> {
        let background: u8 = self.colorfgbg.rsplit(';').next()?.parse().ok()?;
        Some(matches!(background, 7 | 9..=15))
    }

    /// Whether the locale can carry more than ASCII.
    pub fn has_unicode(&self) -> bool {
        let locale = self.locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    }

    /// How long a lone Esc has to wait for the rest of a key.
    pub fn hold(&self) -> Duration {
        if self.ssh { HOLD_REMOTE } else { HOLD }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_is_known_only_where_the_terminal_tells() {
        for (value, expected) in [
            ("15;0", Some(false)),
            ("0;15", Some(true)),
            ("12;default;7", Some(true)),
            ("", None),
            ("default", None),
        ] {
            let capabilities = TerminalCapabilities {
                colorfgbg: value.to_owned(),
                ..TerminalCapabilities::default()
            };
            assert_eq!(capabilities.is_light(), expected, "{value}");
        }
    }

    #[test]
    fn a_locale_without_utf8_gets_ascii() {
        for (value, expected) in [
            ("id_ID.UTF-8", true),
            ("C.utf8", true),
            ("POSIX", false),
            ("", false),
        ] {
            let capabilities = TerminalCapabilities {
                locale: value.to_owned(),
                ..TerminalCapabilities::default()
            };
            assert_eq!(capabilities.has_unicode(), expected, "{value}");
        }
    }
}
