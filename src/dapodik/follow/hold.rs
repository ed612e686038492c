//! One connection, held from the request to its end: frames, silence, a wish to stop.
//!
//! A backend may send a thousand messages a second: at most ten are said, the last one always.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::proxy::ProxySign;
use super::{Follow, Told, run_of};
use crate::dapodik::US;
use crate::dapodik::backend::{RunState, SETTING, STREAM};
use crate::dapodik::describe::{STOP_ASKED, STOPPED_THERE, backend_failed};
use crate::dapodik::metadata::ChangeDetector;
use crate::dapodik::model::{End, Finding};
use crate::dapodik::progress::{BACKEND, Frame};
use crate::dapodik::sse::Parser;
use crate::engine::{Event, Job, Verdict};
use crate::error::{Error, Kind, Result};
use crate::http::{RequestError, Stream};
use crate::text::{count, duration};

/// What it means to close the stream of a sync.
pub(super) const LEFT: &str = "stopped following: the backend continues to the end of the kecamatan \
                               in hand, then ends, and does not refresh its view";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ConnectionState {
    Opening,
    Open,
}

pub(super) enum Closed {
    End(End),
    Broken(Disconnect),
}

pub(super) struct Disconnect {
    pub why: String,
    pub sign: Option<ProxySign>,
}

/// How often a message is passed on.
const EVERY: Duration = Duration::from_millis(100);

enum Wake {
    Stop,
    Insist,
    /// A piece of the stream, its end, or its breaking.
    Piece(std::result::Result<Option<Vec<u8>>, RequestError>),
    /// Nothing, for so long that something is to be done.
    Nothing,
}

/// Answers of a proxy that gave up waiting, or lost the backend: the request was passed on, so the
/// sync may have begun. 524 is Cloudflare's.
const PROXY: [u16; 3] = [502, 504, 524];

