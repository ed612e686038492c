//! The endpoints of a service that runs a script, in the documented and in the deployed shape.
//!
//! Every answer is read by its `status`; the HTTP code only helps where there is none.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::Mutex;

use super::answer::{Answer, ListedRun, Log, Printed, Reader, Status, status_of};
use crate::config::{Config, RemoteScript};
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::http::{Ask, Held, Large, Meaning, Peer, Reply, RequestError, RetryPolicy, Unanswered};

const CONNECT: Duration = Duration::from_secs(10);
/// For every request but the one that runs the script.
const REQUEST: Duration = Duration::from_secs(30);
const TRIES: u32 = 3;
const STATUS: &str = "the status";
const LOG: &str = "the log";
const STOP: &str = "the stop";
const LOGIN: &str = "the login";
/// The setting to look at when the service cannot be reached.
pub const SETTING: &str = "`url` (and `prefix`) of [script]";
/// How much of a message is repeated, in characters.
const EXCERPT: usize = 400;

/// A service that runs a script.
#[derive(Debug)]
pub struct Client {
    peer: Peer,
    base: String,
    access: Access,
    token: Mutex<Option<SecretString>>,
}

/// Where the service is, prefix included, without a `/` at the end; a password in it is masked.
pub fn address(settings: &RemoteScript) -> String {
    settings.url.below(&settings.prefix).to_string()
}

impl Client {
    /// Reads the secrets, which may run a command.
    pub async fn new(config: &std::sync::Arc<Config>, settings: &RemoteScript) -> Result<Self> {
        let retry = RetryPolicy {
            connect: CONNECT,
            request: REQUEST,
            retry_base: config.retry_base,
        };
        let peer = Peer::new(settings.url.host(), settings.url.expose(), retry)?;
        let config = std::sync::Arc::clone(config);
        // A secret may be printed by a command.
        let secrets = crate::script::look(move || secrets(&config)).await?;
        let (access, token) = secrets;
        for secret in token.iter().chain(match &access {
            Access::Login { password, .. } => Some(password),
            Access::Token => None,
        }) {
            peer.keep_secret(secret.clone());
        }
        Ok(Self {
            peer,
            base: (settings.url.below(&settings.prefix).expose().as_str())
                .trim_end_matches('/')
                .to_owned(),
            access,
            token: Mutex::new(token),
        })
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        self.peer.name()
    }

    /// A text of the service for people.
    pub fn words(&self, text: &str) -> String {
        self.peer.words(text, EXCERPT)
    }

    pub async fn status(&self, job: &Job) -> Result<Status> {
        let reply = self.get("/sync/status", STATUS, job).await?;
        match status_of(&reply).as_deref() {
            Some("running") => Ok(Status::Running),
            Some("idle") => Ok(Status::Idle),
            _ => Err(self.unusable(STATUS, &reply)),
        }
    }

    /// The end of the script's log; `None` where the service has none.
    pub async fn log(&self, job: &Job) -> Result<Option<Log>> {
        let reply = self.get("/sync/log", LOG, job).await?;
        let body = reply.json().unwrap_or_default();
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        match (
            status_of(&reply).as_deref(),
            text("log").or_else(|| text("content")),
        ) {
            (Some("success"), Some(log)) => Ok(Some(Log {
                text: log,
                file: text("logFile"),
            })),
            (Some("error"), _) => Ok(None),
            _ => Err(self.unusable(LOG, &reply)),
        }
    }

    /// The runs of a service that lists them, newest first, as
    /// `{"runs":[{"id":"…","state":"running"}]}`; `Err` says why there is no list.
    pub async fn runs(&self, job: &Job) -> Result<Result<Vec<ListedRun>, String>> {
        let reply = self.get("/sync/runs", "the list of runs", job).await?;
        let body = reply.json().unwrap_or_default();
        let Some(runs) = body.get("runs").and_then(Value::as_array) else {
            return Ok(Err(format!("{} offers no way to stop a run", self.name())));
        };
        Ok(Ok(runs.iter().filter_map(ListedRun::read).collect()))
    }

