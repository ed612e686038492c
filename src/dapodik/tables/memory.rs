//! What rows were before this run, as far as the counts need it: they must not depend on the order
//! in which schools are answered. Knows no SQL.
//!
//! A PTK at two schools belongs to the lowest NPSN that named it in this run. When a lower one comes
//! later, the row was written already; what it was before decides whether it is changed after all,
//! and what its optional columns fall back to. Kept are eight bytes for each row that was added or
//! changed, and more only for rows that were moved.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::model::Written;

/// What the database says of a row of a batch, as it is before the batch.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a column of an answer"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The place of the row in the batch.
    pub place: usize,
    /// Whether there is no such row.
    pub fresh: bool,
    /// Whether some column would change.
    pub changed: bool,
    /// Whether this run wrote it already.
    pub named: bool,
    /// Whether it did so since this memory began.
    pub remembered: bool,
    /// The school that it belongs to.
    pub was_at: Option<String>,
    /// All its columns, where a row is moved.
    pub before: Option<String>,
    /// Its optional columns as a JSON list, where they change.
    pub optional: Option<String>,
    /// All columns as they will be, where a row goes to a lower school.
    pub after: Option<String>,
}

#[derive(Debug, Default)]
pub struct Memory {
    added: HashSet<u64>,
    changed: HashSet<u64>,
    /// Fingerprints of rows that were at another school.
    moved: HashMap<u64, u64>,
    /// Rows whose optional columns were all NULL, and are not now.
    empty: HashSet<u64>,
    /// Optional columns of rows in which they changed.
    optional: HashMap<u64, String>,
    /// A PTK and a school that named it in vain.
    also: HashSet<u64>,
}

/// What a batch does to counts and memory, once it is committed.
#[derive(Debug, Default)]
pub struct Effects {
    pub written: Written,
    added: Vec<u64>,
    changed: Vec<u64>,
    unchanged: Vec<u64>,
    moved: Vec<(u64, u64)>,
    empty: Vec<u64>,
    optional: Vec<(u64, String)>,
    also: Vec<u64>,
}

/// What optional columns fall back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// What is in the table.
    Stored,
    /// These, as they were before this run.
    Before(Vec<Option<String>>),
    Nothing,
}

/// Whom a row belongs to that another school named in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The school that it is at, or nobody else named it.
    Itself,
    /// The other one has the lower NPSN: it is left alone.
    Other,
    /// It goes to the school of the batch.
    Batch,
}

impl Found {
    pub fn owner(&self, npsn: Option<&str>) -> Owner {
        match (self.named, self.was_at.as_deref(), npsn) {
            (true, Some(was), Some(npsn)) if was < npsn => Owner::Other,
            (true, Some(was), Some(npsn)) if was > npsn => Owner::Batch,
            _ => Owner::Itself,
        }
    }
}

impl Memory {
    /// Counts a row that `npsn` names; `None` for a school's own row.
    pub fn judge(
        &self,
        key: &str,
        npsn: Option<&str>,
        found: &Found,
        effects: &mut Effects,
    ) -> Owner {
        let owner = found.owner(npsn);
        let loser = match owner {
            Owner::Itself => None,
            Owner::Other => npsn,
            Owner::Batch => found.was_at.as_deref(),
        };
        if let Some(loser) = loser {
            effects.also_at(self, key, loser);
        }
        if found.named {
            return owner;
        }
        let key = hash(key);
        if found.fresh {
            effects.written.added += 1;
            effects.added.push(key);
        } else if found.changed {
            effects.written.changed += 1;
            effects.changed.push(key);
            effects
                .moved
                .extend(found.before.as_deref().map(|before| (key, hash(before))));
            match found.optional.as_deref() {
                Some(list) if texts(list).iter().all(Option::is_none) => effects.empty.push(key),
                Some(list) => effects.optional.push((key, list.to_owned())),
                None => {}
            }
        } else {
            effects.written.same += 1;
        }
        owner
    }

    /// Counts a row that went to a lower school, after [`Memory::judge`] of what was found before.
    pub fn lowered(&self, key: &str, found: &Found, effects: &mut Effects) {
        let key = hash(key);
        // Written before a crash, and counted there.
        if !found.remembered || self.added.contains(&key) {
            return;
        }
        let was_changed = self.changed.contains(&key);
        let before = self.moved.get(&key).copied();
        let is_changed = before.is_none() || before != found.after.as_deref().map(hash);
        match (was_changed, is_changed) {
            (true, false) => {
                effects.written.changed -= 1;
                effects.written.same += 1;
                effects.unchanged.push(key);
            }
            (false, true) => {
                effects.written.same -= 1;
                effects.written.changed += 1;
                effects.changed.push(key);
            }
            _ => {}
        }
    }

