//! The two streams: data goes to standard output, everything else to standard error.
//!
//! With `--json` standard output gets exactly one document, whatever happens, and every line of
//! standard error is a JSON object: events as they are, messages and errors shaped alike. Every text
//! for people is scrubbed here once more, and spelled in ASCII where the locale wants that.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::clock::Clock;
use crate::config::Level;
use crate::engine::Event;
use crate::error::{Error, Failure, Result};
use crate::run::Entry;
use crate::text::{excerpt, json_escaped};

/// The longest line for people, in characters: no result is that long.
const LONGEST: usize = 10_000;

/// How a verb that only looks prints what it found.
#[derive(Clone, Copy, Debug, Args)]
pub struct Output {
    /// Print exactly one JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// For people, and for grep and awk.
    Plain,
    /// One document on standard output, JSON lines on standard error.
    Json,
}

impl OutputFormat {
    pub fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Plain }
    }
}

/// Both streams of this process. Clones are the same.
#[derive(Clone, Debug)]
pub struct Out(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    format: OutputFormat,
    unicode: AtomicBool,
    /// Whether the one document was printed, or tried to be.
    printed: AtomicBool,
    /// Whether standard output carries what a script prints.
    streaming: AtomicBool,
}

impl Out {
    /// Streams in this format, with the marks that the locale can carry.
    pub fn new(format: OutputFormat) -> Self {
        let variable = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
        let name = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find(|name| variable(name));
        let locale = name.and_then(|name| std::env::var(name).ok());
        Self(Arc::new(Inner {
            format,
            unicode: AtomicBool::new(is_unicode(&locale.unwrap_or_default())),
            printed: AtomicBool::new(false),
            streaming: AtomicBool::new(false),
        }))
    }

    pub fn format(&self) -> OutputFormat {
        self.0.format
    }

    /// Whether more than ASCII may be said.
    pub fn has_unicode(&self) -> bool {
        self.0.unicode.load(Ordering::Relaxed)
    }

    /// Overrides what the locale says.
    pub fn set_unicode(&self, unicode: bool) {
        self.0.unicode.store(unicode, Ordering::Relaxed);
    }

    /// Says a line, or several, on standard error; a closed stream is no error.
    pub fn say(&self, text: &str) {
        match self.format() {
            OutputFormat::Plain => self.talk(&format!("{}\n", clean(text))),
            OutputFormat::Json => {
                let (source, text) = ("selaras".to_owned(), clean(text));
                self.entry(&Entry {
                    seq: 0,
                    at: Clock::System.now(),
                    event: Event::Line { source, text },
                });
            }
        }
    }

    /// Says something whose answer is typed on the same line.
    pub fn prompt(&self, text: &str) {
        self.talk(&clean(text));
    }

    /// Says an event as a line of JSON.
    pub fn entry(&self, entry: &Entry) {
        self.talk(&format!("{}\n", json_escaped(&json!(entry).to_string())));
    }

    /// Tells an error: prefix, sentence with causes, hint. Every error comes here once, and so
    /// into the log.
    pub fn tell(&self, failure: &Failure) {
        let Failure {
            kind,
            message,
            hint,
        } = failure;
        let hint_text = hint.as_deref().unwrap_or_default();
        tracing::error!(kind = kind.word(), hint = hint_text, "{}", clean(message));
        if self.format() == OutputFormat::Json {
            let at = Clock::System.now();
            let line = json!({"seq": 0, "at": at, "kind": "error", "error": failure});
            return self.talk(&format!("{}\n", json_escaped(&line.to_string())));
        }
        let mut text = format!("error: {}\n", clean(message));
        if let Some(hint) = hint {
            let _ = writeln!(text, "hint: {}", clean(hint));
        }
        self.talk(&text);
    }

