//! How a run is drawn: whole, or in one row.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{ALL, RunView};
use crate::text;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::gauge::{self, Progress};
use crate::tui::widget::paint;

impl RunView {
    /// Draws head, gauges and log into `area`.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let area = area.intersection(buffer.area);
        self.head(buffer, paint::row(area, 0), theme);
        // The gauges may take half of it; of too many those that move are shown.
        let most = usize::from(area.height.saturating_sub(2) / 2).max(1);
        let shown = self.shown(most);
        for (row, (scope, progress)) in (1..area.height).zip(&shown) {
            gauge::draw(buffer, paint::row(area, row), (scope, ""), progress, theme);
        }
        let used = 1 + u16::try_from(shown.len()).unwrap_or(u16::MAX);
        let log = Rect {
            y: area.y.saturating_add(used).min(area.bottom()),
            height: area.height.saturating_sub(used),
            ..area
        };
        self.draw_log(buffer, log, theme);
    }

    /// Draws the log alone.
    pub fn draw_log(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let line = |number: usize| self.log.line(number, theme);
        self.reading
            .draw(buffer, area, (self.log.len(), &line), theme);
    }

    /// Draws it in one row: `⠹ remark  ███░░  62 %  00:12`.
    pub fn draw_row(&self, buffer: &mut Buffer, area: Rect, label: &str, theme: &Theme) {
        let elapsed = text::duration(self.elapsed(theme.now));
        let whole = self.gauges.iter().find(|(scope, _)| scope == ALL);
        let whole = whole.or(self.gauges.last());
        let progress = whole.map(|(_, progress)| *progress).unwrap_or_default();
        gauge::draw(buffer, area, (label, &elapsed), &progress, theme);
    }

    fn head(&self, buffer: &mut Buffer, line: Rect, theme: &Theme) {
        let elapsed = text::duration(self.elapsed(theme.now));
        let mut tail = match self.retries {
            0 => String::new(),
            several => format!("! {}  ", text::plural(several, "wait")),
        };
        match &self.countdown {
            Some((until, left)) => {
                let left = text::seconds(*left);
                let _ = write!(tail, "stopping, {left} {until}  ");
            }
            None if self.stopping && !self.is_over() => tail.push_str("stopping  "),
            None => {}
        }
        tail.push_str(&elapsed);
        let tone = if self.retries > 0 || self.stopping || self.countdown.is_some() {
            Tone::Warn
        } else {
            Tone::Dim
        };
        paint::text_right(buffer, line, 0, &tail, theme.tone(tone));
        let sign = if self.is_over() { "" } else { theme.spinner() };
        let words = format!("{sign} {}", self.stage);
        let room = Rect {
            width: line.width.saturating_sub(paint::cells(&tail) + 2),
            ..line
        };
        paint::text(buffer, room, 0, words.trim_start(), theme.tone(Tone::Title));
    }

    /// The gauges that matter most, in their order: the whole, what is not full, the latest.
    pub(super) fn shown(&self, most: usize) -> Vec<(String, Progress)> {
        let mut rank: Vec<usize> = (0..self.gauges.len()).collect();
        let key = |&index: &usize| {
            let (scope, progress) = &self.gauges[index];
            let full = progress.percent() == Some(100);
            (scope != ALL, full, std::cmp::Reverse(index))
        };
        rank.sort_by_key(key);
        rank.truncate(most);
        rank.sort_unstable();
        rank.iter()
            .map(|&index| self.gauges[index].clone())
            .collect()
    }
}
