//! What makes a proxy between here and the backend the likely cause of a cut, or of bursts.
//!
//! nginx as it is installed collects an answer before it passes it on, and gives up on one that is
//! silent for 60 s: the deployed backend is silent for longer over a single school.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::text::duration;

/// After how many seconds of silence proxies are known to give up: nginx 60, others what people set.
const LIMITS: [u64; 8] = [30, 50, 60, 90, 100, 120, 180, 300];
/// How late after its limit a proxy's cut is seen here.
const LATE: Duration = Duration::from_millis(1_500);
/// What came within so long came at once.
const AT_ONCE: SignedDuration = SignedDuration::from_millis(200);
/// So many kecamatan that begin at once were held back: each takes seconds.
const HELD: u32 = 2;
/// How often that must have been seen.
const OFTEN: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProxySign {
    /// It said so: which status, after how long.
    Status(u16, Duration),
    /// The connection was cut after a silence as long as a proxy's limit.
    Silence(Duration),
    Bursts,
}

impl ProxySign {
    /// Whether a cut after this silence is one.
    pub fn of_silence(silent: Duration) -> Option<Self> {
        let limits = LIMITS.into_iter().map(Duration::from_secs);
        let late = |limit: &Duration| silent.checked_sub(*limit);
        let mut hit = limits.filter(|limit| late(limit).is_some_and(|late| late <= LATE));
        hit.next().map(|_| Self::Silence(silent))
    }
}

impl fmt::Display for ProxySign {
    /// Why a proxy is the likely cause, and what cures it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self {
            Self::Status(status, after) => format!("{status} after {}", duration(*after)),
            Self::Silence(after) => format!("cut after {} of silence", duration(*after)),
            Self::Bursts => "frames are held back and come in bursts".to_owned(),
        };
        write!(
            formatter,
            "a proxy in front of the backend is the likely cause ({sign}): in nginx, its location \
             needs `proxy_buffering off;` `proxy_read_timeout 1h;` `proxy_http_version 1.1;`"
        )
    }
}

/// Whether frames are held back on the way and come in bursts.
#[derive(Debug)]
pub(super) struct BurstDetector {
    /// A silence of this length may end in one.
    gap: Duration,
    last: Option<Timestamp>,
    since: Option<Timestamp>,
    begun: u32,
    seen: u32,
}

impl BurstDetector {
    pub fn new(gap: Duration) -> Self {
        Self {
            gap,
            last: None,
            since: None,
            begun: 0,
            seen: 0,
        }
    }

    /// Takes a frame; `begins` the turn of a kecamatan. True when bursts are certain from now on.
    pub fn frame(&mut self, begins: bool, at: Timestamp) -> bool {
        let gap = SignedDuration::try_from(self.gap).unwrap_or(SignedDuration::MAX);
        let last = self.last.replace(at);
        if last.is_some_and(|last| at.duration_since(last) >= gap) {
            (self.since, self.begun) = (Some(at), 0);
        }
        let at_once = (self.since).is_some_and(|since| at.duration_since(since) <= AT_ONCE);
        if !begins || !at_once {
            return false;
        }
        self.begun += 1;
        if self.begun != HELD {
            return false;
        }
        self.seen += 1;
        self.seen == OFTEN
    }

    pub fn are_held(&self) -> bool {
        self.seen >= OFTEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_at_a_proxys_limit_is_told_from_one_at_any_time() {
        let cut = |millis| ProxySign::of_silence(Duration::from_millis(millis)).is_some();
        for millis in [30_000, 60_000, 60_900, 61_500, 120_004, 300_100] {
            assert!(cut(millis), "{millis}");
        }
        for millis in [0, 900, 29_999, 58_000, 62_000, 75_000, 400_000] {
            assert!(!cut(millis), "{millis}");
        }
    }

    /// Whether frames at these milliseconds, each with the turn of a kecamatan or not, are bursts.
    fn are_bursts(frames: &[(i64, bool)]) -> bool {
        let mut bursts = BurstDetector::new(Duration::from_secs(2));
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        let told = frames
            .iter()
            .filter(|(millis, begins)| bursts.frame(*begins, at(*millis)));
        let told = told.count();
        assert_eq!(told, usize::from(bursts.are_held()), "said once");
        bursts.are_held()
    }

    #[test]
    fn kecamatan_that_begin_at_once_after_a_silence_were_held_back() {
        let burst = |second: i64| {
            let at = second * 1_000;
            [
                (at, true),
                (at + 20, false),
                (at + 40, true),
                (at + 60, true),
            ]
        };
        assert!(are_bursts(&[[(0, true); 4], burst(20), burst(40)].concat()));
        assert!(!are_bursts(&[[(0, true); 4], burst(20)].concat()));
        // One at a time, schools ten at once: as the backend itself sends them.
        let mut even = Vec::new();
        for second in (0..100).step_by(9) {
            even.push((second * 1_000, true));
            even.extend((1..10).map(|school| (second * 1_000 + 3_000 + school, false)));
        }
        assert!(!are_bursts(&even));
        // A simulated backend without any pause.
        let fast: Vec<_> = (0..100).map(|frame| (frame, true)).collect();
        assert!(!are_bursts(&fast));
    }
}
