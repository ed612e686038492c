//! HTTP by hand: what is sent is exactly what a test says, and what comes is taken apart no more
//! than it must be.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::wait::within;

/// A request.
pub struct Call {
    address: SocketAddr,
    head: String,
    body: Vec<u8>,
}

impl Call {
    /// `what` is such as `GET /sync/status`.
    pub fn new(address: SocketAddr, what: &str) -> Self {
        Self {
            address,
            head: format!("{what} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n"),
            body: Vec::new(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head = self.head + name + ": " + value + "\r\n";
        self
    }

    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.header("content-length", &body.len().to_string())
    }

    /// Sends it, and leaves the rest to the caller.
    pub async fn send(self) -> TcpStream {
        let mut stream = within("a connection", TcpStream::connect(self.address))
            .await
            .unwrap();
        let bytes = [self.head.as_bytes(), b"\r\n", &self.body].concat();
        // A server may have heard enough before all of it is sent.
        let _ = stream.write_all(&bytes).await;
        stream
    }

    pub async fn answer(self) -> Answer {
        Answer::read(&mut self.send().await).await
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads to the end of the connection.
    pub async fn read(stream: &mut TcpStream) -> Self {
        Self::parse(&to_end(stream).await)
    }

    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head: {:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let rest = &bytes[end + 4..];
        let body = if head.to_lowercase().contains("transfer-encoding: chunked") {
            whole(rest)
        } else {
            rest.to_vec()
        };
        Self { status, head, body }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }
}

/// Everything until the other side closes; an end by reset is an end, too.
pub async fn to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let reading = async {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = stream.read(&mut piece).await {
            bytes.extend_from_slice(&piece[..length]);
        }
    };
    within("the end of a connection", reading).await;
    bytes
}

/// The content of chunks that came to their end.
fn whole(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let (content, rest) = chunk(chunks).expect("a whole chunk");
        if content.is_empty() {
            return body;
        }
        body.extend_from_slice(content);
        chunks = rest;
    }
}

fn chunk(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")?;
    let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?, 16).ok()?;
    let content = bytes.get(end + 2..end + 2 + size)?;
    Some((content, bytes.get(end + 4 + size..)?))
}

/// Reads until what came so far contains these words; says all of it.
pub async fn until(stream: &mut TcpStream, words: &str) -> String {
    let mut seen = Vec::new();
    let reading = async {
        let mut piece = [0; 4096];
        loop {
            let text = String::from_utf8_lossy(&seen).into_owned();
            if text.contains(words) {
                return text;
            }
            let length = stream.read(&mut piece).await.unwrap();
            assert!(length > 0, "it ended before {words:?}: {text}");
            seen.extend_from_slice(&piece[..length]);
        }
    };
    within(words, reading).await
}
