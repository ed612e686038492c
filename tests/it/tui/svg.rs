//! Paints a screen as an SVG: what `screenshots/` is made of.
//!
//! ```text
//!   svg::paint(stage.buffer(), "Users")
//! ```
//! Every run of one style is one text of a fixed length, so that columns stand straight in any
//! font that is wide enough.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

const CELL: (f32, f32) = (8.4, 18.0);
const MARGIN: f32 = 12.0;
const TITLE: f32 = 28.0;
const FOREGROUND: &str = "#d5dae0";
const BACKGROUND: &str = "#14181d";

/// The screen in a window of this title.
pub fn paint(buffer: &Buffer, title: &str) -> String {
    let area = buffer.area;
    let width = f32::from(area.width) * CELL.0 + 2.0 * MARGIN;
    let height = f32::from(area.height) * CELL.1 + TITLE + MARGIN;
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.1} {height:.1}\" font-family=\"'JetBrains Mono','DejaVu Sans \
         Mono',Menlo,Consolas,monospace\" font-size=\"14\">\n\
         <title>{title}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g fill=\"#4f5b66\"><circle cx=\"18\" cy=\"14\" r=\"5\"/><circle cx=\"34\" cy=\"14\" \
         r=\"5\"/><circle cx=\"50\" cy=\"14\" r=\"5\"/></g>\n\
         <text x=\"50%\" y=\"19\" text-anchor=\"middle\" fill=\"#9aa5b1\" \
         font-size=\"12\">{title}</text>",
        title = escape(title),
    );
    for y in 0..area.height {
        for run in runs(buffer, y) {
            run.paint(&mut svg, y);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Cells of one style side by side.
struct Run {
    x: u16,
    cells: u16,
    text: String,
    style: (Color, Color, Modifier),
}

impl Run {
    fn paint(&self, svg: &mut String, y: u16) {
        let (fg, bg, modifier) = self.style;
        let mut front = colour(fg).unwrap_or_else(|| FOREGROUND.to_owned());
        let mut back = colour(bg);
        if modifier.contains(Modifier::REVERSED) {
            let behind = back.unwrap_or_else(|| BACKGROUND.to_owned());
            back = Some(std::mem::replace(&mut front, behind));
        }
        let left = MARGIN + f32::from(self.x) * CELL.0;
        let top = TITLE + f32::from(y) * CELL.1;
        let width = f32::from(self.cells) * CELL.0;
        if let Some(back) = back {
            let _ = writeln!(
                svg,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\" \
                 fill=\"{back}\"/>",
                CELL.1,
            );
        }
        if self.text.trim().is_empty() {
            return;
        }
        let mut extra = String::new();
        if modifier.contains(Modifier::BOLD) {
            extra.push_str(" font-weight=\"bold\"");
        }
        if modifier.contains(Modifier::DIM) {
            extra.push_str(" opacity=\"0.6\"");
        }
        let _ = writeln!(
            svg,
            "<text x=\"{left:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" \
             lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"{front}\"{extra}>{}\
             </text>",
            top + 13.5,
            escape(&self.text),
        );
    }
}

fn runs(buffer: &Buffer, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while x < buffer.area.width {
        let cell: &Cell = &buffer[(x, y)];
        let style = (cell.fg, cell.bg, cell.modifier);
        let width = u16::try_from(selaras::text::width(cell.symbol()))
            .unwrap()
            .max(1);
        match runs.last_mut() {
            // A wide character is a run of its own: fonts disagree on how wide it is.
            Some(run)
                if run.style == style
                    && width == 1
                    && run.text.is_ascii() == cell.symbol().is_ascii() =>
            {
                run.text.push_str(cell.symbol());
                run.cells += 1;
            }
            _ => runs.push(Run {
                x,
                cells: width,
                text: cell.symbol().to_owned(),
                style,
            }),
        }
        x += width;
    }
    runs
}

fn colour(colour: Color) -> Option<String> {
    let named = match colour {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => return Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Black => "#22282f",
        Color::Red => "#e05561",
        Color::Green => "#8cc265",
        Color::Yellow => "#d6a543",
        Color::Blue => "#4aa5f0",
        Color::Magenta => "#c162de",
        Color::Cyan => "#42b3c2",
        Color::Gray => "#aeb6bf",
        Color::DarkGray => "#6b7580",
        Color::LightRed => "#ff7a7a",
        Color::LightGreen => "#a5e075",
        Color::LightYellow => "#f0c674",
        Color::LightBlue => "#7ab8ff",
        Color::LightMagenta => "#de73ff",
        Color::LightCyan => "#5fd7d7",
        Color::White => "#ffffff",
        Color::Indexed(index) => return Some(indexed(index)),
    };
    Some(named.to_owned())
}

/// A colour of the 256: the cube and the greys; the first sixteen have names.
fn indexed(index: u8) -> String {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index {
        0..=15 => FOREGROUND.to_owned(),
        16..=231 => {
            let step = index - 16;
            let (red, green, blue) = (level(step / 36), level(step / 6 % 6), level(step % 6));
            format!("#{red:02x}{green:02x}{blue:02x}")
        }
        grey => {
            let value = 8 + 10 * (grey - 232);
            format!("#{value:02x}{value:02x}{value:02x}")
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[test]
fn a_screen_becomes_an_svg_that_keeps_its_words_and_escapes_them() {
    let mut buffer = Buffer::with_lines(["a <b> & 日 x"]);
    buffer[(0, 0)].modifier = Modifier::REVERSED;
    let svg = paint(&buffer, "T & C");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("&lt;b&gt; &amp; "), "{svg}");
    assert!(svg.contains(">日</text>") && svg.contains("<title>T &amp; C</title>"));
    assert!(
        svg.contains(&format!("fill=\"{FOREGROUND}\"/>")),
        "the reversed cell has a back"
    );
}
