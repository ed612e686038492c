//! Text from outside never drives the terminal, whatever widget it goes through.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use selaras::tui::capabilities::{Switch, TerminalCapabilities};
use selaras::tui::keys::{Action, Binding};
use selaras::tui::notices::Notice;
use selaras::tui::overlay::Entry;
use selaras::tui::overlay::Help;
use selaras::tui::tab::{SetupPage, Tab};
use selaras::tui::theme::{Choice, Focus, Theme, Tone};
use selaras::tui::widget::classes::{self, Class};
use selaras::tui::widget::confirm::Confirm;
use selaras::tui::widget::gauge::{self, Progress};
use selaras::tui::widget::lines::{Backlog, Reading};
use selaras::tui::widget::list::List;
use selaras::tui::widget::paint;
use selaras::tui::widget::pane::Pane;
use selaras::tui::widget::prompt::Prompt;
use selaras::tui::widget::table::{Column, Field, Table};

use super::probe::{News, Probe, places};
use super::stage::Stage;
use super::wire::{Line, terminal};

/// What a remote, a database or a script may put into a string.
pub const KIT: [&str; 16] = [
    "\x1b[2J\x1b[H",
    "\x1b[10;10Hmoved",
    "\x1b]0;title\x07",
    "\x1b]2;title\x1b\\",
    "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;aGk=\x07",
    "\x1bP$qm\x1b\\",
    "\x1b[6n",
    "\u{9b}31mred\u{9b}0m",
    "bell\x07",
    "back\x08\x08\x08space",
    "over\rwrite",
    "right\u{202e}to left",
    "one\ttwo\x0bthree\x0cfour",
    "del\x7f\0nul",
    "zwj👩\u{200d}💻 flag⚠\u{fe0f} \u{200b}\u{feff}",
];

/// The kit, 50 combining marks, and a line of a megabyte.
fn kit() -> Vec<String> {
    let mut kit: Vec<String> = KIT.iter().map(|&text| text.to_owned()).collect();
    kit.push(format!("marks{}", "\u{301}".repeat(50)));
    kit.push("\x1b[31mlong ".repeat(100_000));
    kit
}

fn look() -> Theme {
    Theme::new(Choice::Dark, Switch::On, &TerminalCapabilities::default())
}

/// Every widget with `words` in every string it takes.
fn draw_everything(buffer: &mut Buffer, words: &str) {
    let theme = look();
    let row = |y: u16, height: u16| Rect::new(0, y, 80, height);
    Pane::new(words, Focus::Here)
        .remark(words)
        .draw(buffer, row(0, 3), &theme);
    let columns = [Column::new(words, 20, 60, 1)];
    let fields = |_: usize| vec![Field::from(words)];
    let list = List::default();
    let mut table = Table {
        columns: &columns,
        length: 1,
        row: &fields,
        list: &list,
        focus: Focus::Here,
        sorted: None,
        empty: words,
    };
    table.draw(buffer, row(3, 2), &theme);
    table.length = 0;
    table.draw(buffer, row(5, 2), &theme);
    gauge::draw(
        buffer,
        row(7, 1),
        (words, words),
        &Progress::default(),
        &theme,
    );
    let class = Class {
        name: words.to_owned(),
        count: 3,
        tone: Tone::Warn,
    };
    classes::draw(buffer, row(8, 1), &[class], 0, &theme);
    let mut backlog = Backlog::new(9);
    backlog.push(words, Tone::Plain);
    let mut reading = Reading::default();
    let line = |number: usize| backlog.line(number, &theme);
    reading.draw(buffer, row(9, 1), (1, &line), &theme);
    reading.wraps = true;
    reading.draw(buffer, row(10, 2), (1, &line), &theme);
    let mut prompt = Prompt::default();
    prompt.paste(words);
    prompt.draw(buffer, row(12, 1), "/ ", &theme);
    let confirm = Confirm::new(words, words, Action::Open)
        .line(words, Tone::Bad)
        .typed(words);
    confirm.draw(buffer, row(13, 8), &theme);
    // Even a stroke that was handed unscrubbed text is caught by the last pass.
    paint::text(buffer, row(21, 1), 0, words, theme.tone(Tone::Plain));
    let planned = SetupPage::new(words).paragraph(words).setting(words, words);
    Tab::<News>::draw(&planned, buffer, row(22, 2), &theme);
    let binding: Binding = Binding::new([], Action::Open, words, words);
    let entry = Entry {
        place: None,
        heading: words.to_owned(),
        binding: binding.unless(Some(words)),
    };
    Help::default().draw(buffer, Rect::new(40, 18, 40, 6), &[entry], &theme);
}

/// What is left of `bytes` without the sequences a frame is made of.
pub fn without_our_own(bytes: &str) -> String {
    let mut rest = String::new();
    let mut pieces = bytes.split('\x1b');
    rest.push_str(pieces.next().unwrap());
    for piece in pieces {
        let body = piece
            .strip_prefix('[')
            .unwrap_or_else(|| panic!("not a CSI: {piece:?}"));
        let last = body
            .find(|letter: char| letter.is_ascii_alphabetic())
            .unwrap_or_else(|| panic!("no end: {piece:?}"));
        let (parameters, tail) = body.split_at(last);
        let known = match &tail[..1] {
            "m" | "H" => parameters.chars().all(|c| c.is_ascii_digit() || c == ';'),
            "h" | "l" => parameters == "?2026",
            "J" => parameters == "2",
            _ => false,
        };
        assert!(known, "a sequence that is not ours: {piece:?}");
        rest.push_str(&tail[1..]);
    }
    rest
}

#[test]
fn whatever_a_string_holds_it_arrives_as_visible_text() {
    for words in kit() {
        let line = Line::default();
        let mut terminal = terminal(&line);
        let draw = |frame: &mut ratatui::Frame<'_>| {
            draw_everything(frame.buffer_mut(), &words);
            look().finish(frame.buffer_mut());
        };
        terminal.draw(draw).unwrap();
        let bytes = String::from_utf8(line.take().concat()).unwrap();
        let text = without_our_own(&bytes);
        let odd = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(odd), "{:?}", &words[..words.len().min(40)]);
        assert!(!text.contains(['\u{200b}', '\u{200d}', '\u{feff}', '\u{fe0f}']));
        assert!(!text.contains(&"\u{301}".repeat(4)));
    }
}

#[test]
fn a_clear_screen_is_read_not_obeyed() {
    let mut probe = Probe::with_rows(0);
    probe.rows = kit();
    let mut stage = Stage::new(100, 40, places(probe));
    let screen = stage.settle().screen();
    assert!(
        screen.contains("^[[2J^[[H") && screen.contains("right<202e>to left"),
        "{screen}"
    );
    let notice = Notice::new("\x1b[2J", Tone::Bad);
    let screen = stage
        .send(selaras::tui::tasks::Msg::Say(notice))
        .settle()
        .screen();
    assert!(screen.contains("│ ^[[2J │"), "{screen}");
}
