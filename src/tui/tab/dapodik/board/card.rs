//! The card: what the backend says of its last global sync, and what was started and tells nothing.

use jiff::Timestamp;

use crate::dapodik::{Metadata, State};
use crate::text::{age, excerpt, local_time, scrub};
use crate::tui::tab::dapodik::{Backend, Dapodik, words};
use crate::tui::theme::Tone;
use crate::tui::widget::paint;

/// How many rows one fact may take: errors of a backend are long.
const ROWS: usize = 3;

/// The facts, broken into rows of `width` cells.
pub(super) fn wrapped(facts: &[(String, Tone)], width: u16) -> Vec<(String, Tone)> {
    let rows = facts.iter().flat_map(|(fact, tone)| {
        let rows = paint::wrap(&scrub(fact), width).into_iter().take(ROWS);
        rows.map(|row| (row, *tone))
    });
    rows.collect()
}

impl Dapodik {
    /// The lines of the card.
    pub(super) fn facts(&self, now: Timestamp) -> Vec<(String, Tone)> {
        let mut facts = match &self.backend {
            Backend::Unasked => vec![("not asked yet; m asks".to_owned(), Tone::Dim)],
            Backend::Asking => vec![("asking the backend…".to_owned(), Tone::Dim)],
            Backend::Said(metadata) => self.said(metadata, now),
            Backend::Silent(failure) => vec![
                (format!("✗ {}", words::NO_ANSWER), Tone::Bad),
                (failure.message.clone(), Tone::Bad),
            ],
        };
        let past = self.overview.as_ref().map(|seen| &seen.past);
        for (what, at) in past.into_iter().flat_map(|past| &past.background) {
            let line = format!("{what}: started {}", age(*at, now));
            facts.push((line, Tone::Dim));
        }
        facts
    }

    fn said(&self, metadata: &Metadata, now: Timestamp) -> Vec<(String, Tone)> {
        match &metadata.state {
            State::Never => vec![(words::NEVER.to_owned(), Tone::Dim)],
            State::Running => {
                let (since, mut asked) = self.running.unwrap_or((now, now));
                if self.controller.runs().going().next().is_some() {
                    // The run that goes on shows that it still is so.
                    asked = now;
                }
                let seen = asked.duration_since(since);
                let asked = now.duration_since(asked);
                vec![(words::seen_running(seen, asked), Tone::Warn)]
            }
            State::Done(at) => {
                // One of last year is no good news.
                let (sign, tone) = if metadata.is_fresh(now) {
                    ("✓", Tone::Good)
                } else {
                    ("!", Tone::Warn)
                };
                let line = format!("{sign} {} · {}", local_time(*at), age(*at, now));
                vec![(line, tone)]
            }
            State::Error(why) => vec![
                ("✗ ERROR".to_owned(), Tone::Bad),
                (excerpt(why, 200), Tone::Bad),
            ],
            State::Strange(text) => vec![(format!("? {text}"), Tone::Warn)],
        }
    }
}
