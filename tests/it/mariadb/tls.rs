//! A certificate for the server, signed by an authority of its own.

use std::path::{Path, PathBuf};

use crate::harness::{child, wait};

const AUTHORITY: [&str; 14] = [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=Contoh CA",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-batch",
];
const SERVER: [&str; 22] = [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-addext",
    "basicConstraints=critical,CA:FALSE",
    "-addext",
    "subjectAltName=DNS:localhost,IP:0.0.0.0",
    "-keyout",
    "server.key",
    "-out",
    "server.pem",
    "-batch",
];

/// Makes `server.pem` and `server.key` in `folder`; `None` without OpenSSL 3.
pub async fn certify(folder: &Path) -> Option<PathBuf> {
    for arguments in [AUTHORITY.as_slice(), &SERVER] {
        let mut command = child::tool("openssl");
        command.current_dir(folder).args(arguments);
        let made = wait::try_output(command).await;
        if !made.is_ok_and(|made| made.status.success()) {
            return None;
        }
    }
    Some(folder.join("ca.pem"))
}
