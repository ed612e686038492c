//! An E-Alumni backend over HTTP: sign in, metadata, the calls that act, the stream.
//!
//! What only reads may be tried again; what acts is sent once. A redirect or a web page means "not
//! signed in". `HEAD` is never sent: at the deployed backend it starts a whole sync.

mod answer;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, COOKIE, HeaderValue, SET_COOKIE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

pub use answer::RunState;

use super::describe::HINT_LOOK_FIRST;
use super::metadata::{Metadata, OURS};
use crate::config::{Config, WebUrl};
use crate::engine::{Job, seal};
use crate::error::{Error, Result};
use crate::http::{Ask, Peer, Reply, RequestError, RetryPolicy, Stream, Unopened};

const LOGIN_PATH: &str = "/api/auth/login";
const METADATA_PATH: &str = "/api/sync/metadata";
/// What calls are named in messages.
const LOGIN: &str = "sign-in";
const METADATA: &str = "metadata";
pub(super) const STREAM: &str = "the sync's stream";
/// The setting that leads to the backend.
pub(super) const SETTING: &str = "`url` of [dapodik]";
const COOKIE_NAME: &str = "auth_token=";
const TRIES: u32 = 3;
const CONNECT: Duration = Duration::from_secs(10);
/// For sign-in and metadata, all tries together.
const LOOK: Duration = Duration::from_secs(30);
/// For one call that acts: with its token endpoint failing the backend itself waits for 65 s.
const ACT: Duration = Duration::from_mins(3);

#[derive(Debug)]
pub(super) struct Backend {
    peer: Peer,
    base: WebUrl,
    key: Option<SecretString>,
    /// `EALUMNI_AUTH_TOKEN`; the cookie of a sign-in goes before it.
    token: Option<SecretString>,
    account: Option<Account>,
}

#[derive(Debug)]
pub(super) enum CallOutcome {
    Done {
        said: String,
        run: Option<Uuid>,
    },
    Refused(Error),
    /// There was no answer: whether it was done is unknown.
    Unknown(Error),
}

impl Backend {
    pub fn new(config: &Config, base: &WebUrl) -> Result<Self> {
        let retry = RetryPolicy {
            connect: CONNECT,
            request: ACT,
            retry_base: config.retry_base,
        };
        let peer = Peer::new(&format!("E-Alumni {}", base.host()), base.expose(), retry)?;
        let secret = |name| -> Result<Option<SecretString>> {
            let secret = config.secret(name)?;
            if let Some(secret) = &secret {
                peer.keep_secret(secret.clone());
            }
            Ok(secret)
        };
        let key = secret("EALUMNI_API_KEY")?;
        let token = secret("EALUMNI_AUTH_TOKEN")?;
        let user = config.secret("EALUMNI_USERNAME")?;
        let password = secret("EALUMNI_PASSWORD")?;
        let lacking = match (&user, &password) {
            (Some(_), None) => Some(half("EALUMNI_USERNAME", "EALUMNI_PASSWORD")),
            (None, Some(_)) => Some(half("EALUMNI_PASSWORD", "EALUMNI_USERNAME")),
            _ => None,
        };
        let account = user.zip(password);
        let account = account
            .map(|(user, password)| Account::new(base.expose().as_str(), user, password))
            .transpose()?;
        if key.is_none() && token.is_none() && account.is_none() {
            let hint = lacking.unwrap_or_else(|| {
                "set EALUMNI_API_KEY, or EALUMNI_USERNAME and EALUMNI_PASSWORD, or \
                 EALUMNI_AUTH_TOKEN, in the environment or in .env"
                    .to_owned()
            });
            return Err(Error::config("no credentials for the E-Alumni backend").hint(hint));
        }
        if let Some(cookie) = account.as_ref().and_then(Account::cookie) {
            peer.keep_secret(cookie);
        }
        Ok(Self {
            peer,
            base: base.clone(),
            key,
            token,
            account,
        })
    }

