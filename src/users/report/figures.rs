//! The counts of a report, and the sentence they make.

use uuid::Uuid;

use crate::text::plural;
use crate::users::model::LocationReport;
use crate::users::words;

/// What was done, all locations together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    inserted: u64,
    reactivated: u64,
    deactivated: u64,
    removed: u64,
    unchanged: u64,
    conflicts: u64,
}

impl Figures {
    /// These counts and those of one more location.
    pub(super) fn and(self, location: &LocationReport) -> Self {
        Self {
            inserted: self.inserted + location.inserted,
            reactivated: self.reactivated + location.reactivated,
            deactivated: self.deactivated + location.deactivated,
            removed: self.removed + location.removed,
            unchanged: self.unchanged + location.unchanged,
            conflicts: self.conflicts + location.conflicts,
        }
    }

    fn text(self, undoes: Option<Uuid>) -> String {
        let figures = match undoes {
            Some(_) => words::undo_figures(
                self.deactivated,
                self.reactivated,
                self.removed,
                self.unchanged,
            ),
            None => words::figures(
                self.inserted,
                self.reactivated,
                self.deactivated,
                self.unchanged,
            ),
        };
        // The documented sentence stays as it is where nobody is left out.
        match self.conflicts {
            0 => figures,
            1 => format!("{figures} 1 conflict left as it was."),
            more => format!("{figures} {} left as they were.", plural(more, "conflict")),
        }
    }

    /// The sentence of a report without failures.
    pub(super) fn done(self, undoes: Option<Uuid>) -> String {
        match undoes {
            Some(_) => words::undone(&self.text(undoes)),
            None => words::done(&self.text(undoes)),
        }
    }

    /// The sentence of a report with some.
    pub(super) fn partly(self, undoes: Option<Uuid>, done: usize, of: usize) -> String {
        match undoes {
            Some(_) => words::undone_partly(&self.text(undoes), done, of),
            None => words::partly(&self.text(undoes), done, of),
        }
    }
}
