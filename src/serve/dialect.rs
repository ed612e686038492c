//! What the script's endpoints answer, in either dialect; programs read it, so it is byte for byte.
//!
//! The documented answers are ours; the deployed ones are those of the running service, whose
//! front ends know its sentences and poll after a 200 `running`. Its keys stand in alphabetical
//! order, because its language sorts them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::reply;
use crate::config::Dialect;
use crate::error::Error;
use crate::script::{End, Report};

impl Dialect {
    /// The script ran and did its work.
    pub(super) fn success(self, output: &str) -> Response {
        match self {
            Self::Documented => reply::json(
                StatusCode::OK,
                json!({
                    "status": "success",
                    "message": "Sync script executed successfully",
                    "output": output,
                }),
            ),
            Self::Deployed => deployed(
                StatusCode::OK,
                json!({
                    "message": "Sinkronisasi database berhasil.",
                    "output": output,
                    "status": "success",
                }),
            ),
        }
    }

    /// The script ran and failed; `sentence` says how for people.
    pub(super) fn failure(self, sentence: &str, report: Option<&Report>, output: &str) -> Response {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        match self {
            Self::Documented => reply::json(
                status,
                json!({"status": "error", "message": sentence, "output": output}),
            ),
            Self::Deployed => {
                let message = report.and_then(exit_status);
                deployed(
                    status,
                    json!({
                        "message": message.as_deref().unwrap_or(sentence),
                        "output": output,
                        "status": "error",
                    }),
                )
            }
        }
    }

    pub(super) fn already(self) -> Response {
        match self {
            Self::Documented => reply::json(
                StatusCode::CONFLICT,
                json!({
                    "status": "running",
                    "message": "Sync is already running. Please wait for it to complete.",
                }),
            ),
            Self::Deployed => self.status(true),
        }
    }

    pub(super) fn status(self, runs: bool) -> Response {
        let (status, documented, theirs) = if runs {
            (
                "running",
                "Sync is currently running",
                "Sinkronisasi sedang berjalan.",
            )
        } else {
            (
                "idle",
                "No sync is currently running",
                "Tidak ada sinkronisasi yang sedang berjalan.",
            )
        };
        match self {
            Self::Documented => reply::json(
                StatusCode::OK,
                json!({"status": status, "message": documented}),
            ),
            Self::Deployed => {
                deployed(StatusCode::OK, json!({"message": theirs, "status": status}))
            }
        }
    }

    /// The last lines of the log; the documented answer carries the names of both dialects.
    pub(super) fn log(self, lines: &str, file: &Value) -> Response {
        match self {
            Self::Documented => reply::json(
                StatusCode::OK,
                json!({"status": "success", "log": lines, "content": lines, "logFile": file}),
            ),
            Self::Deployed => deployed(
                StatusCode::OK,
                json!({"content": lines, "logFile": file, "status": "success"}),
            ),
        }
    }

    pub(super) fn no_log(self) -> Response {
        match self {
            Self::Documented => reply::json(
                StatusCode::NOT_FOUND,
                json!({"status": "error", "message": "Error reading log file"}),
            ),
            Self::Deployed => deployed(
                StatusCode::NOT_FOUND,
                json!({"message": "Log file tidak ditemukan.", "status": "error"}),
            ),
        }
    }

    /// Something that is no answer of the script's: a missing setting, a broken disk.
    pub(super) fn error(self, error: &Error) -> Response {
        match self {
            Self::Documented => reply::error(error),
            Self::Deployed => deployed(
                reply::status_of(error),
                json!({"message": error.chain(), "output": "", "status": "error"}),
            ),
        }
    }

    /// Nobody is let in without a good token or key.
    pub(super) fn unauthorized(self, reason: &str) -> Response {
        let status = StatusCode::UNAUTHORIZED;
        match self {
            Self::Documented => {
                reply::json(status, json!({"message": "Invalid token", "error": reason}))
            }
            Self::Deployed => {
                deployed(status, json!({"error": reason, "message": "Invalid token"}))
            }
        }
    }
}

fn deployed(status: StatusCode, body: Value) -> Response {
    let mut response = reply::json(status, body);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response
}

/// How the deployed service's language says it (Go's `os.ProcessState`). `None` where the script
/// did not come to an end that this language has words for.
fn exit_status(report: &Report) -> Option<String> {
    if matches!(
        report.end,
        End::Success | End::Partial | End::Left | End::NoResult
    ) {
        return None;
    }
    if let Some(signal) = report.signal {
        let name = match signal {
            1 => "hangup",
            2 => "interrupt",
            3 => "quit",
            6 => "aborted",
            9 => "killed",
            11 => "segmentation fault",
            15 => "terminated",
            _ => return Some(format!("signal: signal {signal}")),
        };
        return Some(format!("signal: {name}"));
    }
    let exit = report.exit.filter(|exit| *exit != 0)?;
    Some(format!("exit status {exit}"))
}
