//! What goes to the terminal: one write for each frame, and not a byte when nothing changed.
//!
//! ratatui's own crossterm backend resets the colours and hides the cursor in every frame, which
//! costs 25 bytes even when nothing else is sent. Here a frame is collected in one 64 KiB buffer,
//! put between the brackets of a synchronized update (DEC 2026), and flushed once. The cursor of
//! the terminal stays hidden; inputs draw their own as a reversed cell.

use std::io::{self, BufWriter, Write};

use crossterm::terminal::{BeginSynchronizedUpdate, Clear, EndSynchronizedUpdate};
use crossterm::{Command, queue};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

const BUFFER: usize = 64 * 1024;
/// For a terminal that reports no size.
const DEFAULT_SIZE: Size = Size::new(80, 24);

pub type Measure = fn() -> io::Result<Size>;

#[derive(Debug)]
pub struct Wire<W: Write> {
    inner: CrosstermBackend<BufWriter<W>>,
    measure: Measure,
    open: bool,
}

impl<W: Write> Wire<W> {
    pub fn new(out: W, measure: Measure) -> Self {
        Self {
            inner: CrosstermBackend::new(BufWriter::with_capacity(BUFFER, out)),
            measure,
            open: false,
        }
    }

    /// Sends one command by itself, outside of any frame.
    pub fn send(&mut self, command: impl Command) -> io::Result<()> {
        queue!(self.inner, command)?;
        Write::flush(&mut self.inner)
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.open {
            self.open = true;
            queue!(self.inner, BeginSynchronizedUpdate)?;
        }
        Ok(())
    }
}

impl<W: Write> Backend for Wire<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.begin()?;
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, _position: P) -> io::Result<()> {
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, _region: ClearType) -> io::Result<()> {
        self.begin()?;
        queue!(self.inner, Clear(crossterm::terminal::ClearType::All))
    }

    fn size(&self) -> io::Result<Size> {
        let size = (self.measure)()?;
        let unknown = size.width == 0 || size.height == 0;
        Ok(if unknown { DEFAULT_SIZE } else { size })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size()?,
            pixels: Size::new(0, 0),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.open {
            return Ok(());
        }
        self.open = false;
        queue!(self.inner, EndSynchronizedUpdate)?;
        Write::flush(&mut self.inner)
    }
}
