//! The border: text from outside is scrubbed once, when it becomes text for people.
//!
//! A remote, a database or a script may put anything into a string. Whatever goes into an event,
//! a label, an error, a log or a table cell passes [`scrub`] first; values that continue to a
//! database or a remote stay as they came. Nothing is hidden that could matter: a control
//! character becomes visible (`^[`, `<9b>`), as `less` shows it.

pub mod mask;
pub mod output;
pub mod table;

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr};
use uuid::Uuid;

/// The longest text for people, in characters; what is longer ends in `…`.
pub const LONGEST: usize = 1_000;
/// How many combining marks may stand on one character.
const MARKS: usize = 3;

/// One harmless line of at most [`LONGEST`] characters.
pub fn scrub(text: &str) -> String {
    excerpt(text, LONGEST)
}

/// One harmless line of at most `limit` characters.
pub fn excerpt(text: &str, limit: usize) -> String {
    let mut line = String::with_capacity(text.len().min(limit));
    let mut length = 0;
    let mut marks = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if length >= limit {
            line.push('…');
            break;
        }
        if is_mark(character) {
            marks += 1;
            if marks > MARKS {
                continue;
            }
        } else {
            marks = 0;
        }
        let before = line.len();
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => line.push(' '),
            '\t' => line.push_str("    "),
            '\0'..='\x1f' | '\x7f' => {
                line.push('^');
                line.push(char::from(character as u8 ^ 0x40));
            }
            // Joiners, variation selectors and skin tones: terminals disagree on the width of what
            // they make, so the parts are shown side by side.
            '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' => {}
            _ if is_invisible(character) => {
                let _ = write!(line, "<{:x}>", u32::from(character));
            }
            _ => line.push(character),
        }
        length += line[before..].chars().count();
    }
    line
}

/// Whether `character` moves the terminal or the eye without being seen.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether `character` is drawn onto the one before it: it has no width, whatever its block.
fn is_mark(character: char) -> bool {
    character.width() == Some(0) && !is_invisible(character)
}

/// JSON in which nothing drives a terminal: C1 controls, DEL and bidi controls are spelled as
/// `\uXXXX`, which every reader takes for the same characters. C0 controls are spelled so already.
pub fn json_escaped(json: &str) -> Cow<'_, str> {
    let hostile = |character: char| {
        matches!(character,
            '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}')
    };
    if !json.contains(hostile) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if hostile(character) {
            // Outside of texts JSON is ASCII.
            let _ = write!(escaped, "\\u{:04x}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// The width of `text` on a terminal, in cells.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` in at most `cells` cells, whole characters only; what is cut ends in `…`.
pub fn fit(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let next = used + width(grapheme);
        if next + 1 > cells {
            break;
        }
        kept.push_str(grapheme);
        used = next;
    }
    if cells > 0 {
        kept.push('…');
    }
    kept
}

/// `text` in at most `cells` cells, cut in its middle: names that begin alike often end differently.
pub fn fit_middle(text: &str, cells: usize) -> String {
    // Below that nobody could read either end.
    if width(text) <= cells || cells < 5 {
        return fit(text, cells);
    }
    let head = (cells - 1) / 2;
    let tail = cells - 1 - head;
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        if used + width(grapheme) > head {
            break;
        }
        used += width(grapheme);
        kept.push_str(grapheme);
    }
    let mut from = text.len();
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        if used + width(grapheme) > tail {
            break;
        }
        used += width(grapheme);
        from = at;
    }
    format!("{}…{}", kept.trim_end(), text[from..].trim_start())
}

/// A number with its thousands grouped: `1 940`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 user`, `2 users`.
pub fn plural(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// The last six digits of an id, as runs and plans are listed.
pub fn short_id(id: Uuid) -> String {
    let mut digits = id.simple().to_string();
    digits.split_off(digits.len().saturating_sub(6))
}

/// A sentence and what to do about it, in one line. Some sentences are whole ones, with a full stop.
pub fn with_hint(sentence: &str, hint: Option<&str>) -> String {
    match hint {
        Some(hint) if sentence.ends_with('.') => format!("{sentence} {hint}"),
        Some(hint) => format!("{sentence}; {hint}"),
        None => sentence.to_owned(),
    }
}

/// How long ago `then` was: `just now`, `5 min ago`, `2 h ago`, `3 d ago`; `in …` for the future.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    let (value, unit) = match seconds.unsigned_abs() {
        0..60 => return "just now".to_owned(),
        passed @ 60..3_600 => (passed / 60, "min"),
        passed @ 3_600..172_800 => (passed / 3_600, "h"),
        passed => (passed / 86_400, "d"),
    };
    if seconds < 0 {
        format!("in {value} {unit}")
    } else {
        format!("{value} {unit} ago")
    }
}

