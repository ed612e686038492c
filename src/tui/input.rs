//! Turns what the terminal reports into what the user pressed.
//!
//! On a slow line an arrow key may arrive in pieces: Esc, then `[`, then `A`. A lone Esc is therefore
//! held for a moment and put together with what follows. Not only over SSH: nothing tells that a
//! container, a serial console or a terminal inside another is local. A pure state machine: the
//! time comes from outside, and nothing here knows what a key is good for.
//!
//! ```text
//!   Idle ─Esc─▶ Esc ─[ or O─▶ Sequence ─final─▶ one key      (200~: a paste, until it is quiet)
//!    ▲           ├─anything else─▶ Esc, then that key               ▲
//!    │           └─time─▶ Esc, and Idle ── [ or O soon after ───────┘
//!    └── the rest of a key that came too late is still that key, and never letters
//! ```

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::keys::Key;

/// How long a lone Esc is held: twice the gap that was seen on slow lines, and what people still
/// take for at once.
pub const HOLD: Duration = Duration::from_millis(100);
/// How long it is held over SSH, where the pieces of a key lie further apart.
pub const HOLD_REMOTE: Duration = Duration::from_millis(150);
/// How long after an Esc was let go the rest of a key is still taken for that: `A`, `C` and `P` are
/// keys of their own.
const LATE: Duration = Duration::from_millis(200);
/// The longest sequence a key can be, in characters after the introducer.
const LONGEST_SEQUENCE: usize = 16;
/// The most that is kept of one paste, in bytes.
const LONGEST_PASTE: usize = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
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
    /// Until when what follows may belong to an Esc that was let go.
    late: Option<Instant>,
}

#[derive(Debug)]
enum State {
    Idle,
    Esc,
    /// With what is said first if it is none: an Esc, unless that was said already.
    Sequence {
        before: Vec<Press>,
        introducer: char,
        rest: String,
    },
    Paste {
        text: String,
    },
}

