//! The keys of board, picker, form and preview, and what they do.

use super::district::DistrictView;
use super::form::Form;
use super::picker::Picker;
use super::{Act, BoardPane, Mode, ReviewPage, Sync, back, own, review};
use crate::dapodik::Scope;
use crate::dapodik::model::WhenRunning;
use crate::tui::flow::{Phase, State};
use crate::tui::keys::{self, Action, Binding};
use crate::tui::tab::Effect;
use crate::tui::tab::engine_tab::{ControllerOf, EffectsOf, EngineScreen as _, again, run_keys};
use crate::tui::widget::page::Page;
use crate::tui::widget::run_view::RunView;

impl Sync {
    pub(super) fn bindings(&self, controller: &ControllerOf<Self>) -> Vec<Binding<Act>> {
        let mut bindings = match (controller.state(), &self.mode) {
            (State::Review(plan), _) => {
                let mut bindings = review::keys(plan, self.obstacle(plan), self.refused());
                let sampled = self.sample(plan).is_some();
                bindings.extend(review::sample_key(plan, sampled));
                bindings.push(again("again"));
                bindings.push(if sampled {
                    back("back", "Goes back to the preview.")
                } else {
                    back("back", "Drops the plan; nothing was started.")
                });
                bindings
            }
            (State::Idle, Mode::Picker(picker)) => picker.keys(),
            (State::Idle, Mode::Form(form)) => return form.keys(),
            (_, Mode::District(view)) => {
                let [_, stop] = run_keys(controller);
                let mut bindings = view.keys();
                bindings.push(stop);
                bindings
            }
            (State::Idle, Mode::Board) => self.board_keys(controller),
            _ => self.run_keys(controller),
        };
        bindings.extend(keys::moves());
        bindings
    }

    fn board_keys(&self, controller: &ControllerOf<Self>) -> Vec<Binding<Act>> {
        let unlisted = self
            .listed()
            .is_empty()
            .then_some("there is no list: [dapodik] database or kecamatan names one");
        let global = "Shows what a sync of every kecamatan would do.";
        let some = "Chooses kecamatan, then shows what a sync of them would do.";
        let one = "Asks for NIK and NPSN, then shows what would be done.";
        let staff = "Shows what a sync of the PTK of all known schools would do.";
        let schools = "Shows what a sync of the schools of all kecamatan would do.";
        let mut bindings = vec![
            Binding::of(Action::StartAll, "global", global),
            Binding::of(Action::Start, "kecamatan…", some).unless(unlisted),
        ];
        bindings.extend(self.continue_key());
        bindings.extend([
            own('p', Act::OnePtk, "one PTK…", one),
            own('P', Act::AllPtk, "all PTK", staff),
            own('C', Act::AllSchools, "all schools", schools),
        ]);
        bindings.extend(run_keys(controller));
        bindings.extend(self.pane_keys(controller));
        bindings.push(again(""));
        if self.filter.is_on() {
            bindings.push(back("show all", "Lists all kecamatan again."));
        }
        bindings
    }

    /// Of our own work: what is left of a global sync that was stopped, died, or left something out.
    fn continue_key(&self) -> Option<Binding<Act>> {
        let facts = self.facts.as_ref().filter(|facts| facts.is_portal)?;
        let why_not = match &facts.resume {
            Some(Ok(_)) => None,
            Some(Err(failure)) => Some(failure.message.clone()),
            None => Some("no global sync was stopped or left something out".to_owned()),
        };
        let label = if why_not.is_none() { "continue" } else { "" };
        let rest =
            "Shows the rest of the global sync that was stopped, died or left something out.";
        Some(own('c', Act::Continue, label, rest).unless(why_not))
    }

    fn run_keys(&self, controller: &ControllerOf<Self>) -> Vec<Binding<Act>> {
        let follows = controller.view().is_some_and(RunView::follows);
        let live = self.shown_live(controller);
        let label = match follows {
            // Of our own work the schools and the problems need the room.
            _ if live.is_some_and(|live| self.is_own(live)) => "",
            true => "pause",
            false => "follow",
        };
        let follow = "Stops following the end of the events, or follows it again.";
        let [_, stop] = run_keys(controller);
        let mut bindings = vec![stop];
        bindings.extend(self.pane_keys(controller));
        bindings.push(if self.filter.is_on() {
            back("show all", "Lists all kecamatan again.")
        } else {
            back("leave", Self::WORDS.leave)
        });
        bindings.push(Binding::of(Action::Follow, label, follow));
        bindings
    }

