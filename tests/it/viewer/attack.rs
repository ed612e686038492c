//! Whatever a script prints: nothing but colours reaches the terminal.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use ratatui::Terminal;
use ratatui::layout::Size;
use selaras::sim::attack;
use selaras::text::output;
use selaras::tui::terminal::Wire;

use super::hand::{Hand, look};

/// Remembers what was written.
#[derive(Clone, Default)]
struct Line(Rc<RefCell<Vec<u8>>>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes that reach a terminal of 80×24 when the viewer draws.
fn sent(hand: &Hand) -> String {
    let line = Line::default();
    let wire = Wire::new(line.clone(), || Ok(Size::new(80, 24)));
    let mut terminal = Terminal::new(wire).unwrap();
    let drawn = terminal.draw(|frame| {
        let area = frame.area();
        hand.viewer.draw(frame.buffer_mut(), area, &look());
        look().finish(frame.buffer_mut());
    });
    drawn.unwrap();
    let bytes = line.0.take();
    String::from_utf8(bytes).unwrap()
}

/// What is left without colours, cursor placement and the brackets of a frame.
fn text_of(bytes: &str) -> String {
    let mut pieces = bytes.split('\x1b');
    let mut text = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let body = piece
            .strip_prefix('[')
            .unwrap_or_else(|| panic!("not a CSI: {piece:?}"));
        let (parameters, rest) =
            body.split_at(body.find(|c: char| c.is_ascii_alphabetic()).unwrap());
        let figures = parameters.chars().all(|c| c.is_ascii_digit() || c == ';');
        let ours = match &rest[..1] {
            "m" | "H" => figures,
            "h" | "l" => parameters == "?2026",
            "J" => parameters == "2",
            _ => false,
        };
        assert!(ours, "a sequence that is not ours: {piece:?}");
        text.push_str(&rest[1..]);
    }
    text
}

#[test]
fn the_kit_arrives_as_visible_text() {
    let mut kit: Vec<String> = attack::KIT.iter().map(|&piece| piece.to_owned()).collect();
    kit.push("\x1b[2Jlong ".repeat(150_000));
    kit.push(attack::KIT.concat());
    kit.push("\x1b".repeat(10_000));
    for words in kit {
        let mut hand = Hand::new(&format!("before\n{words}\nafter\n"));
        hand.resize(80, 24);
        for key in ["w", "w"] {
            let text = text_of(&sent(&hand));
            let odd = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
            assert!(!text.contains(odd), "{:?}", &words[..words.len().min(40)]);
            assert!(!text.contains(['\u{200b}', '\u{200f}', '\u{feff}', '\u{2066}']));
            assert!(!text.contains(&"\u{301}".repeat(4)));
            hand.press(key);
        }
        assert_eq!(hand.rows()[0], "before");
    }
}

#[test]
fn a_shell_gets_nothing_but_colours_either() {
    for piece in attack::KIT {
        let line = output::Line::new(piece.as_bytes());
        let odd = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!line.text.contains(odd), "{piece:?}");
        let coloured = line.coloured();
        let text = text_of(&coloured);
        assert_eq!(text, line.text);
        assert!(!coloured.contains('\x1b') || coloured.ends_with(output::Style::OFF));
    }
}

#[test]
fn colours_do_reach_the_terminal_and_none_stays_on() {
    let mut hand = Hand::new("\x1b[31mred\n\x1b[38;5;208mpalette\x1b[48;2;1;2;3mtrue\nplain\n");
    hand.resize(80, 24);
    let bytes = sent(&hand);
    for colour in ["38;5;1;49m", "38;5;208;49m", "48;2;1;2;3m"] {
        assert!(bytes.contains(colour), "{colour} {bytes:?}");
    }
    let plain = &hand.buffer[(0, 2)];
    assert_eq!(
        (plain.symbol(), plain.fg),
        ("p", ratatui::style::Color::Reset)
    );
}
