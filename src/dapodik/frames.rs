//! The frames that a server of ours sends: a sync's journal as an E-Alumni client reads it.
//!
//! ```text
//!   Entry of the journal ──▶ Frames::entry ──▶ {"message","progress","progressKec","current","total"}
//!   report of the run    ──▶ Frames::end   ──▶ {"done","last_sync","verdict","failed"} or {"error"}
//! ```
//! A pure state machine: read again from its start, a journal gives the same frames, so an id names
//! the same frame forever. Several kecamatan are in hand at once; what is told of "the" kecamatan
//! is the first one that is not through, so that no figure ever runs backwards.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::model::{End, Finding, Report, Scope};
use super::progress::Progress;
use super::sync::progress::{District, REFRESH, SECOND_ROUND, State, Work};
use crate::engine::{Event, Outcome as _, Verdict};
use crate::text::{excerpt, scrub};

/// How many that failed the last frame names; more are only counted. A client bounds the line that
/// it reads.
const NAMED: usize = 500;
/// How long their labels and reasons may be there, in characters.
const WORDS: usize = 300;

/// What the frames say of a run while it works.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    progress: Progress,
    work: Work,
    /// How many kecamatan were chosen; 0 for all.
    chosen: usize,
    last: Option<Value>,
}

impl Frames {
    pub fn of(scope: &Scope) -> Self {
        let chosen = match scope {
            Scope::Kecamatan { codes } => codes.len(),
            _ => 0,
        };
        Self {
            chosen,
            ..Self::default()
        }
    }

    /// Takes a line of the journal; the frame it becomes, if it is news.
    pub fn entry(&mut self, event: &Event, at: Timestamp) -> Option<Value> {
        self.progress.event(event, at);
        self.work.event(event, at);
        let message = self.message(event)?;
        let frame = self.frame(message);
        if self.last.as_ref() == Some(&frame) {
            return None;
        }
        self.last = Some(frame.clone());
        Some(frame)
    }

    fn message(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::Started { .. } if self.chosen > 0 => {
                format!("🚀 Memulai Sync Wilayah ({} kecamatan)...", self.chosen)
            }
            Event::Started { .. } => "🚀 Memulai Global Sync...".to_owned(),
            Event::Stage { stage } if stage == SECOND_ROUND => "🔁 Mengulang yang gagal...".into(),
            Event::Stage { stage } if stage == REFRESH => {
                "🔄 Refresh mv_dashboard_analitik...".into()
            }
            Event::Step { scope, .. } => {
                self.work.find(scope)?;
                self.in_hand()?
            }
            Event::Item { key, .. } if key.contains('/') => self.in_hand()?,
            Event::Item { key, .. } => {
                let District { label, state, .. } = self.work.find(key)?;
                let label = scrub(label);
                match state {
                    State::Running => format!("📦 Wilayah: {label}"),
                    State::Done => format!("✅ {label} selesai"),
                    State::Partial => format!("⚠️ {label} selesai sebagian"),
                    State::Failed => format!("❌ {label} gagal"),
                }
            }
            _ => return None,
        })
    }

    /// `Sync PTK 10/45 di 34.04.07 Depok (Sleman)...`.
    fn in_hand(&self) -> Option<String> {
        let district = self.work.in_hand()?;
        let through = district.schools.len();
        let total = district
            .total
            .map_or_else(String::new, |total| format!("/{total}"));
        Some(format!(
            "Sync PTK {through}{total} di {}...",
            scrub(&district.label)
        ))
    }

    fn frame(&self, message: String) -> Value {
        let mut frame = Map::new();
        frame.insert("message".into(), message.into());
        // 100 is said with `done`, and not before.
        frame.insert("progress".into(), self.progress.percent().min(99).into());
        let total = self.progress.count().and_then(|(_, total)| total);
        if let (Some(total), true) = (total, self.work.began().is_some()) {
            if let Some(district) = self.work.in_hand() {
                frame.insert("progressKec".into(), district.percent().into());
            }
            let current = (self.work.through() + 1).min(total);
            frame.insert("current".into(), current.into());
            frame.insert("total".into(), total.into());
        }
        frame.into()
    }

    /// The last frame of a run that has reported: a kecamatan that failed has its code as `key`, a
    /// school its NPSN, and `kecamatan` besides.
    pub fn end(report: &Report) -> Value {
        let verdict = report.verdict();
        let all = report.kecamatan.failed.iter().chain(&report.skipped);
        let mut frame =
            if let (End::Done, Verdict::Clean | Verdict::Partial) = (&report.end, verdict) {
                json!({"message": "🏁 SELESAI!", "progress": 100, "done": true})
            } else {
                let why = report.failure().map(|failure| failure.message);
                Self::error(&why.unwrap_or_default())
            };
        if let (true, Some(last_sync)) = (frame["done"] == true, &report.last_sync) {
            frame["last_sync"] = json!(last_sync);
        }
        frame["verdict"] = json!(verdict);
        frame["failed"] = all.clone().take(NAMED).map(named).collect();
        let more = all.count().saturating_sub(NAMED);
        if more > 0 {
            frame["failed_more"] = json!(more);
        }
        frame
    }

    /// The last frame of a run that has no report of its engine: it could not begin, or died.
    pub fn error(why: &str) -> Value {
        json!({"error": scrub(why), "verdict": Verdict::Failed, "failed": []})
    }
}

