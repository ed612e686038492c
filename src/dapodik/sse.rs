//! Server-sent events out of a stream of bytes, as WHATWG has it (HTML, section 9.2).
//!
//! Takes chunks as they come: a line, a character or a BOM may be cut anywhere. What is longer
//! than [`LONGEST`] is dropped and counted. Knows nothing of what the events say.

use std::time::Duration;

/// The longest line and the longest event, in bytes.
pub const LONGEST: usize = 1024 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The type; `message` unless the server says otherwise.
    pub kind: String,
    /// The lines of data.
    pub data: String,
    /// The last id that was sent up to here; empty without one.
    pub id: String,
}

/// Reads one stream.
#[derive(Debug, Default)]
pub struct Parser {
    head: Head,
    line: Line,
    /// The last byte was a CR: an LF now belongs to it.
    after_cr: bool,
    draft: Draft,
    /// The id of the event in hand; it counts once the event is complete.
    id: String,
    last_id: String,
    retry: Option<Duration>,
    dropped: u64,
}

/// A line whose end was not there yet.
#[derive(Debug, Default)]
struct Line {
    bytes: Vec<u8>,
    /// It is too long; of its bytes only the first is kept.
    dropping: bool,
}

/// An event whose end was not there yet.
#[derive(Debug, Default)]
struct Draft {
    kind: String,
    /// Each line with an LF behind it.
    data: Vec<u8>,
    /// It is too long, or lost a line.
    dropping: bool,
}

/// Whether the stream's beginning was looked at.
#[derive(Debug, PartialEq, Eq)]
enum Head {
    Looking(Vec<u8>),
    Passed,
}

impl Default for Head {
    fn default() -> Self {
        Self::Looking(Vec::new())
    }
}

impl Parser {
    /// Goes on with another connection, after the event with this id.
    pub fn resuming(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            last_id: id.to_owned(),
            ..Self::default()
        }
    }

    /// Takes the next bytes; the events that they complete.
    pub fn feed(&mut self, chunk: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        let Head::Looking(head) = &mut self.head else {
            self.take(chunk, &mut events);
            return events;
        };
        head.extend_from_slice(chunk);
        if head.len() < BOM.len() && BOM.starts_with(head) {
            return events;
        }
        let head = std::mem::take(head);
        self.head = Head::Passed;
        self.take(head.strip_prefix(BOM).unwrap_or(&head), &mut events);
        events
    }

    /// The id to resume after; that of the last complete event.
    pub fn last_id(&self) -> &str {
        &self.last_id
    }

    /// How long the server wants one to wait before connecting again.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// How many events were dropped because they, or one of their lines, were too long.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn take(&mut self, mut bytes: &[u8], events: &mut Vec<Event>) {
        while let Some(&first) = bytes.first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            self.extend_line(&bytes[..end.unwrap_or(bytes.len())]);
            let Some(end) = end else {
                return;
            };
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            events.extend(self.end_line());
        }
    }

    fn extend_line(&mut self, bytes: &[u8]) {
        let Line {
            bytes: line,
            dropping,
        } = &mut self.line;
        *dropping |= bytes.len() > LONGEST.saturating_sub(line.len());
        if *dropping {
            // The first byte tells a comment from data.
            let first = line.first().or(bytes.first()).copied();
            *line = first.into_iter().collect();
        } else {
            line.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self) -> Option<Event> {
        let mut line = std::mem::take(&mut self.line);
        if line.dropping {
            // It may have been data: what is left of the event would be another one.
            self.draft.dropping |= line.bytes.first() != Some(&b':');
            return None;
        }
        if line.bytes.is_empty() {
            return self.dispatch();
        }
        let (name, value) = match line.bytes.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line.bytes[..colon], &line.bytes[colon + 1..]),
            None => (&line.bytes[..], &[][..]),
        };
        self.field(name, value.strip_prefix(b" ").unwrap_or(value));
        // The room is used again.
        line.bytes.clear();
        self.line = line;
        None
    }

    fn field(&mut self, name: &[u8], value: &[u8]) {
        let draft = &mut self.draft;
        match name {
            b"data" if draft.data.len() + value.len() >= LONGEST => draft.dropping = true,
            b"data" if !draft.dropping => {
                draft.data.extend_from_slice(value);
                draft.data.push(b'\n');
            }
            b"event" => draft.kind = String::from_utf8_lossy(value).into_owned(),
            b"id" if !value.contains(&0) => self.id = String::from_utf8_lossy(value).into_owned(),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let digits = String::from_utf8_lossy(value);
                // More than any number holds is still a wish for a very long wait.
                let asked = digits.parse().unwrap_or(u64::MAX);
                self.retry = Some(Duration::from_millis(asked));
            }
            // A comment has an empty name.
            _ => {}
        }
    }

    fn dispatch(&mut self) -> Option<Event> {
        self.last_id.clone_from(&self.id);
        let Draft {
            kind,
            mut data,
            dropping,
        } = std::mem::take(&mut self.draft);
        if dropping {
            self.dropped += 1;
            return None;
        }
        // The LF behind the last line; without one there was no data.
        data.pop()?;
        Some(Event {
            kind: if kind.is_empty() {
                "message".to_owned()
            } else {
                kind
            },
            data: String::from_utf8_lossy(&data).into_owned(),
            id: self.last_id.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
