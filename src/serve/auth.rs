//! Who may ask: a bearer token or cookie signed by us (HS256), or the API key.
//!
//! There are no accounts: `selaras serve token` mints what people carry. Tokens without an end, of
//! another algorithm, or signed with another secret are nobody's; keys are compared in constant
//! time.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::words;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::text;

/// The cookie that may carry a token, as at the deployed services.
const COOKIE_NAME: &str = "auth_token";
/// The header that may carry the API key.
const KEY_HEADER: &str = "x-api-key";
/// How long a secret must be, in bytes; RFC 7518 asks for the length of the hash.
const SHORTEST_SECRET: usize = 32;

/// What tells friend from stranger.
#[derive(Debug)]
pub struct Keys {
    jwt: Option<SecretString>,
    api: Option<SecretString>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name in the token, or what stands for the API key.
    pub name: String,
}

/// Why somebody is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Neither token nor key.
    Missing,
    /// Not signed by us, or no token at all.
    Invalid,
    /// It was good once.
    Expired,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    iat: i64,
    exp: i64,
}

impl Keys {
    /// The secrets of the configuration; without any nobody could be told from a stranger.
    pub fn of(config: &Config) -> Result<Self> {
        // Blanks around a header's value are cut off on the way.
        let sendable = |secret: SecretString| {
            let key = secret.expose_secret().trim();
            (!key.is_empty()).then(|| SecretString::from(key))
        };
        let keys = Self {
            jwt: config.secret("SERVE_JWT_SECRET")?,
            api: config.secret("SERVE_API_KEY")?.and_then(sendable),
        };
        let short = |secret: &SecretString| secret.expose_secret().len() < SHORTEST_SECRET;
        if keys.jwt.as_ref().is_some_and(short) {
            return Err(Error::config(words::SHORT_SECRET).hint(words::HINT_SECRET));
        }
        if keys.jwt.is_none() && keys.api.is_none() {
            return Err(Error::config(words::NO_SECRETS).hint(words::HINT_SECRET));
        }
        Ok(keys)
    }

    /// A token for `name`, good for `days` days.
    pub fn mint(&self, name: &str, days: u32, now: Timestamp) -> Result<SecretString> {
        let secret = self
            .jwt
            .as_ref()
            .ok_or_else(|| Error::config(words::NO_JWT_SECRET).hint(words::HINT_SECRET))?;
        let end = now + SignedDuration::from_hours(24 * i64::from(days));
        let claims = Claims {
            sub: name.to_owned(),
            iat: now.as_second(),
            exp: end.as_second(),
        };
        let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
        encode(&Header::new(Algorithm::HS256), &claims, &key)
            .map(SecretString::from)
            .map_err(|cause| Error::bug("the token cannot be signed").because(cause))
    }

