//! The keys of the viewer, and what is typed into it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Ask;
use super::block::Anchor;
use super::export::Existing;
use super::search::Way;
use super::{NO_FILE, NO_QUERY, Viewer};
use crate::tui::keys::{self, Action, Binding, Key};
use crate::tui::tab::Hint;
use crate::tui::widget::prompt::Prompt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typing {
    Search,
    Line,
    Save,
}

impl Typing {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Search => "/ ",
            Self::Line => "line ",
            Self::Save => "save as ",
        }
    }
}

impl Viewer {
    pub fn keys<A>(&self) -> Vec<Binding<A>> {
        let closed = self.seen.is_none().then_some(NO_FILE);
        let nothing = self.search.query.is_none().then_some(NO_QUERY);
        let row = |action, label: &str, description: &str| {
            Binding::of(action, label, description).unless(closed)
        };
        let follow = if self.follows() { "pause" } else { "follow" };
        let wrap = if self.wraps { "cut lines" } else { "wrap" };
        let mut keys = vec![
            row(
                Action::Filter,
                "search",
                "Searches the whole file; small letters find capital ones.",
            ),
            row(Action::FindNext, "", "Goes to the next hit.").unless(closed.or(nothing)),
            row(Action::FindPrevious, "", "Goes to the hit before.").unless(closed.or(nothing)),
            row(
                Action::Follow,
                follow,
                "Stops following the end, or follows it again.",
            ),
            row(Action::Wrap, wrap, "Breaks long lines, or cuts them."),
            row(
                Action::Export,
                "save",
                "Saves the whole file; asks before it replaces one.",
            ),
            row(
                Action::Pager,
                "pager",
                "Opens the file in $PAGER, or in less; never in one that lets more than colours through.",
            ),
            row(Action::Line, "", "Goes to a line by its number."),
            row(Action::Copy, "", "Copies the lines on the screen."),
        ];
        if self.searches() {
            let words = "Stops searching; then takes the highlights away.";
            keys.push(Binding::new([Key::ESC], Action::Back, "", words));
        }
        keys.extend(keys::moves());
        keys
    }

    /// Whether Esc takes a search away.
    pub fn searches(&self) -> bool {
        self.search.searching.is_some() || self.search.query.is_some()
    }

    /// `None` for what the viewer does not do.
    pub fn act<A: Copy>(&mut self, action: Action<A>) -> Option<Vec<Ask>> {
        let mut asks = match action {
            Action::Move(step) => {
                self.go(step);
                Vec::new()
            }
            Action::Filter => self.type_into(Typing::Search, ""),
            Action::FindNext => self.find(Way::Forward),
            Action::FindPrevious => self.find(Way::Backward),
            Action::Back => self.search_less(),
            Action::Copy => self.copy(),
            Action::Follow => {
                self.pause_or_follow();
                Vec::new()
            }
            Action::Wrap => {
                self.wraps = !self.wraps;
                Vec::new()
            }
            Action::Line => self.type_into(Typing::Line, ""),
            Action::Export => {
                let name = self
                    .path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned());
                self.type_into(Typing::Save, &name.unwrap_or_default())
            }
            Action::Replace => match self.replacing.clone() {
                Some(path) => self.save(path, Existing::Replace),
                None => Vec::new(),
            },
            Action::Pager => vec![Ask::Page(self.path.clone())],
            _ => return None,
        };
        asks.extend(self.next_read());
        Some(asks)
    }

    /// What the keys do while the person types.
    pub fn typing(&self) -> Option<Vec<Hint>> {
        let (typing, _) = self.typing.as_ref()?;
        let enter = match typing {
            Typing::Search => "search",
            Typing::Line => "go there",
            Typing::Save => "save",
        };
        Some(vec![("Enter", enter), ("Esc", "back")])
    }

    /// Takes a key for what is being typed; `None` when nothing is, or the key is not for that.
    pub fn capture(&mut self, key: Key) -> Option<Vec<Ask>> {
        let (typing, prompt) = self.typing.as_mut()?;
        let mut asks = match key {
            Key::ESC => {
                self.typing = None;
                Vec::new()
            }
            Key::ENTER => {
                let (typing, words) = (*typing, prompt.value().to_owned());
                self.typing = None;
                self.typed(typing, &words)
            }
            _ => return prompt.take(key).then(Vec::new),
        };
        asks.extend(self.next_read());
        Some(asks)
    }

    /// Takes pasted text for what is being typed.
    pub fn paste(&mut self, words: &str) {
        if let Some((_, prompt)) = &mut self.typing {
            prompt.paste(words);
        }
    }

    fn type_into(&mut self, typing: Typing, words: &str) -> Vec<Ask> {
        let mut prompt = Prompt::default();
        prompt.paste(words);
        self.typing = Some((typing, prompt));
        Vec::new()
    }

    fn typed(&mut self, typing: Typing, words: &str) -> Vec<Ask> {
        match (typing, words) {
            (Typing::Search, text) => self.search_for(text),
            (_, "") => Vec::new(),
            (Typing::Save, path) => {
                self.replacing = None;
                self.save(PathBuf::from(path), Existing::Keep)
            }
            (Typing::Line, number) => {
                let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
                match digits.parse::<u64>() {
                    Ok(number) => {
                        self.hold_here();
                        self.show(Anchor::Number(number.saturating_sub(1)), 0);
                        Vec::new()
                    }
                    Err(_) => Self::say(&format!("“{number}” is not the number of a line")),
                }
            }
        }
    }

    fn pause_or_follow(&mut self) {
        if self.follows() {
            self.hold_here();
        } else {
            self.follow();
        }
    }

    fn save(&mut self, path: PathBuf, existing: Existing) -> Vec<Ask> {
        let Some(seen) = &self.seen else {
            return Self::say(NO_FILE);
        };
        if path == Path::new("") {
            return Vec::new();
        }
        self.saving = true;
        vec![Ask::Save(Arc::clone(&seen.source), path, existing)]
    }

    fn copy(&self) -> Vec<Ask> {
        let Some(block) = &self.block else {
            return Self::say(NO_FILE);
        };
        let (top, grid) = (self.top(block), self.grid());
        let (bottom, _) = block.down(top, grid.height - 1, grid);
        let seen = |offset: u64| (top.line..=bottom.line).contains(&offset);
        let entries = block.entries.iter().filter(|entry| seen(entry.offset));
        let lines: Vec<&str> = entries.map(|entry| entry.line.text.as_str()).collect();
        vec![Ask::Copy(lines.join("\n"))]
    }
}
