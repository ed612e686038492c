//! What lies over a tab for a while: help, palette, the screen's own log.
//!
//! The runs are not among them: they have keys and work of their own and are a [`super::tab::Tab`].

use std::cmp::Reverse;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::keys::{Action, Binding, Key, Move};
use super::tasks::Place;
use super::theme::{Focus, Theme, Tone};
use super::widget::lines::Reading;
use super::widget::list::List;
use super::widget::page::Page;
use super::widget::paint;
use super::widget::pane::Pane;
use super::widget::prompt::Prompt;
use super::widget::table::{Column, Field, Table};
use crate::text;

#[derive(Debug)]
pub enum Overlay {
    Help(Help),
    Palette(Palette),
    Log(Reading),
}

/// One action that can be found, and the place that does it.
#[derive(Clone, Debug)]
pub struct Entry<A> {
    /// Who does it; `None`: the frame.
    pub place: Option<Place>,
    /// The name of the place, for people.
    pub heading: String,
    pub binding: Binding<A>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<A> {
    Stay,
    /// It stays, and the key means nothing in it.
    Unbound,
    Close,
    /// It closes, and this is done.
    Do(Option<Place>, Action<A>),
    /// It stays, and this is why nothing is done.
    Refuse(String),
}

/// The step a key means where letters are for typing.
pub fn step(key: Key) -> Option<Move> {
    use crossterm::event::KeyCode;
    match key.code {
        KeyCode::Up => Some(Move::Up),
        KeyCode::Down => Some(Move::Down),
        KeyCode::PageUp => Some(Move::PageUp),
        KeyCode::PageDown => Some(Move::PageDown),
        _ => None,
    }
}

/// The rectangle of an overlay: most of a small screen, a comfortable part of a large one.
pub fn area(screen: Rect) -> Rect {
    let body = paint::centred(
        screen,
        screen.width.saturating_sub(4).min(120),
        screen.height.saturating_sub(2),
    );
    paint::centred(body, body.width, 40)
}

const KEYS: usize = 14;

/// All keys of the current place and of the frame, searchable, with the reasons of those that do
/// nothing now.
#[derive(Debug, Default)]
pub struct Help {
    pub prompt: Prompt,
    page: Page,
}

impl Help {
    pub fn take<A>(&mut self, key: Key) -> Outcome<A> {
        if key == Key::ESC || (key == Key::char('?') && self.prompt.value().is_empty()) {
            return Outcome::Close;
        }
        match step(key) {
            Some(step) => self.page.go(step),
            None if self.prompt.take(key) => {}
            None => return Outcome::Unbound,
        }
        Outcome::Stay
    }

    pub fn go(&mut self, step: Move) {
        self.page.go(step);
    }

    pub fn draw<A>(&self, buffer: &mut Buffer, area: Rect, entries: &[Entry<A>], theme: &Theme) {
        paint::blank(buffer, area);
        let inside = Pane::new("Keys", Focus::Here)
            .remark("type to search · Esc close")
            .draw(buffer, area, theme);
        let inside = paint::after(inside, 1);
        self.prompt.draw(buffer, inside, "/ ", theme);
        let below = Rect {
            y: (inside.y + 1).min(inside.bottom()),
            height: inside.height.saturating_sub(1),
            ..inside
        };
        let rows = self.rows(entries, below.width.saturating_sub(1));
        self.page.draw(buffer, below, &rows, theme);
    }

    fn rows<A>(&self, entries: &[Entry<A>], width: u16) -> Vec<(String, Tone)> {
        let wanted = self.prompt.value().to_lowercase();
        let mut rows = Vec::new();
        let mut heading = "";
        for entry in entries {
            let binding = &entry.binding;
            let keys = binding.key_names();
            let said = format!("{keys} {} {}", binding.label, binding.description).to_lowercase();
            if !said.contains(&wanted) {
                continue;
            }
            if heading != entry.heading {
                heading = &entry.heading;
                rows.push((heading.to_owned(), Tone::Title));
            }
            let (words, tone) = match &binding.why_not {
                Some(reason) => (
                    format!("{} Not now: {reason}", binding.description),
                    Tone::Dim,
                ),
                None => (binding.description.clone(), Tone::Plain),
            };
            let room = width.saturating_sub(u16::try_from(KEYS).unwrap_or(0) + 2);
            for (index, line) in paint::wrap(&words, room).into_iter().enumerate() {
                let left = if index == 0 { keys.as_str() } else { "" };
                rows.push((format!("  {left:<KEYS$}{line}"), tone));
            }
        }
        if rows.is_empty() {
            rows.push(("No key is called that".to_owned(), Tone::Dim));
        }
        rows
    }
}

/// Every action of every place, found by a few letters of its name, description or key.
#[derive(Debug, Default)]
pub struct Palette {
    prompt: Prompt,
    list: List,
}

impl Palette {
    pub fn take<A: Copy>(&mut self, key: Key, entries: &[Entry<A>]) -> Outcome<A> {
        if key == Key::ESC {
            return Outcome::Close;
        }
        let hits = self.hits(entries);
        if key == Key::ENTER {
            let chosen = hits.get(self.list.selected()).map(|&index| &entries[index]);
            return match chosen {
                None => Outcome::Stay,
                Some(entry) => match &entry.binding.why_not {
                    Some(reason) => Outcome::Refuse(format!("{}: {reason}", name(&entry.binding))),
                    None => Outcome::Do(entry.place, entry.binding.action),
                },
            };
        }
        match step(key) {
            Some(step) => self.list.go(step, hits.len()),
            None if self.prompt.take(key) => self.list.select(0, 1),
            None => return Outcome::Unbound,
        }
        Outcome::Stay
    }

    pub fn paste(&mut self, words: &str) {
        self.prompt.paste(words);
        self.list.select(0, 1);
    }

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

/// How well the letters of `query` are found in `text`, in their order; `None` if they are not.
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
