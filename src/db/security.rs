//! Who could read along between us and the database.
//!
//! A file, a Unix socket and a loopback address (this machine, or the near end of a tunnel) cross
//! no network of their own; anything else is encrypted, or said not to be.

use std::net::IpAddr;

use sqlx::mysql::MySqlSslMode;
use sqlx::postgres::PgSslMode;

use super::{Connection, Link, postgres, server_options};
use crate::config::DatabaseUrl;
use crate::error::Result;

/// How well a connection is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// It does not leave this machine.
    Local,
    /// Anybody on the way can read it.
    Plain,
    /// It is encrypted, to a server that nobody asked to prove who it is.
    Unverified,
    /// It is encrypted, to a server with a certificate that was checked.
    Verified,
}

impl Connection {
    /// How well this connection, made with `url`, is kept from others.
    pub async fn security(&mut self, url: &DatabaseUrl) -> Result<Security> {
        if let Link::Sqlite(_) = self.link {
            return Ok(Security::Local);
        }
        if let Link::Postgres(_) = self.link {
            return self.postgres_security(url).await;
        }
        let options = server_options(url)?;
        if is_local(options.get_socket().is_some(), options.get_host()) {
            return Ok(Security::Local);
        }
        let rows = self
            .query("SHOW SESSION STATUS LIKE 'Ssl_cipher'", &[])
            .await?;
        let encrypted = rows.first().is_some_and(|row| !row.text(1).is_empty());
        Ok(match options.get_ssl_mode() {
            _ if !encrypted => Security::Plain,
            MySqlSslMode::VerifyCa | MySqlSslMode::VerifyIdentity => Security::Verified,
            _ => Security::Unverified,
        })
    }

    async fn postgres_security(&mut self, url: &DatabaseUrl) -> Result<Security> {
        let options = postgres::options(url)?;
        if is_local(options.get_socket().is_some(), options.get_host()) {
            return Ok(Security::Local);
        }
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let rows = self.query(sql, &[]).await?;
        let encrypted = rows.first().is_some_and(|row| row.int(0) != 0);
        Ok(match options.get_ssl_mode() {
            _ if !encrypted => Security::Plain,
            PgSslMode::VerifyCa | PgSslMode::VerifyFull => Security::Verified,
            _ => Security::Unverified,
        })
    }
}

/// A host that begins with a slash is the folder of a socket.
fn is_local(by_socket: bool, host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let address = host.parse::<IpAddr>();
    by_socket
        || host == "localhost"
        || host.starts_with('/')
        || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn sockets_and_loopback_addresses_stay_on_this_machine() {
        let table = [
            ("mysql://u@localhost/x", true),
            ("mysql://u@127.0.0.1:3307/x", true),
            ("mysql://u@[::1]/x", true),
            ("mysql://u@db01/x?socket=/run/mysqld.sock", true),
            ("mysql://u@db01.example/x", false),
            ("mysql://u@10.0.0.5/x", false),
        ];
        for (text, wanted) in table {
            let url = DatabaseUrl::parse(text, Path::new("/")).unwrap();
            let options = server_options(&url).unwrap();
            let local = is_local(options.get_socket().is_some(), options.get_host());
            assert_eq!(local, wanted, "{text}");
        }
    }
}
