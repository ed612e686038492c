//! The keys of the tab, state by state, and what they do.

use super::form::Form;
use super::picker::Picker;
use super::{BoardPane, Dapodik, Mode, review};
use crate::dapodik::Scope;
use crate::dapodik::model::WhenRunning;
use crate::tui::flow::State;
use crate::tui::keys::{self, Key};
use crate::tui::news::{Act, Action, Binding, News};
use crate::tui::tab::{Effects, Tab as _};
use crate::tui::tasks::Effect;
use crate::tui::words::NOTHING_RUNS;

impl Dapodik {
    pub(super) fn bindings(&self) -> Vec<Binding> {
        let mut bindings = match self.controller.state() {
            State::Idle if self.unready.is_some() => self.unready_keys(),
            State::Idle => match &self.mode {
                Mode::Board => self.board_keys(),
                Mode::Picker(picker) => return picker.keys(),
                Mode::Form(form) => return form.keys(),
            },
            State::Review(plan) => return review::keys(plan, self.refused()),
            State::Planning => vec![back("cancel", "Stops looking; nothing was started.")],
            State::Starting(_) => Vec::new(),
            State::Running(_) => self.run_keys(),
            State::Done(_) | State::Failed(_) | State::Died(_) => {
                let nothing = (!self.can_try_again()).then_some("nothing was asked for here");
                let again = "Looks at the same once more; nothing starts before a yes.";
                vec![
                    own('r', "again", "start again", again).unless(nothing),
                    back("back", "Goes back to the board."),
                ]
            }
        };
        bindings.extend(keys::moves());
        bindings
    }

    fn can_try_again(&self) -> bool {
        let ended = matches!(self.controller.state(), State::Done(_) | State::Died(_));
        ended || self.controller.can_try_again()
    }

