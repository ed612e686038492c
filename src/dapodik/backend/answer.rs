//! What a backend means by an answer: JSON, a refusal, a web page in its place.

use std::time::Duration;

use serde_json::Value;

use super::Backend;
use crate::dapodik::words;
use crate::error::{Error, Kind, Result};
use crate::http::{Meaning, Reply, RequestError, Stream};

/// For the first words of what is no stream.
const GLANCE: Duration = Duration::from_secs(5);

impl Backend {
    /// Why an answer that should have been a stream is none.
    pub async fn no_stream(&self, stream: Stream) -> Error {
        let reply = stream.beginning(GLANCE).await;
        match self.answer(&reply, words::STREAM) {
            Err(error) if reply.json().is_some() || reply.is_web_page() => error,
            Err(error) if !reply.status.is_success() => error,
            _ => Error::remote(words::no_stream(&reply.told(&self.peer)))
                .hint(reply.hint(words::SETTING)),
        }
    }

    /// The JSON of a 2xx answer, or what is wrong with it.
    pub(super) fn answer(&self, reply: &Reply, what: &str) -> Result<Value> {
        if !reply.status.is_success() {
            return Err(self.refusal(reply, what));
        }
        match reply.json() {
            Some(answer) if answer.get("error").is_some_and(|error| !error.is_null()) => {
                let why = reply.told(&self.peer);
                Err(Error::remote(words::call_failed(what, &why)))
            }
            Some(answer) => Ok(answer),
            None if reply.is_web_page() => Err(self.not_signed_in(what, "a web page came", reply)),
            None => {
                let why = reply.not_understood(words::NO_JSON, &self.peer);
                Err(Error::remote(words::call_failed(what, &why)).hint(reply.hint(words::SETTING)))
            }
        }
    }

    pub(super) fn refusal(&self, reply: &Reply, what: &str) -> Error {
        if let Some(target) = reply.redirect(&self.peer) {
            return self.not_signed_in(what, &words::redirected(&target), reply);
        }
        let why = if what == words::LOGIN {
            reply.told_of_login(&self.peer)
        } else {
            reply.told(&self.peer)
        };
        let error = Error::remote(words::call_failed(what, &why));
        match reply.meaning() {
            Meaning::NotSignedIn => error.hint(words::hint_refused(&self.credentials())),
            Meaning::NotAllowed => error.hint(words::hint_forbidden(&self.credentials())),
            // Seen with its database down.
            Meaning::Broken if reply.body.is_empty() => error.hint(words::hint_empty_500()),
            Meaning::Refused => error,
            _ => error.hint(reply.hint(words::SETTING)),
        }
    }

    pub(super) fn unanswered(&self, what: &str, trouble: &RequestError) -> Error {
        match trouble {
            RequestError::Stopped => Error::stopped(what),
            other => Error::new(
                Kind::Remote,
                words::call_failed(
                    what,
                    &self.peer.value(&other.to_string(), crate::text::LONGEST),
                ),
            )
            .hint(other.hint(words::SETTING)),
        }
    }

    /// A redirect or a web page. Where the sign-in itself has worked it is not about credentials:
    /// a path that the backend does not have is sent to its sign-in page as well.
    fn not_signed_in(&self, what: &str, how: &str, reply: &Reply) -> Error {
        let base = self.base.to_string();
        let how = format!("{how}; {}, {}", reply.status_line(), reply.asked);
        if what == words::LOGIN {
            Error::remote(words::call_failed(what, &how)).hint(reply.hint(words::SETTING))
        } else if self.cookie().is_some() {
            Error::remote(words::not_found_signed_in(what, &how)).hint(words::hint_path(&base))
        } else {
            let hint = words::hint_refused_or_path(&self.credentials(), &base);
            Error::remote(words::not_signed_in(what, &how)).hint(hint)
        }
    }

    pub(super) fn said(&self, answer: &Value) -> String {
        let message = answer.get("message").and_then(Value::as_str);
        self.words(message.unwrap_or_default())
    }
}

/// Whether an answer means "not signed in": it says so, or leads to a page for people.
pub(super) fn is_signed_out(reply: &Reply) -> bool {
    let page = reply.status.is_success() && reply.is_web_page();
    reply.status == 401 || reply.status.is_redirection() || page
}