impl Follow<'_> {
    /// One connection, from the request to its end.
    pub(super) async fn hold(&mut self, path: &str, after: Option<&str>) -> Result<Closed> {
        let backend = self.backend;
        let opening = backend.open(path, after);
        tokio::pin!(opening);
        let stream = loop {
            tokio::select! {
                biased;
                () = self.job.cancelled() => {
                    return Ok(Closed::End(self.leave()));
                }
                opened = &mut opening => break opened,
                () = self.throttle.due() => self.hear_nothing(ConnectionState::Opening).await?,
            }
        };
        let stream = match stream {
            Ok(stream) => stream,
            Err(unopened) if unopened.sent || after.is_some() => {
                return Ok(self.broke(unopened.trouble.to_string()));
            }
            Err(unopened) => {
                let why = format!("{STREAM}: {}", unopened.trouble);
                return Err(Error::remote(why).hint(unopened.trouble.hint(SETTING)));
            }
        };
        let status = stream.status().as_u16();
        if PROXY.contains(&status) && after.is_none() {
            let why = self.backend.no_stream(stream).await.chain();
            let sign = Some(ProxySign::Status(status, self.throttle.silent()));
            return Ok(Closed::Broken(Disconnect { why, sign }));
        }
        if let (204, Some(id)) = (status, after) {
            return Ok(self.ended(id).await);
        }
        if status == 409 && after.is_none() {
            // Nothing was begun: another sync runs there.
            return Err(self.backend.no_stream(stream).await);
        }
        if stream.status() != 200 || stream.media_type() != "text/event-stream" {
            let error = self.backend.no_stream(stream).await;
            return Ok(match after {
                // The server does not know the run any more: metadata may.
                Some(_) => self.broke(error.chain()),
                None => Closed::End(End::Failed(error.into())),
            });
        }
        // Without the id of a finished event nothing of an unfinished one is kept.
        let resuming = Parser::resuming(self.parser.last_id());
        self.unread += std::mem::replace(&mut self.parser, resuming).dropped();
        self.listen(stream).await
    }

    async fn listen(&mut self, mut stream: Stream) -> Result<Closed> {
        loop {
            let wake = tokio::select! {
                biased;
                () = self.job.cancelled(), if !self.stopping => Wake::Stop,
                () = self.job.insisted(), if self.stopping => Wake::Insist,
                piece = stream.next() => Wake::Piece(piece),
                () = self.throttle.due() => Wake::Nothing,
            };
            match wake {
                Wake::Stop => {
                    if !self.ask_to_stop().await {
                        return Ok(Closed::End(self.leave()));
                    }
                }
                Wake::Insist => return Ok(Closed::End(self.leave())),
                Wake::Nothing => self.hear_nothing(ConnectionState::Open).await?,
                Wake::Piece(Ok(Some(piece))) => {
                    self.throttle.heard();
                    for event in self.parser.feed(&piece) {
                        if let Some(end) = self.take(&event.data) {
                            return Ok(Closed::End(end));
                        }
                    }
                }
                Wake::Piece(Ok(None)) => {
                    return Ok(self.broke("it ended without a result".to_owned()));
                }
                Wake::Piece(Err(trouble)) => return Ok(self.broke(trouble.to_string())),
            }
        }
    }

    /// How the connection broke, and whether it looks like the work of a proxy.
    fn broke(&self, why: String) -> Closed {
        let sign = if self.bursts.are_held() {
            Some(ProxySign::Bursts)
        } else {
            ProxySign::of_silence(self.throttle.silent())
        };
        Closed::Broken(Disconnect { why, sign })
    }

    /// Takes a frame; the end that it means, if it means one.
    fn take(&mut self, data: &str) -> Option<End> {
        let Some(frame) = Frame::read(data) else {
            self.unread += 1;
            return None;
        };
        if let Some(seen) = self.seen.take() {
            // Our sync continues: a change of metadata counts from what it said in the silence.
            self.watch = ChangeDetector::new(&seen);
        }
        let (now, before) = (self.job.now(), self.progress.place().map(str::to_owned));
        for event in self.progress.frame(&frame, now) {
            self.job.say(event);
        }
        let begins = self.progress.place() != before.as_deref();
        if self.bursts.frame(begins, now) {
            self.job.line(US, ProxySign::Bursts.to_string());
        }
        if let Some(message) = &frame.message {
            let message = self.backend.words(message);
            self.message = Some(message.clone());
            let event = self.throttle.message(message, self.job);
            if let Some(event) = event {
                self.progress.event(&event, self.job.now());
            }
        }
        if let Some(at) = &frame.last_sync {
            self.last_sync = Some(self.backend.words(at));
        }
        if frame.verdict.is_some() {
            self.told = Some(self.told(&frame));
        }
        if let Some(error) = &frame.error {
            let why = backend_failed(&self.backend.words(error));
            return Some(match frame.verdict {
                _ if self.stopping => End::Stopped(STOPPED_THERE.to_owned()),
                Some(Verdict::Stopped) => End::Stopped(STOPPED_THERE.to_owned()),
                Some(Verdict::Partial) => End::Failed(Error::new(Kind::Partial, why).into()),
                _ => End::Failed(Error::remote(why).into()),
            });
        }
        frame.done.then_some(End::Done)
    }

    fn told(&self, frame: &Frame) -> Told {
        let words = |text: &str| self.backend.words(text);
        let failed = frame.failed.iter().map(|failed| Finding {
            key: words(&failed.key),
            label: words(&failed.label),
            reason: words(&failed.reason),
            kecamatan: failed.kecamatan.as_deref().map(words),
        });
        Told {
            verdict: frame.verdict,
            failed: failed.collect(),
            more: frame.failed_more,
        }
    }

    /// How a run ended of which the server says that all of it was seen.
    async fn ended(&self, id: &str) -> Closed {
        let run = run_of(id)
            .and_then(|run| run.parse().ok())
            .unwrap_or_default();
        match self.backend.run_state(run, self.job).await {
            Ok(RunState::Ended(end)) => Closed::End(end),
            Err(why) => self.broke(why.chain()),
            Ok(_) => self.broke("the server says that its run has ended, and not how".to_owned()),
        }
    }

    /// Tells a silence, and what metadata says; the connection is kept, whatever that is. Reading
    /// waits for the look, which is short: what arrives meanwhile is kept by the kernel.
    async fn hear_nothing(&mut self, connection: ConnectionState) -> Result<()> {
        if self.throttle.has_something_due() {
            self.pass_on();
            return Ok(());
        }
        let silent = self.throttle.silent();
        self.throttle.told();
        let look = tokio::time::timeout(self.timeouts.look, self.backend.metadata(self.job)).await;
        let said = match look {
            Ok(Ok(seen)) => {
                let said = seen.sentence(self.job.now());
                self.saw(&seen);
                self.seen = Some(seen);
                said
            }
            Ok(Err(error)) => error.chain(),
            Err(_) => "no answer about metadata in time".to_owned(),
        };
        let how = match connection {
            ConnectionState::Opening => "asked, no answer for",
            ConnectionState::Open => "connected, silent for",
        };
        let length = duration(silent);
        let told = format!("{how} {length}, which is normal; {said}");
        self.job.line(US, told);
        Ok(())
    }

    /// Asks our own server to stop the run; other backends cannot be asked.
    async fn ask_to_stop(&mut self) -> bool {
        let Some(id) = self.resumable() else {
            return false;
        };
        let Some(run) = run_of(&id) else {
            return false;
        };
        self.stopping = self.backend.stop(run).await;
        if self.stopping {
            self.job.line(US, STOP_ASKED);
            // The stream is heard to its end: the server says how far it came.
            self.throttle.heard();
        }
        self.stopping
    }

    /// Closes the stream, and says what that does over there.
    fn leave(&self) -> End {
        self.job.line(US, LEFT);
        End::Stopped(LEFT.to_owned())
    }
}

