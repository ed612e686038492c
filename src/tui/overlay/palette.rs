//! Every action of every place, found by a few letters of its name, description or key.

use std::cmp::Reverse;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Entry, Heard, step};
use crate::text;
use crate::tui::keys::{Binding, Key};
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::list::List;
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::prompt::Prompt;
use crate::tui::widget::table::{Column, Field, Table};

/// The search for an action.
#[derive(Debug, Default)]
pub struct Palette {
    prompt: Prompt,
    list: List,
}

impl Palette {
    /// Takes a key.
    pub fn take<A: Copy>(&mut self, key: Key, entries: &[Entry<A>]) -> Heard<A> {
        if key == Key::ESC {
            return Heard::Close;
        }
        let hits = self.hits(entries);
        if key == Key::ENTER {
            let chosen = hits.get(self.list.selected()).map(|&index| &entries[index]);
            return match chosen {
                None => Heard::Stay,
                Some(entry) => match &entry.binding.why_not {
                    Some(reason) => Heard::Refuse(format!("{}: {reason}", name(&entry.binding))),
                    None => Heard::Do(entry.place, entry.binding.action),
                },
            };
        }
        match step(key) {
            Some(step) => self.list.go(step, hits.len()),
            None if self.prompt.take(key) => self.list.select(0, 1),
            None => return Heard::Nothing,
        }
        Heard::Stay
    }

    /// Takes pasted text.
    pub fn paste(&mut self, words: &str) {
        self.prompt.paste(words);
        self.list.select(0, 1);
    }

    /// Draws the actions that fit, best first.
    pub fn draw<A>(&self, buffer: &mut Buffer, area: Rect, entries: &[Entry<A>], theme: &Theme) {
        paint::blank(buffer, area);
        let hits = self.hits(entries);
        let found = text::plural(u64::try_from(hits.len()).unwrap_or(0), "action");
        let inside = Pane::new("Find an action", Focus::Here)
            .remark(&found)
            .draw(buffer, area, theme);
        let inside = paint::after(inside, 1);
        self.prompt.draw(buffer, inside, ": ", theme);
        let columns = [
            Column::new("Action", 18, 26, 9),
            Column::new("Where", 10, 14, 3),
            Column::new("Key", 6, 12, 5),
            Column::new("What it does", 20, 200, 7),
        ];
        let row = |number: usize| {
            let entry = &entries[hits[number]];
            let binding = &entry.binding;
            let (words, tone) = match &binding.why_not {
                Some(reason) => (format!("not now: {reason}"), Tone::Dim),
                None => (binding.description.clone(), Tone::Plain),
            };
            vec![
                Field::toned(&name(binding), tone),
                Field::toned(&entry.heading, Tone::Dim),
                Field::toned(&binding.key_names(), Tone::Accent),
                Field::toned(&words, tone),
            ]
        };
        let below = Rect {
            y: (inside.y + 1).min(inside.bottom()),
            height: inside.height.saturating_sub(1),
            ..inside
        };
        let table = Table {
            columns: &columns,
            length: hits.len(),
            row: &row,
            list: &self.list,
            focus: Focus::Here,
            sorted: None,
            empty: "No action is called that; Esc closes",
        };
        table.draw(buffer, below, theme);
    }

    fn hits<A>(&self, entries: &[Entry<A>]) -> Vec<usize> {
        let query = lowered(self.prompt.value().trim());
        if query.is_empty() {
            return (0..entries.len()).collect();
        }
        let score = |(index, entry)| Some((score(&query, &lowered(&haystack(entry)))?, index));
        let mut hits: Vec<_> = entries.iter().enumerate().filter_map(score).collect();
        hits.sort_by_key(|&(score, index)| (Reverse(score), index));
        hits.into_iter().map(|(_, index)| index).collect()
    }
}

/// How well the letters of `query` are found in `text` in their order; `None` if they are not.
///
/// The best place to begin at counts, and of equal ones the first: names come before descriptions.
fn score(query: &[char], text: &[char]) -> Option<(usize, Reverse<usize>)> {
    let begin = |start: usize| {
        let (mut total, mut at) = (0, start);
        for wanted in query {
            let gap = text[at..].iter().position(|letter| letter == wanted)?;
            let begins_word = at + gap == 0 || !text[at + gap - 1].is_alphanumeric();
            total += if gap == 0 && at > start { 4 } else { 0 };
            total += if begins_word { 3 } else { 0 };
            at += gap + 1;
        }
        Some((total, Reverse(start)))
    };
    (0..text.len()).filter_map(begin).max()
}

fn lowered(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn haystack<A>(entry: &Entry<A>) -> String {
    let binding = &entry.binding;
    let keys = binding.key_names();
    format!(
        "{} {} {} {keys}",
        binding.label, binding.description, entry.heading
    )
}

/// The name of an action: its label, or what it does.
fn name<A>(binding: &Binding<A>) -> String {
    if binding.label.is_empty() {
        binding.description.trim_end_matches('.').to_owned()
    } else {
        binding.label.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts in which `query` is found, best first.
    fn found<'a>(query: &str, texts: &[&'a str]) -> Vec<&'a str> {
        let query = lowered(query);
        let score = |text: &&'a str| Some((score(&query, &lowered(text))?, *text));
        let mut hits: Vec<_> = texts.iter().filter_map(score).collect();
        hits.sort_by_key(|&(score, _)| Reverse(score));
        hits.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn letters_are_found_in_their_order_in_any_case() {
        assert_eq!(found("CPY", &["copy", "pyc"]), ["copy"]);
        assert_eq!(found("\u{e9}", &["\u{c9}TAT", "etat"]), ["\u{c9}TAT"]);
        assert!(found("xx", &["x", ""]).is_empty());
    }

    #[test]
    fn whole_words_come_first_then_what_begins_a_word() {
        let texts = [
            "Sees any new case",
            "resync",
            "Reads; then sync",
            "sync Dev",
        ];
        let wanted = [
            "sync Dev",
            "Reads; then sync",
            "resync",
            "Sees any new case",
        ];
        assert_eq!(found("sync", &texts), wanted);
        let texts = ["useful", "find a user", "full"];
        assert_eq!(found("fu", &texts), ["full", "find a user", "useful"]);
    }
}
