//! Branch servers: log in, then list users, in every shape that was ever seen.
//!
//! Knows what a branch server says (`POST /api/auth/login`, `GET /api/conf/users`), and nothing of
//! who reads it.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::{Map, Value, json};

use super::answer::refusal;
use super::fault::Fault;
use super::people::Person;
use super::{Simulated, Tokens, lock};

mod listing;

use listing::ListQuery;

pub const LOGIN: &str = "/api/auth/login";
pub const USERS: &str = "/api/conf/users";
/// The e-mail that may log in, unless said otherwise.
pub const EMAIL: &str = "sinkron@dkm";
/// Its password, marked so that it is found wherever it leaks to.
pub const PASSWORD: &str = "kata-sandi-contoh-7Q";
/// How every token begins; marked like the password.
pub const TOKEN_MARK: &str = "token-contoh-9X-";

#[derive(Clone, Debug)]
pub struct Setup {
    pub people: Vec<Person>,
    pub email: String,
    pub password: String,
    pub refusal: Refusal,
    /// Where the answer to a login carries the token.
    pub token: TokenPlace,
    pub list: ListShape,
    pub numbers: Numbers,
    pub totals: Totals,
    pub paging: Paging,
    pub after: AfterLastPage,
    pub statuses: StatusField,
    /// The longest page, whatever is asked for.
    pub cap: Option<usize>,
    pub latency: Duration,
}

impl Default for Setup {
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
            after: AfterLastPage::Empty,
            statuses: StatusField::Sent,
            cap: None,
            latency: Duration::ZERO,
        }
    }
}

pub type Branch = Simulated<BranchState>;

#[derive(Debug)]
pub struct BranchState {
    setup: Setup,
    people: Mutex<Arc<Vec<Person>>>,
    tokens: Tokens,
}

impl Simulated<BranchState> {
    /// Starts a server that behaves like `setup`. Must be called within a runtime.
    pub fn start(mut setup: Setup) -> io::Result<Self> {
        let people = Mutex::new(Arc::new(std::mem::take(&mut setup.people)));
        let latency = setup.latency;
        let state = Arc::new(BranchState {
            setup,
            people,
            tokens: Tokens::default(),
        });
        let router = Router::new()
            .route(LOGIN, post(log_in))
            .route(USERS, get(list))
            .with_state(Arc::clone(&state));
        Self::serve(router, state, latency)
    }

    /// Lists other people from the next page on.
    pub fn set_people(&self, people: Vec<Person>) {
        *lock(&self.state.people) = Arc::new(people);
    }
}

async fn log_in(
    State(state): State<Arc<BranchState>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
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
    if fields != [state.setup.email.as_str(), &state.setup.password] {
        let answer = Json(state.setup.refusal.answer());
        return (StatusCode::UNAUTHORIZED, answer).into_response();
    }
    let token = state.tokens.issue(TOKEN_MARK);
    Json(state.setup.token.answer(&token)).into_response()
}

async fn list(
    State(state): State<Arc<BranchState>>,
    Query(query): Query<ListQuery>,
    fault: Option<Extension<Fault>>,
    headers: HeaderMap,
) -> Response {
    if !wants_json(&headers) || !state.knows(&headers) {
        return unauthenticated();
    }
    let fault = fault.map(|Extension(fault)| fault);
    if fault == Some(Fault::DeletedRow) {
        state.delete_first();
    }
    let people = Arc::clone(&lock(&state.people));
    match query.answer(&people, &state.setup, fault) {
        Some(answer) => Json(answer).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "Not Found"),
    }
}

impl BranchState {
    fn delete_first(&self) {
        let mut people = lock(&self.people);
        let first = people.iter().map(|person| person.id_user).max();
        Arc::make_mut(&mut people).retain(|person| Some(person.id_user) != first);
    }

    fn knows(&self, headers: &HeaderMap) -> bool {
        let token = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        token.is_some_and(|token| self.tokens.accept(token))
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

/// Where the answer to a login carries the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenPlace {
    AccessToken,
    Token,
    ObjectAccessToken,
    ObjectToken,
    DataAccessToken,
    DataToken,
    /// There is none, though the login is said to have succeeded.
    Nowhere,
}

impl TokenPlace {
    pub const ALL: [Self; 7] = [
        Self::AccessToken,
        Self::Token,
        Self::ObjectAccessToken,
        Self::ObjectToken,
        Self::DataAccessToken,
        Self::DataToken,
        Self::Nowhere,
    ];

    fn answer(self, token: &str) -> Value {
        match self {
            Self::AccessToken => {
                json!({ "access_token": token, "token_type": "bearer", "expires_in": 3600 })
            }
            Self::Token => json!({ "status": "success", "token": token }),
            Self::ObjectAccessToken => {
                json!({ "object": { "access_token": token }, "status": "success" })
            }
            Self::ObjectToken => json!({ "object": { "token": token }, "status": "success" }),
            Self::DataAccessToken => {
                json!({ "data": { "access_token": token }, "status": "success" })
            }
            Self::DataToken => json!({ "data": { "token": token }, "status": "success" }),
            Self::Nowhere => json!({ "status": "success", "user": { "id_user": 1 } }),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// `{"status":"error","message":"These credentials do not match our records."}`.
    Message,
    Error,
}

impl Refusal {
    pub const ALL: [Self; 2] = [Self::Message, Self::Error];

    fn answer(self) -> Value {
        match self {
            Self::Message => {
                let message = "These credentials do not match our records.";
                json!({ "status": "error", "message": message })
            }
            Self::Error => json!({ "error": "Unauthorized" }),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListShape {
    /// `{"object":[…],"total","page","limit","status"}`, the documented one.
    Object,
    Data,
    Users,
    /// Laravel's paginator: `data`, `current_page`, `last_page`, `per_page`, `total`.
    Paginator,
    /// Laravel's paginator with its figures under `meta`.
    PaginatorMeta,
    Bare,
}

impl ListShape {
    pub const ALL: [Self; 6] = [
        Self::Object,
        Self::Data,
        Self::Users,
        Self::Paginator,
        Self::PaginatorMeta,
        Self::Bare,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Numbers {
    Plain,
    Text,
}

impl Numbers {
    pub const ALL: [Self; 2] = [Self::Plain, Self::Text];

    fn write(self, number: u64) -> Value {
        match self {
            Self::Plain => number.into(),
            Self::Text => number.to_string().into(),
        }
    }
}

/// What is said of the listing's end, where the shape has a place for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Totals {
    /// `total`, and the paginators' `last_page`.
    Sent,
    /// The paginators' `last_page` alone; elsewhere nothing.
    LastPage,
    Absent,
    /// A `total` that counts the rows of the page alone.
    OfThePage,
    Limit,
}

impl Totals {
    pub const ALL: [Self; 5] = [
        Self::Sent,
        Self::LastPage,
        Self::Absent,
        Self::OfThePage,
        Self::Limit,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Paging {
    /// All of it.
    Obeyed,
    /// Nothing: every page is the whole list.
    Ignored,
    /// The limit alone: every page is the first.
    LimitAlone,
    /// The page alone: the first is the whole list, the others are empty.
    PageAlone,
}

/// What stands where a page would have no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AfterLastPage {
    Empty,
    NotFound,
    /// null in the place of the list.
    Null,
    LastPage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusField {
    Sent,
    Absent,
}
