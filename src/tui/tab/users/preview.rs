//! A plan to look at: one line for each location, and each location's rows by class.
//!
//! ```text
//!   several locations ──Enter──▶ one location ──Enter──▶ the question about that one (in `ask`)
//!      Space leaves one out         classes, rows, guards, notes
//!           └───────── a ──────────────┴───────────────▶ the question about all not left out
//! ```
//! The plan itself is the controller's; here is only what a person looks at and leaves out.

mod classes;
mod draw;

use std::collections::BTreeSet;

use crossterm::event::KeyCode;

use super::Act;
use crate::engine::Summary as _;
use crate::text::{fit_middle, scrub, short_id, with_hint};
use crate::tui::keys::{self, Action, Binding, Key, Move};
use crate::tui::tab::engine_tab::again;
use crate::tui::tab::{Hint, Status};
use crate::tui::theme::Tone;
use crate::tui::widget::list::List;
use crate::tui::widget::prompt::Filter;
use crate::users::{LocationPlan, Plan, describe};
use classes::Class;

const NOTHING_TO_DO: &str = "there is nothing to do";
const ALL_LEFT_OUT: &str =
    "every location with something to do was left out; Space takes one in again";

/// What a confirmation is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The location that is open.
    Location,
    /// All that were not left out.
    #[default]
    All,
}

/// What a person looks at in a plan.
#[derive(Debug, Default)]
pub struct Preview {
    /// The location that is open, by its place in the plan.
    open: Option<usize>,
    lines: List,
    left_out: BTreeSet<String>,
    class: usize,
    rows: List,
    filter: Filter,
}

impl Preview {
    pub fn new(plan: &Plan) -> Self {
        let mut preview = Self::default();
        if let [only] = plan.locations.as_slice() {
            preview.open(0, only);
        }
        preview
    }

    fn open(&mut self, index: usize, location: &LocationPlan) {
        self.open = Some(index);
        self.rows = List::default();
        self.filter = Filter::default();
        // The first class with something to do, so that it is seen without a key.
        let classes = classes::of(location);
        let first = classes.iter().position(|class| class.len() > 0);
        self.class = first.unwrap_or(0);
    }

    /// Whether the location of this code was left out.
    pub fn is_left_out(&self, location: &LocationPlan) -> bool {
        self.left_out.contains(&location.code)
    }

    /// The codes of the locations that a confirmation of this scope excludes.
    pub fn excluded(&self, plan: &Plan, scope: Scope) -> BTreeSet<String> {
        let mut excluded = self.left_out.clone();
        if let (Scope::Location, Some(open)) = (scope, self.location(plan)) {
            let others = plan.locations.iter().filter(|one| one.code != open.code);
            excluded.extend(others.map(|location| location.code.clone()));
        }
        excluded
    }

