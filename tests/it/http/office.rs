//! A server with scripted answers, and a selaras beside it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use crate::harness::child::bare;
use crate::harness::wait::output;

/// No server waits longer for a byte, so that no test hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a server says to a request: its head in, the whole answer out.
type Says = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// A server on a port of its own. Its thread ends with the tests.
pub struct Server {
    pub address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    /// Over plain http.
    pub fn plain(says: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::start(None, Arc::new(says))
    }

    /// Over TLS, with one of the certificates beside this file; answers 401 to everything.
    pub fn secure(certificate: &str) -> Self {
        let chain = CertificateDer::pem_file_iter(certificates().join(certificate)).unwrap();
        let key = PrivateKeyDer::from_pem_file(certificates().join("server.key")).unwrap();
        selaras::http::install_tls();
        let config = ServerConfig::builder().with_no_client_auth();
        let chain = chain.map(Result::unwrap).collect();
        let config = config.with_single_cert(chain, key).unwrap();
        let says = |_: &str| answer(401, r#"{"error":"Unauthorized"}"#);
        Self::start(Some(Arc::new(config)), Arc::new(says))
    }

    fn start(tls: Option<Arc<ServerConfig>>, says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            heads: Arc::default(),
            connections: Arc::default(),
        };
        let (heads, connections) = (Arc::clone(&server.heads), Arc::clone(&server.connections));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                *connections.lock().unwrap() += 1;
                let (tls, says, heads) = (tls.clone(), Arc::clone(&says), Arc::clone(&heads));
                std::thread::spawn(move || match tls {
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        serve(StreamOwned::new(connection, stream), &says, &heads);
                    }
                    None => serve::<TcpStream>(stream, &says, &heads),
                });
            }
        });
        server
    }

    /// The heads of the requests that came.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

/// One request and its answer; a client that leaves is none of our business.
fn serve<S: Read + Write>(mut stream: S, says: &Says, heads: &Mutex<Vec<String>>) {
    let mut came = Vec::new();
    let mut piece = [0; 4096];
    let head = loop {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(length) => came.extend_from_slice(&piece[..length]),
        }
        if !came[0].is_ascii_uppercase() {
            // No request: somebody speaks TLS, for one.
            let _ = stream.write_all(answer(400, "").as_bytes());
            return;
        }
        let text = String::from_utf8_lossy(&came).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            break head.to_owned();
        }
    };
    heads.lock().unwrap().push(head.clone());
    let _ = stream.write_all(says(&head).as_bytes());
    let _ = stream.flush();
}

/// A whole answer.
pub fn answer(status: u16, body: &str) -> String {
    let kind = if body.starts_with('<') {
        "text/html"
    } else {
        "application/json"
    };
    format!(
        "HTTP/1.1 {status} \r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

pub fn certificates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/http/certificates")
}

/// A folder with a configuration.
pub struct Office {
    folder: TempDir,
    /// Beside the usual secrets.
    pub environment: Vec<(&'static str, String)>,
}

/// How a command ended, and all that it wrote anywhere.
pub struct Done {
    pub exit: i32,
    pub out: String,
    pub err: String,
    /// Everything in the folder, logs and runs too.
    pub files: String,
}

impl Done {
    pub fn all(&self) -> String {
        format!("{}\n{}\n{}", self.out, self.err, self.files)
    }
}

impl Office {
    pub fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let top = "operator = \"admin@kantor\"\nstate_dir = \"state\"\nretry_base = \"1ms\"\n";
        std::fs::create_dir(folder.path().join("state")).unwrap();
        std::fs::write(folder.path().join("config.toml"), format!("{top}{config}")).unwrap();
        Self {
            folder,
            environment: Vec::new(),
        }
    }

    /// With one location, whose block has these lines too.
    pub fn location(url: &str, more: &str) -> Self {
        Self::new(&format!(
            "[users]\ndatabase = \"sqlite:users.db\"\n[[users.location]]\nid = 8\ncode = \"dev\"\n\
             name = \"Dev\"\nurl = \"{url}\"\n{more}\n"
        ))
    }

    pub async fn run(&self, words: &str) -> Done {
        let mut command = bare(env!("CARGO_BIN_EXE_selaras"));
        let config = self.folder.path().join("config.toml");
        command
            .args(words.split(' '))
            .arg("--config")
            .arg(config)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("EXTERNAL_API_EMAIL", "sync@kantor")
            .env("EXTERNAL_API_PASSWORD", "sandi-contoh-1")
            .env("EALUMNI_USERNAME", "admin")
            .env("EALUMNI_PASSWORD", "sandi-contoh-2")
            .env("SCRIPT_API_USERNAME", "admin")
            .env("SCRIPT_API_PASSWORD", "sandi-contoh-3")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output = output(command).await;
        let mut files = String::new();
        collect(&self.folder.path().join("state"), &mut files);
        Done {
            exit: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            files,
        }
    }
}

fn collect(folder: &Path, files: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
        }
    }
}
