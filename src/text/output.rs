//! What a script printed, as lines for people: its colours stay, nothing else drives a terminal.
//!
//! The bytes of one line become what a terminal would show of it at its end: `\r` rewrites the
//! line, `ESC[K` erases in it, tabs expand. Every other control becomes visible as in
//! [`crate::text`], broken UTF-8 becomes U+FFFD, and a line ends at [`WIDEST`] cells. Colours end
//! with their line, so that any line can be read without those before it. Knows no screen.

mod style;

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use crate::text;

pub use style::{Colour, Emphasis, Style};

/// The most cells of a line that are kept; what is cut ends in `…`.
pub const WIDEST: usize = 4_096;
/// The longest sequence that is looked at; a longer one is shown as text.
const LONGEST_SEQUENCE: usize = 64;
/// How many marks one character may carry.
const MARKS: usize = 3;
/// Where tabs go.
const TAB: usize = 8;
/// No mark; and in place of a character: the right half of the wide one before.
const NONE: char = '\0';

/// One harmless line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// What is to be read.
    pub text: String,
    /// Its styles, in order and without gaps.
    pub runs: Vec<Run>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Where it ends in the text, in bytes; it begins where the one before ends.
    pub end: usize,
    /// How it looks.
    pub style: Style,
}

impl Line {
    /// The line that `bytes` make; they must not contain `\n`.
    pub fn new(bytes: &[u8]) -> Self {
        if bytes.len() <= WIDEST && is_plain(bytes) {
            return Self::plain(String::from_utf8_lossy(bytes).into_owned());
        }
        let mut row = Row::default();
        for chunk in bytes.utf8_chunks() {
            write(&mut row, chunk.valid());
            if !chunk.invalid().is_empty() {
                row.put(char::REPLACEMENT_CHARACTER);
            }
        }
        row.into_line()
    }

    fn plain(text: String) -> Self {
        let run = Run {
            end: text.len(),
            style: Style::default(),
        };
        Self {
            text,
            runs: vec![run],
        }
    }

    /// The parts of the text that have one style.
    pub fn pieces(&self) -> impl Iterator<Item = (Range<usize>, Style)> + '_ {
        self.runs.iter().scan(0, |start, run| {
            let range = *start..run.end;
            *start = run.end;
            Some((range, run.style))
        })
    }

    /// The text for a terminal that has colours: nothing but colours beside the text, and none
    /// left switched on.
    pub fn coloured(&self) -> String {
        let mut coloured = String::with_capacity(self.text.len() + 16);
        for (range, style) in self.pieces() {
            let words = &self.text[range];
            if style == Style::default() {
                coloured.push_str(words);
            } else {
                coloured.push_str(&style.on());
                coloured.push_str(words);
                coloured.push_str(Style::OFF);
            }
        }
        coloured
    }
}

/// Whether `bytes` are shown as they are: ASCII without controls.
pub fn is_plain(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

fn write(row: &mut Row, text: &str) {
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let mut taken = character.len_utf8();
        match character {
            '\x1b' => match sequence(rest) {
                Some((order, length)) => {
                    obey(row, order);
                    taken = length;
                }
                None => row.put(character),
            },
            '\r' => row.restart(),
            '\t' => row.tab(),
            // Shift in: a part of how `tput sgr0` switches colours off on old terminals.
            '\x0f' => {}
            _ => row.put(character),
        }
        rest = &rest[taken..];
    }
}

fn obey(row: &mut Row, order: Order<'_>) {
    match order {
        Order::Colours(parameters) => row.style.change(parameters),
        Order::Erase(part) => row.erase(part),
        Order::Nothing => {}
    }
}

/// What an understood sequence asks for.
#[derive(Clone, Copy)]
enum Order<'a> {
    Colours(&'a str),
    Erase(Part),
    Nothing,
}

/// Which part of a line is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    AfterCursor,
    BeforeCursor,
    All,
}

