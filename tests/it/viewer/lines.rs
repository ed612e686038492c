//! The index and the blocks, against the plain way of doing it.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use selaras::files::Links;
use selaras::tui::widget::viewer::{Anchor, Block, Index, Seen, Source};

/// Lines of many lengths, with and without an end.
fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec("[a-z日]{0,12}", 0..60).prop_map(|lines| lines.join("\n"))
}

fn starts(text: &str) -> Vec<u64> {
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    let mut starts: Vec<u64> = ends.map(|(at, _)| at as u64 + 1).collect();
    starts.insert(0, 0);
    starts
}

fn seen(path: &Path, index: Index) -> Seen {
    let source = Arc::new(Source::open(path, Links::Refuse).unwrap());
    let size = source.size().unwrap();
    Seen {
        source,
        index: Arc::new(index),
        size,
    }
}

proptest! {
    #[test]
    fn however_a_file_grows_its_index_is_the_same(
        text in texts(), stride in 1u64..9, most in 2usize..9, cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9)) {
        let mut whole = Index::with(stride, most);
        whole.extend(text.as_bytes());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let mut grown = Index::with(stride, most);
        for pair in cuts.windows(2) {
            grown.extend(&text.as_bytes()[pair[0]..pair[1]]);
        }
        prop_assert_eq!(&whole, &grown);
        prop_assert!(grown.marks() <= most);
        let starts = starts(&text);
        prop_assert_eq!(grown.lines(), starts.len() as u64 - 1);
        for (number, start) in starts.iter().enumerate() {
            for (line, offset) in [grown.near(number as u64).unwrap(), grown.before(*start).unwrap()] {
                prop_assert!(line <= number as u64);
                prop_assert_eq!(starts[usize::try_from(line).unwrap()], offset);
            }
        }
    }

    #[test]
    fn a_block_holds_the_lines_of_the_file_with_their_numbers(
        text in texts(), least in 0usize..9, place in any::<prop::sample::Index>()) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let mut index = Index::with(7, 4);
        index.extend(text.as_bytes());
        let seen = seen(file.path(), index);
        let starts = starts(&text);
        let number = place.index(starts.len());
        for anchor in [Anchor::End, Anchor::Number(number as u64), Anchor::Offset(starts[number])] {
            let block = Block::read(&seen, anchor, least).unwrap();
            if anchor != Anchor::End {
                prop_assert_eq!(block.anchor, starts[number]);
            }
            let first = usize::try_from(block.number.unwrap()).unwrap();
            prop_assert_eq!(block.from(), starts[first]);
            let shown: Vec<&str> = block.entries.iter().map(|entry| entry.line.text.as_str()).collect();
            let expected: Vec<&str> = text.lines().skip(first).take(shown.len()).collect();
            prop_assert_eq!(&shown, &expected);
            prop_assert!(block.is_last());
        }
    }
}

#[test]
fn a_huge_line_is_read_in_part_and_its_neighbours_whole() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let huge = "x".repeat(3 << 20);
    std::fs::write(file.path(), format!("before\n{huge}\nafter\n")).unwrap();
    let seen = seen(file.path(), Index::default());
    let block = Block::read(&seen, Anchor::End, 10).unwrap();
    let shown: Vec<usize> = block
        .entries
        .iter()
        .map(|entry| entry.line.text.len())
        .collect();
    assert_eq!(
        shown,
        [6, selaras::text::output::WIDEST + '…'.len_utf8(), 5]
    );
}
