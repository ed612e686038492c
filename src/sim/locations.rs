//! Branch servers: log in, then list users, in every shape that was ever seen.
//!
//! Knows what a branch server says (`POST /api/auth/login`, `GET /api/conf/users`); what is made of
//! it is none of its business.

use std::collections::HashSet;
use std::io;
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::answer::refusal;
use super::fault::Fault;
use super::lock;
use super::people::Person;
use super::server::Server;

mod reply;
mod shape;

use reply::Ask;
pub use shape::{After, ListShape, Numbers, Paging, Refusal, StatusField, TokenPlace, Totals};

/// Where one logs in.
pub const LOGIN: &str = "/api/auth/login";
/// Where the users are.
pub const USERS: &str = "/api/conf/users";
/// The e-mail that may log in, unless said otherwise.
pub const EMAIL: &str = "sinkron@dkm";
/// Its password, marked so that it is found wherever it leaks to.
pub const PASSWORD: &str = "kata-sandi-contoh-7Q";
/// How every token begins; marked like the password.
pub const TOKEN_MARK: &str = "token-contoh-9X-";

/// How a branch server behaves.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Whom it lists.
    pub people: Vec<Person>,
    /// Who may log in.
    pub email: String,
    /// With which password.
    pub password: String,
    /// How it refuses wrong credentials.
    pub refusal: Refusal,
    /// Where the answer to a login carries the token.
    pub token: TokenPlace,
    /// In which shape users are listed.
    pub list: ListShape,
    /// How numbers are written.
    pub numbers: Numbers,
    /// What is said of the listing's end.
    pub totals: Totals,
    /// What of the paging that is asked for is obeyed.
    pub paging: Paging,
    /// What comes after the last page.
    pub after: After,
    /// Whether rows carry `status_user`.
    pub statuses: StatusField,
    /// The longest page, whatever is asked for.
    pub cap: Option<usize>,
    /// How late each answer is.
    pub latency: Duration,
}

impl Default for Setup {
    /// The documented shape, without people.
    fn default() -> Self {
        Self {
            people: Vec::new(),
            email: EMAIL.to_owned(),
            password: PASSWORD.to_owned(),
            refusal: Refusal::Error,
            token: TokenPlace::AccessToken,
            list: ListShape::Object,
            numbers: Numbers::Plain,
            totals: Totals::Sent,
            paging: Paging::Obeyed,
            after: After::Empty,
            statuses: StatusField::Sent,
            cap: None,
            latency: Duration::ZERO,
        }
    }
}

/// A running branch server; everything a [`Server`] can do, it can.
#[derive(Debug)]
pub struct Branch {
    server: Server,
    office: Arc<Office>,
}

/// What the handlers share.
#[derive(Debug)]
struct Office {
    setup: Setup,
    people: Mutex<Arc<Vec<Person>>>,
    tokens: Mutex<HashSet<String>>,
}

impl Branch {
    /// Starts a server that behaves as `setup` has it. Must be called within a runtime.
    pub fn start(mut setup: Setup) -> io::Result<Self> {
        let people = Mutex::new(Arc::new(std::mem::take(&mut setup.people)));
        let latency = setup.latency;
        let office = Arc::new(Office {
            setup,
            people,
            tokens: Mutex::default(),
        });
        let router = Router::new()
            .route(LOGIN, post(log_in))
            .route(USERS, get(list))
            .with_state(Arc::clone(&office));
        let server = Server::start(router, latency)?;
        Ok(Self { server, office })
    }

    /// Lists other people from the next page on.
    pub fn set_people(&self, people: Vec<Person>) {
        *lock(&self.office.people) = Arc::new(people);
    }
}

impl Deref for Branch {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

async fn log_in(State(office): State<Arc<Office>>, headers: HeaderMap, body: Bytes) -> Response {
    if !wants_json(&headers) {
        return unauthenticated();
    }
    let fields = match credentials(&headers, &body) {
        Ok(fields) => fields,
        Err(missing) => {
            let message = format!("Undefined array key \"{missing}\"");
            return refusal(StatusCode::INTERNAL_SERVER_ERROR, &message);
        }
    };
    if fields != [office.setup.email.as_str(), &office.setup.password] {
        let answer = Json(office.setup.refusal.answer());
        return (StatusCode::UNAUTHORIZED, answer).into_response();
    }
    let token = format!("{TOKEN_MARK}{}", Uuid::now_v7().simple());
    lock(&office.tokens).insert(token.clone());
    Json(office.setup.token.answer(&token)).into_response()
}

async fn list(
    State(office): State<Arc<Office>>,
    Query(ask): Query<Ask>,
    fault: Option<Extension<Fault>>,
    headers: HeaderMap,
) -> Response {
    if !wants_json(&headers) || !office.knows(&headers) {
        return unauthenticated();
    }
    let fault = fault.map(|Extension(fault)| fault);
    if fault == Some(Fault::DeletedRow) {
        office.delete_first();
    }
    let people = Arc::clone(&lock(&office.people));
    match ask.answer(&people, &office.setup, fault) {
        Some(answer) => Json(answer).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "Not Found"),
    }
}

impl Office {
    /// Takes the first person of the list away.
    fn delete_first(&self) {
        let mut people = lock(&self.people);
        let first = people.iter().map(|person| person.id_user).max();
        Arc::make_mut(&mut people).retain(|person| Some(person.id_user) != first);
    }

    /// Whether the request carries a token that was given out.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let token = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        token.is_some_and(|token| lock(&self.tokens).contains(token))
    }
}

/// Without these two headers the real servers show a login page to people.
fn wants_json(headers: &HeaderMap) -> bool {
    let says = |name, what| headers.get(name).is_some_and(|value| value == what);
    says(ACCEPT.as_str(), "application/json") && says("x-requested-with", "XMLHttpRequest")
}

fn unauthenticated() -> Response {
    refusal(StatusCode::UNAUTHORIZED, "Unauthenticated.")
}

/// E-mail and password, or which of them is missing.
fn credentials(headers: &HeaderMap, body: &[u8]) -> Result<[String; 2], &'static str> {
    let is_json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    let fields: Map<String, Value> = if is_json {
        serde_json::from_slice(body).unwrap_or_default()
    } else {
        Map::new()
    };
    let field = |name| match fields.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        _ => Err(name),
    };
    Ok([field("email")?, field("password")?])
}
