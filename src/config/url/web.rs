//! Where a service is.

use std::fmt;

use url::{Position, Url};

use crate::config::interpolation::may_be_cut;

use super::masked;

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

    /// The address with `path` behind it.
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

    pub(in crate::config) fn has_path(&self) -> bool {
        !self.0.path().trim_matches('/').is_empty()
    }

    pub(in crate::config) fn has_user(&self) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

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
