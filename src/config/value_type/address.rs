//! The shapes of addresses: paths, routes, sockets, URLs. Here `${NAME}` is filled in.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::document::Value;
use crate::config::interpolation::{self, InterpolationError};
use crate::config::url::{self, DatabaseKind, DatabaseUrl, WebUrl};
use crate::config::variables::Variables;

use super::{ResolveContext, ValueError, ValueType};

const WEB: &str = r#"an http:// or https:// URL, such as "https://central.example""#;

/// A file's path, made absolute.
pub(in crate::config) struct FilePath;

impl ValueType for FilePath {
    type Value = PathBuf;

    fn expected(&self) -> String {
        r#"a path in quotes, such as "logs/integration.log""#.to_owned()
    }

    fn read(
        &self,
        value: &Value,
        context: ResolveContext<'_>,
    ) -> Result<Option<PathBuf>, ValueError> {
        let Value::Text(text) = value else {
            return Ok(None);
        };
        let path = filled(text, context, interpolation::path)?;
        Ok((!path.is_empty()).then(|| context.base.join(path)))
    }

    fn shown(&self, value: &PathBuf) -> String {
        value.display().to_string()
    }
}

/// A path below a URL: `/api`, or nothing where `empty` allows it.
pub(in crate::config) struct Route {
    pub empty: bool,
}

impl ValueType for Route {
    type Value = String;

    fn expected(&self) -> String {
        r#"a path that begins with / and does not end with it, such as "/api""#.to_owned()
    }

    fn read(&self, value: &Value, _: ResolveContext<'_>) -> Result<Option<String>, ValueError> {
        Ok(match value {
            Value::Text(text) if text.is_empty() => self.empty.then(String::new),
            Value::Text(text) if text.starts_with('/') && !text.ends_with('/') => {
                (!text.contains(['?', '#', ' ', '@'])).then(|| text.clone())
            }
            _ => None,
        })
    }

    fn shown(&self, value: &String) -> String {
        value.clone()
    }
}

pub(in crate::config) struct Listen;

impl ValueType for Listen {
    type Value = SocketAddr;

    fn expected(&self) -> String {
        r#"an address with a port, such as "127.0.0.1:8000""#.to_owned()
    }

    fn read(&self, value: &Value, _: ResolveContext<'_>) -> Result<Option<SocketAddr>, ValueError> {
        Ok(match value {
            Value::Text(text) => text.parse().ok(),
            _ => None,
        })
    }

    fn shown(&self, value: &SocketAddr) -> String {
        value.to_string()
    }
}

/// A web origin, as browsers write it: `https://docku.example:8443`.
pub(in crate::config) struct WebOrigin;

impl ValueType for WebOrigin {
    type Value = String;

    fn expected(&self) -> String {
        "an origin such as `https://docku.example`, without a path".to_owned()
    }

    fn read(
        &self,
        value: &Value,
        context: ResolveContext<'_>,
    ) -> Result<Option<String>, ValueError> {
        let Value::Text(text) = value else {
            return Ok(None);
        };
        let text = filled(text, context, interpolation::url)?;
        let url = WebUrl::parse(&text).filter(|url| !url.has_user());
        Ok(url.and_then(|url| {
            let url = url.expose();
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            bare.then(|| url.origin().ascii_serialization())
        }))
    }

    fn shown(&self, value: &String) -> String {
        value.clone()
    }
}

pub(in crate::config) struct Web;

impl ValueType for Web {
    type Value = WebUrl;

    fn expected(&self) -> String {
        WEB.to_owned()
    }

    fn read(
        &self,
        value: &Value,
        context: ResolveContext<'_>,
    ) -> Result<Option<WebUrl>, ValueError> {
        let Value::Text(text) = value else {
            return Ok(None);
        };
        Ok(WebUrl::parse(&filled(text, context, interpolation::url)?))
    }

    fn shown(&self, value: &WebUrl) -> String {
        value.to_string()
    }
}

/// The address of a location's server: stored in the database, and often written without scheme.
pub(in crate::config) struct OnlineUrl;

impl ValueType for OnlineUrl {
    type Value = WebUrl;

    fn expected(&self) -> String {
        WEB.to_owned()
    }

    fn read(
        &self,
        value: &Value,
        context: ResolveContext<'_>,
    ) -> Result<Option<WebUrl>, ValueError> {
        let Value::Text(text) = value else {
            return Ok(None);
        };
        let mut text = filled(text, context, interpolation::url)?;
        if !text.contains("://") && !text.is_empty() {
            text.insert_str(0, "https://");
        }
        match WebUrl::parse(&text) {
            Some(url) if url.has_user() => Err(ValueError::Wrong(format!(
                "must be {WEB}, without a user or password, for it is stored in the database"
            ))),
            url => Ok(url),
        }
    }

    fn shown(&self, value: &WebUrl) -> String {
        value.to_string()
    }
}

/// A database of one of some kinds.
pub(in crate::config) struct Database {
    pub kinds: &'static [DatabaseKind],
    pub example: &'static str,
}

impl Database {
    fn expected_but(&self, reason: &str) -> String {
        format!("a database URL, such as \"{}\": {reason}", self.example)
    }
}

impl ValueType for Database {
    type Value = DatabaseUrl;

    fn expected(&self) -> String {
        self.expected_but(url::SCHEME)
    }

    fn read(
        &self,
        value: &Value,
        context: ResolveContext<'_>,
    ) -> Result<Option<DatabaseUrl>, ValueError> {
        let Value::Text(text) = value else {
            return Ok(None);
        };
        let wrong = |reason| ValueError::Wrong(format!("must be {}", self.expected_but(reason)));
        // An SQLite URL is a path: nothing in it is percent-encoded.
        let way = if text.starts_with("sqlite:") {
            interpolation::path
        } else {
            interpolation::url
        };
        let url = DatabaseUrl::parse(&filled(text, context, way)?, context.base).map_err(wrong)?;
        if self.kinds.contains(&url.kind()) {
            Ok(Some(url))
        } else {
            Err(wrong(url::SCHEME))
        }
    }

    fn shown(&self, value: &DatabaseUrl) -> String {
        value.to_string()
    }
}

type Filling = fn(&str, &Variables) -> Result<String, InterpolationError>;

fn filled(text: &str, context: ResolveContext<'_>, way: Filling) -> Result<String, ValueError> {
    let Some(variables) = context.variables else {
        return Ok(text.to_owned());
    };
    way(text, variables).map_err(|gap| match gap {
        InterpolationError::Braces => ValueError::Wrong(
            "has a ${ that no variable's name and } follow; letters, digits and _ make a name"
                .to_owned(),
        ),
        InterpolationError::Unset(name) => ValueError::Unset(name),
    })
}
