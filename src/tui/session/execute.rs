//! What the loop does for the screen: commands, frames, the clipboard, a while for the shell.

use std::os::unix::process::ExitStatusExt as _;
use std::process;
use std::time::Instant;

use super::{Dirty, Session, Subprocess, TICK};
use crate::error::{Error, Result};
use crate::text::scrub;
use crate::tui::app::Command;
use crate::tui::clipboard::{self, ClipboardMethod};
use crate::tui::console::{Console, End, ProgramEnd};
use crate::tui::notices::Notice;
use crate::tui::tab::Protocol;
use crate::tui::theme::Tone;

impl<N: Protocol, C: Console> Session<N, C> {
    pub(super) fn execute(&mut self, commands: Vec<Command<N>>) -> Result<()> {
        for command in commands {
            match command {
                Command::Work(place, work) => self.tasks.start(place, work),
                Command::Abort(place, name) => self.tasks.abort(place, name),
                Command::Copy(words) => self.copy(words)?,
                Command::Bell if self.options.bell => self.console.ring()?,
                Command::Bell => {}
                Command::Mouse(on) => self.console.set_mouse(on)?,
                Command::Suspend => self.subprocess = Some(Subprocess::Shell),
                Command::RunProgram(command) => {
                    self.subprocess = Some(Subprocess::Program(command));
                }
                Command::Redraw => self.repaint()?,
                Command::Quit => self.end = Some(End::Quit),
            }
        }
        Ok(())
    }

    pub(super) fn copy(&mut self, words: String) -> Result<()> {
        let notice = match clipboard::check(self.options.clipboard, &words) {
            Err(error) => Notice::from(&error),
            Ok(()) if self.options.clipboard == ClipboardMethod::Tmux => {
                self.tasks.start_notice(clipboard::through_tmux(words));
                return Ok(());
            }
            Ok(()) => {
                self.console.copy(&words)?;
                Notice::new(
                    &clipboard::said(ClipboardMethod::Terminal, &words),
                    Tone::Plain,
                )
            }
        };
        self.app.say(notice);
        Ok(())
    }

    pub(super) async fn suspend(&mut self) -> Result<()> {
        self.console.suspend().await?;
        self.assembler.wait_over();
        self.repaint()
    }

    pub(super) async fn run_program(&mut self, command: process::Command) -> Result<()> {
        let program = command.get_program().to_string_lossy().into_owned();
        match self.console.run_program(command).await? {
            ProgramEnd::Ended(status) if status.success() => {}
            ProgramEnd::Ended(status) => {
                let how = match (status.code(), status.signal()) {
                    (Some(code), _) => format!("with exit {code}"),
                    (None, Some(signal)) => format!("by signal {signal}"),
                    (None, None) => "in an unknown way".to_owned(),
                };
                let words = format!("{} ended {how}", scrub(&program));
                self.app.say(Notice::new(&words, Tone::Warn));
            }
            ProgramEnd::NotStarted(error) => {
                let words = format!("cannot open {}: {error}", scrub(&program));
                self.app.say(Notice::new(&words, Tone::Bad));
            }
            ProgramEnd::Over(end) => {
                self.end = Some(end);
                return Ok(());
            }
        }
        self.assembler.wait_over();
        self.repaint()
    }

    /// Sends everything again. `Terminal::clear` would ask the terminal where its cursor is, and
    /// wait two seconds for an answer that may never come.
    pub(super) fn repaint(&mut self) -> Result<()> {
        let terminal = self.console.terminal();
        let area = terminal.size().map_err(cannot_draw)?.into();
        terminal.resize(area).map_err(cannot_draw)?;
        self.dirty = Dirty::Now;
        Ok(())
    }

    pub(super) fn draw_if_due(&mut self) -> Result<()> {
        let due = match self.dirty {
            Dirty::Clean => false,
            Dirty::Progress => self.drawn.elapsed() >= TICK,
            Dirty::Now => true,
        };
        if !due || self.end.is_some() {
            return Ok(());
        }
        let first = self.app.must_draw_first();
        let app = &mut self.app;
        let terminal = self.console.terminal();
        terminal
            .draw(|frame| app.draw(frame.buffer_mut()))
            .map_err(cannot_draw)?;
        self.dirty = Dirty::Clean;
        self.drawn = Instant::now();
        if first {
            // An Esc held from before must not answer what it has not seen.
            self.assembler.wait_over();
        }
        self.app.flushed(Instant::now());
        Ok(())
    }
}

fn cannot_draw(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::local("cannot draw on the terminal").because(cause)
}
