//! The tab of an engine: everything that is the same in all of them.
//!
//! | state | who draws | who has the keys |
//! |---|---|---|
//! | Idle, not ready | setup page or failure | `r` again, `y` the settings, `f`, `x` |
//! | what the screen owns (Idle, Review) | the screen | the screen; what it leaves, the defaults |
//! | Planning | what planning says | Esc cancels, `r` again, `w` |
//! | Starting | an empty pane | none |
//! | Running | what the run says | `x` stop, `f` follow or pause, `w` wrap, Esc leaves |
//! | Done | the screen's report | `r` again, Esc |
//! | Failed, Died | the failure | `r` again, Esc |
//!
//! One rule each, here and only here:
//! - **again** (`r`) reads the settings again and repeats the plan: the request of the ended run,
//!   else the last request.
//! - **back** (Esc) drops a plan and leaves a run to itself. After an end, everything is read again,
//!   and the sentence of the end stays until something else is asked for.
//! - **follow** (`f`) attaches to the oldest active run; while one is followed, it pauses the
//!   end of its log, or follows it again.
//!
//! # A new tab
//! Implement [`EngineScreen`], name the module in `tab.rs`; in `dashboard.rs` add a variant to `News`
//! and to `Act`, and mount the tab. `draw`, `keys` and `act` are only called
//! in states the screen owns. `act` answers `None` to what it does not do: the default then does it
//! (`Start`, `All` and `Open` in a review ask the [`EngineScreen::question`]). Keys are bound by
//! [`Binding::of`], so that a letter means one thing in the whole program; an action of a tab's own
//! chooses its letter from the grammar (`tests/it/tui/grammar.rs`). What a screen does beside the
//! screen is work of `S::News`, mapped by [`own`].

mod screen;
mod states;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use uuid::Uuid;

use super::{Badge, Effects, Hint, Protocol, Status, Tab};
use crate::engine::Summary as _;
use crate::error::Error;
use crate::run::Id;
use crate::tui::flow::{self, Phase, State};
use crate::tui::keys::{Action, Binding, Key};
use crate::tui::notices::Notice;
use crate::tui::run_controller::{
    NOTHING_RUNS, RunController, ended, failed, run_name, stop_question,
};
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab::Effect;
use crate::tui::tab::TabContext;
use crate::tui::tasks::{Work, WorkName};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::page::{Page, Rows, failure_rows};

pub use screen::{EngineScreen, NotReady, Then, Words};
pub use states::{above_runs, again, draw_runs, run_keys};

const LOOK: &str = "look";

pub enum News<S: EngineScreen> {
    /// About a plan or a run.
    Flow(Box<flow::News<S::Engine>>),
    /// What the board shows before anything is planned, or why there is nothing to show.
    Looked(Box<Result<S::Facts, NotReady>>),
    Own(S::News),
}

impl<S: EngineScreen> std::fmt::Debug for News<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Flow(_) => "Flow",
            Self::Looked(_) => "Looked",
            Self::Own(_) => "Own",
        })
    }
}

impl<S: EngineScreen> Protocol for News<S> {
    type Act = S::Act;
}

pub type EffectsOf<S> = Effects<News<S>>;
pub type ControllerOf<S> = RunController<<S as EngineScreen>::Engine, News<S>>;

/// Work of the screen's own, as an effect.
pub fn own<S: EngineScreen>(work: Work<S::News>) -> Effect<News<S>> {
    Effect::Work(work.map(News::Own))
}

pub struct EngineTab<S: EngineScreen> {
    screen: S,
    controller: ControllerOf<S>,
    not_ready: Option<NotReady>,
    looking: bool,
    /// They were read at least once.
    looked: bool,
    /// Where one reads in a report or a failure.
    page: Page,
    /// How the last run ended, until something else is asked for.
    result: Option<Status>,
}

impl<S: EngineScreen> EngineTab<S> {
    pub fn new(screen: S, context: TabContext) -> Self {
        let wrap = |news| News::Flow(Box::new(news));
        Self {
            screen,
            controller: RunController::new(context, S::PLANNER, wrap),
            not_ready: None,
            looking: false,
            looked: false,
            page: Page::default(),
            result: None,
        }
    }

    /// Whether the screen draws and has the keys.
    fn is_owned(&self) -> bool {
        let phase = self.controller.phase();
        let ready = self.not_ready.is_none() || !matches!(phase, Phase::Idle);
        ready && S::owns(phase)
    }

    fn look(&mut self) -> Effect<News<S>> {
        self.looking = true;
        let context = self.controller.context().clone();
        Effect::Work(Work::new(LOOK, |_| async move {
            News::Looked(Box::new(S::look(context).await))
        }))
    }

    fn on_looked(&mut self, looked: Result<S::Facts, NotReady>) -> EffectsOf<S> {
        (self.looking, self.looked) = (false, true);
        match looked {
            Ok(facts) => {
                self.not_ready = None;
                self.screen.looked(facts, &mut self.controller)
            }
            Err(not_ready) => {
                self.not_ready = Some(not_ready);
                self.page = Page::default();
                match self.controller.phase() {
                    // What is not ready has no plan, and needs no second failure.
                    Phase::Planning | Phase::Review | Phase::Failed(_) => self.controller.back(),
                    _ => Vec::new(),
                }
            }
        }
    }