    /// What the optional columns of a row fall back to that goes to a lower school.
    pub fn fallback(&self, key: &str) -> Fallback {
        let key = hash(key);
        match self.optional.get(&key) {
            Some(list) => Fallback::Before(texts(list)),
            None if self.added.contains(&key) || self.empty.contains(&key) => Fallback::Nothing,
            None => Fallback::Stored,
        }
    }

    /// Keeps what a committed batch did, and returns its counts.
    pub fn keep(&mut self, effects: Effects) -> Written {
        for key in effects.unchanged {
            self.changed.remove(&key);
        }
        self.added.extend(effects.added);
        self.changed.extend(effects.changed);
        self.moved.extend(effects.moved);
        self.empty.extend(effects.empty);
        self.optional.extend(effects.optional);
        self.also.extend(effects.also);
        effects.written
    }
}

impl Effects {
    /// Counts, once, that a PTK is at a school that does not keep it.
    pub fn also_at(&mut self, memory: &Memory, key: &str, npsn: &str) {
        let pair = hash(&format!("{key} {npsn}"));
        if !memory.also.contains(&pair) && !self.also.contains(&pair) {
            self.also.push(pair);
            self.written.also_at += 1;
        }
    }
}

/// 64 bits are enough: of a million keys, two are alike once in 37 million runs.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn texts(list: &str) -> Vec<Option<String>> {
    serde_json::from_str(list).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PTK before a run: its school and content. Content and school are compared.
    type Content = (&'static str, &'static str);

    /// Runs the namings in this order over one row, as a database would.
    fn run(before: Option<Content>, namings: &[Content]) -> (Option<Content>, Written) {
        let mut memory = Memory::default();
        let mut total = Written::default();
        let (mut row, mut named) = (before, false);
        for naming in namings {
            let text = |content: Content| format!("{} {}", content.0, content.1);
            let mut found = Found {
                fresh: row.is_none(),
                changed: row != Some(*naming),
                named,
                remembered: true,
                was_at: row.map(|row| row.0.to_owned()),
                before: row.filter(|row| row.0 != naming.0).map(text),
                ..Found::default()
            };
            let mut effects = Effects::default();
            let owner = memory.judge("nik", Some(naming.0), &found, &mut effects);
            if owner == Owner::Batch {
                found.after = Some(text(*naming));
                memory.lowered("nik", &found, &mut effects);
            }
            if owner != Owner::Other {
                row = Some(*naming);
            }
            named = true;
            total.merge(memory.keep(effects));
        }
        (row, total)
    }

    #[test]
    fn counts_and_rows_do_not_depend_on_the_order_of_schools() {
        let namings: [Content; 3] = [("1", "x"), ("2", "y"), ("3", "z")];
        let orders = [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ];
        let befores: [(Option<Content>, (i64, i64, i64)); 6] = [
            (None, (1, 0, 0)),
            (Some(("1", "x")), (0, 0, 1)),
            (Some(("1", "old")), (0, 1, 0)),
            (Some(("2", "y")), (0, 1, 0)),
            (Some(("3", "z")), (0, 1, 0)),
            (Some(("9", "z")), (0, 1, 0)),
        ];
        for (before, counts) in befores {
            for order in orders {
                let order = order.map(|place: usize| namings[place]);
                let (row, written) = run(before, &order);
                assert_eq!(row, Some(("1", "x")), "{before:?} {order:?}");
                let found = (written.added, written.changed, written.same);
                assert_eq!(found, counts, "{before:?} {order:?}");
                assert_eq!(written.also_at, 2, "{before:?} {order:?}");
            }
        }
    }

    #[test]
    fn a_school_that_is_asked_twice_counts_once() {
        let (row, written) = run(
            None,
            &[("2", "y"), ("2", "y"), ("1", "x"), ("2", "y"), ("1", "x")],
        );
        assert_eq!(row, Some(("1", "x")));
        assert_eq!((written.added, written.changed, written.same), (1, 0, 0));
        assert_eq!(written.also_at, 1);
    }
}
