//! From what the terminal reports to what the person pressed.
//!
//! Over SSH an arrow key may arrive in pieces: Esc, then `[`, then `A`. A lone Esc is therefore
//! held for a moment and put together with what follows. A pure state machine: the time comes from
//! outside, and nothing here knows what a key is good for.
//!
//! ```text
//!   Idle ─Esc─▶ Esc ─[ or O─▶ Sequence ─final─▶ one key      (200~: a paste, until it is quiet)
//!                └─anything else, or time─▶ Esc, then that key
//! ```

mod sequence;

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::keys::Key;

/// How long a lone Esc is held.
pub const HOLD: Duration = Duration::from_millis(40);
/// How long it is held over SSH, where the pieces of a key lie further apart.
pub const HOLD_REMOTE: Duration = Duration::from_millis(100);
/// The longest sequence a key can be, in characters after the introducer.
const LONGEST_SEQUENCE: usize = 16;
/// The most that is kept of one paste, in bytes.
const LONGEST_PASTE: usize = 64 * 1024;

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    /// A key.
    Key(Key),
    /// Text that was pasted; it goes into an input or nowhere.
    Paste(String),
}

/// Puts split keys together again.
#[derive(Debug)]
pub struct Assembler {
    hold: Duration,
    state: State,
    since: Option<Instant>,
}

#[derive(Debug)]
enum State {
    Idle,
    Esc,
    Sequence { introducer: char, rest: String },
    Paste { text: String },
}

impl Assembler {
    /// An assembler that holds a lone Esc this long.
    pub fn new(hold: Duration) -> Self {
        Self {
            hold,
            state: State::Idle,
            since: None,
        }
    }

    /// When [`Assembler::wait_over`] must be called, unless another key comes first.
    pub fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + self.hold)
    }

    /// Takes a key event; returns what is certain now. A release of a key is nothing.
    pub fn feed(&mut self, event: KeyEvent, now: Instant) -> Vec<Press> {
        if event.kind == KeyEventKind::Release {
            return Vec::new();
        }
        let mut presses = Vec::new();
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            presses = self.wait_over();
        }
        let key = Key::from(event);
        // Esc and a key in one read are reported as Alt; there are no Alt bindings.
        if key.modifiers.contains(KeyModifiers::ALT) {
            presses.extend(self.step(Key::ESC, now));
            presses.extend(self.wait_over());
            let mut bare = key;
            bare.modifiers.remove(KeyModifiers::ALT);
            presses.push(Press::Key(bare));
            return presses;
        }
        presses.extend(self.step(key, now));
        presses
    }

    /// Gives up waiting: what was held is what it looked like.
    pub fn wait_over(&mut self) -> Vec<Press> {
        self.since = None;
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => Vec::new(),
            State::Esc => vec![Press::Key(Key::ESC)],
            State::Sequence { introducer, rest } => loose(introducer, &rest),
            State::Paste { text } => vec![Press::Paste(text)],
        }
    }

    fn step(&mut self, key: Key, now: Instant) -> Vec<Press> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle if key == Key::ESC => self.wait(State::Esc, now),
            State::Idle => vec![Press::Key(key)],
            State::Esc => self.after_esc(key, now),
            State::Sequence { introducer, rest } => self.in_sequence(introducer, rest, key, now),
            State::Paste { text } => self.in_paste(text, key, now),
        }
    }

    fn wait(&mut self, state: State, now: Instant) -> Vec<Press> {
        self.state = state;
        self.since = Some(now);
        Vec::new()
    }

    fn after_esc(&mut self, key: Key, now: Instant) -> Vec<Press> {
        match plain(key) {
            Some(introducer @ ('[' | 'O')) => {
                let rest = String::new();
                self.wait(State::Sequence { introducer, rest }, now)
            }
            _ => self.then(vec![Press::Key(Key::ESC)], key, now),
        }
    }

    /// Says `presses`, then looks at `key` as if nothing had come before it.
    fn then(&mut self, mut presses: Vec<Press>, key: Key, now: Instant) -> Vec<Press> {
        self.since = None;
        presses.extend(self.step(key, now));
        presses
    }

    fn in_sequence(
        &mut self,
        introducer: char,
        mut rest: String,
        key: Key,
        now: Instant,
    ) -> Vec<Press> {
        match plain(key) {
            Some(parameter @ ('0'..='9' | ';' | '<')) if rest.len() < LONGEST_SEQUENCE => {
                rest.push(parameter);
                self.wait(State::Sequence { introducer, rest }, now)
            }
            Some('~') if rest == "200" => {
                let text = String::new();
                self.wait(State::Paste { text }, now)
            }
            // A mouse report in pieces is nobody's key.
            Some('M' | 'm') if rest.starts_with('<') => {
                self.since = None;
                Vec::new()
            }
            Some(last) => match sequence::whole(&rest, last) {
                Some(key) => {
                    self.since = None;
                    vec![Press::Key(key)]
                }
                None => self.then(loose(introducer, &rest), key, now),
            },
            None => self.then(loose(introducer, &rest), key, now),
        }
    }

    /// The end of a paste in pieces is lost on the way (crossterm drops `201~`), so a paste ends
    /// when it is quiet. Until then no letter of it may count as a key.
    fn in_paste(&mut self, mut text: String, key: Key, now: Instant) -> Vec<Press> {
        if text.len() < LONGEST_PASTE {
            match key.code {
                KeyCode::Char(character) => text.push(character),
                KeyCode::Enter => text.push('\n'),
                KeyCode::Tab => text.push('\t'),
                _ => {}
            }
        }
        match text.strip_suffix("[201~") {
            Some(pasted) => {
                self.since = None;
                vec![Press::Paste(pasted.to_owned())]
            }
            None => self.wait(State::Paste { text }, now),
        }
    }
}