    /// Text from this backend for people: without secrets, scrubbed.
    pub fn words(&self, text: &str) -> String {
        self.peer.words(text, crate::text::LONGEST)
    }

    /// What the backend says of its last global sync; signs in where that is needed, and again
    /// where the cookie has ended.
    pub async fn metadata(&self, job: &Job) -> Result<Metadata> {
        let reply = self.ask(METADATA_PATH, METADATA, job).await?;
        let answer = self.answer(&reply, METADATA)?;
        let metadata = Metadata::read(&answer).ok_or_else(|| {
            let why = reply.not_understood("the answer says nothing of the last sync", &self.peer);
            Error::remote(format!("{METADATA}: {why}")).hint(reply.hint(SETTING))
        })?;
        Ok(Metadata {
            ours: reply.headers.contains_key(OURS),
            ..metadata
        })
    }

    /// Sends a call that acts, once. A stop waits for the answer to what was sent.
    pub async fn act(
        &self,
        path: &str,
        body: Option<&Value>,
        what: &str,
        job: &Job,
    ) -> CallOutcome {
        let ask = Ask {
            what,
            tries: 1,
            retry_refused: false,
            budget: Some(ACT),
        };
        let delivering = self.peer.deliver(job, ask, |client| {
            let request = json_please(self.signed(client.post(self.url(path))));
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        });
        let sent = delivering.await;
        let failed = |why: &str| Error::remote(format!("{what}: {why}"));
        match sent {
            Ok(reply) => match self.answer(&reply, what) {
                Ok(answer) => CallOutcome::Done {
                    said: self.said(&answer),
                    run: answer::run_of(&answer),
                },
                Err(error) => CallOutcome::Refused(error),
            },
            Err(trouble) if trouble.is_unsent() => {
                let hint = trouble.hint(SETTING);
                CallOutcome::Refused(failed(&trouble.to_string()).hint(hint))
            }
            Err(RequestError::Stopped) => CallOutcome::Unknown(Error::stopped(what)),
            Err(trouble) => {
                CallOutcome::Unknown(failed(&trouble.to_string()).hint(HINT_LOOK_FIRST))
            }
        }
    }

    /// Opens a stream, once. `after` is the last id seen, for a server that sends ids.
    pub async fn open(&self, path: &str, after: Option<&str>) -> Result<Stream, Unopened> {
        self.peer
            .stream(|client| {
                let request = self
                    .signed(client.get(self.url(path)))
                    .header(ACCEPT, "text/event-stream")
                    .header(ACCEPT_ENCODING, "identity")
                    .header(CACHE_CONTROL, "no-cache");
                match after.and_then(|id| HeaderValue::from_str(id).ok()) {
                    Some(id) => request.header("last-event-id", id),
                    None => request,
                }
            })
            .await
    }

    /// The answer to a question; one that says "not signed in" is asked for once more after a new
    /// sign-in, where there is an account for it.
    async fn ask(&self, path: &str, what: &str, job: &Job) -> Result<Reply> {
        let mut fresh = false;
        if let Some(account) = &self.account
            && self.key.is_none()
            && self.token().is_none()
        {
            self.log_in(account, job).await?;
            fresh = true;
        }
        let reply = self.ask_once(path, what, job).await?;
        match &self.account {
            Some(account) if !fresh && answer::is_signed_out(&reply) => {
                self.log_in(account, job).await?;
                self.ask_once(path, what, job).await
            }
            _ => Ok(reply),
        }
    }

    async fn ask_once(&self, path: &str, what: &str, job: &Job) -> Result<Reply> {
        let sent = self.peer.send(job, look(what), |client| {
            json_please(self.signed(client.get(self.url(path))))
        });
        sent.await
            .map_err(|trouble| self.unanswered(what, &trouble))
    }

