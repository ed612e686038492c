//! Where lines begin, sparsely: pure bookkeeping over the bytes of a growing file, piece by piece.
//!
//! ```text
//!   marks    0 ······ 1 000 ······ 2 000 ······     the offset of every `stride`-th line
//! ```
//! When there are too many marks every other one is dropped, so that an index of any file fits
//! into half a megabyte. Reads nothing itself.

/// How many lines lie between two marks at first.
const STRIDE: u64 = 1_000;
/// How many marks are kept at most.
const MOST_MARKS: usize = 65_536;
/// How many of the last bytes are remembered, to notice that a file was written anew.
const MEMORY: usize = 32;

/// An index as far as it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    stride: u64,
    marks: Vec<u64>,
    most: usize,
    lines: u64,
    length: u64,
    last: Vec<u8>,
}

impl Default for Index {
    fn default() -> Self {
        Self::with(STRIDE, MOST_MARKS)
    }
}

impl Index {
    /// An empty index with other bounds than usual.
    pub fn with(stride: u64, most: usize) -> Self {
        Self {
            stride: stride.max(1),
            marks: vec![0],
            most: most.max(2),
            lines: 0,
            length: 0,
            last: Vec::new(),
        }
    }

    /// Takes the next bytes of the file.
    pub fn extend(&mut self, bytes: &[u8]) {
        for at in memchr::memchr_iter(b'\n', bytes) {
            self.lines += 1;
            if self.lines.is_multiple_of(self.stride) {
                self.marks.push(self.length + at as u64 + 1);
                self.thin();
            }
        }
        self.length += bytes.len() as u64;
        let kept = &bytes[bytes.len().saturating_sub(MEMORY)..];
        self.last.extend_from_slice(kept);
        self.last.drain(..self.last.len().saturating_sub(MEMORY));
    }

    /// How many bytes it covers.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// How many line ends these bytes have.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The last bytes it took; they end at [`Self::length`].
    pub fn last(&self) -> &[u8] {
        &self.last
    }

    /// A line at or before `offset` that is nearby: its number and its offset; `None` where the
    /// index did not get to yet.
    pub fn before(&self, offset: u64) -> Option<(u64, u64)> {
        if offset > self.length {
            return None;
        }
        let mark = self.marks.partition_point(|mark| *mark <= offset) - 1;
        Some((mark as u64 * self.stride, self.marks[mark]))
    }

    /// A line at or before number `line` that is nearby: its number and its offset; `None` where
    /// there is no such line yet.
    pub fn near(&self, line: u64) -> Option<(u64, u64)> {
        if line > self.lines {
            return None;
        }
        let mark = usize::try_from(line / self.stride).ok()?;
        let offset = *self.marks.get(mark)?;
        Some((mark as u64 * self.stride, offset))
    }

    /// How many marks are kept.
    pub fn marks(&self) -> usize {
        self.marks.len()
    }

    fn thin(&mut self) {
        if self.marks.len() <= self.most {
            return;
        }
        let mut odd = true;
        self.marks.retain(|_| {
            odd = !odd;
            !odd
        });
        self.stride *= 2;
    }
}
