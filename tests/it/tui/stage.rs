//! A screen without a terminal: the production loop on ratatui's test backend.
//!
//! ```text
//!   Stage::new(100, 30, places).press("s").settle().screen()
//! ```
//! It waits for idleness (nothing held, no work, no message, nothing to draw), never for time.

use std::any::TypeId;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::process::{Command, ExitStatus};
use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use selaras::clock::Clock;
use selaras::error::Result;
use selaras::tui::app::{App, Places};
use selaras::tui::capabilities::{Switch, TerminalCapabilities};
use selaras::tui::clipboard::ClipboardMethod;
use selaras::tui::console::{Console, End, Input, ProgramEnd};
use selaras::tui::dashboard::News;
use selaras::tui::input::HOLD;
use selaras::tui::keys::Key;
use selaras::tui::session::{Session, SessionOptions};
use selaras::tui::tab::Protocol;
use selaras::tui::tasks::Msg;
use selaras::tui::theme::{Choice, Theme};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use super::{dump, grammar};
pub use crate::harness::clock::now;
use crate::harness::clock::still;
use crate::harness::wait::{BOUND, watch};

/// What the screen asked of the terminal besides drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Mouse(bool),
    Bell,
    Copy(String),
    Suspend,
    /// With these words.
    RunProgram(Vec<String>),
}

/// The terminal of the stage.
pub struct Rehearsal {
    terminal: Terminal<TestBackend>,
    inputs: VecDeque<Input>,
    asked: Vec<Asked>,
}

impl Console for Rehearsal {
    type Fault = Infallible;
    type Backend = TestBackend;

    fn terminal(&mut self) -> &mut Terminal<TestBackend> {
        &mut self.terminal
    }

    async fn input(&mut self) -> Input {
        match self.inputs.pop_front() {
            Some(input) => input,
            None => std::future::pending().await,
        }
    }

    fn input_now(&mut self) -> Option<Input> {
        self.inputs.pop_front()
    }

    fn set_mouse(&mut self, on: bool) -> Result<()> {
        self.asked.push(Asked::Mouse(on));
        Ok(())
    }

    fn ring(&mut self) -> Result<()> {
        self.asked.push(Asked::Bell);
        Ok(())
    }

    fn copy(&mut self, words: &str) -> Result<()> {
        self.asked.push(Asked::Copy(words.to_owned()));
        Ok(())
    }

    async fn suspend(&mut self) -> Result<()> {
        self.asked.push(Asked::Suspend);
        Ok(())
    }

    async fn run_program(&mut self, command: Command) -> Result<ProgramEnd> {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let words = words.map(|word| word.to_string_lossy().into_owned());
        self.asked.push(Asked::RunProgram(words.collect()));
        Ok(ProgramEnd::Ended(ExitStatus::default()))
    }

    fn resume(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A screen and the person before it.
pub struct Stage<N: Protocol> {
    runtime: Runtime,
    session: Session<N, Rehearsal>,
    end: Option<End>,
}

impl<N: Protocol> Stage<N> {
    /// A screen of this size in colours and Unicode, after its first frame.
    pub fn new(width: u16, height: u16, places: Places<N>) -> Self {
        let capabilities = TerminalCapabilities {
            colorterm: "truecolor".to_owned(),
            ..TerminalCapabilities::default()
        };
        let theme = Theme::new(Choice::Dark, Switch::On, &capabilities);
        Self::with_theme(width, height, places, theme)
    }

    /// A screen that looks like this.
    pub fn with_theme(width: u16, height: u16, places: Places<N>, theme: Theme) -> Self {
        Self::with_clock(width, height, places, theme, still())
    }

    /// A screen of this size that looks like this, at the machine's own time: that of workers.
    pub fn live(width: u16, height: u16, places: Places<N>, theme: Theme) -> Self {
        Self::with_clock(width, height, places, theme, Clock::System)
    }

    fn with_clock(
        width: u16,
        height: u16,
        places: Places<N>,
        mut theme: Theme,
        clock: Clock,
    ) -> Self {
        watch();
        theme.now = now();
        let app = App::new(places, theme, false);
        let console = Rehearsal {
            terminal: Terminal::new(TestBackend::new(width, height)).unwrap(),
            inputs: VecDeque::new(),
            asked: Vec::new(),
        };
        let options = SessionOptions {
            hold: HOLD,
            clipboard: ClipboardMethod::Terminal,
            bell: true,
            clock,
        };
        let mut stage = Self {
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
            session: Session::new(app, console, options),
            end: None,
        };
        let entered = stage.runtime.enter();
        stage.session.start().unwrap();
        drop(entered);
        stage
    }

    /// Presses a key, such as `s`, `Enter` or `Ctrl-P`.
    pub fn press(&mut self, name: &str) -> &mut Self {
        let key: Key = name.parse().unwrap();
        self.input(Input::Key(key.into(), Instant::now()))
    }

    /// Types letter by letter.
    pub fn type_text(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
            self.input(Input::Key(key, Instant::now()));
        }
        self
    }

    /// Pastes.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.input(Input::Paste(text.to_owned(), Instant::now()))
    }

