//! The integration log: a line for each push, as the original wrote it, without payload and key.
//!
//! ```text
//!   2026-11-08 14:03:00 [SYNC_USERS] To: <url> | Code: 200 | Count: 6 | Response: {"success":…
//! ```
//! Docku's own page reads this file, as another account: the file is open to the group of its
//! folder. The page looks for `Code: (\d+) \| Count: (\d+)` and takes 200 for success, so what a
//! server said never contains that, and is one harmless line. Lines have no zone: ours are in that of
//! the line before.

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::error::{Context, Result};
use crate::files::tail::last_bytes;
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
/// Zones differ from UTC by multiples of this, in seconds.
const ZONE_STEP: i64 = 15 * 60;
/// How far a line's time and the file's may be apart, zone aside, in seconds.
const ZONE_SLACK: i64 = 30;

/// A push, as it is written down.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// When it ended.
    pub at: Timestamp,
    /// Where it went, without secrets.
    pub url: &'a str,
    /// The HTTP status; 0 without an answer, and for a failure in spite of a 2xx.
    pub code: u16,
    /// How many officials were sent.
    pub count: usize,
    /// The answer, or why there is none; without secrets.
    pub response: &'a str,
}

impl Entry<'_> {
    /// The line, with its end, by the clock of `zone`.
    fn line(&self, zone: &TimeZone) -> String {
        format!(
            "{} {TAG} To: {} | Code: {} | Count: {} | Response: {}\n",
            self.at.to_zoned(zone.clone()).strftime(TIME),
            harmless(&excerpt(self.url, URL)),
            self.code,
            self.count,
            harmless(&excerpt(self.response, RESPONSE))
        )
    }
}

/// A text that cannot be taken for an entry, or for the figures of one.
fn harmless(text: &str) -> String {
    text.replace("| Count:", "/ Count:")
        .replace("| Code:", "/ Code:")
        .replace("[SYNC_", "(SYNC_")
}

/// The last push that the log knows, ours or the original's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastPush {
    /// When it ended, as it is written: by a clock whose zone the log does not name.
    pub at: DateTime,
    /// The same in the zone that the log's lines seem to have.
    pub when: Option<Timestamp>,
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
    zone: TimeZone,
    /// What others may miss.
    pub notes: Vec<String>,
}

impl Log {
    /// Opens the log. An existing one stays as open as it is; what is made gets the mode and the
    /// group of the folder it is made in, and is never writable by all. Times are written in
    /// `zone`, else in that of the last line, else in the machine's.
    pub fn open(path: &Path, zone: Option<&TimeZone>) -> Result<Self> {
        let mut notes = Vec::new();
        let file = match files::log(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => make(path, &mut notes)?,
            opened => opened.doing("open", path)?,
        };
        let zone = zone.cloned().or_else(|| zone_of(&file));
        Ok(Self {
            zone: zone.unwrap_or_else(TimeZone::system),
            file,
            path: path.to_owned(),
            notes,
        })
    }

    /// Writes a line in one piece: others may be writing too.
    pub fn append(&mut self, entry: &Entry<'_>) -> Result<()> {
        let line = entry.line(&self.zone);
        let line = if self.ends_within_a_line() {
            format!("\n{line}")
        } else {
            line
        };
        self.file
            .write_all(line.as_bytes())
            .doing("write", &self.path)
    }

    /// Whether a writer was interrupted in the middle of a line.
    fn ends_within_a_line(&self) -> bool {
        let length = self.file.metadata().map_or(0, |metadata| metadata.len());
        let mut last = [b'\n'];
        // What cannot be read is taken for a whole line.
        length > 0 && self.file.read_exact_at(&mut last, length - 1).is_ok() && last != [b'\n']
    }
}

/// Makes the file, and the folders that lead to it.
fn make(path: &Path, notes: &mut Vec<String>) -> Result<File> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folders(folder, notes)?;
    let like = fs::metadata(folder).doing("look at", folder)?;
    let file = match files::create(path, 0o600) {
        // Docku was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return files::log(path).doing("open", path);
        }
        made => made.doing("create", path)?,
    };
    share(&file, path, &like, notes)?;
    let mode = (like.mode() & 0o664) | 0o640;
    let opened = file.set_permissions(Permissions::from_mode(mode));
    opened.doing("set the mode of", path)?;
    Ok(file)
}

