//! The tab of the push: who would be sent, who is refused and why, the exact payload; then the run.
//!
//! ```text
//!   shown ─▶ settings, last push ─▶ Drive: planning ─▶ Review ── p ──▶ question ─▶ run ─▶ result
//!     ▲                                                  │ r                              │
//!     └──────────────────────────────────────────────────┴──────── r, Esc ────────────────┘
//! ```
//! The list of candidates is the plan itself, so that what is seen is what is confirmed.

mod candidates;
mod draw;
mod facts;
mod keys;
mod load;
mod payload;
mod push;
mod report;
mod review;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Badge, Effects, Hint, Status, Tab};
use crate::engine::Engine as _;
use crate::error::{Error, Failure};
use crate::pimpinan::Pimpinan as Engine;
use crate::tui::flow::{self, State};
use crate::tui::keys::{Action, Binding, Key};
use crate::tui::news::News as All;
use crate::tui::run_controller::{self, RunController};
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab_context::TabContext;
use crate::tui::tasks::{Effect, WorkName};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::page::Page;
use load::{Facts, NotReady};
use review::Review;

/// What the work of the tab brings back.
#[derive(Debug)]
pub enum News {
    /// About a plan or a run.
    Flow(Box<flow::News<Engine>>),
    /// The settings and the last push.
    Looked(Result<Facts, NotReady>),
}

/// The tab of the push.
pub struct Push {
    controller: RunController<Engine>,
    review: Review,
    facts: Option<Facts>,
    unready: Option<NotReady>,
    /// The settings are being read.
    looking: bool,
    /// Where one reads in a result.
    page: Page,
    demo: bool,
}

impl Push {
    /// The tab of a screen with these tools; in the simulated world it says what to try.
    pub fn new(context: TabContext, demo: bool) -> Self {
        Self {
            controller: RunController::new(context, push::planner, |news| {
                All::Pimpinan(News::Flow(Box::new(news)))
            }),
            review: Review::default(),
            facts: None,
            unready: None,
            looking: false,
            page: Page::default(),
            demo,
        }
    }

    /// Looks at everything anew, with the settings of the moment; a plan that was there is dropped.
    fn reload(&mut self) -> Effects<All> {
        self.page = Page::default();
        let mut effects = self.controller.back();
        effects.push(self.look());
        effects
    }

    fn look(&mut self) -> Effect<All> {
        self.looking = true;
        Effect::Work(load::look(self.controller.context().clone()))
    }

    fn on_looked(&mut self, seen: Result<Facts, NotReady>) -> Effects<All> {
        self.looking = false;
        match seen {
            Ok(facts) => {
                self.facts = Some(facts);
                self.unready = None;
                match self.controller.state() {
                    State::Idle => self.controller.ask(&crate::pimpinan::Request::default()),
                    _ => Vec::new(),
                }
            }
            Err(unready) => {
                self.unready = Some(unready);
                Vec::new()
            }
        }
    }

    fn saw(&mut self, event: &RunEvent) -> Effects<All> {
        let mut effects = self.controller.sighted(event);
        if matches!(event, RunEvent::Ended(_)) && self.facts.is_some() {
            match self.controller.state() {
                // What changed since the last push is not what it was.
                State::Review(_) => effects.extend(self.reload()),
                _ => effects.push(self.look()),
            }
        }
        effects
    }
}

impl Tab<All> for Push {
    fn title(&self) -> &'static str {
        "Pimpinan Push"
    }

    fn engines(&self) -> &'static [&'static str] {
        &[Engine::NAME]
    }

    fn badge(&self) -> Badge {
        self.controller.badge()
    }

    fn running(&self) -> Vec<Option<String>> {
        self.controller.running()
    }

    fn status(&self) -> Option<Status> {
        match (self.controller.state(), &self.unready) {
            (State::Idle, _) if self.looking => Some(Status::new(words::LOOKING, Tone::Plain)),
            (State::Idle, Some(NotReady::Failed(failure))) => Some(run_controller::failed(failure)),
            (State::Review(plan), _) => Some(self.review_status(plan)),
            _ => self.controller.status(),
        }
    }

    fn keys(&self) -> Vec<Binding> {
        self.bindings()
    }

    fn shown(&mut self) -> Effects<All> {
        self.controller.shown();
        match self.controller.state() {
            State::Idle => vec![self.look()],
            _ => Vec::new(),
        }
    }

    fn hidden(&mut self) {
        self.controller.hidden();
    }

    fn act(&mut self, action: Action) -> Effects<All> {
        self.do_it(action)
    }

    fn typing(&self) -> Option<Vec<Hint>> {
        match self.controller.state() {
            State::Review(_) => self.review.filter.typing(),
            _ => None,
        }
    }

    fn capture(&mut self, key: Key) -> Option<Effects<All>> {
        match self.controller.state() {
            State::Review(_) => self.review.capture(key).then(Vec::new),
            _ => None,
        }
    }

    fn paste(&mut self, words: &str) -> Effects<All> {
        if let State::Review(_) = self.controller.state() {
            self.review.paste(words);
        }
        Vec::new()
    }

    fn point(&mut self, at: Position, area: Rect) -> Effects<All> {
        if let State::Review(plan) = self.controller.state() {
            let panes = facts::panes(self.above(area), plan, self.facts.as_ref());
            self.review.point(plan, at, panes.list);
        }
        Vec::new()
    }

    fn on(&mut self, news: All) -> Effects<All> {
        match news {
            All::Pimpinan(News::Flow(news)) => self.on_flow(*news),
            All::Pimpinan(News::Looked(seen)) => self.on_looked(seen),
            All::Users(_) | All::Runs(_) | All::Script(_) | All::Dapodik(_) => Vec::new(),
        }
    }

    fn run_event(&mut self, event: &RunEvent) -> Effects<All> {
        self.saw(event)
    }

    fn broken(&mut self, work: WorkName) -> Effects<All> {
        if work == load::LOOK.into() {
            self.looking = false;
            let failure = Failure::from(Error::bug(words::LOOK_BROKE));
            self.unready = Some(NotReady::Failed(failure));
        } else {
            self.controller.broken(work);
        }
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        self.draw_state(buffer, area, theme);
    }
}
