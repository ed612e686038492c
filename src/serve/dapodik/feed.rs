//! The frames of a run, for as many clients as there are: one reader of the journal for all.
//!
//! ```text
//!   journal ─▶ reader (one task) ─▶ the newest frames ─▶ client, client, client …
//!      └────────────────▶ reader of its own ◀── a client who is further behind than that
//! ```
//! Nobody waits for a slow client, and nothing is kept for one: what it missed is in the journal,
//! and read from its start a journal gives the same frames with the same ids.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::dapodik::frames::Frames;
use crate::dapodik::{Report, Scope};
use crate::error::Result;
use crate::run::{Following, Id, ReportFile, Runs, State};

/// How often a run is looked at: with it a frame is everywhere within 100 ms.
const PULSE: Duration = Duration::from_millis(20);
/// How much of the newest frames is kept, in bytes.
const KEPT: usize = 1024 * 1024;
/// How much a client is given at once, in bytes.
const PORTION: usize = 64 * 1024;

/// A frame as it is sent.
#[derive(Clone, Debug)]
struct Frame {
    seq: u64,
    text: Bytes,
}

/// `id: <run>-<seq>` and the JSON of a frame.
pub fn written(run: impl std::fmt::Display, seq: u64, frame: &Value) -> Bytes {
    Bytes::from(format!("id: {run}-{seq}\ndata: {frame}\n\n"))
}

/// The runs that clients follow now.
#[derive(Debug, Default)]
pub struct Feeds(Mutex<BTreeMap<Id, Weak<Feed>>>);

impl Feeds {
    /// The feed of a run, made with its first client.
    pub fn of(&self, runs: &Runs, id: Id, scope: &Scope) -> Result<Arc<Feed>> {
        let mut feeds = lock(&self.0);
        feeds.retain(|_, feed| feed.strong_count() > 0);
        if let Some(feed) = feeds.get(&id).and_then(Weak::upgrade) {
            return Ok(feed);
        }
        let feed = Arc::new(Feed::start(runs, id, scope)?);
        feeds.insert(id, Arc::downgrade(&feed));
        Ok(feed)
    }
}

/// The newest frames of a run; read for as long as it has clients.
#[derive(Debug)]
pub struct Feed {
    runs: Runs,
    id: Id,
    scope: Scope,
    recent: Arc<Mutex<Recent>>,
    news: watch::Receiver<()>,
    reading: AbortHandle,
}

#[derive(Debug, Default)]
struct Recent {
    frames: VecDeque<Frame>,
    bytes: usize,
    /// The number of the last one that is no longer kept; 0 when all are.
    dropped: u64,
    over: bool,
}

impl Recent {
    fn add(&mut self, frames: Vec<Frame>) {
        for frame in frames {
            self.bytes += frame.text.len();
            self.frames.push_back(frame);
        }
        while self.bytes > KEPT
            && self.frames.len() > 1
            && let Some(oldest) = self.frames.pop_front()
        {
            self.bytes -= oldest.text.len();
            self.dropped = oldest.seq;
        }
    }
}

/// What there is for a client.
enum Taken {
    /// Frames, and the number of the last one.
    Some(Bytes, u64),
    Nothing,
    /// What follows is no longer kept.
    Behind,
    /// The run is over, and the client has all of it.
    Over,
}

impl Feed {
    fn start(runs: &Runs, id: Id, scope: &Scope) -> Result<Self> {
        let recent = Arc::<Mutex<Recent>>::default();
        let (sender, news) = watch::channel(());
        let mut reader = Reader::open(runs, id, scope)?;
        let kept = Arc::clone(&recent);
        let reading = tokio::spawn(async move {
            while let Some(frames) = reader.next().await {
                lock(&kept).add(frames);
                sender.send_replace(());
            }
            lock(&kept).over = true;
            sender.send_replace(());
        });
        Ok(Self {
            runs: runs.clone(),
            id,
            scope: scope.clone(),
            recent,
            news,
            reading: reading.abort_handle(),
        })
    }

