//! Addresses of databases and services. None of them shows a password, however it is printed.
//!
//! Knows how a URL is spelled, and nothing of connections.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use url::{Position, Url};

use super::interpolation::{may_be_cut, percent_encode};
use super::setting::MASK;
use crate::text::mask;

pub(super) const SCHEME: &str = "its beginning is not one of those meant here";
const SQLITE_FILE: &str = "sqlite: takes the path of a file and no options after a ?";
const NO_HOST: &str = "it names no host";
const NO_DATABASE: &str = "it names no database after the host";
const UNREADABLE_URL: &str =
    "it cannot be read; put a password with special characters into a variable, as ${NAME}";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    /// MySQL or MariaDB.
    MySql,
    Postgres,
}

impl DatabaseKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::MySql => "mysql",
            Self::Postgres => "postgres",
        }
    }
}

/// Where a database is: `sqlite:PATH`, `mysql://`, `mariadb://` or `postgres://`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    Server(DatabaseKind, Url),
}

impl DatabaseUrl {
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Place::File(path.into()))
    }

    /// Reads a URL; the path of an SQLite file starts at `base`. The reason of a refusal never
    /// repeats the URL.
    pub fn parse(text: &str, base: &Path) -> Result<Self, &'static str> {
        if let Some(rest) = text.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            return if path.is_empty() || path.contains('?') || path.starts_with(':') {
                Err(SQLITE_FILE)
            } else {
                Ok(Self::file(base.join(path)))
            };
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let kind = match scheme {
            Some("mysql" | "mariadb") => DatabaseKind::MySql,
            Some("postgres" | "postgresql") => DatabaseKind::Postgres,
            _ => return Err(SCHEME),
        };
        let url = Url::parse(text).map_err(|_| UNREADABLE_URL)?;
        let socket = url
            .query_pairs()
            .any(|(key, _)| key == "socket" || key == "host");
        if url.fragment().is_some() || may_be_cut(text) {
            Err(UNREADABLE_URL)
        } else if url.host_str().is_none_or(str::is_empty) && !socket {
            Err(NO_HOST)
        } else if url.path().trim_matches('/').is_empty() {
            Err(NO_DATABASE)
        } else {
            Ok(Self(Place::Server(kind, url)))
        }
    }

    pub fn kind(&self) -> DatabaseKind {
        match &self.0 {
            Place::File(_) => DatabaseKind::Sqlite,
            Place::Server(kind, _) => *kind,
        }
    }

    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(path),
            Place::Server(..) => None,
        }
    }

    /// The whole URL with its password, for the connector alone.
    pub fn secret_url(&self) -> SecretString {
        match &self.0 {
            Place::File(path) => {
                let parts = path.to_string_lossy();
                let parts: Vec<String> = parts.split('/').map(percent_encode).collect();
                format!("sqlite://{}", parts.join("/")).into()
            }
            Place::Server(_, url) => url.as_str().into(),
        }
    }

    /// What people call it: `mysql db01/location_server`, `sqlite users.db`.
    pub fn target_name(&self) -> String {
        match &self.0 {
            Place::File(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                format!("sqlite {}", name.display())
            }
            Place::Server(kind, url) => {
                let host = url
                    .host_str()
                    .filter(|host| !host.is_empty())
                    .unwrap_or("localhost");
                let port = url
                    .port()
                    .map_or_else(String::new, |port| format!(":{port}"));
                let name = url.path().trim_matches('/');
                format!("{} {host}{port}/{name}", kind.word())
            }
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File(path) => write!(formatter, "sqlite:{}", path.display()),
            Place::Server(_, url) => formatter.write_str(&masked(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DatabaseUrl({self})")
    }
}

/// The http or https address of a service, without a `/` at its end.
#[derive(Clone, PartialEq, Eq)]
pub struct WebUrl(Url);

impl WebUrl {
    /// Reads an address; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text.trim_end_matches('/')).ok()?;
        let usable = matches!(url.scheme(), "http" | "https") && url.fragment().is_none();
        (usable && !may_be_cut(text)).then_some(Self(url))
    }

    /// The address with its password, if it has one, for a request alone.
    pub fn expose(&self) -> &Url {
        &self.0
    }

    #[must_use]
    pub fn below(&self, path: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        Self(url)
    }

    /// The host, and the port where it is a special one, as people type it.
    pub fn host(&self) -> &str {
        &self.0[Position::BeforeHost..Position::AfterPort]
    }

    pub(super) fn has_path(&self) -> bool {
        !self.0.path().trim_matches('/').is_empty()
    }

    pub(super) fn has_user(&self) -> bool {
        !self.0.username().is_empty() || self.0.password().is_some()
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = masked(&self.0);
        let bare = self.0.query().is_none();
        formatter.write_str(if bare {
            text.trim_end_matches('/')
        } else {
            &text
        })
    }
}

impl fmt::Debug for WebUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "WebUrl({self})")
    }
}

