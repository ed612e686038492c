//! An answer that comes in pieces, for as long as it takes.
//!
//! There is no time limit but the one for the connection: its head may be a minute late, and its
//! pieces farther apart. Whoever reads it tells silence, and decides what to do about it.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, RequestBuilder, Response, StatusCode};

use super::{Asked, FIRST_PART, Peer, Reply, RequestError, prepare};

/// An answer whose head is there.
#[derive(Debug)]
pub struct Stream {
    response: Response,
    asked: Asked,
}

/// Why there is no answer, and whether the other side may have seen the request.
#[derive(Debug)]
pub struct Unopened {
    /// What happened.
    pub trouble: RequestError,
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
        let unsent = |trouble: Box<RequestError>| Unopened {
            trouble: *trouble,
            sent: false,
        };
        let (request, asked) = prepare(build(&self.client)).map_err(unsent)?;
        match self.client.execute(request).await {
            Ok(response) => Ok(Stream { response, asked }),
            Err(error) => Err(Unopened {
                sent: !error.is_connect() && !error.is_builder(),
                trouble: RequestError::of(&error, asked),
            }),
        }
    }
}

impl Stream {
    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Its headers.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Its media type in lower case, without parameters; empty without one.
    pub fn media_type(&self) -> String {
        let value = self.response.headers().get(CONTENT_TYPE);
        let text = value.and_then(|value| value.to_str().ok());
        let kind = text.and_then(|text| text.split(';').next());
        kind.unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The next piece; `None` at the end. A wait that is given up loses nothing.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, RequestError> {
        let piece = self.response.chunk().await;
        piece
            .map(|piece| piece.map(Vec::from))
            .map_err(|error| RequestError::of(&error, self.asked.clone()))
    }

    /// Its beginning as an answer, for one that is no stream after all: what comes within
    /// `retry`, and no more than the first words need.
    pub async fn beginning(mut self, retry: Duration) -> Reply {
        let mut body = Vec::new();
        let reading = async {
            while let Ok(Some(piece)) = self.next().await {
                body.extend_from_slice(&piece);
                if body.len() >= FIRST_PART {
                    break;
                }
            }
        };
        // What came until then is enough to say what it is.
        let _ = tokio::time::timeout(retry, reading).await;
        Reply {
            asked: self.asked.clone(),
            status: self.response.status(),
            headers: self.response.headers().clone(),
            body,
        }
    }
}
