//! The bytes that reach a terminal: one write for each frame, none for an equal one.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::layout::{Rect, Size};
use selaras::tui::terminal::Wire;

/// Remembers every write.
#[derive(Clone, Default)]
pub struct Line(Rc<RefCell<Vec<Vec<u8>>>>);

impl Line {
    /// The writes since the last call.
    pub fn take(&self) -> Vec<Vec<u8>> {
        self.0.take()
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal of 80×24 at the end of `line`.
pub fn terminal(line: &Line) -> Terminal<Wire<Line>> {
    Terminal::new(Wire::new(line.clone(), || Ok(Size::new(80, 24)))).unwrap()
}

#[test]
fn a_frame_is_one_bracketed_write_and_an_equal_one_is_none() {
    let line = Line::default();
    let mut terminal = terminal(&line);
    for (words, writes) in [("one", 1), ("one", 0), ("two", 1), ("two", 0)] {
        terminal
            .draw(|frame| frame.render_widget(words, frame.area()))
            .unwrap();
        let written = line.take();
        assert_eq!(written.len(), writes, "{words}");
        for bytes in written {
            assert!(bytes.starts_with(b"\x1b[?2026h") && bytes.ends_with(b"\x1b[?2026l"));
        }
    }
}

#[test]
fn a_repaint_sends_everything_again_without_asking_the_terminal_anything() {
    let line = Line::default();
    let mut terminal = terminal(&line);
    terminal
        .draw(|frame| frame.render_widget("words", frame.area()))
        .unwrap();
    line.take();
    terminal.resize(Rect::new(0, 0, 80, 24)).unwrap();
    terminal
        .draw(|frame| frame.render_widget("words", frame.area()))
        .unwrap();
    let bytes = String::from_utf8(line.take().concat()).unwrap();
    assert!(
        bytes.contains("\x1b[2J") && bytes.contains("words"),
        "{bytes:?}"
    );
    assert!(!bytes.contains("\x1b[6n"), "{bytes:?}");
}

#[test]
fn a_terminal_without_a_size_is_taken_for_an_ordinary_one() {
    let wire = Wire::new(Line::default(), || Ok(Size::new(0, 0)));
    assert_eq!(wire.size().unwrap(), Size::new(80, 24));
}
