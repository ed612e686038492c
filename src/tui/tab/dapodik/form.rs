//! One PTK: two fields, NIK and NPSN, checked while they are typed.
//!
//! A wrong form is an error and keeps one here; an impossible birth date is a warning only, and
//! comes again in the preview.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Act, back};
use crate::dapodik::{Nik, Npsn, Scope};
use crate::error::{Error, Failure};
use crate::tui::keys::{Action, Binding, Key};
use crate::tui::tab::Hint;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::prompt::Prompt;

/// The row of the first field, and how far the second is below it.
const FIRST: u16 = 1;
const BELOW: u16 = 4;

#[derive(Debug, Default)]
pub struct Form {
    nik: Prompt,
    npsn: Prompt,
    /// The keys go to the second field.
    second: bool,
}

impl Form {
    fn nik(&self) -> Result<Nik, Error> {
        Nik::parse(self.nik.value())
    }

    fn npsn(&self) -> Result<Npsn, Error> {
        Npsn::parse(self.npsn.value())
    }

    /// Who would be synced; `None` while something typed is wrong.
    pub fn scope(&self) -> Option<Scope> {
        let (nik, npsn) = (self.nik().ok()?, self.npsn().ok()?);
        Some(Scope::Ptk { nik, npsn })
    }

    /// Why it cannot be gone on with.
    fn obstacle(&self) -> Option<String> {
        let error = self.nik().err().or_else(|| self.npsn().err())?;
        Some(Failure::from(&error).message)
    }

    pub fn keys(&self) -> Vec<Binding<Act>> {
        let go = "Shows what would be asked of the backend; nothing is started before.";
        let fields = [Key::TAB, Key::BACK_TAB, Key::UP, Key::DOWN];
        let other = "Goes to the other field.";
        vec![
            Binding::of(Action::Open, "continue", go).unless(self.obstacle()),
            Binding::new(fields, Action::NextPane, "other field", other),
            back("back", "Drops what was typed."),
        ]
    }

    pub fn switch(&mut self) {
        self.second = !self.second;
    }

    fn field(&mut self) -> &mut Prompt {
        if self.second {
            &mut self.npsn
        } else {
            &mut self.nik
        }
    }

    /// What the keys do: letters are always for typing.
    pub fn typing(&self) -> Vec<Hint> {
        let mut hints = vec![("Tab", "other field"), ("Esc", "back")];
        if self.obstacle().is_none() {
            hints.insert(0, ("Enter", "continue"));
        }
        hints
    }

    pub fn capture(&mut self, key: Key) -> bool {
        let leads = [
            Key::ENTER,
            Key::ESC,
            Key::TAB,
            Key::BACK_TAB,
            Key::UP,
            Key::DOWN,
        ];
        !leads.contains(&key) && self.field().take(key)
    }

    pub fn paste(&mut self, words: &str) {
        self.field().paste(words.trim());
    }

    /// Goes to the field that was clicked.
    pub fn point(&mut self, at: Position, pane: Rect) {
        self.second = at.y > pane.y + FIRST + BELOW;
    }

    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let inside = Pane::new("Sync one PTK", Focus::Here).draw(buffer, area, theme);
        let inside = paint::after(inside, 1);
        let nik = match (self.nik.value(), self.nik()) {
            ("", _) => (
                "16 digits: region (6), birth date DDMMYY (women: day + 40), serial (4)".to_owned(),
                Tone::Dim,
            ),
            (_, Err(error)) => wrong(&error),
            (_, Ok(nik)) => match nik.warning() {
                Some(warning) => (format!("! {warning}"), Tone::Warn),
                None => ("✓".to_owned(), Tone::Good),
            },
        };
        let npsn = match (self.npsn.value(), self.npsn()) {
            ("", _) => ("8 digits, or P or K and 7 digits".to_owned(), Tone::Dim),
            (_, Err(error)) => wrong(&error),
            (_, Ok(_)) => ("✓".to_owned(), Tone::Good),
        };
        let mut row = FIRST;
        let fields = [("NIK ", &self.nik, nik), ("NPSN", &self.npsn, npsn)];
        for (index, (name, prompt, (said, tone))) in fields.into_iter().enumerate() {
            let here = self.second == (index == 1);
            let line = paint::row(inside, row);
            if here {
                prompt.draw(buffer, line, &format!("▸ {name}  "), theme);
            } else {
                let words = format!("  {name}  {}", prompt.value());
                paint::text(buffer, line, 0, &words, theme.tone(Tone::Plain));
            }
            let room = paint::after(inside, 8);
            for (below, words) in (1..3).zip(paint::wrap(&said, room.width)) {
                paint::text(buffer, room, row + below, &words, theme.tone(tone));
            }
            row += BELOW;
        }
    }
}

fn wrong(error: &Error) -> (String, Tone) {
    (format!("✗ {}", Failure::from(error).message), Tone::Bad)
}
