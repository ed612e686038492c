//! Server-sent events out of a stream of bytes, by the WHATWG standard (HTML, section 9.2).
//!
//! Takes chunks as they come: a line, a character or a BOM may be cut anywhere. What is longer
//! than [`LONGEST`] is dropped and counted. Knows nothing of what the events say.

use std::time::Duration;

/// The longest line and the longest event, in bytes.
pub const LONGEST: usize = 1024 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The type; `message` unless the server says otherwise.
    pub kind: String,
    pub data: String,
    /// The last id that was sent up to here; empty without one.
    pub id: String,
}

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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(input: &[u8], size: usize) -> (Vec<Event>, Parser) {
        let mut parser = Parser::default();
        let events = input
            .chunks(size.max(1))
            .flat_map(|chunk| parser.feed(chunk))
            .collect();
        (events, parser)
    }

    /// What a stream says, the same whole, byte by byte and in chunks of 2, 3 and 7.
    fn at_every_chunking(input: &[u8]) -> (Vec<Event>, Parser) {
        let whole = parse(input, input.len());
        for size in [1, 2, 3, 7] {
            let (events, parser) = parse(input, size);
            assert_eq!(events, whole.0, "in chunks of {size}");
            assert_eq!(parser.last_id(), whole.1.last_id());
        }
        whole
    }

    fn data(input: &[u8]) -> Vec<String> {
        let (events, _) = at_every_chunking(input);
        events.into_iter().map(|event| event.data).collect()
    }

    /// An input of the table that ends with three LF.
    fn closed(input: &str) -> Vec<u8> {
        format!("{input}\n\n\n").into_bytes()
    }

    #[test]
    fn data_is_read_as_the_standard_has_it() {
        let long = "x".repeat(2048);
        let comments =
            format!("data:1\r:\0\n:\r\ndata:2\n:{long}\rdata:3\n:data:fail\r:{long}\ndata:4\n\n");
        let fields = "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\r\
                      data:\r\n data:32\ndata:4\n\n";
        let table: [(&str, Vec<u8>, &[&str]); 16] = [
            (
                "a BOM",
                closed("\u{feff}data:1\n\n\u{feff}data:2\n\ndata:3"),
                &["1", "3"],
            ),
            (
                "a double BOM",
                closed("\u{feff}\u{feff}data:1\n\ndata:2\n\ndata:3"),
                &["2", "3"],
            ),
            ("comments", comments.into_bytes(), &["1\n2\n3\n4"]),
            (
                "data",
                closed("data:\n\ndata\ndata\n\ndata:test"),
                &["", "\n", "test"],
            ),
            ("fields", fields.into(), &["\0\n 2\n1\n3\n\n4"]),
            (
                "unknown fields",
                closed("data:test\n data\ndata\nfoobar:xxx\njustsometext\n:comment\ndata:test"),
                &["test\n\ntest"],
            ),
            (
                "a leading space",
                closed("data:\ttest\rdata: \ndata:test"),
                &["\ttest\n\ntest"],
            ),
            (
                "newlines",
                "data:test\r\ndata\ndata:test\r\n\r\n".into(),
                &["test\n\ntest"],
            ),
            ("lone CRs", "data:a\r\r".into(), &["a"]),
            ("CR LF", "data: a\r\ndata: b\r\n\r\n".into(), &["a\nb"]),
            ("several bytes", "data: €豆腐\n\n".into(), &["€豆腐"]),
            (
                "bad UTF-8",
                b"data: a\xffb\n\ndata: c\n\n".to_vec(),
                &["a\u{fffd}b", "c"],
            ),
            (
                "no line ends",
                "data: a\u{85}b\u{2028}c\n\n".into(),
                &["a\u{85}b\u{2028}c"],
            ),
            ("charset", closed("data:ok…"), &["ok…"]),
            ("an unfinished event", "data: a\n\ndata: b".into(), &["a"]),
            (
                "half a BOM",
                b"\xef\xbbdata:1\n\ndata:2\n\n".to_vec(),
                &["2"],
            ),
        ];
        for (case, input, expected) in table {
            assert_eq!(data(&input), expected, "{case}");
        }
    }

    #[test]
    fn types_and_ids_live_as_long_as_they_should() {
        let of = |input: &str, pick: fn(&Event) -> &str| -> Vec<String> {
            let (events, _) = at_every_chunking(&closed(input));
            events.iter().map(|event| pick(event).to_owned()).collect()
        };
        assert_eq!(of("event: \ndata:data", |event| &event.kind), ["message"]);
        let types = of("event:test\ndata:x\n\ndata:x", |event| &event.kind);
        assert_eq!(types, ["test", "message"]);
        let ids = of(
            "id: 1\ndata: 1\n\ndata: 2\n\nid: 2\ndata:3\n\ndata:4",
            |event| &event.id,
        );
        assert_eq!(ids, ["1", "1", "2", "2"]);
        let ids = of("id: 1\ndata: 1\n\nid\ndata:2\n\ndata:3", |event| &event.id);
        assert_eq!(ids, ["1", "", ""]);
        assert_eq!(of("id: x\0x\ndata:1", |event| &event.id), [""]);
    }

    #[test]
    fn an_unfinished_event_takes_its_id_with_it() {
        let (events, parser) = at_every_chunking(b"retry:1000\ndata:test1\n\nid:test\ndata:test2");
        assert_eq!((events.len(), events[0].data.as_str()), (1, "test1"));
        assert_eq!(parser.last_id(), "");
        assert_eq!(parser.retry(), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_retry_is_digits_only() {
        for input in ["retry:03000\ndata:x", "retry:3000\nretry:1000x\ndata:x"] {
            let (_, parser) = at_every_chunking(&closed(input));
            assert_eq!(parser.retry(), Some(Duration::from_secs(3)), "{input}");
        }
    }

    #[test]
    fn a_lone_cr_ends_an_event_at_once() {
        let mut parser = Parser::default();
        assert_eq!(parser.feed(b"data:a\r").len(), 0);
        assert_eq!(parser.feed(b"\r").len(), 1);
        assert_eq!(parser.feed(b"\ndata:b\n\n").len(), 1);
    }

    #[test]
    fn what_is_too_long_is_dropped_counted_and_followed_by_the_rest() {
        let line = format!("data:{}\ndata:tail\n\ndata:next\n\n", "x".repeat(LONGEST));
        let lines = format!("data:{}\n", "x".repeat(LONGEST / 2));
        let event = format!("{lines}{lines}{lines}\ndata:next\n\n");
        for input in [line, event] {
            let (events, parser) = parse(input.as_bytes(), 64 * 1024);
            assert_eq!((events.len(), events[0].data.as_str()), (1, "next"));
            assert_eq!(parser.dropped(), 1);
            assert!(parser.line.bytes.capacity() <= 2 * LONGEST);
        }
        let comment = format!("data:a\n:{}\n\n", "x".repeat(3 * LONGEST));
        let (events, parser) = parse(comment.as_bytes(), 64 * 1024);
        assert_eq!((events.len(), parser.dropped()), (1, 0));
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_events(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just("data:"), Just("data"), Just("id:"), Just("event: "), Just("retry:1"), Just(":"),
                    Just(" "), Just("\r"), Just("\n"), Just("\r\n"), Just("\n\n"), Just("\u{feff}"),
                    Just("x"), Just("€"), Just("\0"),
                ],
                0..40,
            ),
            cuts in prop::collection::vec(0usize..200, 0..8),
        ) {
            let input = pieces.concat().into_bytes();
            let whole = parse(&input, input.len()).0;
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(input.len())).collect();
            cuts.extend([0, input.len()]);
            cuts.sort_unstable();
            let mut parser = Parser::default();
            let events: Vec<Event> = (cuts.windows(2))
                .flat_map(|pair| parser.feed(&input[pair[0]..pair[1]]))
                .collect();
            prop_assert_eq!(events, whole);
        }
    }
}
