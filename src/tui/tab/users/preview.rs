//! A plan to look at: one line for each location, and each location's rows by class.
//!
//! ```text
//!   several locations ──Enter──▶ one location ──Enter──▶ the question about that one (in `ask`)
//!      Space leaves one out         classes, rows, guards, notes
//!           └───────── a ──────────────┴───────────────▶ the question about all not left out
//! ```
//! The plan itself is the flow's; here is only what a person looks at and leaves out.

mod classes;
mod draw;
mod one;

use std::collections::BTreeSet;

use super::words;
use crate::engine::Summary as _;
use crate::tui::keys::{self, Key, Move};
use crate::tui::news::{Act, Action, Binding};
use crate::tui::tab::{Hint, Status};
use crate::tui::theme::Tone;
use crate::tui::widget::filter::Filter;
use crate::tui::widget::list::List;
use crate::users::{LocationPlan, Plan};

pub use classes::Class;

/// What is applied: what the title names, or all that were not left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The location that is open.
    Open,
    /// All that were not left out.
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
    /// A plan that nobody has looked at yet.
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
        self.class = classes
            .iter()
            .position(|class| class.count() > 0)
            .unwrap_or(0);
    }

    /// The codes of the locations that were left out.
    pub fn left_out(&self) -> &BTreeSet<String> {
        &self.left_out
    }

    /// The codes of the locations that something of this reach does not touch.
    pub fn spared(&self, plan: &Plan, reach: Reach) -> BTreeSet<String> {
        let mut spared = self.left_out.clone();
        if let (Reach::Open, Some(open)) = (reach, self.location(plan)) {
            let others = plan.locations.iter().filter(|one| one.code != open.code);
            spared.extend(others.map(|location| location.code.clone()));
        }
        spared
    }

    /// The locations that would be written, or await a figure, within `reach`.
    pub fn included<'a>(&self, plan: &'a Plan, reach: Reach) -> Vec<&'a LocationPlan> {
        let spared = self.spared(plan, reach);
        let wanted = |location: &&LocationPlan| {
            (location.is_applicable() || location.awaits_figure())
                && !spared.contains(&location.code)
        };
        plan.locations.iter().filter(wanted).collect()
    }

    /// Why nothing can be confirmed within `reach`, with what to do about it. Never what is wrong
    /// with a location that nobody asked for.
    pub fn obstacle(&self, plan: &Plan, reach: Reach) -> Option<(String, Option<String>)> {
        if !self.included(plan, reach).is_empty() {
            return None;
        }
        if let (Reach::Open, Some(location)) = (reach, self.location(plan)) {
            let left_out = self.left_out.contains(&location.code);
            return Some(match location.obstacle() {
                _ if left_out => (words::is_left_out(&location.name), None),
                Some(failure) => (failure.message, failure.hint),
                None => (words::NOTHING_TO_DO.to_owned(), None),
            });
        }
        let asked = |location: &&LocationPlan| !self.left_out.contains(&location.code);
        let mut asked = plan.locations.iter().filter(asked);
        let failed = asked.find_map(|one| Some((one, one.obstacle()?)));
        let would = |location: &LocationPlan| location.is_applicable() || location.awaits_figure();
        Some(match failed {
            _ if plan.locations.iter().any(would) => (words::ALL_LEFT_OUT.to_owned(), None),
            Some((_, failure)) if plan.locations.len() == 1 => (failure.message, failure.hint),
            Some((location, failure)) => {
                (words::at(&location.name, &failure.message), failure.hint)
            }
            None => (words::NOTHING_TO_DO.to_owned(), None),
        })
    }

    /// What Enter and the title speak of.
    fn reach(&self) -> Reach {
        match self.open {
            Some(_) => Reach::Open,
            None => Reach::All,
        }
    }

    fn location<'a>(&self, plan: &'a Plan) -> Option<&'a LocationPlan> {
        plan.locations.get(self.open?)
    }

    /// The keys of a preview; `refused` says why nothing may be written at all.
    pub fn keys(&self, plan: &Plan, refused: Option<&str>) -> Vec<Binding> {
        let several = plan.locations.len() > 1;
        let why_not = |reach| {
            let obstacle = || self.obstacle(plan, reach).map(|(words, _)| words);
            refused.map(str::to_owned).or_else(obstacle)
        };
        let verb = words::verb(plan);
        let description = "Asks, naming what is written and where; nothing is written before.";
        let included = self.included(plan, Reach::All).len();
        let all = words::do_all(verb, included, plan.locations.len());
        let apply_all =
            "Asks about all locations that were not left out; nothing is written before.";
        let all = Binding::new(
            [Key::char('a')],
            Action::Own(Act::Word("ask-all")),
            all,
            apply_all,
        )
        .unless(why_not(Reach::All));
        let mut bindings = Vec::new();
        if let Some(location) = self.location(plan) {
            let one = Action::Own(Act::Word("ask"));
            if several {
                let label = words::do_one(verb, &location.name);
                let enter = Binding::new([Key::ENTER], one, label, description);
                bindings.push(enter.unless(why_not(Reach::Open)));
                bindings.push(all);
            } else {
                let keys = [Key::ENTER, Key::char('a')];
                let enter = Binding::new(keys, one, verb, description);
                bindings.push(enter.unless(why_not(Reach::Open)));
            }
            let classes = "Shows another class of rows.";
            let left = [
                Key::code(crossterm::event::KeyCode::Left),
                Key::char('h'),
                Key::BACK_TAB,
            ];
            let right = [
                Key::code(crossterm::event::KeyCode::Right),
                Key::char('l'),
                Key::TAB,
            ];
            bindings.push(Binding::new(
                right,
                Action::Move(Move::Right),
                "class",
                classes,
            ));
            bindings.push(Binding::new(left, Action::Move(Move::Left), "", classes));
            let filter = "Filters the rows of the class.";
            bindings.push(Binding::new(
                [Key::char('/')],
                Action::Filter,
                "filter",
                filter,
            ));
            let copy = "Copies the e-mail of the selected row.";
            bindings.push(Binding::new([Key::char('y')], Action::Copy, "copy", copy));
        } else {
            bindings.push(all);
            let open = "Shows the rows of the location.";
            bindings.push(Binding::new([Key::ENTER], Action::Open, "rows", open));
            let space = "Leaves the location out, or takes it in again.";
            bindings.push(Binding::new([Key::SPACE], Action::Mark, "in/out", space));
        }
        let again = "Looks again, with the settings as they are by now.";
        bindings.push(Binding::new(
            [Key::char('r')],
            Action::Own(Act::Word("again")),
            "again",
            again,
        ));
        let back = match (self.open, several) {
            (Some(_), true) => "Goes back to all locations.",
            _ => "Drops the plan; nothing was written.",
        };
        bindings.push(Binding::new([Key::ESC], Action::Back, "back", back));
        bindings.extend(keys::moves());
        bindings
    }

    /// What the keys do while somebody types.
    pub fn typing(&self) -> Option<Vec<Hint>> {
        self.filter.typing()
    }

    /// Takes a key for the filter.
    pub fn capture(&mut self, key: Key) -> bool {
        let taken = self.filter.take(key).is_some();
        if taken {
            self.rows.select(0, 1);
        }
        taken
    }

    /// Takes pasted text for the filter.
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

    /// Lets somebody type a filter.
    pub fn filter(&mut self) {
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
            return Status::new(&words::settled(plan), Tone::Good);
        } else if let Some((obstacle, hint)) = self.obstacle(plan, self.reach()) {
            return super::words::refusal(&obstacle, hint.as_deref());
        } else {
            words::change_of(self.included(plan, self.reach()))
        };
        Status::new(&sentence, Tone::Plain).remark(&words::plan(plan.id()))
    }
}
