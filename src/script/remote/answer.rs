//! What a service can answer, and a reader for answers of any length.

use std::collections::VecDeque;

use serde_json::Value;

use crate::http::Reply;

/// How much is kept of the beginning of an output, and how much of its end, in bytes.
const PART: usize = 16 * 1024 * 1024;
/// How much is kept of a shorter text, in bytes.
const SHORT: usize = 64 * 1024;

/// What the service says of the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Running,
    Idle,
}

/// What the call that runs the script was answered with.
#[derive(Debug)]
pub enum Answer {
    /// `success`, with the output.
    Success(Printed),
    /// `running`, with its message.
    Running(String),
    /// `error`, with its message and the output.
    Error(String, Printed),
    /// None of these, for people.
    Unreadable(String),
}

/// The log, as far as the service shows it: its last 100 lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub text: String,
    /// Its path there, if the service says so.
    pub file: Option<String>,
}

/// A run in a service's list of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRun {
    pub id: String,
    /// `running`, `ended`, `died`, or what else a service says.
    pub state: String,
    /// How it ended: `clean`, `partial`, `stopped` or `failed`.
    pub verdict: Option<String>,
    /// The same in a sentence.
    pub message: Option<String>,
}

impl ListedRun {
    /// Reads a row; `None` where it has no id.
    pub fn read(row: &Value) -> Option<Self> {
        let text = |key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            id: text("id").or_else(|| text("run"))?,
            state: text("state").or_else(|| text("status")).unwrap_or_default(),
            verdict: text("verdict"),
            message: text("message"),
        })
    }

    pub fn is_running(&self) -> bool {
        self.state == "running"
    }
}

/// The word that decides what an answer means.
pub fn status_of(reply: &Reply) -> Option<String> {
    let body = reply.json()?;
    body.get("status")?.as_str().map(str::to_owned)
}

/// What a script printed: all of it, or its first and its last part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    pub first: Vec<u8>,
    /// The end, where that was not part of the beginning.
    pub last: VecDeque<u8>,
    /// How long all of it was.
    pub bytes: u64,
    /// How many lines it had.
    pub lines: u64,
    ends_open: bool,
}

impl Printed {
    /// All of it.
    pub fn whole(text: &str) -> Self {
        let mut printed = Self::default();
        printed.add(text.as_bytes(), usize::MAX);
        printed
    }

    /// How many bytes between the two parts were not kept.
    pub fn left_out(&self) -> u64 {
        self.bytes - (self.first.len() + self.last.len()) as u64
    }

    fn add(&mut self, bytes: &[u8], part: usize) {
        let Some(last) = bytes.last() else { return };
        self.bytes += bytes.len() as u64;
        // A line that was open continues with these bytes, and is counted already.
        self.lines -= u64::from(self.ends_open);
        self.ends_open = *last != b'\n';
        self.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.lines += u64::from(self.ends_open);
        let (first, rest) = bytes.split_at(bytes.len().min(part - self.first.len()));
        self.first.extend_from_slice(first);
        // Of a very long piece, only what can stay.
        let rest = &rest[rest.len().saturating_sub(part)..];
        self.last.extend(rest);
        let more = self.last.len().saturating_sub(part);
        self.last.drain(..more);
    }
}

/// Which text is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Into {
    Key,
    Status,
    Message,
    Output,
    Nowhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    /// A key may come, or the end.
    Key,
    Colon,
    Value,
    Text(Into),
    Escape(Into),
    /// The digits of `\u` so far, and how many.
    Unicode(Into, u16, u8),
    /// A number, a word, or something with this many brackets open.
    Other {
        depth: u32,
    },
    /// The same, within a text.
    OtherText {
        depth: u32,
        escaped: bool,
    },
    AfterValue,
    Done,
    Broken,
}

