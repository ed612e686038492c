//! What keys do while one looks through locations and users.

use std::path::PathBuf;

use ratatui::layout::{Position, Rect};

use super::{Browse, Form, Side};
use crate::tui::keys::Key;
use crate::tui::news::{Act, Action, Binding, News};
use crate::tui::notices::Notice;
use crate::tui::tab::users::{load, words};
use crate::tui::tab::{Effects, Hint};
use crate::tui::tasks::Effect;
use crate::tui::theme::Tone;
use crate::tui::widget::filter::Typed;
use crate::tui::widget::prompt::Prompt;
use crate::users::store::browse::Created;

impl Browse {
    /// The keys for looking, in the order of their weight.
    pub fn keys(&self) -> Vec<Binding> {
        let own = |key, action, label: &str, description: &str| {
            Binding::new([Key::char(key)], action, label, description)
        };
        let none = (self.window.length() == 0).then_some(words::NO_USERS);
        let mut bindings = vec![
            own(
                '/',
                Action::Filter,
                "filter",
                "Filters the users by a part of their e-mail.",
            ),
            own(
                'f',
                Action::Own(Act::Word("status")),
                "status",
                "Shows active, inactive, or all users.",
            ),
            own(
                'd',
                Action::Own(Act::Word("created")),
                "created",
                "Shows users added today, in seven days, in a range of days, or at any time.",
            ),
        ];
        if self.detail || self.narrow.words.is_on() {
            let description = "Closes the detail, then shows all users again.";
            bindings.push(Binding::new([Key::ESC], Action::Back, "back", description));
        }
        if self.side == Side::Table {
            let open = Binding::new([Key::ENTER], Action::Open, "detail", "Shows all of a user.");
            bindings.push(open.unless(none));
        } else {
            let open = "Goes to the users of the location.";
            bindings.push(Binding::new([Key::ENTER], Action::Open, "", open));
        }
        let panes = "Goes to the other pane.";
        bindings.extend([
            own(
                'o',
                Action::Own(Act::Word("sort")),
                "sort",
                "Sorts by the next column.",
            ),
            own(
                'O',
                Action::Own(Act::Word("reverse")),
                "",
                "Turns the order around.",
            ),
            own(
                'e',
                Action::Export,
                "export",
                "Writes the shown users to a CSV or JSON file.",
            )
            .unless(none),
            own(
                'y',
                Action::Copy,
                "copy",
                "Copies the e-mail of the selected user.",
            )
            .unless(none),
            Binding::new([Key::TAB], Action::NextPane, "", panes),
            Binding::new([Key::BACK_TAB], Action::PreviousPane, "", panes),
        ]);
        bindings
    }

    /// Does something.
    pub fn act(&mut self, action: Action) -> Effects<News> {
        match action {
            Action::Move(step) if self.unready().is_some() => self.page.go(step),
            Action::Move(step) if self.side == Side::Places => {
                let before = self.places.selected();
                self.places.go(step, self.place_rows());
                if self.places.selected() != before {
                    return self.search_anew();
                }
            }
            Action::Move(step) => {
                self.table.go(step, self.window.length());
                return self.read();
            }
            Action::NextPane | Action::PreviousPane => {
                self.side = match self.side {
                    Side::Places => Side::Table,
                    Side::Table => Side::Places,
                };
            }
            Action::Open if self.side == Side::Places => self.side = Side::Table,
            Action::Open => self.detail = !self.detail,
            Action::Back if self.detail => self.detail = false,
            Action::Back if self.narrow.words.clear() => return self.search_anew(),
            Action::Filter => {
                self.narrow.words.open();
                self.side = Side::Table;
            }
            Action::Copy => {
                let email = self.selected().map(|user| user.email.clone());
                return email.map(Effect::Copy).into_iter().collect();
            }
            Action::Export => self.ask_for_file(),
            Action::Replace => return self.replace(),
            Action::Own(Act::Word(name)) => return self.narrow_by(name),
            _ => {}
        }
        Vec::new()
    }

