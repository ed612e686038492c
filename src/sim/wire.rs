//! Connections that can be cut, trickled and reset, and a port that can be shut and opened.
//!
//! ```text
//!   Port ── open ──▶ Acceptor (axum's listener) ── accepts ──▶ FaultyStream ◀── ConnectionControl
//!     └─ close: refuses, ends every stream                                      (set by `server`)
//! ```
//! Nothing here knows HTTP.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::lock;

const BACKLOG: u32 = 1_024;

/// A port of its own on loopback, kept for as long as this lives, whether open or refusing.
#[derive(Debug)]
pub(super) struct Port {
    address: SocketAddr,
    /// Bound, never listening: that keeps the number, and the kernel refuses for us.
    _reserve: TcpSocket,
    connections: Arc<AtomicU64>,
    open: Mutex<Option<Acceptor>>,
}

impl Port {
    /// Takes a free port. It refuses until it is opened.
    pub fn reserve() -> io::Result<Self> {
        let reserve = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self {
            address: reserve.local_addr()?,
            _reserve: reserve,
            connections: Arc::default(),
            open: Mutex::default(),
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens; `None` when it does already.
    pub fn open(&self) -> io::Result<Option<Acceptor>> {
        let mut open = lock(&self.open);
        if open.is_some() {
            return Ok(None);
        }
        let listener = bound(self.address)?.listen(BACKLOG)?;
        let acceptor = Acceptor {
            listener: Arc::new(Mutex::new(Some(listener))),
            end: CancellationToken::new(),
            connections: Arc::clone(&self.connections),
            address: self.address,
        };
        Ok(Some(open.insert(acceptor).clone()))
    }

    /// Refuses from now on and ends every connection. What is being answered stays unanswered.
    pub fn close(&self) {
        if let Some(acceptor) = lock(&self.open).take() {
            drop(lock(&acceptor.listener).take());
            acceptor.end.cancel();
        }
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Lets the reserving and the listening socket share the number.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

#[derive(Clone, Debug)]
pub(super) struct Acceptor {
    /// Shared with the port, so that closing it is done when `close` returns.
    listener: Arc<Mutex<Option<TcpListener>>>,
    end: CancellationToken,
    connections: Arc<AtomicU64>,
    address: SocketAddr,
}

impl Acceptor {
    pub fn closed(&self) -> WaitForCancellationFutureOwned {
        self.end.clone().cancelled_owned()
    }
}

impl Listener for Acceptor {
    type Io = FaultyStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (FaultyStream, SocketAddr) {
        loop {
            let accepted = poll_fn(|context| match lock(&self.listener).as_ref() {
                Some(listener) => listener.poll_accept(context),
                None => Poll::Pending,
            });
            match accepted.await {
                Ok((stream, peer)) => {
                    let number = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
                    return (FaultyStream::new(stream, number, &self.end), peer);
                }
                // Out of file descriptors: they come back as connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// The server's hold on one connection.
#[derive(Clone, Debug)]
pub(super) struct ConnectionControl {
    /// Which connection of its server it is, counted from 1.
    pub number: u64,
    write_mode: Arc<Mutex<WriteMode>>,
    end: CancellationToken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteMode {
    Plain,
    /// One by one.
    Trickle,
    /// Only so many more, then the connection closes.
    Cut(usize),
    /// The connection is reset.
    Reset,
}

impl ConnectionControl {
    /// Sets how the next answer leaves.
    pub fn set(&self, write_mode: WriteMode) {
        *lock(&self.write_mode) = write_mode;
        if write_mode == WriteMode::Reset {
            self.end.cancel();
        }
    }
}

impl Connected<IncomingStream<'_, Acceptor>> for ConnectionControl {
    fn connect_info(stream: IncomingStream<'_, Acceptor>) -> Self {
        stream.io().control.clone()
    }
}

#[derive(Debug)]
pub(super) struct FaultyStream {
    stream: TcpStream,
    control: ConnectionControl,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Whether a trickle has paused since its latest byte.
    rested: bool,
}

impl FaultyStream {
    fn new(stream: TcpStream, number: u64, end: &CancellationToken) -> Self {
        // Each write is to leave by itself; where that cannot be had, nothing is lost but looks.
        let _ = stream.set_nodelay(true);
        let end = end.child_token();
        Self {
            stream,
            ended: Box::pin(end.clone().cancelled_owned()),
            control: ConnectionControl {
                number,
                write_mode: Arc::new(Mutex::new(WriteMode::Plain)),
                end,
            },
            rested: false,
        }
    }

    /// Fails once the connection was ended from our side.
    fn check_end(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.ended.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }

    /// Writes one byte, and lets the reader have it before the next.
    fn trickle(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.rested = !self.rested;
        if self.rested {
            // Wakes us only after the runtime has looked at its sockets, the reader's among them.
            let _ = pin!(tokio::task::yield_now()).poll(context);
            return Poll::Pending;
        }
        let first = &bytes[..bytes.len().min(1)];
        Pin::new(&mut self.stream).poll_write(context, first)
    }

    /// Writes what the budget allows, and fails when nothing is left of it.
    fn cut(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
        left: usize,
    ) -> Poll<io::Result<usize>> {
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let allowed = &bytes[..bytes.len().min(left)];
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, allowed))?;
        *lock(&self.control.write_mode) = WriteMode::Cut(left - written);
        Poll::Ready(Ok(written))
    }
}

impl AsyncRead for FaultyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check_end(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for FaultyStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check_end(context)?;
        let write_mode = *lock(&self.control.write_mode);
        match write_mode {
            WriteMode::Plain | WriteMode::Reset => {
                Pin::new(&mut self.stream).poll_write(context, bytes)
            }
            WriteMode::Trickle => self.trickle(context, bytes),
            WriteMode::Cut(left) => self.cut(context, bytes, left),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Drop for FaultyStream {
    fn drop(&mut self) {
        if *lock(&self.control.write_mode) == WriteMode::Reset {
            // Without lingering, closing says RST instead of FIN.
            let _ = self.stream.set_zero_linger();
        }
    }
}
