//! The question before something is written: what, where, how many; Enter applies, Esc goes back.
//!
//! ```text
//!   ┌ Apply to Dev ───────────────────────┐
//!   │ add 25 · reactivate 2 in users      │   wraps, scrolls, fits 60×16
//!   │ Type 27 to go on: ▏                 │   typed: Enter does nothing until it is exact
//!   │            Enter apply   Esc back   │
//!   └─────────────────────────────────────┘
//! ```
//! Whether a key may count at all (the dialog must have been on the screen) is the loop's rule.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::page::Page;
use super::paint;
use super::pane::Pane;
use super::prompt::Prompt;
use crate::text;
use crate::tui::keys::{Action, Key, Move};
use crate::tui::theme::{Focus, Look, Tone};

/// The width that reads well; less where the screen is narrower.
const WIDTH: u16 = 64;

/// A question with the action that follows a yes.
#[derive(Clone, Debug)]
pub struct Confirm {
    title: String,
    lines: Vec<(String, Tone)>,
    expected: Option<String>,
    verb: String,
    then: Action,
    prompt: Prompt,
    page: Page,
}

/// What a key made of the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Open,
    /// Do it.
    Yes(Action),
    /// One step back.
    No,
}

impl Confirm {
    /// A question that Enter answers with yes; `verb` says what Enter then does.
    pub fn new(title: &str, verb: &str, then: Action) -> Self {
        Self {
            title: text::scrub(title),
            lines: Vec::new(),
            expected: None,
            verb: text::scrub(verb),
            then,
            prompt: Prompt::default(),
            page: Page::default(),
        }
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn line(mut self, words: &str, tone: Tone) -> Self {
        self.lines.push((text::scrub(words), tone));
        self
    }

    /// Lets Enter do nothing until exactly `expected` was typed.
    #[must_use]
    pub fn typed(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Takes a key.
    pub fn take(&mut self, key: Key) -> Answer {
        match (key, &self.expected) {
            (Key::ESC, _) => return Answer::No,
            (Key::ENTER, None) => return Answer::Yes(self.then),
            (Key::ENTER, Some(expected)) if self.prompt.value() == expected => {
                return Answer::Yes(self.then);
            }
            (Key::UP, _) => self.page.go(Move::Up),
            (Key::DOWN, _) => self.page.go(Move::Down),
            (key, Some(_)) => {
                self.prompt.take(key);
            }
            _ => {}
        }
        Answer::Open
    }

    /// What Enter does.
    pub fn verb(&self) -> &str {
        &self.verb
    }

    /// Takes pasted text, where something is to be typed.
    pub fn paste(&mut self, words: &str) {
        if self.expected.is_some() {
            self.prompt.paste(words);
        }
    }

    /// Draws it in the middle of `area`.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, look: &Look) {
        let width = WIDTH.min(area.width);
        let inner = width.saturating_sub(4);
        let wrapped: Vec<(String, Tone)> = self
            .lines
            .iter()
            .flat_map(|(words, tone)| {
                let lines = paint::wrap(words, inner);
                lines.into_iter().map(|line| (line, *tone))
            })
            .collect();
        let asked = u16::from(self.expected.is_some());
        let tall = u16::try_from(wrapped.len()).unwrap_or(u16::MAX);
        let frame = paint::centred(area, width, tall.saturating_add(4 + asked));
        paint::blank(buffer, frame);
        let inside = Pane::new(&self.title, Focus::Here).draw(buffer, frame, look);
        let inside = paint::after(inside, 1);
        let room = inside.height.saturating_sub(2 + asked);
        let text = Rect {
            height: room,
            ..inside
        };
        self.page.draw(buffer, text, &wrapped, look);
        if let Some(expected) = &self.expected {
            let label = format!("Type {} to go on: ", text::scrub(expected));
            self.prompt
                .draw(buffer, paint::row(inside, room), &label, look);
        }
        self.keys(buffer, inside, look);
    }

    fn keys(&self, buffer: &mut Buffer, inside: Rect, look: &Look) {
        let open = self
            .expected
            .as_deref()
            .is_none_or(|expected| self.prompt.value() == expected);
        let enter = if open { Tone::Accent } else { Tone::Dim };
        let last = paint::row(inside, inside.height.saturating_sub(1));
        let back = "Esc back ";
        paint::text_right(buffer, last, 0, back, look.tone(Tone::Accent));
        let rest = Rect {
            width: last.width.saturating_sub(paint::cells(back) + 2),
            ..last
        };
        let apply = format!("Enter {}", self.verb);
        paint::text_right(buffer, rest, 0, &apply, look.tone(enter));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_question_is_answered_by_enter_or_esc_and_by_nothing_else() {
        let mut confirm = Confirm::new("Apply", "apply", Action::Open);
        for key in [Key::char('y'), Key::SPACE, Key::TAB, Key::char('q')] {
            assert_eq!(confirm.take(key), Answer::Open, "{key}");
        }
        assert_eq!(confirm.take(Key::ENTER), Answer::Yes(Action::Open));
        assert_eq!(confirm.take(Key::ESC), Answer::No);
    }

    #[test]
    fn a_typed_question_wants_exactly_what_it_names() {
        let mut confirm = Confirm::new("Apply", "apply", Action::Open).typed("27");
        assert_eq!(confirm.take(Key::ENTER), Answer::Open);
        for digit in ['2', '7', '7'] {
            confirm.take(Key::char(digit));
        }
        assert_eq!(confirm.take(Key::ENTER), Answer::Open);
        confirm.take("Backspace".parse().unwrap());
        assert_eq!(confirm.take(Key::ENTER), Answer::Yes(Action::Open));
    }
}
