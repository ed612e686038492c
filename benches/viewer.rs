//! What the README claims about long outputs, measured in one run and compared within it.
//!
//! `cargo bench --bench viewer` writes two files of its own, drives the viewer with its real tasks,
//! prints the figures, and fails where a promise is broken.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use selaras::files::Links;
use selaras::tui::capabilities::{Switch, TerminalCapabilities};
use selaras::tui::keys::{self, Binding, Key};
use selaras::tui::tab::Effect;
use selaras::tui::tasks::{Msg, Place, Tasks};
use selaras::tui::theme::{Choice, Theme};
use selaras::tui::widget::viewer::{Ask, News, Viewer, effects};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::Receiver;

const OPENED: u64 = 2_000_000;
const FLOOD: u64 = 10_000_000;
const ROUNDS: usize = 21;
/// How much longer than `tail -n 100` the end of a file may take.
const RATIO: f64 = 2.0;
/// How long anything may take before it counts as broken.
const PATIENCE: Duration = Duration::from_mins(1);
const SLOWEST_KEY: Duration = Duration::from_millis(50);
/// How much memory ten million lines may take beside the screen, in KiB.
const MEMORY: u64 = 32 * 1024;
/// What is pressed in turn; walking up first, so that the flood is not just followed.
const KEYS: [&str; 12] = [
    "PgUp", "k", "k", "PgUp", "w", "j", "PgDn", "g", "PgDn", "w", "k", "G",
];

/// A viewer, its tasks and its screen.
struct Loop {
    runtime: Runtime,
    viewer: Viewer,
    tasks: Tasks<News>,
    inbox: Receiver<Msg<News>>,
    buffer: Buffer,
    look: Theme,
    /// How many reads and searches are under way.
    waiting: usize,
}

impl Loop {
    fn new() -> io::Result<Self> {
        let (tasks, inbox) = Tasks::new();
        let mut this = Self {
            runtime: Runtime::new()?,
            viewer: Viewer::default(),
            tasks,
            inbox,
            buffer: Buffer::empty(Rect::new(0, 0, 160, 50)),
            look: Theme::new(Choice::Dark, Switch::On, &TerminalCapabilities::default()),
            waiting: 0,
        };
        this.draw();
        Ok(this)
    }

    fn open(&mut self, path: &Path) {
        let asks = self.viewer.open(path, Links::Refuse);
        self.carry(asks);
    }

    fn press(&mut self, key: Key) {
        let keys: Vec<Binding> = self.viewer.keys();
        let action = keys::find(&keys, key).map(|binding| binding.action);
        let asks = match self.viewer.capture(key) {
            Some(asks) => Some(asks),
            None => action.and_then(|action| self.viewer.act(action)),
        };
        self.carry(asks.unwrap_or_default());
        self.draw();
    }

