//! What a frame means for the whole: how many kecamatan are through, and what percentage is shown.
//!
//! From keys alone; which kecamatan is in hand is found out before, in `places`.

use super::count_mode::Count;
use super::{COUNT, NEARLY, Progress, WHOLE, whole};
use crate::dapodik::frame::Frame;
use crate::engine::Event;

impl Progress {
    /// How many kecamatan are through, where that is news.
    pub(super) fn counted(&mut self, frame: &Frame) -> Option<Event> {
        let (before, known) = self.count.unwrap_or_default();
        let total = frame.total.filter(|total| *total > 0);
        let total = total.or(known).or(self.asked);
        let through = match (frame.current, self.current) {
            (Some(current), _) => {
                self.current = Some(current);
                current.saturating_sub(1)
            }
            (None, None) if self.asked.is_some() => self.places.passed(),
            (None, _) => before,
        };
        let done = match total {
            Some(total) if frame.done => total,
            // The last one is through when the backend says that it is done: a full count is said
            // at once, and one that is full all the time would be said with every frame.
            Some(total) => through.max(before).min(total.saturating_sub(1)),
            None => through.max(before),
        };
        let counts = frame.current.or(self.asked).is_some() || self.count.is_some();
        let news = counts && self.count != Some((done, total));
        news.then(|| Event::Step {
            scope: COUNT.to_owned(),
            done,
            total,
        })
    }

    /// What is shown of the whole. `begins`: a kecamatan's turn begins with this frame.
    pub(super) fn overall(&mut self, frame: &Frame, begins: bool) -> u64 {
        if frame.done {
            return WHOLE;
        }
        let counted = || {
            let total = frame.total.filter(|total| *total > 0)?;
            Some(frame.current?.saturating_sub(1).saturating_mul(WHOLE) / total)
        };
        let telling = begins || frame.progress_kec.is_some();
        let done = match self.stand() {
            Some(stand) => self.count_mode.done_of(frame.progress, stand, telling),
            None => frame.progress,
        };
        let done = done.map(whole).or_else(counted);
        done.unwrap_or(0).min(NEARLY).max(self.percent)
    }

    /// Where the sync is by the count, as far as anybody counts.
    fn stand(&self) -> Option<Count> {
        let total = self.count.and_then(|(_, total)| total).or(self.asked)?;
        let seen = self.places.all().len() as u64;
        let number = self.current.or((seen > 0).then_some(seen))?;
        (total > 0).then(|| Count {
            number,
            total,
            here: self.here.unwrap_or(0),
        })
    }
}