    fn on_flow(&mut self, news: flow::News<S::Engine>) -> EffectsOf<S> {
        let mut effects = self.controller.on(news);
        if self.controller.is_fresh()
            && let Some(plan) = self.controller.review_mut()
        {
            self.page = Page::default();
            if let Err(error) = self.screen.planned(plan) {
                effects.push(Effect::Say(Notice::from(&error)));
            }
        }
        match self.controller.state() {
            State::Done(done) => match self.screen.ended(done) {
                Then::ShowReport => self.page = Page::default(),
                Then::GoBack => {
                    self.result = Some(ended(&done.run));
                    effects.extend(self.controller.back());
                }
            },
            State::Failed(_) | State::Died(_) => self.page = Page::default(),
            _ => {}
        }
        effects
    }

    /// How the run ended whose report is shown.
    fn ending(&self) -> Option<Status> {
        let State::Done(done) = self.controller.state() else {
            return None;
        };
        let ending = S::ending(done.report.as_ref()?)?;
        Some(ending.remark(&run_name(done.run.id())))
    }

    fn ask(&mut self) -> EffectsOf<S> {
        let now = self.controller.context().app.clock.now();
        match self.controller.state() {
            State::Review(plan) if self.screen.obstacle(plan).is_none() => {
                vec![Effect::Ask(self.screen.question(plan, now))]
            }
            _ => Vec::new(),
        }
    }

    /// A yes to the question about a plan, or about the run to stop.
    fn confirmed(&mut self, id: Uuid) -> EffectsOf<S> {
        if let Some(plan) = self.controller.review_mut().filter(|plan| plan.id() == id)
            && let Err(error) = self.screen.settle(plan)
        {
            return vec![Effect::Say(Notice::from(&error))];
        }
        let effects = self.controller.confirmed(id);
        if effects.is_empty() {
            // A run ended while the question was open, and everything was read again.
            let words = "what was asked about was read anew meanwhile: look at it, and ask again";
            return vec![Effect::Say(Notice::new(words, Tone::Warn))];
        }
        self.result = None;
        effects
    }

    fn ask_stop(&self) -> EffectsOf<S> {
        match self.controller.core().run_to_stop(self.controller.phase()) {
            Some(run) => {
                let question = stop_question(run, &self.controller.context().operator);
                vec![Effect::Ask(self.screen.stop_question(run, question))]
            }
            None => vec![Effect::Say(Notice::new(NOTHING_RUNS, Tone::Warn))],
        }
    }

    fn again(&mut self) -> EffectsOf<S> {
        let mut effects = vec![self.look()];
        if !matches!(self.controller.phase(), Phase::Idle) && self.controller.can_try_again() {
            self.result = None;
            effects.extend(self.controller.again());
        }
        effects
    }

    fn back(&mut self) -> EffectsOf<S> {
        let phase = self.controller.phase();
        let status = self.ending().or_else(|| self.controller.status());
        let (over, look) = match phase {
            Phase::Starting => return Vec::new(),
            Phase::Idle | Phase::Planning | Phase::Review => (false, false),
            Phase::Running(_) | Phase::Failed(_) => (false, true),
            Phase::Done(_) | Phase::Died(_) => (true, true),
        };
        if over {
            self.result = status;
        }
        let mut effects = self.controller.back();
        if look {
            effects.push(self.look());
        }
        effects
    }

    fn follow(&mut self) {
        match self.controller.phase() {
            Phase::Planning | Phase::Running(_) => {
                if let Some(view) = self.controller.view_mut() {
                    view.pause_or_follow();
                }
            }
            _ => {
                let oldest = self.controller.runs().active().next().map(|run| run.id());
                if let Some(id) = oldest {
                    self.controller.attach(id);
                }
            }
        }
    }
}

impl<S: EngineScreen> Tab<News<S>> for EngineTab<S> {
    fn title(&self) -> &str {
        S::WORDS.title
    }

