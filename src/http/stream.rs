//! An answer that comes in pieces, for as long as it takes.
//!
//! There is no time limit but the one for the connection: its head may be a minute late, and its
//! pieces farther apart. Whoever reads it tells silence, and decides what to do about it.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, RequestBuilder, Response, StatusCode};

use super::{Peer, Reply, Trouble};

/// An answer whose head is there.
#[derive(Debug)]
pub struct Stream(Response);

/// Why there is no answer, and whether the other side may have seen the request.
#[derive(Debug)]
pub struct Unopened {
    /// What happened.
    pub trouble: Trouble,
    /// Whether bytes of the request may have arrived.
    pub sent: bool,
}

impl Peer {
    /// Asks once, and waits for the head of the answer for as long as it takes. Dropping the wait
    /// closes the connection.
    pub async fn stream(
        &self,
        build: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Stream, Unopened> {
        build(&self.client)
            .send()
            .await
            .map(Stream)
            .map_err(|error| Unopened {
                trouble: Trouble::from(&error),
                sent: !error.is_connect() && !error.is_builder(),
            })
    }
}

impl Stream {
    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// Its headers.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// Its media type in lower case, without parameters; empty without one.
    pub fn media_type(&self) -> String {
        let value = self.0.headers().get(CONTENT_TYPE);
        let text = value.and_then(|value| value.to_str().ok());
        let kind = text.and_then(|text| text.split(';').next());
        kind.unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The next piece; `None` at the end. A wait that is given up loses nothing.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        let piece = self.0.chunk().await;
        piece
            .map(|piece| piece.map(Vec::from))
            .map_err(|error| Trouble::from(&error))
    }

    /// The whole of it, for an answer that is no stream after all.
    pub async fn whole(self) -> Result<Reply, Trouble> {
        super::whole(self.0).await
    }
}
