//! How things look: one style for each meaning, and the last pass over every frame.
//!
//! Meaning never hangs on a colour alone, so a theme may take all colours away and keep the
//! modifiers. The last pass does that, spells everything in ASCII where the terminal needs it, and
//! is the net below `text.rs`: nothing that moves a terminal leaves through a cell.

use jiff::Timestamp;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};

use super::capabilities::{Switch, TerminalCapabilities};
use crate::text;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// Sixteen colours that work on dark and light, or what the terminal tells of itself.
    #[default]
    Auto,
    Dark,
    Light,
    Mono,
}

/// What a piece of text means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    Dim,
    /// A name, a key, a figure to look at.
    Accent,
    Good,
    Warn,
    Bad,
    Title,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Palette {
    dim: Option<Color>,
    accent: Color,
    good: Color,
    warn: Color,
    bad: Color,
    border: Option<Color>,
}

/// Works on dark and light: no colour that either background swallows.
const NEUTRAL: Palette = Palette {
    dim: None,
    accent: Color::Cyan,
    good: Color::Green,
    warn: Color::Yellow,
    bad: Color::Red,
    border: None,
};
const DARK: Palette = Palette {
    dim: Some(Color::Gray),
    accent: Color::LightCyan,
    good: Color::LightGreen,
    warn: Color::LightYellow,
    bad: Color::LightRed,
    border: Some(Color::DarkGray),
};
const LIGHT: Palette = Palette {
    dim: Some(Color::DarkGray),
    accent: Color::Blue,
    good: Color::Green,
    warn: Color::Magenta,
    bad: Color::Red,
    border: Some(Color::DarkGray),
};
const DARK_TRUE: Palette = Palette {
    dim: Some(Color::Rgb(0x9a, 0xa5, 0xb1)),
    accent: Color::Rgb(0x5f, 0xd7, 0xd7),
    good: Color::Rgb(0x7f, 0xd9, 0x62),
    warn: Color::Rgb(0xf2, 0xc0, 0x5c),
    bad: Color::Rgb(0xff, 0x7a, 0x7a),
    border: Some(Color::Rgb(0x4f, 0x5b, 0x66)),
};
const LIGHT_TRUE: Palette = Palette {
    dim: Some(Color::Rgb(0x5a, 0x64, 0x70)),
    accent: Color::Rgb(0x00, 0x5f, 0x87),
    good: Color::Rgb(0x1b, 0x6e, 0x20),
    warn: Color::Rgb(0x8a, 0x55, 0x00),
    bad: Color::Rgb(0xb0, 0x1c, 0x1c),
    border: Some(Color::Rgb(0xa8, 0xb0, 0xb8)),
};

#[derive(Clone, Copy, Debug)]
pub struct Theme {
    palette: Palette,
    colours: bool,
    unicode: bool,
    /// The present moment, for ages and elapsed times.
    pub now: Timestamp,
    /// Counts up while something moves; turns the spinner.
    pub tick: usize,
}

impl Theme {
    pub fn new(choice: Choice, unicode: Switch, capabilities: &TerminalCapabilities) -> Self {
        let truecolor = capabilities.has_truecolor();
        let light = match choice {
            Choice::Auto | Choice::Mono => capabilities.is_light(),
            Choice::Dark => Some(false),
            Choice::Light => Some(true),
        };
        let palette = match (light, truecolor) {
            (None, _) => NEUTRAL,
            (Some(false), false) => DARK,
            (Some(true), false) => LIGHT,
            (Some(false), true) => DARK_TRUE,
            (Some(true), true) => LIGHT_TRUE,
        };
        Self {
            palette,
            colours: choice != Choice::Mono && capabilities.has_colours(),
            unicode: unicode.decide(capabilities.has_unicode()),
            now: Timestamp::UNIX_EPOCH,
            tick: 0,
        }
    }

    pub fn tone(&self, tone: Tone) -> Style {
        let style = Style::new();
        match tone {
            Tone::Plain => style,
            Tone::Dim => match self.palette.dim {
                Some(colour) => style.fg(colour),
                None => style.add_modifier(Modifier::DIM),
            },
            Tone::Accent => style.fg(self.palette.accent).add_modifier(Modifier::BOLD),
            Tone::Good => style.fg(self.palette.good),
            Tone::Warn => style.fg(self.palette.warn).add_modifier(Modifier::BOLD),
            Tone::Bad => style.fg(self.palette.bad).add_modifier(Modifier::BOLD),
            Tone::Title => style.add_modifier(Modifier::BOLD),
        }
    }

    /// The style of what is selected, in the pane that has the keys or in another one. Reversed,
    /// every colour would be a patch of its own: the line is of one.
    pub fn selected(&self, focus: Focus) -> Style {
        match focus {
            Focus::Here => Style::new()
                .fg(Color::Reset)
                .remove_modifier(Modifier::DIM)
                .add_modifier(Modifier::REVERSED),
            Focus::Elsewhere => Style::new().add_modifier(Modifier::BOLD),
        }
    }

    pub fn border(&self, focus: Focus) -> Style {
        match (focus, self.palette.border) {
            (Focus::Here, _) => Style::new().fg(self.palette.accent),
            (Focus::Elsewhere, Some(colour)) => Style::new().fg(colour),
            (Focus::Elsewhere, None) => Style::new().add_modifier(Modifier::DIM),
        }
    }

