//! Keys and what they do, as data: dispatch, footer, help and palette all read the same rows.
//!
//! A place of the screen hands out its [`Binding`]s anew for every frame, so a label may name what
//! is selected and a binding that cannot be used now says why. This file knows no place.

mod key;

use crossterm::event::KeyCode;
use uuid::Uuid;

pub use key::Key;

/// A step within a list or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// Half a page up.
    HalfUp,
    /// Half a page down.
    HalfDown,
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Shows the tab of this index.
    Show(usize),
    /// Lists all keys.
    Help,
    /// Finds an action by its name.
    Palette,
    /// Shows the runs of this machine.
    Runs,
    /// Shows what this screen had to say so far.
    Log,
    /// Switches the mouse on or off.
    Mouse,
    /// Hands the terminal back to the shell for a while.
    Suspend,
    /// Draws everything again.
    Redraw,
    /// Leaves the screen.
    Quit,
    /// Moves within the focused pane.
    Move(Move),
    /// Focuses the next pane.
    NextPane,
    /// Focuses the pane before.
    PreviousPane,
    /// Filters or searches.
    Filter,
    /// Goes to the next hit.
    FindNext,
    /// Goes to the hit before.
    FindPrevious,
    /// Marks or unmarks a row.
    Mark,
    /// Opens what is selected, or goes on.
    Open,
    /// Goes one step back; never destructive.
    Back,
    /// Copies to the clipboard.
    Copy,
    /// Writes to a file.
    Export,
    /// A yes to the question about the plan of this id: exactly what was shown, or nothing.
    Confirmed(Uuid),
    /// Something only one place knows.
    Own(&'static str),
}

/// One row of the key table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The keys that do it; the first one is shown.
    pub keys: Vec<Key>,
    /// What they do.
    pub action: Action,
    /// Its name in the footer, such as `sync Dev`; empty: only help and palette list it.
    pub label: String,
    /// What it does, in a sentence.
    pub description: String,
    /// Why it cannot be done now, if it cannot.
    pub why_not: Option<String>,
}

impl Binding {
    /// A binding that works.
    pub fn new(
        keys: impl IntoIterator<Item = Key>,
        action: Action,
        label: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            action,
            label: label.into(),
            description: description.into(),
            why_not: None,
        }
    }

    /// The same binding, switched off for this reason where there is one.
    #[must_use]
    pub fn unless(mut self, why_not: Option<impl Into<String>>) -> Self {
        self.why_not = why_not.map(Into::into);
        self
    }

    /// All its keys: `j Down`.
    pub fn key_names(&self) -> String {
        let names: Vec<String> = self.keys.iter().map(Key::to_string).collect();
        names.join(" ")
    }
}

/// The binding of `key` among `bindings`.
pub fn find(bindings: &[Binding], key: Key) -> Option<&Binding> {
    bindings.iter().find(|binding| binding.keys.contains(&key))
}

/// How every list is walked.
pub fn moves() -> Vec<Binding> {
    let row = |keys: [Key; 2], step, description: &str| {
        Binding::new(keys, Action::Move(step), "", description)
    };
    vec![
        row([Key::char('k'), Key::UP], Move::Up, "Goes one row up."),
        row(
            [Key::char('j'), Key::DOWN],
            Move::Down,
            "Goes one row down.",
        ),
        row(
            [Key::char('g'), Key::code(KeyCode::Home)],
            Move::Top,
            "Goes to the first row.",
        ),
        row(
            [Key::char('G'), Key::code(KeyCode::End)],
            Move::Bottom,
            "Goes to the last row.",
        ),
        row(
            [Key::code(KeyCode::PageUp), Key::ctrl('b')],
            Move::PageUp,
            "Goes one page up.",
        ),
        row(
            [Key::code(KeyCode::PageDown), Key::ctrl('f')],
            Move::PageDown,
            "Goes one page down.",
        ),
        Binding::new(
            [Key::ctrl('u')],
            Action::Move(Move::HalfUp),
            "",
            "Goes half a page up.",
        ),
        Binding::new(
            [Key::ctrl('d')],
            Action::Move(Move::HalfDown),
            "",
            "Goes half a page down.",
        ),
    ]
}