    /// Who sends these headers.
    pub fn caller(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> std::result::Result<Caller, Refusal> {
        if let Some(given) = headers.get(KEY_HEADER) {
            let known = self.api.as_ref().ok_or(Refusal::Invalid)?;
            let same = given.as_bytes().ct_eq(known.expose_secret().as_bytes());
            let caller = Caller {
                name: words::KEY_CALLER.to_owned(),
            };
            return if same.into() {
                Ok(caller)
            } else {
                Err(Refusal::Invalid)
            };
        }
        let token = bearer(headers)
            .or_else(|| cookie(headers))
            .ok_or(Refusal::Missing)?;
        self.read(token, now)
    }

    fn read(&self, token: &str, now: Timestamp) -> std::result::Result<Caller, Refusal> {
        let secret = self.jwt.as_ref().ok_or(Refusal::Invalid)?;
        let key = DecodingKey::from_secret(secret.expose_secret().as_bytes());
        let mut rules = Validation::new(Algorithm::HS256);
        // By our own clock, below; that there is an end is asked for all the same.
        rules.validate_exp = false;
        let read = decode::<Claims>(token, &key, &rules).map_err(|_| Refusal::Invalid)?;
        if read.claims.exp <= now.as_second() {
            return Err(Refusal::Expired);
        }
        Ok(Caller {
            name: text::excerpt(&read.claims.sub, 100),
        })
    }
}

/// The token of `Authorization: Bearer …`, whose first word may be written in any case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .trim()
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE_NAME).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-20T08:00:00Z".parse().unwrap()
    }

    const SECRET: &str = "rahasia-contoh-rahasia-contoh-rahasia";

    fn keys() -> Keys {
        Keys {
            jwt: Some(SECRET.into()),
            api: Some("kunci-contoh".into()),
        }
    }

    fn with(name: &str, value: &str) -> HeaderMap {
        let name: axum::http::HeaderName = name.parse().unwrap();
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    fn signed(algorithm: Algorithm, secret: &str) -> String {
        let claims = Claims {
            sub: "sari".to_owned(),
            iat: 0,
            exp: i64::from(u32::MAX),
        };
        let key = EncodingKey::from_secret(secret.as_bytes());
        encode(&Header::new(algorithm), &claims, &key).unwrap()
    }

    #[test]
    fn a_minted_token_is_taken_as_bearer_and_as_cookie() {
        let token = keys().mint("sari", 1, now()).unwrap();
        let token = token.expose_secret();
        for (name, value) in [
            ("authorization", format!("Bearer {token}")),
            ("authorization", format!("bearer  {token}")),
            ("cookie", format!("theme=dark; auth_token={token}")),
        ] {
            assert_eq!(
                keys().caller(&with(name, &value), now()).unwrap().name,
                "sari",
                "{name}"
            );
        }
        assert!(
            keys()
                .caller(&with("x-api-key", "kunci-contoh"), now())
                .is_ok()
        );
    }

    #[test]
    fn a_token_is_good_until_its_end_by_the_clock_that_is_passed() {
        let token = keys().mint("sari", 1, now()).unwrap();
        let headers = with(
            "authorization",
            &format!("Bearer {}", token.expose_secret()),
        );
        let end = now() + SignedDuration::from_hours(24);
        let before = end - SignedDuration::from_secs(1);
        assert!(keys().caller(&headers, before).is_ok());
        assert_eq!(keys().caller(&headers, end), Err(Refusal::Expired));
    }

    #[test]
    fn strangers_are_refused() {
        let day = SignedDuration::from_hours(24);
        let old = keys().mint("sari", 1, now() - day - day).unwrap();
        // {"alg":"none"} and {"sub":"sari","iat":0,"exp":4294967295}, without a signature.
        let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzYXJpIiwiaWF0IjowLCJleHAiOjQyOTQ5NjcyOTV9.";
        let table = [
            (HeaderMap::new(), Refusal::Missing),
            (with("authorization", "Bearer"), Refusal::Missing),
            (
                with("authorization", "Basic c2FyaTpzYXJp"),
                Refusal::Missing,
            ),
            (with("authorization", "Bearer x"), Refusal::Invalid),
            (
                with("authorization", &format!("Bearer {unsigned}")),
                Refusal::Invalid,
            ),
            (
                with(
                    "authorization",
                    &format!("Bearer {}", signed(Algorithm::HS384, SECRET)),
                ),
                Refusal::Invalid,
            ),
            (
                with(
                    "authorization",
                    &format!("Bearer {}", signed(Algorithm::HS256, "other")),
                ),
                Refusal::Invalid,
            ),
            (
                with("authorization", &format!("Bearer {}", old.expose_secret())),
                Refusal::Expired,
            ),
            (with("x-api-key", "kunci-conto"), Refusal::Invalid),
            (with("x-api-key", ""), Refusal::Invalid),
        ];
        for (headers, refusal) in table {
            assert_eq!(keys().caller(&headers, now()), Err(refusal), "{headers:?}");
        }
        let without = Keys {
            jwt: None,
            api: None,
        };
        let good = keys().mint("sari", 1, now()).unwrap();
        let headers = with("authorization", &format!("Bearer {}", good.expose_secret()));
        assert_eq!(without.caller(&headers, now()), Err(Refusal::Invalid));
    }
}
