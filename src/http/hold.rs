//! A request that is answered when the work behind it is done, however long that takes.

use reqwest::{Client, RequestBuilder, Response};

use super::{LARGEST_BODY, Peer, Reply, RequestError, prepare};

/// Why a request that must not be sent twice has no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// There was no connection: nothing has happened there.
    NotSent(RequestError),
    /// It was sent, and what came of it is not known.
    Lost(RequestError),
}

/// An answer that was waited for.
#[derive(Debug)]
pub enum Held {
    /// All of it.
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
        reply.body.truncate(super::FIRST_PART);
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
