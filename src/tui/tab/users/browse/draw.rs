//! The two panes: locations at the left, users at the right; one above the other where it is narrow.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Browse, Form, Side};
use crate::error::Failure;
use crate::text;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::page::failure_rows;
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};
use crate::users::store::browse::Listed;

/// From which width on the panes stand side by side.
const BESIDE: u16 = 72;

/// What stands beside a name in the pane of the locations: border, markers, figures and age.
const BESIDE_NAME: u16 = 23;

/// Where the panes are.
#[derive(Clone, Copy, Debug)]
pub struct Panes {
    pub locations: Rect,
    pub users: Rect,
}

/// Divides `area` between `rows` locations and the users; names of so many cells want to be whole.
pub fn panes(area: Rect, rows: usize, longest: u16) -> Panes {
    if area.width >= BESIDE {
        // Up to here by width alone; up to nearly a half where names need it.
        let usual = (area.width / 3).clamp(29, 44);
        let wanted = longest.saturating_add(BESIDE_NAME);
        let width = usual.max(wanted.min(area.width * 9 / 20));
        let locations = Rect { width, ..area };
        return Panes {
            locations,
            users: paint::after(area, width),
        };
    }
    let rows = u16::try_from(rows).unwrap_or(u16::MAX);
    let height = rows.saturating_add(3).min(area.height / 2);
    let below = area.height - height;
    Panes {
        locations: Rect { height, ..area },
        users: Rect {
            y: area.y + height,
            height: below,
            ..area
        },
    }
}

impl Browse {
    /// Where the panes are in `area`.
    pub(super) fn panes(&self, area: Rect) -> Panes {
        let names = self.rows().iter();
        let cells = names.map(|row| paint::cells(&text::scrub(&row.location.name)));
        panes(area, self.location_rows(), cells.max().unwrap_or(0))
    }

    /// Draws both panes; `busy` says whether a run continues at a location.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, busy: &dyn Fn(i64) -> bool, theme: &Theme) {
        let panes = self.panes(area);
        self.draw_locations(buffer, panes.locations, busy, theme);
        self.draw_users(buffer, panes.users, theme);
        if self.detail
            && let Some(user) = self.selected()
        {
            detail(buffer, panes.users, user, theme);
        }
    }

    fn draw_locations(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        busy: &dyn Fn(i64) -> bool,
        theme: &Theme,
    ) {
        let focus = Focus::on(self.side == Side::Locations);
        let inside = Pane::new("Locations", focus).draw(buffer, area, theme);
        let mut columns = vec![
            Column::new("Name", 6, 24, 9).names(80),
            Column::new("Active", 6, 9, 5).right(),
            Column::new("Synced", 9, 11, 3),
        ];
        let rows = self.rows();
        // Where a try failed, the one before still tells something.
        if rows.iter().any(|row| self.last_failure(row).is_some()) {
            columns.push(Column::new("Last good", 9, 11, 2));
        }
        let row = |index: usize| {
            if let Some(row) = rows.get(index) {
                let location = &row.location;
                let sign = if busy(location.id) {
                    theme.spinner()
                } else {
                    ""
                };
                let mark = if location.overrides.production {
                    "!"
                } else {
                    ""
                };
                let name = [sign, mark, location.name.as_str()];
                let name: Vec<&str> = name.into_iter().filter(|part| !part.is_empty()).collect();
                let age = row.synced.map(|synced| text::age(synced, theme.now));
                let age = age.unwrap_or_else(|| "never".to_owned());
                let (synced, tone) = match self.last_failure(row) {
                    Some(failed) => (format!("✗ {}", failed.word()), Tone::Bad),
                    None => (age.clone(), Tone::Dim),
                };
                vec![
                    Field::from(name.join(" ")),
                    Field::from(text::count(row.active)),
                    Field::toned(&synced, tone),
                    Field::toned(&age, Tone::Dim),
                ]
            } else {
                let all = rows.iter().map(|row| row.active).sum();
                vec![
                    Field::toned("All", Tone::Dim),
                    Field::from(text::count(all)),
                ]
            }
        };
        let table = Table {
            columns: &columns,
            length: self.location_rows(),
            row: &row,
            list: &self.locations,
            focus,
            sorted: None,
            empty: if self.overview.is_some() {
                "There is no location"
            } else {
                "Looking…"
            },
        };
        table.draw(buffer, inside, theme);
    }

    fn draw_users(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let focus = Focus::on(self.side == Side::Users);
        let mut title = vec!["Users".to_owned()];
        title.push(match self.chosen() {
            Some(row) => row.location.name.clone(),
            None => "All".to_owned(),
        });
        title.extend(Some(self.filter.title()).filter(|title| !title.is_empty()));
        let inside = Pane::new(&title.join(" · "), focus)
            .remark(&self.remark())
            .draw(buffer, area, theme);
        if let Some(failure) = &self.unreadable {
            unreadable(buffer, inside, failure, theme);
            return;
        }
        let inside = self.draw_line(buffer, inside, theme);
        let columns = [
            Column::new("Email", 18, 60, 9).names(80),
            Column::new("Location", 8, 16, 4).names(60),
            Column::new("Status", 8, 8, 7),
            Column::new("Created", 16, 16, 5),
            Column::new("Updated", 16, 16, 2),
        ];
        let row = |index: usize| match self.window.row(index) {
            Some(user) => fields(user),
            None => vec![Field::toned("…", Tone::Dim)],
        };
        let table = Table {
            columns: &columns,
            length: self.window.length(),
            row: &row,
            list: &self.users,
            focus,
            sorted: Some(self.filter.arrow()),
            empty: self.emptiness(),
        };
        table.draw(buffer, inside, theme);
    }

    /// The line above the table: the filter, or a form.
    fn draw_line(&self, buffer: &mut Buffer, inside: Rect, theme: &Theme) -> Rect {
        let (prompt, label) = match &self.form {
            None => return self.filter.words.draw(buffer, inside, theme),
            Some(Form::Days(prompt)) => (prompt, "Added (2026-11-08, or 2026-11-01..2026-11-08): "),
            Some(Form::File(prompt)) => (prompt, "Write to (.csv or .json): "),
        };
        prompt.draw(buffer, inside, label, theme);
        Rect {
            y: inside.y.saturating_add(1).min(inside.bottom()),
            height: inside.height.saturating_sub(1),
            ..inside
        }
    }

    /// How many are shown, of how many there are: `812 of 1 940`.
    fn remark(&self) -> String {
        if self.searching {
            return "searching…".to_owned();
        }
        let shown = u64::try_from(self.window.length()).unwrap_or(u64::MAX);
        let all = match self.chosen() {
            Some(row) => row.active + row.inactive,
            None => self
                .rows()
                .iter()
                .map(|row| row.active + row.inactive)
                .sum(),
        };
        match (shown, all) {
            (0, 0) => String::new(),
            (shown, all) if shown >= all => text::count(shown),
            (shown, all) => format!("{} of {}", text::count(shown), text::count(all)),
        }
    }

    fn emptiness(&self) -> &'static str {
        let filtered = self.filter.words.is_on() || !self.filter.title().is_empty();
        match (self.searching || self.overview.is_none(), filtered) {
            (true, _) => "Looking…",
            (false, true) => "No user fits; Esc, t and d show others",
            (false, false) => "No users yet; s looks at the location's server",
        }
    }
}

