//! The keys of the tab, state by state, and what they do.

use super::preview::Reach;
use super::{Users, words};
use crate::tui::flow::State;
use crate::tui::keys::{self, Key};
use crate::tui::news::{Act, Action, Binding, News};
use crate::tui::tab::{Effects, Tab as _};

impl Users {
    pub(super) fn bindings(&self) -> Vec<Binding> {
        let mut bindings = match self.controller.state() {
            State::Idle if self.browse.unready().is_some() => self.unready_keys(),
            State::Idle => self.idle_keys(),
            State::Review(plan) => {
                let read_only = self.browse.overview().is_some_and(|seen| seen.read_only);
                let refused = read_only.then_some(words::READ_ONLY);
                return self.preview.keys(plan, refused);
            }
            State::Planning => vec![back("cancel", "Stops looking; nothing was written.")],
            State::Starting(_) => Vec::new(),
            State::Running(_) => vec![self.stop_key(), wrap(), back("leave", LEAVE)],
            State::Done(_) | State::Failed(_) | State::Died(_) => vec![
                own(
                    'r',
                    "again",
                    "try again",
                    "Looks again, with the settings as they are by now.",
                )
                .unless((!self.controller.can_try_again()).then_some("nothing was asked for here")),
                back("back", "Goes back to the users."),
            ],
        };
        bindings.extend(keys::moves());
        bindings
    }

    /// The page that says what is missing.
    fn unready_keys(&self) -> Vec<Binding> {
        let again = own(
            'r',
            "reload",
            "look again",
            "Reads the settings and the database anew.",
        );
        let mut bindings = vec![again];
        if let Some(planned) = &self.planned {
            let keys = crate::tui::tab::Tab::<News>::keys(planned).into_iter();
            bindings.extend(keys.filter(|binding| !matches!(binding.action, Action::Move(_))));
        }
        bindings
    }

    fn idle_keys(&self) -> Vec<Binding> {
        let none = self
            .browse
            .branches()
            .is_empty()
            .then_some(words::NO_LOCATIONS);
        let name = self
            .browse
            .chosen()
            .map(|branch| branch.location.name.clone());
        let sync = words::sync(name.as_deref().unwrap_or("all"));
        let mut bindings = vec![
            own(
                's',
                "sync",
                &sync,
                "Looks at the chosen location and shows what would change.",
            )
            .unless(none),
            own(
                'S',
                "sync-all",
                "sync all",
                "Looks at all locations and shows what would change.",
            )
            .unless(none),
        ];
        let nothing = self.nothing_runs();
        let view = own(
            'v',
            "view",
            "view run",
            "Shows the run that goes on, whoever started it.",
        );
        bindings.extend([view.unless(nothing), self.stop_key()]);
        let mut browsing = self.browse.keys();
        let one = name.is_none().then_some("choose one location first");
        let undo = own(
            'u',
            "undo",
            "undo",
            "Shows how the last run at the location is taken back.",
        );
        // After the filters: one looks more often than one undoes.
        browsing.insert(browsing.len().min(3), undo.unless(none.or(one)));
        bindings.extend(browsing);
        bindings.push(own(
            'r',
            "reload",
            "",
            "Reads the settings and the database anew.",
        ));
        bindings
    }

    fn nothing_runs(&self) -> Option<&'static str> {
        let nothing = self.controller.runs().going().next().is_none();
        nothing.then_some(words::NOTHING_RUNS)
    }

    fn stop_key(&self) -> Binding {
        own(
            'x',
            "stop",
            "stop",
            "Asks the run to stop, after a question.",
        )
        .unless(self.nothing_runs())
    }

    pub(super) fn do_it(&mut self, action: Action) -> Effects<News> {
        match action {
            Action::Confirmed(id) => return self.confirmed(id),
            Action::Own(Act::Word("sync")) => return self.sync(false),
            Action::Own(Act::Word("sync-all")) => return self.sync(true),
            Action::Own(Act::Word("undo")) => return self.find_last(),
            Action::Own(Act::Word("again")) => return self.controller.again(),
            Action::Own(Act::Word("ask")) => return self.ask(Reach::Open),
            Action::Own(Act::Word("ask-all")) => return self.ask(Reach::All),
            Action::Own(Act::Word("stop")) => return self.controller.ask_stop(),
            Action::Own(Act::Word("reload")) => return self.browse.reload(),
            Action::Own(Act::Word("view")) => {
                let going = self.controller.runs().going().next().map(|run| run.id());
                if let Some(id) = going {
                    self.controller.attach(id);
                }
                return Vec::new();
            }
            _ => {}
        }
        match self.controller.state() {
            State::Idle => self.act_idle(action),
            State::Review(_) => self.act_in_review(action),
            _ => self.act_on_run(action),
        }
    }

    fn act_idle(&mut self, action: Action) -> Effects<News> {
        match (&mut self.planned, action) {
            (Some(planned), Action::Copy | Action::Move(_)) => planned.act(action),
            _ => self.browse.act(action),
        }
    }

    fn act_in_review(&mut self, action: Action) -> Effects<News> {
        let State::Review(plan) = self.controller.state() else {
            return Vec::new();
        };
        match action {
            Action::Move(step) => self.preview.go(plan, step),
            Action::Open => self.preview.enter(plan),
            Action::Mark => self.preview.toggle(plan),
            Action::Filter => self.preview.filter(),
            Action::Copy => {
                let email = self.preview.selected(plan);
                return email
                    .map(crate::tui::tasks::Effect::Copy)
                    .into_iter()
                    .collect();
            }
            Action::Back if !self.preview.back(plan) => return self.controller.back(),
            _ => {}
        }
        Vec::new()
    }

    fn act_on_run(&mut self, action: Action) -> Effects<News> {
        match action {
            Action::Back => return self.controller.back(),
            Action::Move(step) => match self.controller.state() {
                State::Planning | State::Running(_) => {
                    if let Some(view) = self.controller.view_mut() {
                        view.go(step);
                    }
                }
                _ => self.page.go(step),
            },
            Action::Own(Act::Word("wrap")) => {
                if let Some(view) = self.controller.view_mut() {
                    view.toggle_wrap();
                }
            }
            _ => {}
        }
        Vec::new()
    }
}

const LEAVE: &str = "Goes back to the users; the run goes on.";

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

fn wrap() -> Binding {
    own('w', "wrap", "wrap", "Breaks long lines, or cuts them.")
}
