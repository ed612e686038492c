//! A run's raw output on standard output while it grows: harmless lines, in colours on a terminal.
//!
//! What a script prints is text from outside, also in a pipe, which may end in a terminal: colours
//! pass to a terminal alone, and everything else that drives one is made visible. The run's
//! `output.log` has it byte for byte.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

use rustix::termios::tcgetwinsize;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::out::{Out, OutputFormat};
use crate::error::{Context as _, Error, Result};
use crate::files::tail::{CHUNK, Tail};
use crate::run::{Id, Runs};
use crate::text::fit;
use crate::text::output::{Line, WIDEST, is_plain};

/// How often the file is read.
const PULSE: Duration = Duration::from_millis(50);
/// How much is printed before other tasks have their turn, in chunks.
const TURN: usize = 64;
/// A longer line, in bytes, is continued in the next.
const LONGEST: usize = 64 * 1024;
/// The width of a terminal that does not tell its own.
const WIDTH: usize = 80;

/// Prints the output of a run as it grows.
pub struct RunOutput {
    out: Out,
    path: PathBuf,
    /// `None` for a run without output, and where standard output is for one document.
    tail: Option<Tail>,
    lines: Lines,
    pulse: Interval,
}

impl RunOutput {
    /// A run that has output has its file before its first event.
    pub fn of(runs: &Runs, id: Id, out: &Out) -> Self {
        let mut pulse = interval(PULSE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let wanted = out.format() == OutputFormat::Plain;
        let open = || -> Result<Option<Tail>> {
            let tail = runs.open_output(id)?.map(|file| Tail::of(file, 0));
            tail.transpose().doing("read", &runs.output(id))
        };
        // The rest of the run can still be shown.
        let told = |error: Error| out.tell(&error.into());
        let tail = wanted
            .then(|| open().map_err(told).ok())
            .flatten()
            .flatten();
        if tail.is_some() {
            out.stream();
        }
        Self {
            out: out.clone(),
            path: runs.output(id),
            tail,
            lines: Lines::new(),
            pulse,
        }
    }

    /// Waits a moment, and prints what came. Dropping the wait loses nothing.
    pub async fn next(&mut self) -> Result<()> {
        self.pulse.tick().await;
        self.print(TURN).map(|_| ())
    }

    /// Prints all the rest.
    pub fn finish(&mut self) -> Result<()> {
        while self.print(TURN)? {}
        self.out.print(&self.lines.end())
    }

    /// Prints up to so many chunks; false when there is no more for now.
    fn print(&mut self, chunks: usize) -> Result<bool> {
        let Some(tail) = &mut self.tail else {
            return Ok(false);
        };
        let mut text = String::new();
        let mut more = true;
        for _ in 0..chunks {
            let chunk = tail.read_on(CHUNK).doing("read", &self.path)?;
            more = !chunk.is_empty();
            if !more {
                break;
            }
            self.lines.take(&chunk, &mut text);
        }
        text.push_str(&self.lines.draft());
        if !text.is_empty() {
            self.out.print(&text)?;
        }
        Ok(more)
    }
}

/// Turns bytes into lines.
#[derive(Debug)]
struct Lines {
    /// The unfinished line.
    half: Vec<u8>,
    /// The part of it that the terminal shows.
    drafted: Vec<u8>,
    /// `None` where unfinished lines are of no use.
    width: Option<usize>,
}

impl Lines {
    fn new() -> Self {
        let out = io::stdout();
        let width = out.is_terminal().then(|| match tcgetwinsize(&out) {
            Ok(size) if size.ws_col > 0 => usize::from(size.ws_col),
            _ => WIDTH,
        });
        Self::with_width(width)
    }

    fn with_width(width: Option<usize>) -> Self {
        Self {
            half: Vec::new(),
            drafted: Vec::new(),
            width,
        }
    }

    /// Adds the lines that `bytes` finish to `text`.
    fn take(&mut self, bytes: &[u8], text: &mut String) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if let Some(line) = self.whole(piece) {
                text.push_str(line);
                continue;
            }
            self.half.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.half.pop();
                self.end_line(text);
            } else if self.half.len() > LONGEST {
                self.shorten(text);
            }
        }
    }

    /// A line that comes in one piece and is shown as it is, as most lines are.
    fn whole<'a>(&self, piece: &'a [u8]) -> Option<&'a str> {
        let line = piece.strip_suffix(b"\n")?;
        let plain = self.half.is_empty() && line.len() <= WIDEST && is_plain(line);
        plain.then(|| std::str::from_utf8(piece).ok()).flatten()
    }

    /// The unfinished line, where a terminal shows it; drawn over its earlier state. A bar in
    /// colours is drawn without them: what is cut to the width must not be cut in a colour.
    fn draft(&mut self) -> String {
        let Some(width) = self.width else {
            return String::new();
        };
        if self.half == self.drafted {
            return String::new();
        }
        self.drafted.clone_from(&self.half);
        let line = fit(&Line::new(&self.half).text, width.saturating_sub(1));
        format!("\r\u{1b}[K{line}")
    }

    /// The last line, if it has no end.
    fn end(&mut self) -> String {
        let mut text = String::new();
        if !self.half.is_empty() {
            self.end_line(&mut text);
        }
        text
    }

    fn end_line(&mut self, text: &mut String) {
        if !self.drafted.is_empty() {
            text.push_str("\r\u{1b}[K");
            self.drafted.clear();
        }
        let line = Line::new(&self.half);
        if self.width.is_some() {
            text.push_str(&line.coloured());
        } else {
            text.push_str(&line.text);
        }
        text.push('\n');
        self.half.clear();
    }

    /// Makes room in a line that is too long: what was written over long ago is forgotten.
    fn shorten(&mut self, text: &mut String) {
        let ends = self.half.iter().rposition(|byte| *byte != b'\r');
        let begin = ends.and_then(|end| memchr::memrchr(b'\r', &self.half[..end]));
        match begin {
            Some(begin) => drop(self.half.drain(..begin)),
            None => self.end_line(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(width: Option<usize>, pieces: &[&[u8]]) -> String {
        let mut lines = Lines::with_width(width);
        let mut text = String::new();
        for piece in pieces {
            lines.take(piece, &mut text);
            text.push_str(&lines.draft());
        }
        text + &lines.end()
    }

    #[test]
    fn a_progress_bar_is_one_line_in_a_pipe_and_moves_on_a_terminal() {
        let bar: [&[u8]; 3] = [b"10 %\r", b"20 %\r", b"done\r\nnext"];
        assert_eq!(printed(None, &bar), "done\nnext\n");
        let red: [&[u8]; 1] = [b"\x1b[31mred\x1b[0m\n"];
        assert_eq!(printed(None, &red), "red\n");
        assert!(printed(Some(80), &red).contains("31mred"));
        assert_eq!(
            printed(Some(80), &bar),
            "\r\u{1b}[K10 %\r\u{1b}[K20 %\r\u{1b}[Kdone\n\r\u{1b}[Knext\r\u{1b}[Knext\n"
        );
    }

    #[test]
    fn an_endless_line_takes_bounded_room() {
        let mut lines = Lines::with_width(None);
        let mut text = String::new();
        for _ in 0..100 {
            lines.take(&[b'x'; 10_000], &mut text);
            lines.take(&b"50 %\r".repeat(2_000), &mut text);
            assert!(lines.half.len() < 2 * LONGEST);
        }
    }
}
