//! The tab bar: all titles, whatever the width; what is beside them gives way first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::App;
use crate::text;
use crate::tui::tab::Protocol;
use crate::tui::tasks::Place;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::paint;

/// How much the bar can afford, best first.
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

/// One tab in the bar.
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

    pub(super) fn draw_bar(&self, buffer: &mut Buffer, bar: Rect) {
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

fn badge(badge: crate::tui::tab::Badge, detail: bool, theme: &Theme) -> (String, Tone) {
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
