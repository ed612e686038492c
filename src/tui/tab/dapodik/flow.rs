//! From a wish to a run: what is asked for, what an answer, a plan or an end means for the tab.

use jiff::Timestamp;

use super::load::{self, NotReady};
use super::{BackendState, Dapodik, Mode, News, review};
use crate::dapodik::model::WhenRunning;
use crate::dapodik::{Dapodik as Engine, Metadata, Request, Scope};
use crate::engine::Summary as _;
use crate::error::Failure;
use crate::run::Run;
use crate::text::excerpt;
use crate::tui::flow::{self as machine, State};
use crate::tui::keys::Action;
use crate::tui::news::News as All;
use crate::tui::notices::Notice;
use crate::tui::run_controller;
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab::{Effects, SetupPage, Status};
use crate::tui::tasks::Effect;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::page::Page;
use crate::tui::words::NOTHING_RUNS;

impl Dapodik {
    pub(super) fn on_own(&mut self, news: News) -> Effects<All> {
        match news {
            News::Flow(news) => self.on_flow(*news),
            News::Overview(Ok(overview)) => {
                self.overview = Some(*overview);
                (self.unready, self.planned) = (None, None);
                Vec::new()
            }
            News::Overview(Err(unready)) => {
                self.planned = page_of(&unready);
                self.unready = Some(unready);
                Vec::new()
            }
            News::Metadata(said, at) => {
                self.take_metadata(said, at);
                let goes_on = self.visible && self.running.is_some();
                goes_on.then(load::later).into_iter().collect()
            }
            News::AskAgain if self.visible && self.running.is_some() => self.ask_backend(),
            News::AskAgain => Vec::new(),
        }
    }

    fn take_metadata(&mut self, said: Result<Metadata, Failure>, at: Timestamp) {
        self.backend = match said {
            Ok(metadata) => {
                let since = self.running.map_or(at, |(since, _)| since);
                self.running = metadata.is_running().then_some((since, at));
                BackendState::Said(metadata)
            }
            Err(failure) => BackendState::Silent(failure),
        };
    }

    fn on_flow(&mut self, news: machine::News<Engine>) -> Effects<All> {
        let effects = self.controller.on(news);
        match self.controller.state() {
            State::Review(plan) if self.looked_at != Some(plan.id()) => {
                self.looked_at = Some(plan.id());
                self.page = Page::default();
            }
            State::Done(done) if done.run.exit() == Some(0) => {
                self.result = Some(run_controller::ended(&done.run));
                self.mode = Mode::Board;
                self.controller.back();
            }
            State::Done(_) | State::Failed(_) | State::Died(_) => self.page = Page::default(),
            _ => {}
        }
        effects
    }

    /// A run that somebody else began is followed where nothing else is looked at; after an end
    /// the backend and the database say something new.
    pub(super) fn saw(&mut self, event: &RunEvent) -> Effects<All> {
        let now = self.controller.context().app.clock.now();
        let first_word = self.lives.take(event, now);
        let mut effects = self.controller.run_event(event);
        if first_word && self.unready.is_none() && self.controller.runs().going().next().is_some() {
            // By now metadata says RUNNING.
            effects.push(load::metadata(self.controller.context().clone()));
        }
        match event {
            RunEvent::Began(run) if self.is_at_rest() && run.ended().is_none() => {
                self.result = None;
                self.controller.attach(run.id());
            }
            RunEvent::Ended(_) if self.unready.is_none() => {
                effects.push(load::overview(self.controller.context().clone()));
                effects.push(load::metadata(self.controller.context().clone()));
            }
            _ => {}
        }
        effects
    }

    fn is_at_rest(&self) -> bool {
        matches!(
            (self.controller.state(), &self.mode),
            (State::Idle, Mode::Board)
        )
    }

    /// Asks the backend how it stands.
    pub(super) fn ask_backend(&mut self) -> Effects<All> {
        if !matches!(self.backend, BackendState::Said(_)) {
            self.backend = BackendState::Asking;
        }
        vec![load::metadata(self.controller.context().clone())]
    }

    pub(super) fn reload(&mut self) -> Effects<All> {
        let mut effects = vec![load::overview(self.controller.context().clone())];
        effects.extend(self.ask_backend());
        effects
    }

    /// Looks at what a sync of `scope` would be; where one goes on already, offers that one.
    pub(super) fn sync(&mut self, scope: Scope) -> Effects<All> {
        if let Some(run) = self.controller.runs().going().next() {
            return vec![Effect::Ask(attach_question(run))];
        }
        self.begin(scope, WhenRunning::Refuse)
    }

    fn begin(&mut self, scope: Scope, when_running: WhenRunning) -> Effects<All> {
        self.result = None;
        let history = self.overview.as_ref().map(|seen| &seen.history);
        let took = history.and_then(|history| history.took(&scope));
        let request = Request {
            when_running,
            took_ms: took.and_then(|took| u64::try_from(took.as_millis()).ok()),
            ..Request::of(scope)
        };
        self.controller.ask(&request)
    }

