//! Events on standard error: bars on a terminal, lines in a log, JSON lines with `--json`.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde_json::json;

use super::face::{self, Voice};
use super::words;
use crate::engine::Event;
use crate::run::Entry;

const KNOWN: &str = "{prefix:>12.12} {wide_bar} {pos}/{len}";
const OPEN: &str = "{prefix:>12.12} {spinner} {pos}";

/// Shows events until it is finished. Clones show the same.
#[derive(Clone)]
pub struct Progress(Arc<Inner>);

struct Inner {
    voice: Voice,
    /// `None` where nobody watches a terminal.
    screen: Option<MultiProgress>,
    state: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    seq: u64,
    bars: BTreeMap<String, ProgressBar>,
}

impl Progress {
    /// Nothing shown yet.
    pub fn new(voice: Voice) -> Self {
        let watched = voice == Voice::Plain && std::io::stderr().is_terminal();
        let screen = watched.then(MultiProgress::new);
        Self(Arc::new(Inner {
            voice,
            screen,
            state: Mutex::default(),
        }))
    }

    /// A sink for a job of this process.
    pub fn sink(&self) -> impl Fn(Event) + Send + Sync + 'static {
        let progress = self.clone();
        move |event| {
            let seq = {
                let mut state = progress
                    .0
                    .state
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                state.seq += 1;
                state.seq
            };
            progress.entry(&Entry {
                seq,
                at: Timestamp::now(),
                event,
            });
        }
    }

    /// Shows a line of a journal.
    pub fn entry(&self, entry: &Entry) {
        if self.0.voice == Voice::Json {
            face::say(&json!(entry).to_string());
            return;
        }
        match (&entry.event, &self.0.screen) {
            (Event::Step { scope, done, total }, Some(screen)) => {
                self.bar(screen, scope, *done, *total);
            }
            (event, Some(screen)) => {
                if let Some(line) = words::event(event) {
                    // A terminal that is gone is noticed by whoever owns it.
                    let _ = screen.println(line);
                }
            }
            (event, None) => {
                if let Some(line) = words::event(event) {
                    face::say(&line);
                }
            }
        }
    }

    fn bar(&self, screen: &MultiProgress, scope: &str, done: u64, total: Option<u64>) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = state.bars.entry(scope.to_owned()).or_insert_with(|| {
            let bar = screen.add(ProgressBar::no_length());
            bar.set_prefix(scope.to_owned());
            bar
        });
        let style = ProgressStyle::with_template(if total.is_some() { KNOWN } else { OPEN });
        if let Ok(style) = style
            && bar.length() != total
        {
            bar.set_style(style);
        }
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_position(done);
    }

    /// Takes the bars away: what they counted is said by the result.
    pub fn finish(&self) {
        let state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        for bar in state.bars.values() {
            bar.finish_and_clear();
        }
    }
}
