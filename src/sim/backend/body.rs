//! Frames as the bytes of an answer, and what goes wrong with them on the way.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};

use super::run::Run;
use super::{Shape, Spoil};

/// A client of a sync. Dropping it is leaving.
pub(super) struct Listener {
    run: Arc<Run>,
    shape: Shape,
    spoils: Vec<Spoil>,
    /// How many frames it has.
    next: usize,
    broken: bool,
}

impl Listener {
    /// Listens from the frame after the first `from` on.
    pub fn new(run: Arc<Run>, shape: Shape, spoils: Vec<Spoil>, from: usize) -> Self {
        Self {
            run,
            shape,
            spoils,
            next: from,
            broken: false,
        }
    }

    /// The answer; of the deployed backend its head comes with the first frame.
    pub async fn answer(mut self) -> Response {
        let first = match self.shape {
            Shape::Deployed => self.piece().await,
            Shape::Documented | Shape::Own => None,
        };
        let said = self.spoils.iter().find_map(|spoil| match spoil {
            Spoil::Type(said) => Some(*said),
            _ => None,
        });
        let rest = stream::unfold(self, |mut listener| async {
            let piece = listener.piece().await?;
            Some((piece, listener))
        });
        let body = Body::from_stream(stream::iter(first).chain(rest));
        let kind = (CONTENT_TYPE, said.unwrap_or("text/event-stream"));
        ([kind, (CACHE_CONTROL, "no-cache")], body).into_response()
    }

    /// The next bytes; `None` at the end.
    async fn piece(&mut self) -> Option<io::Result<Bytes>> {
        if self.broken {
            return None;
        }
        let held = self.spoils.iter().find_map(|spoil| match spoil {
            Spoil::HeldBack(frames) => Some(*frames),
            _ => None,
        });
        match held {
            Some(frames) => self.pieces(frames).await,
            None => self.one().await,
        }
    }

    /// So many frames at once, as a proxy that collects them passes them on.
    async fn pieces(&mut self, frames: usize) -> Option<io::Result<Bytes>> {
        let mut held = Vec::new();
        for _ in 0..frames {
            match self.one().await {
                Some(Ok(piece)) => held.extend_from_slice(&piece),
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        (!held.is_empty()).then(|| Ok(Bytes::from(held)))
    }

    async fn one(&mut self) -> Option<io::Result<Bytes>> {
        let number = self.next + 1;
        if self.is_spoilt(&Spoil::CutBefore(number)) {
            // What was said before leaves first.
            tokio::task::yield_now().await;
            return Some(Err(self.cut()));
        }
        let Some(frame) = self.run.frame(self.next).await else {
            return self.run.was_killed().then(|| Err(self.cut()));
        };
        self.next = number;
        let text = self.written(&frame, number);
        if self.is_spoilt(&Spoil::CutWithin(number)) {
            // The half leaves first, the break is the next piece.
            self.spoils.push(Spoil::CutBefore(number + 1));
            return Some(Ok(Bytes::from(
                text.into_bytes()[..frame.len() / 2].to_vec(),
            )));
        }
        Some(Ok(Bytes::from(text)))
    }

    fn written(&self, frame: &str, number: usize) -> String {
        let mut text = match self.shape {
            Shape::Own => format!(
                ": still here\nid: {}-{number}\ndata: {frame}\n\n",
                self.run.id
            ),
            Shape::Deployed | Shape::Documented => format!("data: {frame}\n\n"),
        };
        if self.is_spoilt(&Spoil::CarriageReturns) {
            text = text.replace('\n', "\r");
        }
        for spoil in &self.spoils {
            if let (1, Spoil::Retry(wait)) = (number, spoil) {
                text.insert_str(0, &format!("retry: {wait}\n"));
            }
        }
        if number == 1 && self.is_spoilt(&Spoil::Bom) {
            text.insert(0, '\u{feff}');
        }
        text
    }

    fn is_spoilt(&self, spoil: &Spoil) -> bool {
        self.spoils.contains(spoil)
    }

    fn cut(&mut self) -> io::Error {
        self.broken = true;
        io::ErrorKind::ConnectionReset.into()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.run.leave();
    }
}
