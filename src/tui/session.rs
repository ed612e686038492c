//! The loop: one owner, one queue.
//!
//! ```text
//!   keys first ▸ the inbox, 256 messages at most ▸ the end of a task ▸ the clock
//!                         │
//!              App (synchronous) ──▶ commands ──▶ draw
//! ```
//! Keys and answers are drawn at once, progress alone at most four times a second, nothing when
//! nothing changed. A question is drawn before any further key is looked at.

mod execute;

use std::process;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::sleep_until;

use super::app::App;
use super::clipboard::ClipboardMethod;
use super::console::{Console, End, Input};
use super::input::{Assembler, Press};
use super::overlay::Entry;
use super::tab::Protocol;
use super::tasks::{Ended, Msg, Tasks};
use crate::clock::Clock;
use crate::error::Result;

const DRAIN: usize = 256;
const INPUTS: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Dirty {
    Clean,
    /// Progress or time: at the next tick.
    Progress,
    /// A key or an answer: at once.
    Now,
}

enum Event<N> {
    Input(Input),
    Message(Msg<N>),
    Ended(Ended),
    Deadline,
}

/// What runs in the terminal next, instead of the screen.
#[derive(Debug)]
enum Subprocess {
    Shell,
    Program(process::Command),
}

pub struct Session<N: Protocol, C> {
    app: App<N>,
    console: C,
    tasks: Tasks<N>,
    inbox: mpsc::Receiver<Msg<N>>,
    assembler: Assembler,
    options: SessionOptions,
    dirty: Dirty,
    drawn: Instant,
    ticker: Ticker,
    subprocess: Option<Subprocess>,
    end: Option<End>,
}

impl<N: Protocol, C: Console> Session<N, C> {
    pub fn new(app: App<N>, console: C, options: SessionOptions) -> Self {
        let (tasks, inbox) = Tasks::new();
        let now = Instant::now();
        Self {
            app,
            console,
            tasks,
            inbox,
            assembler: Assembler::new(options.hold),
            options,
            dirty: Dirty::Now,
            drawn: now.checked_sub(TICK).unwrap_or(now),
            ticker: Ticker::new(now),
            subprocess: None,
            end: None,
        }
    }

    /// For messages from outside.
    pub fn post(&self) -> mpsc::Sender<Msg<N>> {
        self.tasks.post()
    }

    pub fn start(&mut self) -> Result<()> {
        self.pass_time();
        let commands = self.app.start();
        self.execute(commands)?;
        self.draw_if_due()
    }

    /// Everything that can be done by a key now, here and in the other places.
    pub fn entries(&self) -> Vec<Entry<N::Act>> {
        self.app.entries()
    }

    pub async fn run(&mut self) -> Result<End> {
        self.start()?;
        loop {
            if let Some(end) = self.turn().await? {
                // Nothing is read any more: senders must not wait for it.
                self.inbox.close();
                self.tasks.finish().await;
                return Ok(end);
            }
        }
    }

    /// Waits for one thing, does it, draws if that is due. Says when it is over.
    pub async fn turn(&mut self) -> Result<Option<End>> {
        let deadline = self.deadline();
        let event = tokio::select! {
            biased;
            input = self.console.input() => Event::Input(input),
            Some(message) = self.inbox.recv() => Event::Message(message),
            ended = self.tasks.ended(), if !self.tasks.is_empty() => Event::Ended(ended),
            () = wait(deadline) => Event::Deadline,
        };
        // The wait may have been long, and what came is of this moment.
        self.pass_time();
        match event {
            Event::Input(input) => self.take_inputs(input)?,
            Event::Message(message) => self.take_messages(message)?,
            Event::Ended(ended) => self.task_ended(ended)?,
            Event::Deadline => {}
        }
        match self.subprocess.take() {
            Some(Subprocess::Shell) => self.suspend().await?,
            Some(Subprocess::Program(command)) => self.run_program(command).await?,
            None => {}
        }
        self.pass_time();
        let now = Instant::now();
        if self
            .assembler
            .deadline()
            .is_some_and(|deadline| deadline <= now)
        {
            let presses = self.assembler.wait_over();
            self.take_presses(presses, now)?;
        }
        self.draw_if_due()?;
        Ok(self.end)
    }

    /// Whether nothing is under way: no key held, no work but the standing one, no message, nothing
    /// to draw.
    pub fn is_idle(&self) -> bool {
        self.dirty == Dirty::Clean
            && self.assembler.deadline().is_none()
            && self.tasks.is_quiet()
            && self.inbox.is_empty()
    }

    pub fn console(&mut self) -> &mut C {
        &mut self.console
    }

    /// The short ids of the runs that continue without this screen; `None` for one being started.
    pub fn running(&self) -> Vec<Option<String>> {
        self.app.running()
    }

    /// When something has to happen without an event.
    fn deadline(&self) -> Option<Instant> {
        let frame = (self.dirty == Dirty::Progress).then(|| self.drawn + TICK);
        let ticker = self.app.moves() && !matches!(self.options.clock, Clock::Fixed(_));
        let tick = ticker.then(|| self.ticker.next(Instant::now()));
        let others = [self.assembler.deadline(), self.app.deadline(), frame, tick];
        others.into_iter().flatten().min()
    }

