//! A windowed table shows exactly what the whole table would show there.

use std::cell::RefCell;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use selaras::tui::capabilities::{Switch, TerminalCapabilities};
use selaras::tui::keys::Move;
use selaras::tui::theme::{Choice, Focus, Theme};
use selaras::tui::widget::list::List;
use selaras::tui::widget::table::{Column, Field, Table};

use super::dump;

fn look() -> Theme {
    Theme::new(Choice::Dark, Switch::On, &TerminalCapabilities::default())
}

fn draw(list: &List, length: usize, height: u16, built: &RefCell<Vec<usize>>) -> String {
    let columns = [
        Column::new("Email", 12, 20, 9),
        Column::new("Id", 6, 6, 1).right(),
    ];
    let row = |index: usize| {
        built.borrow_mut().push(index);
        let name = if index.is_multiple_of(7) {
            "日本語"
        } else {
            "user"
        };
        vec![
            Field::from(format!("{name}{index}")),
            Field::from(index.to_string()),
        ]
    };
    let table = Table {
        columns: &columns,
        length,
        row: &row,
        list,
        focus: Focus::Here,
        sorted: None,
        empty: "",
    };
    let area = Rect::new(0, 0, 40, height);
    let mut buffer = Buffer::empty(area);
    table.draw(&mut buffer, area, &look());
    dump::text(&buffer)
}

/// A line without the scroll bar at its end.
fn content(line: &str) -> &str {
    line.trim_end_matches(['█', '│']).trim_end()
}

#[test]
fn the_visible_part_equals_the_whole_table_and_only_that_part_is_built() {
    let length = 200;
    let mut list = List::default();
    for step in [
        Move::Down,
        Move::PageDown,
        Move::PageDown,
        Move::HalfUp,
        Move::Bottom,
        Move::PageUp,
        Move::Top,
    ] {
        list.go(step, length);
        let built = RefCell::default();
        let part = draw(&list, length, 11, &built);
        let built = built.into_inner();
        assert_eq!(built.len(), 10);
        let mut whole_list = List::default();
        whole_list.select(list.selected(), length);
        let whole = draw(&whole_list, length, 201, &RefCell::default());
        let expected: Vec<&str> = whole
            .lines()
            .skip(1 + built[0])
            .take(10)
            .map(content)
            .collect();
        let shown: Vec<&str> = part.lines().skip(1).map(content).collect();
        assert_eq!(shown, expected, "{step:?}");
    }
}

#[test]
fn a_hundred_thousand_rows_cost_as_much_as_what_is_seen() {
    let mut list = List::default();
    list.go(Move::Bottom, 100_000);
    let built = RefCell::default();
    let screen = draw(&list, 100_000, 24, &built);
    assert!(screen.contains("user99999"), "{screen}");
    assert_eq!(built.into_inner().len(), 23);
}
