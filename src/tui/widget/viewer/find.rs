//! Searching: from what is on the screen, to the next line that contains the text.

use std::sync::Arc;

use super::ask::Ask;
use super::block::{Anchor, Block};
use super::query::Query;
use super::search::{SearchStep, SearchWork, Way};
use super::{Viewer, words};

/// What is searched for.
#[derive(Debug, Default)]
pub(super) struct Search {
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
        self.search = Search {
            query: Query::new(text).map(Arc::new),
            ..Search::default()
        };
        match self.search.query {
            Some(_) => self.find(Way::Forward),
            None => vec![Ask::EndSearch],
        }
    }

    /// Goes to the next hit, or the one before.
    pub(super) fn find(&mut self, way: Way) -> Vec<Ask> {
        let Some(query) = self.search.query.clone() else {
            return Self::say(words::NO_QUERY);
        };
        let (Some(seen), Some(block)) = (&self.seen, &self.block) else {
            return Self::say(words::NOTHING_OPEN);
        };
        let hit = self.search.hit.filter(|hit| self.is_visible(block, *hit));
        let from = match (hit, way) {
            (Some(hit), Way::Backward) => hit,
            (Some(hit), Way::Forward) => {
                let entry = block.position(hit).and_then(|at| block.entries.get(at));
                entry.map_or(hit, |entry| entry.end)
            }
            (None, _) => self.top(block).line,
        };
        let size = seen.size.max(block.size);
        let search = SearchWork::new(Arc::clone(&seen.source), query, way, (from, size));
        self.search.searching = Some(0);
        self.search.way = Some(way);
        vec![Ask::SearchWork(search)]
    }

    /// Stops searching; when nothing is searched, forgets the hits.
    pub(super) fn search_less(&mut self) -> Vec<Ask> {
        if self.search.searching.take().is_none() {
            self.search = Search::default();
        }
        vec![Ask::EndSearch]
    }

    pub(super) fn take_sweep(&mut self, sweep: SearchStep) -> Vec<Ask> {
        match sweep {
            SearchStep::Searching(percent) => {
                self.search.searching = Some(percent);
                Vec::new()
            }
            SearchStep::Nowhere => {
                self.search.searching = None;
                let notice = self.search.query.as_deref().map(words::nowhere);
                notice.map(Ask::Say).into_iter().collect()
            }
            SearchStep::Found { line, around } => {
                self.search.searching = None;
                self.search.hit = Some(line);
                self.hold_here();
                let visible = self
                    .block
                    .as_ref()
                    .is_some_and(|block| self.is_visible(block, line));
                if !visible {
                    self.show(Anchor::Offset(line), self.grid().height / 3);
                }
                let forward = self.search.way == Some(Way::Forward);
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
