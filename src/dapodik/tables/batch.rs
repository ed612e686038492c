//! A batch: one transaction, halved where a value is refused, tried again where another transaction
//! was in the way, redone where the connection was lost.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use super::Tables;
use super::catalogue::Layout;
use super::cleaning::{Ready, clean, shown};
use super::link::Link;
use super::memory::{Effects, Fallback, Memory, Owner};
use super::merge::{self, Mode, Times};
use super::model::{Moment, Written};
use crate::dapodik::columns::Row;
use crate::db;
use crate::engine::Job;
use crate::error::{Error, Result};

/// How often a transaction is tried while others are in the way.
const TRIES: u32 = 6;
/// The longest pause before the next try.
const PAUSE: Duration = Duration::from_millis(200);
/// How many rows one statement writes at most.
const BATCH: usize = 2000;

/// How many schools one question asks for.
const ASKED: usize = 100;

/// Which table a batch goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Schools,
    Staff,
}

/// What came of a transaction.
enum Attempt {
    /// Refused, or lost before its end.
    Failed(Error),
    /// Lost while it was committed.
    InDoubt(Box<Effects>, Option<String>, Error),
    Committed(Box<Effects>),
}

impl Tables {
    pub async fn write_schools(
        &mut self,
        rows: Vec<Row>,
        start: &Moment,
        job: &Job,
    ) -> Result<Written> {
        self.remember(start, job);
        let mut written = Written::default();
        let ready = clean(&self.schools, &self.districts, rows, &mut written);
        let put = self.put(Target::Schools, ready, Mode::Usual, start).await?;
        written.merge(put);
        Ok(written)
    }

    /// The PTK of several schools, by NPSN, in one transaction.
    pub async fn write_staff(
        &mut self,
        schools: Vec<(String, Vec<Row>)>,
        start: &Moment,
        job: &Job,
    ) -> Result<Written> {
        self.remember(start, job);
        let mut written = Written::default();
        let ready = self.staff_of(schools, &mut written).await?;
        let put = self.put(Target::Staff, ready, Mode::Usual, start).await?;
        written.merge(put);
        Ok(written)
    }

    /// One PTK; one that is there keeps its school.
    pub async fn write_one_staff(
        &mut self,
        npsn: &str,
        row: Row,
        start: &Moment,
        job: &Job,
    ) -> Result<Written> {
        self.remember(start, job);
        let mut written = Written::default();
        let schools = vec![(npsn.to_owned(), vec![row])];
        let ready = self.staff_of(schools, &mut written).await?;
        let put = self.put(Target::Staff, ready, Mode::InPlace, start).await?;
        written.merge(put);
        Ok(written)
    }

    /// Forgets what another run did.
    fn remember(&mut self, start: &Moment, job: &Job) {
        self.link.heard_by(job);
        if self.run != *start {
            self.run = start.clone();
            self.memory = Memory::default();
        }
    }

    /// The PTK of these schools, each person once: at the lowest NPSN.
    async fn staff_of(
        &mut self,
        mut schools: Vec<(String, Vec<Row>)>,
        written: &mut Written,
    ) -> Result<Vec<Ready>> {
        schools.sort_by(|one, other| one.0.cmp(&other.0));
        let known = self
            .known(schools.iter().map(|(npsn, _)| npsn.trim()))
            .await?;
        let place = self.staff.table.index("npsn");
        let mut people: BTreeMap<String, (String, Ready)> = BTreeMap::new();
        let mut effects = Effects::default();
        for (npsn, mut rows) in schools {
            // The next questions to the portal do not wait until all of them are cleaned.
            tokio::task::yield_now().await;
            let npsn = npsn.trim();
            for row in &mut rows {
                if let Some(cell) = place.and_then(|place| row.get_mut(place)) {
                    *cell = Some(npsn.to_owned());
                }
            }
            let ready = clean(&self.staff, &self.districts, rows, written);
            for row in ready {
                if !known.contains(npsn) {
                    let key = shown(&self.staff, &row.key);
                    let reason = format!("its school {npsn} is not in satuan_pendidikan");
                    written.skip(key, row.label, crate::text::scrub(&reason));
                } else if people
                    .get(&row.key)
                    .is_some_and(|(keeper, _)| keeper != npsn)
                {
                    effects.also_at(&self.memory, &row.key, npsn);
                } else {
                    people.insert(row.key.clone(), (npsn.to_owned(), row));
                }
            }
        }
        written.merge(self.memory.keep(effects));
        Ok(people.into_values().map(|(_, row)| row).collect())
    }