/// What was heard, and what was said of it.
pub(super) struct Throttle {
    silence: Duration,
    last: Instant,
    told: u32,
    said: Option<Instant>,
    held: Option<String>,
    more: u64,
}

impl Throttle {
    pub fn new(silence: Duration) -> Self {
        Self {
            silence,
            last: Instant::now(),
            told: 0,
            said: None,
            held: None,
            more: 0,
        }
    }

    pub fn heard(&mut self) {
        self.last = Instant::now();
        self.told = 0;
    }

    /// Silence was told; it will be again when it has lasted once more as long.
    pub fn told(&mut self) {
        self.told += 1;
    }

    pub fn silent(&self) -> Duration {
        self.last.elapsed()
    }

    /// Ends when a message is to be passed on, or silence to be told.
    pub async fn due(&self) {
        let silence = self.last + self.silence.saturating_mul(self.told + 1);
        let message = self.held.as_ref().and(self.said).map(|said| said + EVERY);
        sleep_until(message.map_or(silence, |message| message.min(silence))).await;
    }

    /// Passes a message on, or keeps it for later; what was said, if anything.
    pub fn message(&mut self, message: String, job: &Job) -> Option<Event> {
        if let Some(held) = self.held.replace(message) {
            self.more += u64::from(!held.is_empty());
        }
        let early = self.said.is_some_and(|said| said.elapsed() < EVERY);
        if early { None } else { self.flush(job) }
    }

    /// Whether a message was kept for long enough.
    pub fn has_something_due(&self) -> bool {
        self.held.is_some() && self.said.is_none_or(|said| said.elapsed() >= EVERY)
    }

    pub fn flush(&mut self, job: &Job) -> Option<Event> {
        let text = self.held.take()?;
        self.said = Some(Instant::now());
        let event = Event::Line {
            source: BACKEND.to_owned(),
            text: match std::mem::take(&mut self.more) {
                0 => text,
                more => format!("{text} (and {} more)", count(more)),
            },
        };
        job.say(event.clone());
        Some(event)
    }
}
