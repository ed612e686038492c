//! A branch server over HTTP: log in, and ask for the pages of its list.
//!
//! Which pages, and where the list ends, is said in `listing`.

mod login;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::RwLock;

use super::listing::{self, Absence, Answer, Listing, NoList, Page, Plea, Question, body};
use super::words;
use crate::config::Paging;
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::http::{Ask, Peer, Reply, RequestError};

const TRIES: u32 = 3;

/// A branch server.
pub struct Branch<'a> {
    /// The connection to it.
    pub peer: &'a Peer,
    /// Its address without a trailing slash.
    pub base: &'a str,
    /// The location's code, for people.
    pub code: &'a str,
    /// `EXTERNAL_API_EMAIL` for it.
    pub email: &'a str,
    /// `EXTERNAL_API_PASSWORD` for it.
    pub password: &'a SecretString,
    /// How many rows to ask for at a time.
    pub page_size: u64,
    /// How many pages to ask for at a time.
    pub concurrency: usize,
    /// Whether the list comes in pages, as far as the configuration says it.
    pub paging: Paging,
    /// The time for a login, its tries included.
    pub login_budget: std::time::Duration,
    /// The bearer token, once there is one.
    pub token: &'a RwLock<Token>,
}

/// A bearer token, and how many there were before it.
#[derive(Debug, Default)]
pub struct Token {
    generation: u64,
    value: Option<SecretString>,
}

impl Branch<'_> {
    /// Whether one can log in.
    pub async fn try_login(&self, job: &Job) -> Result<()> {
        self.log_in(job).await.map(|_| ())
    }

    /// Reads the whole list. `Err` only when nobody could be asked: what goes wrong later is part
    /// of the listing.
    pub async fn list(&self, job: &Job) -> Result<Listing> {
        if self.token.read().await.value.is_none() {
            job.stage(words::logging_in(self.peer.name()));
            self.renew(0, job).await?;
        }
        job.stage(words::fetching(self.peer.name()));
        let plea = Plea {
            name: self.peer.name(),
            limit: self.page_size,
            concurrency: self.concurrency,
            paging: self.paging,
        };
        let limit = plea.rows_asked_for();
        listing::read(&plea, job, |question| self.answer(question, limit, job)).await
    }

    /// The answer to a question; logs in once more when the token has run out.
    async fn answer(&self, question: Question, limit: u64, job: &Job) -> Result<Answer> {
        let (number, limit) = question.page_and_limit(limit);
        let what = words::page(number);
        let fail = |why: &str| Error::remote(words::fetch_failed(&what, why));
        let mut renewed = false;
        loop {
            let (generation, bearer) = {
                let token = self.token.read().await;
                (token.generation, token.value.clone().unwrap_or_default())
            };
            let reply = self
                .ask_page((number, limit), &what, &bearer, job)
                .await
                .map_err(|trouble| match trouble {
                    RequestError::Stopped => Error::stopped(&what),
                    other => fail(&other.to_string()).hint(other.hint(&self.setting())),
                })?;
            if reply.status == 401 && !renewed {
                renewed = true;
                self.renew(generation, job).await?;
                continue;
            }
            return self.read_answer(&reply, job, fail);
        }
    }

    async fn ask_page(
        &self,
        (page, limit): (u64, u64),
        what: &str,
        bearer: &SecretString,
        job: &Job,
    ) -> Result<Reply, RequestError> {
        let (page, limit) = (page.to_string(), limit.to_string());
        let query = [
            ("q", ""),
            ("limit", &limit),
            ("page", &page),
            ("sort", "id_user"),
            ("order", "desc"),
        ];
        let ask = Ask {
            what,
            tries: TRIES,
            retry_refused: true,
            budget: None,
        };
        let url = format!("{}/api/conf/users", self.base);
        self.peer
            .read(job, ask, |client| {
                client
                    .get(&url)
                    .query(&query)
                    .header("Accept", "application/json")
                    .header("X-Requested-With", "XMLHttpRequest")
                    .bearer_auth(bearer.expose_secret())
            })
            .await
    }

    fn read_answer(
        &self,
        reply: &Reply,
        job: &Job,
        fail: impl Fn(&str) -> Error,
    ) -> Result<Answer> {
        if let Some(target) = reply.redirect(self.peer) {
            let why = words::redirected(&target, reply);
            return Err(fail(&why).hint(reply.hint(&self.setting())));
        }
        if !reply.status.is_success() {
            let hint =
                hint_wait(reply, job).unwrap_or_else(|| words::hint_list(reply, self.peer.name()));
            let why = reply.told(self.peer) + &asked_to_wait(reply, job);
            let error = fail(&why).hint(hint);
            if reply.status == 404 {
                return Ok(Answer::Nothing(Absence::NotFound, error.into()));
            }
            return Err(error);
        }
        let unreadable = |why: &str| {
            fail(&reply.not_understood(why, self.peer)).hint(reply.hint(&self.setting()))
        };
        let body = body::read(&reply.body).ok_or_else(|| unreadable(&no_json(reply)))?;
        let body = body.map_err(|why| unreadable(&why))?;
        match Page::read(&body) {
            Ok(page) => Ok(Answer::Page(page)),
            Err(NoList::Null(why)) => Ok(Answer::Nothing(Absence::Null, unreadable(&why).into())),
            Err(NoList::Other(why)) => Err(unreadable(&self.peer.words(&why, 200))),
        }
    }

    /// The setting that leads to it, for people.
    fn setting(&self) -> String {
        words::online_url_of(self.peer.name())
    }

    /// A new token, unless somebody else has already fetched one.
    async fn renew(&self, seen: u64, job: &Job) -> Result<()> {
        let mut token = self.token.write().await;
        if token.generation == seen {
            if token.value.is_some() {
                job.line(self.peer.name(), words::logging_in_again());
            }
            let value = Some(self.log_in(job).await?);
            *token = Token {
                generation: seen + 1,
                value,
            };
        }
        Ok(())
    }
}

/// Why a body is no JSON.
fn no_json(reply: &Reply) -> String {
    match std::str::from_utf8(&reply.body) {
        Ok(_) => words::NO_JSON.to_owned(),
        Err(error) => format!("not UTF-8 from byte {} on", error.valid_up_to() + 1),
    }
}

/// That a server asked for more time than there was, if it did.
fn asked_to_wait(reply: &Reply, job: &Job) -> String {
    match reply.retry_after(job.now()) {
        Some(wait) => format!(" (Retry-After: {} s)", wait.as_secs()),
        None => String::new(),
    }
}

/// What to do about a server that asks for more time than there was.
fn hint_wait(reply: &Reply, job: &Job) -> Option<String> {
    let wait = reply.retry_after(job.now())?.as_secs();
    Some(format!(
        "the server asks for a pause of {wait} s; nothing was written; try again after that"
    ))
}
