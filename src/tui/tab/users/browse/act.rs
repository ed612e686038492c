//! What keys do while one looks through locations and users.

use std::path::PathBuf;
use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use super::{Browse, Form, Side};
use crate::text::{local_time, scrub};
use crate::tui::keys::{Action, Binding, Key};
use crate::tui::notices::Notice;
use crate::tui::tab::Effect;
use crate::tui::tab::users::{Act, Loaded, load};
use crate::tui::tab::{Effects, Hint};
use crate::tui::widget::prompt::Prompt;
use crate::tui::widget::prompt::Typed;
use crate::users::security;
use crate::users::store::browse::Created;

impl Browse {
    /// The keys of both panes, in the order of their weight.
    pub fn keys(&self) -> Vec<Binding<Act>> {
        let none = (self.window.length() == 0).then_some("there is no user here");
        let own = |key, act, label: &str, description: &str| {
            Binding::new([Key::char(key)], Action::Own(act), label, description)
        };
        let filter = "Filters the users by a part of their e-mail.";
        let date = "Shows users added today, in seven days, in a range of days, or at any time.";
        let mut bindings = vec![
            Binding::of(Action::Filter, "filter", filter),
            own(
                't',
                Act::State,
                "status",
                "Shows active, inactive, or all users.",
            ),
            own('d', Act::Date, "created", date),
        ];
        if self.detail || self.filter.words.is_on() {
            let back = "Closes the detail, then shows all users again.";
            bindings.push(Binding::of(Action::Back, "back", back));
        }
        bindings.push(match self.side {
            Side::Users => Binding::of(Action::Open, "detail", "Shows all of a user.").unless(none),
            Side::Locations => Binding::of(Action::Open, "", "Goes to the users of the location."),
        });
        let export = "Writes the shown users to a CSV or JSON file.";
        let copy = "Copies the e-mail of the selected user.";
        let panes = "Goes to the other pane.";
        bindings.extend([
            Binding::of(Action::Sort, "sort", "Sorts by the next column."),
            own('O', Act::Reverse, "", "Turns the order around."),
            Binding::of(Action::Export, "export", export).unless(none),
            Binding::of(Action::Copy, "copy", copy).unless(none),
            Binding::of(Action::NextPane, "", panes),
            Binding::of(Action::PreviousPane, "", panes),
        ]);
        bindings
    }

    pub fn act(&mut self, action: Action<Act>) -> Option<Effects<Loaded>> {
        match action {
            Action::Move(step) if self.side == Side::Locations => {
                let before = self.locations.selected();
                self.locations.go(step, self.location_rows());
                if self.locations.selected() != before {
                    return Some(self.search_anew());
                }
            }
            Action::Move(step) => {
                self.users.go(step, self.window.length());
                return Some(self.read());
            }
            Action::NextPane | Action::PreviousPane => {
                self.side = match self.side {
                    Side::Locations => Side::Users,
                    Side::Users => Side::Locations,
                };
            }
            Action::Open if self.side == Side::Locations => self.side = Side::Users,
            Action::Open => self.detail = !self.detail,
            Action::Back if self.detail => self.detail = false,
            Action::Back if self.filter.words.clear() => return Some(self.search_anew()),
            Action::Filter => {
                self.filter.words.open();
                self.side = Side::Users;
            }
            Action::Copy => {
                let email = self.selected().map(|user| user.email.clone());
                return Some(email.map(Effect::Copy).into_iter().collect());
            }
            Action::Export => self.ask_for_file(),
            Action::Replace => {
                let path = self.existing.take();
                return path.map(|path| self.export(path, true));
            }
            Action::Sort => {
                self.filter.next_column();
                return Some(self.search_anew());
            }
            Action::Own(act) => return Some(self.change_filter(act)),
            _ => return None,
        }
        Some(Vec::new())
    }

    fn change_filter(&mut self, act: Act) -> Effects<Loaded> {
        match (act, self.filter.created) {
            (Act::State, _) => self.filter.next_status(),
            (Act::Reverse, _) => self.filter.reverse(),
            (Act::Date, None) => self.filter.created = Some(Created::Today),
            (Act::Date, Some(Created::Today)) => self.filter.created = Some(Created::LastWeek),
            (Act::Date, Some(Created::LastWeek)) => {
                self.form = Some(Form::Days(Prompt::default()));
                return Vec::new();
            }
            (Act::Date, Some(Created::Range(..))) => self.filter.created = None,
        }
        self.search_anew()
    }

