//! The question before something is written: what, where, how many; Enter applies, Esc goes back.
//!
//! ```text
//!   ┌ Apply to Dev ───────────────────────┐
//!   │ add 25 · reactivate 2 in users      │   wraps, scrolls, fits 60×16
//!   │ Type 27 to go on: ▏                 │   typed: Enter does nothing until it is exact
//!   │            Enter apply   Esc back   │
//!   └─────────────────────────────────────┘
//! ```
//! Several things may have to be typed, one after the other; each exact one leads to the next.
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
    expected: Vec<Expected>,
    given: usize,
    verb: String,
    then: Action,
    prompt: Prompt,
    page: Page,
}

/// Something that must be typed.
#[derive(Clone, Debug)]
struct Expected {
    words: String,
    label: String,
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
            expected: Vec::new(),
            given: 0,
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
    pub fn typed(self, expected: impl Into<String>) -> Self {
        let expected = expected.into();
        let label = format!("Type {} to go on: ", text::scrub(&expected));
        self.typed_for(expected, &label)
    }

    /// The same with words of its own before it; may be said several times.
    #[must_use]
    pub fn typed_for(mut self, expected: impl Into<String>, label: &str) -> Self {
        self.expected.push(Expected {
            words: expected.into(),
            label: text::scrub(label),
        });
        self
    }

    /// Takes a key.
    pub fn take(&mut self, key: Key) -> Answer {
        match key {
            Key::ESC => return Answer::No,
            Key::ENTER if !self.is_exact() => {}
            Key::ENTER if self.given + 1 < self.expected.len() => {
                self.given += 1;
                self.prompt.clear();
            }
            Key::ENTER => return Answer::Yes(self.then),
            Key::UP => self.page.go(Move::Up),
            Key::DOWN => self.page.go(Move::Down),
            key if !self.expected.is_empty() => {
                self.prompt.take(key);
            }
            _ => {}
        }
        Answer::Open
    }

    /// Whether Enter leads on: nothing is to be typed, or exactly that was.
    fn is_exact(&self) -> bool {
        let expected = self.expected.get(self.given);
        expected.is_none_or(|expected| self.prompt.value() == expected.words)
    }

    /// What Enter does.
    pub fn verb(&self) -> &str {
        &self.verb
    }

    /// Takes pasted text, where something is to be typed.
    pub fn paste(&mut self, words: &str) {
        if !self.expected.is_empty() {
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
        let asked = u16::from(!self.expected.is_empty());
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
        if let Some(expected) = self.expected.get(self.given) {
            let label = match self.expected.len() {
                1 => expected.label.clone(),
                all => format!("{} of {all}: {}", self.given + 1, expected.label),
            };
            let line = paint::row(inside, room);
            self.prompt.draw(buffer, line, &label, look);
        }
        self.keys(buffer, inside, look);
    }

    fn keys(&self, buffer: &mut Buffer, inside: Rect, look: &Look) {
        let enter = if self.is_exact() {
            Tone::Accent
        } else {
            Tone::Dim
        };
        let last = paint::row(inside, inside.height.saturating_sub(1));
        let back = "Esc back ";
        paint::text_right(buffer, last, 0, back, look.tone(Tone::Accent));
        let rest = Rect {
            width: last.width.saturating_sub(paint::cells(back) + 2),
            ..last
        };
        let last_one = self.given + 1 >= self.expected.len();
        let verb = if last_one { &self.verb } else { "next" };
        let apply = format!("Enter {verb}");
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
    fn each_of_several_things_must_be_typed() {
        let mut confirm = Confirm::new("Apply", "apply", Action::Open)
            .typed_for("3", "3 at Dev: ")
            .typed_for("12", "12 at Test: ");
        confirm.take(Key::char('3'));
        assert_eq!(confirm.take(Key::ENTER), Answer::Open);
        assert_eq!(confirm.take(Key::ENTER), Answer::Open);
        confirm.paste("12");
        assert_eq!(confirm.take(Key::ENTER), Answer::Yes(Action::Open));
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
