//! Connections in, with limits in number, size and time; an end that lets answers finish.
//!
//! Knows nothing of what is asked.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
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
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
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
    /// How long the head of a request, or its body, may take; so long a connection may idle, too.
    pub head: Duration,
    /// How large a body may be, in bytes; none of the endpoints needs one.
    pub body: usize,
    /// How many connections are served at once; more of them wait.
    pub connections: usize,
    /// How long open answers may take to finish when the server ends. Runs go on without it.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: 64 * 1024,
            connections: 256,
            farewell: Duration::from_secs(5),
        }
    }
}

/// Serves `router` on `listener` until `end`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    end: impl Future<Output = ()>,
) {
    let open = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    tokio::pin!(end);
    loop {
        let accepted = tokio::select! {
            () = &mut end => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, from, place)) = accepted else {
            continue;
        };
        let router = router.clone();
        let answer = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            answer(router.clone(), request, from)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(HEAD_SIZE)
            .serve_connection(TokioIo::new(stream), answer);
        let watched = open.watch(connection);
        connections.spawn(async move {
            // A client that goes away, or speaks no HTTP, is its own trouble.
            if let Err(error) = watched.await {
                tracing::debug!(%from, %error, "a connection ended badly");
            }
            drop(place);
        });
    }
    // Whoever comes from now on is told at once that nobody is here.
    drop(listener);
    if timeout(limits.farewell, open.shutdown()).await.is_err() {
        tracing::info!("some answers did not finish in time");
        connections.shutdown().await;
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, from)) => {
            // Without it, whoever vanished without a word would keep a place for ever.
            let alive = TcpKeepalive::new()
                .with_time(ALIVE)
                .with_interval(ALIVE_AGAIN);
            if let Err(error) = SockRef::from(&stream).set_tcp_keepalive(&alive) {
                tracing::debug!(%from, %error, "a connection is not watched");
            }
            Some((stream, from, place))
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
) -> Result<Response, std::convert::Infallible> {
    let mut request: Request = request.map(axum::body::Body::new);
    request
        .extensions_mut()
        .insert(axum::extract::ConnectInfo(from));
    router.oneshot(request).await
}
