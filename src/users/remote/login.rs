//! The login of a branch server, and where its answer may carry the token.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Branch, TRIES, asked_to_wait, hint_wait, no_json, redirected, setting};
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::http::{Ask, Meaning, Reply, RequestError, plain_http_instead_of};
use crate::text::{excerpt, plural};

/// Where a token may stand in the answer to a login, the first one wins.
const TOKEN_PATHS: [&str; 6] = [
    "/access_token",
    "/token",
    "/object/access_token",
    "/object/token",
    "/data/access_token",
    "/data/token",
];

impl Branch {
    /// Logs in, within one budget of time for all tries.
    pub(super) async fn log_in(&self, job: &Job) -> Result<SecretString> {
        let what = "login";
        let fail = |why: &str| Error::remote(format!("Failed to login to external API: {why}"));
        let budget = Some(self.login_budget);
        let ask = Ask {
            what,
            tries: TRIES,
            retry_refused: false,
            budget,
        };
        let url = format!("{}/api/auth/login", self.base);
        let body = json!({
            "email": self.credentials.email, "password": self.credentials.password.expose_secret()
        });
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
        if let Some(target) = reply.redirect(&self.peer) {
            let why = redirected(&target, &reply);
            return Err(fail(&why).hint(reply.hint(&self.setting())));
        }
        if !reply.status.is_success() {
            let hint =
                hint_wait(&reply, job).unwrap_or_else(|| hint_login(&reply, self.peer.name()));
            let why = reply.told_of_login(&self.peer) + &asked_to_wait(&reply, job);
            return Err(fail(&why).hint(hint));
        }
        let token = self.token(&reply, fail)?;
        self.peer.keep_secret(token.clone());
        Ok(token)
    }

    /// There was no answer; tells whether there would be one without TLS.
    async fn unreached(&self, trouble: &RequestError, fail: impl Fn(&str) -> Error) -> Error {
        let plain = match self.base.parse() {
            Ok(url) => plain_http_instead_of(&url, trouble).await,
            Err(_) => None,
        };
        match plain {
            Some(place) => fail(&format!("{trouble}; {place} speaks plain http")).hint(format!(
                "nothing was sent: over plain http anybody on the way can read the password. \
                     Better give that server TLS; to allow it all the same, add \
                     `scheme = \"http\"` to the [[users.location]] block with code = \"{}\"",
                excerpt(&self.code, 40)
            )),
            None => fail(&trouble.to_string()).hint(trouble.hint(&self.setting())),
        }
    }

    fn token(&self, reply: &Reply, fail: impl Fn(&str) -> Error) -> Result<SecretString> {
        // Nothing of the body is ever quoted: the token may stand anywhere in it.
        let Some(body) = reply.json() else {
            return Err(fail(&unreadable(reply)).hint(reply.hint(&self.setting())));
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
        let said = reply.refusal_words(&self.peer);
        let said = match said.as_str() {
            "" | "OK" => String::new(),
            said => format!(": {said}"),
        };
        let (keys, status, asked) = (keys.join(", "), reply.status_line(), &reply.asked);
        let name = self.peer.name();
        let (setting, credentials) = (setting(name), hint_credentials(name));
        Err(fail(&format!(
            "no token in the answer (keys: {keys}){said} ({status}, {asked})"
        ))
        .hint(format!("does {setting} lead to the API? {credentials}")))
    }
}

/// Of a login's answer nothing is quoted.
fn unreadable(reply: &Reply) -> String {
    let what = match reply.body.len() {
        0 => "an empty body".to_owned(),
        _ if reply.is_web_page() => "a web page".to_owned(),
        _ => no_json(reply),
    };
    let (status, size) = (reply.status_line(), plural(reply.body.len() as u64, "byte"));
    format!("{status}, {what} ({size}; {})", reply.asked)
}

/// What can be done when a login was refused.
fn hint_login(reply: &Reply, name: &str) -> String {
    match reply.meaning() {
        Meaning::NotSignedIn => hint_credentials(name),
        Meaning::NotAllowed => format!(
            "{name} knows this login but does not admit it, or not from here: ask its operators"
        ),
        // Laravel's way of saying that e-mail and password do not match.
        Meaning::Refused if [400, 422].contains(&reply.status.as_u16()) => hint_credentials(name),
        _ => reply.hint(&setting(name)),
    }
}

fn hint_credentials(name: &str) -> String {
    format!("check EXTERNAL_API_EMAIL and EXTERNAL_API_PASSWORD (or those of {name} alone)")
}
