//! A screen as text for people and snapshots.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// The characters, blanks at the ends of lines left out.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let line = row(buffer, y);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The characters, and below each line that has styles a line of letters; the letters are
/// explained at the end.
pub fn styled(buffer: &Buffer) -> String {
    let mut legend: Vec<String> = Vec::new();
    let mut text = String::new();
    for y in 0..buffer.area.height {
        text.push_str(row(buffer, y).trim_end());
        text.push('\n');
        let mut marks = String::new();
        for x in 0..buffer.area.width {
            let style = describe(&buffer[(x, y)]);
            let mark = match (&style, legend.iter().position(|known| *known == style)) {
                (style, _) if style.is_empty() => ' ',
                (_, Some(index)) => letter(index),
                (_, None) => {
                    legend.push(style);
                    letter(legend.len() - 1)
                }
            };
            marks.push(mark);
        }
        if !marks.trim().is_empty() {
            let _ = writeln!(text, "{}", marks.trim_end());
        }
    }
    for (index, style) in legend.iter().enumerate() {
        let _ = writeln!(text, "{} = {style}", letter(index));
    }
    text
}

fn row(buffer: &Buffer, y: u16) -> String {
    let mut line = String::new();
    let mut hidden = 0;
    for x in 0..buffer.area.width {
        if hidden > 0 {
            hidden -= 1;
            continue;
        }
        let symbol = buffer[(x, y)].symbol();
        hidden = selaras::text::width(symbol).saturating_sub(1);
        line.push_str(symbol);
    }
    line
}

fn letter(index: usize) -> char {
    "abcdefghijklmnopqrstuvwxyz"
        .chars()
        .nth(index)
        .unwrap_or('*')
}

fn describe(cell: &Cell) -> String {
    let mut parts = Vec::new();
    if cell.fg != Color::Reset {
        parts.push(format!("{}", cell.fg));
    }
    if cell.bg != Color::Reset {
        parts.push(format!("on {}", cell.bg));
    }
    for (modifier, word) in [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::REVERSED, "reversed"),
        (Modifier::UNDERLINED, "underlined"),
        (Modifier::ITALIC, "italic"),
    ] {
        if cell.modifier.contains(modifier) {
            parts.push(word.to_owned());
        }
    }
    parts.join(" ")
}