    /// Among the schools of one kecamatan; a run is stopped from here too.
    fn act_on_district(
        &mut self,
        action: Action<Act>,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        match action {
            Action::Back => {
                let stays = self.with_district(controller, |view, _| view.back());
                if !stays {
                    self.mode = Mode::Board;
                }
            }
            Action::Copy => {
                let npsn = self.with_district(controller, |view, district| view.npsn(district));
                return Some(npsn.map(Effect::Copy).into_iter().collect());
            }
            action => {
                let act =
                    |view: &mut DistrictView, district: Option<&_>| view.act(action, district);
                if !self.with_district(controller, act) {
                    return None;
                }
            }
        }
        Some(Vec::new())
    }

    fn pane_keys(&self, controller: &ControllerOf<Self>) -> Vec<Binding<Act>> {
        let metadata = "Asks how the last global sync stands.";
        let wrap = "Breaks long lines of the events, or cuts them.";
        let copy = "Copies the code of the selected kecamatan.";
        let panes = "Gives the keys to the other pane.";
        let search = "Searches code, name, kabupaten.";
        let failed = "Shows only the events that tell of a problem, or all again.";
        let live = self.shown_live(controller);
        let works = live.is_some_and(|live| self.is_own(live));
        let view = self.shown_run(controller);
        let view = view.and_then(|id| controller.runs().view(id));
        let only = view.is_some_and(RunView::shows_only_problems);
        // At rest the footer has no room but for what starts something.
        let rests = matches!(controller.phase(), Phase::Idle);
        let problems = match only {
            _ if rests => "",
            true => "all events",
            false => "problems",
        };
        let metadata_label = if works && !rests { "" } else { "metadata" };
        let search_label = if rests { "" } else { "search" };
        let unseen = view.is_none().then_some("no sync was seen here yet");
        let mut bindings = Vec::new();
        if works || self.is_portal() {
            let schools = "Shows the schools of the selected kecamatan and what became of them.";
            let label = if works { "schools" } else { "" };
            let unknown = (!works).then_some("no sync was seen here yet");
            bindings.push(Binding::of(Action::Open, label, schools).unless(unknown));
        }
        bindings.extend([
            own('!', Act::Failed, problems, failed).unless(unseen),
            own('m', Act::Metadata, metadata_label, metadata),
            Binding::of(Action::Filter, search_label, search),
            Binding::of(Action::Wrap, "", wrap),
            Binding::of(Action::Copy, "", copy),
            Binding::of(Action::NextPane, "", panes),
            Binding::of(Action::PreviousPane, "", panes),
        ]);
        bindings
    }

    pub(super) fn act_in_review(
        &mut self,
        action: Action<Act>,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        let State::Review(plan) = controller.state() else {
            return None;
        };
        let mut request = self.request(plan.scope.clone());
        request.when_running = plan.when_running;
        if let Some(own) = &plan.portal {
            request.resume.clone_from(&own.resume);
            request.sample = own.sample.is_some();
        }
        match action {
            // The sync over there: it is watched by its metadata.
            Action::Follow if review::can_follow(plan) => {
                request.when_running = WhenRunning::Attach;
            }
            Action::Own(Act::Force) => request.when_running = WhenRunning::Force,
            Action::View if request.sample => {
                self.review_page = match self.review_page {
                    ReviewPage::Preview => ReviewPage::Sample,
                    ReviewPage::Sample => ReviewPage::Preview,
                };
                self.page = Page::default();
                return Some(Vec::new());
            }
            Action::View => request.sample = true,
            Action::Back if self.sample(plan).is_some() => {
                self.review_page = ReviewPage::Preview;
                self.page = Page::default();
                return Some(Vec::new());
            }
            Action::Move(step) => {
                self.page.go(step);
                return Some(Vec::new());
            }
            _ => return None,
        }
        Some(self.plan(&request, controller))
    }

