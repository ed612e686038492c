//! One frame of a sync's stream, and what it means for the whole: how many kecamatan are through,
//! and what percentage is shown.
//!
//! JSON whose every key is optional; a key of an unexpected type counts as absent. What `message`
//! says is shown and never understood: it has emoji, or lost them, and is Indonesian. Which
//! kecamatan is in hand is found out before, in `places`.

use serde_json::Value;

use super::{COUNT, NEARLY, Progress, WHOLE, as_f64, whole};
use crate::dapodik::model::Finding;
use crate::engine::{Event, Verdict};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// For people; as it came.
    pub message: Option<String>,
    /// Of the whole sync, 0 to 100.
    pub progress: Option<f64>,
    /// Of the kecamatan in hand, 0 to 100.
    pub progress_kec: Option<f64>,
    pub current: Option<u64>,
    pub total: Option<u64>,
    /// Whether the backend says that it is done.
    pub done: bool,
    /// When it ended, as it came.
    pub last_sync: Option<String>,
    /// Why it failed, as it came; ends the run.
    pub error: Option<String>,
    /// How the run ended, of a server of ours.
    pub verdict: Option<Verdict>,
    /// What failed, as it came, of a server of ours; and how much more did.
    pub failed: Vec<Finding>,
    pub failed_more: u64,
}

impl Frame {
    /// Reads the data of an event; `None` when it is no JSON object.
    pub fn read(data: &str) -> Option<Self> {
        let Ok(Value::Object(keys)) = serde_json::from_str(data) else {
            return None;
        };
        let text = |key: &str| match keys.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let percent = |key: &str| number(keys.get(key)?).map(|value| value.clamp(0.0, 100.0));
        let count = |key: &str| {
            let value = keys.get(key)?;
            value
                .as_u64()
                .or_else(|| value.as_str()?.trim().parse().ok())
        };
        let error = match keys.get("error") {
            None | Some(Value::Null | Value::Bool(false)) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        Some(Self {
            message: text("message"),
            progress: percent("progress"),
            progress_kec: percent("progressKec"),
            current: count("current"),
            total: count("total"),
            done: keys.get("done") == Some(&Value::Bool(true)),
            last_sync: text("last_sync"),
            error,
            verdict: (keys.get("verdict").cloned())
                .and_then(|verdict| serde_json::from_value(verdict).ok()),
            failed: keys.get("failed").map(failed).unwrap_or_default(),
            failed_more: count("failed_more").unwrap_or(0),
        })
    }
}

/// The rows that name something; what else a row lacks is empty.
fn failed(rows: &Value) -> Vec<Finding> {
    let text = |row: &Value, key: &str| row.get(key)?.as_str().map(str::to_owned);
    let rows = rows.as_array().into_iter().flatten();
    rows.filter_map(|row| {
        let key = text(row, "key")?;
        Some(Finding {
            label: text(row, "label").unwrap_or_else(|| key.clone()),
            reason: text(row, "reason").unwrap_or_default(),
            kecamatan: text(row, "kecamatan"),
            key,
        })
    })
    .collect()
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().trim_end_matches('%').trim_end().parse().ok()?,
        other => other.as_f64()?,
    };
    number.is_finite().then_some(number)
}

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
        let done = match self.position() {
            Some(at) => self.count_mode.done_of(frame.progress, at, telling),
            None => frame.progress,
        };
        let done = done.map(whole).or_else(counted);
        done.unwrap_or(0).min(NEARLY).max(self.percent)
    }

    /// Where the sync is by the count, as far as anybody counts.
    fn position(&self) -> Option<Position> {
        let total = self.count.and_then(|(_, total)| total).or(self.asked)?;
        let seen = self.places.all().len() as u64;
        let number = self.current.or((seen > 0).then_some(seen))?;
        (total > 0).then(|| Position {
            number,
            total,
            here: self.here.unwrap_or(0),
        })
    }
}

/// What one kecamatan may be ahead by and still be rounded, or weighed by its schools.
const TOLERATED: f64 = 0.5;

/// Whether a backend counts a kecamatan before its work, and what is true of its percentage then.
///
/// ```text
///   said       6 %        12 %        18 %      by the deployed backend
///   work   ├── first ──┼── second ──┼── third …
///   true   0 … 6 %      6 … 12 %     12 … 18 %
/// ```
/// Judged by figures alone: where the percentage is half a kecamatan ahead of the count, the count
/// is believed from then on. An estimate from the other would be one kecamatan early.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CountMode {
    counts_before: bool,
}

