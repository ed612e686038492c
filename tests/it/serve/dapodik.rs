//! The Dapodik endpoints over real sockets: who is answered what, and streams of a run whose journal
//! is written here, line by line. Here is what the tests below share.

mod answers;
mod streams;
mod whole;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};
use selaras::dapodik::{Dapodik, KecamatanCode, RESOURCE, Request, Scope};
use selaras::engine::{Engine as _, Event, Summary};
use selaras::run::{self, Entry, Id, Launch, NewRun, Operator, Runs};
use selaras::sim::portal;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::wire::{Answer, Call};
use super::{KEY, SECRET};
use crate::script::Place;

/// A place whose Dapodik is synced from a portal at this address; there are secrets for both.
fn portal_place(url: &str) -> Place {
    let mut place = Place::empty("");
    for (name, value) in [
        ("SERVE_JWT_SECRET", SECRET),
        ("SERVE_API_KEY", KEY),
        ("DAPODIK_USERNAME", portal::USERNAME),
        ("DAPODIK_PASSWORD", portal::PASSWORD),
        ("DAPODIK_API_KEY", portal::API_KEY),
    ] {
        place.set(name, value);
    }
    listen_at(&place, url, "127.0.0.1:0");
    place
}

fn listen_at(place: &Place, portal: &str, address: &str) {
    place.configure(&format!(
        "[serve]\nlisten = \"{address}\"\n[dapodik]\nsource = \"portal\"\n\
         database = \"sqlite:dapodik.db\"\n[dapodik.portal]\nbase_url = \"{portal}\""
    ));
}

/// Nobody listens there.
const NO_PORTAL: &str = "http://127.0.0.1:1";

fn chosen(codes: &[&str]) -> Scope {
    let codes = codes.iter().map(|code| KecamatanCode::parse(code).unwrap());
    Scope::Kecamatan {
        codes: codes.collect(),
    }
}

/// What a run is started with here: its worker reads no plan.
#[derive(Serialize)]
struct NoPlan(Uuid);

impl Summary for NoPlan {
    fn id(&self) -> Uuid {
        self.0
    }

    fn is_empty(&self) -> bool {
        false
    }

    fn target(&self) -> String {
        "global sync".to_owned()
    }

    fn resources(&self) -> Vec<String> {
        vec![RESOURCE.to_owned()]
    }
}

/// A run that lives, and whose journal is written by a test.
struct Written {
    runs: Runs,
    id: Id,
    worker: PathBuf,
    seq: u64,
}

impl Written {
    /// Starts it; its first line is there.
    async fn start(place: &Place, scope: Scope) -> Self {
        let runs = Runs::at(place.path("state")).unwrap();
        place.write_script(
            "cd \"state/runs/$2\" || exit\n\
             printf '{\"seq\":1,\"at\":\"2026-11-08T07:03:22Z\",\"kind\":\"started\",\"pid\":%d}\\n' \
             $$ >> events.jsonl\necho $$ > pid\nexec sleep 1000",
        );
        let new = NewRun {
            engine: Dapodik::NAME,
            request: json!(Request::of(scope)),
            plan: &NoPlan(Uuid::now_v7()),
            operator: Operator::of(Some("sari@kantor"), |_| None),
            worker: Launch {
                exe: place.path("sync.sh"),
                args: Vec::new(),
                cwd: place.folder.path().to_owned(),
            },
        };
        let id = run::start(&runs, new).await.unwrap().id;
        Self {
            worker: runs.path(id).join("pid"),
            runs,
            id,
            seq: 1,
        }
    }

    fn say(&mut self, event: Event) {
        self.say_all([event]);
    }

