//! Who may ask: a bearer token or cookie (HS256 or HS512), or the API key.
//!
//! There are no accounts: `selaras serve token` mints what people carry, and so may the programs
//! that share the secret. Their tokens name who carries them in other claims: `{id,username,exp}`,
//! `{id,role,iat,exp}`. Tokens without an end, of another algorithm, or signed with another secret
//! are nobody's; keys are compared in constant time.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::config::{Config, Level};
use crate::error::{Error, Result};
use crate::text;

/// The cookie that may carry a token, as at the deployed services.
const COOKIE_NAME: &str = "auth_token";
/// The header that may carry the API key.
const KEY_HEADER: &str = "x-api-key";
const HINT_SECRET: &str =
    "set it in the environment or in `.env`, such as the output of `openssl rand -hex 32`";

/// What tells friend from stranger.
#[derive(Debug)]
pub struct Keys {
    jwt: Option<SecretString>,
    api: Option<SecretString>,
    /// What works and is still not right: to be said where somebody sees it.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name in the token, or what stands for the API key.
    pub name: String,
}

/// Whether a token in a cookie counts: a browser sends it, whichever page asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookies {
    Count,
    /// It does not: the page is of another origin.
    Ignored,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Missing,
    Malformed,
    /// Signed by an algorithm that is not taken.
    Algorithm,
    /// Signed with another secret, or changed since.
    Signature,
    /// It asks for an extension that is not known here (RFC 7515, `crit`).
    Critical,
    /// It never ends.
    Endless,
    /// It was good until so long ago.
    Expired(SignedDuration),
    /// It is not good yet, but in so long.
    NotYet(SignedDuration),
    Key,
    /// A token came, but without `SERVE_JWT_SECRET` none can be checked here.
    NoTokens,
}

