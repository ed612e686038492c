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
mod outcome;
mod payload;
mod push;
mod review;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Badge, Effects, Hint, Status, Tab};
use crate::error::{Error, Failure};
use crate::pimpinan::Pimpinan as Engine;
use crate::tui::drive::{self, Drive};
use crate::tui::flow::{self, State};
use crate::tui::keys::{Action, Binding, Key};
use crate::tui::news::News as All;
use crate::tui::tasks::Effect;
use crate::tui::theme::{Look, Tone};
use crate::tui::tools::Tools;
use crate::tui::watch::Sighting;
use crate::tui::widget::page::Page;
use load::{Facts, Unready};
use review::Review;

/// What the work of the tab brings back.
#[derive(Debug)]
pub enum News {
    /// About a plan or a run.
    Flow(Box<flow::News<Engine>>),
    /// The settings and the last push.
    Looked(Result<Facts, Unready>),
}

/// The tab of the push.
pub struct Push {
    drive: Drive<Engine>,
    review: Review,
    facts: Option<Facts>,
    unready: Option<Unready>,
    /// The settings are being read.
    looking: bool,
    /// Where one reads in a result.
    page: Page,
    demo: bool,
}

impl Push {
    /// The tab of a screen with these tools; in the simulated world it says what to try.
    pub fn new(tools: Tools, demo: bool) -> Self {
        Self {
            drive: Drive::new(tools, push::planner, |news| {
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
        let mut effects = self.drive.back();
        effects.push(self.look());
        effects
    }

    fn look(&mut self) -> Effect<All> {
        self.looking = true;
        Effect::Work(load::look(self.drive.tools().clone()))
    }

    fn on_looked(&mut self, seen: Result<Facts, Unready>) -> Effects<All> {
        self.looking = false;
        match seen {
            Ok(facts) => {
                self.facts = Some(facts);
                self.unready = None;
                match self.drive.state() {
                    State::Idle => self.drive.ask(&crate::pimpinan::Request::default()),
                    _ => Vec::new(),
                }
            }
            Err(unready) => {
                self.unready = Some(unready);
                Vec::new()
            }
        }
    }

    fn sighted(&mut self, sighting: &Sighting) -> Effects<All> {
        let mut effects = self.drive.sighted(sighting);
        if matches!(sighting, Sighting::Ended(_)) && self.facts.is_some() {
            match self.drive.state() {
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

    fn badge(&self) -> Badge {
        self.drive.badge()
    }

    fn running(&self) -> Vec<Option<String>> {
        self.drive.running()
    }

    fn status(&self) -> Option<Status> {
        match (self.drive.state(), &self.unready) {
            (State::Idle, _) if self.looking => Some(Status::new(words::LOOKING, Tone::Plain)),
            (State::Idle, Some(Unready::Failed(failure))) => Some(drive::failed(failure)),
            (State::Review(plan), _) => Some(self.review_status(plan)),
            _ => self.drive.status(),
        }
    }

    fn keys(&self) -> Vec<Binding> {
        self.bindings()
    }

    fn shown(&mut self) -> Effects<All> {
        self.drive.shown();
        match self.drive.state() {
            State::Idle => vec![self.look()],
            _ => Vec::new(),
        }
    }

    fn hidden(&mut self) {
        self.drive.hidden();
    }

    fn act(&mut self, action: Action) -> Effects<All> {
        self.do_it(action)
    }

    fn typing(&self) -> Option<Vec<Hint>> {
        match self.drive.state() {
            State::Review(_) => self.review.filter.typing(),
            _ => None,
        }
    }

    fn capture(&mut self, key: Key) -> Option<Effects<All>> {
        match self.drive.state() {
            State::Review(_) => self.review.capture(key).then(Vec::new),
            _ => None,
        }
    }

    fn paste(&mut self, words: &str) -> Effects<All> {
        if let State::Review(_) = self.drive.state() {
            self.review.paste(words);
        }
        Vec::new()
    }

    fn point(&mut self, at: Position, area: Rect) -> Effects<All> {
        if let State::Review(plan) = self.drive.state() {
            let panes = facts::panes(self.above(area), plan, self.facts.as_ref());
            self.review.point(plan, at, panes.list);
        }
        Vec::new()
    }

    fn on(&mut self, news: All) -> Effects<All> {
        match news {
            All::Pimpinan(News::Flow(news)) => self.on_flow(*news),
            All::Pimpinan(News::Looked(seen)) => self.on_looked(seen),
            All::Run(sighting) => self.sighted(&sighting),
            All::Users(_) | All::Runs(_) | All::Script(_) | All::Dapodik(_) => Vec::new(),
        }
    }

    fn broken(&mut self, work: &str) -> Effects<All> {
        if work == load::LOOK {
            self.looking = false;
            let failure = Failure::from(Error::bug(words::LOOK_BROKE));
            self.unready = Some(Unready::Failed(failure));
        } else {
            self.drive.broken(work);
        }
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, look: &Look) {
        self.draw_state(buffer, area, look);
    }
}
