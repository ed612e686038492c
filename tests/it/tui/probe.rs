//! A tab that uses everything a tab can: table, filter, questions, work, a disabled key.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use selaras::tui::app::Places;
use selaras::tui::keys::{self, Action, Binding, Key};
use selaras::tui::tab::Effect;
use selaras::tui::tab::{Badge, Effects, Hint, Protocol, SetupPage, Status, Tab};
use selaras::tui::tasks::{Work, WorkName};
use selaras::tui::theme::{Focus, Theme, Tone};
use selaras::tui::widget::confirm::Confirm;
use selaras::tui::widget::list::List;
use selaras::tui::widget::pane::Pane;
use selaras::tui::widget::prompt::Prompt;
use selaras::tui::widget::table::{Column, Field, Order, Table};

/// What the probe's work says.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    Step(u32),
    Done(&'static str),
}

impl Protocol for News {
    type Act = &'static str;
}

/// The tab.
#[derive(Default)]
pub struct Probe {
    pub rows: Vec<String>,
    pub list: List,
    pub filter: Option<Prompt>,
    pub sentence: String,
    pub badge: Badge,
    pub steps: u32,
    pub applied: u32,
    pub going_on: usize,
}

impl Probe {
    /// A probe of so many rows.
    pub fn with_rows(count: usize) -> Self {
        Self {
            rows: (0..count).map(|row| format!("user{row:03}@dkm")).collect(),
            ..Self::default()
        }
    }
}

/// The probe as the first of four tabs.
pub fn places(probe: Probe) -> Places<News> {
    Places {
        tabs: vec![
            Box::new(probe),
            Box::new(SetupPage::pimpinan()),
            Box::new(SetupPage::script()),
            Box::new(SetupPage::dapodik()),
        ],
        runs: Box::new(SetupPage::new("Runs")),
        context: "demo · sqlite".to_owned(),
    }
}