fn fields(user: &Listed) -> Vec<Field> {
    let tone = if user.status == "active" {
        Tone::Good
    } else {
        Tone::Dim
    };
    let minute = |moment: &str| moment.get(..16).unwrap_or(moment).to_owned();
    vec![
        Field::from(user.email.as_str()),
        Field::from(user.location_name.as_str()),
        Field::toned(&user.status, tone),
        Field::toned(&minute(&user.created_at), Tone::Dim),
        Field::toned(&minute(&user.updated_at), Tone::Dim),
    ]
}

/// Everything about a user, over the lower part of the table.
fn detail(buffer: &mut Buffer, area: Rect, user: &Listed, theme: &Theme) {
    let rows = [
        ("e-mail", user.email.clone()),
        (
            "location",
            format!("{} ({})", user.location_name, user.location_code),
        ),
        ("status", user.status.clone()),
        ("created", user.created_at.clone()),
        ("updated", user.updated_at.clone()),
        ("id", user.id.to_string()),
    ];
    let height = u16::try_from(rows.len() + 2)
        .unwrap_or(u16::MAX)
        .min(area.height);
    let frame = Rect {
        y: area.bottom() - height,
        height,
        ..area
    };
    paint::blank(buffer, frame);
    let inside = Pane::new("User", Focus::Elsewhere).draw(buffer, frame, theme);
    for (row, (name, value)) in (0..inside.height).zip(&rows) {
        let inside = paint::after(inside, 1);
        paint::text(buffer, inside, row, name, theme.tone(Tone::Dim));
        let value = text::scrub(value);
        paint::text(
            buffer,
            paint::after(inside, 11),
            row,
            &value,
            theme.tone(Tone::Plain),
        );
    }
}

/// Why there is no table, and what to do.
fn unreadable(buffer: &mut Buffer, area: Rect, failure: &Failure, theme: &Theme) {
    let inside = paint::after(area, 1);
    let rows = failure_rows(failure, inside.width.saturating_sub(1));
    for (row, (words, tone)) in (0..inside.height).zip(&rows) {
        paint::text(buffer, inside, row, words, theme.tone(*tone));
    }
}
