//! Events on standard error: bars on a terminal, lines in a log, JSON lines with `--json`.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use jiff::tz::TimeZone;

use super::out::{Out, OutputFormat};
use crate::clock::Clock;
use crate::dapodik::{Dapodik, Request, eta, progress as sync};
use crate::engine::{Engine as _, Event, is_countdown};
use crate::run::{Entry, Run};
use crate::text::{fit, scrub, seconds};

const KNOWN: &str = "{prefix:>12} {wide_bar} {pos}/{len}{msg}";
const OPEN: &str = "{prefix:>12} {spinner} {pos}";
const COUNTDOWN: &str = "{prefix:>12} {msg}";
/// How wide the name before a bar may be, in cells.
const NAME: usize = 12;

/// Whether lines begin with the time of their event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// It is now.
    Hidden,
    /// It may be yesterday.
    Shown,
}

/// Shows events. Clones share their bars.
#[derive(Clone)]
pub struct Progress(Arc<Inner>);

struct Inner {
    out: Out,
    times: Times,
    /// `None` where standard error is no terminal that can draw bars.
    screen: Option<MultiProgress>,
    state: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    seq: u64,
    bars: BTreeMap<String, ProgressBar>,
    /// For the estimate of a Dapodik sync.
    sync: sync::Progress,
}

impl Progress {
    pub fn new(out: &Out, times: Times) -> Self {
        let able = std::env::var("TERM").is_ok_and(|term| !term.is_empty() && term != "dumb");
        let watched =
            out.format() == OutputFormat::Plain && able && std::io::stderr().is_terminal();
        Self(Arc::new(Inner {
            out: out.clone(),
            times,
            screen: watched.then(MultiProgress::new),
            state: Mutex::default(),
        }))
    }

    pub fn out(&self) -> &Out {
        &self.0.out
    }

    /// Takes from a run what is known beforehand: how long the same sync took earlier.
    pub fn expect(&self, run: &Run) {
        if run.manifest.engine == Dapodik::NAME
            && let Ok(request) = serde_json::from_value::<Request>(run.manifest.request.clone())
        {
            self.state().sync = sync::Progress::default().after(request.took());
        }
    }

    /// A sink for a job of this process.
    pub fn sink(&self) -> impl Fn(Event) + Send + Sync + 'static {
        let progress = self.clone();
        move |event| {
            let seq = {
                let mut state = progress.state();
                state.seq += 1;
                state.seq
            };
            progress.entry(&Entry {
                seq,
                at: Clock::System.now(),
                event,
            });
        }
    }

    /// Shows a line of a journal.
    pub fn entry(&self, entry: &Entry) {
        let line = line(&entry.event);
        if let Some(line) = &line {
            tracing::debug!("{line}");
        }
        if self.0.out.format() == OutputFormat::Json {
            return self.0.out.entry(entry);
        }
        match (&entry.event, &self.0.screen) {
            (Event::Step { scope, done, total }, Some(screen)) if is_countdown(scope) => {
                self.countdown(screen, scope, total.unwrap_or(*done).saturating_sub(*done));
            }
            (Event::Step { scope, done, total }, Some(screen)) => {
                let estimate = self.estimate(entry, scope);
                self.bar(screen, (&scrub(scope), &estimate), *done, *total);
            }
            _ => {
                if let Some(line) = line {
                    let time = match self.0.times {
                        Times::Hidden => String::new(),
                        Times::Shown => {
                            let local = entry.at.to_zoned(TimeZone::system());
                            local.strftime("%H:%M:%S ").to_string()
                        }
                    };
                    self.say(&format!("{time}{line}"));
                }
            }
        }
    }

    /// Says a line above the bars.
    pub fn say(&self, line: &str) {
        match &self.0.screen {
            Some(screen) => screen.suspend(|| self.0.out.say(line)),
            None => self.0.out.say(line),
        }
    }

    /// `  ETA 19 min (15 to 24)`: when all of a Dapodik sync may be done; nothing for other counts.
    fn estimate(&self, entry: &Entry, scope: &str) -> String {
        let mut state = self.state();
        state.sync.event(&entry.event, entry.at);
        let left = state.sync.eta(Clock::System.now());
        match left {
            Some(left) if scope == sync::ALL && !state.sync.is_done() => {
                format!("  {}", eta(&left))
            }
            _ => String::new(),
        }
    }

    /// Seconds that pass are no progress: a number that falls, and no bar.
    fn countdown(&self, screen: &MultiProgress, scope: &str, left: u64) {
        let mut state = self.state();
        let bar = state.bars.entry(scope.to_owned()).or_insert_with(|| {
            let bar = screen.add(ProgressBar::no_length());
            bar.set_prefix(fit(&scrub(scope), NAME));
            if let Ok(style) = ProgressStyle::with_template(COUNTDOWN) {
                bar.set_style(style);
            }
            bar
        });
        bar.set_message(seconds(left));
    }

    fn bar(
        &self,
        screen: &MultiProgress,
        (scope, estimate): (&str, &str),
        done: u64,
        total: Option<u64>,
    ) {
        let mut state = self.state();
        let bar = state.bars.entry(scope.to_owned()).or_insert_with(|| {
            let bar = screen.add(ProgressBar::no_length());
            bar.set_prefix(fit(scope, NAME));
            bar
        });
        let style = ProgressStyle::with_template(if total.is_some() { KNOWN } else { OPEN });
        if let Ok(style) = style
            && (bar.length() != total || done == 0)
        {
            bar.set_style(if self.0.out.has_unicode() {
                style
            } else {
                style.progress_chars("#>.").tick_chars("|/-\\ ")
            });
        }
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_message(estimate.to_owned());
        bar.set_position(done);
    }

    /// Removes the bars: the result says what they counted.
    pub fn finish(&self) {
        for bar in self.state().bars.values() {
            bar.finish_and_clear();
        }
    }

    fn state(&self) -> MutexGuard<'_, Shown> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event as a line; `None` for those that only move a bar.
fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::Stage { stage } => format!("· {}", scrub(stage)),
        Event::Line { source, text } => format!("  {}: {}", scrub(source), scrub(text)),
        Event::Item { .. } if event.is_detail() => return None,
        Event::Item { key, state, note } => {
            format!("  {} {}: {}", scrub(key), scrub(state), scrub(note))
        }
        Event::Retry { .. } => return event.retry_line(),
        Event::Stopping => "! stopping".to_owned(),
        _ => return None,
    })
}
