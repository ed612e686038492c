//! The login of a branch server, and where its answer may carry the token.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Branch, TRIES, asked_to_wait, hint_wait, no_json};
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::http::{Ask, Reply, Trouble};
use crate::users::words;

/// Where a token may stand in the answer to a login, the first one wins.
const TOKEN_PATHS: [&str; 6] = [
    "/access_token",
    "/token",
    "/object/access_token",
    "/object/token",
    "/data/access_token",
    "/data/token",
];
impl Branch<'_> {
    /// Logs in, within one budget of time for all tries.
    pub(super) async fn log_in(&self, job: &Job) -> Result<SecretString> {
        let what = words::LOGIN;
        let fail = |why: &str| Error::remote(words::login_failed(why));
        let budget = Some(self.login_budget);
        let ask = Ask {
            what,
            tries: TRIES,
            retry_refused: false,
            budget,
        };
        let url = format!("{}/api/auth/login", self.base);
        let body = json!({"email": self.email, "password": self.password.expose_secret()});
        let sent = self.peer.send(job, ask, |client| {
            client
                .post(&url)
                .header("Accept", "application/json")
                .header("X-Requested-With", "XMLHttpRequest")
                .json(&body)
        });
        let reply = sent.await.map_err(|trouble| match trouble {
            Trouble::Stopped => Error::stopped(what),
            other => fail(&other.to_string()).hint(words::hint_server(self.base)),
        })?;
        if let Some(target) = reply.redirect(self.peer) {
            return Err(fail(&words::redirected(&target)).hint(words::hint_url(self.peer.name())));
        }
        if !reply.status.is_success() {
            let hint = hint_wait(&reply, job).unwrap_or_else(|| match reply.status.as_u16() {
                400..=422 => words::hint_credentials(self.peer.name()),
                _ => words::hint_server(self.base),
            });
            let why = reply.error_words(self.peer) + &asked_to_wait(&reply, job);
            return Err(fail(&why).hint(hint));
        }
        let token = self.token(&reply, fail)?;
        self.peer.keep_secret(token.clone());
        Ok(token)
    }

    fn token(&self, reply: &Reply, fail: impl Fn(&str) -> Error) -> Result<SecretString> {
        let Some(body) = reply.json() else {
            let why = words::unreadable(
                &reply.status_line(),
                &no_json(reply),
                &reply.first_words(self.peer),
            );
            return Err(fail(&why).hint(words::hint_unreadable(self.base)));
        };
        let found = TOKEN_PATHS
            .iter()
            .find_map(|path| body.pointer(path).and_then(Value::as_str));
        if let Some(token) = found.filter(|token| !token.is_empty()) {
            return Ok(token.into());
        }
        let keys: Vec<_> = body
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys())
            .collect();
        let words = words::no_token(&keys, &reply.error_words(self.peer));
        Err(fail(&self.peer.words(&words, 400)).hint(words::hint_credentials(self.peer.name())))
    }
}
