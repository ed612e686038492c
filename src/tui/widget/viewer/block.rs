//! A block of lines around a place, read from the file: what is on the screen and some screens
//! before and after it, so that walking through it needs no further reads.
//!
//! Bounded in lines and in bytes, and each line is bounded too. Reading may take long on a slow
//! disk, so it is never done by the screen itself. Knows no widths and no styles.

use std::io;
use std::sync::Arc;

use super::source::Source;
use super::watch::Seen;
use crate::files::tail::CHUNK;
use crate::text::output::Line;

/// How many lines are read before and after a place.
const LINES: usize = 300;
/// How many bytes are read before and after a place, unless the screen needs more.
const BYTES: u64 = 256 * 1024;
/// The longest line that is read whole, in bytes.
const LONGEST: u64 = 64 * 1024;

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Behind the last line.
    End,
    /// The line that contains this offset.
    Offset(u64),
    /// The line of this number, counted from 0, or the last one.
    Number(u64),
}

/// A line of a block.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it begins in the file.
    pub offset: u64,
    /// Where the next one begins.
    pub end: u64,
    pub line: Line,
}

/// Lines that follow one another.
#[derive(Clone, Debug)]
pub struct Block {
    pub source: Arc<Source>,
    pub entries: Vec<Entry>,
    /// Where the line begins that was asked for; the length of the file for its end.
    pub anchor: u64,
    /// The length of the file when it was read.
    pub size: u64,
    /// The number of the first line, counted from 0, where the index got so far.
    pub number: Option<u64>,
}

impl Block {
    /// Reads at least `least` lines before and after `anchor`, where there are so many.
    pub fn read(seen: &Seen, anchor: Anchor, least: usize) -> io::Result<Self> {
        let source = &seen.source;
        let size = source.size()?;
        let anchor = find(seen, anchor, size)?;
        let at = anchor.min(size);
        let at = source.line_start(at)?;
        let before = starts_before(source, at, least)?;
        let after = ends_after(source, at, size, least)?;
        let edges: Vec<u64> = before.into_iter().rev().chain([at]).chain(after).collect();
        let first = edges.first().copied().unwrap_or(at);
        Ok(Self {
            source: Arc::clone(source),
            entries: read_lines(source, &edges)?,
            anchor: at,
            size,
            number: number_of(seen, first)?,
        })
    }

    /// Where its first line begins.
    pub fn from(&self) -> u64 {
        self.entries
            .first()
            .map_or(self.anchor, |entry| entry.offset)
    }

    /// Where its last line ends.
    pub fn to(&self) -> u64 {
        self.entries.last().map_or(self.anchor, |entry| entry.end)
    }

    /// Whether the file ended with its last line.
    pub fn is_last(&self) -> bool {
        self.to() >= self.size
    }

    /// The index of the entry that begins at `offset`.
    pub fn position(&self, offset: u64) -> Option<usize> {
        self.entries
            .binary_search_by_key(&offset, |entry| entry.offset)
            .ok()
    }
}

/// The number of the line that begins at `offset`, counted from 0, where the index got so far.
pub fn number_of(seen: &Seen, offset: u64) -> io::Result<Option<u64>> {
    let Some((mut number, mut at)) = seen.index.before(offset) else {
        return Ok(None);
    };
    while at < offset {
        let bytes = seen.source.read(at, offset.min(at + CHUNK))?;
        if bytes.is_empty() {
            break;
        }
        number += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        at += bytes.len() as u64;
    }
    Ok(Some(number))
}

/// Where the line of `anchor` is, as an offset within it.
fn find(seen: &Seen, anchor: Anchor, size: u64) -> io::Result<u64> {
    let number = match anchor {
        Anchor::End => return Ok(size),
        Anchor::Offset(offset) => return Ok(offset),
        Anchor::Number(number) => number,
    };
    let Some((mut line, mut at)) = seen.index.near(number) else {
        return Ok(size);
    };
    while line < number {
        let bytes = seen.source.read(at, size.min(at + CHUNK))?;
        if bytes.is_empty() {
            break;
        }
        for end in memchr::memchr_iter(b'\n', &bytes) {
            line += 1;
            if line == number {
                return Ok(at + end as u64 + 1);
            }
        }
        at += bytes.len() as u64;
    }
    Ok(at)
}

/// Whether so many lines and bytes are enough.
fn suffices(lines: usize, bytes: u64, least: usize) -> bool {
    lines >= least && (lines >= LINES || bytes >= BYTES)
}

/// Where the lines before the one at `at` begin, the nearest first.
fn starts_before(source: &Source, at: u64, least: usize) -> io::Result<Vec<u64>> {
    let mut starts = Vec::new();
    // The line end just before `at` belongs to the line before it.
    let mut end = at.saturating_sub(1);
    while end > 0 {
        let from = end.saturating_sub(CHUNK);
        for place in memchr::memrchr_iter(b'\n', &source.read(from, end)?) {
            let start = from + place as u64 + 1;
            starts.push(start);
            if suffices(starts.len(), at - start, least) {
                return Ok(starts);
            }
        }
        end = from;
    }
    if at > 0 {
        starts.push(0);
    }
    Ok(starts)
}

/// Where the lines from the one at `at` on end.
fn ends_after(source: &Source, at: u64, size: u64, least: usize) -> io::Result<Vec<u64>> {
    let mut ends = Vec::new();
    let mut from = at;
    while from < size {
        let bytes = source.read(from, size.min(from + CHUNK))?;
        if bytes.is_empty() {
            break;
        }
        for place in memchr::memchr_iter(b'\n', &bytes) {
            let end = from + place as u64 + 1;
            ends.push(end);
            if suffices(ends.len(), end - at, least) {
                return Ok(ends);
            }
        }
        from += bytes.len() as u64;
    }
    if from > ends.last().copied().unwrap_or(at) {
        ends.push(from);
    }
    Ok(ends)
}

/// The lines between `edges`: in one read, unless that were too much.
fn read_lines(source: &Source, edges: &[u64]) -> io::Result<Vec<Entry>> {
    let (Some(&from), Some(&to)) = (edges.first(), edges.last()) else {
        return Ok(Vec::new());
    };
    let whole = if to - from <= 4 * BYTES {
        source.read(from, to)?
    } else {
        Vec::new()
    };
    let mut entries = Vec::with_capacity(edges.len());
    for (&offset, &end) in edges.iter().zip(&edges[1..]) {
        let known = |at: u64| usize::try_from(at - from).unwrap_or(usize::MAX);
        let line = match whole.get(known(offset)..known(end)) {
            Some(bytes) if bytes.len() as u64 <= LONGEST => Line::new(without_end(bytes)),
            _ => long_line(source, offset, end)?,
        };
        entries.push(Entry { offset, end, line });
    }
    Ok(entries)
}

/// A line that may be too long to be read whole: its beginning, or its last state where it rewrites
/// itself, as a progress bar does for hours.
fn long_line(source: &Source, offset: u64, end: u64) -> io::Result<Line> {
    if end - offset <= LONGEST {
        return Ok(Line::new(without_end(&source.read(offset, end)?)));
    }
    let tail = source.read(end - LONGEST, end)?;
    let tail = without_end(&tail);
    let rewrites = tail
        .split_last()
        .and_then(|(_, rest)| memchr::memchr(b'\r', rest));
    match rewrites {
        Some(at) => Ok(Line::new(&tail[at..])),
        None => Ok(Line::new(&source.read(offset, offset + LONGEST)?)),
    }
}

fn without_end(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\n").unwrap_or(bytes)
}
