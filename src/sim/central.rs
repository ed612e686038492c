//! The central API: takes officials in by id, under a UNIQUE username, and lists them.
//!
//! Knows what the central API says (`POST /api/v1/users/sync`, and the list "Diteruskan Kepada" of
//! the camat's application), and nothing of who pushes, or why.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Simulated, lock};

pub const SYNC: &str = "/api/v1/users/sync";
/// Where the camat's application reads who can be forwarded a letter.
pub const FORWARDED_TO: &str = "/api/v1/users/diteruskan-kepada";
pub const KEY_HEADER: &str = "x-api-key";
/// The key it takes unless said otherwise, marked so that it is found wherever it leaks to.
pub const KEY: &str = "kunci-contoh-5K";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// `{"success":true,"message","data","meta":{"request_id"}}`; a taken username is a 500, and
    /// no official of that push is taken in.
    #[default]
    Classic,
    /// `{"status":"success","message","data":{"stats":{…}}}`; taken usernames are its `errors`.
    Stats,
    /// 200 with `success: false`; no official is taken in.
    ClassicRefusal,
    /// 200 with `status: "error"`; no official is taken in.
    StatsRefusal,
}

#[derive(Clone, Debug)]
pub struct Setup {
    pub key: String,
    pub shape: Shape,
    /// Who is there before the first push.
    pub officials: Vec<Official>,
    pub latency: Duration,
}

impl Default for Setup {
    /// The classic shape, without officials.
    fn default() -> Self {
        Self {
            key: KEY.to_owned(),
            shape: Shape::default(),
            officials: Vec::new(),
            latency: Duration::ZERO,
        }
    }
}

pub type Central = Simulated<CentralState>;

#[derive(Debug)]
pub struct CentralState {
    setup: Setup,
    table: Mutex<OfficialTable>,
    payloads: Mutex<Vec<String>>,
}

impl Simulated<CentralState> {
    /// Starts an API that behaves like `setup`. Must be called within a runtime.
    pub fn start(setup: Setup) -> io::Result<Self> {
        let latency = setup.latency;
        let state = Arc::new(CentralState {
            table: Mutex::new(OfficialTable::with(setup.officials.iter().cloned())),
            setup,
            payloads: Mutex::default(),
        });
        let router = Router::new()
            .route(SYNC, post(sync))
            .route(FORWARDED_TO, get(forwarded_to))
            .with_state(Arc::clone(&state));
        Self::serve(router, state, latency)
    }

    /// The officials it has, by id: the list "Diteruskan Kepada".
    pub fn forwarded_to(&self) -> Vec<Official> {
        lock(&self.state.table).all()
    }

    /// The body of every push that had the right key, as it came.
    pub fn payloads(&self) -> Vec<String> {
        lock(&self.state.payloads).clone()
    }
}

async fn sync(State(state): State<Arc<CentralState>>, headers: HeaderMap, body: Bytes) -> Response {
    if !state.knows(&headers) {
        return unauthorized();
    }
    let payload = String::from_utf8_lossy(&body).into_owned();
    lock(&state.payloads).push(payload);
    let says_json = |name| {
        headers
            .get(name)
            .is_some_and(|value| value == "application/json")
    };
    if !says_json(CONTENT_TYPE) || !says_json(ACCEPT) {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "JSON is spoken here");
    }
    match read(&body) {
        Ok(officials) => state.take(officials),
        Err(why) => refused(StatusCode::UNPROCESSABLE_ENTITY, &why),
    }
}

async fn forwarded_to(State(state): State<Arc<CentralState>>, headers: HeaderMap) -> Response {
    if !state.knows(&headers) {
        return unauthorized();
    }
    let rows: Vec<Value> = (lock(&state.table).all().iter())
        .map(|one| json!({"id": one.id, "nama": one.nama, "jabatan": one.jabatan}))
        .collect();
    Json(json!({"success": true, "data": rows})).into_response()
}

impl CentralState {
    fn knows(&self, headers: &HeaderMap) -> bool {
        headers
            .get(KEY_HEADER)
            .is_some_and(|key| key.as_bytes() == self.setup.key.as_bytes())
    }

