//! A run that says a thousand things a second: its folder and its journal, without a worker.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use selaras::clock::Clock;
use selaras::engine::Event;
use selaras::run::{Entry, Id, Launch, Manifest, Operator};

/// How many events are said at a time, and how often.
const BATCH: u64 = 10;
const EVERY: Duration = Duration::from_millis(10);

/// A run that lasts until it is dropped.
pub struct Flood {
    said: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    began: Instant,
    writer: Option<JoinHandle<()>>,
    _lock: File,
}

impl Flood {
    /// Begins one below this state folder.
    pub fn begin(state: &Path) -> Self {
        let id = Id::fresh();
        let folder = state.join("runs").join(id.to_string());
        fs::create_dir_all(&folder).unwrap();
        let lock = File::create(folder.join("lock")).unwrap();
        lock.try_lock().unwrap();
        let manifest = serde_json::to_string(&manifest(id)).unwrap();
        fs::write(folder.join("run.json"), manifest).unwrap();
        let (said, over) = (
            Arc::new(AtomicU64::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let journal = File::create(folder.join("events.jsonl")).unwrap();
        let (count, end) = (Arc::clone(&said), Arc::clone(&over));
        let writer = thread::spawn(move || write(journal, &count, &end));
        Self {
            said,
            over,
            began: Instant::now(),
            writer: Some(writer),
            _lock: lock,
        }
    }

    /// How many events were said so far.
    pub fn said(&self) -> u64 {
        self.said.load(Ordering::Relaxed)
    }

    /// How many that is a second.
    pub fn rate(&self) -> f64 {
        let said = u32::try_from(self.said()).unwrap();
        f64::from(said) / self.began.elapsed().as_secs_f64()
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.writer.take().unwrap().join().unwrap();
    }
}

/// Every tenth event moves a gauge, the others are lines.
fn write(mut journal: File, count: &AtomicU64, over: &AtomicBool) {
    let mut next = Instant::now();
    while !over.load(Ordering::Relaxed) {
        let mut lines = Vec::new();
        for _ in 0..BATCH {
            let seq = count.fetch_add(1, Ordering::Relaxed) + 1;
            let event = if seq.is_multiple_of(10) {
                Event::Step {
                    scope: "Dev".to_owned(),
                    done: seq,
                    total: Some(1_000_000),
                }
            } else {
                Event::Line {
                    source: "Dev".to_owned(),
                    text: format!("user {seq} is as the server says"),
                }
            };
            let at = Clock::System.now();
            serde_json::to_writer(&mut lines, &Entry { seq, at, event }).unwrap();
            lines.push(b'\n');
        }
        journal.write_all(&lines).unwrap();
        next += EVERY;
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

fn manifest(id: Id) -> Manifest {
    Manifest {
        version: 1,
        id,
        engine: "users".to_owned(),
        target: "Dev".to_owned(),
        request: serde_json::Value::Null,
        operator: Operator {
            user: "sari".to_owned(),
            host: "kantor".to_owned(),
            ssh_client: None,
        },
        created: Clock::System.now(),
        plan_id: id.uuid(),
        plan_hash: String::new(),
        resources: vec!["users-8".to_owned()],
        refused: std::collections::BTreeMap::new(),
        selaras: String::new(),
        launch: Launch::this(Vec::new(), "/".into()),
    }
}
