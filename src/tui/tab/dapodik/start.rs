//! From a key to a plan: what is asked for, with what earlier runs tell.

use super::{ReviewPage, Sync};
use crate::dapodik::{Request, Scope};
use crate::run::Run;
use crate::tui::keys::Action;
use crate::tui::run_controller::about;
use crate::tui::tab::Effect;
use crate::tui::tab::engine_tab::{ControllerOf, EffectsOf};
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;

impl Sync {
    /// Plans a sync; where one runs already, offers to watch that one.
    pub(super) fn sync(
        &mut self,
        request: &Request,
        controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        if let Some(run) = controller.runs().active().next() {
            return vec![Effect::Ask(attach_question(run))];
        }
        self.plan(request, controller)
    }

    pub(super) fn plan(
        &mut self,
        request: &Request,
        controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        self.has_ended = false;
        self.review_page = if request.sample {
            ReviewPage::Sample
        } else {
            ReviewPage::Preview
        };
        controller.ask(request)
    }

    /// A request with what earlier runs tell.
    pub(super) fn request(&self, scope: Scope) -> Request {
        let facts = self.facts.as_ref();
        let took = facts.and_then(|facts| facts.history.took(&scope));
        Request {
            took_ms: took.and_then(|took| u64::try_from(took.as_millis()).ok()),
            died: facts.and_then(|facts| facts.died.clone()),
            ..Request::of(scope)
        }
    }

    /// Plans the rest of a global sync that did not come to its end.
    pub(super) fn resume(&mut self, controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        let resume = self.facts.as_ref().and_then(|facts| facts.resume.as_ref());
        let Some(Ok(resume)) = resume else {
            return Vec::new();
        };
        let request = Request {
            resume: Some(Box::new(resume.clone())),
            ..self.request(Scope::Global)
        };
        self.sync(&request, controller)
    }
}

/// A second sync of this machine is not started: the one that runs can be watched.
fn attach_question(run: &Run) -> Confirm {
    Confirm::new("A sync is already running", "watch it", Action::Follow)
        .line(&about(run), Tone::Accent)
        .line(
            "There is one sync at a time from this machine. This one can be watched; x stops it.",
            Tone::Plain,
        )
}