    /// The frames after number `after`, as many as a client is given at once.
    fn take(&self, after: u64) -> Taken {
        let recent = lock(&self.recent);
        if after < recent.dropped {
            return Taken::Behind;
        }
        let first = recent.frames.partition_point(|frame| frame.seq <= after);
        let portion = recent.frames.range(first..);
        match together(portion) {
            Some((text, last)) => Taken::Some(text, last),
            None if recent.over => Taken::Over,
            None => Taken::Nothing,
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// The first of these frames as one piece, with the number of its last one.
fn together<'f>(frames: impl Iterator<Item = &'f Frame>) -> Option<(Bytes, u64)> {
    let mut frames = frames.peekable();
    let first = frames.next()?;
    if frames.peek().is_none() {
        return Some((first.text.clone(), first.seq));
    }
    let (mut text, mut last) = (first.text.to_vec(), first.seq);
    for frame in frames {
        if text.len() + frame.text.len() > PORTION {
            break;
        }
        text.extend_from_slice(&frame.text);
        last = frame.seq;
    }
    Some((Bytes::from(text), last))
}

/// One client's way through the frames of a run.
#[derive(Debug)]
pub struct Client {
    feed: Arc<Feed>,
    news: watch::Receiver<()>,
    /// The number of the last frame it was given.
    after: u64,
    /// Reads the journal for it alone, as long as it is behind what is kept.
    alone: Option<Box<Reader>>,
}

impl Client {
    /// One that has the frames up to number `after`.
    pub fn new(feed: Arc<Feed>, after: u64) -> Self {
        Self {
            news: feed.news.clone(),
            feed,
            after,
            alone: None,
        }
    }

    /// The next frames; `None` when the run is over and all were given. Dropping the wait loses
    /// nothing.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            // Before looking: news that come after the look are then waited for.
            self.news.borrow_and_update();
            match self.feed.take(self.after) {
                Taken::Some(text, last) => {
                    self.alone = None;
                    self.after = last;
                    return Some(text);
                }
                Taken::Over => return None,
                Taken::Behind => {
                    let text = self.read_alone().await?;
                    if !text.is_empty() {
                        return Some(text);
                    }
                }
                // Fails when the reader is gone: then it is over, and the next look says so.
                Taken::Nothing => {
                    if self.news.changed().await.is_err() && !lock(&self.feed.recent).over {
                        return None;
                    }
                }
            }
        }
    }

    /// What is new to this client in a batch of the journal; `None` when that cannot be read on.
    async fn read_alone(&mut self) -> Option<Bytes> {
        let Feed {
            runs, id, scope, ..
        } = &*self.feed;
        let reader = match &mut self.alone {
            Some(reader) => reader,
            // A folder that is gone by now is told by the reader of all.
            alone => alone.insert(Box::new(Reader::open(runs, *id, scope).ok()?)),
        };
        let frames = reader.next().await?;
        let mut text = Vec::new();
        let known = self.after;
        for frame in frames.iter().filter(|frame| frame.seq > known) {
            text.extend_from_slice(&frame.text);
            self.after = frame.seq;
        }
        Some(Bytes::from(text))
    }
}

/// A journal as frames, from its start to the end of the run.
#[derive(Debug)]
struct Reader {
    runs: Runs,
    id: Id,
    following: Following,
    frames: Frames,
    /// The number of the last line.
    last: u64,
    over: bool,
}

impl Reader {
    fn open(runs: &Runs, id: Id, scope: &Scope) -> Result<Self> {
        Ok(Self {
            runs: runs.clone(),
            id,
            following: runs.follow(id, 0)?.every(PULSE),
            frames: Frames::of(scope),
            last: 0,
            over: false,
        })
    }

    /// The next frames, the last one at the end of the run; then `None`.
    async fn next(&mut self) -> Option<Vec<Frame>> {
        while !self.over {
            let ended = match self.following.next().await {
                Ok(Some(entries)) => {
                    let mut frames = Vec::new();
                    for entry in entries {
                        self.last = entry.seq;
                        let frame = self.frames.entry(&entry.event, entry.at);
                        frames.extend(frame.map(|frame| self.numbered(entry.seq, &frame)));
                    }
                    if frames.is_empty() {
                        continue;
                    }
                    return Some(frames);
                }
                Ok(None) => end(&self.runs, self.id),
                Err(error) => Frames::error(&error.chain()),
            };
            self.over = true;
            return Some(vec![self.numbered(self.last + 1, &ended)]);
        }
        None
    }

    fn numbered(&self, seq: u64, frame: &Value) -> Frame {
        Frame {
            seq,
            text: written(self.id, seq, frame),
        }
    }
}

/// The last frame of a run that has ended, or died.
fn end(runs: &Runs, id: Id) -> Value {
    let ended: Result<ReportFile<Report>> = runs.report(id);
    if let Ok(ReportFile {
        report: Some(report),
        ..
    }) = &ended
    {
        return Frames::end(report);
    }
    let run = match runs.get(id) {
        Ok(run) => run,
        Err(error) => return Frames::error(&error.chain()),
    };
    let mut frame = Frames::error(&run.sentence());
    if let State::Finished(ending) = &run.state {
        frame["verdict"] = json!(ending.verdict);
    }
    frame
}

/// The number of the last frame of a run that has ended; `None` while it runs.
pub fn last_of(runs: &Runs, id: Id) -> Result<Option<u64>> {
    // Looked at before reading: what is written before the end is then read after it.
    if runs.is_running(id)? {
        return Ok(None);
    }
    let (mut journal, mut last) = (runs.follower(id, 0), 0);
    loop {
        let batch = journal.next_batch()?;
        let Some(entry) = batch.last() else {
            return Ok(Some(last + 1));
        };
        last = entry.seq;
    }
}

/// A panic elsewhere has left nothing half done here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
