//! The central API over HTTP: one POST with the list, tried again where that helps.
//!
//! The call upserts by id, so it may be repeated, but an answer that never came is not asked for
//! again: a person may push again. What an answer means is read in `answer`. The payload is JSON as
//! serde writes it; PHP writes `\/` for `/` and `\u00e9` for `é`, which is the same JSON.

mod answer;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use answer::Answer;

use super::model::Plan;
use crate::config::Pimpinan as Settings;
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::http::{Ask, Peer, RequestError, RetryPolicy};

/// The name of the key.
pub const KEY: &str = "PIMPINAN_API_KEY";
const PEER: &str = "central API";
const PUSH: &str = "push";
const KEY_HEADER: &str = "X-API-KEY";
const CONNECT: Duration = Duration::from_secs(10);
const TRIES: u32 = 3;

pub struct Central<'a> {
    peer: Peer,
    url: &'a Url,
    key: HeaderValue,
    /// For all tries and the waits between them.
    budget: Duration,
}

impl<'a> Central<'a> {
    /// The API of the settings, to which `key` opens.
    pub fn new(settings: &'a Settings, retry_base: Duration, key: &SecretString) -> Result<Self> {
        let url = settings.url.expose();
        let retry = RetryPolicy {
            connect: CONNECT.min(settings.timeout),
            request: settings.timeout,
            retry_base,
        };
        let peer = Peer::new(PEER, url, retry)?;
        peer.keep_secret(key.clone());
        let mut key = HeaderValue::from_str(key.expose_secret()).map_err(|_| {
            Error::config(format!(
                "{KEY} has characters that no HTTP header can carry; nothing was sent"
            ))
            .hint(format!(
                "is there a line break or a control character in {KEY}?"
            ))
        })?;
        key.set_sensitive(true);
        Ok(Self {
            peer,
            url,
            key,
            budget: settings.timeout,
        })
    }

    /// Sends the plan's payload. `Err` only when nothing was sent.
    pub async fn push(&self, plan: &Plan, job: &Job) -> Result<Answer> {
        let payload = plan.payload()?;
        let tries = AtomicU32::new(0);
        let ask = Ask {
            what: PUSH,
            tries: TRIES,
            retry_refused: true,
            budget: Some(self.budget),
        };
        let delivered = self.peer.deliver(job, ask, |client| {
            tries.fetch_add(1, Ordering::Relaxed);
            client
                .post(self.url.clone())
                .header(CONTENT_TYPE, "application/json")
                .header(ACCEPT, "application/json")
                .header(KEY_HEADER, self.key.clone())
                .body(payload.clone())
        });
        match delivered.await {
            Ok(reply) => Ok(Answer::read(&reply, &self.peer, &plan.send)),
            Err(RequestError::Stopped) if tries.load(Ordering::Relaxed) == 0 => {
                Err(Error::stopped(PUSH))
            }
            Err(trouble) => Ok(Answer::none(&trouble, &self.peer)),
        }
    }
}