    /// Takes messages until the screen is as it should be, or the time is up.
    fn until(&mut self, patience: Duration, fact: impl Fn(&Self) -> bool) -> bool {
        let deadline = Instant::now() + patience;
        while !fact(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            let (tasks, inbox) = (&mut self.tasks, &mut self.inbox);
            let turn = async {
                tokio::select! {
                    message = inbox.recv() => message,
                    _ = tasks.ended(), if !tasks.is_empty() => None,
                }
            };
            match self
                .runtime
                .block_on(async { tokio::time::timeout(left, turn).await })
            {
                Ok(Some(Msg::Progress(ticket, news) | Msg::Answer(ticket, news)))
                    if self.tasks.is_wanted(ticket) =>
                {
                    self.waiting -= usize::from(matches!(news, News::Read(_)));
                    let asks = self.viewer.on(news);
                    self.carry(asks);
                    self.draw();
                }
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        true
    }

    fn carry(&mut self, asks: Vec<Ask>) {
        let _entered = self.runtime.enter();
        self.waiting += asks
            .iter()
            .filter(|ask| matches!(ask, Ask::Read(_)))
            .count();
        for effect in effects(asks, |news| news, |_| Effect::Bell) {
            match effect {
                Effect::Work(work) => self.tasks.start(Place::Tab(0), work),
                Effect::Abort(name) => self.tasks.abort(Place::Tab(0), name),
                _ => {}
            }
        }
    }

    fn draw(&mut self) {
        self.buffer.reset();
        let area = self.buffer.area;
        self.viewer.draw(&mut self.buffer, area, &self.look);
        self.look.finish(&mut self.buffer);
    }

    /// Whether `words` stand at the begin of a row.
    fn shows(&self, words: &str) -> bool {
        let area = self.buffer.area;
        (0..area.height).any(|row| {
            let cells = (0..area.width).map(|column| self.buffer[(column, row)].symbol());
            cells.collect::<String>().starts_with(words)
        })
    }
}

fn main() -> io::Result<ExitCode> {
    let folder = tempfile::tempdir()?;
    let promises = [
        opens_at_its_end(&folder.path().join("opened.log"))?,
        survives_a_flood(&folder.path().join("flood.log"))?,
    ];
    let kept = promises.into_iter().all(|kept| kept);
    Ok(if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A long file opens at its end about as fast as `tail` does, and is searched meanwhile.
fn opens_at_its_end(path: &Path) -> io::Result<bool> {
    write_lines(path, OPENED)?;
    let last = format!("line {OPENED} ");
    let (mut tails, mut opens) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        Command::new("tail")
            .args(["-n", "100"])
            .arg(path)
            .output()?;
        tails.push(start.elapsed());
        let mut view = Loop::new()?;
        let start = Instant::now();
        view.open(path);
        view.until(PATIENCE, |view| view.shows(&last));
        opens.push(start.elapsed());
    }
    let (tail, open) = (median(&mut tails), median(&mut opens));
    let ratio = open.as_secs_f64() / tail.as_secs_f64();
    tell(&format!(
        "open at the end of {OPENED} lines: {open:?}, tail -n 100: {tail:?}, ratio {ratio:.2}"
    ))?;
    let (searched, indexed) = search_while_indexing(path)?;
    tell(&format!(
        "first hit behind all of it, while indexing: {searched:?}; index complete: {indexed:?}"
    ))?;
    Ok(ratio <= RATIO)
}

fn search_while_indexing(path: &Path) -> io::Result<(Duration, Duration)> {
    let mut view = Loop::new()?;
    let start = Instant::now();
    view.open(path);
    view.until(PATIENCE, |view| view.shows("line"));
    view.press(Key::char('g'));
    view.until(PATIENCE, |view| view.shows("line 1 "));
    view.press(Key::char('/'));
    view.viewer.paste(&format!("line {OPENED} "));
    view.press(Key::ENTER);
    let last = format!("line {OPENED} ");
    view.until(PATIENCE, |view| view.shows(&last));
    let searched = start.elapsed();
    view.until(PATIENCE, |view| {
        view.viewer.remark().contains(" of 2 000 000")
    });
    Ok((searched, start.elapsed()))
}

/// While ten million lines are written, keys are obeyed and memory stays flat.
fn survives_a_flood(path: &Path) -> io::Result<bool> {
    File::create(path)?;
    let mut view = Loop::new()?;
    view.open(path);
    let before = resident()?;
    let target = path.to_owned();
    let writer = thread::spawn(move || write_lines(&target, FLOOD));
    let mut keys = Vec::new();
    let mut most = before;
    for round in 0.. {
        let key: Key = KEYS[round % KEYS.len()].parse().map_err(io::Error::other)?;
        let start = Instant::now();
        view.press(key);
        view.until(PATIENCE, |view| view.waiting == 0);
        keys.push(start.elapsed());
        most = most.max(resident()?);
        view.until(Duration::from_millis(5), |_| false);
        if writer.is_finished() && keys.len() >= 2_000 {
            break;
        }
    }
    writer
        .join()
        .map_err(|_| io::Error::other("the writer broke"))??;
    view.press(Key::char('G'));
    let all = view.until(PATIENCE, |view| {
        view.viewer.remark() == "following · 10 000 000 lines"
    });
    most = most.max(resident()?);
    keys.sort_unstable();
    let slowest = keys[keys.len() * 99 / 100];
    let grown = most - before;
    let count = keys.len();
    tell(&format!(
        "{FLOOD} lines: {count} keys, p99 {slowest:?}, memory {before} KiB and {grown} KiB more"
    ))?;
    Ok(all && slowest <= SLOWEST_KEY && grown <= MEMORY)
}

fn write_lines(path: &Path, count: u64) -> io::Result<()> {
    let file = File::options().append(true).create(true).open(path)?;
    let mut file = BufWriter::with_capacity(64 * 1024, file);
    for number in 1..=count {
        writeln!(file, "line {number} of what the script said")?;
    }
    file.flush()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The memory this process has in use, in KiB.
fn resident() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let figure = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    figure.ok_or_else(|| io::Error::other("no VmRSS"))
}

fn tell(words: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{words}")
}
