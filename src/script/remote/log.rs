//! What the log of a service says: its new lines, whether an answer says more, how a run probably
//! ended, and whether the lock there was probably left behind.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// How many lines a service shows.
pub const LINES: usize = 100;

/// Finds the new lines of a log of which only the last `LINES` are ever shown.
///
/// ```text
///   seen before   a b c d e
///   seen now          c d e f g     the overlap is c d e; new are f and g
/// ```
#[derive(Debug, Default)]
pub struct Window {
    seen: Vec<String>,
}

/// What is new in a log.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fresh {
    pub lines: Vec<String>,
    /// Whether lines may have been missed between the last look and these.
    pub gap: bool,
}

impl Window {
    /// Marks in the output that lines may be missing.
    pub const GAP: &str = "… lines may be missing …";

    /// The lines as they were seen last.
    pub fn lines(&self) -> &[String] {
        &self.seen
    }

    /// Looks at the log as it is now. Of lines that repeat, as few as possible are new.
    pub fn advance(&mut self, text: &str) -> Fresh {
        let now: Vec<String> = text.lines().map(str::to_owned).collect();
        let shift = (0..self.seen.len()).find(|&shift| continues(&self.seen[shift..], &now));
        let fresh = match shift {
            Some(shift) => {
                let known = self.seen.len() - shift;
                // A last line that was being written is new as a whole.
                let half = known > 0 && self.seen.last() != now.get(known - 1);
                Fresh {
                    lines: now[known - usize::from(half)..].to_vec(),
                    gap: false,
                }
            }
            None => Fresh {
                lines: now.clone(),
                // A shorter log is a whole one, begun anew.
                gap: !self.seen.is_empty() && now.len() >= LINES,
            },
        };
        self.seen = now;
        fresh
    }
}

/// Whether `now` begins with `seen`, the last line of which may have grown since.
fn continues(seen: &[String], now: &[String]) -> bool {
    let Some((last, before)) = seen.split_last() else {
        return true;
    };
    now.len() >= seen.len()
        && now[..before.len()] == *before
        && (now[before.len()] == *last
            || !last.is_empty() && now[before.len()].starts_with(last.as_str()))
}

/// How many lines are remembered.
const REMEMBERED: usize = 500_000;

/// Lines that came with the log, known by their text without colours and the blanks around it.
#[derive(Debug, Default)]
pub struct Seen(HashSet<u64>);

