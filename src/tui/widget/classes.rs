//! The classes of a plan with their counts, one of them chosen: `New 25 · Reactivate 2 · …`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint;
use crate::text;
use crate::tui::theme::{Focus, Theme, Tone};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    pub name: String,
    pub count: u64,
    /// What having rows in it means.
    pub tone: Tone,
}

/// Draws the classes over as many rows of `area` as they need, and returns how many that were.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    classes: &[Class],
    chosen: usize,
    theme: &Theme,
) -> u16 {
    let area = area.intersection(buffer.area);
    let mut row = 0;
    let mut x = 0;
    for (index, class) in classes.iter().enumerate() {
        let label = format!(
            " {} {} ",
            text::scrub(&class.name),
            text::count(class.count)
        );
        let width = paint::cells(&label);
        if x > 0 && x + width > area.width {
            row += 1;
            x = 0;
        }
        let tone = if class.count == 0 {
            Tone::Dim
        } else {
            class.tone
        };
        let mut style = theme.tone(tone);
        if index == chosen {
            style = style.patch(theme.selected(Focus::Here));
        }
        paint::text(
            buffer,
            paint::after(paint::row(area, row), x),
            0,
            &label,
            style,
        );
        x = x.saturating_add(width + 1);
    }
    (row + 1).min(area.height)
}
