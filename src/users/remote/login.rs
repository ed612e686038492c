//! The login of a branch server, and where its answer may carry the token.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Branch, TRIES, asked_to_wait, hint_wait, no_json};
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::http::{Ask, Reply, RequestError, plain_http_instead_of};
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
        let reply = match sent.await {
            Ok(reply) => reply,
            Err(RequestError::Stopped) => return Err(Error::stopped(what)),
            Err(trouble) => return Err(self.unreached(&trouble, fail).await),
        };
        if let Some(target) = reply.redirect(self.peer) {
            let why = words::redirected(&target, &reply);
            return Err(fail(&why).hint(reply.hint(&self.setting())));
        }
        if !reply.status.is_success() {
            let hint = hint_wait(&reply, job)
                .unwrap_or_else(|| words::hint_login(&reply, self.peer.name()));
            let why = reply.told_of_login(self.peer) + &asked_to_wait(&reply, job);
            return Err(fail(&why).hint(hint));
        }
        let token = self.token(&reply, fail)?;
        self.peer.keep_secret(token.clone());
        Ok(token)
    }

    /// Nobody answered; says it where somebody would without TLS.
    async fn unreached(&self, trouble: &RequestError, fail: impl Fn(&str) -> Error) -> Error {
        let plain = match self.base.parse() {
            Ok(url) => plain_http_instead_of(&url, trouble).await,
            Err(_) => None,
        };
        match plain {
            Some(place) => fail(&words::speaks_plain_http(&trouble.to_string(), &place))
                .hint(words::hint_plain_http(self.code)),
            None => fail(&trouble.to_string()).hint(trouble.hint(&self.setting())),
        }
    }

    fn token(&self, reply: &Reply, fail: impl Fn(&str) -> Error) -> Result<SecretString> {
        // Nothing of the body is ever quoted: the token may stand anywhere in it.
        let Some(body) = reply.json() else {
            let why = words::login_unreadable(reply, &no_json(reply));
            return Err(fail(&why).hint(reply.hint(&self.setting())));
        };
        let found = TOKEN_PATHS
            .iter()
            .find_map(|path| body.pointer(path).and_then(Value::as_str));
        if let Some(token) = found.filter(|token| !token.is_empty()) {
            return Ok(token.into());
        }
        let keys = body
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys());
        let keys: Vec<_> = keys.take(20).map(|key| self.peer.words(key, 40)).collect();
        let said = reply.refusal_words(self.peer);
        Err(fail(&words::no_token(&keys, &said, reply))
            .hint(words::hint_no_token(self.peer.name())))
    }
}
