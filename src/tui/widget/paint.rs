//! The few strokes everything is drawn with: clipped text, wrapped text, a dialog's rectangle.
//!
//! Every stroke stays within its area, however small that is, so that no widget can panic on a
//! terminal that is resized to nothing.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::text;

/// Writes `words` into row `row` of `area`, cut with `…` where it is too long.
pub fn text(buffer: &mut Buffer, area: Rect, row: u16, words: &str, style: Style) {
    let area = area.intersection(buffer.area);
    if row >= area.height || area.width == 0 {
        return;
    }
    let fitted = text::fit(words, usize::from(area.width));
    buffer.set_stringn(area.x, area.y + row, fitted, usize::from(area.width), style);
}

/// Writes `words` at the right end of row `row`, if they fit.
pub fn text_right(buffer: &mut Buffer, area: Rect, row: u16, words: &str, style: Style) {
    let width = cells(words);
    if width <= area.width {
        let from = Rect {
            x: area.right() - width,
            width,
            ..area
        };
        text(buffer, from, row, words, style);
    }
}

/// The part of `area` from column `from` on.
pub fn after(area: Rect, from: u16) -> Rect {
    let from = from.min(area.width);
    Rect {
        x: area.x + from,
        width: area.width - from,
        ..area
    }
}

/// Row `row` of `area`; empty where there is none.
pub fn row(area: Rect, row: u16) -> Rect {
    let height = u16::from(row < area.height);
    Rect {
        y: area.y + row.min(area.height),
        height,
        ..area
    }
}

/// The width of `words`, in cells of a screen.
pub fn cells(words: &str) -> u16 {
    u16::try_from(text::width(words)).unwrap_or(u16::MAX)
}

/// `words` broken between words, or within one that is too long, into lines of at most `width`
/// cells. Nothing is lost but the blanks at the breaks.
pub fn wrap(words: &str, width: u16) -> Vec<String> {
    let width = usize::from(width.max(1));
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words.split(' ') {
        let joint = usize::from(!line.is_empty());
        if text::width(&line) + joint + text::width(word) <= width {
            if joint == 1 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for grapheme in word.graphemes(true) {
            if !line.is_empty() && text::width(&line) + text::width(grapheme) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(grapheme);
        }
    }
    lines.push(line);
    lines
}

/// A rectangle of at most this size in the middle of `area`.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// Makes `area` blank, so that nothing shines through a dialog.
pub fn blank(buffer: &mut Buffer, area: Rect) {
    let area = area.intersection(buffer.area);
    // The left half of a wide character just outside would be drawn over our border.
    if area.x > buffer.area.x {
        for y in area.top()..area.bottom() {
            let cell = &mut buffer[(area.x - 1, y)];
            if text::width(cell.symbol()) > 1 {
                cell.set_symbol(" ");
            }
        }
    }
    for position in area.positions() {
        buffer[position].reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sentence_breaks_between_words() {
        assert_eq!(wrap("25 users added", 8), ["25 users", "added"]);
        assert_eq!(wrap("averylongword x", 5), ["avery", "longw", "ord x"]);
        assert_eq!(wrap("", 5), [""]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_too_wide(words in "[a-z日]{0,9}( [a-z日]{1,9}){0,9}", width in 2u16..40) {
            let lines = wrap(&words, width);
            prop_assert!(lines.iter().all(|line| cells(line) <= width));
            let squeezed = |text: &str| text.replace(' ', "");
            prop_assert_eq!(squeezed(&lines.concat()), squeezed(&words));
        }
    }
}
