//! What the loop needs from a terminal: the real one, or the one of the tests.

use std::future::Future;
use std::io;
use std::process::{Command, ExitStatus};
use std::time::Instant;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::Terminal;
use ratatui::backend::Backend;

use crate::error::Result;

/// Something that happened at the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key event, and when it was read.
    Key(KeyEvent, Instant),
    /// A paste, and when it was read.
    Paste(String, Instant),
    /// A mouse report.
    Mouse(MouseEvent),
    /// The size changed.
    Resized,
    /// The shell wants the terminal for a while.
    Suspend,
    /// The terminal is ours again, in an unknown state.
    Continued,
    /// It is over.
    End(End),
}

/// Why a screen ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The person left.
    Quit,
    /// A signal of this number asked for it.
    Signal(i32),
    /// The terminal is gone.
    Lost,
}

/// What became of a program that had the terminal.
#[derive(Debug)]
pub enum Lent {
    /// It ended, like this.
    Ended(ExitStatus),
    /// It could not be started.
    NotStarted(io::Error),
    /// Meanwhile it is over for the screen, too.
    Over(End),
}

/// A terminal.
pub trait Console {
    /// What drawing may fail with.
    type Fault: std::error::Error + Send + Sync + 'static;
    /// What ratatui draws on.
    type Backend: Backend<Error = Self::Fault>;

    /// The terminal to draw on.
    fn terminal(&mut self) -> &mut Terminal<Self::Backend>;

    /// Waits for something to happen. Dropping the future loses nothing.
    fn input(&mut self) -> impl Future<Output = Input>;

    /// What has happened already, if anything.
    fn input_now(&mut self) -> Option<Input>;

    /// Switches mouse reports.
    fn set_mouse(&mut self, on: bool) -> Result<()>;

    /// Rings the bell.
    fn ring(&mut self) -> Result<()>;

    /// Hands `words` to the terminal for the clipboard.
    fn copy(&mut self, words: &str) -> Result<()>;

    /// Gives the terminal back, stops this process until it is continued, and takes it again.
    fn suspend(&mut self) -> impl Future<Output = Result<()>>;

    /// Gives the terminal to a program, waits for its end, and takes it again whatever happens.
    fn lend(&mut self, command: Command) -> impl Future<Output = Result<Lent>>;

    /// Takes the terminal again after somebody else had it.
    fn resume(&mut self) -> Result<()>;
}
