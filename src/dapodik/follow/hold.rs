//! One connection, held from the request to its end: frames, silence, a wish to stop.

use super::proxy::Sign;
use super::throttle::Sound;
use super::{Follow, run_of};
use crate::dapodik::frame::Frame;
use crate::dapodik::metadata::Watch;
use crate::dapodik::model::End;
use crate::dapodik::sse::Parser;
use crate::dapodik::words;
use crate::error::{Error, Result};
use crate::http::Stream;

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dapodik) enum Line {
    /// The request was sent; there is no answer yet.
    Opening,
    /// The answer has begun.
    Open,
}

/// How a connection came to its end.
pub(super) enum Heard {
    End(End),
    Broken(Break),
}

/// How a connection broke.
pub(super) struct Break {
    pub why: String,
    /// What makes a proxy the likely cause.
    pub sign: Option<Sign>,
}

/// Answers of a proxy that gave up waiting, or lost the backend: the request was passed on, so the
/// sync may have begun. 524 is Cloudflare's.
const PROXY: [u16; 3] = [502, 504, 524];

impl Follow<'_> {
    /// One connection, from the request to its end.
    pub(super) async fn hold(&mut self, path: &str, after: Option<&str>) -> Result<Heard> {
        let backend = self.backend;
        let opening = backend.open(path, after);
        tokio::pin!(opening);
        let stream = loop {
            tokio::select! {
                biased;
                () = self.job.cancelled() => {
                    return Ok(Heard::End(self.leave()));
                }
                opened = &mut opening => break opened,
                () = self.throttle.due() => self.hear_nothing(Line::Opening).await?,
            }
        };
        let stream = match stream {
            Ok(stream) => stream,
            Err(unopened) if unopened.sent || after.is_some() => {
                return Ok(self.broke(unopened.trouble.to_string()));
            }
            Err(unopened) => {
                let why = words::call_failed(words::STREAM, &unopened.trouble.to_string());
                return Err(Error::remote(why).hint(unopened.trouble.hint(words::SETTING)));
            }
        };
        let status = stream.status().as_u16();
        if PROXY.contains(&status) && after.is_none() {
            let why = self.backend.no_stream(stream).await.chain();
            let sign = Some(Sign::Status(status, self.throttle.silent()));
            return Ok(Heard::Broken(Break { why, sign }));
        }
        if stream.status() != 200 || stream.media_type() != "text/event-stream" {
            let error = self.backend.no_stream(stream).await;
            return Ok(match after {
                // The server does not know the run any more: metadata may.
                Some(_) => self.broke(error.chain()),
                None => Heard::End(End::Failed(error.into())),
            });
        }
        // Without the id of a finished event nothing of an unfinished one is kept.
        let resuming = Parser::resuming(self.parser.last_id());
        self.unread += std::mem::replace(&mut self.parser, resuming).dropped();
        self.listen(stream).await
    }

    async fn listen(&mut self, mut stream: Stream) -> Result<Heard> {
        loop {
            let sound = tokio::select! {
                biased;
                () = self.job.cancelled(), if !self.stopping => Sound::Stop,
                () = self.job.insisted(), if self.stopping => Sound::Insist,
                piece = stream.next() => Sound::Piece(piece),
                () = self.throttle.due() => Sound::Nothing,
            };
            match sound {
                Sound::Stop => {
                    if !self.ask_to_stop().await {
                        return Ok(Heard::End(self.leave()));
                    }
                }
                Sound::Insist => return Ok(Heard::End(self.leave())),
                Sound::Nothing => self.hear_nothing(Line::Open).await?,
                Sound::Piece(Ok(Some(piece))) => {
                    self.throttle.heard();
                    for event in self.parser.feed(&piece) {
                        if let Some(end) = self.take(&event.data) {
                            return Ok(Heard::End(end));
                        }
                    }
                }
                Sound::Piece(Ok(None)) => return Ok(self.broke(words::ended_early())),
                Sound::Piece(Err(trouble)) => return Ok(self.broke(trouble.to_string())),
            }
        }
    }

    /// How the connection broke, and whether it looks like the work of a proxy.
    fn broke(&self, why: String) -> Heard {
        let sign = if self.bursts.are_held() {
            Some(Sign::Bursts)
        } else {
            Sign::of_silence(self.throttle.silent())
        };
        Heard::Broken(Break { why, sign })
    }

    /// Takes a frame; the end that it means, if it means one.
    fn take(&mut self, data: &str) -> Option<End> {
        let Some(frame) = Frame::read(data) else {
            self.unread += 1;
            return None;
        };
        if let Some(seen) = self.seen.take() {
            // Ours goes on: what metadata said in the silence is where it starts from.
            self.watch = Watch::new(&seen);
        }
        let (now, before) = (self.job.now(), self.progress.place().map(str::to_owned));
        for event in self.progress.frame(&frame, now) {
            self.job.say(event);
        }
        let begins = self.progress.place() != before.as_deref();
        if self.bursts.frame(begins, now) {
            self.job.line(words::US, words::proxy(&Sign::Bursts));
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
        if let Some(error) = &frame.error {
            let why = words::backend_failed(&self.backend.words(error));
            return Some(if self.stopping {
                End::Stopped(words::stopped_there())
            } else {
                End::Failed(Error::remote(why).into())
            });
        }
        frame.done.then_some(End::Done)
    }

    /// Tells a silence, and what metadata says; the connection is kept, whatever that is. Reading
    /// waits for the look, which is short: what arrives meanwhile is kept by the kernel.
    async fn hear_nothing(&mut self, line: Line) -> Result<()> {
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
            Err(_) => words::no_answer(),
        };
        self.job.line(words::US, words::silent(silent, line, &said));
        Ok(())
    }

    /// Asks our own server to stop the run; elsewhere there is nobody to ask.
    async fn ask_to_stop(&mut self) -> bool {
        let Some(id) = self.resumable() else {
            return false;
        };
        let Some(run) = run_of(&id) else {
            return false;
        };
        self.stopping = self.backend.stop(run).await;
        if self.stopping {
            self.job.line(words::US, words::stop_asked());
            // The stream is heard to its end: the server says how far it came.
            self.throttle.heard();
        }
        self.stopping
    }

    /// Closes the stream, and says what that does over there.
    fn leave(&self) -> End {
        self.job.line(words::US, words::stopped_by_leaving());
        End::Stopped(words::stopped_by_leaving())
    }
}
