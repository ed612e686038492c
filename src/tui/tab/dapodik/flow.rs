//! From a wish to a run: what is asked for, what an answer, a plan or an end means for the tab.

use jiff::Timestamp;

use super::load::{self, Unready};
use super::{Backend, Dapodik, Face, News, review, words};
use crate::dapodik::model::WhenRunning;
use crate::dapodik::{Dapodik as Engine, Metadata, Request, Scope};
use crate::engine::Summary as _;
use crate::error::Failure;
use crate::run::Run;
use crate::tui::drive;
use crate::tui::flow::{self as machine, State};
use crate::tui::keys::Action;
use crate::tui::news::News as All;
use crate::tui::notices::Notice;
use crate::tui::tab::{Effects, Planned, Status};
use crate::tui::tasks::Effect;
use crate::tui::theme::Tone;
use crate::tui::watch::Sighting;
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::page::Page;

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
                Backend::Said(metadata)
            }
            Err(failure) => Backend::Silent(failure),
        };
    }

    fn on_flow(&mut self, news: machine::News<Engine>) -> Effects<All> {
        let effects = self.drive.on(news);
        match self.drive.state() {
            State::Review(plan) if self.looked_at != Some(plan.id()) => {
                self.looked_at = Some(plan.id());
                self.page = Page::default();
            }
            State::Done(done) if done.run.exit() == Some(0) => {
                self.result = Some(drive::ended(&done.run));
                self.face = Face::Board;
                self.drive.back();
            }
            State::Done(_) | State::Failed(_) | State::Died(_) => self.page = Page::default(),
            _ => {}
        }
        effects
    }

    /// A run that somebody else began is followed where nothing else is looked at; after an end
    /// the backend and the database say something new.
    pub(super) fn sighted(&mut self, sighting: &Sighting) -> Effects<All> {
        let now = self.drive.tools().desk.clock.now();
        let first_word = self.lives.take(sighting, now);
        let mut effects = self.drive.sighted(sighting);
        if first_word && self.unready.is_none() && self.drive.runs().going().next().is_some() {
            // By now metadata says RUNNING.
            effects.push(load::metadata(self.drive.tools().clone()));
        }
        match sighting {
            Sighting::Began(run) if self.is_at_rest() && run.ended().is_none() => {
                self.result = None;
                self.drive.attach(run.id());
            }
            Sighting::Ended(_) if self.unready.is_none() => {
                effects.push(load::overview(self.drive.tools().clone()));
                effects.push(load::metadata(self.drive.tools().clone()));
            }
            _ => {}
        }
        effects
    }

    fn is_at_rest(&self) -> bool {
        matches!((self.drive.state(), &self.face), (State::Idle, Face::Board))
    }

    /// Asks the backend how it stands.
    pub(super) fn ask_backend(&mut self) -> Effects<All> {
        if !matches!(self.backend, Backend::Said(_)) {
            self.backend = Backend::Asking;
        }
        vec![load::metadata(self.drive.tools().clone())]
    }

    /// Reads everything anew.
    pub(super) fn reload(&mut self) -> Effects<All> {
        let mut effects = vec![load::overview(self.drive.tools().clone())];
        effects.extend(self.ask_backend());
        effects
    }

    /// Looks at what a sync of `scope` would be; where one goes on already, offers that one.
    pub(super) fn sync(&mut self, scope: Scope) -> Effects<All> {
        if let Some(run) = self.drive.runs().going().next() {
            return vec![Effect::Ask(attach_question(run))];
        }
        self.begin(scope, WhenRunning::Refuse)
    }

    fn begin(&mut self, scope: Scope, when_running: WhenRunning) -> Effects<All> {
        self.result = None;
        let past = self.overview.as_ref().map(|seen| &seen.past);
        let took = past.and_then(|past| past.took(&scope));
        let request = Request {
            when_running,
            took_ms: took.and_then(|took| u64::try_from(took.as_millis()).ok()),
            ..Request::of(scope)
        };
        self.drive.ask(&request)
    }

    /// The same once more, with another answer to a sync that is running over there.
    pub(super) fn with(&mut self, when_running: WhenRunning) -> Effects<All> {
        let State::Review(plan) = self.drive.state() else {
            return Vec::new();
        };
        let scope = plan.scope.clone();
        self.begin(scope, when_running)
    }

    /// Plans again what an ended run did, whoever had started it; else what was asked for last.
    pub(super) fn again(&mut self) -> Effects<All> {
        let ended = match self.drive.state() {
            State::Done(done) => Some(&done.run),
            State::Died(run) => Some(run),
            _ => None,
        };
        match ended.map(|run| run.manifest.request.clone()) {
            Some(request) => self.drive.ask(&request),
            None => self.drive.again(),
        }
    }

    /// Asks about the plan under review.
    pub(super) fn ask(&self) -> Effects<All> {
        match self.drive.state() {
            State::Review(plan) => {
                let now = self.drive.tools().desk.clock.now();
                vec![Effect::Ask(review::question(plan, now))]
            }
            _ => Vec::new(),
        }
    }

    /// Asks whether the run is to stop, and says what the backend does then.
    pub(super) fn ask_stop(&self) -> Effects<All> {
        let Some(run) = self.drive.runs().going().next() else {
            return vec![Effect::Say(Notice::new(words::NOTHING_RUNS, Tone::Warn))];
        };
        let confirm = drive::stop_question(run, &self.drive.tools().operator);
        let then = words::after_stop(self.scope_of(run.id()));
        vec![Effect::Ask(confirm.line(then, Tone::Warn))]
    }

    /// Follows the run that goes on.
    pub(super) fn view(&mut self) -> Effects<All> {
        let going = self.drive.runs().going().next().map(|run| run.id());
        if let Some(id) = going {
            self.face = Face::Board;
            self.drive.attach(id);
        }
        Vec::new()
    }

    /// What is said while nothing is under way.
    pub(super) fn idle_status(&self) -> Option<Status> {
        match &self.face {
            Face::Picker(picker) => return Some(picker.status()),
            Face::Form(_) => return Some(Status::new(words::FORM_HINT, Tone::Plain)),
            Face::Board => {}
        }
        if self.result.is_some() {
            return self.result.clone();
        }
        let past = &self.overview.as_ref()?.past;
        let why = past.unfinished.as_ref()?;
        Some(Status::new(&words::was_unfinished(why), Tone::Warn))
    }
}

/// A second sync of this machine is not started: the one that goes on can be watched.
fn attach_question(run: &Run) -> Confirm {
    Confirm::new(words::GOES_ON, words::WATCH_IT, Action::Own("view"))
        .line(&crate::tui::words::about(run), Tone::Accent)
        .line(words::ONE_AT_A_TIME, Tone::Plain)
}

/// What to do while the portal itself is not served.
fn portal() -> Planned {
    let page = Planned::new("Dapodik")
        .paragraph(words::PORTAL)
        .paragraph(words::PORTAL_INSTEAD);
    let settings = words::PORTAL_SETTINGS.into_iter();
    settings.fold(page, |page, (key, meaning)| page.setting(key, meaning))
}

/// The page that stands for a tab that is not set up; `None` where something failed instead.
fn page_of(unready: &Unready) -> Option<Planned> {
    match unready {
        Unready::FirstStart(file) => Some(Planned::welcome(&file.display().to_string())),
        Unready::NotSetUp(why) => Some(Planned::dapodik().lacking(why)),
        Unready::Portal => Some(portal()),
        Unready::Failed(_) => None,
    }
}
