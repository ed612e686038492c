//! The classes of a location's plan, as rows of an e-mail and a note.

use crate::tui::theme::Tone;
use crate::tui::widget::classes::Class as Label;
use crate::users::plan::{Conflict, Drift, Row};
use crate::users::{LocationPlan, describe};

#[derive(Debug)]
pub struct Class<'a> {
    name: &'static str,
    tone: Tone,
    rows: Rows<'a>,
}

#[derive(Debug)]
enum Rows<'a> {
    Users(&'a [Row]),
    Conflicts(&'a [Conflict]),
    Drifts(&'a [Drift]),
}

impl Class<'_> {
    pub fn len(&self) -> usize {
        match self.rows {
            Rows::Users(rows) => rows.len(),
            Rows::Conflicts(rows) => rows.len(),
            Rows::Drifts(rows) => rows.len(),
        }
    }

    /// Row `index`: the e-mail, and what is to be said about it.
    pub fn row(&self, index: usize) -> (&str, String) {
        match self.rows {
            Rows::Users(rows) => {
                let row = &rows[index];
                (&row.email, row.id.clone().unwrap_or_default())
            }
            Rows::Conflicts(rows) => (&rows[index].email, rows[index].reason.clone()),
            Rows::Drifts(rows) => (&rows[index].email, describe::drift(&rows[index])),
        }
    }

    pub fn note_title(&self) -> &'static str {
        match self.rows {
            Rows::Users(_) => "Id",
            Rows::Conflicts(_) => "Why nothing is done",
            Rows::Drifts(_) => "What happened since",
        }
    }

    /// Its name and count, for the line of classes.
    pub fn label(&self) -> Label {
        Label {
            name: self.name.to_owned(),
            count: self.len() as u64,
            tone: self.tone,
        }
    }
}

/// The classes of `location`, those that are written first; rare ones only where they have rows.
pub fn of(location: &LocationPlan) -> Vec<Class<'_>> {
    let users = |name, tone, rows| Class {
        name,
        tone,
        rows: Rows::Users(rows),
    };
    let mut classes = vec![
        users("New", Tone::Good, &location.new),
        users("Reactivate", Tone::Good, &location.reactivate),
        users("Deactivate", Tone::Warn, &location.deactivate),
    ];
    if !location.remove.is_empty() {
        classes.push(users("Remove", Tone::Bad, &location.remove));
    }
    classes.push(users("Unchanged", Tone::Plain, &location.unchanged_rows));
    classes.push(Class {
        name: "Conflicts",
        tone: Tone::Bad,
        rows: Rows::Conflicts(&location.conflict),
    });
    if !location.protected.is_empty() {
        classes.push(users("Protected", Tone::Accent, &location.protected));
    }
    if !location.changed.is_empty() {
        classes.push(Class {
            name: "Left alone",
            tone: Tone::Warn,
            rows: Rows::Drifts(&location.changed),
        });
    }
    classes
}