    fn engines(&self) -> &'static [&'static str] {
        S::ENGINES
    }

    fn badge(&self) -> Badge {
        self.screen.badge(self.controller.badge(), &self.controller)
    }

    fn running(&self) -> Vec<Option<String>> {
        self.controller.running()
    }

    fn status(&self) -> Option<Status> {
        match (self.controller.phase(), &self.not_ready) {
            (Phase::Idle, _) if self.looking => Some(Status::new(S::WORDS.looking, Tone::Plain)),
            (Phase::Idle, Some(NotReady::Failed(failure))) => Some(failed(failure)),
            (Phase::Idle, Some(NotReady::Setup(_))) => None,
            (phase, _) => {
                let owned = S::owns(phase).then(|| self.screen.status(&self.controller));
                let result = self.result.clone();
                let result = result.filter(|_| matches!(phase, Phase::Idle));
                let said = owned.flatten().or(result).or_else(|| self.ending());
                said.or_else(|| self.controller.status())
            }
        }
    }

    fn keys(&self) -> Vec<Binding<S::Act>> {
        if self.is_owned() {
            return self.screen.keys(&self.controller);
        }
        states::keys_of::<S>(&self.controller, self.not_ready.as_ref())
    }

    fn start(&mut self) -> EffectsOf<S> {
        self.screen.start(&mut self.controller)
    }

    fn shown(&mut self) -> EffectsOf<S> {
        self.controller.shown();
        let mut effects = self.screen.shown(&mut self.controller);
        // A run that was attached to at once shows facts as well.
        if matches!(self.controller.phase(), Phase::Idle) || !self.looked {
            effects.push(self.look());
        }
        effects
    }

    fn hidden(&mut self) {
        self.controller.hidden();
        self.screen.hidden();
    }

    fn act(&mut self, action: Action<S::Act>) -> EffectsOf<S> {
        if self.is_owned()
            && let Some(effects) = self.screen.act(action, &mut self.controller)
        {
            if matches!(self.controller.phase(), Phase::Planning) {
                self.result = None;
            }
            return effects;
        }
        match (action, &mut self.not_ready) {
            (Action::Confirmed(id), _) => return self.confirmed(id),
            (Action::Start | Action::Open | Action::All, _) => return self.ask(),
            (Action::Again, _) => return self.again(),
            (Action::Stop, _) => return self.ask_stop(),
            (Action::Back, _) => return self.back(),
            (Action::Follow, _) => self.follow(),
            (Action::Copy, Some(NotReady::Setup(page))) => {
                return vec![Effect::Copy(page.settings())];
            }
            (Action::Move(step), not_ready) => match (self.controller.phase(), not_ready) {
                (Phase::Idle, Some(NotReady::Setup(page))) => page.go(step),
                (Phase::Planning | Phase::Running(_), _) => {
                    if let Some(view) = self.controller.view_mut() {
                        view.go(step);
                    }
                }
                _ => self.page.go(step),
            },
            (Action::Wrap, _) => {
                if let Some(view) = self.controller.view_mut() {
                    view.toggle_wrap();
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn typing(&self) -> Option<Vec<Hint>> {
        self.is_owned()
            .then(|| self.screen.typing(&self.controller))?
    }

    fn capture(&mut self, key: Key) -> Option<EffectsOf<S>> {
        self.is_owned()
            .then(|| self.screen.capture(key, &mut self.controller))?
    }

    fn paste(&mut self, words: &str) -> EffectsOf<S> {
        if self.is_owned() {
            return self.screen.paste(words, &mut self.controller);
        }
        Vec::new()
    }

    fn point(&mut self, at: Position, area: Rect) -> EffectsOf<S> {
        if self.is_owned() {
            return self.screen.point(at, area, &mut self.controller);
        }
        Vec::new()
    }

    fn on(&mut self, news: News<S>) -> EffectsOf<S> {
        match news {
            News::Flow(news) => self.on_flow(*news),
            News::Looked(looked) => self.on_looked(*looked),
            News::Own(news) => self.screen.on(news, &mut self.controller),
        }
    }

    fn run_event(&mut self, event: &RunEvent) -> EffectsOf<S> {
        let mut effects = self.controller.run_event(event);
        effects.extend(self.screen.run_event(event, &mut self.controller));
        if matches!(event, RunEvent::Ended(_)) && self.looked && self.not_ready.is_none() {
            // What is there is no longer what it was.
            effects.push(self.look());
        }
        effects
    }

    fn undo(&mut self, run: Id) -> EffectsOf<S> {
        self.result = None;
        self.screen.undo(run, &mut self.controller)
    }

    fn broken(&mut self, work: WorkName) -> EffectsOf<S> {
        if work == LOOK.into() {
            self.looking = false;
            let error = Error::bug("reading the settings broke off because of a bug in selaras");
            self.not_ready = Some(NotReady::Failed(error.into()));
            return Vec::new();
        }
        self.controller.broken(work);
        self.screen.broken(work.task, &mut self.controller)
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        if self.is_owned() {
            return self.screen.draw(buffer, area, &self.controller, theme);
        }
        if let State::Done(done) = self.controller.state() {
            let remark = run_name(done.run.id());
            let rows = |width| match (&done.report, done.run.failure()) {
                (Some(report), _) => S::report(report, width),
                (None, Some(failure)) => failure_rows(&failure, width),
                (None, None) => Rows::new(),
            };
            let heading = (S::WORDS.result, remark.as_str());
            return self.page.framed(buffer, area, heading, &rows, theme);
        }
        let looking = self.screen.planning();
        let shown = states::Shown {
            words: &S::WORDS,
            looking: &looking,
            core: self.controller.core(),
            phase: self.controller.phase(),
            not_ready: self.not_ready.as_ref(),
            page: &self.page,
        };
        shown.draw(buffer, area, theme);
    }
}
