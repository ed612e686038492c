//! The frame around a tab: bar, body, result sentence, footer, and what lies over them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::{Block, Widget};

use super::App;
use super::bindings::Hint;
use crate::tui::overlay::{self, Overlay};
use crate::tui::tab::Protocol;
use crate::tui::tab::Status;
use crate::tui::tasks::Place;
use crate::tui::theme::{Focus, Tone};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;

/// The smallest screen that can show every function.
const LEAST: Size = Size::new(60, 16);

/// Where the parts of the frame are.
#[derive(Clone, Copy)]
pub(super) struct Areas {
    pub bar: Rect,
    pub body: Rect,
    status: Rect,
    footer: Rect,
}

impl<N: Protocol> App<N> {
    /// Draws the whole screen.
    pub fn draw(&mut self, buffer: &mut Buffer) {
        let screen = buffer.area;
        self.size = screen.as_size();
        self.draw_all(buffer, screen);
        self.theme.finish(buffer);
    }

    fn draw_all(&self, buffer: &mut Buffer, screen: Rect) {
        if !self.has_room() {
            let words = format!(
                "selaras needs {}×{}, this is {}×{}",
                LEAST.width, LEAST.height, screen.width, screen.height
            );
            paint::text(buffer, screen, 0, &words, self.theme.tone(Tone::Plain));
            return;
        }
        let areas = self.areas();
        self.draw_bar(buffer, areas.bar);
        if let Some(tab) = self.place(self.place) {
            tab.draw(buffer, areas.body, &self.theme);
        }
        self.draw_status(buffer, areas.status);
        self.draw_footer(buffer, areas.footer);
        self.draw_overlay(buffer, areas.body);
        self.draw_notices(buffer, areas.body);
        if let Some(dialog) = &self.dialog {
            dialog.confirm.draw(buffer, areas.body, &self.theme);
        }
    }

    /// Whether the screen is large enough to work on.
    pub(super) fn has_room(&self) -> bool {
        self.size.width >= LEAST.width && self.size.height >= LEAST.height
    }

    /// The parts of the frame on a screen of the present size.
    pub(super) fn areas(&self) -> Areas {
        let Size { width, height } = self.size;
        let sentence = self.sentence(width).0.len();
        let wanted = u16::try_from(sentence).unwrap_or(u16::MAX);
        let status = wanted.clamp(1, height.saturating_sub(2).max(1));
        let body = height.saturating_sub(2 + status);
        Areas {
            bar: Rect::new(0, 0, width, 1),
            body: Rect::new(0, 1, width, body),
            status: Rect::new(0, 1 + body, width, status),
            footer: Rect::new(0, 1 + body + status, width, 1),
        }
    }

    fn status(&self) -> Option<Status> {
        self.place(self.place)?.status()
    }

    /// The result sentence in lines, its tone, and what stands at its right.
    fn sentence(&self, width: u16) -> (Vec<String>, Tone, String) {
        let Some(status) = self.status() else {
            return (vec![String::new()], Tone::Plain, String::new());
        };
        let beside = match paint::cells(&status.remark) {
            0 => 0,
            cells => cells + 2,
        };
        let room = width.saturating_sub(2 + beside);
        (
            paint::wrap(&status.sentence, room),
            status.tone,
            status.remark,
        )
    }

    fn draw_status(&self, buffer: &mut Buffer, area: Rect) {
        let (lines, tone, remark) = self.sentence(area.width);
        let inside = paint::after(area, 1);
        for (row, line) in (0..area.height).zip(&lines) {
            paint::text(buffer, inside, row, line, self.theme.tone(tone));
        }
        let remark = format!("{remark} ");
        paint::text_right(buffer, inside, 0, &remark, self.theme.tone(Tone::Dim));
    }

