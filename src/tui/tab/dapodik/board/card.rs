//! The card: what the backend says of its last global sync, and what was started and tells nothing.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use crate::dapodik::{Metadata, State};
use crate::text::{age, duration, excerpt, local_time, scrub};
use crate::tui::tab::dapodik::{BackendState, Dapodik};
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
    pub(super) fn facts(&self, now: Timestamp) -> Vec<(String, Tone)> {
        let mut facts = match &self.backend {
            BackendState::Unasked => vec![("not asked yet; m asks".to_owned(), Tone::Dim)],
            BackendState::Asking => vec![("asking the backend…".to_owned(), Tone::Dim)],
            BackendState::Said(metadata) => self.said(metadata, now),
            BackendState::Silent(failure) => vec![
                ("✗ no answer".to_owned(), Tone::Bad),
                (failure.message.clone(), Tone::Bad),
            ],
        };
        let history = self.overview.as_ref().map(|seen| &seen.history);
        for (what, at) in history.into_iter().flat_map(|history| &history.background) {
            let line = format!("{what}: started {}", age(*at, now));
            facts.push((line, Tone::Dim));
        }
        facts
    }

    fn said(&self, metadata: &Metadata, now: Timestamp) -> Vec<(String, Tone)> {
        match &metadata.state {
            State::Never => vec![(metadata.sentence(now), Tone::Dim)],
            State::Running => {
                let (since, mut asked) = self.running.unwrap_or((now, now));
                if self.controller.runs().going().next().is_some() {
                    // A run of this machine shows that it is still true.
                    asked = now;
                }
                let seen = asked.duration_since(since);
                let asked = now.duration_since(asked);
                vec![(seen_running(seen, asked), Tone::Warn)]
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
            State::Strange(_) => vec![(format!("? {}", metadata.sentence(now)), Tone::Warn)],
        }
    }
}

/// `! RUNNING, seen so for 03:20`, and when that was asked, unless it was just now.
fn seen_running(length: SignedDuration, asked: SignedDuration) -> String {
    let mut seen = "! RUNNING".to_owned();
    if length >= SignedDuration::from_secs(1) {
        let _ = write!(seen, ", seen so for {}", duration(length));
    }
    if asked >= SignedDuration::from_mins(1) {
        let _ = write!(seen, "; asked {} ago, m asks again", duration(asked));
    }
    seen
}