    /// The same once more, with another answer to a sync that is running over there.
    pub(super) fn with(&mut self, when_running: WhenRunning) -> Effects<All> {
        let State::Review(plan) = self.controller.state() else {
            return Vec::new();
        };
        let scope = plan.scope.clone();
        self.begin(scope, when_running)
    }

    /// Plans again what an ended run did, whoever had started it; else what was asked for last.
    pub(super) fn again(&mut self) -> Effects<All> {
        let ended = match self.controller.state() {
            State::Done(done) => Some(&done.run),
            State::Died(run) => Some(run),
            _ => None,
        };
        match ended.map(|run| run.manifest.request.clone()) {
            Some(request) => self.controller.ask(&request),
            None => self.controller.again(),
        }
    }

    pub(super) fn ask(&self) -> Effects<All> {
        match self.controller.state() {
            State::Review(plan) => {
                let now = self.controller.context().app.clock.now();
                vec![Effect::Ask(review::question(plan, now))]
            }
            _ => Vec::new(),
        }
    }

    /// Asks whether the run is to stop, and says what the backend does then.
    pub(super) fn ask_stop(&self) -> Effects<All> {
        let Some(run) = self.controller.runs().going().next() else {
            return vec![Effect::Say(Notice::new(NOTHING_RUNS, Tone::Warn))];
        };
        let confirm = run_controller::stop_question(run, &self.controller.context().operator);
        let then = after_stop(self.scope_of(run.id()));
        vec![Effect::Ask(confirm.line(then, Tone::Warn))]
    }

    pub(super) fn view(&mut self) -> Effects<All> {
        let going = self.controller.runs().going().next().map(|run| run.id());
        if let Some(id) = going {
            self.mode = Mode::Board;
            self.controller.attach(id);
        }
        Vec::new()
    }

    /// What is said while nothing is under way.
    pub(super) fn idle_status(&self) -> Option<Status> {
        match &self.mode {
            Mode::Picker(picker) => return Some(picker.status()),
            Mode::Form(_) => {
                return Some(Status::new(
                    "NIK and NPSN, both; Tab goes to the other field",
                    Tone::Plain,
                ));
            }
            Mode::Board => {}
        }
        if self.result.is_some() {
            return self.result.clone();
        }
        let history = &self.overview.as_ref()?.history;
        let why = history.unfinished.as_ref()?;
        Some(Status::new(
            &format!(
                "! The last sync: {}; S or s starts again",
                excerpt(why, 300)
            ),
            Tone::Warn,
        ))
    }
}

/// A second sync of this machine is not started: the one that goes on can be watched.
fn attach_question(run: &Run) -> Confirm {
    Confirm::new("A sync goes on already", "watch it", Action::Follow)
        .line(&crate::tui::words::about(run), Tone::Accent)
        .line(
            "There is one sync at a time from this machine. This one can be \
                                 watched; x stops it.",
            Tone::Plain,
        )
}

/// What the backend does when the run is stopped.
fn after_stop(scope: Option<&Scope>) -> &'static str {
    match scope {
        Some(Scope::Global | Scope::Kecamatan { .. }) | None => {
            "! The deployed backend goes on to the end of the kecamatan in hand, then ends with an \
             error, and does not refresh its view. A server of selaras stops at once. A sync that \
             is only watched goes on."
        }
        Some(_) => "! Only the waiting ends: the backend may do it all the same.",
    }
}

/// What to do while the portal itself is not served.
fn portal() -> SetupPage {
    SetupPage::new("Dapodik")
        .paragraph(
            "[dapodik] source is \"portal\": selaras would fetch from the regional portal by \
             itself. That comes with a later version. Nothing is started, and nothing was lost.",
        )
        .paragraph(
            "This version follows an E-Alumni backend, which does the fetching: change the \
             settings below, then r looks again. The keys of [dapodik.portal] may stay for later.",
        )
        .setting("[dapodik] source", "\"remote\"")
        .setting("[dapodik] url", "the address of the backend")
        .setting(
            "EALUMNI_API_KEY",
            "or EALUMNI_USERNAME and EALUMNI_PASSWORD, or EALUMNI_AUTH_TOKEN (environment or .env)",
        )
        .setting(
            "[dapodik] database",
            "its database, to be checked after a sync; without it a sync is \"not verified\"",
        )
}

/// The page that stands for a tab that is not set up; `None` where something failed instead.
fn page_of(unready: &NotReady) -> Option<SetupPage> {
    match unready {
        NotReady::FirstStart(file) => Some(SetupPage::welcome(&file.display().to_string())),
        NotReady::NotSetUp(why) => Some(SetupPage::dapodik().lacking(why)),
        NotReady::Portal => Some(portal()),
        NotReady::Failed(_) => None,
    }
}
