//! The question before something is written: what, where, how many; Enter applies, Esc goes back.
//!
//! ```text
//!   ┌ Apply to Dev ───────────────────────┐
//!   │ add 25 · reactivate 2 in users      │   wraps, scrolls, fits 60×16
//!   │ Type 27 to continue: ▏              │   typed: Enter does nothing until it is exact
//!   │            Enter apply   Esc back   │
//!   └─────────────────────────────────────┘
//! ```
//! Several things may have to be typed, one after the other; each exact one leads to the next. A
//! key that does nothing is answered: what was expected is shown below the line until the next key.
//! Whether a key may count at all (the dialog must have been on the screen) is the loop's rule.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::page::Page;
use super::paint;
use super::pane::Pane;
use super::prompt::Prompt;
use crate::text;
use crate::tui::keys::{Action, Key, Move};
use crate::tui::theme::{Focus, Theme, Tone};

/// The width that reads well; less where the screen is narrower.
const WIDTH: u16 = 64;
/// The fewest cells there must be to type into.
const TYPED: u16 = 16;

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
    /// Why the last key did nothing.
    said: Option<String>,
}

#[derive(Clone, Debug)]
struct Expected {
    words: String,
    label: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Open,
    Yes(Action),
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
            said: None,
        }
    }

    #[must_use]
    pub fn line(mut self, words: &str, tone: Tone) -> Self {
        self.lines.push((text::scrub(words), tone));
        self
    }

    /// Lets Enter do nothing until exactly `expected` was typed.
    #[must_use]
    pub fn typed(self, expected: impl Into<String>) -> Self {
        let expected = expected.into();
        let label = format!("Type {} to continue: ", text::scrub(&expected));
        self.typed_for(expected, &label)
    }

    /// The same with a label; may be called several times.
    #[must_use]
    pub fn typed_for(mut self, expected: impl Into<String>, label: &str) -> Self {
        self.expected.push(Expected {
            words: expected.into(),
            label: text::scrub(label),
        });
        self
    }

    pub fn take(&mut self, key: Key) -> Answer {
        self.said = None;
        match key {
            Key::ESC => return Answer::No,
            Key::ENTER if !self.is_exact() => self.said = self.expectation(),
            Key::ENTER if self.given + 1 < self.expected.len() => {
                self.given += 1;
                self.prompt.clear();
            }
            Key::ENTER => return Answer::Yes(self.then),
            Key::UP => self.page.go(Move::Up),
            Key::DOWN => self.page.go(Move::Down),
            key if !self.expected.is_empty() && self.prompt.take(key) => {}
            key => self.said = Some(self.nothing(key)),
        }
        Answer::Open
    }

    fn expectation(&self) -> Option<String> {
        let words = text::scrub(&self.expected.get(self.given)?.words);
        Some(match self.prompt.value() {
            "" => format!("Nothing was typed yet: type exactly {words}, then Enter"),
            typed => format!("“{typed}” is not it: type exactly {words}, then Enter"),
        })
    }

    /// What is said of a key that means nothing here.
    fn nothing(&self, key: Key) -> String {
        let enter = if self.is_exact() {
            format!("Enter: {}", self.enter())
        } else {
            "type what is asked for".to_owned()
        };
        format!("{key} does nothing here; {enter}, Esc: back")
    }

    /// What Enter does once what is asked for was typed.
    pub fn enter(&self) -> &str {
        if self.given + 1 >= self.expected.len() {
            &self.verb
        } else {
            "next"
        }
    }

    /// Whether Enter leads on: nothing is to be typed, or exactly that was.
    fn is_exact(&self) -> bool {
        let expected = self.expected.get(self.given);
        expected.is_none_or(|expected| self.prompt.value() == expected.words)
    }

    /// Whether something has still to be typed before Enter leads on.
    pub fn wants_typing(&self) -> bool {
        !self.is_exact()
    }

    /// Takes pasted text, where something is to be typed.
    pub fn paste(&mut self, words: &str) {
        self.said = None;
        if !self.expected.is_empty() {
            self.prompt.paste(words);
        }
    }

    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let width = WIDTH.min(area.width);
        let inner = width.saturating_sub(4);
        let mut wrapped: Vec<(String, Tone)> = self
            .lines
            .iter()
            .flat_map(|(words, tone)| {
                let lines = paint::wrap(words, inner);
                lines.into_iter().map(|line| (line, *tone))
            })
            .collect();
        let mut label = self.label();
        let asked = u16::from(!self.expected.is_empty());
        // A label that leaves no room to type goes above, and whole.
        if paint::cells(&label) + TYPED > inner {
            let lines = paint::wrap(label.trim_end(), inner).into_iter();
            wrapped.extend(lines.map(|line| (line, Tone::Accent)));
            "▸ ".clone_into(&mut label);
        }
        let said = self.said.as_deref().unwrap_or_default();
        let said = paint::wrap(said, inner);
        let below = u16::try_from(said.len()).unwrap_or(1);
        let tall = u16::try_from(wrapped.len()).unwrap_or(u16::MAX);
        let height = tall.saturating_add(3 + below + asked);
        let frame = paint::centred(area, width, height);
        paint::blank(buffer, frame);
        let inside = Pane::new(&self.title, Focus::Here).draw(buffer, frame, theme);
        let inside = paint::after(inside, 1);
        let room = inside.height.saturating_sub(1 + below + asked);
        let text = Rect {
            height: room,
            ..inside
        };
        self.page.draw(buffer, text, &wrapped, theme);
        if asked > 0 {
            let line = paint::row(inside, room);
            self.prompt.draw(buffer, line, &label, theme);
        }
        for (row, line) in (room + asked..inside.height).zip(&said) {
            paint::text(buffer, inside, row, line, theme.tone(Tone::Warn));
        }
        self.keys(buffer, inside, theme);
    }

    fn label(&self) -> String {
        let Some(expected) = self.expected.get(self.given) else {
            return String::new();
        };
        match self.expected.len() {
            1 => expected.label.clone(),
            all => format!("{} of {all}: {}", self.given + 1, expected.label),
        }
    }

    fn keys(&self, buffer: &mut Buffer, inside: Rect, theme: &Theme) {
        let enter = if self.is_exact() {
            Tone::Accent
        } else {
            Tone::Dim
        };
        let last = paint::row(inside, inside.height.saturating_sub(1));
        let back = "Esc back ";
        paint::text_right(buffer, last, 0, back, theme.tone(Tone::Accent));
        let rest = Rect {
            width: last.width.saturating_sub(paint::cells(back) + 2),
            ..last
        };
        let apply = format!("Enter {}", self.enter());
        paint::text_right(buffer, rest, 0, &apply, theme.tone(enter));
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
            let said = confirm.said.clone().unwrap_or_default();
            assert_eq!(
                said,
                format!("{key} does nothing here; Enter: apply, Esc: back")
            );
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
        let said = |confirm: &Confirm| confirm.said.clone().unwrap_or_default();
        assert_eq!(confirm.take(Key::ENTER), Answer::Open);
        assert!(said(&confirm).starts_with("Nothing was typed yet: type exactly 27"));
        for digit in ['2', '7', '7'] {
            confirm.take(Key::char(digit));
            assert_eq!(said(&confirm), "");
        }
        assert_eq!(confirm.take(Key::ENTER), Answer::Open);
        assert!(said(&confirm).starts_with("“277” is not it: type exactly 27"));
        confirm.take("Backspace".parse().unwrap());
        assert_eq!(confirm.take(Key::ENTER), Answer::Yes(Action::Open));
    }
}
