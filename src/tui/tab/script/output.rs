//! What the right pane shows: the output of a run, or the script's own log; live either way.

use std::path::{Path, PathBuf};

use super::load::{self, Facts};
use super::{NO_LOG, NO_RUNS, NOT_LOOKED, News, Script};
use crate::context::script::Activity;
use crate::files::Links;
use crate::run::Id;
use crate::script::Target;
use crate::tui::flow::State;
use crate::tui::news::News as All;
use crate::tui::tab::Effects;
use crate::tui::tasks::Effect;
use crate::tui::widget::viewer;

/// What the viewer is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    #[default]
    Nothing,
    /// The output of a run.
    Output(Id),
    /// The script's own log.
    Log(PathBuf),
}

impl Facts {
    /// The script's own log, where there is one on this machine.
    pub fn log(&self) -> Option<&Path> {
        match &self.plan.as_ref().ok()?.target {
            Target::Local(local) => local.log.as_ref().map(|log| log.path.as_path()),
            Target::Remote(_) => None,
        }
    }
}

impl Script {
    /// Makes effects of what the viewer asks for.
    pub(super) fn asked(&self, asks: Vec<viewer::Ask>) -> Effects<All> {
        let wrap = |news| All::Script(News::Viewer(news));
        let environment = &self.controller.context().app.sources.environment;
        let page = |path: &Path| Effect::Lend(viewer::pager(environment.get("PAGER"), path));
        viewer::effects(asks, wrap, page)
    }

    /// Goes over to the run that is followed, when that is another than before.
    pub(super) fn keep_up(&mut self) -> Effects<All> {
        let going = self.controller.runs().going().next().map(|run| run.id());
        let going = match self.controller.state() {
            State::Running(id) => Some(*id),
            _ => going,
        };
        if going == self.watched {
            return Vec::new();
        }
        self.watched = going;
        self.activity = Activity::default();
        let Some(id) = going else {
            return vec![Effect::Abort(load::PULSE.into())];
        };
        let context = self.controller.context().clone();
        let mut effects = vec![Effect::Work(load::pulse(context, id))];
        effects.extend(self.show_output(id));
        effects
    }

    /// Opens what is most likely wanted, where nothing is open yet.
    pub(super) fn show_something(&mut self) -> Effects<All> {
        let Some(facts) = self.facts.as_ref().filter(|_| self.shown == Shown::Nothing) else {
            return Vec::new();
        };
        let newest = facts.history.first().map(|past| past.run.id());
        let log = facts.log().map(Path::to_owned);
        match (self.watched.or(newest), log) {
            (Some(id), _) => self.show_output(id),
            (None, Some(log)) => self.show_log(log),
            (None, None) => Vec::new(),
        }
    }

    /// Opens the output of a run; before the first look there is no telling where that is.
    pub(super) fn show_output(&mut self, id: Id) -> Effects<All> {
        let Some(facts) = &self.facts else {
            return Vec::new();
        };
        let path = facts.kept.output(id);
        self.shown = Shown::Output(id);
        let asks = self.viewer.open(&path, Links::Refuse);
        self.asked(asks)
    }

    fn show_log(&mut self, log: PathBuf) -> Effects<All> {
        let asks = self.viewer.open(&log, Links::Follow);
        self.shown = Shown::Log(log);
        self.asked(asks)
    }

    /// From the output to the log, and back.
    pub(super) fn toggle(&mut self) -> Effects<All> {
        let Some(facts) = &self.facts else {
            return Vec::new();
        };
        let log = facts.log().map(Path::to_owned);
        let selected = facts.history.get(self.history.selected());
        let run = self.watched.or(selected.map(|past| past.run.id()));
        match (&self.shown, log, run) {
            (Shown::Log(_), _, Some(id)) => self.show_output(id),
            (Shown::Output(_) | Shown::Nothing, Some(log), _) => self.show_log(log),
            _ => Vec::new(),
        }
    }

    /// Why the right pane cannot show the other one.
    pub(super) fn no_other(&self) -> Option<&'static str> {
        let Some(facts) = &self.facts else {
            return Some(NOT_LOOKED);
        };
        let remote = matches!(
            facts.plan.as_ref().map(|plan| &plan.target),
            Ok(Target::Remote(_))
        );
        match &self.shown {
            Shown::Log(_) => facts.history.is_empty().then_some(NO_RUNS),
            _ if remote => Some("the lines of the service's log come with the run's output"),
            _ => facts.log().is_none().then_some(NO_LOG),
        }
    }
}