impl Refusal {
    /// In the words of the original, whose library these are (golang-jwt), where it has some.
    pub fn sentence(&self) -> String {
        match self {
            Self::Missing => "no token and no API key".to_owned(),
            Self::Malformed => "token is malformed".to_owned(),
            Self::Algorithm => "signing method is invalid: HS256 or HS512".to_owned(),
            Self::Signature => "signature is invalid".to_owned(),
            Self::Critical => "token asks for an extension that is not known here".to_owned(),
            Self::Endless => "token has no exp claim".to_owned(),
            Self::Expired(since) => format!("token is expired by {since:#}"),
            Self::NotYet(wait) => format!("token is not valid yet, in {wait:#}"),
            Self::Key => "API key is invalid".to_owned(),
            Self::NoTokens => "no tokens are taken here, only the API key".to_owned(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Minted<'a> {
    sub: &'a str,
    iat: i64,
    exp: i64,
}

/// What is read of a token, whoever minted it. Times are seconds since 1970 (RFC 7519), perhaps
/// with a fraction.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: Option<Value>,
    username: Option<Value>,
    id: Option<Value>,
    exp: Option<f64>,
    nbf: Option<f64>,
}

impl Claims {
    fn name(&self) -> String {
        let names = [&self.sub, &self.username, &self.id];
        let name = names.into_iter().flatten().find_map(|value| match value {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        text::excerpt(&name.unwrap_or_else(|| "token".to_owned()), 100)
    }
}

impl Keys {
    /// The secrets of the configuration; without any nobody could be told from a stranger.
    pub fn of(config: &Config) -> Result<Self> {
        // Blanks around a header's value are cut off on the way.
        let sendable = |secret: SecretString| {
            let key = secret.expose_secret().trim();
            (!key.is_empty()).then(|| SecretString::from(key))
        };
        let jwt = config.secret("SERVE_JWT_SECRET")?;
        let api = config.secret("SERVE_API_KEY")?.and_then(sendable);
        if jwt.is_none() && api.is_none() {
            let sentence = "neither SERVE_JWT_SECRET nor SERVE_API_KEY is set: nobody could be \
                            told from a stranger";
            return Err(Error::config(sentence).hint(HINT_SECRET));
        }
        let mut warnings = Vec::new();
        for (name, secret) in [("SERVE_JWT_SECRET", &jwt), ("SERVE_API_KEY", &api)] {
            let length = secret.as_ref().map(|secret| secret.expose_secret().len());
            let Some(weakness) = length.and_then(|length| config.serve.weakness(name, length))
            else {
                continue;
            };
            let hint = weakness.hint.unwrap_or_default();
            if weakness.level == Level::Problem {
                return Err(Error::config(weakness.text).hint(hint));
            }
            warnings.push(format!("{}; {hint}", weakness.text));
        }
        Ok(Self { jwt, api, warnings })
    }

    /// A token for `name`, good for `days` days.
    pub fn mint(&self, name: &str, days: u32, now: Timestamp) -> Result<SecretString> {
        let missing = "SERVE_JWT_SECRET is not set, so no token can be signed";
        let secret = self
            .jwt
            .as_ref()
            .ok_or_else(|| Error::config(missing).hint(HINT_SECRET))?;
        let end = now + SignedDuration::from_hours(24 * i64::from(days));
        let claims = Minted {
            sub: name,
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
        cookies: Cookies,
        now: Timestamp,
    ) -> std::result::Result<Caller, Refusal> {
        if let Some(given) = headers.get(KEY_HEADER) {
            let known = self.api.as_ref().ok_or(Refusal::Key)?;
            let same = given.as_bytes().ct_eq(known.expose_secret().as_bytes());
            let caller = Caller {
                name: "api-key".to_owned(),
            };
            return if same.into() {
                Ok(caller)
            } else {
                Err(Refusal::Key)
            };
        }
        let in_cookie = || {
            (cookies == Cookies::Count)
                .then(|| cookie(headers))
                .flatten()
        };
        let token = bearer(headers).or_else(in_cookie).ok_or(Refusal::Missing)?;
        self.read(token, now)
    }

    fn read(&self, token: &str, now: Timestamp) -> std::result::Result<Caller, Refusal> {
        let secret = self.jwt.as_ref().ok_or(Refusal::NoTokens)?;
        let key = DecodingKey::from_secret(secret.expose_secret().as_bytes());
        let mut rules = Validation::new(Algorithm::HS256);
        rules.algorithms = vec![Algorithm::HS256, Algorithm::HS512];
        // Times are compared below, so that a refusal can say by how much they differ.
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        rules.validate_aud = false;
        let read = decode::<Claims>(token, &key, &rules).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => Refusal::Signature,
            ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => Refusal::Algorithm,
            // An algorithm that the library has no name for fails as text: `none`, for one.
            _ if header(token).is_some_and(|header| header.get("alg").is_some()) => {
                match jsonwebtoken::decode_header(token) {
                    Ok(_) => Refusal::Malformed,
                    Err(_) => Refusal::Algorithm,
                }
            }
            _ => Refusal::Malformed,
        })?;
        if header(token).is_none_or(|header| header.get("crit").is_some()) {
            return Err(Refusal::Critical);
        }
        let claims = read.claims;
        let end = claims.exp.ok_or(Refusal::Endless)?;
        let since = since(end, now).ok_or(Refusal::Endless)?;
        if !since.is_negative() {
            return Err(Refusal::Expired(since));
        }
        let early = claims.nbf.map(|start| self::since(start, now));
        match early {
            None => {}
            Some(Some(age)) if !age.is_negative() => {}
            Some(Some(age)) => return Err(Refusal::NotYet(age.abs())),
            Some(None) => return Err(Refusal::Malformed),
        }
        Ok(Caller {
            name: claims.name(),
        })
    }
}

/// How long ago a time of a token was, in whole seconds; negative while it lies ahead. `None` for
/// what is no time.
fn since(seconds: f64, now: Timestamp) -> Option<SignedDuration> {
    let seconds = SignedDuration::try_from_secs_f64(seconds.ceil()).ok()?;
    let time = Timestamp::UNIX_EPOCH.checked_add(seconds).ok()?;
    let age = now.duration_since(time);
    Some(SignedDuration::from_secs(age.as_secs()))
}

fn header(token: &str) -> Option<Value> {
    let (head, _) = token.split_once('.')?;
    let head = URL_SAFE_NO_PAD.decode(head).ok()?;
    serde_json::from_slice(&head).ok().filter(Value::is_object)
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
    use serde_json::json;

    const SECRET: &str = "rahasia-contoh-rahasia-contoh-rahasia";
    const NOW: i64 = 1_770_000_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn keys() -> Keys {
        Keys {
            jwt: Some(SECRET.into()),
            api: Some("kunci-contoh-kunci".into()),
            warnings: Vec::new(),
        }
    }

    fn with(name: &str, value: &str) -> HeaderMap {
        let name: axum::http::HeaderName = name.parse().unwrap();
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    fn asked(headers: &HeaderMap) -> std::result::Result<Caller, Refusal> {
        keys().caller(headers, Cookies::Count, now())
    }

    fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
        let key = EncodingKey::from_secret(secret.as_bytes());
        encode(&Header::new(algorithm), claims, &key).unwrap()
    }

    fn carried(claims: &Value) -> std::result::Result<String, Refusal> {
        let token = signed(Algorithm::HS256, SECRET, claims);
        keys().read(&token, now()).map(|caller| caller.name)
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
            assert_eq!(asked(&with(name, &value)).unwrap().name, "sari", "{name}");
        }
        assert!(asked(&with("x-api-key", "kunci-contoh-kunci")).is_ok());
        let cookie = with("cookie", &format!("auth_token={token}"));
        let refused = keys().caller(&cookie, Cookies::Ignored, now());
        assert_eq!(refused, Err(Refusal::Missing));
    }

    #[test]
    fn tokens_as_the_originals_mint_them_are_taken_and_say_who_carries_them() {
        let end = NOW + 60;
        let table = [
            (json!({"id": 7, "username": "budi", "exp": end}), "budi"),
            (
                json!({"id": 7, "role": "admin", "iat": NOW, "exp": end}),
                "7",
            ),
            (json!({"id": "a-7", "exp": end}), "a-7"),
            (
                json!({"sub": "sari", "username": "budi", "exp": end}),
                "sari",
            ),
            (json!({"sub": "", "username": "budi", "exp": end}), "budi"),
            (json!({"exp": 1_770_000_000.5}), "token"),
            (
                json!({"sub": "sari", "exp": end, "aud": "docku", "iss": "docku"}),
                "sari",
            ),
            (json!({"sub": "sari", "exp": end, "nbf": NOW}), "sari"),
        ];
        for (claims, name) in table {
            assert_eq!(carried(&claims).as_deref(), Ok(name), "{claims}");
            let token = signed(Algorithm::HS512, SECRET, &claims);
            assert_eq!(keys().read(&token, now()).unwrap().name, name);
        }
    }

    #[test]
    fn a_refused_token_is_told_why() {
        let end = NOW + 60;
        let table = [
            (
                json!({"sub": "sari", "exp": NOW - 7_380}),
                "token is expired by 2h 3m",
            ),
            (json!({"sub": "sari", "exp": NOW}), "token is expired by 0s"),
            (
                json!({"sub": "sari", "exp": end, "nbf": NOW + 30}),
                "token is not valid yet, in 30s",
            ),
            (json!({"sub": "sari"}), "token has no exp claim"),
            (
                json!({"sub": "sari", "exp": null}),
                "token has no exp claim",
            ),
            (
                json!({"sub": "sari", "exp": 1e300}),
                "token has no exp claim",
            ),
            (json!({"sub": "sari", "exp": "soon"}), "token is malformed"),
        ];
        for (claims, words) in table {
            let refusal = carried(&claims).unwrap_err();
            assert_eq!(refusal.sentence(), words, "{claims}");
        }
    }

    #[test]
    fn strangers_are_refused() {
        let good = json!({"sub": "sari", "exp": NOW + 60});
        let bearer = |token: &str| with("authorization", &format!("Bearer {token}"));
        // {"alg":"none"} and {"sub":"sari","iat":0,"exp":4294967295}, without a signature.
        let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzYXJpIiwiaWF0IjowLCJleHAiOjQyOTQ5NjcyOTV9.";
        let body = URL_SAFE_NO_PAD.encode(good.to_string());
        let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","crit":["b64"],"b64":false}"#);
        let message = format!("{head}.{body}");
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        let table = [
            (HeaderMap::new(), Refusal::Missing),
            (with("authorization", "Bearer"), Refusal::Missing),
            (
                with("authorization", "Basic c2FyaTpzYXJp"),
                Refusal::Missing,
            ),
            (bearer("x"), Refusal::Malformed),
            (bearer("a.b.c"), Refusal::Malformed),
            (bearer(unsigned), Refusal::Algorithm),
            (
                bearer(&signed(Algorithm::HS384, SECRET, &good)),
                Refusal::Algorithm,
            ),
            (
                bearer(&signed(Algorithm::HS256, "other", &good)),
                Refusal::Signature,
            ),
            (bearer(&format!("{message}.{signature}")), Refusal::Critical),
            (with("x-api-key", "kunci-contoh-kunc"), Refusal::Key),
            (with("x-api-key", ""), Refusal::Key),
        ];
        for (headers, refusal) in table {
            assert_eq!(asked(&headers), Err(refusal), "{headers:?}");
        }
        let without = Keys {
            jwt: None,
            api: None,
            warnings: Vec::new(),
        };
        let headers = bearer(&signed(Algorithm::HS256, SECRET, &good));
        let refused = without.caller(&headers, Cookies::Count, now());
        assert_eq!(refused, Err(Refusal::NoTokens));
    }
}
