//! The real terminal: taken, drawn on, given back, whatever happens in between.
//!
//! ```text
//!   Screen ── Wire (one write for each frame) ──▶ tty
//!     ▲───── Keyboard (a thread: keys, and whether the line is dead) ◀── tty
//!     ▲───── signals: TERM, HUP, INT, TSTP, CONT, WINCH
//! ```

mod input;
mod modes;
mod wire;

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::process::Command;

use crossterm::clipboard::CopyToClipboard;
use ratatui::Terminal;
use ratatui::layout::Size;
use rustix::process::{self, Signal, getpid, kill_current_process_group, kill_process};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::console::{Console, End, Input, ProgramEnd};
use crate::error::{Error, Result};
use crate::proc;
use crate::proc::default_for_children;
use input::Keyboard;
use input::Signals;
use modes::{Bell, MouseOff, MouseOn};

pub use modes::restore;
pub use wire::Measure;
pub use wire::Wire;

pub struct Screen {
    terminal: Terminal<Wire<File>>,
    keyboard: Option<Keyboard>,
    signals: Signals,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal; dropping it gives it back. From now on a panic of this thread does too.
    pub fn take(mouse: bool) -> Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(Error::usage("the dashboard needs a terminal")
                .hint("selaras --help lists the commands that work without one"));
        }
        // Not through the line buffer of stdout: a frame is one write.
        let out = io::stdout()
            .as_fd()
            .try_clone_to_owned()
            .map_err(cannot_take)?;
        let wire = Wire::new(File::from(out), measure);
        let terminal = Terminal::new(wire).map_err(cannot_take)?;
        let signals = Signals::new()?;
        modes::guard_against_panics();
        let mut screen = Self {
            terminal,
            keyboard: None,
            signals,
            mouse,
        };
        screen.enter()?;
        Ok(screen)
    }

    /// Why this process must not be stopped by `Ctrl-Z`, if so: nobody could continue it.
    pub fn cannot_suspend() -> Option<String> {
        let me = proc::own()?;
        (me.session == me.group)
            .then(|| "there is no shell below that could bring it back".to_owned())
    }

    fn enter(&mut self) -> Result<()> {
        modes::take(self.mouse).map_err(cannot_take)?;
        if self.keyboard.is_none() {
            self.keyboard = Some(Keyboard::start().map_err(cannot_take)?);
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        modes::restore();
    }
}

impl Console for Screen {
    type Fault = io::Error;
    type Backend = Wire<File>;

    fn terminal(&mut self) -> &mut Terminal<Self::Backend> {
        &mut self.terminal
    }

    async fn input(&mut self) -> Input {
        let Some(keyboard) = &mut self.keyboard else {
            return Input::End(End::Lost);
        };
        tokio::select! {
            biased;
            input = self.signals.next() => input,
            input = keyboard.next() => input,
        }
    }

    fn input_now(&mut self) -> Option<Input> {
        self.keyboard.as_mut()?.next_now()
    }

    fn set_mouse(&mut self, on: bool) -> Result<()> {
        self.mouse = on;
        let wire = self.terminal.backend_mut();
        let sent = if on {
            wire.send(MouseOn)
        } else {
            wire.send(MouseOff)
        };
        sent.map_err(cannot_write)
    }

    fn ring(&mut self) -> Result<()> {
        self.terminal.backend_mut().send(Bell).map_err(cannot_write)
    }

    fn copy(&mut self, words: &str) -> Result<()> {
        let copy = CopyToClipboard::to_clipboard_from(words);
        self.terminal.backend_mut().send(copy).map_err(cannot_write)
    }

    async fn suspend(&mut self) -> Result<()> {
        if Self::cannot_suspend().is_some() {
            return Ok(());
        }
        // The shell reads the terminal next: our thread must have ended by then.
        if let Some(keyboard) = self.keyboard.take() {
            keyboard.stop();
        }
        modes::restore();
        self.signals.forget_continued();
        // The whole group, as the kernel does it for Ctrl-Z; STOP, because TSTP is ours.
        let stopped = process::kill_current_process_group(Signal::STOP);
        if stopped.is_ok() {
            // Another thread may take the signal, and this one run on for a moment: it must not
            // take the terminal from the shell in that moment.
            self.signals.continued().await;
        }
        self.enter()?;
        stopped.map_err(|cause| Error::local("cannot suspend").because(cause))
    }

    async fn run_program(&mut self, command: Command) -> Result<ProgramEnd> {
        if let Some(keyboard) = self.keyboard.take() {
            keyboard.stop();
        }
        modes::restore();
        let may_stop = Self::cannot_suspend().is_none();
        let end = run_program(command, &mut self.signals, may_stop).await;
        match (self.enter(), end) {
            // On a dead line the terminal cannot be taken again, and there is nobody to tell.
            (Err(_), ProgramEnd::Over(why)) => Ok(ProgramEnd::Over(why)),
            (entered, end) => entered.map(|()| end),
        }
    }

    fn resume(&mut self) -> Result<()> {
        self.enter()
    }
}

fn measure() -> io::Result<Size> {
    let size = rustix::termios::tcgetwinsize(io::stdout())?;
    Ok(Size::new(size.ws_col, size.ws_row))
}

fn cannot_take(cause: io::Error) -> Error {
    Error::local("cannot take the terminal").because(cause)
}

fn cannot_write(cause: io::Error) -> Error {
    Error::local("cannot write to the terminal").because(cause)
}

/// Forgets what was typed for the program: Ctrl-C and Ctrl-Z reach all programs on a terminal, and
/// ours may still be on its way to us when the other one has ended of it.
async fn forget_typed(signals: &mut Signals) {
    signals.forget_continued();
    // What was sent to us before this arrives before this.
    if kill_process(getpid(), Signal::CONT).is_ok() {
        signals.continued().await;
    }
    signals.forget_typed();
}

/// Runs `command` in the terminal, such as a pager, and waits for its end.
///
/// Ctrl-C goes to that program. Ctrl-Z stops both, because the shell must get the terminal; what ends
/// the screen ends the program first. However it ends, the terminal is left as it was before.
async fn run_program(command: Command, signals: &mut Signals, may_stop: bool) -> ProgramEnd {
    let kept = tcgetattr(io::stdin()).ok();
    let mut command = tokio::process::Command::from(command);
    default_for_children();
    let mut child = match command.kill_on_drop(true).spawn() {
        Ok(child) => child,
        Err(error) => return ProgramEnd::NotStarted(error),
    };
    let lent = loop {
        tokio::select! {
            biased;
            ended = child.wait() => break ended.map_or_else(ProgramEnd::NotStarted, ProgramEnd::Ended),
            input = signals.next() => match input {
                Input::End(End::Signal(number)) if number == Signal::INT.as_raw() => {}
                Input::End(end) => {
                    // It is gone already, or it is now.
                    let _ = child.kill().await;
                    break ProgramEnd::Over(end);
                }
                // As the kernel would stop us if we did not answer that signal ourselves.
                Input::Suspend if may_stop => {
                    let _ = kill_current_process_group(Signal::STOP);
                }
                _ => {}
            },
        }
    };
    forget_typed(signals).await;
    // Who was killed has not put back what it changed.
    if let Some(kept) = kept {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &kept);
    }
    lent
}
