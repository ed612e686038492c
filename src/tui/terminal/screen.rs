//! The real terminal as the loop's console, and the guard that gives it back.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::process::Command;

use crossterm::clipboard::CopyToClipboard;
use ratatui::Terminal;
use ratatui::layout::Size;
use rustix::process::{self, Signal};

use super::keyboard::Keyboard;
use super::modes::{self, Bell, MouseOff, MouseOn};
use super::signals::Signals;
use super::subprocess;
use super::wire::Wire;
use crate::error::{Error, Result};
use crate::proc;
use crate::tui::console::{Console, End, Input, Lent};

/// The terminal this process was started on.
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
        // Whoever comes next reads the terminal: our thread must be gone by then.
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

    async fn lend(&mut self, command: Command) -> Result<Lent> {
        if let Some(keyboard) = self.keyboard.take() {
            keyboard.stop();
        }
        modes::restore();
        let may_stop = Self::cannot_suspend().is_none();
        let lent = subprocess::lend(command, &mut self.signals, may_stop).await;
        match (self.enter(), lent) {
            // Where the line is dead, nothing can be taken and nobody is left to be told.
            (Err(_), Lent::Over(end)) => Ok(Lent::Over(end)),
            (entered, lent) => entered.map(|()| lent),
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