    async fn log_in(&self, account: &Account, job: &Job) -> Result<()> {
        let body = json!({
            "username": account.user.expose_secret(),
            "password": account.password.expose_secret(),
        });
        let sent = self.peer.send(job, look(LOGIN), |client| {
            json_please(client.post(self.url(LOGIN_PATH))).json(&body)
        });
        let reply = sent
            .await
            .map_err(|trouble| self.unanswered(LOGIN, &trouble))?;
        if !reply.status.is_success() {
            return Err(self.refusal(&reply, LOGIN));
        }
        let cookies = reply.headers.get_all(SET_COOKIE).iter();
        let token = cookies
            .filter_map(|cookie| cookie.to_str().ok()?.trim().strip_prefix(COOKIE_NAME))
            .filter_map(|rest| rest.split(';').next())
            .find(|token| !token.trim().is_empty());
        let token = token.ok_or_else(|| {
            let why = format!(
                "{LOGIN}: the backend set no auth_token cookie ({}, {})",
                reply.status_line(),
                reply.asked
            );
            Error::remote(why).hint(reply.hint(SETTING))
        })?;
        let token = SecretString::from(token.trim());
        self.peer.keep_secret(token.clone());
        account.keep(token);
        Ok(())
    }

    fn url(&self, path: &str) -> String {
        let base = self.base.expose().as_str();
        format!("{}{path}", base.trim_end_matches('/'))
    }

    fn token(&self) -> Option<SecretString> {
        self.cookie().or_else(|| self.token.clone())
    }

    fn cookie(&self) -> Option<SecretString> {
        self.account.as_ref()?.cookie()
    }

    fn credentials(&self) -> Vec<&'static str> {
        let key = self.key.as_ref().map(|_| "EALUMNI_API_KEY");
        let token = self.token.as_ref().map(|_| "EALUMNI_AUTH_TOKEN");
        let account = self.account.as_ref();
        let account = account.map(|_| "EALUMNI_USERNAME with EALUMNI_PASSWORD");
        [key, account, token].into_iter().flatten().collect()
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        let sensitive = |text: &str| {
            let value = HeaderValue::from_str(text).ok();
            value.map(|mut value| {
                value.set_sensitive(true);
                value
            })
        };
        let request = match self
            .key
            .as_ref()
            .and_then(|key| sensitive(key.expose_secret()))
        {
            Some(key) => request.header("x-api-key", key),
            None => request,
        };
        let cookie = self
            .token()
            .and_then(|token| sensitive(&format!("{COOKIE_NAME}{}", token.expose_secret())));
        match cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }
}

fn json_please(request: RequestBuilder) -> RequestBuilder {
    request.header(ACCEPT, "application/json")
}

fn look(what: &str) -> Ask<'_> {
    Ask {
        what,
        tries: TRIES,
        retry_refused: true,
        budget: Some(LOOK),
    }
}

/// One of two that belong together is set.
fn half(set: &str, missing: &str) -> String {
    format!(
        "{set} is set, {missing} is not: both are needed, or EALUMNI_API_KEY, or EALUMNI_AUTH_TOKEN"
    )
}

/// The cookies of this process: one sign-in for each account, whoever asks. A screen looks at
/// metadata again and again with settings that were read anew. No password is kept: an account is
/// known by its seal.
static COOKIES: Mutex<BTreeMap<String, SecretString>> = Mutex::new(BTreeMap::new());

#[derive(Debug)]
struct Account {
    user: SecretString,
    password: SecretString,
    seal: String,
}

impl Account {
    fn new(base: &str, user: SecretString, password: SecretString) -> Result<Self> {
        let seal = seal(&(base, user.expose_secret(), password.expose_secret()))?;
        Ok(Self {
            user,
            password,
            seal,
        })
    }

    fn cookie(&self) -> Option<SecretString> {
        cookies().get(&self.seal).cloned()
    }

    fn keep(&self, cookie: SecretString) {
        cookies().insert(self.seal.clone(), cookie);
    }
}

fn cookies() -> MutexGuard<'static, BTreeMap<String, SecretString>> {
    COOKIES.lock().unwrap_or_else(PoisonError::into_inner)
}