    fn ask_for_file(&mut self) {
        let place = self
            .chosen()
            .map_or("all", |row| row.location.code.as_str());
        let plain: String = place
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter
                } else {
                    '-'
                }
            })
            .collect();
        let mut prompt = Prompt::default();
        prompt.paste(&format!("users-{}.csv", plain.to_ascii_lowercase()));
        self.form = Some(Form::File(prompt));
    }

    fn export(&self, path: PathBuf, replace: bool) -> Effects<Loaded> {
        let ids = Arc::clone(self.window.ids());
        let work = load::file(self.context.clone(), ids, path, replace);
        vec![Effect::Work(work)]
    }

    /// What the keys do while somebody types.
    pub fn typing(&self) -> Option<Vec<Hint>> {
        match &self.form {
            Some(Form::Days(_)) => Some(vec![("Enter", "show these days"), ("Esc", "back")]),
            Some(Form::File(_)) => Some(vec![("Enter", "write the file"), ("Esc", "back")]),
            None => self.filter.words.typing(),
        }
    }

    /// Takes a key for what is being typed.
    pub fn capture(&mut self, key: Key) -> Option<Effects<Loaded>> {
        if let Some(form) = &mut self.form {
            let (Form::Days(prompt) | Form::File(prompt)) = form;
            return match key {
                Key::ESC => {
                    self.form = None;
                    Some(Vec::new())
                }
                Key::ENTER => Some(self.submit()),
                key => prompt.take(key).then(Vec::new),
            };
        }
        match self.filter.words.take(key)? {
            Typed::Changed => Some(self.search_anew()),
            Typed::Same => Some(Vec::new()),
        }
    }

    fn submit(&mut self) -> Effects<Loaded> {
        match self.form.take() {
            Some(Form::Days(prompt)) => match prompt.value().parse() {
                Ok(created) => {
                    self.filter.created = Some(created);
                    self.search_anew()
                }
                Err(error) => {
                    self.form = Some(Form::Days(prompt));
                    vec![Effect::Say(Notice::from(&error))]
                }
            },
            Some(Form::File(prompt)) if prompt.value().trim().is_empty() => Vec::new(),
            Some(Form::File(prompt)) => self.export(self.path(prompt.value().trim()), false),
            None => Vec::new(),
        }
    }

    /// A path as a person writes it, `~` included; a relative one is below the working folder.
    fn path(&self, words: &str) -> PathBuf {
        let sources = &self.context.app.sources;
        match (words.strip_prefix("~/"), sources.environment.get("HOME")) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => sources.folder.join(words),
        }
    }

    /// Takes pasted text for what is being typed.
    pub fn paste(&mut self, words: &str) -> Effects<Loaded> {
        if let Some(Form::Days(prompt) | Form::File(prompt)) = &mut self.form {
            prompt.paste(words);
            return Vec::new();
        }
        match self.filter.words.paste(words) {
            Some(_) => self.search_anew(),
            None => Vec::new(),
        }
    }

    /// Selects what was clicked.
    pub fn point(&mut self, at: Position, area: Rect) -> Effects<Loaded> {
        let panes = self.panes(area);
        let line = |pane: Rect, head: u16| at.y.checked_sub(pane.y + 1 + head);
        if panes.locations.contains(at) {
            self.side = Side::Locations;
            let rows = self.location_rows();
            let row = line(panes.locations, 1).and_then(|line| self.locations.row_at(line, rows));
            if let Some(row) = row.filter(|row| *row != self.locations.selected()) {
                self.locations.select(row, rows);
                return self.search_anew();
            }
        } else if panes.users.contains(at) {
            self.side = Side::Users;
            let length = self.window.length();
            let head = 1 + u16::from(self.filter.words.is_on() || self.form.is_some());
            let row = line(panes.users, head).and_then(|line| self.users.row_at(line, length));
            if let Some(row) = row {
                self.users.select(row, length);
                return self.read();
            }
        }
        Vec::new()
    }

    /// Why the last try at the selected location failed, and when one went well.
    pub fn failure(&self) -> Option<String> {
        let row = self.chosen()?;
        let failed = self.last_failure(row)?;
        let last = match row.synced {
            Some(synced) => format!("last synced {}", local_time(synced)),
            None => "never synced so far".to_owned(),
        };
        Some(format!(
            "✗ {} at {}: {}; {last}",
            scrub(&row.location.name),
            local_time(failed.at),
            scrub(&failed.failure.message)
        ))
    }

    /// What is wrong with the way to the database.
    pub fn insecure(&self) -> Option<&'static str> {
        security(self.overview.as_ref()?.security)
    }
}