    /// The id of the running run, at a service that lists its runs; `Err` says why none
    /// can be named.
    pub async fn running_run(&self, job: &Job) -> Result<Result<Option<String>, String>> {
        let runs = self.runs(job).await?;
        Ok(runs.map(|runs| {
            let running = runs.into_iter().find(ListedRun::is_running);
            running.map(|run| run.id)
        }))
    }

    /// Asks the service to stop a run.
    pub async fn stop(&self, run: &str, job: &Job) -> Result<()> {
        // An id from outside must not lead to another address.
        let run: String = url::form_urlencoded::byte_serialize(run.as_bytes()).collect();
        let path = format!("/sync/runs/{run}");
        let reply = self.ask(reqwest::Method::DELETE, &path, STOP, job);
        let reply = reply.await?;
        if reply.status.is_success() {
            Ok(())
        } else {
            Err(self.unusable(STOP, &reply))
        }
    }

    /// Runs the script, and waits for its end without a limit. The call is never repeated.
    pub async fn run(&self) -> Result<Answer, Unanswered> {
        let token = self.token.lock().await.clone();
        let url = format!("{}/sync/run", self.base);
        let reply = self.peer.hold(|client| {
            let request = client.post(&url).header("Accept", "application/json");
            match &token {
                Some(token) => request.bearer_auth(token.expose_secret()),
                None => request,
            }
        });
        match reply.await? {
            Held::Whole(reply) => Ok(self.answer(&reply)),
            Held::Large(large) => self.large(large).await,
        }
    }

    fn answer(&self, reply: &Reply) -> Answer {
        let body = reply.json().unwrap_or_default();
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
        let status = status_of(reply).unwrap_or_default();
        let printed = Printed::whole(text("output"));
        let answer = self.judge(&status, text("message"), printed);
        answer.unwrap_or_else(|| Answer::Unreadable(self.said(reply)))
    }

    /// As [`Client::answer`], for one too large to be held.
    async fn large(&self, mut large: Large) -> Result<Answer, Unanswered> {
        let mut reader = Reader::default();
        let mut is_answer = reader.take(&std::mem::take(&mut large.beginning.body));
        while is_answer && let Some(piece) = large.next().await? {
            is_answer = reader.take(piece.as_ref());
        }
        let read = is_answer.then(|| reader.end()).flatten();
        let answer =
            read.and_then(|(status, message, printed)| self.judge(&status, &message, printed));
        answer.ok_or_else(|| large.refused())
    }

    fn judge(&self, status: &str, message: &str, printed: Printed) -> Option<Answer> {
        let message = self.peer.words(message, EXCERPT);
        match status {
            "success" => Some(Answer::Success(printed)),
            "running" => Some(Answer::Running(message)),
            "error" => Some(Answer::Error(message, printed)),
            _ => None,
        }
    }

    async fn get(&self, path: &str, what: &str, job: &Job) -> Result<Reply> {
        self.ask(reqwest::Method::GET, path, what, job).await
    }

    /// Sends the token; logs in once more when it has expired.
    async fn ask(
        &self,
        method: reqwest::Method,
        path: &str,
        what: &str,
        job: &Job,
    ) -> Result<Reply> {
        let url = format!("{}{path}", self.base);
        let mut renewed = false;
        loop {
            let token = self.bearer(renewed, job).await?;
            let ask = asking(what);
            let sent = self.peer.send(job, ask, |client| {
                client
                    .request(method.clone(), &url)
                    .header("Accept", "application/json")
                    .bearer_auth(token.expose_secret())
            });
            let reply = sent.await.map_err(|trouble| self.failed(what, &trouble))?;
            if reply.status != 401 {
                return Ok(reply);
            }
            if renewed || matches!(self.access, Access::Token) {
                return Err(self.unusable(what, &reply).hint(
                    "correct SCRIPT_API_TOKEN, or SCRIPT_API_USERNAME and SCRIPT_API_PASSWORD",
                ));
            }
            renewed = true;
        }
    }