impl Tab<News> for Probe {
    fn title(&self) -> &'static str {
        "Users"
    }

    fn badge(&self) -> Badge {
        self.badge
    }

    fn running(&self) -> Vec<Option<String>> {
        let name = |number| Some(format!("c41f{number:02}"));
        (0..self.going_on).map(name).collect()
    }

    fn status(&self) -> Option<Status> {
        let words = format!(
            "{}{} steps, {} applied",
            self.sentence, self.steps, self.applied
        );
        Some(Status::new(&words, Tone::Plain).remark("Run c41f9a"))
    }

    fn keys(&self) -> Vec<Binding<&'static str>> {
        let own = |key, name, label: &str, description: &str| {
            Binding::new([Key::char(key)], Action::Own(name), label, description)
        };
        let mut keys = vec![
            own(
                's',
                "work",
                "sync Dev",
                "Looks at Dev and shows what would change.",
            ),
            own('a', "ask", "apply", "Applies after a question."),
            own('d', "danger", "delete", "Applies after a typed question."),
            own('u', "undo", "undo", "Undoes the last run.")
                .unless(Some("nothing was applied yet")),
            own('x', "panic", "", "Breaks."),
            own('X', "collapse", "", "Breaks the screen."),
            own('f', "flood", "", "Says a lot."),
            Binding::new(
                [Key::char('/')],
                Action::Filter,
                "filter",
                "Filters the users.",
            ),
            Binding::new(
                [Key::char('y')],
                Action::Copy,
                "copy",
                "Copies the selected user.",
            ),
            Binding::new([Key::SPACE], Action::Mark, "", "Marks a user."),
        ];
        keys.extend(keys::moves());
        keys
    }

    fn act(&mut self, action: Action<&'static str>) -> Effects<News> {
        match action {
            Action::Own("work") => vec![Effect::Work(Work::new("plan", |mailbox| async move {
                for step in 1..=3 {
                    mailbox.progress(News::Step(step)).await;
                }
                News::Done("looked")
            }))],
            Action::Own("flood") => vec![Effect::Work(Work::new("flood", |mailbox| async move {
                for step in 1..=20_000 {
                    mailbox.progress(News::Step(step)).await;
                }
                News::Done("said it all")
            }))],
            Action::Own("panic") => vec![Effect::Work(Work::new("plan", |_| async move {
                panic!("on purpose")
            }))],
            Action::Own("collapse") => panic!("collapsed on purpose"),
            Action::Own("ask") => {
                let confirm = Confirm::new("Apply to Dev", "apply", Action::Start);
                vec![Effect::Ask(
                    confirm.line("add 25 in users (sqlite users.db)", Tone::Plain),
                )]
            }
            Action::Own("danger") => {
                let words = "✗ guard: 3 of 4 active users would be deactivated (75 %)";
                let confirm = Confirm::new("Apply to Dev", "apply", Action::Start)
                    .line("deactivate 3 in users (sqlite users.db)", Tone::Plain)
                    .line(words, Tone::Bad)
                    .typed("3");
                vec![Effect::Ask(confirm)]
            }
            Action::Start => {
                self.applied += 1;
                vec![Effect::Bell]
            }
            Action::Filter => {
                self.filter = Some(Prompt::default());
                Vec::new()
            }
            Action::Copy => vec![Effect::Copy(self.rows[self.list.selected()].clone())],
            Action::Mark => {
                self.list.toggle_mark(self.list.selected());
                Vec::new()
            }
            Action::Move(step) => {
                self.list.go(step, self.rows.len());
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn typing(&self) -> Option<Vec<Hint>> {
        self.filter.is_some().then(|| vec![("Esc", "clear")])
    }

    fn capture(&mut self, key: Key) -> Option<Effects<News>> {
        let filter = self.filter.as_mut()?;
        if key == Key::ESC {
            self.filter = None;
            return Some(Vec::new());
        }
        filter.take(key).then(Vec::new)
    }

    fn paste(&mut self, words: &str) -> Effects<News> {
        if let Some(filter) = &mut self.filter {
            filter.paste(words);
        }
        Vec::new()
    }

    fn point(&mut self, at: Position, area: Rect) -> Effects<News> {
        let line = at.y.saturating_sub(area.y + 3);
        if let Some(row) = self.list.row_at(line, self.rows.len()) {
            self.list.select(row, self.rows.len());
        }
        Vec::new()
    }

    fn on(&mut self, news: News) -> Effects<News> {
        match news {
            News::Step(step) => self.steps = step,
            News::Done(word) => self.sentence = format!("Done: {word}. "),
        }
        Vec::new()
    }

    fn broken(&mut self, _work: WorkName) -> Effects<News> {
        self.badge = Badge::Failed;
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let remark = format!("{} users", self.rows.len());
        let inside = Pane::new("Users · Dev · active", Focus::Here)
            .remark(&remark)
            .draw(buffer, area, theme);
        if let Some(filter) = &self.filter {
            filter.draw(buffer, inside, "/ ", theme);
        }
        let below = Rect {
            y: inside.y + 1,
            height: inside.height.saturating_sub(1),
            ..inside
        };
        let columns = [
            Column::new("Email", 20, 40, 9),
            Column::new("Location", 8, 10, 3),
            Column::new("Status", 8, 8, 5),
            Column::new("Id", 6, 6, 1).right(),
        ];
        let row = |index: usize| {
            vec![
                Field::from(self.rows[index].as_str()),
                Field::from("Dev"),
                Field::toned("active", Tone::Good),
                Field::from(index.to_string()),
            ]
        };
        Table {
            columns: &columns,
            length: self.rows.len(),
            row: &row,
            list: &self.list,
            focus: Focus::Here,
            sorted: Some((0, Order::Ascending)),
            empty: "No users yet; s looks at the central API",
        }
        .draw(buffer, below, theme);
    }
}
