//! A branch server over HTTP: log in, fetch the pages of its list, some at a time.
//!
//! Page 1 tells how many there are; where the server says nothing, pages are fetched until an
//! empty one. Without a total the end of the list is asked for twice: a page that a busy server
//! forgot, or sent half of, must not look like the last one.

use std::ops::RangeInclusive;

mod login;

use futures_util::{StreamExt, stream};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::RwLock;

use super::listing::{Gathering, Listing, Page};
use super::words;
use crate::engine::Job;
use crate::error::{Error, Failure, Kind, Result};
use crate::http::{Ask, Peer, Reply, Trouble};

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
    /// The time for a login, its tries included.
    pub login_budget: std::time::Duration,
}

/// A bearer token, and how many were had before it.
struct Token {
    generation: u64,
    value: SecretString,
}

impl Branch<'_> {
    /// Whether one can log in.
    pub async fn try_login(&self, job: &Job) -> Result<()> {
        self.log_in(job).await.map(|_| ())
    }

    /// Fetches the whole list. `Err` only when nobody could be asked: what goes wrong later is part
    /// of the listing.
    pub async fn list(&self, job: &Job) -> Result<Listing> {
        job.stage(words::logging_in(self.peer.name()));
        let token = RwLock::new(Token {
            generation: 0,
            value: self.log_in(job).await?,
        });
        job.stage(words::fetching(self.peer.name()));
        let mut gathering = Gathering::default();
        let first = match self.page(1, &token, job).await {
            Ok(page) => page,
            Err(error) => return stopped_or(error, gathering),
        };
        let shape = (first.total, first.last, first.rows.len() as u64);
        self.took(&mut gathering, 1, first, job);
        let rest = match shape {
            // The server may cap the page size: count with what it really sent.
            (total, Some(last), _) => {
                let all = self.up_to(last, &token, &mut gathering, job).await;
                match (all, total) {
                    (Ok(()), None) => self.again(last..=last, &token, &mut gathering, job).await,
                    (all, _) => all,
                }
            }
            (Some(total), None, size) if size > 0 => {
                self.up_to(total.div_ceil(size), &token, &mut gathering, job)
                    .await
            }
            (Some(_), None, _) => Ok(()),
            (None, None, _) => self.until_empty(&token, &mut gathering, job).await,
        };
        match rest {
            Ok(()) => Ok(gathering.finish()),
            Err(error) => stopped_or(error, gathering),
        }
    }

    /// Pages 2 to `last`; ends early at an empty page, which contradicts the count anyway.
    async fn up_to(
        &self,
        last: u64,
        token: &RwLock<Token>,
        gathering: &mut Gathering,
        job: &Job,
    ) -> Result<()> {
        let mut pages = stream::iter(2..=last)
            .map(|number| async move { (number, self.page(number, token, job).await) })
            .buffer_unordered(self.concurrency);
        let mut failed = None;
        while let Some((number, page)) = pages.next().await {
            match page {
                Ok(page) => {
                    let empty = page.rows.is_empty();
                    self.took(gathering, number, page, job);
                    if empty || gathering.goes_round() {
                        break;
                    }
                }
                Err(error) if error.kind() == Kind::Stopped => return Err(error),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Pages from 2 on, a handful at a time, until an empty one; then once more from the last one on.
    async fn until_empty(
        &self,
        token: &RwLock<Token>,
        gathering: &mut Gathering,
        job: &Job,
    ) -> Result<()> {
        let mut next = 2;
        let mut end = gathering.rows().eq(&0).then_some(1);
        while end.is_none() {
            let after = next + self.concurrency as u64;
            let mut pages = stream::iter(next..after)
                .map(|number| async move { (number, self.page(number, token, job).await) })
                .buffered(self.concurrency);
            while let Some((number, page)) = pages.next().await {
                let page = page?;
                if page.rows.is_empty() && end.is_none() {
                    end = Some(number);
                }
                self.took(gathering, number, page, job);
                // A server that does not count pages sends the same one for ever.
                if gathering.goes_round() {
                    return Ok(());
                }
            }
            next = after;
        }
        let end = end.unwrap_or(1);
        let last = end.saturating_sub(1).max(1);
        self.again(last..=end + 1, token, gathering, job).await
    }

    /// Asks once more for pages whose length nothing else confirms.
    async fn again(
        &self,
        pages: RangeInclusive<u64>,
        token: &RwLock<Token>,
        gathering: &mut Gathering,
        job: &Job,
    ) -> Result<()> {
        for number in pages {
            let page = self.page(number, token, job).await?;
            self.took(gathering, number, page, job);
        }
        Ok(())
    }

    fn took(&self, gathering: &mut Gathering, number: u64, page: Page, job: &Job) {
        let total = page.total;
        gathering.take(number, page);
        job.step(self.peer.name(), gathering.rows(), total);
    }

    /// One page; logs in once more when the token has run out.
    async fn page(&self, number: u64, token: &RwLock<Token>, job: &Job) -> Result<Page> {
        let what = words::page(number);
        let fail = |why: &str| Error::remote(words::fetch_failed(&what, why));
        let mut renewed = false;
        loop {
            let (generation, bearer) = {
                let token = token.read().await;
                (token.generation, token.value.clone())
            };
            let reply = self
                .ask_page(number, &what, &bearer, job)
                .await
                .map_err(|trouble| match trouble {
                    Trouble::Stopped => Error::stopped(&what),
                    other => fail(&other.to_string()).hint(other.hint(&self.setting())),
                })?;
            if reply.status == 401 && !renewed {
                renewed = true;
                self.renew(token, generation, job).await?;
                continue;
            }
            return self.read_page(&reply, fail);
        }
    }

    async fn ask_page(
        &self,
        number: u64,
        what: &str,
        bearer: &SecretString,
        job: &Job,
    ) -> Result<Reply, Trouble> {
        let (page, limit) = (number.to_string(), self.page_size.to_string());
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
            .send(job, ask, |client| {
                client
                    .get(&url)
                    .query(&query)
                    .header("Accept", "application/json")
                    .header("X-Requested-With", "XMLHttpRequest")
                    .bearer_auth(bearer.expose_secret())
            })
            .await
    }

    fn read_page(&self, reply: &Reply, fail: impl Fn(&str) -> Error) -> Result<Page> {
        if let Some(target) = reply.redirect(self.peer) {
            let why = words::redirected(&target, reply);
            return Err(fail(&why).hint(reply.hint(&self.setting())));
        }
        if !reply.status.is_success() {
            let hint = words::hint_list(reply, self.peer.name());
            return Err(fail(&reply.told(self.peer)).hint(hint));
        }
        let unreadable = |why: &str| {
            fail(&reply.not_understood(why, self.peer)).hint(reply.hint(&self.setting()))
        };
        let body = reply.json().ok_or_else(|| unreadable(words::NO_JSON))?;
        Page::read(&body).map_err(|why| unreadable(&self.peer.words(&why, 200)))
    }

    /// The setting that leads to it, for people.
    fn setting(&self) -> String {
        words::online_url_of(self.peer.name())
    }

    /// A new token, unless another page has already fetched one.
    async fn renew(&self, token: &RwLock<Token>, seen: u64, job: &Job) -> Result<()> {
        let mut token = token.write().await;
        if token.generation == seen {
            job.line(self.peer.name(), words::logging_in_again());
            let value = self.log_in(job).await?;
            *token = Token {
                generation: seen + 1,
                value,
            };
        }
        Ok(())
    }
}

/// A stop ends the whole plan; any other error is a doubt about the listing.
fn stopped_or(error: Error, mut gathering: Gathering) -> Result<Listing> {
    if error.kind() == Kind::Stopped {
        return Err(error);
    }
    gathering.fail(Failure::from(error));
    Ok(gathering.finish())
}
