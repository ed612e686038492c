//! One named remote: requests with limits in time and size, visible waits, and no secret in words.
//!
//! Redirects are never followed (a list that redirects means "not logged in"), bodies end at
//! 32 MiB, and whatever is said about an answer passes [`Peer::words`]: redacted, then scrubbed.
//! What an answer *means* is its engine's business.

mod error;
mod plain;
mod reply;
mod stream;
mod tls;

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use futures_util::StreamExt;
use reqwest::header::AUTHORIZATION;
use reqwest::{Client, Request, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

pub use error::RequestError;
pub use plain::plain_http_instead_of;
pub use reply::{Asked, Meaning, Reply};
pub use stream::{Held, Large, Stream, Unanswered, Unopened};

use crate::engine::{Event, Job};
use crate::error::{Error, Result};
use crate::text;
use crate::text::mask::{MASK, mask};

/// The largest body that is read, in bytes.
pub const LARGEST_BODY: usize = 32 * 1024 * 1024;
/// The longest wait a server may ask for with Retry-After.
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// How far beyond what is shown a text is searched for secrets, in characters.
const SEARCHED: usize = 65_536;
/// How much is kept of a body that was too large, in bytes; enough for its first words.
const FIRST_PART: usize = 4 * SEARCHED;
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// For a connection to stand.
    pub connect: Duration,
    /// For one request, its body included.
    pub request: Duration,
    /// The first wait between two tries; doubled each time, with jitter.
    pub retry_base: Duration,
}

#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Such as `page 4`.
    pub what: &'a str,
    /// How many tries there are; 1 never tries again.
    pub tries: u32,
    /// Whether a refused connection is tried again too.
    pub retry_refused: bool,
    /// The time for all tries together, where there is such a limit.
    pub budget: Option<Duration>,
}

#[derive(Debug)]
pub struct Peer {
    name: String,
    client: Client,
    retry: RetryPolicy,
    secrets: RwLock<Vec<SecretString>>,
}

