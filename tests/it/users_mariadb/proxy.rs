//! A line to the server that is cut when a certain command passes. Only once: later lines hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The command: the server never sees it.
    Command,
    /// The answer to it: the server has carried it out.
    Answer,
}

/// A listener that passes everything on.
pub struct Proxy {
    pub port: u16,
}

impl Proxy {
    /// Passes everything on to `server` until a packet contains `command`.
    pub async fn start(server: u16, command: &'static [u8], cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let done = Arc::new(AtomicBool::new(false));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                tokio::spawn(pass(client, server, command, cut, Arc::clone(&done)));
            }
        });
        Self { port }
    }
}

async fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    command: &'static [u8],
    cut: Cut,
    done: Arc<AtomicBool>,
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
