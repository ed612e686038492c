//! Connections in: bounded in number, size and time, and strangers never keep friends out.
//!
//! ```text
//!   accepted ─▶ stranger ─ a request that is let in ─▶ friend, while it is answered
//!                  ▲───────────── answered ─────────────┘
//! ```
//! Only strangers (and friends who ask nothing) are counted; when there are too many, who has been
//! one for the longest is hung up on. So nobody waits for a place, whatever strangers do: send
//! nothing, half a head, or never read their refusal. Knows nothing of what is asked.

use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How large the head of a request may be, in bytes.
const HEAD_SIZE: usize = 32 * 1024;
/// After how long a silent connection is asked whether anybody is still there, and how often then.
/// A script runs for hours without a byte on the line.
const ALIVE: Duration = Duration::from_mins(1);
const ALIVE_AGAIN: Duration = Duration::from_secs(10);

/// What a connection may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long the first head of a connection may take.
    pub first_head: Duration,
    /// How long any further head, a body, or an idle connection may take, and a stranger altogether.
    pub head: Duration,
    /// How long a client may take nothing of what is written to it.
    pub write: Duration,
    /// How large a body may be, in bytes; the largest that is needed names one person.
    pub body: usize,
    /// How many connections may be open on which no request is being answered.
    pub strangers: usize,
    /// How many requests are answered at once.
    pub requests: usize,
    /// How long open answers may take to finish when the server ends. Runs continue without it.
    pub farewell: Duration,
    /// After how long a stream of events that is silent says that it is still there.
    pub heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_head: Duration::from_secs(2),
            head: Duration::from_secs(10),
            // Somebody pages through an output with `curl … | less`.
            write: Duration::from_mins(10),
            body: 64 * 1024,
            strangers: 256,
            requests: 256,
            farewell: Duration::from_secs(5),
            heartbeat: Duration::from_secs(15),
        }
    }
}

/// Serves `router` on `listener` until `end`. Every request carries its [`Connection`] and the
/// address it comes from.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    end: impl Future<Output = ()>,
) {
    let open = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let strangers = Arc::new(Strangers::new(limits.strangers));
    tokio::pin!(end);
    loop {
        let accepted = tokio::select! {
            () = &mut end => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener) => accepted,
        };
        let Some((stream, from)) = accepted else {
            continue;
        };
        let connection = Arc::new(Connection::new(&strangers));
        let mut progress = connection.progress.subscribe();
        let closing = connection.closing.clone();
        let answer = {
            let (router, connection) = (router.clone(), Arc::clone(&connection));
            hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
                connection.progressed(Progress::Head);
                answer(router.clone(), request, from, Arc::clone(&connection))
            })
        };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.write));
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(HEAD_SIZE)
            .serve_connection(TokioIo::new(Box::pin(stream)), answer);
        let watched = open.watch(served);
        connections.spawn(async move {
            tokio::select! {
                // A client that goes away, or speaks no HTTP, is its own trouble.
                served = watched => if let Err(error) = served {
                    tracing::debug!(%from, %error, "a connection ended badly");
                },
                () = closing.cancelled() => {
                    tracing::debug!(%from, "an idle connection made room");
                }
                () = too_slow(&mut progress, limits) => {
                    tracing::debug!(%from, "a stranger took too long");
                }
            }
            connection.strangers.forget(&connection);
        });
    }
    // Whoever comes from now on is told at once that nobody is here.
    drop(listener);
    if timeout(limits.farewell, open.shutdown()).await.is_err() {
        tracing::info!("some answers did not finish in time");
        connections.shutdown().await;
    }
}

/// Ends when a connection that was never let in has had its time.
async fn too_slow(progress: &mut watch::Receiver<Progress>, limits: Limits) {
    let steps = [
        (limits.first_head, Progress::Head),
        (limits.head, Progress::LetIn),
    ];
    for (time, step) in steps {
        let reached = progress.wait_for(|reached| *reached >= step);
        if timeout(time, reached).await.is_err() {
            return;
        }
    }
    pending::<()>().await;
}

async fn accept(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok((stream, from)) => {
            // Without it, a client that vanished would keep its place forever.
            let alive = TcpKeepalive::new()
                .with_time(ALIVE)
                .with_interval(ALIVE_AGAIN);
            if let Err(error) = SockRef::from(&stream).set_tcp_keepalive(&alive) {
                tracing::debug!(%from, %error, "a connection is not watched");
            }
            Some((stream, from))
        }
        Err(error) => {
            // Too many open files, say: they will be closed.
            tracing::warn!(%error, "a connection could not be taken");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn answer(
    router: Router,
    request: hyper::Request<Incoming>,
    from: SocketAddr,
    connection: Arc<Connection>,
) -> Result<Response, std::convert::Infallible> {
    let mut request: Request = request.map(axum::body::Body::new);
    let extensions = request.extensions_mut();
    extensions.insert(axum::extract::ConnectInfo(from));
    extensions.insert(connection);
    router.oneshot(request).await
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Nothing,
    Head,
    LetIn,
}

/// One connection, as far as its requests have to know it.
#[derive(Debug)]
pub struct Connection {
    strangers: Arc<Strangers>,
    /// Its place among the strangers, as long as it is one.
    ticket: Mutex<Option<u64>>,
    closing: CancellationToken,
    progress: watch::Sender<Progress>,
}

impl Connection {
    fn new(strangers: &Arc<Strangers>) -> Self {
        let connection = Self {
            strangers: Arc::clone(strangers),
            ticket: Mutex::default(),
            closing: CancellationToken::new(),
            progress: watch::Sender::new(Progress::Nothing),
        };
        strangers.admit(&connection);
        connection
    }

    fn progressed(&self, to: Progress) {
        self.progress.send_if_modified(|reached| {
            let further = *reached < to;
            *reached = to.max(*reached);
            further
        });
    }

    /// A request on it is let in: until the value is dropped it makes room for nobody.
    pub fn let_in(self: &Arc<Self>) -> LetIn {
        self.progressed(Progress::LetIn);
        self.strangers.forget(self);
        LetIn(Arc::clone(self))
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub struct LetIn(Arc<Connection>);

impl Drop for LetIn {
    fn drop(&mut self) {
        self.0.strangers.admit(&self.0);
    }
}

/// The connections on which nothing is being answered, who has been one for the longest first.
#[derive(Debug)]
struct Strangers {
    most: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    by_age: BTreeMap<u64, CancellationToken>,
}

impl Strangers {
    fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            waiting: Mutex::default(),
        }
    }

    fn admit(&self, connection: &Connection) {
        let mut waiting = lock(&self.waiting);
        let ticket = waiting.next;
        waiting.next += 1;
        waiting.by_age.insert(ticket, connection.closing.clone());
        *lock(&connection.ticket) = Some(ticket);
        if waiting.by_age.len() > self.most
            && let Some((_, oldest)) = waiting.by_age.pop_first()
        {
            oldest.cancel();
        }
    }

    fn forget(&self, connection: &Connection) {
        let mut waiting = lock(&self.waiting);
        if let Some(ticket) = lock(&connection.ticket).take() {
            waiting.by_age.remove(&ticket);
        }
    }
}

/// A panic elsewhere has left nothing half done here.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