impl Seen {
    pub fn add(&mut self, line: &str) {
        if self.0.len() < REMEMBERED {
            self.0.insert(fingerprint(line));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every line of `text` that is not blank was seen.
    pub fn has_all(&self, text: &str) -> bool {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.all(|line| self.0.contains(&fingerprint(line)))
    }
}

fn fingerprint(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut rest = line.trim();
    let mut text = String::new();
    while let Some(start) = rest.find("\u{1b}[") {
        text.push_str(&rest[..start]);
        let after = &rest[start + 2..];
        let end = after.find(|character: char| character.is_ascii_alphabetic());
        rest = end.map_or("", |end| &after[end + 1..]);
    }
    text.push_str(rest);
    text.trim().hash(&mut hasher);
    hasher.finish()
}

/// Words of success. They count only for a run that was attached to and followed to its end; a line
/// is no verdict about a run that was started here.
const GOOD: [&str; 8] = [
    "success",
    "successful",
    "successfully",
    "succeeded",
    "completed",
    "berhasil",
    "sukses",
    "selesai",
];
/// What such words must not stand beside; beginnings of words.
const BAD: [&str; 12] = [
    "error",
    "fail",
    "gagal",
    "abort",
    "batal",
    "kesalahan",
    "not",
    "no",
    "tidak",
    "belum",
    "without",
    "tanpa",
];

/// The last line that is not blank.
pub fn last_line(lines: &[String]) -> Option<&str> {
    let mut lines = lines.iter().rev().map(|line| line.trim());
    lines.find(|line| !line.is_empty())
}

/// Whether a line tells of success and of nothing else.
pub fn tells_of_success(line: &str) -> bool {
    let line = line.to_lowercase();
    let words = || line.split(|letter: char| !letter.is_alphabetic());
    let bad = |word: &str| {
        BAD.iter().any(|bad| match bad.len() {
            // The short ones begin too many other words.
            0..=3 => word == *bad,
            _ => word.starts_with(bad),
        })
    };
    words().any(|word| GOOD.contains(&word)) && !words().any(bad)
}

/// For how long a log may not change. Its lock is then only "probably" stale: a long import may be
/// silent, and the clock there may be another.
const LONG: Duration = Duration::from_hours(1);

/// Since when a log has not changed, where that is long. Its lines begin with `[2026-11-08 14:03:22]`
/// in the time of the service, which is taken to be `zone`.
pub fn stale_since(log: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let written = log.lines().rev().find_map(stamp)?;
    let since = written.to_zoned(zone.clone()).ok()?.timestamp();
    let length = SignedDuration::try_from(LONG).ok()?;
    (now.duration_since(since) >= length).then_some(since)
}

fn stamp(line: &str) -> Option<DateTime> {
    let (stamp, _) = line.trim_start().strip_prefix('[')?.split_once(']')?;
    stamp.parse().ok()
}

/// Watches whether a log changes while the service says that the script runs.
#[derive(Debug)]
pub struct Standstill {
    since: Instant,
    told: bool,
}

impl Standstill {
    pub fn new(now: Instant) -> Self {
        let told = false;
        Self { since: now, told }
    }

    /// Takes a look at the log; returns once for how long it has not changed, when that is long.
    pub fn look(&mut self, moved: bool, now: Instant) -> Option<Duration> {
        if moved {
            *self = Self::new(now);
            return None;
        }
        let passed = now.duration_since(self.since);
        let says = !self.told && passed >= LONG;
        self.told |= says;
        says.then_some(passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fresh(before: &str, now: &str) -> (String, bool) {
        let mut window = Window::default();
        window.advance(before);
        let fresh = window.advance(now);
        (fresh.lines.join(" "), fresh.gap)
    }

    #[test]
    fn only_what_follows_the_overlap_is_new() {
        let table = [
            ("a\nb\nc", "a\nb\nc", "", false),
            ("a\nb\nc", "b\nc\nd\ne", "d e", false),
            ("", "a\nb", "a b", false),
            ("a\nb", "", "", false),
            ("a\nha", "a\nhalf\nb", "half b", false),
            ("a\nb", "x\ny", "x y", false),
        ];
        for (before, now, lines, gap) in table {
            assert_eq!(
                fresh(before, now),
                (lines.to_owned(), gap),
                "{before:?} {now:?}"
            );
        }
    }

    #[test]
    fn a_full_window_without_overlap_may_hide_lines() {
        let lines = |from: usize| {
            let lines: Vec<_> = (from..from + LINES).map(|line| line.to_string()).collect();
            lines.join("\n")
        };
        assert!(fresh(&lines(0), &lines(1_000)).1);
        assert_eq!(fresh(&lines(0), &lines(2)), ("100 101".to_owned(), false));
    }

    #[test]
    fn colours_and_blanks_make_no_other_line() {
        let mut seen = Seen::default();
        seen.add("[14:03] Dumping");
        assert!(seen.has_all("\u{1b}[1;32m[14:03] Dumping\u{1b}[0m  \n\n"));
        assert!(!seen.has_all("[14:03] Dumping\nERROR"));
    }

    #[test]
    fn only_a_plain_word_of_success_is_one() {
        let table = [
            ("[2026-11-08 14:03:28] Sync completed successfully", true),
            (
                "[2026-11-08 14:03:28] Sinkronisasi database berhasil.",
                true,
            ),
            ("Selesai: 42 tabel", true),
            ("ERROR: Sync is already running", false),
            ("completed with 3 errors", false),
            ("not successful", false),
            ("unsuccessful", false),
            ("Sinkronisasi tidak berhasil", false),
            ("Importing into app_copy...", false),
            ("", false),
        ];
        for (line, good) in table {
            assert_eq!(tells_of_success(line), good, "{line}");
        }
    }

    #[test]
    fn a_log_without_change_for_an_hour_probably_belongs_to_no_run() {
        let now: Timestamp = "2026-11-08T09:00:00Z".parse().unwrap();
        let jakarta = TimeZone::fixed(jiff::tz::offset(7));
        let table = [
            ("[2026-11-08 15:58:00] Importing", None),
            (
                "[2026-11-08 03:14:00] Importing\n  42 rows\n",
                Some("2026-11-07T20:14:00Z"),
            ),
            ("[2026-11-08 03:14:00] a\n[2026-11-08 15:58:00] b", None),
            ("[2026-11-08 17:00:00] a clock that is ahead", None),
            ("no time at all", None),
            ("", None),
        ];
        for (log, since) in table {
            let since = since.map(|at| at.parse().unwrap());
            assert_eq!(stale_since(log, now, &jakarta), since, "{log}");
        }
    }

    #[test]
    fn a_standstill_is_reported_once_and_forgotten_when_the_log_changes() {
        let began = Instant::now();
        let at = |minutes: u64| began + Duration::from_mins(minutes);
        let mut still = Standstill::new(began);
        assert_eq!(still.look(false, at(59)), None);
        assert_eq!(still.look(false, at(61)), Some(Duration::from_mins(61)));
        assert_eq!(still.look(false, at(62)), None);
        assert_eq!(still.look(true, at(70)), None);
        assert_eq!(still.look(false, at(131)), Some(Duration::from_mins(61)));
    }

    proptest! {
        #[test]
        fn distinct_lines_are_seen_once_and_in_order(steps in prop::collection::vec(0..90_usize, 1..12)) {
            let mut window = Window::default();
            let (mut written, mut seen) = (0, Vec::new());
            for step in steps {
                written += step;
                let first = written.saturating_sub(LINES);
                let text: Vec<_> = (first..written).map(|line| format!("line {line}.")).collect();
                seen.extend(window.advance(&text.join("\n")).lines);
            }
            let all: Vec<_> = (0..written).map(|line| format!("line {line}.")).collect();
            prop_assert_eq!(seen, all);
        }
    }
}
