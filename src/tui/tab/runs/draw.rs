//! The list of runs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Runs;
use crate::engine::Verdict;
use crate::run::{Listed, Run, State};
use crate::text;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::table::{Column, Field, Table};

impl Runs {
    pub(super) fn draw_list(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let rows = self.rows();
        let count = |number: usize| text::count(u64::try_from(number).unwrap_or(u64::MAX));
        let remark = if rows.len() == self.all.len() {
            count(rows.len())
        } else {
            format!("{} of {}", count(rows.len()), count(self.all.len()))
        };
        let mut inside = Pane::new("Runs of this machine", Focus::Here)
            .remark(&remark)
            .draw(buffer, area, theme);
        if let Some(failure) = &self.blind {
            let words = format!("✗ {}", failure.message);
            for line in paint::wrap(&text::scrub(&words), inside.width.saturating_sub(2)) {
                let row = paint::after(inside, 1);
                paint::text(buffer, row, 0, &line, theme.tone(Tone::Bad));
                inside.y = inside.y.saturating_add(1).min(inside.bottom());
                inside.height = inside.height.saturating_sub(1);
            }
        }
        let below = self.filter.draw(buffer, inside, theme);
        let columns = [
            Column::new("Run", 6, 6, 9),
            Column::new("State", 9, 13, 8),
            Column::new("Engine", 8, 8, 4),
            Column::new("Target", 8, 16, 7).names(60),
            Column::new("Started", 10, 10, 6),
            Column::new("Took", 7, 7, 2).right(),
            Column::new("By", 8, 14, 3).names(40),
            Column::new("Result", 16, 200, 5),
        ];
        let row = |number: usize| {
            rows.get(number)
                .map(|row| fields(row, theme))
                .unwrap_or_default()
        };
        let empty = if self.all.is_empty() {
            "Nothing was run from this machine yet"
        } else {
            "No run fits; Esc shows all"
        };
        let table = Table {
            columns: &columns,
            length: rows.len(),
            row: &row,
            list: &self.list,
            focus: Focus::Here,
            sorted: None,
            empty,
        };
        table.draw(buffer, below, theme);
    }
}

fn fields(row: &Listed, theme: &Theme) -> Vec<Field> {
    match row {
        Listed::Run(run) => fields_of(run, theme),
        Listed::Unreadable { name, why } => {
            let mut fields = vec![
                Field::toned(name, Tone::Dim),
                Field::toned("? unread", Tone::Warn),
            ];
            fields.extend((0..5).map(|_| Field::default()));
            fields.push(Field::toned(&why.message, Tone::Dim));
            fields
        }
    }
}

fn fields_of(run: &Run, theme: &Theme) -> Vec<Field> {
    let manifest = &run.manifest;
    let (sign, tone) = sign(&run.state, theme);
    let began = run.started.unwrap_or(manifest.created);
    let until = match run.state {
        State::Running => Some(theme.now),
        _ => run.ended(),
    };
    let took = until.map(|until| {
        let length = until.duration_since(began);
        text::duration(length.max(jiff::SignedDuration::ZERO))
    });
    vec![
        Field::toned(&run.id().short(), Tone::Accent),
        Field::toned(&format!("{sign} {}", run.state.word()), tone),
        Field::from(manifest.engine.as_str()),
        Field::from(manifest.target.as_str()),
        Field::toned(&text::age(manifest.created, theme.now), Tone::Dim),
        Field::toned(&took.unwrap_or_default(), Tone::Dim),
        Field::from(manifest.operator.to_string()),
        Field::from(run.sentence()),
    ]
}

fn sign(state: &State, theme: &Theme) -> (&'static str, Tone) {
    match state {
        State::Running => (theme.spinner(), Tone::Accent),
        State::Died => ("✗", Tone::Bad),
        State::Finished(ending) => match ending.verdict {
            Verdict::Clean => ("✓", Tone::Good),
            Verdict::Partial | Verdict::Stopped | Verdict::Interrupted => ("!", Tone::Warn),
            Verdict::Failed => ("✗", Tone::Bad),
        },
    }
}
