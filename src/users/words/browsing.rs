//! Texts about looking through the users.

use crate::text::excerpt;

pub fn hint_day() -> String {
    "today, week, 2026-11-08, or 2026-11-01..2026-11-08".to_owned()
}

pub fn no_day(text: &str) -> String {
    format!("«{}» is no day", excerpt(text, 40))
}

pub fn backwards(range: &str) -> String {
    format!("«{}» ends before it begins", excerpt(range, 40))
}