    /// The token in hand, or a new one.
    async fn bearer(&self, renew: bool, job: &Job) -> Result<SecretString> {
        let mut token = self.token.lock().await;
        match (&*token, &self.access) {
            (Some(known), access) if !renew || matches!(access, Access::Token) => Ok(known.clone()),
            (_, Access::Login { username, password }) => {
                let fresh = self.log_in(username, password, job).await?;
                Ok(token.insert(fresh).clone())
            }
            (_, Access::Token) => Err(Error::bug("a client without a token")),
        }
    }

    async fn log_in(
        &self,
        username: &str,
        password: &SecretString,
        job: &Job,
    ) -> Result<SecretString> {
        let url = format!("{}/auth/login", self.base);
        let body = json!({"username": username, "password": password.expose_secret()});
        let sent = self.peer.send(job, asking(LOGIN), |client| {
            client
                .post(&url)
                .header("Accept", "application/json")
                .json(&body)
        });
        let reply = sent.await.map_err(|trouble| self.failed(LOGIN, &trouble))?;
        let answer = reply.json().unwrap_or_default();
        let token = answer.get("token").and_then(Value::as_str);
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            let token = SecretString::from(token);
            self.peer.keep_secret(token.clone());
            return Ok(token);
        }
        // Nothing of the body is ever quoted: the token may stand anywhere in it.
        let why = reply.told_of_login(&self.peer);
        let error = self.unanswered(LOGIN, &why);
        Err(match reply.meaning() {
            // A wrong password is a 500 at the deployed service.
            Meaning::NotSignedIn | Meaning::Broken | Meaning::Answer => {
                error.hint("correct SCRIPT_API_USERNAME and SCRIPT_API_PASSWORD")
            }
            _ => error.hint(reply.hint(SETTING)),
        })
    }

    fn failed(&self, what: &str, trouble: &RequestError) -> Error {
        match trouble {
            RequestError::Stopped => Error::stopped(what),
            other => self
                .unanswered(what, &other.to_string())
                .hint(other.hint(SETTING)),
        }
    }

    pub fn unanswered(&self, what: &str, why: &str) -> Error {
        Error::remote(format!("{}: {what} failed: {why}", self.name()))
    }

    fn unusable(&self, what: &str, reply: &Reply) -> Error {
        self.unanswered(what, &self.said(reply))
            .hint(reply.hint(SETTING))
    }

    /// What an answer that could not be used says.
    fn said(&self, reply: &Reply) -> String {
        match reply.redirect(&self.peer) {
            Some(target) => format!(
                "the server redirects to {target} ({}, {})",
                reply.status_line(),
                reply.asked
            ),
            None => reply.told(&self.peer),
        }
    }
}

fn asking(what: &str) -> Ask<'_> {
    Ask {
        what,
        tries: TRIES,
        retry_refused: false,
        budget: None,
    }
}

/// Where the token comes from.
#[derive(Debug)]
enum Access {
    /// The configuration.
    Token,
    /// Logging in.
    Login {
        username: String,
        password: SecretString,
    },
}

/// From the configuration: a token, or a name and a password. May run a command.
fn secrets(config: &Config) -> Result<(Access, Option<SecretString>)> {
    if let Some(token) = config.secret("SCRIPT_API_TOKEN")? {
        return Ok((Access::Token, Some(token)));
    }
    let Some(username) = config.secret("SCRIPT_API_USERNAME")? else {
        // Says that it is missing, and where it may be set.
        config.needed_secret("SCRIPT_API_TOKEN")?;
        return Err(Error::bug("a secret was there and was not"));
    };
    let access = Access::Login {
        username: username.expose_secret().to_owned(),
        password: config.needed_secret("SCRIPT_API_PASSWORD")?,
    };
    Ok((access, None))
}
