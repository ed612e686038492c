//! Text that drives terminals, and the way into every text of an answer.
//!
//! The kit is public: databases, scripts and files hold text from outside too. What becomes of it
//! is for [`crate::text`] to show; nothing is scrubbed here.

use serde_json::Value;

/// Clearing, moving, colours, titles, links, the clipboard, DCS, questions to the terminal, C1,
/// bell and backspace, carriage return, bidi and invisible characters, 50 combining marks.
pub const KIT: [&str; 13] = [
    "\x1b[2J\x1b[H",
    "\x1b[10;10H\x1b[31m",
    "\x1b]0;title\x07",
    "\x1b]2;title\x1b\\",
    "\x1b]8;;http://attack.example\x07link\x1b]8;;\x07",
    "\x1b]52;c;c2VyYW5nYW4=\x07",
    "\x1bPq#0;2;0;0;0\x1b\\",
    "\x1b[6n\x1b[c",
    "\u{9b}2J\u{9d}0;title\u{9c}\u{85}",
    "\x07\x08\x08\x08\x7f\0\x0b\x0c",
    "\rover\r\nline\ttab\u{2028}",
    "\u{202e}kilab\u{2066}\u{2069}\u{200f}\u{200b}\u{feff}",
    MARKS,
];

/// A letter under 50 combining marks.
const MARKS: &str = "a\
     \u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\
     \u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\
     \u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\
     \u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\
     \u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}";

pub const LONG_LINE: usize = 1_000_000;

/// Adds hostile text to every text in `value`: to the first the whole kit and the long line, to
/// the others a piece each. Tokens, statuses and numbers written as text are left alone: behind
/// those nothing else would be seen.
pub(super) fn attack(value: &mut Value) {
    let mut count = 0;
    attack_from(value, &mut count);
}

fn attack_from(value: &mut Value, count: &mut usize) {
    match value {
        Value::String(text) if text.parse::<f64>().is_err() => {
            if *count == 0 {
                text.push_str(&KIT.concat());
                text.push_str(&"x".repeat(LONG_LINE));
            } else {
                text.push_str(KIT[*count % KIT.len()]);
            }
            *count += 1;
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| attack_from(value, count)),
        Value::Object(fields) => fields
            .iter_mut()
            .filter(|(key, _)| !key.ends_with("token") && *key != "status")
            .for_each(|(_, value)| attack_from(value, count)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_text_but_tokens_statuses_and_numbers_is_attacked() {
        let mut value = json!({
            "status": "success", "access_token": "abc", "total": "36",
            "object": [{ "id": 1, "name": "Sari", "email": "x@dkm" }],
        });
        attack(&mut value);
        assert_eq!(
            [&value["status"], &value["access_token"], &value["total"]],
            ["success", "abc", "36"]
        );
        let name = value["object"][0]["name"].as_str().unwrap();
        assert!(name.len() > LONG_LINE && name.contains("\x1b]52;c;"));
        assert_eq!(value["object"][0]["email"], format!("x@dkm{}", KIT[1]));
    }

    #[test]
    fn the_kit_stacks_fifty_marks() {
        assert_eq!(MARKS.chars().filter(|mark| *mark == '\u{301}').count(), 50);
    }
}
