//! The endpoints of the portal: who may come in, and what is answered.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Query, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Serialize;
use serde_json::{Value, json};

use super::records::{self, Record};
use super::{
    API_KEY, AfterLastPage, DISTRICTS, ListState, NOTHING, ONE_STAFF, PASSWORD, Place, PortalState,
    SCHOOLS, STAFF, TOKEN, USERNAME,
};
use crate::sim::answer::{page, refusal, too_many};
use crate::sim::fault::Fault;
use crate::sim::lock;

/// The length of a page where none is asked for.
const PER_PAGE: usize = 100;

type Shared = State<Arc<PortalState>>;
type Fields = Query<HashMap<String, String>>;

pub(super) fn router(state: Arc<PortalState>) -> Router {
    Router::new()
        .route(DISTRICTS, get(districts))
        .route(SCHOOLS, get(schools))
        .route(STAFF, get(staff))
        .route(ONE_STAFF, get(one_staff))
        .layer(from_fn_with_state(Arc::clone(&state), admit))
        .route(TOKEN, post(token).layer(from_fn(has_key)))
        .fallback(elsewhere)
        .layer(from_fn_with_state(Arc::clone(&state), limit))
        .with_state(state)
}

async fn elsewhere() -> Response {
    refusal(StatusCode::NOT_FOUND, "Not Found")
}

async fn limit(State(state): Shared, request: Request, next: Next) -> Response {
    if state.access.has_room() {
        return next.run(request).await;
    }
    too_many(state.setup.retry_after)
}

async fn has_key(request: Request, next: Next) -> Response {
    if knows_key(request.headers()) {
        return next.run(request).await;
    }
    refusal(StatusCode::UNAUTHORIZED, "API key tidak valid")
}

async fn admit(State(state): Shared, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !knows_key(headers) {
        return refusal(StatusCode::UNAUTHORIZED, "API key tidak valid");
    }
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if token.is_some_and(|token| state.access.accept(token)) {
        return next.run(request).await;
    }
    refusal(
        StatusCode::UNAUTHORIZED,
        "Token tidak valid atau kedaluwarsa",
    )
}

fn knows_key(headers: &HeaderMap) -> bool {
    headers.get("x-api-key").is_some_and(|key| key == API_KEY)
}