/// The sequence that `text` begins with and its length, if it is one of the few understood.
fn sequence(text: &str) -> Option<(Order<'_>, usize)> {
    // The other part of `tput sgr0`: back to the ASCII letters, which nothing here ever leaves.
    if text.starts_with("\x1b(B") {
        return Some((Order::Nothing, 3));
    }
    let body = text.strip_prefix("\x1b[")?;
    let within = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b';' | b':');
    let length = body
        .bytes()
        .take(LONGEST_SEQUENCE)
        .take_while(within)
        .count();
    let parameters = &body[..length];
    let order = match (body.as_bytes().get(length)?, parameters) {
        (b'm', _) => Order::Colours(parameters),
        (b'K', "" | "0") => Order::Erase(Part::AfterCursor),
        (b'K', "1") => Order::Erase(Part::BeforeCursor),
        (b'K', "2") => Order::Erase(Part::All),
        _ => return None,
    };
    Some((order, length + 3))
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    base: char,
    marks: [char; MARKS],
    style: Style,
}

impl Cell {
    const BLANK: Self = Self {
        base: ' ',
        marks: [NONE; MARKS],
        style: Style::PLAIN,
    };
}

/// A row that is being written.
#[derive(Debug, Default)]
struct Row {
    cells: Vec<Cell>,
    column: usize,
    cut: bool,
    /// The style of what comes next.
    style: Style,
}

impl Row {
    /// Writes a character, or what makes it visible.
    fn put(&mut self, character: char) {
        match character {
            // ASCII, letters, arrows, boxes and blocks of one cell: nothing has to be done about them.
            ' '..='~'
            | '\u{a1}'..='\u{ac}'
            | '\u{ae}'..='\u{2ff}'
            | '\u{2190}'..='\u{2319}'
            | '\u{2500}'..='\u{25fc}' => self.cell(character, 1),
            _ if text::is_mark(character) => self.mark(character),
            _ => self.scrubbed(character),
        }
    }

    /// Goes to the begin of the row.
    fn restart(&mut self) {
        self.column = 0;
    }

    /// Goes to the next tab stop, writing blanks.
    fn tab(&mut self) {
        for _ in 0..TAB - self.column % TAB {
            self.cell(' ', 1);
        }
    }

    /// Erases.
    fn erase(&mut self, part: Part) {
        if part != Part::BeforeCursor {
            self.cut = false;
        }
        match part {
            Part::AfterCursor => {
                self.part_halves(self.column);
                self.cells.truncate(self.column);
            }
            Part::BeforeCursor => {
                let end = (self.column + 1).min(self.cells.len());
                self.part_halves(end);
                self.cells[..end].fill(Cell::BLANK);
            }
            Part::All => self.cells.clear(),
        }
    }

    /// What was written.
    fn into_line(self) -> Line {
        let mut line = Line::default();
        for cell in &self.cells {
            if cell.base != NONE {
                line.text.push(cell.base);
                line.text
                    .extend(cell.marks.iter().filter(|mark| **mark != NONE));
                extend(&mut line, cell.style);
            }
        }
        if self.cut {
            line.text.push('…');
            extend(&mut line, Style::PLAIN);
        }
        line
    }

    fn scrubbed(&mut self, character: char) {
        let mut bytes = [0; 4];
        for visible in text::scrub(character.encode_utf8(&mut bytes)).chars() {
            self.cell(visible, visible.width().unwrap_or(1).max(1));
        }
    }

    fn mark(&mut self, mark: char) {
        let Some(before) = self.column.checked_sub(1) else {
            return;
        };
        let half = self.cells.get(before).is_some_and(|cell| cell.base == NONE);
        let base = before.saturating_sub(usize::from(half));
        let free = self.cells.get_mut(base).and_then(|cell| {
            let mut marks = cell.marks.iter_mut();
            marks.find(|mark| **mark == NONE)
        });
        if let Some(free) = free {
            *free = mark;
        }
    }

