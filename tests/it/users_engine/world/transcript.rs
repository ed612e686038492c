//! What a scenario wrote down, without what differs from one database or minute to the next.

use serde::Serialize;
use serde_json::Value;

/// Plans, reports and rows, in their order.
#[derive(Debug, Default)]
pub struct Transcript(Vec<Value>);

/// Keys whose values are never the same twice.
const FLEETING: [&str; 6] = ["id", "hash", "database", "took_ms", "undoes", "ids"];

impl Transcript {
    /// Writes something down.
    pub fn note(&mut self, what: impl Serialize) {
        let mut value = serde_json::to_value(what).unwrap();
        mask(&mut value);
        self.0.push(value);
    }

    /// All of it.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(&self.0).unwrap()
    }
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                match key.as_str() {
                    key if FLEETING.contains(&key) => *field = Value::Null,
                    _ => mask(field),
                }
            }
        }
        Value::Array(items) => {
            // The command for a backup is the database's own; an embedded one knows no first sync.
            items.retain(|item| !item.as_str().is_some_and(|text| text.contains("backup")));
            items.iter_mut().for_each(mask);
        }
        Value::String(text) => *text = timeless(text),
        _ => {}
    }
}

/// The text without dates, times, short run ids and addresses.
fn timeless(text: &str) -> String {
    let is_fleeting = |word: &str| {
        let word = word.trim_matches(['(', ')', ';', ',']);
        let has = |letter| word.contains(letter);
        let hex = word.len() == 6 && word.chars().all(|letter| letter.is_ascii_hexdigit());
        let digits = word.starts_with(|letter: char| letter.is_ascii_digit());
        hex || word.starts_with("http://") || (digits && word.len() >= 8 && (has('-') || has(':')))
    };
    let words = text.split(' ');
    let masked = words.map(|word| if is_fleeting(word) { "…" } else { word });
    masked.collect::<Vec<_>>().join(" ")
}
