//! Moving: through the block at once, beyond it by asking for another one.

use std::sync::Arc;

use super::Ask;
use super::Viewer;
use super::block::{Anchor, Block};
use super::scroll::{Grid, Position, ScrollState};
use super::watch::Seen;
use super::work::{Goal, Reply, Want};
use crate::text;
use crate::tui::keys::Move;

/// The end of the file when following stopped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    bytes: u64,
    lines: Option<u64>,
}

/// What was added since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unseen {
    Nothing,
    Lines(u64),
    /// Something; the index has not reached it yet.
    Uncounted,
}

/// A place to go to that is not in the block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jump {
    pub(super) anchor: Anchor,
    pub(super) goal: Goal,
}

impl Jump {
    /// To the end, to follow it.
    pub(super) const END: Self = Self {
        anchor: Anchor::End,
        goal: Goal::Follow,
    };
}

impl Viewer {
    pub(super) fn go(&mut self, step: Move) {
        let height = isize::try_from(self.grid().height).unwrap_or(1);
        match step {
            Move::Up => self.walk(-1),
            Move::Down => self.walk(1),
            Move::PageUp => self.walk(-height),
            Move::PageDown => self.walk(height),
            Move::HalfUp => self.walk(-height / 2),
            Move::HalfDown => self.walk(height / 2),
            Move::Top => self.show(Anchor::Offset(0), 0),
            Move::Bottom => self.follow(),
            Move::Left | Move::Right => {}
        }
    }

    /// Goes to the end and follows it.
    pub(super) fn follow(&mut self) {
        self.owed = 0;
        match self.newer.take() {
            Some(newer) => self.switch(newer),
            None => self.jump = Some(Jump::END),
        }
    }

    /// Stops following at what is on the screen.
    pub(super) fn hold_here(&mut self) {
        if let Some(block) = &self.block {
            self.hold(self.top(block));
        }
    }

    /// Goes to a place, with so many rows above it.
    pub(super) fn show(&mut self, anchor: Anchor, above: usize) {
        self.owed = 0;
        self.jump = Some(Jump {
            anchor,
            goal: Goal::Show { above },
        });
    }

    /// How the screen was when it was drawn last.
    pub(super) fn grid(&self) -> Grid {
        let (width, height) = self.size.get();
        Grid {
            width: usize::from(width).max(1),
            height: usize::from(height).max(1),
            wraps: self.wraps,
        }
    }

    /// The first row on the screen.
    pub(super) fn top(&self, block: &Block) -> Position {
        match self.scroll {
            ScrollState::Following => block.last_page(self.grid()),
            ScrollState::Held(position) if block.is_last() => {
                position.min(block.last_page(self.grid()))
            }
            ScrollState::Held(position) => position,
        }
    }

    pub(super) fn unseen(&self) -> Unseen {
        let (Some(pause), Some(seen)) = (self.pause, &self.seen) else {
            return Unseen::Nothing;
        };
        match pause.lines {
            Some(lines) if seen.index.lines() > lines => Unseen::Lines(seen.index.lines() - lines),
            None if seen.size > pause.bytes => Unseen::Uncounted,
            _ => Unseen::Nothing,
        }
    }

    /// The place in the file, in words.
    pub(super) fn place(&self, seen: &Seen) -> String {
        let lines = seen.is_indexed().then(|| seen.index.lines().max(1));
        let all = lines.map(|lines| text::plural(lines, "line"));
        let Some(block) = &self.block else {
            return all.unwrap_or_default();
        };
        if self.follows() {
            let all = all.map(|all| format!(" · {all}"));
            return format!("following{}", all.unwrap_or_default());
        }
        let top = self.top(block).line;
        let percent = (top * 100).checked_div(seen.size).unwrap_or(100).min(100);
        let number = block.number.zip(block.position(top));
        match (number, lines) {
            (Some((first, position)), Some(lines)) => {
                let number = text::count(first + position as u64 + 1);
                format!("line {number} of {} · {percent} %", text::count(lines))
            }
            (Some((first, position)), None) => {
                format!(
                    "line {} · {percent} %",
                    text::count(first + position as u64 + 1)
                )
            }
            (None, _) => format!("{percent} %"),
        }
    }

