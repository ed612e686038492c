//! Messages to the user: on the screen for a moment, in the log for good.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::theme::Tone;
use super::widget::lines::Backlog;
use crate::error::Error;
use crate::text::{self, with_hint};

/// How long a message stays on the screen; longer ones stay longer.
const SHORTEST: Duration = Duration::from_secs(4);
const FOR_EACH_LETTER: Duration = Duration::from_millis(50);
const MOST_SHOWN: usize = 3;
const MOST_KEPT: usize = 2_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub words: String,
    pub tone: Tone,
}

impl Notice {
    pub fn new(words: &str, tone: Tone) -> Self {
        Self {
            words: text::scrub(words),
            tone,
        }
    }
}

impl From<&Error> for Notice {
    fn from(error: &Error) -> Self {
        Self::new(&with_hint(&error.chain(), error.advice()), Tone::Bad)
    }
}

#[derive(Debug)]
pub struct Notices {
    /// Each with the moment it goes; `None` until a frame has shown it.
    shown: Vec<(Notice, Option<Instant>)>,
    log: Backlog,
}

impl Default for Notices {
    fn default() -> Self {
        Self {
            shown: Vec::new(),
            log: Backlog::new(MOST_KEPT),
        }
    }
}

impl Notices {
    /// Returns how many lines the log had to drop.
    pub fn say(&mut self, notice: Notice, at: Timestamp) -> usize {
        let sign = match notice.tone {
            Tone::Bad => "✗ ",
            Tone::Warn => "! ",
            Tone::Good => "✓ ",
            _ => "",
        };
        let line = format!("{} {sign}{}", text::local_time(at), notice.words);
        let tone = notice.tone;
        self.shown.retain(|(known, _)| *known != notice);
        self.shown.push((notice, None));
        let surplus = self.shown.len().saturating_sub(MOST_SHOWN);
        self.shown.drain(..surplus);
        self.log.push(&line, tone)
    }

    /// What is on the screen, newest last.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.shown.iter().map(|(notice, _)| notice)
    }

    /// Notes that a frame with them was flushed: their time begins with the first. It does not
    /// begin when they are said, because a busy machine may draw that late.
    pub fn flushed(&mut self, now: Instant) {
        for (notice, until) in &mut self.shown {
            let letters = u32::try_from(notice.words.chars().count()).unwrap_or(u32::MAX);
            let long = SHORTEST + FOR_EACH_LETTER.saturating_mul(letters);
            until.get_or_insert(now + long);
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.shown.iter().filter_map(|(_, until)| *until).min()
    }

    /// Removes expired ones from the screen; says whether there were any.
    pub fn expire(&mut self, now: Instant) -> bool {
        let before = self.shown.len();
        self.shown
            .retain(|(_, until)| until.is_none_or(|until| until > now));
        self.shown.len() != before
    }

    pub fn log(&self) -> &Backlog {
        &self.log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_its_time_from_the_frame_that_shows_it_first() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut notices = Notices::default();
        notices.say(Notice::new("done", Tone::Good), Timestamp::UNIX_EPOCH);
        // However late it is drawn, it is drawn.
        assert!(!notices.expire(at(3_600)));
        assert_eq!((notices.shown().count(), notices.deadline()), (1, None));
        notices.flushed(at(3_600));
        notices.flushed(at(3_602));
        assert!(!notices.expire(at(3_604)));
        assert!(notices.expire(at(3_605)));
        assert_eq!((notices.shown().count(), notices.deadline()), (0, None));
    }
}