/// Reads the answer to the call that runs the script as it comes: an output of any length is not
/// held, its first and last parts are. Only the members of the outermost object are looked at. What
/// is no JSON is noticed as soon as it comes.
#[derive(Debug)]
pub struct Reader {
    state: State,
    key: Vec<u8>,
    status: Vec<u8>,
    message: Vec<u8>,
    output: Printed,
    /// The first half of a character beyond the basic plane.
    high: Option<u16>,
    part: usize,
}

impl Default for Reader {
    fn default() -> Self {
        Self::keeping(PART)
    }
}

impl Reader {
    /// Keeps that many bytes of each end of the output.
    fn keeping(part: usize) -> Self {
        Self {
            state: State::Start,
            key: Vec::new(),
            status: Vec::new(),
            message: Vec::new(),
            output: Printed::default(),
            high: None,
            part,
        }
    }

    /// Takes the next piece; false once it is clear that this is no answer.
    pub fn take(&mut self, mut bytes: &[u8]) -> bool {
        while let Some(byte) = bytes.first() {
            if let State::Text(into) = self.state {
                // As far as nothing special comes, at once.
                let plain = memchr::memchr2(b'"', b'\\', bytes).unwrap_or(bytes.len());
                if plain > 0 {
                    self.flush_half(into);
                    self.put(into, &bytes[..plain]);
                    bytes = &bytes[plain..];
                    continue;
                }
            }
            self.state = self.step(*byte);
            bytes = &bytes[1..];
            if self.state == State::Broken {
                return false;
            }
        }
        true
    }

