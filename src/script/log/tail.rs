//! The last lines of a file, read from its end.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// How much is read at once, in bytes.
const BLOCK: u64 = 64 * 1024;
/// How much is searched for the beginning of the lines, in bytes.
const FARTHEST: u64 = 4 * 1024 * 1024;

/// The last `count` whole lines within 4 MiB of the end, and where the last one ends.
pub fn last_lines(file: &File, count: usize) -> io::Result<(Vec<Vec<u8>>, u64)> {
    let length = file.metadata()?.len();
    let floor = length.saturating_sub(FARTHEST);
    let mut bytes = Vec::new();
    let mut from = length;
    // One line end more than lines: the one before the first of them.
    while from > floor && ends(&bytes) <= count {
        let begin = from.saturating_sub(BLOCK).max(floor);
        let mut block = vec![0; usize::try_from(from - begin).unwrap_or_default()];
        file.read_exact_at(&mut block, begin)?;
        block.extend_from_slice(&bytes);
        bytes = block;
        from = begin;
    }
    // A line without an end is still being written: it comes with what follows.
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    let whole = whole.map_or(0, |end| end + 1);
    let end = from + whole as u64;
    bytes.truncate(whole.saturating_sub(1));
    let lines: Vec<Vec<u8>> = if whole == 0 {
        Vec::new()
    } else {
        let lines = bytes.split(|byte| *byte == b'\n');
        lines.map(<[u8]>::to_vec).collect()
    };
    let surplus = lines.len().saturating_sub(count);
    Ok((lines.into_iter().skip(surplus).collect(), end))
}

fn ends(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn last(content: &[u8], count: usize) -> (Vec<String>, u64) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        let (lines, end) = last_lines(&file, count).unwrap();
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
}
