//! Looking through what there is: the locations with their counts, the table of users.
//!
//! ```text
//!   Locations ──selects──▶ ids (filtered, sorted) ──▶ rows around the selected one
//! ```
//! Plans and runs are not known here.

mod act;
mod draw;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::load::{self, Branch, Exported, NotReady, Overview, Setback};
use super::user_filter::UserFilter;
use super::window::Window;
use super::words;
use crate::error::{Error, Failure};
use crate::tui::keys::Action;
use crate::tui::news::News;
use crate::tui::notices::Notice;
use crate::tui::tab::Effects;
use crate::tui::tab_context::TabContext;
use crate::tui::tasks::Effect;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::list::List;
use crate::tui::widget::page::Page;
use crate::tui::widget::prompt::Prompt;
use crate::users::Plan;
use crate::users::store::browse::Listed;

/// Which pane has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The locations.
    Places,
    /// The users.
    Table,
}

/// What is being typed besides the filter.
#[derive(Debug)]
enum Form {
    /// A range of days.
    Days(Prompt),
    /// The name of a file to export to.
    File(Prompt),
}

/// What there is.
pub struct Browse {
    context: TabContext,
    overview: Option<Overview>,
    unready: Option<NotReady>,
    /// Why the table could not be read; the locations may be fine.
    trouble: Option<Failure>,
    side: Side,
    places: List,
    table: List,
    narrow: UserFilter,
    window: Window,
    /// Ids are being looked for.
    searching: bool,
    form: Option<Form>,
    detail: bool,
    /// How looking at a location ended on this screen, by code: when, and why not.
    tried: BTreeMap<String, (Timestamp, Option<Failure>)>,
    /// What an export was refused for, until somebody says to replace it.
    refused: Option<PathBuf>,
    page: Page,
}

impl Browse {
    /// Nothing was looked at yet.
    pub fn new(context: TabContext) -> Self {
        Self {
            context,
            overview: None,
            unready: None,
            trouble: None,
            side: Side::Places,
            places: List::default(),
            table: List::default(),
            narrow: UserFilter::default(),
            window: Window::default(),
            searching: false,
            form: None,
            detail: false,
            tried: BTreeMap::new(),
            refused: None,
            page: Page::default(),
        }
    }

    /// Looks at everything anew, with the settings of the moment.
    pub fn reload(&mut self) -> Effects<News> {
        let mut effects = vec![Effect::Work(load::overview(self.context.clone()))];
        if self.overview.is_some() {
            effects.extend(self.search());
        }
        effects
    }

    /// What was seen of the locations.
    pub fn overview(&self) -> Option<&Overview> {
        self.overview.as_ref()
    }

    /// Why there is nothing to look at.
    pub fn unready(&self) -> Option<&NotReady> {
        self.unready.as_ref()
    }

    /// The locations.
    pub fn branches(&self) -> &[Branch] {
        self.overview
            .as_ref()
            .map_or(&[], |overview| &overview.places)
    }

    /// The selected location; `None` for all of them.
    pub fn chosen(&self) -> Option<&Branch> {
        self.branches().get(self.places.selected())
    }

    /// Takes how looking at the locations went.
    pub fn looked_at(&mut self, plan: &Plan, at: Timestamp) {
        // Undoing asks no server.
        for location in plan.locations.iter().filter(|_| plan.undoes.is_none()) {
            let tried = (at, location.error.clone());
            self.tried.insert(location.code.clone(), tried);
        }
    }

    /// Why the last try at a location failed, whether it was a look or a run; `None` where it went
    /// well, or somebody synced it since.
    pub fn setback(&self, branch: &Branch) -> Option<Setback> {
        let run = branch.setback.clone();
        let last = match self.tried.get(&branch.location.code) {
            Some((at, failed)) if run.as_ref().is_none_or(|run| run.at < *at) => {
                failed.clone().map(|failure| Setback { at: *at, failure })
            }
            _ => run,
        };
        last.filter(|setback| branch.synced.is_none_or(|synced| synced < setback.at))
    }

    /// The selected user.
    fn selected(&self) -> Option<&Listed> {
        self.window.row(self.table.selected())
    }

    /// The rows of the locations, one for all of them included.
    fn place_rows(&self) -> usize {
        match self.branches().len() {
            0 => 0,
            several => several + 1,
        }
    }

    /// Looks for the ids that pass.
    fn search(&mut self) -> Effects<News> {
        self.searching = true;
        let location = self.chosen().map(|branch| branch.location.id);
        let filter = self.narrow.filter(location);
        let work = load::ids(self.context.clone(), filter, self.narrow.order());
        vec![Effect::Work(work)]
    }

    /// The same from the first row on, because other users come.
    fn search_anew(&mut self) -> Effects<News> {
        self.table.select(0, 1);
        self.search()
    }

    /// Reads the rows around the selected one, where they are not there yet.
    fn read(&mut self) -> Effects<News> {
        let wanted = self.window.wanted(self.table.selected());
        let work = wanted.map(|ids| Effect::Work(load::rows(self.context.clone(), ids)));
        work.into_iter().collect()
    }

    /// Takes a look at the locations.
    pub fn on_overview(&mut self, seen: Result<Overview, NotReady>) -> Effects<News> {
        match seen {
            Ok(overview) => {
                let first = self.overview.is_none();
                self.overview = Some(overview);
                self.unready = None;
                self.places
                    .select(self.places.selected(), self.place_rows());
                if first { self.search() } else { Vec::new() }
            }
            Err(unready) => {
                self.unready = Some(unready);
                Vec::new()
            }
        }
    }

    /// Takes the ids that pass.
    pub fn on_ids(&mut self, found: Result<Arc<Vec<i64>>, Failure>) -> Effects<News> {
        self.searching = false;
        match found {
            Ok(ids) => {
                self.trouble = None;
                self.window.set_ids(ids);
                self.table
                    .select(self.table.selected(), self.window.length());
                self.read()
            }
            Err(failure) => {
                self.trouble = Some(failure);
                Vec::new()
            }
        }
    }

    /// Takes the rows of a window.
    pub fn on_rows(&mut self, read: Result<Vec<Listed>, Failure>) {
        match read {
            Ok(rows) => self.window.set_rows(rows),
            Err(failure) => self.trouble = Some(failure),
        }
    }

    /// Takes the end of an export.
    pub fn on_exported(&mut self, exported: Result<Exported, Failure>) -> Effects<News> {
        let say = |words: &str, tone| vec![Effect::Say(Notice::new(words, tone))];
        match exported {
            Ok(Exported::Written(users, path)) => say(&words::exported(users, &path), Tone::Good),
            Ok(Exported::Exists(path)) => {
                let question = Confirm::new("Replace a file", "replace it", Action::Replace)
                    .line(&words::exists(&path), Tone::Warn);
                self.refused = Some(path);
                vec![Effect::Ask(question)]
            }
            Err(failure) => vec![Effect::Say(Notice::from(&Error::from(failure)))],
        }
    }

    /// Work of this name broke.
    pub fn broken(&mut self, work: &str) {
        let failure = || Failure::from(Error::bug("reading broke off by a mistake of ours"));
        match work {
            load::OVERVIEW => self.unready = Some(NotReady::Failed(failure())),
            load::IDS | load::ROWS => {
                self.searching = false;
                self.trouble = Some(failure());
            }
            _ => {}
        }
    }
}