    fn cell(&mut self, base: char, width: usize) {
        let end = self.column + width;
        if end > WIDEST {
            self.cut = true;
            return;
        }
        if self.cells.len() < end {
            self.cells.resize(end, Cell::BLANK);
        }
        self.part_halves(self.column);
        self.part_halves(end);
        let style = self.style;
        let whole = Cell {
            base,
            style,
            ..Cell::BLANK
        };
        self.cells[self.column] = whole;
        self.cells[self.column + 1..end].fill(Cell {
            base: NONE,
            ..whole
        });
        self.column = end;
    }

    /// Makes blanks of a wide character that stands across the edge before `column`.
    fn part_halves(&mut self, column: usize) {
        if column > 0 && self.cells.get(column).is_some_and(|cell| cell.base == NONE) {
            self.cells[column - 1] = Cell::BLANK;
            self.cells[column] = Cell::BLANK;
        }
    }
}

/// Gives what was added to the text of `line` its style.
fn extend(line: &mut Line, style: Style) {
    let end = line.text.len();
    match line.runs.last_mut() {
        Some(run) if run.style == style => run.end = end,
        _ => line.runs.push(Run { end, style }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(bytes: &[u8]) -> String {
        Line::new(bytes).text
    }

    #[test]
    fn a_line_reads_as_a_terminal_would_leave_it() {
        let table: [(&[u8], &str); 16] = [
            (b"plain", "plain"),
            (b"ends\r", "ends"),
            (b" 10 %\r 60 %\r100 %", "100 %"),
            (b"overwrite\rOVER", "OVERwrite"),
            (b"long line\r\x1b[Kshort", "short"),
            (b"abc\x1b[1Kd", "   d"),
            (b"a\tb\t\tc", "a       b               c"),
            (b"\xffbroken\xc3", "\u{fffd}broken\u{fffd}"),
            (b"back\x08\x07", "back^H^G"),
            (b"\x1b[2J\x1b[10;10H", "^[[2J^[[10;10H"),
            (b"\x1b[31", "^[[31"),
            (b"bold\x1b(B\x1b[m off\x0f", "bold off"),
            ("日本\r語".as_bytes(), "語本"),
            ("日本\rx".as_bytes(), "x 本"),
            ("a日\rxx".as_bytes(), "xx "),
            ("right\u{202e}left".as_bytes(), "right<202e>left"),
        ];
        for (bytes, expected) in table {
            assert_eq!(shown(bytes), expected, "{:?}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_megabyte_is_cut_and_costs_as_much_as_it_is_long() {
        let long = Line::new(&vec![b'x'; 1 << 20]);
        assert_eq!(
            (crate::text::width(&long.text), long.text.ends_with('…')),
            (WIDEST + 1, true)
        );
        let mut bar = vec![b'x'; WIDEST];
        bar.extend(b"\ry".repeat(500_000));
        assert!(shown(&bar).starts_with("yx"));
    }

    #[test]
    fn colours_survive_and_end_with_their_line() {
        let line = Line::new(b"\x1b[1;31mERROR\x1b[0m disk \x1b[38;5;208mfull");
        assert_eq!(line.text, "ERROR disk full");
        let expected = "\x1b[0;1;31mERROR\x1b[0m disk \x1b[0;38;5;208mfull\x1b[0m";
        assert_eq!(line.coloured(), expected);
    }

    proptest! {
        #[test]
        fn whatever_is_printed_becomes_harmless_text(bytes in prop::collection::vec(
            prop_oneof![Just(0x1b), Just(b'['), Just(b'm'), Just(b'\r'), Just(b'K'), any::<u8>()], 0..60)) {
            let bytes: Vec<u8> = bytes.into_iter().filter(|byte| *byte != b'\n').collect();
            let line = Line::new(&bytes);
            prop_assert!(line.text.chars().all(|character| !character.is_control()));
            prop_assert_eq!(line.runs.last().map_or(0, |run| run.end), line.text.len());
            let plain: String = line.pieces().map(|(range, _)| &line.text[range]).collect();
            prop_assert_eq!(Line::new(line.coloured().as_bytes()).text, plain);
        }
    }
}