fn named(failed: &Finding) -> Value {
    let mut row = json!({
        "key": excerpt(&failed.key, WORDS),
        "label": excerpt(&failed.label, WORDS),
        "reason": excerpt(&failed.reason, WORDS),
    });
    if let Some(kecamatan) = &failed.kecamatan {
        row["kecamatan"] = json!(kecamatan);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dapodik::progress::{ALL, COUNT};
    use crate::dapodik::region::{Kecamatan, KecamatanCode};
    use crate::dapodik::sync::progress::{kecamatan, school, schools_through};

    fn depok(code: &str, name: &str) -> Kecamatan {
        Kecamatan {
            code: KecamatanCode::parse(code).unwrap(),
            name: name.into(),
            kabupaten: "Sleman".into(),
        }
    }

    fn step(scope: &str, done: u64, total: u64) -> Event {
        Event::Step {
            scope: scope.into(),
            done,
            total: Some(total),
        }
    }

    #[test]
    fn two_kecamatan_at_once_never_make_a_figure_run_backwards() {
        let (one, other) = (depok("34.04.07", "Depok"), depok("34.04.01", "Gamping"));
        let mut events = vec![
            Event::Started { pid: 7, born: None },
            step(COUNT, 0, 2),
            kecamatan(&one, State::Running),
            schools_through("34.04.07", 0, Some(2)),
            kecamatan(&other, State::Running),
            schools_through("34.04.01", 0, Some(1)),
            school("34.04.01", "20400201", true, "SD 1".into()),
            step(ALL, 33, 100),
            school("34.04.07", "20400101", true, "SD 1".into()),
            kecamatan(&other, State::Done),
            step(COUNT, 1, 2),
            step(ALL, 66, 100),
            school("34.04.07", "20400102", false, "SD 2".into()),
            kecamatan(&one, State::Partial),
            step(ALL, 100, 100),
        ];
        events.push(Event::Stage {
            stage: REFRESH.into(),
        });
        let mut frames = Frames::of(&Scope::Global);
        let at = Timestamp::UNIX_EPOCH;
        let said: Vec<Value> = (events.iter())
            .filter_map(|event| frames.entry(event, at))
            .collect();
        let mut before = (0, 0, 0);
        for frame in &said {
            let figure = |key: &str| frame[key].as_u64();
            let progress = figure("progress").unwrap();
            let current = figure("current").unwrap_or(before.1);
            let here = figure("progressKec").unwrap_or(0);
            assert!(progress >= before.0 && progress < 100, "{frame}");
            assert!(current >= before.1, "{frame}");
            assert!(
                current > before.1 || here >= before.2 || frame.get("progressKec").is_none(),
                "{frame}"
            );
            before = (progress, current, here);
        }
        assert_eq!(
            said.first().unwrap()["message"],
            "🚀 Memulai Global Sync..."
        );
        let texts = said
            .iter()
            .map(|frame| frame["message"].as_str().unwrap())
            .collect::<Vec<_>>();
        assert!(
            texts.contains(&"Sync PTK 1/2 di 34.04.07 Depok (Sleman)..."),
            "{texts:?}"
        );
        assert_eq!(
            said.last().unwrap()["message"],
            "🔄 Refresh mv_dashboard_analitik..."
        );
    }

    #[test]
    fn a_run_of_which_very_much_failed_ends_with_a_frame_that_a_client_can_read() {
        let failed = |number: usize| Finding {
            key: format!("{number:08}"),
            label: "x".repeat(5_000),
            reason: "y".repeat(5_000),
            kecamatan: Some("34.04.07".into()),
        };
        let mut report = Report::of("global sync".into(), End::Done);
        report.skipped = (0..5_000).map(failed).collect();
        report.verified = Some(false);
        let frame = Frames::end(&report);
        assert_eq!(
            (&frame["done"], &frame["verdict"]),
            (&json!(true), &json!("partial"))
        );
        assert_eq!(frame["failed"].as_array().unwrap().len(), NAMED);
        assert_eq!(frame["failed_more"], 4_500);
        assert!(frame.to_string().len() < 500_000);
    }
}