/// Installs the TLS provider for this process; the first thing a process does.
pub fn install_tls() {
    // Fails only when one is installed already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Peer {
    /// A remote at `url` that people know as `name`.
    pub fn new(name: &str, url: &Url, retry: RetryPolicy) -> Result<Self> {
        let mut builder = Client::builder()
            .user_agent(concat!("selaras/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(retry.connect)
            .tcp_nodelay(true);
        if is_loopback(url) {
            builder = builder.no_proxy();
        }
        if url.scheme() == "http" {
            // TLS is never spoken with it, as redirects are not followed: trusting nobody saves
            // reading the system's root certificates, which costs more than a local request.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|cause| {
            Error::local("cannot set up HTTPS on this machine")
                .because(cause)
                .hint("are the system's root certificates installed (package ca-certificates)?")
        })?;
        let peer = Self {
            name: text::scrub(name),
            client,
            retry,
            secrets: RwLock::default(),
        };
        // Without a password the user may be a token.
        let secret = url.password().unwrap_or(url.username());
        peer.keep_secret(secret.into());
        let form = format!("={}", secret.replace('+', "%2B"));
        let mut plain = url::form_urlencoded::parse(form.as_bytes());
        if let Some((_, plain)) = plain.next() {
            peer.keep_secret(SecretString::from(&*plain));
        }
        Ok(peer)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes sure that `secret` never occurs in words about this remote.
    pub fn keep_secret(&self, secret: SecretString) {
        if !secret.expose_secret().is_empty() {
            self.secrets
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .push(secret);
        }
    }

    /// `text` from this remote for people: without secrets that we know and without anything that
    /// looks like one or like a person's data, scrubbed, at most `limit` characters.
    pub fn words(&self, text: &str, limit: usize) -> String {
        text::excerpt(mask(&self.redacted(text, limit)).trim(), limit)
    }

    /// The same of a value whose form is known, such as a time: only secrets that we know are
    /// masked.
    pub fn value(&self, text: &str, limit: usize) -> String {
        text::excerpt(self.redacted(text, limit).trim(), limit)
    }

    fn redacted(&self, text: &str, limit: usize) -> String {
        // A 32 MiB body is not searched for secrets; far more is than is shown, so that a secret
        // cut at the end of the search never reaches the reader.
        let head: String = text.chars().take(limit + SEARCHED).collect();
        let mut redacted = head;
        for secret in self
            .secrets
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            for form in reply::written_forms(secret.expose_secret()) {
                redacted = redacted.replace(&form, MASK);
            }
        }
        redacted
    }

    /// Asks, and asks again after transport errors, 429, 502, 503 and 504 as long as tries and
    /// budget last; every wait is said. The last answer is returned whatever its status. A stop
    /// drops the request: only reads are sent like this.
    pub async fn send(
        &self,
        job: &Job,
        ask: Ask<'_>,
        build: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Reply, RequestError> {
        let sending = self.send_again(job, ask, Repeat::Always, build);
        job.or_cancel(ask.what, sending)
            .await
            .unwrap_or(Err(RequestError::Stopped))
    }

    /// As [`Peer::send`], for a GET: an application that failed once (500) is asked again too.
    pub async fn read(
        &self,
        job: &Job,
        ask: Ask<'_>,
        build: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Reply, RequestError> {
        let reading = self.send_again(job, ask, Repeat::Failed, build);
        job.or_cancel(ask.what, reading)
            .await
            .unwrap_or(Err(RequestError::Stopped))
    }

    /// As [`Peer::send`], for a request that writes and may be repeated: one that is under way
    /// gets its answer and is only not tried again after a stop. A second stop drops it. An answer
    /// that never came is not asked for again: what was sent may be at work.
    pub async fn deliver(
        &self,
        job: &Job,
        ask: Ask<'_>,
        build: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Reply, RequestError> {
        tokio::select! {
            biased;
            () = job.insisted() => Err(RequestError::Stopped),
            sent = self.send_again(job, ask, Repeat::Answered, build) => sent,
        }
    }

    /// One request and its whole answer, whatever it is: whether and when to ask again is the
    /// caller's. A stop drops the request.
    pub async fn once(
        &self,
        job: &Job,
        build: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Reply, RequestError> {
        let request = build(&self.client).timeout(self.retry.request);
        job.or_cancel("", self.exchange(request))
            .await
            .unwrap_or(Err(RequestError::Stopped))
    }

    async fn send_again(
        &self,
        job: &Job,
        ask: Ask<'_>,
        repeat: Repeat,
        build: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Reply, RequestError> {
        let attempt = AtomicU32::new(1);
        let began = Instant::now();
        let left = || match ask.budget {
            Some(budget) => budget.saturating_sub(began.elapsed()),
            None => self.retry.request,
        };
        let waits = ExponentialBuilder::default()
            .with_min_delay(self.retry.retry_base)
            .with_jitter()
            .with_max_times(ask.tries.saturating_sub(1) as usize);
        let once = || async {
            if job.is_cancelled() {
                return Err(RequestError::Stopped);
            }
            let reply = self.exchange(build(&self.client).timeout(left())).await?;
            if reply.is_worth_another_try() || repeat.repeats(&reply) {
                Err(RequestError::Status(Box::new(reply)))
            } else {
                Ok(reply)
            }
        };
        let ear = job.clone();
        let outcome = once
            .retry(waits)
            .sleep(move |wait| {
                let ear = ear.clone();
                // A stop ends the wait; the try after it sees why.
                async move { ear.or_cancel("", tokio::time::sleep(wait)).await }
            })
            .when(|trouble| repeat.allows(trouble) && trouble.is_passing(ask.retry_refused))
            .adjust(|trouble, wait| {
                let wait = trouble
                    .retry_after(job.now())
                    .or(wait)
                    .filter(|_| wait.is_some())?;
                // A wait that ends after the time for all tries would hide what happened.
                let fits = ask.budget.is_none() || wait < left();
                (wait <= LONGEST_WAIT && fits).then_some(wait)
            })
            .notify(|trouble, wait| {
                job.say(Event::Retry {
                    peer: self.name.clone(),
                    attempt: attempt.fetch_add(1, Ordering::Relaxed) + 1,
                    of: ask.tries,
                    wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                    reason: format!("{}: {}", ask.what, trouble.brief()),
                });
            })
            .await;
        match outcome {
            Err(RequestError::Status(reply)) => Ok(*reply),
            other => other,
        }
    }

    /// One request and its whole answer.
    async fn exchange(&self, request: RequestBuilder) -> Result<Reply, RequestError> {
        let (request, asked) = prepare(request).map_err(|trouble| *trouble)?;
        match self.client.execute(request).await {
            Ok(response) => whole(response, asked).await,
            Err(error) => Err(RequestError::of(&error, asked)),
        }
    }
}

/// After which troubles a request is sent once more.
#[derive(Clone, Copy)]
enum Repeat {
    /// It only reads.
    Always,
    /// It only reads, and the application is likely to do better next time.
    Failed,
    /// It writes: only after a refused connection and after answers.
    Answered,
}

impl Repeat {
    fn repeats(self, reply: &Reply) -> bool {
        matches!(self, Self::Failed) && reply.status == 500
    }

    fn allows(self, trouble: &RequestError) -> bool {
        match self {
            Self::Always | Self::Failed => true,
            Self::Answered => matches!(trouble, RequestError::Refused(_) | RequestError::Status(_)),
        }
    }
}

/// The request, and what it asks.
fn prepare(request: RequestBuilder) -> Result<(Request, Asked), Box<RequestError>> {
    let mut request = request.build().map_err(|error| {
        let asked = Asked::nothing();
        Box::new(RequestError::of(&error, asked))
    })?;
    // A user in the address becomes an Authorization too: ours wins, it was added last.
    let ours = request.headers().get_all(AUTHORIZATION).iter().next_back();
    if let Some(ours) = ours.cloned() {
        request.headers_mut().insert(AUTHORIZATION, ours);
    }
    let asked = Asked::of(request.method(), request.url());
    Ok((request, asked))
}

/// The whole of an answer whose head is there.
async fn whole(response: Response, asked: Asked) -> Result<Reply, RequestError> {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut reply = Reply {
        asked,
        status,
        headers,
        body: Vec::new(),
    };
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| RequestError::of(&error, reply.asked.clone()))?;
        if reply.body.len() + chunk.len() > LARGEST_BODY {
            reply.body.truncate(FIRST_PART);
            return Err(RequestError::TooLarge(Box::new(reply)));
        }
        reply.body.extend_from_slice(&chunk);
    }
    Ok(reply)
}

/// Whether anybody on the way to `url` can read along: it is http, and not on this machine.
pub fn is_open(url: &Url) -> bool {
    url.scheme() == "http" && !is_loopback(url)
}

/// A proxy has no business between a program and its own machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}