/// A date and time in the local zone: `2026-11-08 14:03`.
pub fn local_time(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// A length of time: `0.4 s`, `12 s`, `02:13`, `1:04:09`.
pub fn duration(length: impl TryInto<SignedDuration>) -> String {
    let length = length.try_into().unwrap_or(SignedDuration::MAX);
    let seconds = length.as_secs().unsigned_abs();
    match seconds {
        0..10 => format!("{:.1} s", length.as_secs_f64().abs()),
        10..60 => format!("{seconds} s"),
        _ => clock(length),
    }
}

/// A length of time as a clock shows it while it passes: `00:04`, `02:13`, `1:04:09`.
pub fn clock(length: SignedDuration) -> String {
    let seconds = length.as_secs().unsigned_abs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A length of time that is only estimated, as a round figure and its unit: `90` `s`, `19` `min`,
/// `1:42` `h`.
pub fn round_duration(length: SignedDuration) -> (String, &'static str) {
    let minutes = (length.as_secs() + 30) / 60;
    match length.as_secs() {
        seconds @ ..100 => (seconds.to_string(), "s"),
        ..6_000 => (minutes.to_string(), "min"),
        _ => (format!("{}:{:02}", minutes / 60, minutes % 60), "h"),
    }
}

/// A clause as the beginning of a sentence.
pub fn capital(clause: &str) -> String {
    let mut letters = clause.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// As [`duration`], for reports, which count milliseconds.
pub fn milliseconds(length: u64) -> String {
    duration(std::time::Duration::from_millis(length))
}

/// Whole seconds that are left of something: `8 s`, `02:13`.
pub fn seconds(left: u64) -> String {
    if left < 60 {
        return format!("{left} s");
    }
    duration(std::time::Duration::from_secs(left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn control_characters_become_visible() {
        let table = [
            ("\x1b[2J", "^[[2J"),
            ("\x1b]52;c;aGk=\x07", "^[]52;c;aGk=^G"),
            ("a\u{9b}31mb", "a<9b>31mb"),
            ("a\u{202e}b", "a<202e>b"),
            ("a\tb", "a    b"),
            ("one\r\ntwo\nthree\rfour", "one two three four"),
            ("\x7f\0\x08", "^?^@^H"),
            ("warn ⚠\u{fe0f} 👩\u{200d}💻", "warn ⚠ 👩💻"),
        ];
        for (from, to) in table {
            assert_eq!(scrub(from), to);
        }
    }

    #[test]
    fn stacked_marks_and_long_lines_are_cut() {
        let stacked = format!("a{}b", "\u{301}".repeat(50));
        assert_eq!(scrub(&stacked), format!("a{}b", "\u{301}".repeat(MARKS)));
        let long = scrub(&"x".repeat(1_000_000));
        assert_eq!(
            (long.chars().count(), long.ends_with('…')),
            (LONGEST + 1, true)
        );
    }

    #[test]
    fn marks_of_every_script_are_cut() {
        // Of Indic, Thai, Javanese, musical and other blocks: none of them has a width.
        for mark in [
            '\u{94d}',
            '\u{eb4}',
            '\u{a9b6}',
            '\u{1d167}',
            '\u{1e8d0}',
            '\u{10a3f}',
        ] {
            let stacked = format!("a{}b", mark.to_string().repeat(50));
            assert_eq!(scrub(&stacked).chars().count(), MARKS + 2, "{mark:?}");
        }
    }

    #[test]
    fn escaped_json_is_the_same_value_and_drives_nothing() {
        let hostile = "a\u{9b}31m\u{7f}\u{202e}b\u{2066}\u{200f}\u{61c} \\ \" \u{1b}[2J é 日";
        let json = serde_json::to_string(hostile).unwrap();
        let escaped = json_escaped(&json);
        assert!(
            escaped
                .chars()
                .all(|letter| !letter.is_control() && !is_invisible(letter))
        );
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), hostile);
        assert_eq!(json_escaped(r#"{"a":"é"}"#), r#"{"a":"é"}"#);
    }

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(count(1_940), "1 940");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000_000), "1 000 000");
        assert_eq!(plural(1, "user"), "1 user");
        assert_eq!(milliseconds(420), "0.4 s");
        assert_eq!(duration(SignedDuration::from_secs(133)), "02:13");
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(100);
        assert_eq!(age(now - SignedDuration::from_hours(2), now), "2 h ago");
        assert_eq!(age(now - SignedDuration::from_hours(72), now), "3 d ago");
    }

    #[test]
    fn cutting_never_splits_a_wide_character() {
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("日本語", 6), "日本語");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(fit_middle("日本語日本語", 6), "日…語");
    }

    #[test]
    fn names_that_begin_alike_stay_different_when_cut() {
        let name = |place| format!("Dinas Pendidikan Kabupaten {place}");
        assert_eq!(fit_middle(&name("Sleman"), 14), "Dinas…Sleman");
        assert_eq!(
            fit_middle(&name("Bantul"), 15),
            "Dinas P… Bantul".replace("… ", "…")
        );
        assert_eq!(fit_middle("Sleman", 6), "Sleman");
        assert_eq!(fit_middle("Sleman", 4), "Sle…");
    }

    proptest! {
        #[test]
        fn what_is_cut_in_its_middle_fits(text in "[a-z 日é]{0,40}", cells in 0usize..30) {
            prop_assert!(width(&fit_middle(&text, cells)) <= cells);
        }

        #[test]
        fn nothing_that_moves_a_terminal_survives(text in "\\PC{0,40}|[\\x00-\\x9f]{0,40}") {
            let line = scrub(&text);
            prop_assert!(line.chars().all(|character| !character.is_control()));
            prop_assert!(scrub(&line) == line || line.ends_with('…'));
        }
    }
}
