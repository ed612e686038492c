//! One connection, held from the request to its end: frames, silence, a wish to stop.

use super::ears::Sound;
use super::{Follow, News, run_of};
use crate::dapodik::frame::Frame;
use crate::dapodik::metadata::Metadata;
use crate::dapodik::model::{End, Scope, WhenRunning};
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
    /// Why it broke.
    Broken(String),
}

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
                () = self.ears.due() => if let Some(end) = self.hear_nothing(Line::Opening).await? {
                    return Ok(Heard::End(end));
                },
            }
        };
        let stream = match stream {
            Ok(stream) => stream,
            Err(unopened) if unopened.sent || after.is_some() => {
                return Ok(Heard::Broken(unopened.trouble.to_string()));
            }
            Err(unopened) => {
                let why = words::call_failed(words::STREAM, &unopened.trouble.to_string());
                return Err(Error::remote(why).hint(unopened.trouble.hint(words::SETTING)));
            }
        };
        if stream.status() != 200 || stream.media_type() != "text/event-stream" {
            let error = self.backend.no_stream(stream).await;
            return Ok(match after {
                // The server does not know the run any more: metadata may.
                Some(_) => Heard::Broken(error.chain()),
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
                () = self.ears.due() => Sound::Nothing,
            };
            match sound {
                Sound::Stop => {
                    if !self.ask_to_stop().await {
                        return Ok(Heard::End(self.leave()));
                    }
                }
                Sound::Insist => return Ok(Heard::End(self.leave())),
                Sound::Nothing => {
                    if let Some(end) = self.hear_nothing(Line::Open).await? {
                        return Ok(Heard::End(end));
                    }
                }
                Sound::Piece(Ok(Some(piece))) => {
                    self.ears.heard();
                    for event in self.parser.feed(&piece) {
                        if let Some(end) = self.take(&event.data) {
                            return Ok(Heard::End(end));
                        }
                    }
                }
                Sound::Piece(Ok(None)) => return Ok(Heard::Broken(words::ended_early())),
                Sound::Piece(Err(trouble)) => return Ok(Heard::Broken(trouble.to_string())),
            }
        }
    }

    /// Takes a frame; the end that it means, if it means one.
    fn take(&mut self, data: &str) -> Option<End> {
        let Some(frame) = Frame::read(data) else {
            self.unread += 1;
            return None;
        };
        self.over = false;
        for event in self.progress.frame(&frame, self.job.now()) {
            self.job.say(event);
        }
        if let Some(message) = &frame.message {
            let message = self.backend.words(message);
            self.message = Some(message.clone());
            let event = self.ears.message(message, self.job);
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

    /// Tells a silence, and looks at metadata as well; the connection is kept. Reading waits for
    /// the look, which is short: what arrives meanwhile is kept by the kernel.
    async fn hear_nothing(&mut self, line: Line) -> Result<Option<End>> {
        if self.ears.has_something_due() {
            self.pass_on();
            return Ok(None);
        }
        let silent = self.ears.silent();
        self.ears.told();
        let look = tokio::time::timeout(self.pace.look, self.backend.metadata(self.job)).await;
        let seen = match look {
            Ok(Ok(seen)) => seen,
            Ok(Err(error)) => {
                self.job
                    .line(words::US, words::silent(silent, line, &error.chain()));
                return Ok(None);
            }
            Err(_) => {
                let said = words::silent(silent, line, &words::no_answer());
                self.job.line(words::US, said);
                return Ok(None);
            }
        };
        let said = seen.sentence(self.job.now());
        self.job.line(words::US, words::silent(silent, line, &said));
        Ok(self.silent_end(&seen))
    }

    /// Whether metadata ends a run that is silent: only when it can be about this one.
    fn silent_end(&mut self, seen: &Metadata) -> Option<End> {
        if self.plan.scope != Scope::Global || self.plan.when_running == WhenRunning::Force {
            return None;
        }
        match self.watch.look(seen) {
            News::Failed(why) => Some(End::Failed(
                Error::remote(words::backend_failed(&why)).into(),
            )),
            // The last frame may be on its way: it is over when it is still over next time.
            News::Done if std::mem::replace(&mut self.over, true) => {
                self.last_sync = seen.said();
                Some(End::DoneByMetadata)
            }
            News::Done | News::Unchanged | News::Running => None,
        }
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
            self.ears.heard();
        }
        self.stopping
    }

    /// Closes the stream, and says what that does over there.
    fn leave(&self) -> End {
        self.job.line(words::US, words::stopped_by_leaving());
        End::Stopped(words::stopped_by_leaving())
    }
}