async fn token(State(state): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let is_form = headers.get(CONTENT_TYPE).is_some_and(|value| {
        value
            .as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let fields: HashMap<_, _> = url::form_urlencoded::parse(&body).collect();
    let field = |name| fields.get(name).map(AsRef::as_ref);
    let is_known = field("username") == Some(USERNAME) && field("password") == Some(PASSWORD);
    if !(is_form && is_known) {
        return refusal(StatusCode::UNAUTHORIZED, "Username atau password salah");
    }
    let (token, expired_date) = state.access.issue();
    let mut answer = json!({ "access_token": token, "token_type": "Bearer" });
    if let Some(expired_date) = expired_date {
        answer["expired_date"] = expired_date.into();
    }
    state.send(&answer)
}

async fn districts(State(state): Shared) -> Response {
    let records = state.catalogue.districts();
    state.list(&records, None)
}

async fn schools(
    State(state): Shared,
    Query(fields): Fields,
    fault: Option<Extension<Fault>>,
) -> Response {
    let code = fields.get("kode_kecamatan").map(|code| code.trim());
    let district = code.and_then(|code| state.catalogue.district(code));
    let (Some(code), Some(district)) = (code, district) else {
        return state.nothing();
    };
    let list = state.changes().list(code);
    if let Some(answer) = state.instead(list) {
        return answer;
    }
    let number = |name| fields.get(name).and_then(|text| text.parse::<usize>().ok());
    let asked = number("per_page").filter(|length| *length > 0);
    let length = asked.unwrap_or(PER_PAGE);
    let length = length
        .min(state.setup.per_page_cap.unwrap_or(length))
        .max(1);
    let page = number("page").unwrap_or(1).max(1);

    let fault = fault.map(|Extension(fault)| fault);
    let mut changes = state.changes();
    if fault == Some(Fault::DeletedRow)
        && let Some(first) = state.catalogue.listed(district, &changes).first()
    {
        let npsn = state.catalogue.npsn(*first);
        Arc::make_mut(&mut lock(&state.changes))
            .dropped
            .insert(npsn);
        changes = state.changes();
    }
    let places = state.catalogue.listed(district, &changes);
    let pages: Vec<_> = places.chunks(length).collect();
    let chosen = match (pages.get(page - 1), state.setup.after) {
        (Some(chosen), _) => chosen,
        (None, AfterLastPage::Repeated) if !pages.is_empty() => pages[pages.len() - 1],
        (None, AfterLastPage::Empty) => &[],
        (None, _) => return state.nothing(),
    };
    let mut rows: Vec<Record> = chosen
        .iter()
        .map(|place| state.catalogue.school(*place, &changes))
        .collect();
    let mut total = places.len();
    match fault {
        Some(Fault::ForgetPage) => rows.clear(),
        Some(Fault::EmptyList) => {
            rows.clear();
            total = 0;
        }
        Some(Fault::ShortPage) => rows.truncate(rows.len() / 2),
        Some(Fault::WrongTotal) => total += 7,
        Some(Fault::TotalChanges) => total += page,
        Some(Fault::DoubledRow) => double_first(&mut rows),
        _ => {}
    }
    if state.setup.total_rows {
        for (index, row) in rows.iter_mut().enumerate() {
            row.push("total_rows", records::total(total, index));
        }
    }
    state.list(&rows, state.setup.total_rows.then_some(total))
}

/// The first row comes twice, at the cost of the last where there are several.
fn double_first(rows: &mut Vec<Record>) {
    let Some(first) = rows.first().cloned() else {
        return;
    };
    if rows.len() > 1 {
        rows.pop();
    }
    rows.insert(1, first);
}

async fn staff(State(state): Shared, Query(fields): Fields) -> Response {
    let Some(place) = state.school(&fields) else {
        return state.nothing();
    };
    let changes = state.changes();
    match state.instead(state.catalogue.staff_list(place, &changes)) {
        Some(answer) => answer,
        None => state.list(&state.catalogue.staff_rows(place, &changes), None),
    }
}

async fn one_staff(State(state): Shared, Query(fields): Fields) -> Response {
    let nik = fields.get("nik").map(|nik| nik.trim()).unwrap_or_default();
    let Some(place) = state.school(&fields).filter(|_| !nik.is_empty()) else {
        return state.nothing();
    };
    let changes = state.changes();
    let mut rows = state.catalogue.staff_rows(place, &changes);
    rows.retain(|row| row.text("nik").is_some_and(|found| found.trim() == nik));
    // Of a double the last one is meant, as in the list.
    match rows.pop() {
        Some(row) => state.list(&[row], None),
        None => state.nothing(),
    }
}

impl PortalState {
    /// The school that is asked for.
    fn school(&self, fields: &HashMap<String, String>) -> Option<Place> {
        self.catalogue.find(fields.get("npsn")?.trim())
    }

    /// What is answered in place of a list.
    fn instead(&self, list: ListState) -> Option<Response> {
        Some(match list {
            ListState::Usual => return None,
            ListState::Empty => self.list::<Value>(&[], None),
            ListState::Keterangan => self.nothing(),
            ListState::Fails(status) => {
                let status = StatusCode::from_u16(status);
                refusal(
                    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                    "Terjadi kesalahan",
                )
            }
            ListState::Html => page(StatusCode::OK, "Sedang sibuk"),
        })
    }

    fn nothing(&self) -> Response {
        self.list(&[json!({ "keterangan": NOTHING })], None)
    }

    fn list<T: Serialize>(&self, rows: &[T], total: Option<usize>) -> Response {
        #[derive(Serialize)]
        struct Wrapped<'a, T> {
            data: &'a [T],
            #[serde(skip_serializing_if = "Option::is_none")]
            total_rows: Option<usize>,
        }
        if self.setup.wrapped {
            let total_rows = total;
            return self.send(&Wrapped {
                data: rows,
                total_rows,
            });
        }
        self.send(rows)
    }

    fn send<T: Serialize + ?Sized>(&self, answer: &T) -> Response {
        let mut body = Vec::new();
        if self.setup.bom {
            body.extend_from_slice("\u{feff}".as_bytes());
        }
        match serde_json::to_writer(&mut body, answer) {
            Ok(()) => ([(CONTENT_TYPE, "application/json")], Body::from(body)).into_response(),
            Err(error) => refusal(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }
}
