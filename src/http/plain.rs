//! Whether a server that does not answer over TLS speaks plain http.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::{Host, Url};

use super::RequestError;

/// How long asking may take: connecting, asking, the first bytes of the answer.
const LONGEST: Duration = Duration::from_secs(3);
const BEGINNING: &[u8] = b"HTTP/";

/// The place that speaks plain http where `url` says https and the request ended in `error`; `None`
/// where there is none, or the error is another one. It is asked without a word that is ours:
/// `OPTIONS *` is about the server itself, and does nothing anywhere.
pub async fn plain_http_instead_of(url: &Url, error: &RequestError) -> Option<String> {
    let tls_failed = match error {
        RequestError::Tls(_, fault) => fault.is_not_tls,
        // A server may also wait for the rest of what it takes for a request. After a connection
        // over TLS stood, nothing is asked: then it was TLS, and the password is on its way.
        RequestError::Refused(_) | RequestError::NoConnection(_) => true,
        _ => false,
    };
    if url.scheme() != "https" || !tls_failed {
        return None;
    }
    let host = match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    // What http would mean by the same address.
    let port = url.port().unwrap_or(80);
    let asking = answers(&host, port);
    let found = tokio::time::timeout(LONGEST, asking).await;
    matches!(found, Ok(Ok(true))).then(|| format!("{}:{port}", url.host_str().unwrap_or(&host)))
}

async fn answers(host: &str, port: u16) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect((host, port)).await?;
    let question =
        format!("OPTIONS * HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).await?;
    let mut beginning = [0; BEGINNING.len()];
    stream.read_exact(&mut beginning).await?;
    Ok(beginning == BEGINNING)
}
