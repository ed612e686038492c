//! Files that grow while they are read.
//!
//! ```text
//!   Tail         read on from where reading is; notices a file that was written anew
//!   read_range   the bytes between two places
//!   last_bytes, last_lines   the end of a file, without its beginning
//! ```
//! Reads name their place and move no cursor, so several readers may share one handle. No read is
//! longer than it was asked for. What a line is differs, and is the reader's business: a journal
//! drops a line that is too long, a log cuts it, a terminal shows it before it has an end, and the
//! viewer keeps an index of all of them.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;

use super::FileId;

/// How much readers take at once, in bytes, where nothing else is asked for.
pub const CHUNK: u64 = 64 * 1024;
/// How much of what was read is compared, to notice a file that was written anew.
const MARK: u64 = 64;
/// How far from the end the beginning of the last lines is searched for, in bytes.
const FARTHEST: u64 = 4 * 1024 * 1024;

/// Reads a file from a place on, as far as it was written.
#[derive(Debug)]
pub struct Tail {
    file: File,
    id: FileId,
    position: u64,
    mark: Vec<u8>,
}

impl Tail {
    /// Reads `file` from `position` on, which may be beyond its end.
    pub fn of(file: File, position: u64) -> io::Result<Self> {
        let from = position.saturating_sub(MARK);
        let mut mark = read_range(&file, from, position)?;
        if mark.len() as u64 != position - from {
            mark.clear();
        }
        Ok(Self {
            id: FileId::of(&file.metadata()?),
            file,
            position,
            mark,
        })
    }

    pub fn id(&self) -> FileId {
        self.id
    }

    /// How far it was read, in bytes.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next bytes, at most `most`; none at the end of what is there.
    pub fn read_on(&mut self, most: u64) -> io::Result<Vec<u8>> {
        let chunk = read_range(
            &self.file,
            self.position,
            self.position.saturating_add(most),
        )?;
        self.position += chunk.len() as u64;
        let mark = usize::try_from(MARK).unwrap_or(0);
        self.mark
            .extend_from_slice(&chunk[chunk.len().saturating_sub(mark)..]);
        self.mark.drain(..self.mark.len().saturating_sub(mark));
        Ok(chunk)
    }

    /// Goes back to the beginning where what was read is no longer there, and says so: the file is
    /// shorter, or other bytes stand before the place where reading is.
    pub fn begins_anew(&mut self) -> io::Result<bool> {
        let from = self.position - self.mark.len() as u64;
        let anew = self.file.metadata()?.len() < self.position
            || read_range(&self.file, from, self.position)? != self.mark;
        if anew {
            self.position = 0;
            self.mark.clear();
        }
        Ok(anew)
    }
}

/// The bytes from `from` to `to`; fewer where the file ends before.
pub fn read_range(file: &File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let length = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match file.read_at(&mut bytes[filled..], from + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// The last bytes, at most `most`, and where they begin.
pub fn last_bytes(file: &File, most: u64) -> io::Result<(Vec<u8>, u64)> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(most);
    Ok((read_range(file, from, length)?, from))
}

/// The last `count` whole lines within 4 MiB of the end, and where the last one ends.
pub fn last_lines(file: &File, count: usize) -> io::Result<(Vec<Vec<u8>>, u64)> {
    let length = file.metadata()?.len();
    let floor = length.saturating_sub(FARTHEST);
    let mut bytes = Vec::new();
    let mut from = length;
    // One line end more than lines: the one before the first of them.
    while from > floor && memchr::memchr_iter(b'\n', &bytes).count() <= count {
        let begin = from.saturating_sub(CHUNK).max(floor);
        let mut block = read_range(file, begin, from)?;
        block.append(&mut bytes);
        bytes = block;
        from = begin;
    }
    // A line without an end is still being written: it comes with what follows.
    let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') else {
        return Ok((Vec::new(), from));
    };
    let end = from + last as u64 + 1;
    bytes.truncate(last);
    let lines: Vec<_> = bytes.split(|byte| *byte == b'\n').collect();
    let surplus = lines.len().saturating_sub(count);
    let lines = lines[surplus..].iter().map(|line| line.to_vec()).collect();
    Ok((lines, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn file(content: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file
    }

    fn last(content: &[u8], count: usize) -> (Vec<String>, u64) {
        let (lines, end) = last_lines(&file(content), count).unwrap();
        let text = |line: &Vec<u8>| String::from_utf8_lossy(line).into_owned();
        (lines.iter().map(text).collect(), end)
    }

    #[test]
    fn the_last_lines_are_whole_ones() {
        let words = |words: &[&str]| words.iter().copied().map(str::to_owned).collect();
        assert_eq!(last(b"", 3), (words(&[]), 0));
        assert_eq!(last(b"half", 3), (words(&[]), 0));
        assert_eq!(last(b"a\nb\n", 3), (words(&["a", "b"]), 4));
        assert_eq!(last(b"a\n\nc\nhalf", 2), (words(&["", "c"]), 5));
        assert_eq!(last(b"\n", 2), (words(&[""]), 1));
        assert_eq!(last(b"a\nb\n", 0), (words(&[]), 4));
    }

    #[test]
    fn a_large_file_is_read_from_its_end_only() {
        let line = |text: String, number| text + &format!("line {number}\n");
        let many = (0..200_000).fold(String::new(), line);
        let (lines, end) = last(many.as_bytes(), 100);
        assert_eq!((lines.len(), lines[99].as_str()), (100, "line 199999"));
        assert_eq!(end, many.len() as u64);
    }

    #[test]
    fn one_endless_line_is_not_read_to_its_beginning() {
        let (lines, _) = last(&[vec![b'x'; 9 << 20], b"\nend\n".to_vec()].concat(), 3);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].len() as u64 <= FARTHEST);
    }

    #[test]
    fn a_file_is_read_on_as_it_grows_and_from_its_begin_when_it_is_written_anew() {
        let mut growing = file(b"one");
        let mut tail = Tail::of(growing.try_clone().unwrap(), 1).unwrap();
        assert_eq!(tail.read_on(CHUNK).unwrap(), b"ne");
        assert_eq!(tail.read_on(CHUNK).unwrap(), b"");
        growing.write_all(b"two").unwrap();
        assert!(!tail.begins_anew().unwrap());
        assert_eq!(tail.read_on(2).unwrap(), b"tw");
        // As long as before, and other bytes.
        growing.write_all_at(b"ONETWO", 0).unwrap();
        assert!(tail.begins_anew().unwrap());
        assert_eq!(tail.read_on(CHUNK).unwrap(), b"ONETWO");
        growing.set_len(0).unwrap();
        assert!(tail.begins_anew().unwrap());
        assert_eq!(tail.position(), 0);
    }

    #[test]
    fn a_place_beyond_the_end_is_waited_for() {
        let mut growing = file(b"one");
        let mut tail = Tail::of(growing.try_clone().unwrap(), 5).unwrap();
        assert_eq!(tail.read_on(CHUNK).unwrap(), b"");
        growing.write_all(b"two").unwrap();
        assert_eq!(tail.read_on(CHUNK).unwrap(), b"o");
    }

    #[test]
    fn the_last_bytes_say_where_they_begin() {
        assert_eq!(last_bytes(&file(b"abc"), 2).unwrap(), (b"bc".to_vec(), 1));
        assert_eq!(last_bytes(&file(b"abc"), 9).unwrap(), (b"abc".to_vec(), 0));
    }
}
