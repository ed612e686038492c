//! Searching: from what is on the screen, to the next line that contains the text.

use std::sync::Arc;

use super::ask::Ask;
use super::block::{Anchor, Block};
use super::query::Query;
use super::search::{Search, Sweep, Way};
use super::{Viewer, words};

/// What is searched for.
#[derive(Debug, Default)]
pub(super) struct Hunt {
    pub(super) query: Option<Arc<Query>>,
    /// Where the line of the last hit begins.
    pub(super) hit: Option<u64>,
    /// How many percent are searched, while a search is under way.
    pub(super) searching: Option<u8>,
    way: Option<Way>,
}

impl Viewer {
    /// Searches for `text` from the first line on the screen on; for nothing: shows no hits.
    pub(super) fn search_for(&mut self, text: &str) -> Vec<Ask> {
        self.hunt = Hunt {
            query: Query::new(text).map(Arc::new),
            ..Hunt::default()
        };
        match self.hunt.query {
            Some(_) => self.find(Way::Forward),
            None => vec![Ask::EndSearch],
        }
    }

    /// Goes to the next hit, or the one before.
    pub(super) fn find(&mut self, way: Way) -> Vec<Ask> {
        let Some(query) = self.hunt.query.clone() else {
            return Self::say(words::NO_QUERY);
        };
        let (Some(seen), Some(block)) = (&self.seen, &self.block) else {
            return Self::say(words::NOTHING_OPEN);
        };
        let hit = self.hunt.hit.filter(|hit| self.is_visible(block, *hit));
        let from = match (hit, way) {
            (Some(hit), Way::Backward) => hit,
            (Some(hit), Way::Forward) => {
                let entry = block.position(hit).and_then(|at| block.entries.get(at));
                entry.map_or(hit, |entry| entry.end)
            }
            (None, _) => self.top(block).line,
        };
        let size = seen.size.max(block.size);
        let search = Search::new(Arc::clone(&seen.source), query, way, (from, size));
        self.hunt.searching = Some(0);
        self.hunt.way = Some(way);
        vec![Ask::Search(search)]
    }

    /// Stops searching; when nothing is searched, forgets the hits.
    pub(super) fn search_less(&mut self) -> Vec<Ask> {
        if self.hunt.searching.take().is_none() {
            self.hunt = Hunt::default();
        }
        vec![Ask::EndSearch]
    }

    pub(super) fn take_sweep(&mut self, sweep: Sweep) -> Vec<Ask> {
        match sweep {
            Sweep::Searching(percent) => {
                self.hunt.searching = Some(percent);
                Vec::new()
            }
            Sweep::Nowhere => {
                self.hunt.searching = None;
                let notice = self.hunt.query.as_deref().map(words::nowhere);
                notice.map(Ask::Say).into_iter().collect()
            }
            Sweep::Found { line, around } => {
                self.hunt.searching = None;
                self.hunt.hit = Some(line);
                self.hold_here();
                let visible = self
                    .block
                    .as_ref()
                    .is_some_and(|block| self.is_visible(block, line));
                if !visible {
                    self.show(Anchor::Offset(line), self.grid().height / 3);
                }
                let forward = self.hunt.way == Some(Way::Forward);
                let notice = around.then(|| Ask::Say(words::around(forward)));
                notice.into_iter().collect()
            }
        }
    }

    /// Whether the line at `offset` is on the screen.
    fn is_visible(&self, block: &Block, offset: u64) -> bool {
        let (top, grid) = (self.top(block), self.grid());
        let (bottom, _) = block.down(top, grid.height - 1, grid);
        block.position(offset).is_some() && (top.line..=bottom.line).contains(&offset)
    }
}
