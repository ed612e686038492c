//! What the tab shows of a plan: the candidates with what is known beside them or below, or the exact
//! payload.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;

use super::report::named;
use super::review::Candidate;
use super::{Facts, NO_ROWS, Push, officials, plan_name};
use crate::error::Result;
use crate::pimpinan::{Plan, describe};
use crate::run::Run;
use crate::text;
use crate::tui::flow::State;
use crate::tui::tab::engine_tab::{ControllerOf, EngineScreen, above_runs, draw_runs};
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::page::Page;
use crate::tui::widget::page::{Rows, wrapped};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};

impl Push {
    pub(super) fn draw_board(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        controller: &ControllerOf<Self>,
        theme: &Theme,
    ) {
        let State::Review(plan) = controller.state() else {
            Pane::new(Self::WORDS.title, Focus::Here).draw(buffer, area, theme);
            return;
        };
        let above = above_runs(area, controller.runs());
        if let Some(page) = &self.review.payload {
            draw_payload(buffer, above, plan, page, theme);
        } else {
            let panes = panes(above, plan, self.facts.as_ref());
            self.draw_candidates(buffer, panes.list, plan, theme);
            match self.review.opened(plan) {
                Some(row) => draw_detail(buffer, panes.facts, &row, theme),
                None => draw_facts(buffer, panes.facts, plan, self.facts.as_ref(), theme),
            }
        }
        let label = |run: &Run| format!(" Push · {}", text::scrub(&run.manifest.target));
        draw_runs(buffer, area, controller.runs(), label, theme);
    }

    fn draw_candidates(&self, buffer: &mut Buffer, area: Rect, plan: &Plan, theme: &Theme) {
        let rows = self.review.passing(plan);
        let shown = text::count(rows.len() as u64);
        let remark = format!("{shown} of {}", text::plural(plan.rows, "row"));
        let inside = Pane::new("Officials", Focus::Here)
            .remark(&remark)
            .draw(buffer, area, theme);
        let inside = self.review.filter.draw(buffer, inside, theme);
        let row = |index: usize| rows.get(index).map(fields).unwrap_or_default();
        let table = Table {
            columns: &columns(&rows),
            length: rows.len(),
            row: &row,
            list: &self.review.list,
            focus: Focus::Here,
            sorted: None,
            empty: if self.review.filter.is_on() {
                "No row fits; Esc shows all"
            } else {
                NO_ROWS
            },
        };
        table.draw(buffer, inside, theme);
    }
}