    /// Which of these schools the database has.
    async fn known(&mut self, npsn: impl Iterator<Item = &str>) -> Result<HashSet<String>> {
        let asked: Vec<&str> = npsn.collect();
        let mut known = HashSet::with_capacity(asked.len());
        for part in asked.chunks(ASKED) {
            // Always as many, so that it is prepared once.
            let sql = format!(
                "SELECT npsn FROM satuan_pendidikan WHERE npsn IN ({})",
                vec!["?"; ASKED].join(", ")
            );
            let values: Vec<_> = (part.iter().cycle().take(ASKED))
                .map(|&npsn| npsn.into())
                .collect();
            let rows = self.link.query(&sql, &values).await?;
            known.extend(rows.iter().map(|row| row.text(0)));
        }
        Ok(known)
    }

    /// Writes rows, which are sorted by key.
    async fn put(
        &mut self,
        target: Target,
        rows: Vec<Ready>,
        mode: Mode,
        start: &Moment,
    ) -> Result<Written> {
        let mut written = Written::default();
        let mut parts: Vec<Vec<Ready>> = Vec::new();
        let mut rest = rows;
        while rest.len() > BATCH {
            let next = rest.split_off(BATCH);
            parts.push(std::mem::replace(&mut rest, next));
        }
        parts.push(rest);
        parts.reverse();
        while let Some(mut part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.transact(target, &part, mode, start).await {
                Ok(done) => written.merge(done),
                Err(error) if db::is_about_values(&error) => {
                    if let [row] = part.as_slice() {
                        let layout = self.layout(target);
                        let key = shown(layout, &row.key);
                        written.skip(key, row.label.clone(), refusal(&error, &row.key));
                    } else {
                        // The one row is looked for, so that it costs no other.
                        let other = part.split_off(part.len() / 2);
                        parts.extend([other, part]);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(written)
    }

    fn layout(&self, target: Target) -> &Layout {
        match target {
            Target::Schools => &self.schools,
            Target::Staff => &self.staff,
        }
    }

    async fn transact(
        &mut self,
        target: Target,
        rows: &[Ready],
        mode: Mode,
        start: &Moment,
    ) -> Result<Written> {
        let mut since = None;
        let mut tries = 0;
        loop {
            let layout = match target {
                Target::Schools => &self.schools,
                Target::Staff => &self.staff,
            };
            let session = &self.session;
            let times = Times { start, session };
            let memory = &self.memory;
            let attempt = attempt(&mut self.link, layout, memory, rows, mode, times).await;
            let lost = match attempt {
                Attempt::Committed(effects) => return Ok(self.memory.keep(*effects)),
                Attempt::Failed(error) if self.link.is_lost(&error) => (None, error),
                Attempt::InDoubt(effects, number, error) => (Some((effects, number)), error),
                Attempt::Failed(error) => {
                    tries += 1;
                    // Refused where the connection was lost meanwhile: the next statement says so.
                    let _ = self.link.connection.rollback().await;
                    if !db::is_conflict(&error) || tries >= TRIES {
                        return Err(error);
                    }
                    tokio::time::sleep(PAUSE.min(Duration::from_millis(10) * 2_u32.pow(tries)))
                        .await;
                    continue;
                }
            };
            let since = *since.get_or_insert_with(Instant::now);
            self.link.reopen(&lost.1, since).await?;
            if let (Some((effects, number)), _) = lost
                && self.was_committed(number.as_deref()).await?
            {
                return Ok(self.memory.keep(*effects));
            }
        }
    }

    /// Whether a transaction whose end was not heard of did end well.
    async fn was_committed(&mut self, number: Option<&str>) -> Result<bool> {
        let Some(number) = number else {
            return Ok(false);
        };
        let sql = "SELECT txid_status(CAST(? AS bigint))";
        let rows = self.link.query(sql, &[number.into()]).await?;
        Ok(rows.first().is_some_and(|row| row.text(0) == "committed"))
    }
}

async fn attempt(
    link: &mut Link,
    layout: &Layout,
    memory: &Memory,
    rows: &[Ready],
    mode: Mode,
    times: Times<'_>,
) -> Attempt {
    match within_transaction(link, layout, memory, rows, mode, times).await {
        Err(error) => Attempt::Failed(error),
        Ok((effects, number)) => match link.connection.commit().await {
            Ok(()) => Attempt::Committed(Box::new(effects)),
            Err(error) if link.is_lost(&error) => {
                Attempt::InDoubt(Box::new(effects), number, error)
            }
            Err(error) => Attempt::Failed(error),
        },
    }
}

async fn within_transaction(
    link: &mut Link,
    layout: &Layout,
    memory: &Memory,
    rows: &[Ready],
    mode: Mode,
    times: Times<'_>,
) -> Result<(Effects, Option<String>)> {
    let connection = &mut link.connection;
    merge::begin(connection).await?;
    let answer = merge::write(connection, layout, rows, mode, times).await?;
    let mut effects = Effects::default();
    let npsn = layout.index("npsn").filter(|place| *place > 0);
    let owned = npsn.filter(|_| mode == Mode::Usual);
    let school = |row: &Ready| owned.and_then(|place| row.cells[place].clone());
    let mut moving = Vec::new();
    for found in &answer.found {
        let Some(row) = rows.get(found.place) else {
            continue;
        };
        let school = school(row);
        if memory.judge(&row.key, school.as_deref(), found, &mut effects) == Owner::Batch {
            moving.push((found, row.clone()));
        }
    }
    if moving.is_empty() {
        return Ok((effects, answer.transaction));
    }
    let mut emptied = Vec::new();
    for (_, row) in &mut moving {
        match memory.fallback(&row.key) {
            Fallback::Stored => continue,
            Fallback::Nothing => {}
            Fallback::Before(before) => {
                for (place, value) in layout.optional().zip(before) {
                    let cell = &mut row.cells[place];
                    *cell = cell.take().or(value);
                }
            }
        }
        emptied.push(row.key.clone());
    }
    let keys: Vec<&str> = emptied.iter().map(String::as_str).collect();
    merge::empty(connection, layout, &keys).await?;
    let (befores, rows): (Vec<_>, Vec<Ready>) = moving.into_iter().unzip();
    let moved = merge::write(connection, layout, &rows, Mode::Moving, times).await?;
    for found in &moved.found {
        if let (Some(row), Some(before)) = (rows.get(found.place), befores.get(found.place)) {
            let mut found = found.clone();
            // The second statement sees what the first one left, of which nothing was written now.
            found.remembered = before.remembered;
            memory.lowered(&row.key, &found, &mut effects);
        }
    }
    Ok((effects, answer.transaction))
}

/// What the database says against a row, without its values.
fn refusal(error: &Error, key: &str) -> String {
    let said = error.chain();
    // It quotes a value after a colon, and names of columns and constraints before.
    let said = said.split(": \"").next().unwrap_or_default();
    said.replace(key, "…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_does_not_repeat_values() {
        let error = Error::database(
            "the database says: invalid input syntax for type date: \"3404071708900001\"",
        );
        let said = refusal(&error, "3404071708900001");
        assert_eq!(
            said,
            "the database says: invalid input syntax for type date"
        );
    }
}