    /// Why nothing may be started at all.
    fn refused(&self) -> Option<&'static str> {
        let read_only = self.overview.as_ref().is_some_and(|seen| seen.read_only);
        read_only.then_some("nothing may be started: read_only is set")
    }

    /// The page that says what is missing.
    fn unready_keys(&self) -> Vec<Binding> {
        let again = "Reads the settings anew.";
        let mut bindings = vec![own('r', "reload", "look again", again)];
        if let Some(planned) = &self.planned {
            let keys = crate::tui::tab::Tab::<News>::keys(planned).into_iter();
            bindings.extend(keys.filter(|binding| !matches!(binding.action, Action::Move(_))));
        }
        bindings
    }

    fn board_keys(&self) -> Vec<Binding> {
        let unlisted = self
            .listed()
            .is_empty()
            .then_some("there is no list: [dapodik] database or kecamatan names one");
        let global = "Shows what a sync of every kecamatan would ask of the backend.";
        let some = "Chooses kecamatan, then shows what would be asked.";
        let one = "Asks for NIK and NPSN, then shows what would be asked.";
        let staff = "Shows what a sync of the PTK of all known schools would ask.";
        let schools = "Shows what a sync of the schools of all kecamatan would ask.";
        let mut bindings = vec![
            own('S', "global", "global", global),
            own('s', "pick", "kecamatan…", some).unless(unlisted),
            own('p', "one", "one PTK…", one),
            own('P', "all-ptk", "all PTK", staff),
            own('C', "all-sekolah", "all schools", schools),
        ];
        let idle = self.controller.runs().going().next().is_none();
        let nothing = idle.then_some(NOTHING_RUNS);
        let view = "Follows the run that goes on, whoever started it.";
        let label = if idle { "" } else { "view run" };
        bindings.push(own('v', "view", label, view).unless(nothing));
        bindings.extend(self.shared_keys());
        bindings
    }

    fn run_keys(&self) -> Vec<Binding> {
        let mut bindings = self.shared_keys();
        bindings.push(back("leave", "Goes back to the board; the run goes on."));
        bindings
    }

    fn shared_keys(&self) -> Vec<Binding> {
        let idle = self.controller.runs().going().next().is_none();
        let nothing = idle.then_some(NOTHING_RUNS);
        let stop = "Says what the backend then does, and asks before it stops the run.";
        let label = if idle { "" } else { "stop" };
        let panes = "Gives the keys to the other pane.";
        vec![
            own('x', "stop", label, stop).unless(nothing),
            own(
                'm',
                "metadata",
                "metadata",
                "Asks the backend how it stands.",
            ),
            own(
                'r',
                "reload",
                "",
                "Reads settings, list and earlier runs anew.",
            ),
            own(
                'w',
                "wrap",
                "",
                "Breaks long lines of the events, or cuts them.",
            ),
            own(
                'y',
                "copy",
                "",
                "Copies the code of the selected kecamatan.",
            ),
            Binding::new([Key::TAB], Action::NextPane, "", panes),
            Binding::new([Key::BACK_TAB], Action::PreviousPane, "", panes),
        ]
    }

    pub(super) fn do_it(&mut self, action: Action) -> Effects<News> {
        match action {
            Action::Confirmed(id) => return self.controller.confirmed(id),
            Action::Own(Act::Word("global")) => return self.sync(Scope::Global),
            Action::Own(Act::Word("all-ptk")) => return self.sync(Scope::AllPtk),
            Action::Own(Act::Word("all-sekolah")) => return self.sync(Scope::AllSekolah),
            Action::Own(Act::Word("pick")) => {
                let history = self
                    .overview
                    .as_ref()
                    .map(|seen| seen.history.failed.clone());
                let picker = Picker::new(self.listed().to_vec(), history.unwrap_or_default());
                self.mode = Mode::Picker(picker);
            }
            Action::Own(Act::Word("one")) => self.mode = Mode::Form(Form::default()),
            Action::Own(Act::Word("go")) => return self.go_on(),
            Action::Own(Act::Word("watch")) => return self.with(WhenRunning::Attach),
            Action::Own(Act::Word("force")) => return self.with(WhenRunning::Force),
            Action::Own(Act::Word("ask")) => return self.ask(),
            Action::Own(Act::Word("again")) => return self.again(),
            Action::Own(Act::Word("stop")) => return self.ask_stop(),
            Action::Own(Act::Word("view")) | Action::Follow => return self.view(),
            Action::Own(Act::Word("metadata")) => return self.ask_backend(),
            Action::Own(Act::Word("reload")) => return self.reload(),
            action => return self.act_here(action),
        }
        Vec::new()
    }

    /// Goes on with what was chosen or typed; the mode stays for a step back.
    fn go_on(&mut self) -> Effects<News> {
        let scope = match &self.mode {
            Mode::Board => None,
            Mode::Picker(picker) => picker.scope(),
            Mode::Form(form) => form.scope(),
        };
        scope.map_or_else(Vec::new, |scope| self.sync(scope))
    }

    fn act_here(&mut self, action: Action) -> Effects<News> {
        match self.controller.state() {
            State::Idle => self.act_idle(action),
            State::Running(_) => self.act_on_board(action),
            State::Starting(_) => Vec::new(),
            _ => match action {
                Action::Back => self.back(),
                Action::Move(step) => {
                    self.page.go(step);
                    Vec::new()
                }
                _ => Vec::new(),
            },
        }
    }

    /// After an end the board is shown again, after a plan what led to it.
    fn back(&mut self) -> Effects<News> {
        let ended = matches!(self.controller.state(), State::Done(_) | State::Died(_));
        if ended || matches!(self.controller.state(), State::Running(_)) {
            self.result = self.controller.status().filter(|_| ended);
            self.mode = Mode::Board;
        }
        self.controller.back()
    }

    fn act_idle(&mut self, action: Action) -> Effects<News> {
        if let (Some(planned), Action::Copy | Action::Move(_)) = (&mut self.planned, action) {
            return planned.act(action);
        }
        let leaves = match &mut self.mode {
            Mode::Board => return self.act_on_board(action),
            Mode::Picker(picker) if action == Action::Back => !picker.back(),
            Mode::Picker(picker) => {
                picker.act(action);
                false
            }
            Mode::Form(form) if action == Action::NextPane => {
                form.switch();
                false
            }
            Mode::Form(_) => action == Action::Back,
        };
        if leaves {
            self.mode = Mode::Board;
        }
        Vec::new()
    }

    fn act_on_board(&mut self, action: Action) -> Effects<News> {
        match action {
            Action::Back => return self.back(),
            Action::NextPane | Action::PreviousPane => {
                self.side = match self.side {
                    BoardPane::Kecamatan => BoardPane::Events,
                    BoardPane::Events => BoardPane::Kecamatan,
                };
            }
            Action::Move(step) if self.side == BoardPane::Kecamatan => {
                let length = self.rows().len();
                self.kecamatan.go(step, length);
            }
            Action::Own(Act::Word("copy")) => {
                let rows = self.rows();
                let row = rows.get(self.kecamatan.selected());
                return row
                    .map(|row| Effect::Copy(row.code.clone()))
                    .into_iter()
                    .collect();
            }
            Action::Move(_) | Action::Own(Act::Word("wrap")) => {
                let shown = self.shown_run();
                let view = match shown {
                    Some(id) => self.controller.seen_view_mut(id),
                    None => None,
                };
                match (view, action) {
                    (Some(view), Action::Move(step)) => view.go(step),
                    (Some(view), _) => view.toggle_wrap(),
                    (None, _) => {}
                }
            }
            _ => {}
        }
        Vec::new()
    }
}

fn own(key: char, name: &'static str, label: &str, description: &str) -> Binding {
    Binding::new(
        [Key::char(key)],
        Action::Own(Act::Word(name)),
        label,
        description,
    )
}

fn back(label: &str, description: &str) -> Binding {
    Binding::new([Key::ESC], Action::Back, label, description)
}
