//! The widgets one by one, as they look.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use selaras::tui::capabilities::{Switch, TerminalCapabilities};
use selaras::tui::keys::Move;
use selaras::tui::theme::{Choice, Theme, Tone};
use selaras::tui::widget::classes::{self, Class};
use selaras::tui::widget::gauge::{self, Progress, sparkline};
use selaras::tui::widget::lines::{Backlog, Reading};

use super::dump;

fn look() -> Theme {
    Theme::new(Choice::Auto, Switch::On, &TerminalCapabilities::default())
}

fn drawn(width: u16, height: u16, draw: impl Fn(&mut Buffer, Rect)) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw(&mut buffer, area);
    dump::text(&buffer)
}

#[test]
fn a_gauge_gives_up_its_remark_and_its_figures_before_its_bar() {
    let mut progress = Progress::default();
    progress.advance(6, Some(17));
    let mut pictures = String::new();
    for width in [80, 50, 34, 20, 6] {
        pictures += &drawn(width, 1, |buffer, area| {
            gauge::draw(buffer, area, ("all", "ETA 19 min"), &progress, &look());
        });
    }
    let unknown = Progress::default();
    pictures += &drawn(50, 1, |buffer, area| {
        gauge::draw(
            buffer,
            area,
            ("Depok", &sparkline(&[1, 3, 5, 9], 8)),
            &unknown,
            &look(),
        );
    });
    insta::assert_snapshot!(pictures);
}

#[test]
fn classes_take_as_many_rows_as_they_need() {
    let class = |name: &str, count| Class {
        name: name.to_owned(),
        count,
        tone: Tone::Plain,
    };
    let all = [
        class("New", 25),
        class("Reactivate", 2),
        class("Deactivate", 3),
        class("Unchanged", 1_782),
        class("Conflicts", 0),
    ];
    let mut pictures = String::new();
    for width in [80, 40] {
        pictures += &drawn(width, 3, |buffer, area| {
            classes::draw(buffer, area, &all, 0, &look());
        });
    }
    insta::assert_snapshot!(pictures);
}

#[test]
fn a_reader_who_scrolled_up_sees_how_much_came_meanwhile() {
    let mut backlog = Backlog::new(500);
    let mut reading = Reading::default();
    let more = |backlog: &mut Backlog, count: usize| {
        for _ in 0..count {
            let number = backlog.len();
            backlog.push(&format!("line {number}"), Tone::Plain);
        }
    };
    let picture = |reading: &Reading, backlog: &Backlog| {
        drawn(40, 5, |buffer, area| {
            let line = |number: usize| backlog.line(number, &look());
            reading.draw(buffer, area, (backlog.len(), &line), &look());
        })
    };
    more(&mut backlog, 20);
    assert!(picture(&reading, &backlog).contains("line 19"));
    reading.go(Move::Up, backlog.len());
    more(&mut backlog, 214);
    let held = picture(&reading, &backlog);
    assert!(
        held.contains("line 14") && held.contains("214 new lines ↓"),
        "{held}"
    );
    reading.go(Move::Bottom, backlog.len());
    assert!(picture(&reading, &backlog).contains("line 233"));
}

#[test]
fn a_wrapped_line_loses_nothing_and_the_end_stays_in_view() {
    let mut backlog = Backlog::new(9);
    backlog.push("short", Tone::Plain);
    backlog.push(&"0123456789".repeat(5), Tone::Plain);
    backlog.push("日本語日本語日本語", Tone::Plain);
    let mut reading = Reading::default();
    reading.wraps = true;
    let picture = |height| {
        drawn(12, height, |buffer, area| {
            let line = |number: usize| backlog.line(number, &look());
            reading.draw(buffer, area, (backlog.len(), &line), &look());
        })
    };
    insta::assert_snapshot!(format!("{}---\n{}", picture(9), picture(3)));
}