    pub(super) fn act_idle(
        &mut self,
        action: Action<Act>,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        let scope = match (&mut self.mode, action) {
            (Mode::Board | Mode::District(_), _) => return self.act_on_board(action, controller),
            (Mode::Picker(picker), Action::Open) => picker.scope(),
            (Mode::Form(form), Action::Open) => form.scope(),
            (mode, Action::Back) => {
                let stays = match mode {
                    Mode::Picker(picker) => picker.back(),
                    Mode::Board | Mode::Form(_) | Mode::District(_) => false,
                };
                if !stays {
                    *mode = Mode::Board;
                }
                None
            }
            (mode, Action::Follow) => {
                // A yes to watching the current run: the default attaches.
                *mode = Mode::Board;
                return None;
            }
            (Mode::Form(form), Action::NextPane) => {
                form.switch();
                None
            }
            (Mode::Picker(picker), action) => {
                picker.act(action);
                None
            }
            (Mode::Form(_), _) => None,
        };
        // The mode stays for a step back.
        let request = scope.map(|scope| self.request(scope));
        Some(request.map_or_else(Vec::new, |request| self.sync(&request, controller)))
    }

    /// At rest, and while a run is followed.
    pub(super) fn act_on_board(
        &mut self,
        action: Action<Act>,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        if matches!(self.mode, Mode::District(_)) {
            return self.act_on_district(action, controller);
        }
        let is_idle = matches!(controller.phase(), Phase::Idle);
        match action {
            Action::Open => {
                let rows = self.rows(controller);
                let row = rows.get(self.kecamatan.selected());
                if let Some(row) = row {
                    self.mode = Mode::District(DistrictView::new(&row.code, &row.name));
                }
            }
            Action::Filter => {
                self.pane = BoardPane::Kecamatan;
                self.filter.open();
            }
            Action::Back if self.filter.clear() => {}
            Action::Own(Act::Failed) => {
                let shown = self.shown_run(controller);
                if let Some(view) = shown.and_then(|id| controller.view_of_mut(id)) {
                    view.toggle_problems();
                }
            }
            Action::StartAll => return Some(self.sync(&self.request(Scope::Global), controller)),
            Action::Own(Act::AllPtk) => {
                return Some(self.sync(&self.request(Scope::AllPtk), controller));
            }
            Action::Own(Act::AllSchools) => {
                return Some(self.sync(&self.request(Scope::AllSekolah), controller));
            }
            Action::Own(Act::Continue) => return Some(self.resume(controller)),
            Action::Start => {
                let facts = self.facts.as_ref();
                let failed = facts.map(|facts| facts.history.failed.clone());
                let picker = Picker::new(self.listed().to_vec(), failed.unwrap_or_default());
                self.mode = Mode::Picker(picker);
            }
            Action::Own(Act::OnePtk) => self.mode = Mode::Form(Form::default()),
            Action::Own(Act::Metadata) => return Some(self.ask_backend(controller)),
            Action::Again => {
                self.asks_next = true;
                return None;
            }
            Action::Back if !is_idle => {
                self.mode = Mode::Board;
                return None;
            }
            Action::NextPane | Action::PreviousPane => {
                self.pane = match self.pane {
                    BoardPane::Kecamatan => BoardPane::Events,
                    BoardPane::Events => BoardPane::Kecamatan,
                };
            }
            Action::Move(step) if self.pane == BoardPane::Kecamatan => {
                let length = self.rows(controller).len();
                self.kecamatan.go(step, length);
            }
            Action::Move(_) | Action::Wrap => {
                let shown = self.shown_run(controller);
                match (shown.and_then(|id| controller.view_of_mut(id)), action) {
                    (Some(view), Action::Move(step)) => view.go(step),
                    (Some(view), _) => view.toggle_wrap(),
                    (None, _) => {}
                }
            }
            Action::Copy => {
                let rows = self.rows(controller);
                let row = rows.get(self.kecamatan.selected());
                return Some(
                    row.map(|row| Effect::Copy(row.code.clone()))
                        .into_iter()
                        .collect(),
                );
            }
            _ => return None,
        }
        Some(Vec::new())
    }
}