    fn draw_footer(&self, buffer: &mut Buffer, footer: Rect) {
        if let Some((words, _)) = &self.shrug {
            let line = paint::after(footer, 1);
            paint::text(buffer, line, 0, words, self.theme.tone(Tone::Warn));
            return;
        }
        let (own, everywhere) = self.hints();
        let reserved: u16 = everywhere.iter().map(hint_width).sum();
        let room = footer.width.saturating_sub(reserved + 3);
        let mut x = 1;
        for (index, hint) in own.iter().enumerate() {
            let last = index + 1 == own.len();
            // The last one needs no room for the sign that there are more.
            let limit = if last { room + 2 } else { room };
            if x + hint_width(hint) > limit {
                paint::text(
                    buffer,
                    paint::after(footer, x),
                    0,
                    "…",
                    self.theme.tone(Tone::Dim),
                );
                x += 3;
                break;
            }
            x = self.draw_hint(buffer, footer, x, hint);
        }
        for hint in &everywhere {
            x = self.draw_hint(buffer, footer, x, hint);
        }
    }

    fn draw_hint(&self, buffer: &mut Buffer, footer: Rect, x: u16, hint: &Hint) -> u16 {
        let (key, label) = hint;
        paint::text(
            buffer,
            paint::after(footer, x),
            0,
            key,
            self.theme.tone(Tone::Accent),
        );
        let beside = paint::after(footer, x + paint::cells(key) + 1);
        paint::text(buffer, beside, 0, label, self.theme.tone(Tone::Plain));
        x + hint_width(hint)
    }

    fn draw_overlay(&self, buffer: &mut Buffer, body: Rect) {
        let area = overlay::area(body);
        match &self.overlay {
            None => {}
            Some(Overlay::Help(help)) => help.draw(buffer, area, &self.entries_here(), &self.theme),
            Some(Overlay::Palette(palette)) => {
                palette.draw(buffer, area, &self.entries(), &self.theme);
            }
            Some(Overlay::Log(reading)) => {
                let log = self.notices.log();
                paint::blank(buffer, area);
                let state = if reading.follows() {
                    "following"
                } else {
                    "paused"
                };
                let inside = Pane::new("Log of this screen", Focus::Here)
                    .remark(state)
                    .draw(buffer, area, &self.theme);
                if log.is_empty() {
                    let words = "Nothing was said so far";
                    paint::text(buffer, inside, 0, words, self.theme.tone(Tone::Dim));
                }
                let line = |number: usize| log.line(number, &self.theme);
                reading.draw(buffer, inside, (log.len(), &line), &self.theme);
            }
        }
    }

    /// Draws the latest words into the lower right corner of the body.
    fn draw_notices(&self, buffer: &mut Buffer, body: Rect) {
        let mut bottom = body.bottom().saturating_sub(1);
        for notice in self.notices.shown().rev() {
            let widest = (body.width / 2).max(40).min(body.width.saturating_sub(4));
            let lines = paint::wrap(&notice.words, widest.saturating_sub(4));
            let inner = lines
                .iter()
                .map(|line| paint::cells(line))
                .max()
                .unwrap_or(0);
            let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
            if height > bottom.saturating_sub(body.y) {
                break;
            }
            let width = inner + 4;
            let area = Rect::new(
                body.right().saturating_sub(width + 1),
                bottom - height,
                width,
                height,
            );
            paint::blank(buffer, area);
            let style = self.theme.tone(notice.tone);
            Block::bordered().border_style(style).render(area, buffer);
            let inside = paint::after(Pane::inside(area), 1);
            for (row, line) in (0..inside.height).zip(&lines) {
                paint::text(buffer, inside, row, line, style);
            }
            bottom -= height;
        }
    }

    fn entries_here(&self) -> Vec<overlay::Entry<N::Act>> {
        let mut entries = self.entries();
        entries.retain(|entry| entry.place.is_none_or(|place: Place| place == self.place));
        entries
    }
}

fn hint_width((key, label): &Hint) -> u16 {
    paint::cells(key) + 1 + paint::cells(label) + 2
}