    fn say_all(&mut self, events: impl IntoIterator<Item = Event>) {
        let mut lines = String::new();
        for event in events {
            self.seq += 1;
            let at = "2026-11-08T07:03:23Z".parse().unwrap();
            let entry = Entry {
                seq: self.seq,
                at,
                event,
            };
            lines += &(serde_json::to_string(&entry).unwrap() + "\n");
        }
        let journal = self.runs.path(self.id).join("events.jsonl");
        let mut journal = OpenOptions::new().append(true).open(journal).unwrap();
        journal.write_all(lines.as_bytes()).unwrap();
    }

    /// Two kecamatan of one school each, as far as they go without an end.
    fn work(&mut self) {
        for (at, (code, label)) in [
            ("34.04.07", "34.04.07 Depok (Sleman)"),
            ("34.04.01", "34.04.01 Gamping (Sleman)"),
        ]
        .into_iter()
        .enumerate()
        {
            self.say_all(kecamatan(code, label, at as u64));
        }
    }

    /// Ends it with this report.
    fn end(&self, ended: &Value) {
        let folder = self.runs.path(self.id);
        std::fs::write(folder.join("report.new"), ended.to_string()).unwrap();
        std::fs::rename(folder.join("report.new"), folder.join("report.json")).unwrap();
        self.kill();
    }

    /// Kills its worker.
    fn kill(&self) {
        let pid = std::fs::read_to_string(&self.worker).unwrap();
        let pid = pid.trim().parse().ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if self.runs.is_running(self.id).unwrap() {
            self.kill();
        }
    }
}

/// What is said of a kecamatan, the `at`th of two, from 0.
fn kecamatan(code: &str, label: &str, at: u64) -> Vec<Event> {
    let item = |key: String, state: &str, note: &str| Event::Item {
        key,
        state: state.to_owned(),
        note: note.to_owned(),
    };
    let step = |scope: &str, done, total| Event::Step {
        scope: scope.to_owned(),
        done,
        total: Some(total),
    };
    vec![
        step("kecamatan", at, 2),
        item(code.to_owned(), "running", label),
        step(code, 0, 1),
        item(format!("{code}/2040010{at}"), "stored", "SD 1: 12 PTK"),
        item(code.to_owned(), "done", label),
        step("all", (at + 1) * 50, 100),
    ]
}

/// A report of a sync of ours that is done, but for one school.
fn partial() -> Value {
    let school = json!({
        "key": "20400101", "label": "20400101 SD 1", "reason": "500 Internal Server Error",
        "kecamatan": "34.04.07",
    });
    json!({
        "version": 1, "verdict": "partial", "exit": 11, "sentence": "1 school left out.",
        "ended": "2026-11-08T07:04:00Z",
        "error": {"kind": "partial", "message": "1 school left out", "hint": null},
        "report": {
            "kecamatan": {"done": 2, "failed": []}, "skipped": [school], "verified": false,
            "duration_ms": 38_000, "scope": "global sync", "end": {"how": "done"},
            "last_sync": "2026-11-08T07:04:00.000Z", "unread": 0, "notes": [],
        },
    })
}

/// A frame and its id.
type Frame = (String, Value);

/// The frames of a stream, as far as they are whole; comments are passed over.
fn frames(text: &str) -> Vec<Frame> {
    let events = text.split("\n\n").filter(|event| event.contains("data: "));
    let frames = events.map(|event| {
        let id = event.lines().find_map(|line| line.strip_prefix("id: "));
        let data = event.lines().find_map(|line| line.strip_prefix("data: "));
        let frame = serde_json::from_str(data.unwrap()).unwrap();
        (id.expect("an id").to_owned(), frame)
    });
    frames.collect()
}

/// A whole stream.
fn stream_of(answer: &Answer) -> Vec<Frame> {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    assert_eq!(answer.header("x-accel-buffering"), Some("no"));
    frames(&answer.text())
}

impl super::Server {
    /// Asks with the key, for what follows event `id`.
    fn after(&self, what: &str, id: &str) -> Call {
        let call = self.call(what).header("x-api-key", KEY);
        call.header("last-event-id", id)
    }
}
