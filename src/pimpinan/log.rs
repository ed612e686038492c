//! The integration log: a line for each push, as the original wrote it, without payload and key.
//!
//! ```text
//!   2026-11-08 14:03:00 [SYNC_USERS] To: <url> | Code: 200 | Count: 6 | Response: {"success":…
//! ```
//! What a server said stands in one harmless line, so that no server can forge an entry.

use std::fs::{DirBuilder, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::error::{Context, Result};
use crate::files::{self, Links};
use crate::text::excerpt;

const TAG: &str = "[SYNC_USERS]";
const TIME: &str = "%Y-%m-%d %H:%M:%S";
/// How much of an answer is kept, in characters.
const RESPONSE: usize = 200;
/// The longest URL that is kept, in characters.
const URL: usize = 500;
/// How much of the log's end is searched for the last push, in bytes.
const TAIL: u64 = 1024 * 1024;

/// A push, as it is written down.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// When it ended, by the local clock.
    pub at: DateTime,
    /// Where it went, without secrets.
    pub url: &'a str,
    /// The HTTP status; 0 without an answer.
    pub code: u16,
    /// How many officials were sent.
    pub count: usize,
    /// The answer, or why there is none; without secrets.
    pub response: &'a str,
}

impl Entry<'_> {
    /// The line, with its end.
    fn line(&self) -> String {
        format!(
            "{} {TAG} To: {} | Code: {} | Count: {} | Response: {}\n",
            self.at.strftime(TIME),
            excerpt(self.url, URL),
            self.code,
            self.count,
            excerpt(self.response, RESPONSE)
        )
    }
}

/// The last push that the log knows, ours or the original's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastPush {
    /// When it ended, by the local clock.
    pub at: DateTime,
    /// Where it went.
    pub url: String,
    /// The HTTP status; 0 without an answer.
    pub code: u16,
    /// How many officials were sent, where it is said.
    pub count: Option<u64>,
}

/// The log, open for a line.
#[derive(Debug)]
pub struct Log {
    file: File,
    path: PathBuf,
}

impl Log {
    /// Opens the log; folder and file are made, for their owner alone.
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
            let mut builder = DirBuilder::new();
            builder
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .doing("create", folder)?;
        }
        let file = files::log(path).doing("open", path)?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// Writes a line in one piece: others may be writing too.
    pub fn append(&mut self, entry: &Entry<'_>) -> Result<()> {
        let line = entry.line();
        let line = if self.ends_within_a_line() {
            format!("\n{line}")
        } else {
            line
        };
        self.file
            .write_all(line.as_bytes())
            .doing("write", &self.path)
    }

    /// Whether somebody was interrupted in the middle of a line.
    fn ends_within_a_line(&self) -> bool {
        let length = self.file.metadata().map_or(0, |metadata| metadata.len());
        let mut last = [b'\n'];
        // What cannot be read is taken for a whole line.
        length > 0 && self.file.read_exact_at(&mut last, length - 1).is_ok() && last != [b'\n']
    }
}

/// The last push in the log at `path`; `None` where there is none, or no log.
pub fn last(path: &Path) -> Result<Option<LastPush>> {
    let mut file = match files::open(path, Links::Follow) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.doing("open", path)?,
    };
    let length = file.metadata().doing("look at", path)?.len();
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))
        .and_then(|_| file.take(TAIL).read_to_end(&mut tail))
        .doing("read", path)?;
    let tail = String::from_utf8_lossy(&tail);
    Ok(tail.lines().rev().find_map(parse))
}

/// A line of ours or of the original; `None` for any other, such as the rest of a long response.
fn parse(line: &str) -> Option<LastPush> {
    let line = line.strip_prefix('[').unwrap_or(line);
    let (time, rest) = line.split_at_checked(19)?;
    let at = DateTime::strptime(TIME, time).ok()?;
    let rest = rest.strip_prefix(']').unwrap_or(rest).trim_start();
    let mut rest = rest.strip_prefix(TAG)?.trim_start();
    let (mut url, mut code, mut count) = (None, None, None);
    // What a server said comes last; nothing behind it is believed.
    while !rest.is_empty() && !rest.starts_with("Response:") {
        let (name, value) = rest.split_once(':')?;
        let value = value.trim_start();
        let length = match name {
            "Payload" => json_length(value),
            _ => value.find(" | ").unwrap_or(value.len()),
        };
        let (value, after) = value.split_at_checked(length)?;
        match name {
            "To" => url = Some(value.to_owned()),
            "Code" => code = value.trim().parse().ok(),
            "Count" => count = value.trim().parse().ok(),
            _ => {}
        }
        rest = after.trim_start_matches([' ', '|']);
    }
    Some(LastPush {
        at,
        url: url?,
        code: code?,
        count,
    })
}

/// The length of the JSON that `text` begins with: the original logs what it sent.
fn json_length(text: &str) -> usize {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => values.byte_offset(),
        _ => text.find(" | ").unwrap_or(text.len()),
    }
}

#[cfg(test)]
mod tests;