    /// The locations that would be written, or await a figure, within `scope`.
    pub fn included<'a>(&self, plan: &'a Plan, scope: Scope) -> Vec<&'a LocationPlan> {
        let excluded = self.excluded(plan, scope);
        let locations = plan.locations.iter().filter(|one| can_be_confirmed(one));
        locations
            .filter(|location| !excluded.contains(&location.code))
            .collect()
    }

    /// Why nothing can be confirmed within `scope`, with what to do about it. Never what is wrong
    /// with a location outside of it.
    pub fn obstacle(&self, plan: &Plan, scope: Scope) -> Option<(String, Option<String>)> {
        if !self.included(plan, scope).is_empty() {
            return None;
        }
        let nothing = || (NOTHING_TO_DO.to_owned(), None);
        if let (Scope::Location, Some(location)) = (scope, self.location(plan)) {
            return Some(match location.obstacle() {
                _ if self.is_left_out(location) => {
                    let what = "was left out; Space in the list of all locations takes it in again";
                    (format!("{} {what}", scrub(&location.name)), None)
                }
                Some(failure) => (failure.message, failure.hint),
                None => nothing(),
            });
        }
        let mut wanted = plan.locations.iter().filter(|one| !self.is_left_out(one));
        let failed = wanted.find_map(|one| Some((one, one.obstacle()?)));
        Some(match failed {
            _ if plan.locations.iter().any(can_be_confirmed) => (ALL_LEFT_OUT.to_owned(), None),
            Some((_, failure)) if plan.locations.len() == 1 => (failure.message, failure.hint),
            Some((location, failure)) => {
                let what = describe::at(&location.name, &failure.message);
                (what, failure.hint)
            }
            None => nothing(),
        })
    }

    /// What Enter and the title are about.
    pub fn scope(&self) -> Scope {
        match self.open {
            Some(_) => Scope::Location,
            None => Scope::All,
        }
    }

    fn location<'a>(&self, plan: &'a Plan) -> Option<&'a LocationPlan> {
        plan.locations.get(self.open?)
    }

    /// The keys of a preview; `refused` says why nothing may be written at all.
    pub fn keys(&self, plan: &Plan, refused: Option<&str>) -> Vec<Binding<Act>> {
        let why_not = |scope| {
            let obstacle = || self.obstacle(plan, scope).map(|(why, _)| why);
            refused.map(str::to_owned).or_else(obstacle)
        };
        let several = plan.locations.len() > 1;
        let verb = verb(plan);
        let all = match (self.included(plan, Scope::All).len(), plan.locations.len()) {
            _ if !several => String::new(),
            (included, all) if included == all => format!("{verb} all {all}"),
            (included, all) => format!("{verb} {included} of {all}"),
        };
        let apply_all =
            "Asks about all locations that were not left out; nothing is written before.";
        let all = Binding::of(Action::All, all, apply_all).unless(why_not(Scope::All));
        let mut bindings = Vec::new();
        if let Some(location) = self.location(plan) {
            let label = if several {
                format!("{verb} {}", fit_middle(&scrub(&location.name), 14))
            } else {
                verb.to_owned()
            };
            let apply = "Asks, naming what is written and where; nothing is written before.";
            let apply = Binding::of(Action::Open, label, apply).unless(why_not(Scope::Location));
            bindings.extend([apply, all]);
            bindings.extend(class_keys());
        } else {
            let open = "Shows the rows of the location.";
            let mark = "Leaves the location out, or takes it in again.";
            bindings.extend([
                all,
                Binding::of(Action::Open, "rows", open),
                Binding::of(Action::Mark, "in/out", mark),
            ]);
        }
        let back = match (self.open, several) {
            (Some(_), true) => "Goes back to all locations.",
            _ => "Drops the plan; nothing was written.",
        };
        bindings.extend([again("again"), Binding::of(Action::Back, "back", back)]);
        bindings.extend(keys::moves());
        bindings
    }

    pub fn typing(&self) -> Option<Vec<Hint>> {
        self.filter.typing()
    }

    pub fn capture(&mut self, key: Key) -> bool {
        let taken = self.filter.take(key).is_some();
        if taken {
            self.rows.select(0, 1);
        }
        taken
    }

    pub fn paste(&mut self, words: &str) {
        self.filter.paste(words);
    }

    /// Moves within the locations, or within the rows and classes of one.
    pub fn go(&mut self, plan: &Plan, step: Move) {
        let Some(location) = self.location(plan) else {
            self.lines.go(step, plan.locations.len());
            return;
        };
        let classes = classes::of(location);
        let last = classes.len().saturating_sub(1);
        match step {
            Move::Left | Move::Right => {
                self.class = match step {
                    Move::Left => self.class.checked_sub(1).unwrap_or(last),
                    _ if self.class >= last => 0,
                    _ => self.class + 1,
                };
                self.rows = List::default();
            }
            step => {
                let length = self.passing(&classes).len();
                self.rows.go(step, length);
            }
        }
    }

    /// Opens the selected location.
    pub fn enter(&mut self, plan: &Plan) {
        let index = self.lines.selected();
        if let Some(location) = plan.locations.get(index) {
            self.open(index, location);
        }
    }

    /// Leaves the selected location out, or takes it in again.
    pub fn toggle(&mut self, plan: &Plan) {
        if let Some(location) = plan.locations.get(self.lines.selected())
            && !self.left_out.remove(&location.code)
        {
            self.left_out.insert(location.code.clone());
        }
    }

    pub fn open_filter(&mut self) {
        self.filter.open();
    }

    /// One step back within the preview; false when there is none.
    pub fn back(&mut self, plan: &Plan) -> bool {
        if self.filter.clear() {
            return true;
        }
        let closes = self.open.is_some() && plan.locations.len() > 1;
        if closes {
            self.open = None;
        }
        closes
    }

    /// The e-mail of the selected row.
    pub fn selected(&self, plan: &Plan) -> Option<String> {
        let classes = classes::of(self.location(plan)?);
        let rows = self.passing(&classes);
        let index = rows.get(self.rows.selected())?;
        Some(classes.get(self.class)?.row(*index).0.to_owned())
    }

    /// The rows of the chosen class that pass the filter.
    fn passing(&self, classes: &[Class<'_>]) -> Vec<usize> {
        let Some(class) = classes.get(self.class) else {
            return Vec::new();
        };
        let passes = |index: &usize| {
            let (email, note) = class.row(*index);
            self.filter.passes([email, &note])
        };
        (0..class.len()).filter(passes).collect()
    }

    /// What would be done, or why nothing can be.
    pub fn status(&self, plan: &Plan) -> Status {
        let sentence = if plan.is_settled() {
            let settled = match plan.undoes {
                Some(_) => "Nothing is left to undo.".to_owned(),
                None => plan.settled(),
            };
            return Status::new(&settled, Tone::Good);
        } else if let Some((obstacle, hint)) = self.obstacle(plan, self.scope()) {
            let why = with_hint(&obstacle, hint.as_deref());
            return Status::new(&format!("✗ {why}"), Tone::Bad);
        } else {
            describe::changes(self.included(plan, self.scope()))
        };
        Status::new(&sentence, Tone::Plain).remark(&plan_name(plan))
    }
}

fn can_be_confirmed(location: &LocationPlan) -> bool {
    location.is_applicable() || location.awaits_figure()
}

fn plan_name(plan: &Plan) -> String {
    format!("plan {}", short_id(plan.id()))
}

fn class_keys() -> [Binding<Act>; 4] {
    let class = "Shows another class of rows.";
    let left = [Key::code(KeyCode::Left), Key::char('h'), Key::BACK_TAB];
    let right = [Key::code(KeyCode::Right), Key::char('l'), Key::TAB];
    let copy = "Copies the e-mail of the selected row.";
    [
        Binding::new(right, Action::Move(Move::Right), "class", class),
        Binding::new(left, Action::Move(Move::Left), "", class),
        Binding::of(Action::Filter, "filter", "Filters the rows of the class."),
        Binding::of(Action::Copy, "copy", copy),
    ]
}

/// What is done with a plan.
pub fn verb(plan: &Plan) -> &'static str {
    match plan.undoes {
        Some(_) => "undo",
        None => "apply",
    }
}
