//! Searching whole files, whatever is on the screen.

use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;
use ratatui::buffer::Cell;
use selaras::files::Links;
use selaras::tui::widget::viewer::{Query, SearchStep, SearchWork, Source, Way};

use super::hand::{Hand, lines};

/// A log of so many lines, an ERROR in every hundredth.
fn log(length: usize) -> String {
    (1..=length).fold(String::new(), |mut log, number| {
        let level = if number % 100 == 0 {
            "\x1b[31mERR\x1b[1mOR\x1b[0m"
        } else {
            "info"
        };
        let _ = writeln!(log, "{number} {level} something happened here");
        log
    })
}

#[test]
fn hits_are_found_far_away_and_in_both_directions() {
    let mut hand = Hand::new(&log(30_000));
    hand.press("g").press("/").enter("error");
    assert!(hand.screen().contains("100 ERROR"), "{}", hand.screen());
    hand.press("n").press("n");
    assert!(hand.screen().contains("300 ERROR"));
    hand.press("N");
    assert!(hand.screen().contains("200 ERROR"));
    hand.press("N").press("N");
    assert!(hand.screen().contains("30000 ERROR"));
    assert_eq!(
        hand.said,
        ["searched to the beginning, continued from the end"]
    );
    hand.press("n");
    assert!(hand.screen().contains("100 ERROR"));
    assert_eq!(
        hand.said[1],
        "searched to the end, continued from the beginning"
    );
}

#[test]
fn a_hit_pauses_and_is_highlighted_and_esc_takes_that_away() {
    let mut hand = Hand::new(&lines(1..=100));
    hand.press("/").enter("line 98");
    assert!(!hand.viewer.follows());
    let reversed = |hand: &Hand| {
        let cells = hand.buffer.content.iter();
        let shown = cells.filter(|cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED));
        shown.map(Cell::symbol).collect::<String>()
    };
    assert_eq!(reversed(&hand), "line 98");
    hand.press("Esc");
    assert_eq!(reversed(&hand), "");
}

#[test]
fn what_is_nowhere_is_said_and_moves_nothing() {
    let mut hand = Hand::new(&log(3_000));
    let before = hand.rows();
    hand.press("/").enter("Warning");
    assert_eq!(hand.said, ["“Warning” is in no line"]);
    assert_eq!(hand.rows()[..4], before[..4]);
    assert!(hand.viewer.follows());
}

#[test]
fn searching_needs_no_index_and_tells_how_far_it_is() {
    let hand = Hand::closed();
    std::fs::write(hand.file(), format!("needle\n{}", log(120_000))).unwrap();
    let mut hand = hand;
    hand.watch_only();
    assert!(hand.look_once());
    hand.press("/").enter("needle");
    assert!(hand.screen().contains("needle"), "{}", hand.screen());
    assert!(hand.searching.len() >= 2, "{:?}", hand.searching);
    assert!(hand.searching.is_sorted() && hand.viewer.remark().contains("counting lines 0 %"));
}

#[test]
fn a_hit_within_a_line_of_many_megabytes_is_found_both_ways() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let half = "x".repeat((1 << 20) + (1 << 19) - 3);
    std::fs::write(file.path(), format!("one\n{half}needle{half}\nlast\n")).unwrap();
    let source = Arc::new(Source::open(file.path(), Links::Refuse).unwrap());
    let size = source.size().unwrap();
    let query = Arc::new(Query::new("needle").unwrap());
    for (way, from) in [(Way::Forward, 0), (Way::Backward, size)] {
        let found = run(SearchWork::new(
            Arc::clone(&source),
            Arc::clone(&query),
            way,
            (from, size),
        ));
        assert_eq!(
            found,
            SearchStep::Found {
                line: 4,
                around: false
            }
        );
    }
}

fn run(mut search: SearchWork) -> SearchStep {
    loop {
        match search.step().unwrap() {
            SearchStep::Searching(_) => {}
            found => return found,
        }
    }
}

proptest! {
    #[test]
    fn the_next_hit_is_the_one_that_reading_on_would_find(
        lines in prop::collection::vec("[abAB\t]{0,4}", 1..30), needle in "[ab]{1,2}", place in any::<prop::sample::Index>()) {
        let text = lines.join("\n");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let source = Arc::new(Source::open(file.path(), Links::Refuse).unwrap());
        let query = Arc::new(Query::new(&needle).unwrap());
        let starts: Vec<u64> = lines.iter().scan(0, |at, line| {
            let start = *at;
            *at += line.len() as u64 + 1;
            Some(start)
        }).collect();
        let from = place.index(lines.len());
        let hits: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].to_lowercase().contains(&needle)).collect();
        let size = text.len() as u64;
        let after = hits.iter().find(|hit| **hit >= from && starts[**hit] < size);
        let before = hits.iter().rev().find(|hit| **hit < from);
        for (way, here, rest) in [
            (Way::Forward, after, hits.first()),
            (Way::Backward, before, hits.last()),
        ] {
            let expected = match (here, rest) {
                (Some(hit), _) => SearchStep::Found { line: starts[*hit], around: false },
                (None, Some(hit)) => SearchStep::Found { line: starts[*hit], around: true },
                (None, None) => SearchStep::Nowhere,
            };
            let search = SearchWork::new(Arc::clone(&source), Arc::clone(&query), way, (starts[from], size));
            prop_assert_eq!(run(search), expected);
        }
    }
}
