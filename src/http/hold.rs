//! A request that is answered when the work behind it is done, however long that takes.

use reqwest::{Client, RequestBuilder};

use super::{Peer, Reply, Trouble, prepare, whole};

/// Why a request that must not be sent twice has no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// There was no connection: nothing has happened there.
    NotSent(Trouble),
    /// It was sent, and what came of it is not known.
    Lost(Trouble),
}

impl Peer {
    /// Asks once, and waits without a limit in time. Never asks again: what was sent may be at
    /// work.
    pub async fn hold(
        &self,
        build: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Reply, Unanswered> {
        let (request, asked) =
            prepare(build(&self.client)).map_err(|trouble| Unanswered::NotSent(*trouble))?;
        let response = match self.client.execute(request).await {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => {
                return Err(Unanswered::NotSent(Trouble::of(&error, asked)));
            }
            Err(error) => return Err(Unanswered::Lost(Trouble::of(&error, asked))),
        };
        whole(response, asked).await.map_err(Unanswered::Lost)
    }
}
