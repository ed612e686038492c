//! The way in to a location's server: its address, the login for it, how patient we are.
//!
//! What is asked behind the door is said in `remote`.

use std::time::Duration;

use tokio::sync::RwLock;
use url::Url;

use super::model::Location;
use super::remote::{Branch, Token};
use super::{Users, words};
use crate::config::{Credentials, Paging};
use crate::engine::Job;
use crate::error::{Error, Result};
use crate::http::{Peer, RetryPolicy};
use crate::text;

/// Everything it takes to ask a location's server.
pub struct ServerAccess {
    peer: Peer,
    base: String,
    credentials: Credentials,
    paging: Paging,
    token: RwLock<Token>,
    code: String,
}

impl ServerAccess {
    /// The door of `location`. May run a command that prints a secret and block its thread.
    pub fn of(users: &Users, location: &Location) -> Result<Self> {
        let name = text::scrub(&location.name);
        let base = location.base().ok_or_else(|| {
            let hint = words::hint_no_url(&text::scrub(&location.code));
            Error::config(words::no_url(&name)).hint(hint)
        })?;
        let url: Url = base
            .parse()
            .map_err(|_| Error::config(words::bad_url(&base)).hint(words::hint_url(&name)))?;
        let credentials = users.config.login(&location.code)?;
        let retry = RetryPolicy {
            connect: users.settings.connect_timeout,
            request: users.settings.timeout,
            retry_base: users.config.retry_base,
        };
        let peer = Peer::new(&name, &url, retry)?;
        peer.keep_secret(credentials.password.clone());
        Ok(Self {
            peer,
            base,
            credentials,
            paging: location.overrides.paging,
            token: RwLock::default(),
            code: text::scrub(&location.code),
        })
    }

    /// The server behind it.
    pub fn branch(&self, users: &Users) -> Branch<'_> {
        Branch {
            peer: &self.peer,
            base: &self.base,
            code: &self.code,
            email: &self.credentials.email,
            password: &self.credentials.password,
            page_size: u64::from(users.settings.page_size),
            concurrency: users.settings.concurrency,
            paging: self.paging,
            login_budget: users.settings.timeout,
            token: &self.token,
        }
    }
}

impl Users {
    /// Logs in to the server of `location` and asks it for nothing: whether that would work. Takes
    /// no longer than `budget`.
    pub async fn try_login(&self, location: &Location, budget: Duration, job: &Job) -> Result<()> {
        let access = ServerAccess::of(self, location)?;
        let branch = access.branch(self);
        let branch = Branch {
            login_budget: branch.login_budget.min(budget),
            ..branch
        };
        branch.try_login(job).await
    }
}
