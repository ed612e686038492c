//! What the loop needs from a terminal: the real one, or the one of the tests.

use std::future::Future;
use std::io;
use std::process::{Command, ExitStatus};
use std::time::Instant;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::Terminal;
use ratatui::backend::Backend;

use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key event, and when it was read.
    Key(KeyEvent, Instant),
    /// A paste, and when it was read.
    Paste(String, Instant),
    Mouse(MouseEvent),
    Resized,
    /// The shell wants the terminal for a while.
    Suspend,
    /// The terminal is ours again, in an unknown state.
    Continued,
    End(End),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Quit,
    /// A signal of this number asked for it.
    Signal(i32),
    Lost,
}

/// How a program in the terminal ended.
#[derive(Debug)]
pub enum ProgramEnd {
    Ended(ExitStatus),
    NotStarted(io::Error),
    /// The screen must end too.
    Over(End),
}

pub trait Console {
    type Fault: std::error::Error + Send + Sync + 'static;
    type Backend: Backend<Error = Self::Fault>;

    fn terminal(&mut self) -> &mut Terminal<Self::Backend>;

    /// Waits for something to happen. Dropping the future loses nothing.
    fn input(&mut self) -> impl Future<Output = Input>;

    fn input_now(&mut self) -> Option<Input>;

    fn set_mouse(&mut self, on: bool) -> Result<()>;

    fn ring(&mut self) -> Result<()>;

    /// Hands `words` to the terminal for the clipboard.
    fn copy(&mut self, words: &str) -> Result<()>;

    /// Gives the terminal back, stops this process until it is continued, and takes it again.
    fn suspend(&mut self) -> impl Future<Output = Result<()>>;

    /// Runs a program in the terminal, and takes the terminal again however it ends.
    fn run_program(&mut self, command: Command) -> impl Future<Output = Result<ProgramEnd>>;

    /// Takes the terminal again after another program had it.
    fn resume(&mut self) -> Result<()>;
}
