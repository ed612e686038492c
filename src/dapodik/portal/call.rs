//! One question to the portal with all its tries: token, gate, exchange, and what then.
//!
//! A 401 renews the token, a 429 and an outage pause everybody; neither costs a try.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, DATE, HeaderValue};
use reqwest::{Client, RequestBuilder};
use secrecy::ExposeSecret as _;

use super::gate::{Gone, Pass};
use super::judge::{Judged, brief, error, status};
use super::limiter::Route;
use super::reading::{Answer, Keys, NoList, read};
use super::token::{self, Token};
use super::{Failed, Portal};
use crate::engine::Job;
use crate::error::{Error, Failure};
use crate::http::{Reply, RequestError};

/// Every request is sent at most so often, but for what costs no try.
const TRIES: u32 = 4;
/// How many 401 one question may meet with tokens that nobody was answered with, and how many in
/// all: of a token that is good for few calls, others may use up all of them.
const SIGNED_OUT: u32 = 4;
const SIGNED_OUT_AT_LAST: u32 = 10;
/// The longest wait before another try that an answer may ask for.
const LONGEST_WAIT: Duration = Duration::from_mins(5);
const BASE_SETTING: &str = "`base_url` of [dapodik.portal]";
const TOKEN_SETTING: &str = "`auth_url` of [dapodik.portal]";
const HINT_ACCOUNT: &str =
    "are DAPODIK_USERNAME, DAPODIK_PASSWORD and DAPODIK_API_KEY those of the portal's account?";
const TOKEN: &str = "sign-in at the portal";
pub const API_KEY: &str = "x-api-key";

#[derive(Debug)]
pub struct Question<'a> {
    pub route: Route,
    pub path: &'a str,
    pub query: Vec<(&'static str, String)>,
    pub keys: &'a Keys,
    /// Such as `schools of 34.04.07, page 2`.
    pub what: String,
}

/// The token in use.
#[derive(Debug, Default)]
pub struct Tokens {
    token: Option<Token>,
    /// How many there were.
    count: u64,
    /// Why the portal gives none to this account. It is not asked again: accounts are locked by
    /// logins that fail again and again.
    refused: Option<Failure>,
}

/// The tries of one question.
struct Tries {
    question: u64,
    made: u32,
    waits: ExponentialBackoff,
    /// Whether a failure of all was not counted. Once: a question that fails by itself has an end.
    was_spared: bool,
}

impl Portal {
    /// Asks for a list. An answer of 404 to the question for one person is an empty one.
    pub(super) async fn list(&self, question: &Question<'_>, job: &Job) -> Result<Answer, Failed> {
        let what = question.what.as_str();
        let mut tries = self.tries();
        let (mut stale, mut signed_out) = (None, 0);
        loop {
            let token = self.token(stale, job).await?;
            let pass = self.enter(question.route, tries.question, job).await?;
            if token.is_old() {
                continue;
            }
            if pass.is_probe() {
                self.probe(pass, &token, job).await?;
                continue;
            }
            let sent = self.once(job, |client| {
                let url = self.base.below(question.path);
                let request = client.get(url.expose().clone()).query(&question.query);
                self.signed(request, &token)
            });
            let judged = Judged::of(sent.await, job.now());
            pass.settle(judged.outcome(), job);
            let trouble = match judged {
                Judged::Answer(reply) => match read(&reply.body, question.keys) {
                    Ok(answer) => {
                        token.has_served.store(true, Ordering::Relaxed);
                        return Ok(answer);
                    }
                    Err(NoList::NotJson) => status(reply),
                    Err(NoList::Other) => {
                        let why = reply.told(&self.peer);
                        let error = Error::remote(format!("{what}: no list: {why}"));
                        return Err(tries.failed(error.hint(reply.hint(BASE_SETTING))));
                    }
                },
                Judged::SignedOut(reply) => {
                    stale = Some(token.number);
                    signed_out += 1;
                    let has_served = token.has_served.load(Ordering::Relaxed);
                    let most = [SIGNED_OUT, SIGNED_OUT_AT_LAST][usize::from(has_served)];
                    if signed_out < most {
                        continue;
                    }
                    let why = reply.told(&self.peer);
                    let error = Error::remote(format!("{what}: {why}, also with a new token"));
                    return Err(tries.failed(error.hint(HINT_ACCOUNT)));
                }
                Judged::TooMany(_) => continue,
                Judged::Passing(trouble) => trouble,
                Judged::Refused(RequestError::Status(reply))
                    if reply.status.as_u16() == 404
                        && question.route == Route::OneStaff
                        && !reply.is_web_page() =>
                {
                    return Ok(Answer::default());
                }
                Judged::Refused(trouble) => {
                    return Err(tries.failed(error(what, &trouble, BASE_SETTING, &self.peer)));
                }
                Judged::Stopped => return Err(Failed::Stopped),
            };
            self.again(&mut tries, (what, BASE_SETTING), &trouble, job)
                .await?;
        }
    }

