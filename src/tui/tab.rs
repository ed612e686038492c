//! What the screen knows of a tab, and what a tab may say of itself.
//!
//! A tab owns its state, answers synchronously and touches nothing outside: whatever takes time it
//! asks for by returning an [`Effect`]. `N` is the news its work brings back; the loop carries it
//! without looking into it. The runs overlay is a tab too, it just has no title in the bar.

pub mod dapodik;
pub mod engine_tab;
pub mod pimpinan;
pub mod runs;
pub mod script;
mod setup_page;
pub mod users;

use std::fmt::Debug;
use std::process::Command;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::keys::{Action, Binding, Key};
use super::notices::Notice;
use super::run_watcher::{RunEvent, RunWatcher};
use super::tasks::{Place, Work, WorkName};
use super::theme::{Theme, Tone};
use super::widget::confirm::Confirm;
use crate::context::AppContext;
use crate::run::{Id, Operator, Run};
use crate::text;

pub use super::keys::Hint;
pub use setup_page::SetupPage;

/// What a tab needs to act; cheap to clone, so that work can take it along.
#[derive(Clone, Debug)]
pub struct TabContext {
    /// Settings as the files are now, the operator, how workers are started.
    pub app: AppContext,
    pub watcher: RunWatcher,
    pub operator: Operator,
}

impl TabContext {
    pub fn new(app: AppContext, operator: Operator) -> Self {
        Self {
            app,
            watcher: RunWatcher::default(),
            operator,
        }
    }
}

/// What a tab asks for, in this order.
pub type Effects<N> = Vec<Effect<N>>;

#[derive(Debug)]
pub enum Effect<N> {
    Work(Work<N>),
    Abort(WorkName),
    /// Ask before doing; a yes comes back as the action the question carries.
    Ask(Confirm),
    Say(Notice),
    /// To the clipboard of the user's machine.
    Copy(String),
    /// Run this program in the terminal until it ends.
    RunProgram(Command),
    Bell,
    Show(Place),
    /// Pass an event of a run to the tab of its engine.
    RunEvent(RunEvent),
    /// Have the tab of its engine plan the undo of a run.
    Undo(Arc<Run>),
}

impl<N: Send + 'static> Effect<N> {
    /// The same for a frame whose news are `M`.
    pub fn map<M: Send + 'static>(self, wrap: fn(N) -> M) -> Effect<M> {
        match self {
            Self::Work(work) => Effect::Work(work.map(wrap)),
            Self::Abort(name) => Effect::Abort(name),
            Self::Ask(confirm) => Effect::Ask(confirm),
            Self::Say(notice) => Effect::Say(notice),
            Self::Copy(words) => Effect::Copy(words),
            Self::RunProgram(command) => Effect::RunProgram(command),
            Self::Bell => Effect::Bell,
            Self::Show(place) => Effect::Show(place),
            Self::RunEvent(event) => Effect::RunEvent(event),
            Self::Undo(run) => Effect::Undo(run),
        }
    }
}

/// What the places of a screen say to it besides what all understand; implemented by their news.
pub trait Protocol: Send + 'static {
    /// What only a place knows to do.
    type Act: Copy + Eq + Debug + 'static;
}

/// One of the four tabs, or the runs overlay.
pub trait Tab<N: Protocol> {
    fn title(&self) -> &str;

    fn engines(&self) -> &'static [&'static str] {
        &[]
    }

    fn badge(&self) -> Badge {
        Badge::Quiet
    }

    /// The short ids of its runs that would continue without this screen; `None` for one being
    /// started.
    fn running(&self) -> Vec<Option<String>> {
        Vec::new()
    }

    fn status(&self) -> Option<Status> {
        None
    }

    fn keys(&self) -> Vec<Binding<N::Act>>;

    fn start(&mut self) -> Effects<N> {
        Vec::new()
    }

    /// It comes on the screen.
    fn shown(&mut self) -> Effects<N> {
        Vec::new()
    }

    /// It leaves the screen.
    fn hidden(&mut self) {}

    /// Does something; also what a confirmed [`Effect::Ask`] carried.
    fn act(&mut self, action: Action<N::Act>) -> Effects<N>;

    /// While text is typed here: key and label of the keys that are not text. `None` otherwise.
    fn typing(&self) -> Option<Vec<Hint>> {
        None
    }

    /// Takes a key for typing, such as a filter's; `None` when no text is typed here.
    fn capture(&mut self, _key: Key) -> Option<Effects<N>> {
        None
    }

    /// Takes pasted text for what is being typed.
    fn paste(&mut self, _words: &str) -> Effects<N> {
        Vec::new()
    }

    /// A click at `at`, within the area it was drawn in.
    fn point(&mut self, _at: Position, _area: Rect) -> Effects<N> {
        Vec::new()
    }

    fn on(&mut self, news: N) -> Effects<N>;

    /// An event of a run of one of its engines, whoever started it.
    fn run_event(&mut self, _event: &RunEvent) -> Effects<N> {
        Vec::new()
    }

    /// Plans the undo of a run of one of its engines.
    fn undo(&mut self, _run: Id) -> Effects<N> {
        Vec::new()
    }

    /// Its work of this name panicked and will never answer.
    fn broken(&mut self, _work: WorkName) -> Effects<N> {
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme);
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Badge {
    #[default]
    Quiet,
    Busy {
        since: Timestamp,
        percent: Option<u8>,
    },
    /// It ended well while the tab was hidden.
    Done,
    /// It ended badly while the tab was hidden.
    Failed,
}

impl Badge {
    /// Whether it changes by itself.
    pub fn moves(self) -> bool {
        matches!(self, Self::Busy { .. })
    }

    /// The sign alone, and its meaning.
    pub fn sign(self, theme: &Theme) -> (&'static str, Tone) {
        match self {
            Self::Quiet => ("", Tone::Plain),
            Self::Busy { .. } => (theme.spinner(), Tone::Accent),
            Self::Done => ("✓", Tone::Good),
            Self::Failed => ("✗", Tone::Bad),
        }
    }

    /// Percent or elapsed time, where there is such.
    pub fn detail(self, theme: &Theme) -> String {
        match self {
            Self::Busy {
                percent: Some(percent),
                ..
            } => format!("{percent} %"),
            Self::Busy { since, .. } => {
                let passed = theme.now.duration_since(since).max(SignedDuration::ZERO);
                text::clock(passed)
            }
            _ => String::new(),
        }
    }
}

/// The line under the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The sentence; it wraps and is never cut.
    pub sentence: String,
    pub tone: Tone,
    /// What belongs to it, such as `Run c41f9a`.
    pub remark: String,
}

impl Status {
    pub fn new(sentence: &str, tone: Tone) -> Self {
        Self {
            sentence: text::scrub(sentence),
            tone,
            remark: String::new(),
        }
    }

    #[must_use]
    pub fn remark(mut self, remark: &str) -> Self {
        self.remark = text::scrub(remark);
        self
    }
}