fn make_folders(folder: &Path, notes: &mut Vec<String>) -> Result<()> {
    if folder.as_os_str().is_empty() || folder.exists() {
        return Ok(());
    }
    let above = folder.parent().unwrap_or(Path::new("/"));
    make_folders(above, notes)?;
    let above = if above.as_os_str().is_empty() {
        Path::new(".")
    } else {
        above
    };
    let like = fs::metadata(above).doing("look at", above)?;
    let making = DirBuilder::new().mode(0o700).create(folder);
    making.doing("create", folder)?;
    let opened = File::open(folder).doing("open", folder)?;
    share(&opened, folder, &like, notes)?;
    let mode = (like.mode() & 0o2775) | 0o700;
    let opened = opened.set_permissions(Permissions::from_mode(mode));
    opened.doing("set the mode of", folder)
}

/// Gives what was made to the group of the folder around it; where that is denied, it is said.
fn share(made: &File, path: &Path, like: &Metadata, notes: &mut Vec<String>) -> Result<()> {
    let own = made.metadata().doing("look at", path)?.gid();
    if own != like.gid()
        && let Err(error) = fchown(made, None, Some(like.gid()))
    {
        notes.push(format!(
            "{} could not be given to group {} of its folder ({error}): who reads it there may not \
             be able to",
            path.display(),
            like.gid()
        ));
    }
    Ok(())
}

/// The end of the file.
fn tail(file: &File) -> std::io::Result<String> {
    let (tail, _) = last_bytes(file, TAIL)?;
    Ok(String::from_utf8_lossy(&tail).into_owned())
}

/// The zone of the last line: its time was that of the file when it was written. `None` where the
/// two do not fit together, as after a copy.
fn zone_of(file: &File) -> Option<TimeZone> {
    let modified = file.metadata().ok()?.modified().ok()?;
    let written = i64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()?;
    let text = tail(file).ok()?;
    let last = text.lines().rev().find_map(|line| Some(time_of(line)?.0))?;
    let shown = last.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    let away = shown - written;
    let steps = (away + ZONE_STEP / 2).div_euclid(ZONE_STEP);
    let offset = steps * ZONE_STEP;
    if (away - offset).abs() > ZONE_SLACK || !(-12 * 3_600..=14 * 3_600).contains(&offset) {
        return None;
    }
    let offset = Offset::from_seconds(i32::try_from(offset).ok()?).ok()?;
    Some(TimeZone::fixed(offset))
}

/// The last push in the log at `path`; `None` where there is none, or no log. Its times are in
/// `zone`, else in the one that its last line seems to have, else in the machine's.
pub fn last(path: &Path, zone: Option<&TimeZone>) -> Result<Option<LastPush>> {
    let file = match files::open(path, Links::Follow) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.doing("open", path)?,
    };
    let text = tail(&file).doing("read", path)?;
    let Some(last) = text.lines().rev().find_map(parse) else {
        return Ok(None);
    };
    let zone = zone.cloned().or_else(|| zone_of(&file));
    let when = last.at.to_zoned(zone.unwrap_or_else(TimeZone::system));
    Ok(Some(LastPush {
        when: when.ok().map(|when| when.timestamp()),
        ..last
    }))
}

/// The time that a line begins with, and what follows.
fn time_of(line: &str) -> Option<(DateTime, &str)> {
    let line = line.strip_prefix('[').unwrap_or(line);
    let (time, rest) = line.split_at_checked(19)?;
    let at = DateTime::strptime(TIME, time).ok()?;
    Some((at, rest.strip_prefix(']').unwrap_or(rest).trim_start()))
}

/// A line of ours or of the original; `None` for any other, such as the rest of a long response.
fn parse(line: &str) -> Option<LastPush> {
    let (at, rest) = time_of(line)?;
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
        when: None,
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