    /// The status, the message and the output; `None` where it is no whole answer.
    pub fn end(self) -> Option<(String, String, Printed)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let whole = self.state == State::Done && !self.status.is_empty();
        whole.then(|| (text(&self.status), text(&self.message), self.output))
    }

    fn step(&mut self, byte: u8) -> State {
        match (self.state, byte) {
            (State::Text(into), b'\\') => State::Escape(into),
            (State::Text(into), _) => {
                self.flush_half(into);
                match into {
                    Into::Key => State::Colon,
                    _ => State::AfterValue,
                }
            }
            (State::Escape(into), b'u') => State::Unicode(into, 0, 0),
            (State::Escape(into), byte) => self.escaped(into, byte),
            (State::Unicode(into, number, digits), byte) => self.digit(into, byte, number, digits),
            (State::Other { depth }, byte) => Self::other(depth, byte),
            (State::OtherText { depth, escaped }, byte) => match (escaped, byte) {
                (false, b'\\') => State::OtherText {
                    depth,
                    escaped: true,
                },
                (false, b'"') => State::Other { depth },
                (..) => State::OtherText {
                    depth,
                    escaped: false,
                },
            },
            (state, byte) if byte.is_ascii_whitespace() => state,
            (State::Start, b'{') | (State::AfterValue, b',') => State::Key,
            (State::Key, b'"') => {
                self.key.clear();
                State::Text(Into::Key)
            }
            (State::Key | State::AfterValue, b'}') => State::Done,
            (State::Colon, b':') => State::Value,
            (State::Value, b'"') => State::Text(self.begin()),
            (State::Value, byte) => Self::other(0, byte),
            _ => State::Broken,
        }
    }

    /// Where the text of the key just read goes; of several with that key, the last one counts.
    fn begin(&mut self) -> Into {
        match self.key.as_slice() {
            b"status" => {
                self.status.clear();
                Into::Status
            }
            b"message" => {
                self.message.clear();
                Into::Message
            }
            b"output" => {
                self.output = Printed::default();
                Into::Output
            }
            _ => Into::Nowhere,
        }
    }

    fn other(depth: u32, byte: u8) -> State {
        match byte {
            b'"' => State::OtherText {
                depth,
                escaped: false,
            },
            b'[' | b'{' => State::Other { depth: depth + 1 },
            b'}' if depth == 0 => State::Done,
            b',' if depth == 0 => State::Key,
            b']' if depth == 0 => State::Broken,
            b']' | b'}' => State::Other { depth: depth - 1 },
            _ => State::Other { depth },
        }
    }

    fn escaped(&mut self, into: Into, byte: u8) -> State {
        self.flush_half(into);
        let meant = match byte {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 0x08,
            b'f' => 0x0c,
            b'"' | b'\\' | b'/' => byte,
            _ => return State::Broken,
        };
        self.put(into, &[meant]);
        State::Text(into)
    }

    fn digit(&mut self, into: Into, byte: u8, number: u16, digits: u8) -> State {
        let Some(digit) = char::from(byte).to_digit(16) else {
            return State::Broken;
        };
        let number = number << 4 | u16::try_from(digit).unwrap_or_default();
        if digits < 3 {
            return State::Unicode(into, number, digits + 1);
        }
        match (self.high.take(), number) {
            (None, 0xd800..=0xdbff) => self.high = Some(number),
            (high, _) => {
                let units = high.into_iter().chain([number]);
                let text: String = char::decode_utf16(units)
                    .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect();
                self.put(into, text.as_bytes());
            }
        }
        State::Text(into)
    }

    /// Half a character that nothing follows is none.
    fn flush_half(&mut self, into: Into) {
        if self.high.take().is_some() {
            self.put(into, "\u{fffd}".as_bytes());
        }
    }

    fn put(&mut self, into: Into, bytes: &[u8]) {
        let text = match into {
            Into::Key => &mut self.key,
            Into::Status => &mut self.status,
            Into::Message => &mut self.message,
            Into::Output => return self.output.add(bytes, self.part),
            Into::Nowhere => return,
        };
        let room = SHORT.saturating_sub(text.len());
        text.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use std::fmt::Write as _;

    fn read(text: &[u8], piece: usize, part: usize) -> Option<(String, String, Printed)> {
        let mut reader = Reader::keeping(part);
        text.chunks(piece.max(1))
            .all(|piece| reader.take(piece))
            .then_some(reader)?
            .end()
    }

    #[test]
    fn of_a_long_output_both_ends_are_kept_and_all_is_counted() {
        let output = "a line\n".repeat(1_000) + "end";
        let answer = json!({"message": "ok", "output": output, "status": "success"});
        for piece in [1, 7, 100_000] {
            let (status, message, printed) =
                read(answer.to_string().as_bytes(), piece, 10).unwrap();
            assert_eq!((status.as_str(), message.as_str()), ("success", "ok"));
            assert_eq!((printed.bytes, printed.lines), (7_003, 1_001));
            assert_eq!(printed.first, b"a line\na l");
            let last: Vec<u8> = printed.last.iter().copied().collect();
            assert_eq!(last, output.as_bytes()[output.len() - 10..]);
            assert_eq!(printed.left_out(), 6_983);
        }
    }

    #[test]
    fn what_is_no_answer_is_noticed() {
        let table = [
            "<html>",
            "[1]",
            "{\"status\":\"suc",
            "{\"status\":\"success\"} more",
            "{\"status\" \"success\"}",
            "{\"output\":\"\\x\"}",
            "{\"message\":\"no status\"}",
            "",
        ];
        for text in table {
            assert_eq!(read(text.as_bytes(), 3, 10), None, "{text}");
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-z\"\\\\]{0,4}", inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_reads_what_a_whole_reader_reads(
            output in ".{0,60}", message in ".{0,20}", other in values(), piece in 1..20_usize,
        ) {
            let answer = json!({
                "a": other, "message": message, "output": output, "status": "success",
            });
            for text in [answer.to_string(), serde_json::to_string_pretty(&answer).unwrap()] {
                let mut escaped = String::new();
                for letter in text.chars() {
                    if letter.is_ascii() {
                        escaped.push(letter);
                        continue;
                    }
                    for unit in letter.encode_utf16(&mut [0; 2]) {
                        let _ = write!(escaped, "\\u{unit:04x}");
                    }
                }
                for text in [text, escaped] {
                    let (_, said, printed) = read(text.as_bytes(), piece, 1_000).unwrap();
                    prop_assert_eq!(&said, &message);
                    prop_assert_eq!(printed, Printed::whole(&output));
                }
            }
        }
    }
}
