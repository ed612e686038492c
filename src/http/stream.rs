//! Answers that take as long as they take: a stream that comes in pieces, and a request that is
//! answered when the work behind it is done.
//!
//! There is no time limit but the one for the connection: a head may be a minute late, and pieces
//! farther apart. Whoever reads a stream tells silence, and decides what to do about it.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, RequestBuilder, Response, StatusCode};

use super::{Asked, FIRST_PART, LARGEST_BODY, Peer, Reply, RequestError, prepare};

#[derive(Debug)]
pub struct Stream {
    response: Response,
    asked: Asked,
}

/// Why there is no answer, and whether the other side may have seen the request.
#[derive(Debug)]
pub struct Unopened {
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
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

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

/// Why a request that must not be sent twice has no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// There was no connection: nothing has happened there.
    NotSent(RequestError),
    /// It was sent, and what came of it is not known.
    Lost(RequestError),
}

#[derive(Debug)]
pub enum Held {
    Whole(Reply),
    /// One whose body is larger than [`LARGEST_BODY`].
    Large(Large),
}

/// An answer too large to be held.
#[derive(Debug)]
pub struct Large {
    /// Its beginning, a little more than [`LARGEST_BODY`].
    pub beginning: Reply,
    response: Response,
}

impl Large {
    /// The next piece of what follows the beginning; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, Unanswered> {
        let piece = self.response.chunk().await;
        piece.map_err(|error| {
            Unanswered::Lost(RequestError::of(&error, self.beginning.asked.clone()))
        })
    }

    /// What to say when nothing can be made of it.
    pub fn refused(self) -> Unanswered {
        let mut reply = self.beginning;
        reply.body.truncate(FIRST_PART);
        Unanswered::Lost(RequestError::TooLarge(Box::new(reply)))
    }
}

impl Peer {
    /// Asks once, and waits without a limit in time. Never asks again: what was sent may be at
    /// work.
    pub async fn hold(
        &self,
        build: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Held, Unanswered> {
        let (request, asked) =
            prepare(build(&self.client)).map_err(|trouble| Unanswered::NotSent(*trouble))?;
        let mut response = match self.client.execute(request).await {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => {
                return Err(Unanswered::NotSent(RequestError::of(&error, asked)));
            }
            Err(error) => return Err(Unanswered::Lost(RequestError::of(&error, asked))),
        };
        let lost = |error| Unanswered::Lost(RequestError::of(&error, asked.clone()));
        let mut reply = Reply {
            asked: asked.clone(),
            status: response.status(),
            headers: response.headers().clone(),
            body: Vec::new(),
        };
        while let Some(piece) = response.chunk().await.map_err(lost)? {
            reply.body.extend_from_slice(&piece);
            if reply.body.len() > LARGEST_BODY {
                return Ok(Held::Large(Large {
                    beginning: reply,
                    response,
                }));
            }
        }
        Ok(Held::Whole(reply))
    }
}