/// Where in a sync a frame is.
#[derive(Clone, Copy, Debug)]
struct Position {
    number: u64,
    total: u64,
    here: u64,
}

impl CountMode {
    /// What is done, in percent, where `said` is claimed; `telling` where the frame says how much of
    /// the kecamatan in hand is done, so that one can compare.
    fn done_of(&mut self, said: Option<f64>, at: Position, telling: bool) -> Option<f64> {
        let done = at.done();
        let tolerated = TOLERATED * 100.0 / as_f64(at.total);
        self.counts_before |= telling && said.is_some_and(|said| said - done > tolerated);
        if self.counts_before {
            Some(said.map_or(done, |said| said.min(done)))
        } else {
            said
        }
    }
}

impl Position {
    /// By the count alone, in percent.
    fn done(self) -> f64 {
        let through = self.number.saturating_sub(1).min(self.total);
        (as_f64(through) * 100.0 + as_f64(self.here)) / as_f64(self.total.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_may_be_missing_or_strange() {
        let frame = Frame::read(r#"{"message":"x","current":"3","total":17,"progress":"5 %"}"#);
        let frame = frame.unwrap();
        assert_eq!((frame.current, frame.total), (Some(3), Some(17)));
        assert_eq!((frame.progress, frame.progress_kec), (Some(5.0), None));
        let frame = Frame::read(r#"{"progress":-3,"progressKec":1e9,"done":"yes","error":null}"#);
        let frame = frame.unwrap();
        assert_eq!(
            (frame.progress, frame.progress_kec),
            (Some(0.0), Some(100.0))
        );
        assert!(!frame.done && frame.error.is_none());
        assert_eq!(Frame::read("{}"), Some(Frame::default()));
        let failed = Frame::read(r#"{"error":{"code":7}}"#).unwrap();
        assert_eq!(failed.error.as_deref(), Some(r#"{"code":7}"#));
        for data in ["", "7", "[]", "{", "Memulai..."] {
            assert_eq!(Frame::read(data), None, "{data}");
        }
    }

    fn position(number: u64, total: u64, here: u64) -> Position {
        Position {
            number,
            total,
            here,
        }
    }

    /// What is shown when kecamatan after kecamatan is announced, with `said` as its percentage.
    fn announced(total: u64, said: impl Fn(u64) -> f64) -> Vec<f64> {
        let mut count_mode = CountMode::default();
        (1..=total)
            .filter_map(|number| {
                count_mode.done_of(Some(said(number)), position(number, total, 0), true)
            })
            .collect()
    }

    #[test]
    fn what_is_counted_before_its_work_is_taken_back() {
        for total in [2, 17, 78] {
            let early = |number: u64| (as_f64(number) * 100.0 / as_f64(total)).floor();
            for (number, shown) in (1..).zip(announced(total, early)) {
                assert!(
                    shown <= as_f64(number - 1) * 100.0 / as_f64(total),
                    "{number}/{total}"
                );
            }
        }
        let mut count_mode = CountMode::default();
        assert_eq!(
            count_mode.done_of(Some(50.0), position(1, 2, 10), true),
            Some(5.0)
        );
        assert_eq!(
            count_mode.done_of(Some(99.0), position(2, 2, 50), true),
            Some(75.0)
        );
        assert_eq!(
            count_mode.done_of(None, position(2, 2, 60), true),
            Some(80.0)
        );
    }

    #[test]
    fn what_is_honest_is_left_alone_however_it_is_rounded_or_weighed() {
        for total in [2, 17, 78] {
            let honest = |number: u64| (as_f64(number - 1) * 100.0 / as_f64(total)).round();
            for (number, shown) in (1..).zip(announced(total, honest)) {
                assert!((shown - honest(number)).abs() < 0.1, "{number}/{total}");
            }
        }
        // As documented: 10 of 45 schools of the first of two, which is the smaller one.
        let mut count_mode = CountMode::default();
        assert_eq!(
            count_mode.done_of(Some(25.0), position(1, 2, 22), true),
            Some(25.0)
        );
        // A frame that says nothing of its kecamatan cannot be compared.
        assert_eq!(
            count_mode.done_of(Some(49.0), position(1, 2, 0), false),
            Some(49.0)
        );
    }
}
