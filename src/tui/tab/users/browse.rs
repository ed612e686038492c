//! The locations with their counts, and the table of users.
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

use super::Loaded;
use super::load::{self, Exported, Failed, LocationRow, Overview};
use super::user_filter::UserFilter;
use super::window::Window;
use crate::error::{Error, Failure};
use crate::tui::keys::Action;
use crate::tui::notices::Notice;
use crate::tui::tab::Effect;
use crate::tui::tab::Effects;
use crate::tui::tab::TabContext;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::list::List;
use crate::tui::widget::prompt::Prompt;
use crate::users::store::browse::Listed;
use crate::users::{Plan, describe};

/// Which pane has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Locations,
    Users,
}

/// What is being typed besides the filter.
#[derive(Debug)]
enum Form {
    /// A range of days.
    Days(Prompt),
    /// The name of a file to export to.
    File(Prompt),
}

pub struct Browse {
    context: TabContext,
    overview: Option<Overview>,
    /// Why the table could not be read; the locations may be fine.
    unreadable: Option<Failure>,
    side: Side,
    locations: List,
    users: List,
    filter: UserFilter,
    window: Window,
    /// Ids are being searched for.
    searching: bool,
    form: Option<Form>,
    detail: bool,
    /// How planning for a location ended on this screen, by code: when, and why not.
    planned: BTreeMap<String, (Timestamp, Option<Failure>)>,
    /// The file that an export did not replace, until the question about it is answered.
    existing: Option<PathBuf>,
}

impl Browse {
    pub fn new(context: TabContext) -> Self {
        Self {
            context,
            overview: None,
            unreadable: None,
            side: Side::Locations,
            locations: List::default(),
            users: List::default(),
            filter: UserFilter::default(),
            window: Window::default(),
            searching: false,
            form: None,
            detail: false,
            planned: BTreeMap::new(),
            existing: None,
        }
    }

    pub fn is_read_only(&self) -> bool {
        self.overview.as_ref().is_some_and(|seen| seen.read_only)
    }

    pub fn rows(&self) -> &[LocationRow] {
        self.overview
            .as_ref()
            .map_or(&[], |overview| &overview.locations)
    }

    /// The selected location; `None` for all of them.
    pub fn chosen(&self) -> Option<&LocationRow> {
        self.rows().get(self.locations.selected())
    }

    /// Notes how planning went at each location.
    pub fn planned(&mut self, plan: &Plan) {
        let now = self.context.app.clock.now();
        // An undo asks no server.
        for location in plan.locations.iter().filter(|_| plan.undoes.is_none()) {
            let planned = (now, location.error.clone());
            self.planned.insert(location.code.clone(), planned);
        }
    }

    /// Why the last try at a location failed, whether it was a preview or a run; `None` where it went
    /// well, or a sync from elsewhere did since.
    fn last_failure(&self, row: &LocationRow) -> Option<Failed> {
        let run = row.failed.clone();
        let last = match self.planned.get(&row.location.code) {
            Some((at, failed)) if run.as_ref().is_none_or(|run| run.at < *at) => {
                failed.clone().map(|failure| Failed { at: *at, failure })
            }
            _ => run,
        };
        last.filter(|failed| row.synced.is_none_or(|synced| synced < failed.at))
    }

    fn selected(&self) -> Option<&Listed> {
        self.window.row(self.users.selected())
    }

    /// How many rows the locations have, one for all of them included.
    fn location_rows(&self) -> usize {
        match self.rows().len() {
            0 => 0,
            several => several + 1,
        }
    }

    /// Searches for the ids that pass the filter.
    fn search(&mut self) -> Effects<Loaded> {
        self.searching = true;
        let location = self.chosen().map(|row| row.location.id);
        let filter = self.filter.filter(location);
        let work = load::ids(self.context.clone(), filter, self.filter.order());
        vec![Effect::Work(work)]
    }

    /// The same from the first row on, because other users come.
    fn search_anew(&mut self) -> Effects<Loaded> {
        self.users.select(0, 1);
        self.search()
    }

    /// Reads the rows around the selected one, where they are not there yet.
    fn read(&mut self) -> Effects<Loaded> {
        let wanted = self.window.wanted(self.users.selected());
        let work = wanted.map(|ids| Effect::Work(load::rows(self.context.clone(), ids)));
        work.into_iter().collect()
    }

    pub fn on_overview(&mut self, overview: Overview) -> Effects<Loaded> {
        self.overview = Some(overview);
        let rows = self.location_rows();
        self.locations.select(self.locations.selected(), rows);
        self.search()
    }

    pub fn on_ids(&mut self, found: Result<Arc<Vec<i64>>, Failure>) -> Effects<Loaded> {
        self.searching = false;
        match found {
            Ok(ids) => {
                self.unreadable = None;
                self.window.set_ids(ids);
                self.users
                    .select(self.users.selected(), self.window.length());
                self.read()
            }
            Err(failure) => {
                self.unreadable = Some(failure);
                Vec::new()
            }
        }
    }

    pub fn on_rows(&mut self, read: Result<Vec<Listed>, Failure>) {
        match read {
            Ok(rows) => self.window.set_rows(rows),
            Err(failure) => self.unreadable = Some(failure),
        }
    }

    pub fn on_exported(&mut self, exported: Result<Exported, Failure>) -> Effects<Loaded> {
        vec![match exported {
            Ok(Exported::Written(users, path)) => {
                let written = describe::exported(users, &path);
                Effect::Say(Notice::new(&written, Tone::Good))
            }
            Ok(Exported::Exists(path)) => {
                let file = path.display();
                let line = format!("{file} is there already. It is replaced as a whole.");
                self.existing = Some(path);
                let question = Confirm::new("Replace a file", "replace it", Action::Replace);
                Effect::Ask(question.line(&line, Tone::Warn))
            }
            Err(failure) => Effect::Say(Notice::from(&Error::from(failure))),
        }]
    }

    /// Work of this name broke.
    pub fn broken(&mut self, work: &str) {
        if [load::IDS, load::ROWS].contains(&work) {
            self.searching = false;
            let error = Error::bug("reading broke off because of a bug in selaras");
            self.unreadable = Some(error.into());
        }
    }
}