    /// Asks for a token now, also after a refusal.
    pub(super) async fn new_token(&self, job: &Job) -> Result<(), Failed> {
        let locking = job.or_cancel(TOKEN, self.tokens.lock()).await;
        let mut tokens = locking.map_err(|_| Failed::Stopped)?;
        tokens.refused = None;
        self.renew(&mut tokens, job).await.map(drop)
    }

    /// A token that is not the one with the number `stale`. Those who need a new one wait for the
    /// first of them, who asks for it.
    async fn token(&self, stale: Option<u64>, job: &Job) -> Result<Token, Failed> {
        let locking = job.or_cancel(TOKEN, self.tokens.lock()).await;
        let mut tokens = locking.map_err(|_| Failed::Stopped)?;
        if let Some(failure) = &tokens.refused {
            return Err(Failed::Outage(failure.clone().into()));
        }
        match &tokens.token {
            Some(token) if Some(token.number) != stale && !token.is_old() => Ok(token.clone()),
            _ => self.renew(&mut tokens, job).await,
        }
    }

    async fn renew(&self, tokens: &mut Tokens, job: &Job) -> Result<Token, Failed> {
        let mut tries = self.tries();
        loop {
            let pass = self.enter(Route::Token, tries.question, job).await?;
            let asked = Instant::now();
            let sent = self.once(job, |client| {
                let form = [
                    ("username", self.user.expose_secret()),
                    ("password", self.password.expose_secret()),
                ];
                let request = client.post(self.auth.expose().clone()).form(&form);
                request
                    .header(ACCEPT, "application/json")
                    .header(API_KEY, self.key.clone())
            });
            let judged = Judged::of(sent.await, job.now());
            pass.settle(judged.outcome(), job);
            let trouble = match judged {
                Judged::Answer(reply) => {
                    let Some((answer, _)) = reply.object(&self.peer) else {
                        let trouble = status(reply);
                        self.again(&mut tries, (TOKEN, TOKEN_SETTING), &trouble, job)
                            .await?;
                        continue;
                    };
                    let secret = token::read(&answer).and_then(|secret| {
                        self.peer.keep_secret(secret.clone());
                        bearer(secret.expose_secret())
                    });
                    let Some(bearer) = secret else {
                        return Err(refused(tokens, &self.no_token(&reply)));
                    };
                    // By the portal's own clock: ours may be wrong.
                    let now = date(&reply).unwrap_or_else(|| job.now());
                    let life = token::life(&answer, now);
                    let margin = self.timeouts.token_margin;
                    tokens.count += 1;
                    let token = Token {
                        bearer,
                        renew: life.and_then(|life| token::renewal(life, margin, asked)),
                        number: tokens.count,
                        has_served: Arc::default(),
                    };
                    tokens.token = Some(token.clone());
                    return Ok(token);
                }
                Judged::SignedOut(reply) => {
                    return Err(refused(tokens, &self.no_token(&reply)));
                }
                Judged::Refused(RequestError::Status(reply)) => {
                    return Err(refused(tokens, &self.no_token(&reply)));
                }
                Judged::TooMany(_) => continue,
                Judged::Passing(trouble) => trouble,
                Judged::Refused(trouble) => {
                    return Err(tries.failed(error(TOKEN, &trouble, TOKEN_SETTING, &self.peer)));
                }
                Judged::Stopped => return Err(Failed::Stopped),
            };
            self.again(&mut tries, (TOKEN, TOKEN_SETTING), &trouble, job)
                .await?;
        }
    }