/// The notes have a column only where there is one.
fn columns(rows: &[Candidate<'_>]) -> Vec<Column> {
    let mut columns = vec![
        Column::new("", 1, 1, 10),
        Column::new("Id", 4, 6, 6).right(),
        Column::new("Username", 13, 16, 9).names(40),
        Column::new("Nama", 14, 20, 7).names(60),
        Column::new("Jabatan", 14, 42, 5),
        Column::new("Role", 8, 12, 4),
    ];
    let notes = rows
        .iter()
        .map(|row| paint::cells(&text::scrub(&row.note.0)));
    let longest = notes.max().unwrap_or_default();
    if longest > 0 {
        columns.push(Column::new("Note", longest.clamp(8, 30), longest, 8));
    }
    columns
}

fn fields(row: &Candidate<'_>) -> Vec<Field> {
    let (sign, tone) = row.state.sign();
    let value = |value: Option<&str>| match value {
        Some(value) if tone == Tone::Dim => Field::toned(value, tone),
        Some(value) => Field::from(value),
        None => Field::toned(describe::NULL, Tone::Dim),
    };
    let id = row.id.map(|id| id.to_string());
    vec![
        Field::toned(sign, tone),
        value(id.as_deref()),
        value(row.username),
        value(row.nama),
        value(row.jabatan),
        value(row.role),
        Field::toned(&row.note.0, row.note.1),
    ]
}

fn draw_payload(buffer: &mut Buffer, area: Rect, plan: &Plan, page: &Page, theme: &Theme) {
    let size = plan.payload().map_or(0, |payload| payload.len());
    let size = text::plural(size as u64, "byte");
    let remark = format!("{size} · {}", officials(plan));
    let rows = |width| payload_rows(plan, width).unwrap_or_default();
    page.framed(
        buffer,
        area,
        ("Payload, as it is sent", &remark),
        &rows,
        theme,
    );
}

/// From which width on the panes stand side by side.
const BESIDE: u16 = 150;
const WIDTH: u16 = 52;
/// The fewest lines of the candidates' pane: border, heading, and three rows.
const FOR_ROWS: u16 = 6;

#[derive(Clone, Copy, Debug)]
pub struct Panes {
    pub list: Rect,
    pub facts: Rect,
}

/// Divides `area` between the candidates and the facts.
pub fn panes(area: Rect, plan: &Plan, facts: Option<&Facts>) -> Panes {
    if area.width >= BESIDE {
        let width = area.width - WIDTH;
        return Panes {
            list: Rect { width, ..area },
            facts: paint::after(area, width),
        };
    }
    // Which time it is changes the length of no line much.
    let now = Timestamp::UNIX_EPOCH;
    let lines = fact_rows(plan, facts, area.width.saturating_sub(4), now).len();
    let height = u16::try_from(lines + 2).unwrap_or(u16::MAX);
    let height = height.min(area.height.saturating_sub(FOR_ROWS));
    let list = area.height - height;
    Panes {
        list: Rect {
            height: list,
            ..area
        },
        facts: Rect {
            y: area.y + list,
            height,
            ..area
        },
    }
}

fn draw_facts(buffer: &mut Buffer, area: Rect, plan: &Plan, facts: Option<&Facts>, theme: &Theme) {
    let inside = Pane::new("Central API", Focus::Elsewhere)
        .remark(&plan_name(plan))
        .draw(buffer, area, theme);
    let inside = paint::after(inside, 1);
    let width = inside.width.saturating_sub(1);
    paint_rows(
        buffer,
        inside,
        &fact_rows(plan, facts, width, theme.now),
        theme,
    );
}

fn draw_detail(buffer: &mut Buffer, area: Rect, row: &Candidate<'_>, theme: &Theme) {
    let inside = Pane::new("Row of Docku", Focus::Elsewhere).draw(buffer, area, theme);
    let inside = paint::after(inside, 1);
    let width = inside.width.saturating_sub(1);
    let text = |value: Option<&str>| value.unwrap_or(describe::NULL).to_owned();
    let id = row
        .id
        .map_or(describe::NULL.to_owned(), |id| id.to_string());
    let mut rows = Rows::new();
    let (note, tone) = &row.note;
    if !note.is_empty() {
        let sign = if *tone == Tone::Bad { "✗ " } else { "" };
        wrapped(&mut rows, &format!("{sign}{note}"), *tone, 0, width);
    }
    for (name, value) in [
        ("id", id),
        ("username", text(row.username)),
        ("nama", text(row.nama)),
        ("jabatan", text(row.jabatan)),
        ("role", text(row.role)),
    ] {
        named(&mut rows, name, &value, width);
    }
    paint_rows(buffer, inside, &rows, theme);
}

fn paint_rows(buffer: &mut Buffer, area: Rect, rows: &Rows, theme: &Theme) {
    for (row, (words, tone)) in (0..area.height).zip(rows) {
        paint::text(buffer, area, row, words, theme.tone(*tone));
    }
}

/// What matters most comes first: what does not fit goes from the end.
fn fact_rows(plan: &Plan, facts: Option<&Facts>, width: u16, now: Timestamp) -> Rows {
    let mut rows = Rows::new();
    wrapped(&mut rows, &describe::figures(plan), Tone::Title, 0, width);
    let production = if plan.production { "  production!" } else { "" };
    let target = format!("{}{production}", text::scrub(&plan.url));
    named(&mut rows, "to", &target, width);
    named(&mut rows, "last push", &last(facts, now), width);
    let since = describe::since(plan.since.as_ref(), &plan.url);
    named(&mut rows, "changes", &since, width);
    for note in &plan.notes {
        wrapped(&mut rows, &format!("! {note}"), Tone::Warn, 0, width);
    }
    if plan.excluded > 0 {
        named(&mut rows, "excluded", &describe::roles(plan), width);
    }
    named(&mut rows, "from", &plan.database, width);
    rows
}

fn last(facts: Option<&Facts>, now: Timestamp) -> String {
    match facts.map(|facts| &facts.last) {
        Some(Ok(Some(last))) => describe::logged(last, now),
        Some(Ok(None)) | None => "none in the integration log yet".to_owned(),
        Some(Err(failure)) => {
            let why = text::scrub(&failure.message);
            format!("the integration log cannot be read: {why}")
        }
    }
}

/// What stands between two officials.
const BETWEEN: &str = "},{";

/// The JSON that is sent, in lines of at most `width` cells: each official begins a line. Nothing is
/// added but the line breaks.
fn payload_rows(plan: &Plan, width: u16) -> Result<Rows> {
    let payload = plan.payload()?;
    let mut rows = Rows::new();
    let mut rest = payload.as_str();
    // A text within an official may hold the same characters: then a line is only shorter.
    while let Some(at) = rest.find(BETWEEN) {
        let (line, after) = rest.split_at(at + BETWEEN.len() - 1);
        break_into(&mut rows, line, width.into());
        rest = after;
    }
    break_into(&mut rows, rest, width.into());
    Ok(rows)
}

/// Breaks between any two characters: in JSON a blank may be anything but a place to break.
fn break_into(rows: &mut Rows, words: &str, width: usize) {
    let (mut line, mut used) = (String::new(), 0);
    for grapheme in words.graphemes(true) {
        let shown = text::scrub(grapheme);
        let cells = text::width(&shown);
        if used > 0 && used + cells > width {
            rows.push((std::mem::take(&mut line), Tone::Plain));
            used = 0;
        }
        line.push_str(&shown);
        used += cells;
    }
    rows.push((line, Tone::Plain));
}
