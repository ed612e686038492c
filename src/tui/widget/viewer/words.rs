//! What the viewer says to people.

use std::path::Path;

use super::query::Query;
use super::save::Saved;
use super::walk::Unseen;
use super::watch::WatchError;
use crate::text;
use crate::tui::notices::Notice;
use crate::tui::theme::Tone;

/// What is shown was read before; the file cannot be looked at now.
pub(super) const UNREACHABLE: &str = "the file cannot be read now";
/// Why there is nothing to save, copy or page.
pub(super) const NOTHING_OPEN: &str = "no file is open";
/// Why `n` and `N` do nothing.
pub(super) const NO_QUERY: &str = "nothing was searched for yet; / does";

/// Why nothing is shown.
pub(super) fn trouble(path: &Path, trouble: &WatchError) -> String {
    let path = path.display();
    match trouble {
        WatchError::Missing => format!("{path} is not there yet; it will show up here when it is"),
        WatchError::Unreadable(why) => format!("Cannot read {path}: {why}"),
    }
}

/// The file began anew.
pub(super) fn begun_anew(path: &Path) -> Notice {
    let words = format!(
        "{} was replaced or emptied; this is the new one",
        path.display()
    );
    Notice::new(&words, Tone::Plain)
}

/// The file was replaced while somebody reads the old one.
pub(super) fn replaced_behind(path: &Path) -> Notice {
    let path = path.display();
    let words = format!("{path} was replaced; you still read the old one, G goes to the new one");
    Notice::new(&words, Tone::Warn)
}

/// The search found nothing.
pub(super) fn nowhere(query: &Query) -> Notice {
    let words = format!("“{}” is in no line", query.text());
    Notice::new(&words, Tone::Warn)
}

/// The search went on from the other end.
pub(super) fn around(forward: bool) -> Notice {
    let words = if forward {
        "searched to the end, went on from the begin"
    } else {
        "searched to the begin, went on from the end"
    };
    Notice::new(words, Tone::Plain)
}

/// Reading failed.
pub(super) fn unreadable(path: &Path, why: &str) -> Notice {
    Notice::new(&format!("cannot read {}: {why}", path.display()), Tone::Bad)
}

/// There is no such line.
pub(super) fn not_a_line(typed: &str) -> Notice {
    Notice::new(
        &format!("“{typed}” is not the number of a line"),
        Tone::Warn,
    )
}

/// What became of saving.
pub(super) fn saved(saved: &Saved) -> Notice {
    match saved {
        Saved::Whole(path, bytes) => {
            let bytes = text::plural(*bytes, "byte");
            Notice::new(&format!("saved {bytes} as {}", path.display()), Tone::Good)
        }
        Saved::Exists(path) => {
            let words = format!("{} is there already; nothing was saved", path.display());
            Notice::new(&words, Tone::Warn)
        }
        Saved::Failed(path, why) => {
            let words = format!(
                "cannot save as {}: {why}; nothing was left there",
                path.display()
            );
            Notice::new(&words, Tone::Bad)
        }
    }
}

/// `214 new lines ↓`; without a number while that is not known yet.
pub(super) fn new_lines(unseen: Unseen) -> Option<String> {
    match unseen {
        Unseen::Nothing => None,
        Unseen::Lines(count) => Some(format!(" {} ↓ ", text::plural(count, "new line"))),
        Unseen::Uncounted => Some(" new lines ↓ ".to_owned()),
    }
}