    fn take(&self, officials: Vec<Official>) -> Response {
        let number = officials.len();
        let mut table = lock(&self.table);
        match self.setup.shape {
            Shape::Classic => match table.take_all(officials) {
                Ok(()) => Json(json!({
                    "success": true,
                    "message": format!("Sinkronisasi {number} pengguna berhasil"),
                    "data": {"total": number},
                    "meta": {"request_id": format!("req-{:06}", lock(&self.payloads).len())},
                }))
                .into_response(),
                Err(UsernameTaken(username)) => refused(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    &format!(
                        "SQLSTATE[23000]: Integrity constraint violation: 1062 \
                         Duplicate entry '{username}' for key 'username'"
                    ),
                ),
            },
            Shape::Stats => {
                let stats = table.take_each(officials);
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

/// The fields of an official, in the order they are sent.
const FIELDS: [&str; 5] = ["id", "username", "nama", "jabatan", "role"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Official {
    pub id: i64,
    pub username: Option<String>,
    pub nama: Option<String>,
    pub jabatan: Option<String>,
    pub role: Option<String>,
}

impl Official {
    fn key(&self) -> String {
        let username = self.username.as_deref().unwrap_or_default();
        username.trim_end_matches(' ').to_lowercase()
    }
}

struct UsernameTaken(String);

/// The central table by id: one row for an id, one id for a username.
///
/// Usernames are compared as MySQL's usual collations do: without regard to case and to blanks at
/// the end. An absent one is an empty one, and there is room for one of those.
#[derive(Clone, Debug, Default)]
struct OfficialTable(BTreeMap<i64, Official>);

impl OfficialTable {
    fn with(officials: impl Iterator<Item = Official>) -> Self {
        Self(officials.map(|one| (one.id, one)).collect())
    }

    fn all(&self) -> Vec<Official> {
        self.0.values().cloned().collect()
    }

    /// Takes all of them in, or none.
    fn take_all(&mut self, officials: Vec<Official>) -> Result<(), UsernameTaken> {
        let mut next = self.clone();
        for official in officials {
            next.put(official)?;
        }
        *self = next;
        Ok(())
    }

    /// Takes in who can be, and says what became of each.
    fn take_each(&mut self, officials: Vec<Official>) -> Value {
        let (mut inserted, mut updated, mut skipped) = (0, 0, 0);
        let mut errors = Vec::new();
        for official in officials {
            let before = self.0.get(&official.id).cloned();
            let same = before.as_ref() == Some(&official);
            match self.put(official) {
                Err(UsernameTaken(username)) => {
                    errors.push(json!({"username": username, "error": "username already taken"}));
                }
                Ok(()) if same => skipped += 1,
                Ok(()) if before.is_some() => updated += 1,
                Ok(()) => inserted += 1,
            }
        }
        json!({
            "inserted": inserted, "updated": updated, "skipped": skipped,
            "conflicts": errors.len(), "errors": errors,
        })
    }

    fn put(&mut self, official: Official) -> Result<(), UsernameTaken> {
        let key = official.key();
        let another = |one: &Official| one.id != official.id && one.key() == key;
        if self.0.values().any(another) {
            return Err(UsernameTaken(official.username.unwrap_or_default()));
        }
        self.0.insert(official.id, official);
        Ok(())
    }
}

fn read(body: &[u8]) -> Result<Vec<Official>, String> {
    let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let users = body.get("users").and_then(Value::as_array);
    let users = users.ok_or("The users field is required.")?;
    let mut officials = Vec::with_capacity(users.len());
    for (index, user) in users.iter().enumerate() {
        let exact = user.as_object().is_some_and(|fields| {
            fields.len() == FIELDS.len() && FIELDS.iter().all(|name| fields.contains_key(*name))
        });
        let official = exact.then(|| serde_json::from_value(user.clone()).ok());
        let official = official.flatten();
        officials.push(official.ok_or_else(|| format!("The users.{index} field is invalid."))?);
    }
    Ok(officials)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn official(id: i64, username: &str) -> Official {
        Official {
            id,
            username: Some(username.to_owned()),
            nama: Some("Padmarini".to_owned()),
            jabatan: None,
            role: Some("pimpinan".to_owned()),
        }
    }

    #[test]
    fn the_first_empty_username_passes_and_the_second_does_not() {
        let mut table = OfficialTable::default();
        assert!(table.take_all(vec![official(1, "")]).is_ok());
        let again = table.take_all(vec![official(1, ""), official(2, "a")]);
        assert!(again.is_ok());
        let second = table.take_all(vec![official(3, "b"), official(4, "")]);
        assert_eq!(
            second.map_err(|UsernameTaken(name)| name),
            Err(String::new())
        );
        assert_eq!(table.all().len(), 2);
    }

    #[test]
    fn each_official_has_its_outcome() {
        let mut table = OfficialTable::with([official(1, "a"), official(2, "b")].into_iter());
        let pushed = vec![
            official(1, "a"),
            official(2, "c"),
            official(3, "A "),
            official(4, "d"),
        ];
        let stats = table.take_each(pushed);
        let figures =
            ["inserted", "updated", "skipped", "conflicts"].map(|name| stats[name].clone());
        assert_eq!(figures, [1, 1, 1, 1]);
        assert_eq!(stats["errors"][0]["username"], "A ");
    }
}
