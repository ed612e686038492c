//! A bordered pane with a title at the left, a remark at the right, and focus shown twice: by
//! colour and by a marker in the title.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Widget};

use super::paint;
use crate::text;
use crate::tui::theme::{Focus, Theme, Tone};

#[derive(Clone, Debug)]
pub struct Pane {
    title: String,
    remark: String,
    focus: Focus,
}

impl Pane {
    pub fn new(title: &str, focus: Focus) -> Self {
        Self {
            title: text::scrub(title),
            remark: String::new(),
            focus,
        }
    }

    /// The same pane with a remark at the right end of its title, such as `812 of 1 940`.
    #[must_use]
    pub fn remark(mut self, remark: &str) -> Self {
        self.remark = text::scrub(remark);
        self
    }

    pub fn inside(area: Rect) -> Rect {
        Rect {
            x: area.x.saturating_add(1).min(area.right()),
            y: area.y.saturating_add(1).min(area.bottom()),
            width: area.width.saturating_sub(2),
            height: area.height.saturating_sub(2),
        }
    }

    /// Draws the border and returns what is left inside.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) -> Rect {
        let area = area.intersection(buffer.area);
        Block::bordered()
            .border_style(theme.border(self.focus))
            .render(area, buffer);
        let heading = paint::after(area, 2);
        let heading = Rect {
            width: heading.width.saturating_sub(2),
            ..heading
        };
        let marker = if self.focus == Focus::Here { "▸" } else { "" };
        // With a blank on either side.
        let cells = usize::from(heading.width.saturating_sub(2));
        let title = text::fit_middle(&format!("{marker}{}", self.title), cells);
        let room = heading.width.saturating_sub(paint::cells(&title) + 1);
        if !title.is_empty() {
            paint::text(
                buffer,
                heading,
                0,
                &format!(" {title} "),
                theme.tone(Tone::Title),
            );
        }
        if !self.remark.is_empty() && paint::cells(&self.remark) + 2 <= room {
            let remark = format!(" {} ", self.remark);
            paint::text_right(buffer, heading, 0, &remark, theme.tone(Tone::Dim));
        }
        Self::inside(area)
    }
}
