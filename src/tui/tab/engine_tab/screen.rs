//! What one engine contributes to its tab.

use std::fmt::Debug;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{ControllerOf, EffectsOf};
use crate::config::{Config, Problem};
use crate::engine::Engine;
use crate::error::{Error, Failure, Result};
use crate::run::{Id, Run};
use crate::tui::flow::{Done, Phase};
use crate::tui::keys::{Action, Binding, Key};
use crate::tui::run_controller::Planner;
use crate::tui::run_watcher::RunEvent;
use crate::tui::tab::TabContext;
use crate::tui::tab::{Badge, Hint, SetupPage, Status};
use crate::tui::theme::Theme;
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::page::Rows;

/// Why there is nothing to look at.
#[derive(Debug)]
pub enum NotReady {
    /// It is not set up; the page says what it needs.
    Setup(Box<SetupPage>),
    /// The settings cannot be read, or name something that is not served here.
    Failed(Failure),
}

impl NotReady {
    /// The page of a part that is not set up: the first start, while there is no configuration file,
    /// else `page` with what is missing.
    pub fn set_up(
        context: &TabContext,
        config: &Config,
        (page, problem): (SetupPage, &Problem),
    ) -> Self {
        match config.file {
            None => SetupPage::welcome(&context.app.sources.config_file().display().to_string()),
            Some(_) => page.lacking(problem),
        }
        .into()
    }
}

impl From<Error> for NotReady {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<SetupPage> for NotReady {
    fn from(page: SetupPage) -> Self {
        Self::Setup(Box::new(page))
    }
}

/// What the shared states of a tab are called.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    pub title: &'static str,
    /// While the settings are read.
    pub looking: &'static str,
    /// Before the target of a run, such as `Push`.
    pub run: &'static str,
    pub result: &'static str,
    /// What Esc does after an end, in a sentence.
    pub back: &'static str,
    /// What Esc does while a run is followed, in a sentence.
    pub leave: &'static str,
}

/// What follows the end of a followed run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    ShowReport,
    /// Its sentence says enough.
    GoBack,
}

pub type PlanOf<S> = <<S as EngineScreen>::Engine as Engine>::Plan;
pub type ReportOf<S> = <<S as EngineScreen>::Engine as Engine>::Report;

/// What one engine contributes to the screen; everything else about its tab is in
/// [`super::EngineTab`].
pub trait EngineScreen: Sized + 'static {
    type Engine: Engine;
    /// What the board shows before anything is planned.
    type Facts: Send + 'static;
    /// What its own work brings back; `Infallible` where there is none.
    type News: Send + 'static;
    /// What only this tab knows to do; `Infallible` where there is nothing.
    type Act: Copy + Eq + Debug + 'static;
    const WORDS: Words;
    const PLANNER: Planner<Self::Engine>;
    const ENGINES: &'static [&'static str] = &[<Self::Engine as Engine>::NAME];

    /// Reads the settings of the moment, and what the board shows; beside the screen.
    fn look(context: TabContext) -> impl Future<Output = Result<Self::Facts, NotReady>> + Send;
    fn looked(
        &mut self,
        facts: Self::Facts,
        controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self>;
    /// What can be done now, in the order of its weight.
    fn keys(&self, controller: &ControllerOf<Self>) -> Vec<Binding<Self::Act>>;
    /// Does something; `None` leaves it to the shared default.
    fn act(
        &mut self,
        action: Action<Self::Act>,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>>;
    fn draw(&self, buffer: &mut Buffer, area: Rect, controller: &ControllerOf<Self>, theme: &Theme);
    /// Why nothing of the plan can be confirmed.
    fn obstacle(&self, plan: &PlanOf<Self>) -> Option<String>;
    /// The question about the plan; a yes is [`Action::Confirmed`] with its id.
    fn question(&mut self, plan: &PlanOf<Self>, now: Timestamp) -> Confirm;
    /// How a run ended, as a page of this width.
    fn report(report: &ReportOf<Self>, width: u16) -> Rows;

    /// The states in which it draws and has the keys.
    fn owns(phase: Phase<'_>) -> bool {
        matches!(phase, Phase::Idle | Phase::Review)
    }

    /// The title while a plan is made.
    fn planning(&self) -> String {
        Self::WORDS.looking.to_owned()
    }

    /// What is said in a state it owns; goes before how the last run ended.
    fn status(&self, _controller: &ControllerOf<Self>) -> Option<Status> {
        None
    }

    fn badge(&self, badge: Badge, _controller: &ControllerOf<Self>) -> Badge {
        badge
    }

    /// A plan arrived and is about to be shown.
    fn planned(&mut self, _plan: &mut PlanOf<Self>) -> Result<()> {
        Ok(())
    }

    /// Makes of a plan what was confirmed, such as leaving out what the question spared.
    fn settle(&mut self, _plan: &mut PlanOf<Self>) -> Result<()> {
        Ok(())
    }

    fn ended(&mut self, _done: &Done<Self::Engine>) -> Then {
        Then::ShowReport
    }

    /// How a run ended, beside its report, where the run's own sentence would say that twice.
    fn ending(_report: &ReportOf<Self>) -> Option<Status> {
        None
    }

    /// Adds to the question before a run is stopped.
    fn stop_question(&self, _run: &Run, question: Confirm) -> Confirm {
        question
    }

    fn start(&mut self, _controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        Vec::new()
    }

    fn shown(&mut self, _controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        Vec::new()
    }

    fn hidden(&mut self) {}

    fn typing(&self, _controller: &ControllerOf<Self>) -> Option<Vec<Hint>> {
        None
    }

    fn capture(
        &mut self,
        _key: Key,
        _controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        None
    }

    fn paste(&mut self, _words: &str, _controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        Vec::new()
    }

    fn point(
        &mut self,
        _at: Position,
        _area: Rect,
        _controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        Vec::new()
    }

    fn on(&mut self, _news: Self::News, _controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        Vec::new()
    }

    /// Something happened to a run of its engines, and the controller knows. After an end the tab
    /// looks again by itself.
    fn run_event(
        &mut self,
        _event: &RunEvent,
        _controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        Vec::new()
    }

    /// Shows how a run is taken back.
    fn undo(&mut self, _run: Id, _controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        Vec::new()
    }

    /// Its own work of this name broke and will never answer.
    fn broken(
        &mut self,
        _task: &'static str,
        _controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        Vec::new()
    }
}