    pub fn spinner(&self) -> &'static str {
        SPINNER[self.tick % SPINNER.len()]
    }

    pub fn finish(&self, buffer: &mut Buffer) {
        if !self.unicode {
            spell_out(buffer);
        }
        for cell in &mut buffer.content {
            if !self.colours {
                cell.fg = Color::Reset;
                cell.bg = Color::Reset;
            }
            let symbol = cell.symbol();
            if symbol.is_ascii() && !symbol.bytes().any(|byte| byte.is_ascii_control()) {
                continue;
            }
            if !self.unicode {
                let plain = ascii(symbol);
                cell.set_symbol(plain);
            } else if text::scrub(symbol) != symbol {
                cell.set_symbol("?");
            }
        }
    }
}

/// Whether a pane has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    Here,
    Elsewhere,
}

impl Focus {
    pub fn on(here: bool) -> Self {
        if here { Self::Here } else { Self::Elsewhere }
    }
}

const BORDERS: [&str; 7] = ["│", "┌", "┐", "└", "┘", "├", "┤"];

const SPINNER: [&str; 8] = ["⠋", "⠙", "⠹", "⠼", "⠴", "⠦", "⠧", "⠏"];

/// Writes `ok` for every `✓`: `+` would say that something is added. What stands behind it moves on
/// by a cell, up to the next blank that nobody needs: one before another blank, a border or the end.
fn spell_out(buffer: &mut Buffer) {
    let width = usize::from(buffer.area.width);
    if width == 0 {
        return;
    }
    for row in buffer.content.chunks_mut(width) {
        let mut at = 0;
        while at < width {
            if row[at].symbol() == "✓" && !ends_pane(row, at + 1) {
                let end = spare(row, at + 1);
                row[at + 1..=end].rotate_right(1);
                // What was last is the blank, or had no room: it gives way.
                row[at + 1].clone_from(&row[at].clone());
                row[at].set_symbol("o");
                row[at + 1].set_symbol("k");
                at += 1;
            }
            at += 1;
        }
    }
}

/// The first cell from `from` on that can be given away, else the last one before a border.
fn spare(row: &[Cell], from: usize) -> usize {
    let is_blank = |at: usize| row.get(at).is_some_and(|cell| cell.symbol() == " ");
    let mut at = from;
    while !ends_pane(row, at + 1) {
        if is_blank(at) && is_blank(at + 1) {
            return at;
        }
        at += 1;
    }
    at
}

fn ends_pane(row: &[Cell], at: usize) -> bool {
    row.get(at)
        .is_none_or(|cell| BORDERS.contains(&cell.symbol()))
}

/// What stands for `symbol` where only ASCII can be written.
fn ascii(symbol: &str) -> &'static str {
    if let Some(phase) = SPINNER.iter().position(|known| *known == symbol) {
        return ["|", "/", "-", "\\"][phase % 4];
    }
    match symbol {
        "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" => "+",
        // Where there is no room for `ok`.
        "✓" => "y",
        "✗" | "×" => "x",
        "●" => "*",
        "○" => "o",
        "…" => "~",
        "→" | "▸" => ">",
        "↑" => "^",
        "↓" => "v",
        "│" | "▏" => "|",
        "─" => "-",
        "·" => ".",
        "░" | "▁" | "▂" => "_",
        "▒" | "▃" | "▄" | "▅" => "=",
        "█" | "▓" | "▆" | "▇" => "#",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    fn drawn(theme: &Theme, text: &str, style: Style) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, text, style);
        theme.finish(&mut buffer);
        buffer
    }

    #[test]
    fn without_colours_a_selection_stays_visible() {
        let capabilities = TerminalCapabilities {
            no_color: true,
            ..TerminalCapabilities::default()
        };
        let theme = Theme::new(Choice::Dark, Switch::On, &capabilities);
        let style = theme.tone(Tone::Bad).patch(theme.selected(Focus::Here));
        let buffer = drawn(&theme, "x", style);
        let cell = &buffer[(0, 0)];
        assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
        assert_eq!(cell.modifier, Modifier::REVERSED | Modifier::BOLD);
    }

    #[test]
    fn without_unicode_every_cell_is_ascii() {
        let theme = Theme::new(Choice::Auto, Switch::Off, &TerminalCapabilities::default());
        let buffer = drawn(&theme, "✓─日é…", Style::new());
        let text: String = buffer.content.iter().map(Cell::symbol).collect();
        assert_eq!(text, "ok-? ?~ ");
    }

    #[test]
    fn what_is_well_is_spelled_ok_and_columns_stay_where_they_are() {
        let theme = Theme::new(Choice::Auto, Switch::Off, &TerminalCapabilities::default());
        for (drawn, expected) in [
            ("✓  Dev  ", "ok Dev  "),
            ("✓ 2 of  12", "ok 2 of 12"),
            ("a ✓ │ b ", "a ok| b "),
            ("✓ full│x", "ok ful|x"),
            ("✓ a ✓ b  ", "ok a ok b"),
            ("ab ✓", "ab y"),
            ("✓│", "y|"),
        ] {
            let width = u16::try_from(drawn.chars().count()).unwrap();
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
            buffer.set_string(0, 0, drawn, Style::new());
            theme.finish(&mut buffer);
            let text: String = buffer.content.iter().map(Cell::symbol).collect();
            assert_eq!(text, expected, "{drawn}");
        }
    }

    #[test]
    fn a_cell_that_would_move_the_terminal_is_replaced() {
        let theme = Theme::new(Choice::Auto, Switch::On, &TerminalCapabilities::default());
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        buffer[(0, 0)].set_symbol("a\u{202e}");
        buffer[(1, 0)].set_symbol("\x1b[2J");
        theme.finish(&mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["?? "]));
    }
}
