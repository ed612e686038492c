//! A terminal that counts what is sent to it, and a person who presses keys and waits for frames.

#[path = "../../tests/it/tui/context.rs"]
pub mod context;

use std::collections::VecDeque;
use std::io::{self, Write};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::layout::Size;
use selaras::clock::Clock;
use selaras::context::AppContext;
use selaras::error::Result;
use selaras::tui::app::App;
use selaras::tui::capabilities::{Switch, TerminalCapabilities};
use selaras::tui::clipboard::ClipboardMethod;
use selaras::tui::console::{Console, Input, ProgramEnd};
use selaras::tui::dashboard;
use selaras::tui::dashboard::News;
use selaras::tui::input::HOLD;
use selaras::tui::keys::Key;
use selaras::tui::session::{Session, SessionOptions};
use selaras::tui::terminal::Wire;
use selaras::tui::theme::{Choice, Theme};
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// Counts bytes.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicUsize>);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The terminal.
pub struct Counting {
    terminal: Terminal<Wire<Counter>>,
    inputs: VecDeque<Input>,
}

impl Console for Counting {
    type Fault = io::Error;
    type Backend = Wire<Counter>;

    fn terminal(&mut self) -> &mut Terminal<Wire<Counter>> {
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

    fn set_mouse(&mut self, _on: bool) -> Result<()> {
        Ok(())
    }

    fn ring(&mut self) -> Result<()> {
        Ok(())
    }

    fn copy(&mut self, _words: &str) -> Result<()> {
        Ok(())
    }

    async fn suspend(&mut self) -> Result<()> {
        Ok(())
    }

    async fn run_program(&mut self, _command: Command) -> Result<ProgramEnd> {
        Ok(ProgramEnd::Ended(ExitStatus::default()))
    }

    fn resume(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Somebody before a screen of 100×30.
pub struct Seat {
    session: Session<News, Counting>,
    bytes: Counter,
}

impl Seat {
    /// The dashboard of this context, after its first frame.
    pub fn new(app: &AppContext, runtime: &Runtime) -> Self {
        let config = app.config().unwrap();
        let places = dashboard::places(app, Some(&config));
        let capabilities = TerminalCapabilities {
            colorterm: "truecolor".to_owned(),
            ..TerminalCapabilities::default()
        };
        let theme = Theme::new(Choice::Dark, Switch::On, &capabilities);
        let app = App::new(places, theme, false);
        let bytes = Counter::default();
        let wire = Wire::new(bytes.clone(), || Ok(Size::new(100, 30)));
        let console = Counting {
            terminal: Terminal::new(wire).unwrap(),
            inputs: VecDeque::new(),
        };
        let options = SessionOptions {
            hold: HOLD,
            clipboard: ClipboardMethod::Terminal,
            bell: false,
            clock: Clock::System,
        };
        let mut session = Session::new(app, console, options);
        let entered = runtime.enter();
        session.start().unwrap();
        drop(entered);
        Self { session, bytes }
    }

    /// Lets the loop run for so long, and says how many bytes were sent.
    pub fn play(&mut self, time: Duration, runtime: &Runtime) -> usize {
        let before = self.bytes.0.load(Ordering::Relaxed);
        let deadline = Instant::now() + time;
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            let turn = async { timeout(left, self.session.turn()).await };
            if let Ok(turned) = runtime.block_on(turn) {
                turned.unwrap();
            }
        }
        self.bytes.0.load(Ordering::Relaxed) - before
    }

    /// Lets the loop run until it has nothing to do.
    pub fn settle(&mut self, runtime: &Runtime) {
        while !self.session.is_idle() {
            self.play(Duration::from_millis(1), runtime);
        }
    }

    /// Lets the loop run until it has seen a running run.
    pub fn until_a_run(&mut self, runtime: &Runtime) {
        while self.session.running().is_empty() {
            self.play(Duration::from_millis(20), runtime);
        }
    }

    /// Presses a key, and says how long it took to its frame.
    pub fn key(&mut self, name: &str, runtime: &Runtime) -> Duration {
        let key: Key = name.parse().unwrap();
        let began = Instant::now();
        let frames = self.frames();
        self.session
            .console()
            .inputs
            .push_back(Input::Key(key.into(), began));
        while self.frames() == frames {
            runtime.block_on(self.session.turn()).unwrap();
        }
        began.elapsed()
    }

    /// Presses two keys in turn `count` times, with a moment between them, and says how long the
    /// slowest but one in a hundred took.
    pub fn slowest_key(&mut self, keys: [&str; 2], count: usize, runtime: &Runtime) -> Duration {
        let mut times: Vec<Duration> = (0..count)
            .map(|number| {
                self.play(Duration::from_millis(7), runtime);
                self.key(keys[number % 2], runtime)
            })
            .collect();
        times.sort();
        times[times.len() * 99 / 100]
    }

    fn frames(&mut self) -> usize {
        self.session.console().terminal().get_frame().count()
    }
}
