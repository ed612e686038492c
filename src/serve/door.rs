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
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tower::ServiceExt;

/// How long the head of a request may take.
const HEAD: Duration = Duration::from_secs(10);
/// How large the head of a request may be, in bytes.
const HEAD_SIZE: usize = 32 * 1024;
/// How many connections are served at once.
const CONNECTIONS: usize = 256;
/// How long open answers may take to finish when the server ends. Runs go on without it.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves `router` on `listener` until `end`.
pub async fn serve(listener: TcpListener, router: Router, end: impl Future<Output = ()>) {
    let open = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    tokio::pin!(end);
    loop {
        let accepted = tokio::select! {
            () = &mut end => break,
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
            .header_read_timeout(HEAD)
            .max_buf_size(HEAD_SIZE)
            .serve_connection(TokioIo::new(stream), answer);
        let watched = open.watch(connection);
        tokio::spawn(async move {
            // A client that goes away, or speaks no HTTP, is its own trouble.
            if let Err(error) = watched.await {
                tracing::debug!(%from, %error, "a connection ended badly");
            }
            drop(place);
        });
    }
    if timeout(FAREWELL, open.shutdown()).await.is_err() {
        tracing::info!("some answers did not finish in time");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, from)) => Some((stream, from, place)),
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
