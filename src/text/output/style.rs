//! The colours of a terminal: read from the parameters of `ESC[…m`, and written again.
//!
//! Sixteen named colours, the palette of 256, and true colours, for text and background; bold,
//! dim, italic, underlined, reversed. Blinking and hiding are not taken over.

use std::fmt::Write as _;

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// One of the sixteen: 0–7, and their bright kin 8–15.
    Basic(u8),
    /// One of the palette of 256.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How letters stand out besides their colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Emphasis(u8);

impl Emphasis {
    /// Nothing special.
    pub const NONE: Self = Self(0);
    /// Heavier.
    pub const BOLD: Self = Self(1);
    /// Fainter.
    pub const DIM: Self = Self(2);
    /// Slanted.
    pub const ITALIC: Self = Self(4);
    /// With a line below.
    pub const UNDERLINED: Self = Self(8);
    /// Text and background exchanged.
    pub const REVERSED: Self = Self(16);
    /// All there are, with the parameter that switches each on.
    pub const ALL: [(Self, u8); 5] = [
        (Self::BOLD, 1),
        (Self::DIM, 2),
        (Self::ITALIC, 3),
        (Self::UNDERLINED, 4),
        (Self::REVERSED, 7),
    ];

    /// Whether `other` is part of it.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    fn remove(&mut self, other: Self) {
        self.0 &= !other.0;
    }
}

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The colour of the letters, if not the terminal's own.
    pub text: Option<Colour>,
    /// The colour behind them, if not the terminal's own.
    pub ground: Option<Colour>,
    /// What else is special.
    pub emphasis: Emphasis,
}

impl Style {
    /// The terminal's own.
    pub const PLAIN: Self = Self {
        text: None,
        ground: None,
        emphasis: Emphasis::NONE,
    };
    /// What switches every style off.
    pub const OFF: &'static str = "\x1b[0m";

    /// Takes the parameters of one `ESC[…m`; what is unknown changes nothing.
    pub(super) fn change(&mut self, parameters: &str) {
        let mut parts = parameters.split(';');
        while let Some(part) = parts.next() {
            let (number, details) = part.split_once(':').unwrap_or((part, ""));
            let Ok(number) = (if number.is_empty() {
                Ok(0)
            } else {
                number.parse::<u8>()
            }) else {
                continue;
            };
            match number {
                38 | 48 => {
                    let colour = if details.is_empty() {
                        extended(&mut parts)
                    } else {
                        with_colons(details)
                    };
                    let Some(colour) = colour else { continue };
                    let place = if number == 38 {
                        &mut self.text
                    } else {
                        &mut self.ground
                    };
                    *place = Some(colour);
                }
                4 if details == "0" => self.emphasis.remove(Emphasis::UNDERLINED),
                _ => self.change_one(number),
            }
        }
    }

    fn change_one(&mut self, number: u8) {
        match number {
            0 => *self = Self::PLAIN,
            22 => {
                self.emphasis.remove(Emphasis::BOLD);
                self.emphasis.remove(Emphasis::DIM);
            }
            23 => self.emphasis.remove(Emphasis::ITALIC),
            24 => self.emphasis.remove(Emphasis::UNDERLINED),
            27 => self.emphasis.remove(Emphasis::REVERSED),
            30..=37 => self.text = Some(Colour::Basic(number - 30)),
            39 => self.text = None,
            40..=47 => self.ground = Some(Colour::Basic(number - 40)),
            49 => self.ground = None,
            90..=97 => self.text = Some(Colour::Basic(number - 82)),
            100..=107 => self.ground = Some(Colour::Basic(number - 92)),
            _ => {
                let known = Emphasis::ALL.iter().find(|(_, on)| *on == number);
                if let Some((emphasis, _)) = known {
                    self.emphasis.add(*emphasis);
                }
            }
        }
    }

    /// The sequence that makes text look exactly like this, whatever was before.
    pub fn on(&self) -> String {
        let mut sequence = String::from("\x1b[0");
        for (emphasis, on) in Emphasis::ALL {
            if self.emphasis.has(emphasis) {
                let _ = write!(sequence, ";{on}");
            }
        }
        for (colour, base) in [(self.text, 30), (self.ground, 40)] {
            let _ = match colour {
                None => Ok(()),
                Some(Colour::Basic(number @ 0..8)) => write!(sequence, ";{}", base + number),
                Some(Colour::Basic(number)) => write!(sequence, ";{}", base + 52 + number),
                Some(Colour::Indexed(index)) => write!(sequence, ";{};5;{index}", base + 8),
                Some(Colour::Rgb(r, g, b)) => write!(sequence, ";{};2;{r};{g};{b}", base + 8),
            };
        }
        sequence.push('m');
        sequence
    }
}

/// `5;208` or `2;255;128;0`, as nearly everybody writes it.
fn extended<'a>(parts: &mut impl Iterator<Item = &'a str>) -> Option<Colour> {
    let mut next = || parts.next()?.parse().ok();
    match next()? {
        5 => Some(Colour::Indexed(next()?)),
        2 => Some(Colour::Rgb(next()?, next()?, next()?)),
        _ => None,
    }
}

/// `5:208`, `2:255:128:0` or `2::255:128:0`, as the standard has it.
fn with_colons(details: &str) -> Option<Colour> {
    let parts: Vec<&str> = details.split(':').collect();
    match parts.as_slice() {
        ["5", index] => Some(Colour::Indexed(index.parse().ok()?)),
        ["2", r, g, b] | ["2", _, r, g, b] => Some(Colour::Rgb(
            r.parse().ok()?,
            g.parse().ok()?,
            b.parse().ok()?,
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_every_common_spelling() {
        let table = [
            ("", "\x1b[0m"),
            ("1;31", "\x1b[0;1;31m"),
            ("97;104", "\x1b[0;97;104m"),
            ("38;5;208;1", "\x1b[0;1;38;5;208m"),
            ("48;2;1;2;3", "\x1b[0;48;2;1;2;3m"),
            ("38:2::1:2:3", "\x1b[0;38;2;1;2;3m"),
            ("38:5:9", "\x1b[0;38;5;9m"),
            ("4:3", "\x1b[0;4m"),
            ("4;4:0", "\x1b[0m"),
            ("1;2;22", "\x1b[0m"),
            ("31;;1", "\x1b[0;1m"),
            ("5;8;999;31", "\x1b[0;31m"),
            ("38;5", "\x1b[0m"),
        ];
        for (parameters, expected) in table {
            let mut style = Style::default();
            style.change(parameters);
            assert_eq!(style.on(), expected, "{parameters}");
        }
    }
}
