//! The tab of users: looks through what there is, previews a sync, asks, follows, reports.
//!
//! ```text
//!   Browse ── s, S, u ──▶ Drive: planning ─▶ Preview ── Enter ──▶ question ─▶ run ─▶ result
//!      ▲                                                                          │
//!      └───────────────────────── Esc, or a clean end ────────────────────────────┘
//! ```
//! Each part has a file; here keys and news go to the part that has them.

mod ask;
mod browse;
mod keys;
mod load;
mod preview;
mod report;
mod sync;
mod user_filter;
mod window;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Badge, Effects, Hint, SetupPage, Status, Tab};
use crate::engine::Engine as _;
use crate::error::Failure;
use crate::run::Id;
use crate::tui::flow::{self, State};
use crate::tui::keys::Key;
use crate::tui::news::{Action, Binding, News as All};
use crate::tui::notices::Notice;
use crate::tui::run_controller::RunController;
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab_context::TabContext;
use crate::tui::tasks::{Effect, WorkName};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::page::Page;
use crate::users::Users as Engine;
use crate::users::store::browse::Listed;
use browse::Browse;
use load::{Exported, NotReady, Overview};
use preview::Preview;

/// What the work of the tab brings back.
#[derive(Debug)]
pub enum News {
    /// About a plan or a run.
    Flow(flow::News<Engine>),
    /// The locations.
    Overview(Result<Overview, NotReady>),
    /// The ids that pass the filter.
    Ids(Result<Arc<Vec<i64>>, Failure>),
    /// The rows that were asked for.
    Rows(Result<Vec<Listed>, Failure>),
    /// An export has ended.
    Exported(Result<Exported, Failure>),
    /// The last run at the chosen location; `None` where there is none.
    Last(Result<Option<Id>, Failure>),
}

/// The tab of users.
pub struct Users {
    browse: Browse,
    controller: RunController<Engine, All>,
    preview: Preview,
    /// The codes of the locations that the last question was not about.
    spared: BTreeSet<String>,
    /// What is planned or was, for people: `Dev`.
    what: String,
    /// The result of the last run, until something else is begun.
    result: Option<Status>,
    /// Where one reads in a result.
    page: Page,
    planned: Option<SetupPage>,
    demo: bool,
}

impl Users {
    /// The tab of a screen with these tools; in the simulated world it says what to try.
    pub fn new(context: TabContext, demo: bool) -> Self {
        Self {
            browse: Browse::new(context.clone()),
            controller: RunController::new(context, sync::planner, |news| {
                All::Users(News::Flow(news))
            }),
            preview: Preview::default(),
            spared: BTreeSet::new(),
            what: String::new(),
            result: None,
            page: Page::default(),
            planned: None,
            demo,
        }
    }

    fn on_own(&mut self, news: News) -> Effects<All> {
        match news {
            News::Flow(news) => self.on_flow(news),
            News::Overview(seen) => {
                self.planned = seen.as_ref().err().and_then(sync::page_of);
                self.browse.on_overview(seen)
            }
            News::Ids(found) => self.browse.on_ids(found),
            News::Rows(read) => {
                self.browse.on_rows(read);
                Vec::new()
            }
            News::Exported(exported) => self.browse.on_exported(exported),
            News::Last(Ok(Some(run))) => self.undo_run(run),
            News::Last(Ok(None)) => {
                vec![Effect::Say(Notice::new(
                    "no run of this machine wrote here",
                    Tone::Warn,
                ))]
            }
            News::Last(Err(failure)) => {
                vec![Effect::Say(Notice::from(&crate::error::Error::from(
                    failure,
                )))]
            }
        }
    }

    fn saw(&mut self, event: &RunEvent) -> Effects<All> {
        let mut effects = self.controller.run_event(event);
        if matches!(event, RunEvent::Ended(_)) {
            effects.extend(self.browse.reload());
        }
        effects
    }
}

impl Tab<All> for Users {
    fn title(&self) -> &'static str {
        "Users"
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
        match self.controller.state() {
            State::Idle => match &self.result {
                Some(result) => Some(result.clone()),
                None => self.idle_status(),
            },
            State::Review(plan) => Some(self.preview.status(plan)),
            _ => self.controller.status(),
        }
    }

    fn keys(&self) -> Vec<Binding> {
        self.bindings()
    }

    fn start(&mut self) -> Effects<All> {
        self.browse.reload()
    }

    fn shown(&mut self) -> Effects<All> {
        self.controller.shown();
        Vec::new()
    }

    fn hidden(&mut self) {
        self.controller.hidden();
    }

    fn act(&mut self, action: Action) -> Effects<All> {
        self.do_it(action)
    }

    fn typing(&self) -> Option<Vec<Hint>> {
        match self.controller.state() {
            State::Idle => self.browse.typing(),
            State::Review(_) => self.preview.typing(),
            _ => None,
        }
    }

    fn capture(&mut self, key: Key) -> Option<Effects<All>> {
        match self.controller.state() {
            State::Idle => self.browse.capture(key),
            State::Review(_) => self.preview.capture(key).then(Vec::new),
            _ => None,
        }
    }

    fn paste(&mut self, words: &str) -> Effects<All> {
        match self.controller.state() {
            State::Idle => return self.browse.paste(words),
            State::Review(_) => self.preview.paste(words),
            _ => {}
        }
        Vec::new()
    }

    fn point(&mut self, at: Position, area: Rect) -> Effects<All> {
        match self.controller.state() {
            State::Idle => self.browse.point(at, area),
            _ => Vec::new(),
        }
    }

    fn on(&mut self, news: All) -> Effects<All> {
        match news {
            All::Users(news) => self.on_own(news),
            All::Pimpinan(_) | All::Runs(_) | All::Script(_) | All::Dapodik(_) => Vec::new(),
        }
    }

    fn run_event(&mut self, event: &RunEvent) -> Effects<All> {
        self.saw(event)
    }

    fn undo(&mut self, run: Id) -> Effects<All> {
        self.undo_run(run)
    }

    fn broken(&mut self, work: WorkName) -> Effects<All> {
        self.controller.broken(work);
        self.browse.broken(work.task);
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        self.draw_state(buffer, area, theme);
    }
}