/// The URL for people. Of an http address with a user alone, that user may be a token.
fn masked(url: &Url) -> String {
    let user = match (url.username(), url.password()) {
        ("", None) => String::new(),
        (user, None) if !url.scheme().starts_with("http") => format!("{user}@"),
        (_, None) => format!("{MASK}@"),
        (user, Some(_)) => format!("{user}:{MASK}@"),
    };
    let place = &url[Position::BeforeHost..Position::AfterPath];
    let address = format!("{}://{user}{place}", url.scheme());
    mask::with_query(address, url.query())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_database_is_shown_by_its_place_and_never_with_its_password() {
        let table = [
            (
                "sqlite:users.db",
                "sqlite:/base/users.db",
                "sqlite users.db",
            ),
            (
                "sqlite:///srv/a b.db",
                "sqlite:/srv/a b.db",
                "sqlite a b.db",
            ),
            (
                "mysql://u:MARK@db01/x",
                "mysql://u:••••@db01/x",
                "mysql db01/x",
            ),
            (
                "mariadb://u@h:3307/x",
                "mariadb://u@h:3307/x",
                "mysql h:3307/x",
            ),
            (
                "postgres://u:MARK@h/x?sslmode=require",
                "postgres://u:••••@h/x?sslmode=require",
                "postgres h/x",
            ),
            (
                "postgresql:///x?host=/run/pg&password=MARK",
                "postgresql:///x?host=/run/pg&password=••••",
                "postgres localhost/x",
            ),
        ];
        for (text, shown, target) in table {
            let url = DatabaseUrl::parse(text, Path::new("/base")).unwrap();
            assert_eq!(
                (url.to_string(), url.target_name()),
                (shown.into(), target.into())
            );
            assert!(!format!("{url:?} {:?}", url.secret_url()).contains("MARK"));
            if text.contains("MARK") {
                assert_eq!(url.secret_url().expose_secret(), text);
            }
        }
    }

    #[test]
    fn what_is_no_database_is_refused_with_a_reason() {
        let table = [
            ("sqlite:", SQLITE_FILE),
            ("sqlite::memory:", SQLITE_FILE),
            ("sqlite:a.db?mode=ro", SQLITE_FILE),
            ("oracle://h/x", SCHEME),
            ("users.db", SCHEME),
            ("mysql://u:p@h", NO_DATABASE),
            ("mysql:///x", NO_HOST),
            ("mysql://u:p#w@h/x", UNREADABLE_URL),
            ("mysql://u:12/34@h/x", UNREADABLE_URL),
            ("mysql://u:p@[h/x", UNREADABLE_URL),
        ];
        for (text, reason) in table {
            assert_eq!(
                DatabaseUrl::parse(text, Path::new("/")),
                Err(reason),
                "{text}"
            );
        }
    }

    #[test]
    fn an_sqlite_url_survives_odd_names() {
        let url = DatabaseUrl::file("/srv/a b%?.db").secret_url();
        assert_eq!(url.expose_secret(), "sqlite:///srv/a%20b%25%3F.db");
    }

    #[test]
    fn a_web_address_grows_below_its_path() {
        let base = WebUrl::parse("https://u:MARK@h.example:8443/api/").unwrap();
        let below = base.below("/token");
        assert_eq!(below.expose().path(), "/api/token");
        assert_eq!(below.to_string(), "https://u:••••@h.example:8443/api/token");
        assert_eq!(base.host(), "h.example:8443");
        assert_eq!(WebUrl::parse("http://h/").unwrap().to_string(), "http://h");
        assert_eq!(
            WebUrl::parse("https://TOKEN@h/a?api_key=MARK&n=1")
                .unwrap()
                .to_string(),
            "https://••••@h/a?api_key=••••&n=1"
        );
        for wrong in [
            "h.example",
            "ftp://h",
            "http://",
            "https://h/#x",
            "mailto:a@b",
        ] {
            assert_eq!(WebUrl::parse(wrong), None, "{wrong}");
        }
    }
}