    fn narrow_by(&mut self, what: &str) -> Effects<News> {
        match what {
            "status" => self.narrow.next_status(),
            "created" => match self.narrow.created {
                None => self.narrow.created = Some(Created::Today),
                Some(Created::Today) => self.narrow.created = Some(Created::LastWeek),
                Some(Created::LastWeek) => {
                    self.form = Some(Form::Days(Prompt::default()));
                    return Vec::new();
                }
                Some(Created::Range(..)) => self.narrow.created = None,
            },
            "sort" => self.narrow.next_column(),
            "reverse" => self.narrow.reverse(),
            _ => return Vec::new(),
        }
        self.search_anew()
    }

    fn ask_for_file(&mut self) {
        let place = self
            .chosen()
            .map_or("all", |branch| branch.location.code.as_str());
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

    fn export(&self, path: PathBuf, replace: bool) -> Effects<News> {
        let ids = std::sync::Arc::clone(self.window.ids());
        vec![Effect::Work(load::file(
            self.context.clone(),
            ids,
            path,
            replace,
        ))]
    }

    fn replace(&mut self) -> Effects<News> {
        let path = self.refused.take();
        path.map(|path| self.export(path, true)).unwrap_or_default()
    }

    /// What the keys do while somebody types.
    pub fn typing(&self) -> Option<Vec<Hint>> {
        match &self.form {
            Some(Form::Days(_)) => Some(vec![("Enter", "show these days"), ("Esc", "back")]),
            Some(Form::File(_)) => Some(vec![("Enter", "write the file"), ("Esc", "back")]),
            None => self.narrow.words.typing(),
        }
    }

    /// Takes a key for what is being typed.
    pub fn capture(&mut self, key: Key) -> Option<Effects<News>> {
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
        match self.narrow.words.take(key)? {
            Typed::Changed => Some(self.search_anew()),
            Typed::Same => Some(Vec::new()),
        }
    }

    fn submit(&mut self) -> Effects<News> {
        match self.form.take() {
            Some(Form::Days(prompt)) => match prompt.value().parse() {
                Ok(created) => {
                    self.narrow.created = Some(created);
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
    pub fn paste(&mut self, words: &str) -> Effects<News> {
        if let Some(Form::Days(prompt) | Form::File(prompt)) = &mut self.form {
            prompt.paste(words);
            return Vec::new();
        }
        match self.narrow.words.paste(words) {
            Some(_) => self.search_anew(),
            None => Vec::new(),
        }
    }

    /// Selects what was clicked.
    pub fn point(&mut self, at: Position, area: Rect) -> Effects<News> {
        let panes = self.panes(area);
        let line = |pane: Rect, head: u16| at.y.checked_sub(pane.y + 1 + head);
        if panes.places.contains(at) {
            self.side = Side::Places;
            let rows = self.place_rows();
            let row = line(panes.places, 1).and_then(|line| self.places.row_at(line, rows));
            if let Some(row) = row.filter(|row| *row != self.places.selected()) {
                self.places.select(row, rows);
                return self.search_anew();
            }
        } else if panes.table.contains(at) {
            self.side = Side::Table;
            let length = self.window.length();
            let head = 1 + u16::from(self.narrow.words.is_on() || self.form.is_some());
            let row = line(panes.table, head).and_then(|line| self.table.row_at(line, length));
            if let Some(row) = row {
                self.table.select(row, length);
                return self.read();
            }
        }
        Vec::new()
    }

    /// Why the last try at the selected location failed.
    pub fn complaint(&self) -> Option<String> {
        let branch = self.chosen()?;
        let setback = self.setback(branch)?;
        Some(words::setback_at(branch, &setback))
    }

    /// What was said when nothing else is to be said.
    pub fn hint(&self) -> Option<Notice> {
        let insecure = match self.overview.as_ref()?.security {
            crate::db::Security::Plain => words::PLAIN,
            crate::db::Security::Unverified => words::UNVERIFIED,
            _ => return None,
        };
        Some(Notice::new(insecure, Tone::Warn))
    }
}
