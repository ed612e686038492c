//! A line to the server that is cut, or falls silent, when a certain command passes. Only once: later
//! lines hold. A silent one stays silent, and so does every other, until it is switched on again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::wait::eventually;

/// What is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The command: the server never sees it.
    Command,
    /// The answer to it: the server has carried it out.
    Answer,
    /// The command and everything after it, while the line stays up.
    Silence,
    /// Everything after the command, likewise: the server carries it out.
    SilentAnswer,
}

/// A listener that passes everything on.
pub struct Proxy {
    pub port: u16,
    silent: Arc<AtomicBool>,
}

impl Proxy {
    /// Passes everything on to `server` until a packet contains `command`.
    pub async fn start(server: u16, command: &'static [u8], cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let done = Arc::new(AtomicBool::new(false));
        let silent = Arc::new(AtomicBool::new(false));
        let hush = Arc::clone(&silent);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if hush.load(Ordering::Relaxed) {
                    tokio::spawn(swallow(client));
                    continue;
                }
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                let flags = (Arc::clone(&done), Arc::clone(&hush));
                tokio::spawn(pass(client, server, command, cut, flags));
            }
        });
        Self { port, silent }
    }

    /// Waits until the line has fallen silent.
    pub async fn silenced(&self) {
        let silent = || self.silent.load(Ordering::Relaxed).then_some(());
        eventually("silence on the line", silent).await;
    }

    /// New lines are passed on again.
    pub fn speak(&self) {
        self.silent.store(false, Ordering::Relaxed);
    }
}

/// Reads all that comes, and says nothing.
async fn swallow(mut client: TcpStream) -> std::io::Result<()> {
    let mut bytes = vec![0; 65_536];
    while client.read(&mut bytes).await? > 0 {}
    Ok(())
}

async fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    command: &'static [u8],
    cut: Cut,
    (done, silent): (Arc<AtomicBool>, Arc<AtomicBool>),
) -> std::io::Result<()> {
    let (mut there, mut back) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            read = client.read(&mut there) => {
                let sent = &there[..read?];
                if sent.is_empty() {
                    return Ok(());
                }
                let hit = sent.windows(command.len()).any(|part| part == command);
                if hit && !done.swap(true, Ordering::Relaxed) {
                    if matches!(cut, Cut::Silence | Cut::SilentAnswer) {
                        if cut == Cut::SilentAnswer {
                            server.write_all(sent).await?;
                            server.readable().await?;
                        }
                        silent.store(true, Ordering::Relaxed);
                        return swallow(client).await;
                    }
                    if cut == Cut::Answer {
                        server.write_all(sent).await?;
                        // Its answer is the proof that it was carried out.
                        server.readable().await?;
                    }
                    return Ok(());
                }
                server.write_all(sent).await?;
            }
            read = server.read(&mut back) => {
                let answer = &back[..read?];
                if answer.is_empty() {
                    return Ok(());
                }
                client.write_all(answer).await?;
            }
        }
    }
}
