//! The frame around a tab: bar, body, result sentence, footer, and what lies over them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::{Block, Widget};

use super::App;
use super::bindings::Hint;
use crate::text;
use crate::tui::overlay::{self, Overlay};
use crate::tui::tab::{Badge, Protocol, Status};
use crate::tui::tasks::Place;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;

const LEAST: Size = Size::new(60, 16);

#[derive(Clone, Copy)]
pub(super) struct Areas {
    pub bar: Rect,
    pub body: Rect,
    status: Rect,
    footer: Rect,
}

impl<N: Protocol> App<N> {
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
        if let Some((words, _)) = &self.key_hint {
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

/// How much of the tab bar fits, best first: all titles at any width; what is beside them goes first.
#[derive(Clone, Copy)]
struct Style {
    name: &'static str,
    gap: u16,
    detail: bool,
}

const STYLES: [Style; 4] = [
    Style {
        name: " selaras  ",
        gap: 2,
        detail: true,
    },
    Style {
        name: " ",
        gap: 1,
        detail: true,
    },
    Style {
        name: "",
        gap: 0,
        detail: true,
    },
    Style {
        name: "",
        gap: 0,
        detail: false,
    },
];

struct Item {
    x: u16,
    width: u16,
    label: String,
    badge: String,
    tone: Tone,
}

impl<N: Protocol> App<N> {
    /// The tab at column `x` of the bar.
    pub(super) fn tab_at(&self, x: u16, width: u16) -> Option<usize> {
        let (_, items) = self.items(width);
        items
            .iter()
            .position(|item| (item.x..item.x + item.width).contains(&x))
    }

    fn draw_bar(&self, buffer: &mut Buffer, bar: Rect) {
        let theme = &self.theme;
        let (name, items) = self.items(bar.width);
        paint::text(buffer, bar, 0, name, theme.tone(Tone::Title));
        let mut end = paint::cells(name);
        for (index, item) in items.iter().enumerate() {
            let place = Rect {
                width: item.width.min(bar.width.saturating_sub(item.x)),
                ..paint::after(bar, item.x)
            };
            let chosen = self.place == Place::Tab(index);
            paint::text(buffer, place, 0, &item.label, theme.tone(Tone::Plain));
            let beside = paint::after(place, paint::cells(&item.label));
            paint::text(buffer, beside, 0, &item.badge, theme.tone(item.tone));
            if chosen {
                buffer.set_style(place, theme.selected(Focus::Here));
            }
            end = item.x + item.width;
        }
        let rest = paint::after(bar, end + 1);
        let context = text::fit(
            &text::scrub(&self.places.context),
            rest.width.saturating_sub(1).into(),
        );
        if rest.width > 4 {
            paint::text_right(
                buffer,
                rest,
                0,
                &format!("{context} "),
                theme.tone(Tone::Dim),
            );
        }
    }

    /// The items of the bar in the best style that fits.
    fn items(&self, width: u16) -> (&'static str, Vec<Item>) {
        let mut items = Vec::new();
        let mut name = "";
        for style in STYLES {
            name = style.name;
            items = self.items_in(style);
            let end = items.last().map_or(0, |item: &Item| item.x + item.width);
            if end <= width {
                break;
            }
        }
        (name, items)
    }

    fn items_in(&self, style: Style) -> Vec<Item> {
        let mut x = paint::cells(style.name);
        let mut items = Vec::new();
        for (index, tab) in self.places.tabs.iter().enumerate() {
            let label = format!(" {} {} ", index + 1, text::scrub(tab.title()));
            let (badge, tone) = badge(tab.badge(), style.detail, &self.theme);
            let width = paint::cells(&label) + paint::cells(&badge);
            items.push(Item {
                x,
                width,
                label,
                badge,
                tone,
            });
            x += width + style.gap;
        }
        items
    }
}

fn badge(badge: Badge, detail: bool, theme: &Theme) -> (String, Tone) {
    let (sign, tone) = badge.sign(theme);
    let detail = if detail {
        badge.detail(theme)
    } else {
        String::new()
    };
    let words = match (sign, detail.as_str()) {
        ("", _) => String::new(),
        (sign, "") => format!("{sign} "),
        (sign, detail) => format!("{sign} {detail} "),
    };
    (words, tone)
}