    /// Clicks.
    pub fn click(&mut self, column: u16, row: u16) -> &mut Self {
        self.input(Input::Mouse(MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column,
            row,
            modifiers: KeyModifiers::NONE,
        }))
    }

    /// Turns the wheel one notch down.
    pub fn wheel_down(&mut self) -> &mut Self {
        self.input(Input::Mouse(MouseEvent {
            kind: MouseEventKind::ScrollDown,
            column: 10,
            row: 5,
            modifiers: KeyModifiers::NONE,
        }))
    }

    /// Drags the terminal to another size.
    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        let backend = self.session.console().terminal.backend_mut();
        backend.resize(width, height);
        self.input(Input::Resized)
    }

    /// Anything that can happen at a terminal.
    pub fn input(&mut self, input: Input) -> &mut Self {
        self.session.console().inputs.push_back(input);
        self
    }

    /// Says something to the screen from outside.
    pub fn send(&mut self, message: Msg<N>) -> &mut Self {
        let post = self.session.post();
        assert!(post.try_send(message).is_ok(), "the inbox is full");
        self
    }

    /// Lets the loop run until it has nothing to do.
    pub fn settle(&mut self) -> &mut Self {
        self.run_until("idleness", |stage| {
            stage.session.console().inputs.is_empty() && stage.session.is_idle()
        })
    }

    /// Lets the loop run until the screen shows a fact, and what was typed is taken: the screen from
    /// before a key says nothing about the key.
    pub fn until(&mut self, fact: impl Fn(&str) -> bool) -> &mut Self {
        self.until_named("a fact", fact)
    }

    /// The same; a test that waits in vain says what for.
    pub fn until_named(&mut self, what: &str, fact: impl Fn(&str) -> bool) -> &mut Self {
        self.run_until(what, |stage| {
            stage.session.console().inputs.is_empty() && fact(&stage.screen())
        })
    }

    fn run_until(&mut self, what: &str, done: impl Fn(&mut Self) -> bool) -> &mut Self {
        let deadline = Instant::now() + BOUND;
        while self.end.is_none() && !done(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            let turn = async { timeout(left, self.session.turn()).await };
            let turned = self.runtime.block_on(turn);
            assert!(turned.is_ok(), "{what} did not come\n{}", self.screen());
            self.end = turned.unwrap().unwrap();
        }
        if TypeId::of::<N>() == TypeId::of::<News>() {
            grammar::check(&self.session.entries());
        }
        self
    }

    /// What is on the screen, as text.
    pub fn screen(&mut self) -> String {
        dump::text(self.buffer())
    }

    /// What is on the screen, with its styles.
    pub fn styled(&mut self) -> String {
        dump::styled(self.buffer())
    }

    /// The cells of the screen.
    pub fn buffer(&mut self) -> &Buffer {
        self.session.console().terminal.backend().buffer()
    }

    /// How many frames were drawn so far.
    pub fn frames(&mut self) -> usize {
        let terminal = self.session.console().terminal();
        terminal.get_frame().count()
    }

    /// What the screen asked of the terminal.
    pub fn asked(&mut self) -> &[Asked] {
        &self.session.console().asked
    }

    /// How it ended, if it did.
    pub fn end(&self) -> Option<End> {
        self.end
    }
}
