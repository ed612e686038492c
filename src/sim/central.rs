//! The central API: takes officials in by id, under a UNIQUE username, and lists them.
//!
//! Knows what the central API says (`POST /api/v1/users/sync`, and the list "Diteruskan Kepada" of
//! the camat's application); who pushes, and why, is none of its business.

use std::io;
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::lock;
use super::server::Server;

mod register;

pub use register::Official;
use register::{Register, Taken};

/// Where officials are sent.
pub const SYNC: &str = "/api/v1/users/sync";
/// Where the camat's application reads to whom a letter can be forwarded.
pub const FORWARDED_TO: &str = "/api/v1/users/diteruskan-kepada";
/// The header with the key.
pub const KEY_HEADER: &str = "x-api-key";
/// The key it takes unless said otherwise, marked so that it is found wherever it leaks to.
pub const KEY: &str = "kunci-contoh-5K";

/// What the central API answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// `{"success":true,"message","data","meta":{"request_id"}}`; a taken username is a 500, and
    /// nobody of that push is taken in.
    #[default]
    Classic,
    /// `{"status":"success","message","data":{"stats":{…}}}`; taken usernames are its `errors`.
    Stats,
    /// 200 with `success: false`; nobody is taken in.
    ClassicRefusal,
    /// 200 with `status: "error"`; nobody is taken in.
    StatsRefusal,
}

/// How the central API behaves.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The key it takes.
    pub key: String,
    /// What it answers.
    pub shape: Shape,
    /// Who is there before the first push.
    pub officials: Vec<Official>,
    /// How late each answer is.
    pub latency: Duration,
}

impl Default for Setup {
    /// The classic shape, with nobody in it.
    fn default() -> Self {
        Self {
            key: KEY.to_owned(),
            shape: Shape::default(),
            officials: Vec::new(),
            latency: Duration::ZERO,
        }
    }
}

/// A running central API; everything a [`Server`] can do, it can.
#[derive(Debug)]
pub struct Central {
    server: Server,
    office: Arc<Office>,
}

/// What the handlers share.
#[derive(Debug)]
struct Office {
    setup: Setup,
    register: Mutex<Register>,
    payloads: Mutex<Vec<String>>,
}

impl Central {
    /// Starts an API that behaves as `setup` has it. Must be called within a runtime.
    pub fn start(setup: Setup) -> io::Result<Self> {
        let latency = setup.latency;
        let office = Arc::new(Office {
            register: Mutex::new(Register::with(setup.officials.iter().cloned())),
            setup,
            payloads: Mutex::default(),
        });
        let router = Router::new()
            .route(SYNC, post(sync))
            .route(FORWARDED_TO, get(forwarded_to))
            .with_state(Arc::clone(&office));
        let server = Server::start(router, latency)?;
        Ok(Self { server, office })
    }

    /// The officials it has, by id: the list "Diteruskan Kepada".
    pub fn forwarded_to(&self) -> Vec<Official> {
        lock(&self.office.register).all()
    }

    /// The body of every push that had the right key, as it came.
    pub fn payloads(&self) -> Vec<String> {
        lock(&self.office.payloads).clone()
    }
}

impl Deref for Central {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

async fn sync(State(office): State<Arc<Office>>, headers: HeaderMap, body: Bytes) -> Response {
    if !office.knows(&headers) {
        return unauthorized();
    }
    let payload = String::from_utf8_lossy(&body).into_owned();
    lock(&office.payloads).push(payload);
    let says_json = |name| {
        headers
            .get(name)
            .is_some_and(|value| value == "application/json")
    };
    if !says_json(CONTENT_TYPE) || !says_json(ACCEPT) {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "JSON is spoken here");
    }
    match register::read(&body) {
        Ok(officials) => office.take(officials),
        Err(why) => refused(StatusCode::UNPROCESSABLE_ENTITY, &why),
    }
}

async fn forwarded_to(State(office): State<Arc<Office>>, headers: HeaderMap) -> Response {
    if !office.knows(&headers) {
        return unauthorized();
    }
    let rows: Vec<Value> = (lock(&office.register).all().iter())
        .map(|one| json!({"id": one.id, "nama": one.nama, "jabatan": one.jabatan}))
        .collect();
    Json(json!({"success": true, "data": rows})).into_response()
}

impl Office {
    fn knows(&self, headers: &HeaderMap) -> bool {
        headers
            .get(KEY_HEADER)
            .is_some_and(|key| key.as_bytes() == self.setup.key.as_bytes())
    }

    fn take(&self, officials: Vec<Official>) -> Response {
        let number = officials.len();
        let mut register = lock(&self.register);
        match self.setup.shape {
            Shape::Classic => match register.take_all(officials) {
                Ok(()) => Json(json!({
                    "success": true,
                    "message": format!("Sinkronisasi {number} pengguna berhasil"),
                    "data": {"total": number},
                    "meta": {"request_id": format!("req-{:06}", lock(&self.payloads).len())},
                }))
                .into_response(),
                Err(Taken(username)) => refused(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    &format!(
                        "SQLSTATE[23000]: Integrity constraint violation: 1062 \
                         Duplicate entry '{username}' for key 'username'"
                    ),
                ),
            },
            Shape::Stats => {
                let stats = register.take_each(officials);
                Json(json!({
                    "status": "success", "message": "Sync selesai", "data": {"stats": stats},
                }))
                .into_response()
            }
            Shape::ClassicRefusal => refused(StatusCode::OK, "Data pengguna ditolak"),
            Shape::StatsRefusal => {
                let answer = json!({"status": "error", "message": "Data pengguna ditolak"});
                Json(answer).into_response()
            }
        }
    }
}

fn unauthorized() -> Response {
    refused(
        StatusCode::UNAUTHORIZED,
        "Unauthorized: Missing/Invalid API Key",
    )
}

fn refused(status: StatusCode, message: &str) -> Response {
    let answer = json!({"success": false, "message": message});
    (status, Json(answer)).into_response()
}