    /// An answer to a login without a token.
    fn no_token(&self, reply: &Reply) -> Error {
        let why = format!("{TOKEN}: {}", reply.told_of_login(&self.peer));
        let hint = match reply.status.as_u16() {
            200..=299 | 400 | 401 | 403 | 422 => HINT_ACCOUNT.to_owned(),
            _ => reply.hint(TOKEN_SETTING),
        };
        Error::remote(why).hint(hint)
    }

    /// Asks a portal that is down whether it is back: for its districts, so that a question that
    /// fails by itself does not keep all others waiting.
    async fn probe(&self, pass: Pass<'_>, token: &Token, job: &Job) -> Result<(), Failed> {
        let sent = self.once(job, |client| {
            let url = self.base.below(&self.paths.districts);
            self.signed(client.get(url.expose().clone()), token)
        });
        let judged = Judged::of(sent.await, job.now());
        if matches!(judged, Judged::Stopped) {
            return Err(Failed::Stopped);
        }
        pass.settle(judged.outcome(), job);
        Ok(())
    }

    /// Waits before another try, where there is one.
    async fn again(
        &self,
        tries: &mut Tries,
        (what, setting): (&str, &str),
        trouble: &RequestError,
        job: &Job,
    ) -> Result<(), Failed> {
        if self.gate.limiter().is_down() && !tries.was_spared {
            tries.was_spared = true;
            return Ok(());
        }
        tries.made += 1;
        let Some(wait) = tries.waits.next() else {
            let error = error(what, trouble, setting, &self.peer);
            return Err(Failed::Request {
                error,
                tries: tries.made,
            });
        };
        let told = match trouble {
            RequestError::Status(reply) => reply.retry_after(job.now()),
            _ => None,
        };
        let wait = told.filter(|told| *told <= LONGEST_WAIT).unwrap_or(wait);
        if !self.gate.limiter().is_down() {
            let why = format!("{what}: {}", brief(trouble));
            let attempt = (tries.made + 1, TRIES);
            self.gate
                .tell_retry(self.peer.name(), attempt, wait, why, job);
        }
        let waiting = job.or_cancel(what, tokio::time::sleep(wait)).await;
        waiting.map_err(|_| Failed::Stopped)
    }

    async fn enter(&self, route: Route, question: u64, job: &Job) -> Result<Pass<'_>, Failed> {
        let entering = self.gate.enter(route, question, job);
        match job.or_cancel("", entering).await {
            Err(_) => Err(Failed::Stopped),
            Ok(Ok(pass)) => Ok(pass),
            Ok(Err(Gone(why))) => {
                let why = format!("{} is asked no more: {why}", self.peer.name());
                let hint = "what is stored stays: go on later with what is missing";
                Err(Failed::Outage(Error::remote(why).hint(hint)))
            }
        }
    }

    async fn once(
        &self,
        job: &Job,
        build: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Reply, RequestError> {
        self.count_request();
        self.peer.once(job, build).await
    }

    fn signed(&self, request: RequestBuilder, token: &Token) -> RequestBuilder {
        request
            .header(ACCEPT, "application/json")
            .header(API_KEY, self.key.clone())
            .header(AUTHORIZATION, token.bearer.clone())
    }

    fn tries(&self) -> Tries {
        let waits = ExponentialBuilder::default()
            .with_min_delay(self.timeouts.retry)
            .with_jitter()
            .with_max_times(TRIES as usize - 1);
        Tries {
            question: self.gate.question(),
            made: 0,
            waits: waits.build(),
            was_spared: false,
        }
    }
}

impl Tries {
    /// A failure after which another try would not help.
    fn failed(&self, error: Error) -> Failed {
        Failed::Request {
            error,
            tries: self.made + 1,
        }
    }
}

impl Token {
    fn is_old(&self) -> bool {
        self.renew.is_some_and(|renew| Instant::now() >= renew)
    }
}

fn refused(tokens: &mut Tokens, error: &Error) -> Failed {
    let failure = Failure::from(error);
    tokens.token = None;
    tokens.refused = Some(failure.clone());
    Failed::Outage(failure.into())
}

fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The portal's clock. The header has no fractions of a second: the latest it may be.
fn date(reply: &Reply) -> Option<Timestamp> {
    let date = reply.headers.get(DATE)?.to_str().ok()?;
    let date = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    date.checked_add(Duration::from_secs(1)).ok()
}
