//! Syncs as streams of events (SSE): a start or an attachment, and a replay that starts nothing.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::time::timeout;
use uuid::Uuid;

use super::feed::{Client, last_of, written};
use super::starts::{Start, scope_of};
use super::{error, failed};
use crate::context;
use crate::dapodik::frames::Frames;
use crate::dapodik::{Dapodik, KecamatanCode, Scope};
use crate::engine::Engine as _;
use crate::error::{Error, Result};
use crate::run::{Id, Runs};
use crate::serve::{AppState, Caller, reply};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// A proxy (nginx) passes each frame on as it comes.
const BUFFERING: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");
/// What is said when there is nothing to say: a line that every reader passes over.
const HEARTBEAT: Bytes = Bytes::from_static(b": still here\n\n");

/// `GET /api/sync/global`.
pub async fn global(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    match headers.get(LAST_EVENT_ID) {
        Some(id) => replay(state, id.as_bytes()).await,
        None => follow(state, caller, Scope::Global).await,
    }
}

/// `GET /api/sync/kecamatan?kode_kecamatan=a&kode_kecamatan=b`.
pub async fn kecamatan(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Some(id) = headers.get(LAST_EVENT_ID) {
        return replay(state, id.as_bytes()).await;
    }
    match codes_of(&query.unwrap_or_default()) {
        Ok(codes) if codes.is_empty() => error(StatusCode::BAD_REQUEST, "Pilih kecamatan"),
        Ok(codes) => follow(state, caller, Scope::Kecamatan { codes }).await,
        Err(why) => failed(&why),
    }
}

/// The codes of a query, each once.
fn codes_of(query: &str) -> Result<Vec<KecamatanCode>> {
    let mut codes = Vec::new();
    for (name, code) in url::form_urlencoded::parse(query.as_bytes()) {
        if name == "kode_kecamatan" && !code.trim().is_empty() {
            let code = KecamatanCode::parse(&code)?;
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }
    Ok(codes)
}

/// Follows the run of this scope from its first frame, started now where there is none.
async fn follow(state: Arc<AppState>, caller: Caller, scope: Scope) -> Response {
    match state.starts.join(&state.app, caller, scope).await {
        Ok(start) => {
            let run = start.run();
            let answer = answer(Phase::Starting(state, start));
            match run {
                Some(id) => reply::about(id, answer),
                None => answer,
            }
        }
        Err(why) => failed(&why),
    }
}

/// What a client that lost its stream missed of it; no run is ever started by it.
async fn replay(state: Arc<AppState>, last: &[u8]) -> Response {
    let asked = std::str::from_utf8(last).ok().and_then(parsed);
    let Some((id, after)) = asked else {
        return error(StatusCode::NOT_FOUND, "no run has such an event");
    };
    let looking = Arc::clone(&state);
    let found = reply::aside(move || find(&looking, id)).await;
    match found {
        // Nothing follows: to an `EventSource` this says that it need not ask again.
        Ok(Some(Found { last, .. })) if last.is_some_and(|last| after >= last) => {
            reply::about(id, StatusCode::NO_CONTENT.into_response())
        }
        Ok(Some(Found { runs, scope, .. })) => match state.feeds.of(&runs, id, &scope) {
            Ok(feed) => {
                let client = Box::new(Client::new(feed, after));
                reply::about(id, answer(Phase::Following(client, state.heartbeat)))
            }
            Err(why) => failed(&why),
        },
        Ok(None) => error(StatusCode::NOT_FOUND, "there is no such run"),
        Err(why) => failed(&why),
    }
}

/// `<run>-<seq>`.
fn parsed(id: &str) -> Option<(Id, u64)> {
    let (run, seq) = id.trim().rsplit_once('-')?;
    Some((run.parse().ok()?, seq.parse().ok()?))
}

struct Found {
    runs: Runs,
    scope: Scope,
    /// The number of its last frame, once it has ended.
    last: Option<u64>,
}

fn find(state: &AppState, id: Id) -> Result<Option<Found>> {
    let runs = context::runs(&*state.app.config()?)?;
    if !runs.ids()?.contains(&id) {
        return Ok(None);
    }
    let run = runs.get(id)?;
    let scope = scope_of(&run).filter(|_| run.manifest.engine == Dapodik::NAME);
    let Some(scope) = scope else {
        return Ok(None);
    };
    let last = last_of(&runs, id)?;
    Ok(Some(Found { runs, scope, last }))
}

/// Where a client is on its way.
enum Phase {
    /// Its run is being started, or was found.
    Starting(Arc<AppState>, Start),
    Following(Box<Client>, Duration),
    Ended,
}

fn answer(phase: Phase) -> Response {
    let pieces = stream::unfold(phase, |phase| async {
        let (piece, next) = step(phase).await?;
        Some((Ok::<_, Infallible>(piece), next))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache"),
        BUFFERING,
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

/// The next bytes for a client; `None` at the end of the stream.
async fn step(phase: Phase) -> Option<(Bytes, Phase)> {
    match phase {
        Phase::Starting(state, mut start) => {
            let Ok(begun) = timeout(state.heartbeat, start.outcome()).await else {
                return Some((HEARTBEAT, Phase::Starting(state, start)));
            };
            match begun.and_then(|id| client(&state, id)) {
                Ok(client) => {
                    let heartbeat = state.heartbeat;
                    Box::pin(step(Phase::Following(Box::new(client), heartbeat))).await
                }
                Err(why) => Some((never_begun(&why), Phase::Ended)),
            }
        }
        Phase::Following(mut client, heartbeat) => {
            let piece = match timeout(heartbeat, client.next()).await {
                Ok(piece) => piece?,
                Err(_) => HEARTBEAT,
            };
            Some((piece, Phase::Following(client, heartbeat)))
        }
        Phase::Ended => None,
    }
}

fn client(state: &AppState, id: Id) -> Result<Client> {
    let runs = context::runs(&*state.app.config()?)?;
    let scope = scope_of(&runs.get(id)?)
        .ok_or_else(|| Error::local(format!("run {} says nothing of what it syncs", id.short())))?;
    Ok(Client::new(state.feeds.of(&runs, id, &scope)?, 0))
}

/// The only frame of a sync that did not begin. Its id is that of no run: an `EventSource`, which
/// asks again by itself when a stream ends, is then told 404 and starts nothing.
fn never_begun(why: &Error) -> Bytes {
    let mut words = why.chain();
    if let Some(hint) = why.advice() {
        words = format!("{words}; {hint}");
    }
    written(Uuid::nil(), 1, &Frames::error(&words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_run_and_a_number() {
        let run = "0193a2f0-1c7e-7c3a-8f00-1234567890ab";
        assert_eq!(
            parsed(&format!("{run}-17")),
            Some((run.parse().unwrap(), 17))
        );
        for id in [
            "",
            "17",
            run,
            "abc-17",
            &format!("{run}-"),
            &format!("{run}-x"),
        ] {
            assert_eq!(parsed(id), None, "{id}");
        }
    }

    #[test]
    fn codes_are_taken_once_and_empty_ones_not_at_all() {
        let codes = codes_of("kode_kecamatan=34.04.07&x=1&kode_kecamatan=&kode_kecamatan=34.04.07")
            .unwrap();
        assert_eq!(codes, [KecamatanCode::parse("34.04.07").unwrap()]);
        assert!(codes_of("kode_kecamatan=much-too-long").is_err());
        assert!(codes_of("").unwrap().is_empty());
    }
}