/// The character of a key nothing was held down with.
fn plain(key: Key) -> Option<char> {
    match key.code {
        KeyCode::Char(character) if key.modifiers.is_empty() => Some(character),
        _ => None,
    }
}

/// The keys a sequence would be if it were none.
fn loose(introducer: char, rest: &str) -> Vec<Press> {
    let letters = std::iter::once(introducer).chain(rest.chars());
    std::iter::once(Key::ESC)
        .chain(letters.map(Key::char))
        .map(Press::Key)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of `pieces`, 10 ms apart, once all is quiet.
    fn typed(pieces: &[&str]) -> Vec<String> {
        let mut assembler = Assembler::new(HOLD);
        let mut now = Instant::now();
        let mut presses = Vec::new();
        for piece in pieces {
            let key: Key = piece.parse().unwrap();
            presses.extend(assembler.feed(key.into(), now));
            now += Duration::from_millis(10);
        }
        presses.extend(assembler.wait_over());
        let name = |press: Press| match press {
            Press::Key(key) => key.to_string(),
            Press::Paste(text) => format!("paste:{text}"),
        };
        presses.into_iter().map(name).collect()
    }

    #[test]
    fn split_keys_are_put_together_and_everything_else_is_left_alone() {
        let table: [(&[&str], &[&str]); 16] = [
            (&["Esc", "[", "A"], &["Up"]),
            (&["Esc", "O", "B"], &["Down"]),
            (&["Esc", "[", "H"], &["Home"]),
            (&["Esc", "[", "5", "~"], &["PgUp"]),
            (&["Esc", "[", "3", "~", "x"], &["Delete", "x"]),
            (&["Esc", "[", "1", ";", "5", "C"], &["Ctrl-Right"]),
            (&["Esc", "[", "Z"], &["Shift-Tab"]),
            (&["Esc"], &["Esc"]),
            (&["Esc", "Esc"], &["Esc", "Esc"]),
            (&["Esc", "q"], &["Esc", "q"]),
            (&["Esc", "["], &["Esc", "["]),
            (&["Esc", "[", "x"], &["Esc", "[", "x"]),
            (&["Esc", "Esc", "[", "A"], &["Esc", "Up"]),
            (&["Esc", "[", "Enter"], &["Esc", "[", "Enter"]),
            (
                &["Esc", "[", "<", "0", ";", "1", ";", "2", "M", "a"],
                &["a"],
            ),
            (&["a", "[", "A"], &["a", "[", "A"]),
        ];
        for (pieces, expected) in table {
            assert_eq!(typed(pieces), expected, "{pieces:?}");
        }
    }

    #[test]
    fn a_paste_in_pieces_never_becomes_keys() {
        let pieces = ["Esc", "[", "2", "0", "0", "~", "q", "Enter", "y"];
        assert_eq!(typed(&pieces), ["paste:q\ny"]);
        let ended = [
            "Esc", "[", "2", "0", "0", "~", "q", "Esc", "[", "2", "0", "1", "~", "j",
        ];
        assert_eq!(typed(&ended), ["paste:q", "j"]);
    }

    #[test]
    fn a_held_esc_is_let_go_when_its_time_is_over() {
        let mut assembler = Assembler::new(HOLD);
        let start = Instant::now();
        assert!(assembler.feed(Key::ESC.into(), start).is_empty());
        assert_eq!(assembler.deadline(), Some(start + HOLD));
        let late = assembler.feed(Key::char('[').into(), start + HOLD);
        let expected = [Press::Key(Key::ESC), Press::Key(Key::char('['))];
        assert_eq!(late, expected);
    }

    #[test]
    fn alt_is_esc_and_the_key_and_a_release_is_nothing() {
        let mut assembler = Assembler::new(HOLD);
        let alt = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::ALT);
        let expected = [Press::Key(Key::ESC), Press::Key(Key::char('x'))];
        assert_eq!(assembler.feed(alt, Instant::now()), expected);
        let mut release = KeyEvent::from(Key::char('x'));
        release.kind = KeyEventKind::Release;
        assert!(assembler.feed(release, Instant::now()).is_empty());
    }
}