    fn pass_time(&mut self) {
        let at = self.options.clock.now();
        let tick = match self.options.clock {
            Clock::System => self.ticker.ticks(Instant::now()),
            Clock::Fixed(_) => 0,
        };
        let tick = usize::try_from(tick).unwrap_or(0);
        if self.app.pass_time(Instant::now(), at, tick) {
            self.dirty = self.dirty.max(Dirty::Progress);
        }
    }

    fn take_inputs(&mut self, first: Input) -> Result<()> {
        let mut next = Some(first);
        for _ in 0..INPUTS {
            let Some(input) = next else { break };
            self.take_input(input)?;
            // A question must be seen before a key can answer it.
            if self.end.is_some() || self.subprocess.is_some() || self.app.must_draw_first() {
                break;
            }
            next = self.console.input_now();
        }
        Ok(())
    }

    fn take_input(&mut self, input: Input) -> Result<()> {
        match input {
            Input::Key(event, read) => {
                let presses = self.assembler.feed(event, read);
                self.take_presses(presses, read)
            }
            Input::Paste(words, read) => {
                let mut presses = self.assembler.wait_over();
                presses.push(Press::Paste(words));
                self.take_presses(presses, read)
            }
            Input::Mouse(mouse) => {
                let commands = self.app.point(mouse);
                self.dirty = Dirty::Now;
                self.execute(commands)
            }
            Input::Resized => {
                self.dirty = Dirty::Now;
                Ok(())
            }
            Input::Suspend => {
                self.subprocess = Some(Subprocess::Shell);
                Ok(())
            }
            Input::Continued => {
                self.console.resume()?;
                self.repaint()
            }
            Input::End(end) => {
                self.end = Some(end);
                Ok(())
            }
        }
    }

    fn take_presses(&mut self, presses: Vec<Press>, read: Instant) -> Result<()> {
        for press in presses {
            let commands = self.app.press(press, read);
            self.dirty = Dirty::Now;
            self.execute(commands)?;
        }
        Ok(())
    }

    fn take_messages(&mut self, first: Msg<N>) -> Result<()> {
        self.ticker.active(Instant::now());
        self.take_message(first)?;
        for _ in 1..DRAIN {
            match self.inbox.try_recv() {
                Ok(message) => self.take_message(message)?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn take_message(&mut self, message: Msg<N>) -> Result<()> {
        let (ticket, news, urgency) = match message {
            Msg::Progress(ticket, news) => (ticket, news, Dirty::Progress),
            Msg::Answer(ticket, news) => (ticket, news, Dirty::Now),
            Msg::Say(notice) => {
                self.app.say(notice);
                self.dirty = Dirty::Now;
                return Ok(());
            }
        };
        if !self.tasks.is_wanted(ticket) {
            return Ok(());
        }
        if urgency == Dirty::Now {
            self.tasks.answered(ticket);
        }
        self.dirty = self.dirty.max(urgency);
        let commands = self.app.news(ticket.place, news);
        self.execute(commands)
    }

    fn task_ended(&mut self, ended: Ended) -> Result<()> {
        let Ended::Broken(ticket) = ended else {
            return Ok(());
        };
        self.dirty = Dirty::Now;
        let Some(ticket) = ticket.filter(|ticket| self.tasks.is_wanted(*ticket)) else {
            return Ok(());
        };
        self.tasks.answered(ticket);
        let commands = self.app.broken(ticket);
        self.execute(commands)
    }
}

async fn wait(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

#[derive(Clone, Copy, Debug)]
pub struct SessionOptions {
    pub hold: Duration,
    pub clipboard: ClipboardMethod,
    pub bell: bool,
    /// With a fixed clock the spinner does not turn.
    pub clock: Clock,
}

/// The shortest time between two frames that only progress asks for; also a tick of the spinner.
pub const TICK: Duration = Duration::from_millis(250);
/// After so long without a message; a sync can be silent for minutes.
const QUIET_AFTER: Duration = Duration::from_secs(5);
const SECOND: Duration = Duration::from_secs(1);

/// When the screen is drawn although nothing arrives: four times a second for the spinner, and once
/// a second in a lull, for the seconds alone.
#[derive(Clone, Copy, Debug)]
struct Ticker {
    started: Instant,
    last_active: Instant,
}

impl Ticker {
    pub fn new(now: Instant) -> Self {
        Self {
            started: now,
            last_active: now,
        }
    }

    pub fn active(&mut self, now: Instant) {
        self.last_active = now;
    }

    pub fn ticks(self, now: Instant) -> u32 {
        self.ticks_of(TICK, now)
    }

    /// When the screen moves next.
    pub fn next(self, now: Instant) -> Instant {
        let pace = if now.duration_since(self.last_active) < QUIET_AFTER {
            TICK
        } else {
            SECOND
        };
        self.started + pace * self.ticks_of(pace, now).saturating_add(1)
    }

    fn ticks_of(self, length: Duration, now: Instant) -> u32 {
        let ticker = now.duration_since(self.started).as_millis() / length.as_millis();
        u32::try_from(ticker).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_messages_it_ticks_once_a_second() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut ticker = Ticker::new(start);
        assert_eq!(ticker.next(at(100)), at(250));
        assert_eq!(ticker.next(at(4_900)), at(5_000));
        assert_eq!(ticker.next(at(5_300)), at(6_000));
        ticker.active(at(7_100));
        assert_eq!(ticker.next(at(7_100)), at(7_250));
        assert_eq!(ticker.ticks(at(7_300)), 29);
    }
}