    /// Takes a block, if it is still about what is shown.
    pub(super) fn take_reply(&mut self, reply: Reply) -> Vec<Ask> {
        self.reading = false;
        let block = match reply.block {
            Ok(block) => block,
            Err(why) => return self.cannot_read(&why),
        };
        let current = self
            .seen
            .as_ref()
            .is_some_and(|seen| Arc::ptr_eq(&seen.source, &block.source));
        if !current {
            return Vec::new();
        }
        if let (Some(pause), Some(lines)) = (&mut self.pause, reply.since) {
            pause.lines = pause.lines.or(Some(lines));
        }
        match (reply.goal, self.scroll) {
            (Goal::Follow, _) => {
                self.scroll = ScrollState::Following;
                self.pause = None;
            }
            (Goal::Show { above }, _) => {
                let line = block.anchor;
                let position = match block.position(line) {
                    Some(_) => Position { line, row: 0 },
                    None => block.last_page(self.grid()),
                };
                let (position, _) = block.up(position, above, self.grid());
                self.hold(position);
            }
            // The reader moved on meanwhile, out of the block.
            (Goal::Keep, ScrollState::Held(position))
                if block.position(position.line).is_none() =>
            {
                return Vec::new();
            }
            (Goal::Keep, ScrollState::Following) if !block.is_last() => return Vec::new(),
            (Goal::Keep, _) => {}
        }
        self.block = Some(block);
        let owed = std::mem::take(&mut self.owed);
        if owed != 0 {
            self.walk(owed);
        }
        Vec::new()
    }

    /// The next read, if one is needed.
    pub(super) fn next_read(&mut self) -> Option<Ask> {
        if self.reading {
            return None;
        }
        let seen = self.seen.clone()?;
        let jump = match self.jump.take() {
            Some(jump) => jump,
            None => self.refresh(&seen)?,
        };
        self.reading = true;
        let uncounted = self.pause.filter(|pause| pause.lines.is_none());
        Some(Ask::Read(Want {
            anchor: jump.anchor,
            goal: jump.goal,
            least: 2 * self.grid().height,
            since: uncounted.map(|pause| pause.bytes),
            seen,
        }))
    }

    /// Whether another block would be better, and which one. Each is asked for once for every change
    /// seen, so that a file that shrinks cannot cause endless reads.
    fn refresh(&mut self, seen: &Seen) -> Option<Jump> {
        let block = self.block.as_ref()?;
        let (anchor, key) = match self.scroll {
            ScrollState::Following => (Anchor::End, u64::MAX),
            ScrollState::Held(position) => (Anchor::Offset(position.line), position.line),
        };
        let wanted = match self.scroll {
            ScrollState::Following => block.size < seen.size,
            ScrollState::Held(position) => self.is_poor(block, position, seen),
        };
        let key = (self.version, key);
        if !wanted || self.refreshed == Some(key) {
            return None;
        }
        self.refreshed = Some(key);
        Some(Jump {
            anchor,
            goal: Goal::Keep,
        })
    }

    /// Whether the reader is near an edge of the block, or a number could be known now.
    fn is_poor(&self, block: &Block, position: Position, seen: &Seen) -> bool {
        let grid = self.grid();
        let indexed = seen.index.length();
        let above = block.from() > 0 && block.up(position, grid.height, grid).1 > 0;
        let below = block.to() < seen.size && !block.has_below(position, 2 * grid.height, grid);
        let number = block.number.is_none() && indexed >= block.from();
        let count = self
            .pause
            .is_some_and(|pause| pause.lines.is_none() && indexed >= pause.bytes);
        above || below || number || count
    }

    /// Walks rows; up is negative.
    fn walk(&mut self, rows: isize) {
        let Some(block) = &self.block else {
            return;
        };
        let (grid, top) = (self.grid(), self.top(block));
        let distance = rows.unsigned_abs();
        // While more is known to be below, the end of the block is not the end.
        let size = self.seen.as_ref().map_or(0, |seen| seen.size);
        let end = (block.to() >= size.max(block.size)).then(|| block.last_page(grid));
        let (position, rest) = if rows < 0 {
            block.up(top, distance, grid)
        } else if self.follows() {
            return;
        } else {
            block.down(top, distance, grid)
        };
        let rest = isize::try_from(rest).unwrap_or(0);
        let beyond = if rows < 0 {
            block.from() > 0
        } else {
            !block.is_last()
        };
        self.owed = if beyond { rest * rows.signum() } else { 0 };
        if end.is_none_or(|end| position < end) {
            self.hold(position);
        } else if self.newer.is_some() {
            self.follow();
        } else {
            self.scroll = ScrollState::Following;
            self.pause = None;
        }
    }

    fn hold(&mut self, position: Position) {
        if self.pause.is_none() {
            let bytes = self.block.as_ref().map_or(0, |block| block.size);
            let index = self.seen.as_ref().map(|seen| &seen.index);
            let covered = index.filter(|index| index.length() == bytes);
            self.pause = Some(Pause {
                bytes,
                lines: covered.map(|index| index.lines()),
            });
        }
        self.scroll = ScrollState::Held(position);
    }
}