impl Assembler {
    pub fn new(hold: Duration) -> Self {
        Self {
            hold,
            state: State::Idle,
            since: None,
            late: None,
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
        if let Some(deadline) = self.deadline().filter(|deadline| *deadline <= now) {
            presses = self.wait_over();
            // The loop may look later than it was due.
            self.late = self.late.map(|_| deadline + LATE);
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
        let since = self.since.take();
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => Vec::new(),
            State::Esc => {
                self.late = since.map(|since| since + self.hold + LATE);
                vec![Press::Key(Key::ESC)]
            }
            State::Sequence {
                before,
                introducer,
                rest,
            } => loose(before, introducer, &rest),
            State::Paste { text } => vec![Press::Paste(text)],
        }
    }

    fn step(&mut self, key: Key, now: Instant) -> Vec<Press> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle if key == Key::ESC => self.wait(State::Esc, now),
            State::Idle => match (plain(key), self.late.take()) {
                (Some(introducer @ ('[' | 'O')), Some(late)) if now < late => {
                    self.begin(Vec::new(), introducer, now)
                }
                _ => vec![Press::Key(key)],
            },
            State::Esc => self.after_esc(key, now),
            State::Sequence {
                before,
                introducer,
                rest,
            } => self.in_sequence((before, introducer, rest), key, now),
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
                self.begin(vec![Press::Key(Key::ESC)], introducer, now)
            }
            _ => self.then(vec![Press::Key(Key::ESC)], key, now),
        }
    }

    fn begin(&mut self, before: Vec<Press>, introducer: char, now: Instant) -> Vec<Press> {
        let rest = String::new();
        let sequence = State::Sequence {
            before,
            introducer,
            rest,
        };
        self.wait(sequence, now)
    }

    /// Says `presses`, then looks at `key` as if nothing had come before it.
    fn then(&mut self, mut presses: Vec<Press>, key: Key, now: Instant) -> Vec<Press> {
        self.since = None;
        presses.extend(self.step(key, now));
        presses
    }

    fn in_sequence(
        &mut self,
        (before, introducer, mut rest): (Vec<Press>, char, String),
        key: Key,
        now: Instant,
    ) -> Vec<Press> {
        // The Linux console doubles the bracket of its first five function keys.
        let doubled = introducer == '[' && rest.is_empty();
        match plain(key) {
            Some(parameter)
                if rest.len() < LONGEST_SEQUENCE
                    && (matches!(parameter, '0'..='9' | ';' | '<')
                        || (parameter == '[' && doubled)) =>
            {
                rest.push(parameter);
                let sequence = State::Sequence {
                    before,
                    introducer,
                    rest,
                };
                self.wait(sequence, now)
            }
            Some('~') if rest == "200" => {
                let text = String::new();
                self.wait(State::Paste { text }, now)
            }
            // A mouse report in pieces is not a key.
            Some('M' | 'm') if rest.starts_with('<') => {
                self.since = None;
                Vec::new()
            }
            Some(last) => match whole(&rest, last) {
                Some(key) => {
                    self.since = None;
                    vec![Press::Key(key)]
                }
                None => self.then(loose(before, introducer, &rest), key, now),
            },
            None => self.then(loose(before, introducer, &rest), key, now),
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
fn loose(before: Vec<Press>, introducer: char, rest: &str) -> Vec<Press> {
    let letters = std::iter::once(introducer).chain(rest.chars());
    let letters = letters.map(|letter| Press::Key(Key::char(letter)));
    before.into_iter().chain(letters).collect()
}

/// The key a complete sequence stands for.
fn whole(parameters: &str, last: char) -> Option<Key> {
    if parameters == "[" {
        let number = match last {
            'A' => 1,
            'B' => 2,
            'C' => 3,
            'D' => 4,
            'E' => 5,
            _ => return None,
        };
        return Some(Key::code(KeyCode::F(number)));
    }
    let mut numbers = parameters.split(';').map(|text| text.parse::<u8>().ok());
    let first = numbers.next().flatten();
    let code = match (last, first) {
        ('A', _) => KeyCode::Up,
        ('B', _) => KeyCode::Down,
        ('C', _) => KeyCode::Right,
        ('D', _) => KeyCode::Left,
        ('H', _) | ('~', Some(1 | 7)) => KeyCode::Home,
        ('F', _) | ('~', Some(4 | 8)) => KeyCode::End,
        ('Z', _) => KeyCode::BackTab,
        ('~', Some(2)) => KeyCode::Insert,
        ('~', Some(3)) => KeyCode::Delete,
        ('~', Some(5)) => KeyCode::PageUp,
        ('~', Some(6)) => KeyCode::PageDown,
        ('P', _) => KeyCode::F(1),
        ('Q', _) => KeyCode::F(2),
        ('R', _) => KeyCode::F(3),
        ('S', _) => KeyCode::F(4),
        // The numbers have gaps where older keyboards had other keys.
        ('~', Some(number @ 11..=15)) => KeyCode::F(number - 10),
        ('~', Some(number @ 17..=21)) => KeyCode::F(number - 11),
        ('~', Some(number @ 23..=24)) => KeyCode::F(number - 12),
        _ => return None,
    };
    // xterm counts what is held down from 1: Shift 1, Alt 2, Ctrl 4.
    let held = numbers.next().flatten().unwrap_or(1).saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::CONTROL, held & 4 != 0);
    Some(Key { code, modifiers })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of `pieces`, 10 ms apart, once all is quiet.
    fn typed(pieces: &[&str]) -> Vec<String> {
        typed_slowly(pieces, 10)
    }

    /// What comes out of `pieces`, so many milliseconds apart, once all is quiet.
    fn typed_slowly(pieces: &[&str], gap: u64) -> Vec<String> {
        let mut assembler = Assembler::new(HOLD);
        let mut now = Instant::now();
        let mut presses = Vec::new();
        for piece in pieces {
            let key: Key = piece.parse().unwrap();
            presses.extend(assembler.feed(key.into(), now));
            now += Duration::from_millis(gap);
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
    fn a_key_in_pieces_50_ms_apart_is_that_key_everywhere() {
        for pieces in [
            &["Esc", "[", "A"][..],
            &["Esc", "O", "A"],
            &["Esc", "[", "1", ";", "1", "A"],
        ] {
            assert_eq!(typed_slowly(pieces, 50), ["Up"], "{pieces:?}");
        }
    }

    #[test]
    fn what_comes_too_late_for_its_esc_is_never_letters() {
        for (first, last, key) in [
            ("[", "C", "Right"),
            ("O", "P", "F1"),
            ("O", "C", "Right"),
            ("[", "A", "Up"),
        ] {
            let mut assembler = Assembler::new(HOLD);
            let start = Instant::now();
            let press = |name: &str| KeyEvent::from(name.parse::<Key>().unwrap());
            assembler.feed(press("Esc"), start);
            let let_go = start + HOLD;
            assert_eq!(assembler.wait_over(), [Press::Key(Key::ESC)]);
            let at = |millis| let_go + Duration::from_millis(millis);
            assert!(assembler.feed(press(first), at(150)).is_empty(), "{first}");
            let pressed = assembler.feed(press(last), at(200));
            assert_eq!(pressed, [Press::Key(key.parse().unwrap())]);
            // Long after an Esc, and after any other key, letters are letters.
            let letter = [Press::Key(first.parse().unwrap())];
            assert_eq!(assembler.feed(press(first), at(260)), letter);
            assembler.feed(press("Esc"), at(1_000));
            assembler.wait_over();
            assert_eq!(assembler.feed(press(first), at(2_000)), letter);
        }
    }

    #[test]
    fn function_keys_in_pieces_are_no_letters() {
        let table: [(&[&str], &str); 5] = [
            (&["Esc", "O", "P"], "F1"),
            (&["Esc", "O", "S"], "F4"),
            (&["Esc", "[", "1", "5", "~"], "F5"),
            (&["Esc", "[", "2", "4", "~"], "F12"),
            (&["Esc", "[", "[", "C"], "F3"),
        ];
        for (pieces, expected) in table {
            assert_eq!(typed(pieces), [expected], "{pieces:?}");
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
        assert_eq!(late, [Press::Key(Key::ESC)]);
        let loose = assembler.wait_over();
        assert_eq!(loose, [Press::Key(Key::char('['))], "and nothing is lost");
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
