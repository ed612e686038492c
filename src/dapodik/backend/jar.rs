//! The cookies of this process: one sign-in for each account, whoever asks.
//!
//! A screen looks at metadata again and again with settings that were read anew. Nothing is kept
//! beyond the process, and no password: an account is known by its seal.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use crate::engine::seal;
use crate::error::Result;

static COOKIES: Mutex<BTreeMap<String, SecretString>> = Mutex::new(BTreeMap::new());

/// An account at a backend.
#[derive(Debug)]
pub(super) struct Account {
    pub user: SecretString,
    pub password: SecretString,
    seal: String,
}

impl Account {
    /// The account of `user` at the backend `base`.
    pub fn new(base: &str, user: SecretString, password: SecretString) -> Result<Self> {
        let seal = seal(&(base, user.expose_secret(), password.expose_secret()))?;
        Ok(Self {
            user,
            password,
            seal,
        })
    }

    /// The cookie of its last sign-in.
    pub fn cookie(&self) -> Option<SecretString> {
        cookies().get(&self.seal).cloned()
    }

    /// Keeps the cookie of a new sign-in.
    pub fn keep(&self, cookie: SecretString) {
        cookies().insert(self.seal.clone(), cookie);
    }
}

fn cookies() -> MutexGuard<'static, BTreeMap<String, SecretString>> {
    COOKIES.lock().unwrap_or_else(PoisonError::into_inner)
}
