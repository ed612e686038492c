//! A branch server over HTTP: its address, the login for it, and the pages of its list.
//!
//! Which pages are asked for, and where the list ends, is decided in `listing`.

mod login;

use std::time::Duration;

use secrecy::ExposeSecret;
use secrecy::SecretString;
use tokio::sync::RwLock;
use url::Url;

use super::Users;
use super::listing::{self, Answer, ListRequest, Listing, NoList, NoPage, Page, Question, page};
use super::model::Location;
use crate::config::{Credentials, Paging};
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::http::{Ask, Meaning, Peer, Reply, RequestError, RetryPolicy};
use crate::text::mask::mask;
use crate::text::{excerpt, scrub};

const TRIES: u32 = 3;

/// Everything it takes to ask a location's server.
pub struct Branch {
    peer: Peer,
    /// Its address without a trailing slash.
    base: String,
    /// The location's code, for people.
    code: String,
    credentials: Credentials,
    /// How many rows to ask for at a time.
    page_size: u64,
    /// How many pages to ask for at a time.
    concurrency: usize,
    paging: Paging,
    /// The time for a login, its tries included.
    login_budget: Duration,
    token: RwLock<Token>,
}

/// A bearer token, and how many there were before it.
#[derive(Debug, Default)]
struct Token {
    generation: u64,
    value: Option<SecretString>,
}

impl Users {
    /// Logs in to the server of `location` and asks it for nothing: whether that would work. Takes
    /// no longer than `budget`.
    pub async fn try_login(&self, location: &Location, budget: Duration, job: &Job) -> Result<()> {
        let mut branch = Branch::of(self, location)?;
        branch.login_budget = branch.login_budget.min(budget);
        branch.log_in(job).await.map(|_| ())
    }
}

impl Branch {
    /// The server of `location`. May run a command that prints a secret and block its thread.
    pub fn of(users: &Users, location: &Location) -> Result<Self> {
        let (name, code) = (scrub(&location.name), scrub(&location.code));
        let base = location.base().ok_or_else(|| {
            Error::config(format!("{name} has no online_url")).hint(format!(
                "set locations.online_url of {code}, or `url` of its [[users.location]]"
            ))
        })?;
        let url: Url = base.parse().map_err(|_| {
            let url = excerpt(&mask(&base), 200);
            let setting = setting(&name);
            Error::config(format!("«{url}» is not a usable online_url"))
                .hint(format!("correct {setting}, such as https://dev.example"))
        })?;
        let credentials = users.config.login(&location.code)?;
        let retry = RetryPolicy {
            connect: users.settings.connect_timeout,
            request: users.settings.timeout,
            retry_base: users.config.retry_base,
        };
        let peer = Peer::new(&name, &url, retry)?;
        peer.keep_secret(credentials.password.clone());
        Ok(Self {
            peer,
            base,
            code,
            credentials,
            page_size: u64::from(users.settings.page_size),
            concurrency: users.settings.concurrency,
            paging: location.overrides.paging,
            login_budget: users.settings.timeout,
            token: RwLock::default(),
        })
    }

    /// Reads the whole list. `Err` only when nobody could be asked: what goes wrong later is part
    /// of the listing.
    pub async fn list(&self, job: &Job) -> Result<Listing> {
        if self.token.read().await.value.is_none() {
            job.stage(format!("log in to {}", self.peer.name()));
            self.renew(0, job).await?;
        }
        job.stage(format!("fetch users of {}", self.peer.name()));
        let request = ListRequest {
            name: self.peer.name(),
            limit: self.page_size,
            concurrency: self.concurrency,
            paging: self.paging,
        };
        let limit = request.rows_asked_for();
        listing::read(&request, job, |question| self.answer(question, limit, job)).await
    }

    /// The answer to a question; logs in once more when the token has run out.
    async fn answer(&self, question: Question, limit: u64, job: &Job) -> Result<Answer> {
        let (number, limit) = question.page_and_limit(limit);
        let what = format!("page {number}");
        let fail = |why: &str| {
            Error::remote(format!(
                "Failed to fetch users from external API: {what}: {why}"
            ))
        };
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
        if let Some(target) = reply.redirect(&self.peer) {
            let why = redirected(&target, reply);
            return Err(fail(&why).hint(reply.hint(&self.setting())));
        }
        if !reply.status.is_success() {
            let hint = hint_wait(reply, job).unwrap_or_else(|| hint_list(reply, self.peer.name()));
            let why = reply.told(&self.peer) + &asked_to_wait(reply, job);
            let error = fail(&why).hint(hint);
            if reply.status == 404 {
                return Ok(Answer::Nothing(NoPage::NotFound, error.into()));
            }
            return Err(error);
        }
        let unreadable = |why: &str| {
            fail(&reply.not_understood(why, &self.peer)).hint(reply.hint(&self.setting()))
        };
        let body = page::json(&reply.body).ok_or_else(|| unreadable(&no_json(reply)))?;
        let body = body.map_err(|why| unreadable(&why))?;
        match Page::read(&body) {
            Ok(page) => Ok(Answer::Page(page)),
            Err(NoList::Null(why)) => Ok(Answer::Nothing(NoPage::Null, unreadable(&why).into())),
            Err(NoList::Other(why)) => Err(unreadable(&self.peer.words(&why, 200))),
        }
    }

    fn setting(&self) -> String {
        setting(self.peer.name())
    }

    /// A new token, unless another request has already fetched one.
    async fn renew(&self, seen: u64, job: &Job) -> Result<()> {
        let mut token = self.token.write().await;
        if token.generation == seen {
            if token.value.is_some() {
                job.line(self.peer.name(), "the token ran out: logging in again");
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

/// The setting that leads to a location's server, for people.
fn setting(name: &str) -> String {
    format!("the online_url of {name}")
}

fn redirected(target: &str, reply: &Reply) -> String {
    let (status, asked) = (reply.status_line(), &reply.asked);
    format!("not logged in ({status}, redirected to {target}; {asked})")
}

/// What can be done when a page was refused.
fn hint_list(reply: &Reply, name: &str) -> String {
    match reply.meaning() {
        Meaning::NotSignedIn => format!(
            "{name} accepted the login, but not the token that it gave for it: its operators know \
             why"
        ),
        Meaning::NotAllowed => format!(
            "the account of EXTERNAL_API_EMAIL may log in to {name}, but not list its users: ask \
             its operators for that right"
        ),
        _ => reply.hint(&setting(name)),
    }
}

/// Why a body is no JSON.
fn no_json(reply: &Reply) -> String {
    match std::str::from_utf8(&reply.body) {
        Ok(_) => "no JSON".to_owned(),
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
