//! Who is let in, and the line about each request in the access log.
//!
//! The line is written when the answer has gone out or was cut, so it says how long all of it
//! took. Query strings are left out: a token that somebody puts there must not get into a log.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::listener::{Connection, LetIn};
use super::origin::{self, From};
use super::{AppState, Limits, dapodik, reply};
use crate::text;

/// What the access log's lines are told apart by from all others; see the command line's log.
pub const TARGET: &str = "access";
/// How many lines about strangers are written in such a time; more are only counted, so that
/// nobody fills the disk from outside.
const STRANGERS: u32 = 20;
const WINDOW: Duration = Duration::from_secs(10);
/// How long a request waits for its turn.
const TURN: Duration = Duration::from_secs(30);

/// What stands between a connection and an answer.
#[derive(Debug)]
pub struct Gatekeeper {
    turns: Arc<Semaphore>,
    refused: Mutex<Refused>,
}

#[derive(Debug)]
struct Refused {
    since: Instant,
    written: u32,
    left_out: u64,
}

impl Gatekeeper {
    /// For a server with these limits.
    pub fn new(limits: &Limits) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(limits.requests)),
            refused: Mutex::new(Refused {
                since: Instant::now(),
                written: 0,
                left_out: 0,
            }),
        }
    }

    /// How many lines were left out before this one; `None` when this one is left out, too.
    fn stranger(&self) -> Option<u64> {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.since.elapsed() > WINDOW {
            refused.since = Instant::now();
            refused.written = 0;
        }
        if refused.written == STRANGERS {
            refused.left_out += 1;
            return None;
        }
        refused.written += 1;
        Some(std::mem::take(&mut refused.left_out))
    }
}

/// Refuses callers that the keys do not know, and pages of other sites.
pub async fn guard(
    State(state): State<Arc<AppState>>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut line = Line::about(&request);
    let allowed = state.serve.allow_origin.as_deref();
    let from = From::of(request.headers(), allowed);
    let refused = |mut response: Response, line: Line| {
        // Nothing more is read from who is not let in.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
        finished(response, from, allowed, line.refused(&state.gatekeeper))
    };
    if let Some(response) = origin::preflight(request.method(), request.headers(), from) {
        return refused(response, line);
    }
    if from == From::Elsewhere {
        let message = "requests from other sites are refused";
        return refused(reply::refused(StatusCode::FORBIDDEN, message), line);
    }
    let now = state.app.clock.now();
    let caller = match state.keys.caller(request.headers(), from.cookies(), now) {
        Ok(caller) => caller,
        Err(refusal) => {
            let response = if dapodik::has(request.uri().path()) {
                dapodik::unauthorized(&refusal)
            } else {
                state.serve.dialect.unauthorized(&refusal.sentence())
            };
            return refused(response, line);
        }
    };
    let connection = request.extensions().get::<Arc<Connection>>();
    line.let_in = connection.map(Connection::let_in);
    line.who.clone_from(&caller.name);
    let turn = Arc::clone(&state.gatekeeper.turns).acquire_owned();
    let Ok(Ok(turn)) = timeout(TURN, turn).await else {
        let message = "too many requests are being answered; try again later";
        let response = reply::refused(StatusCode::SERVICE_UNAVAILABLE, message);
        return finished(response, from, allowed, line);
    };
    line.turn = Some(turn);
    request.extensions_mut().insert(caller);
    let response = next.run(request).await;
    finished(response, from, allowed, line)
}

/// No cache keeps the answer, and no browser guesses its type.
fn finished(mut response: Response, from: From, allowed: Option<&str>, mut line: Line) -> Response {
    let headers = response.headers_mut();
    // A stream says it in its own words.
    let unsaid = headers.entry(header::CACHE_CONTROL);
    unsaid.or_insert(HeaderValue::from_static("no-store"));
    headers.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    origin::readable(&mut response, from, allowed);
    line.status = Some(response.status());
    // An empty body is never asked for.
    line.whole = response.body().is_end_stream();
    let run = response.headers().get(reply::RUN);
    line.run = run.and_then(|run| run.to_str().ok()).map(str::to_owned);
    response.map(|body| Body::new(Told { body, line }))
}

/// What is told about a request, when it is dropped; with it go its place and its turn.
#[derive(Debug)]
struct Line {
    from: Option<SocketAddr>,
    method: String,
    path: String,
    who: String,
    status: Option<StatusCode>,
    run: Option<String>,
    begun: Instant,
    whole: bool,
    /// Lines about strangers that were left out before this one; `None` leaves this one out.
    left_out: Option<u64>,
    let_in: Option<LetIn>,
    turn: Option<OwnedSemaphorePermit>,
}

impl Line {
    fn about(request: &Request) -> Self {
        let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self {
            from: from.map(|ConnectInfo(address)| *address),
            // A method may be as long as a head.
            method: text::excerpt(request.method().as_str(), 20),
            path: text::excerpt(request.uri().path(), 200),
            who: "-".to_owned(),
            status: None,
            run: None,
            begun: Instant::now(),
            whole: false,
            left_out: Some(0),
            let_in: None,
            turn: None,
        }
    }

    fn refused(mut self, gatekeeper: &Gatekeeper) -> Self {
        self.left_out = gatekeeper.stranger();
        self
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from {
            Some(from) => write!(formatter, "{from}")?,
            None => write!(formatter, "-")?,
        }
        let seconds = self.begun.elapsed().as_secs_f64();
        let Self {
            who, method, path, ..
        } = self;
        write!(formatter, " {who} {method} {path} ")?;
        match self.status {
            Some(status) => write!(formatter, "{}", status.as_u16())?,
            None => write!(formatter, "-")?,
        }
        write!(formatter, " {seconds:.3}s")?;
        if !self.whole {
            write!(formatter, " cut")?;
        }
        if let Some(run) = &self.run {
            write!(formatter, " run={run}")?;
        }
        match self.left_out {
            None | Some(0) => Ok(()),
            Some(others) => write!(formatter, " ({others} more refused, not written)"),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.left_out.is_some() {
            tracing::info!(target: TARGET, "{self}");
        }
    }
}

/// A body that tells its line when it is over.
struct Told {
    body: Body,
    line: Line,
}

impl HttpBody for Told {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.line.whole = true;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