    #[expect(
        clippy::unused_self,
        reason = "printing goes through the streams of this process"
    )]
    /// Prints data as it is; a closed pipe (`| head`) is an end, not an error.
    pub fn print(&self, text: &str) -> Result<()> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => {
                done.map_err(|cause| Error::local("the answer cannot be printed").because(cause))
            }
        }
    }

    /// Prints lines for people.
    pub fn show(&self, text: &str) -> Result<()> {
        self.print(&self.spelled(&clean(text), Stream::Out))
    }

    /// Whether standard output is a terminal that takes colours. Variables such as
    /// `CLICOLOR_FORCE` bring none into a pipe.
    pub fn has_colours(&self) -> bool {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        self.format() == OutputFormat::Plain
            && io::stdout().is_terminal()
            && !dumb
            && !set("NO_COLOR")
    }

    /// A level as a mark with the blank after it. In ASCII the mark of what is well has two letters;
    /// the others are made as wide, so that columns stay columns.
    pub fn mark(&self, level: Level) -> &'static str {
        match (level, self.has_unicode()) {
            (Level::Note, _) => "✓ ",
            (Level::Skipped, true) => "· ",
            (Level::Skipped, false) => "·  ",
            (Level::Warning, true) => "! ",
            (Level::Warning, false) => "!  ",
            (Level::Problem, true) => "✗ ",
            (Level::Problem, false) => "✗  ",
        }
    }

    /// From here on standard output carries what a script prints; the rest is talk.
    pub fn stream(&self) {
        self.0.streaming.store(true, Ordering::Relaxed);
    }

    /// Prints a result; beside a script's output it is talk.
    pub fn result(&self, sentence: &str) -> Result<()> {
        if self.0.streaming.load(Ordering::Relaxed) {
            self.say(sentence);
            return Ok(());
        }
        self.show(&format!("{sentence}\n"))
    }

    /// Prints the one document of `--json`; a second one is never printed.
    pub fn document(&self, document: &impl Serialize) -> Result<()> {
        if self.0.printed.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let text = serde_json::to_string(document)
            .map_err(|cause| Error::bug("the answer is no JSON").because(cause))?;
        self.print(&format!("{}\n", json_escaped(&text)))
    }

    /// From here on the caller writes the document, piece by piece.
    pub fn leave_document(&self) {
        self.0.printed.store(true, Ordering::Relaxed);
    }

    fn talk(&self, text: &str) {
        let text = self.spelled(text, Stream::Err);
        // There is nowhere left to report that.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    fn spelled(&self, text: &str, stream: Stream) -> String {
        if self.has_unicode() || text.is_ascii() || self.format() == OutputFormat::Json {
            return text.to_owned();
        }
        let terminal = match stream {
            Stream::Out => io::stdout().is_terminal(),
            Stream::Err => io::stderr().is_terminal(),
        };
        ascii(text, terminal)
    }
}

#[derive(Clone, Copy)]
enum Stream {
    Out,
    Err,
}

/// Whether a locale's name says UTF-8.
pub fn is_unicode(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// Says what a panic left, before anything else is known; without colours, and whatever happens to
/// the stream, for a second panic would end the process at once.
pub fn alarm(report: &str) {
    let _ = io::stderr()
        .lock()
        .write_all(format!("{}\n", clean(report)).as_bytes());
}

/// Harmless lines; the line ends stay.
fn clean(text: &str) -> String {
    let lines: Vec<_> = text
        .split('\n')
        .map(|line| excerpt(line, LONGEST))
        .collect();
    lines.join("\n")
}

/// Our own marks in ASCII. To a terminal that knows no UTF-8 other letters could be commands, so
/// they become `?` there; in a file or pipe they are somebody's data and stay.
fn ascii(text: &str, terminal: bool) -> String {
    let mut spelled = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            // `+` would say that something is added. The second letter takes a blank where a column
            // has one to give.
            '✓' => {
                spelled.push_str("ok");
                if letters.as_str().starts_with("  ") {
                    letters.next();
                }
            }
            '✗' => spelled.push('x'),
            '…' => spelled.push_str("..."),
            '→' => spelled.push_str("->"),
            '↑' => spelled.push('^'),
            '·' => spelled.push('.'),
            '•' | '●' => spelled.push('*'),
            '○' => spelled.push('o'),
            '−' => spelled.push('-'),
            '«' | '»' => spelled.push('"'),
            _ if terminal && !letter.is_ascii() => spelled.push('?'),
            _ => spelled.push(letter),
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_have_ascii_forms_and_data_is_kept_from_terminals_only() {
        let text = "✓ «jürgen@dkm» … ✗ → ·";
        assert_eq!(ascii(text, false), "ok \"jürgen@dkm\" ... x -> .");
        assert_eq!(ascii(text, true), "ok \"j?rgen@dkm\" ... x -> .");
        assert_eq!(ascii("✓  12\n○  13", true), "ok 12\no  13");
    }

    #[test]
    fn a_locale_is_unicode_when_it_says_so() {
        for (locale, wanted) in [
            ("id_ID.UTF-8", true),
            ("C.utf8", true),
            ("C", false),
            ("", false),
        ] {
            assert_eq!(is_unicode(locale), wanted, "{locale}");
        }
    }

    #[test]
    fn lines_stay_lines_and_nothing_in_them_drives_a_terminal() {
        assert_eq!(clean("one\x1b[2J\ntwo\u{202e}\n"), "one^[[2J\ntwo<202e>\n");
    }
}
