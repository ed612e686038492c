//! One reading of a list: which page is asked for next, and where the list ends.
//!
//! ```text
//!   Page(1) ─▶ Page(2), … ─┬─ empty, or last_page ───────────────▶ complete
//!                          ├─ 404 or null ── Again(n) ─ alike ───▶ complete
//!                          ├─ page n - 1 ─── Again(n) ─ alike ───▶ complete
//!                          └─ page 2 = page 1 ── Fewer(rows - 1) ▶ the server does not page
//! ```
//! Pages are judged in their order, whatever the order of their arrival; what a page costs, and how
//! it travels, is not known here. A total that is on every page that page's own count, or the limit
//! that was asked for, says nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::future::Future;

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::{Doubt, End, Ending, Listing, Page, Received};
use crate::config::Paging;
use crate::engine::Job;
use crate::error::{Error, Failure, Kind, Result};
use crate::text::{count, excerpt};
use crate::users::model::{RemoteUser, normal};

/// How many rows are asked for where one answer is the whole list: more than any server has, as a
/// server that does not page may still obey the limit.
const ALL_AT_ONCE: u64 = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    Page(u64),
    /// This page once more.
    Again(u64),
    /// Page 2, with so few rows to a page that there must be one if the server pages.
    Fewer(u64),
}

impl Question {
    /// The page and the limit to ask for.
    pub fn page_and_limit(self, limit: u64) -> (u64, u64) {
        match self {
            Self::Page(page) | Self::Again(page) => (page, limit),
            Self::Fewer(limit) => (2, limit),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A page, which may be empty.
    Page(Page),
    /// No page: the end of the list, or else this failure.
    Nothing(NoPage, Failure),
}

/// What came instead of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPage {
    NotFound,
    Null,
}

/// Whose list to read, and how.
#[derive(Clone, Copy, Debug)]
pub struct ListRequest<'a> {
    /// Of the server, for people.
    pub name: &'a str,
    pub limit: u64,
    pub concurrency: usize,
    pub paging: Paging,
}

impl ListRequest<'_> {
    /// The rows to a page that are really asked for.
    pub fn rows_asked_for(&self) -> u64 {
        match self.paging {
            Paging::Auto => self.limit,
            Paging::None => ALL_AT_ONCE,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This must be asked; where it is a page, those up to the number will have to be, too.
    Ask(Question, u64),
    Complete(End),
    /// It is not.
    Refuse(Doubt),
}

/// A reading under way.
#[derive(Debug)]
pub struct Reading {
    limit: u64,
    paging: Paging,
    answers: BTreeMap<Question, Answer>,
    /// The last page that was found good, and the rows up to it.
    last: u64,
    rows: u64,
    /// The rows of all pages that are there.
    arrived: u64,
    known: HashSet<String>,
}

/// Reads a list by asking with `ask`; a reading that contradicts itself is thrown away, once. `Err`
/// only when it was stopped.
pub async fn read<Asking>(
    request: &ListRequest<'_>,
    job: &Job,
    ask: impl Fn(Question) -> Asking,
) -> Result<Listing>
where
    Asking: Future<Output = Result<Answer>>,
{
    match read_once(request, job, &ask).await? {
        Listing::Incomplete(_, Doubt::DoesNotAddUp(why)) => {
            job.line(request.name, format!("reading the list again: {why}"));
            let mut second = read_once(request, job, &ask).await?;
            if let Listing::Complete(_, ending) = &mut second {
                ending.contradiction = Some(why);
            }
            Ok(second)
        }
        listing => Ok(listing),
    }
}

async fn read_once<Asking>(
    request: &ListRequest<'_>,
    job: &Job,
    ask: &impl Fn(Question) -> Asking,
) -> Result<Listing>
where
    Asking: Future<Output = Result<Answer>>,
{
    let mut reading = Reading::new(request);
    let mut asked = BTreeSet::new();
    let mut asking = FuturesUnordered::new();
    loop {
        let (question, ahead) = match reading.step() {
            Step::Ask(question, ahead) => (question, ahead),
            // What is still asked for is of no use, and dropped.
            Step::Complete(end) => return Ok(reading.complete(end)),
            Step::Refuse(doubt) => return Ok(reading.refuse(doubt)),
        };
        let next = match question {
            Question::Page(number) => number + 1,
            // Where the end is tried, nothing is asked beyond it.
            Question::Again(_) | Question::Fewer(_) => ahead + 1,
        };
        let later = (next..=ahead).map(Question::Page);
        for question in std::iter::once(question).chain(later) {
            if asking.len() >= request.concurrency.max(1) {
                break;
            }
            if asked.insert(question) {
                let answer = ask(question);
                asking.push(async move { (question, answer.await) });
            }
        }
        match asking.next().await {
            Some((question, Ok(answer))) => {
                reading.take(question, answer);
                job.step(request.name, reading.arrived, reading.total());
            }
            Some((_, Err(error))) if error.kind() == Kind::Stopped => return Err(error),
            Some((_, Err(error))) => return Ok(reading.refuse(Doubt::Failed(error.into()))),
            None => return Err(Error::new(Kind::Bug, "a page was asked for and never came")),
        }
    }
}

impl Reading {
    pub fn new(request: &ListRequest<'_>) -> Self {
        Self {
            limit: request.rows_asked_for(),
            paging: request.paging,
            answers: BTreeMap::new(),
            last: 0,
            rows: 0,
            arrived: 0,
            known: HashSet::new(),
        }
    }

    pub fn take(&mut self, question: Question, answer: Answer) {
        if let (Question::Page(_), Answer::Page(page)) = (question, &answer) {
            self.arrived += page.rows.len() as u64;
        }
        self.answers.insert(question, answer);
    }

    pub fn step(&mut self) -> Step {
        loop {
            if let Some(end) = self.said_end() {
                return self.finish(end);
            }
            let next = self.last + 1;
            let before = self.page(self.last).map(|page| &page.rows);
            match self.answers.get(&Question::Page(next)) {
                None => return Step::Ask(Question::Page(next), self.ahead()),
                Some(Answer::Nothing(missing, failure)) => {
                    return self.nothing(next, *missing, failure);
                }
                Some(Answer::Page(page)) if page.rows.is_empty() => return self.empty(next, page),
                Some(Answer::Page(page)) if before == Some(&page.rows) => {
                    return self.repeated(next, page);
                }
                Some(Answer::Page(_)) => {}
            }
            if let Err(why) = self.accept(next) {
                return Step::Refuse(Doubt::DoesNotAddUp(why));
            }
        }
    }

    /// The end by `last_page`, or by the configuration.
    fn said_end(&self) -> Option<End> {
        let page = self.page(self.last)?;
        if self.paging == Paging::None {
            return Some(End::Setting);
        }
        let adds_up = page.total.is_none_or(|total| total == self.rows);
        (page.last == Some(self.last) && adds_up).then_some(End::LastPage(self.last))
    }

    /// Up to which page it is known that there are some, the one that must show the end included.
    fn ahead(&self) -> u64 {
        let Some(first) = self.page(1) else {
            return 1;
        };
        let rows = first.rows.len() as u64;
        match (first.last, first.total) {
            (Some(last), _) => last,
            // It may be this page's count or the limit: page 2 tells.
            (None, Some(total)) if total == rows || total == self.limit || rows == 0 => 1,
            (None, Some(total)) => total.div_ceil(rows).saturating_add(1),
            (None, None) => 1,
        }
    }

    /// 404 or null instead of page `number`: the end, if it is the same again.
    fn nothing(&self, number: u64, missing: NoPage, failure: &Failure) -> Step {
        let failed = || Step::Refuse(Doubt::Failed(failure.clone()));
        if self.last == 0 {
            return failed();
        }
        match self.answers.get(&Question::Again(number)) {
            None => Step::Ask(Question::Again(number), number),
            Some(Answer::Nothing(again, _)) if *again == missing => {
                let promised = self.total().unwrap_or_default();
                let last = self.page(self.last).and_then(|page| page.last);
                if promised > self.rows || last.is_some_and(|last| last >= number) {
                    return failed();
                }
                self.finish(match missing {
                    NoPage::NotFound => End::NotFound(number),
                    NoPage::Null => End::Null(number),
                })
            }
            Some(_) => changed(number),
        }
    }

    /// Page `number` has no rows: the end, unless `last_page` says otherwise.
    fn empty(&self, number: u64, page: &Page) -> Step {
        let before = self.page(self.last).and_then(|page| page.last);
        let promised = page.last.or(before).unwrap_or_default();
        // An empty list has one page, without rows.
        if promised > number || (promised == number && number > 1) {
            let why = format!("page {number} is empty, last_page is {promised}");
            return Step::Refuse(Doubt::DoesNotAddUp(why));
        }
        self.finish(End::Empty(number))
    }

    /// Page `number` is the page before again.
    fn repeated(&self, number: u64, page: &Page) -> Step {
        let rows = page.rows.len() as u64;
        if number > 2 {
            return match self.answers.get(&Question::Again(number)) {
                None => Step::Ask(Question::Again(number), number),
                Some(Answer::Page(again)) if again.rows == page.rows => {
                    self.finish(End::Again(number))
                }
                Some(_) => changed(number),
            };
        }
        if rows > self.limit || rows == 1 {
            return self.finish(End::NoPages);
        }
        match self.answers.get(&Question::Fewer(rows - 1)) {
            None => Step::Ask(Question::Fewer(rows - 1), number),
            Some(Answer::Page(fewer))
                if fewer.rows == page.rows || fewer.rows.iter().eq(page.rows.last()) =>
            {
                self.finish(End::NoPages)
            }
            Some(_) => Step::Refuse(Doubt::Undecided(
                "page 2 repeats page 1, and it is not said whether that is the whole list"
                    .to_owned(),
            )),
        }
    }

    /// Counts a page with rows in; `Err` says what it contradicts.
    fn accept(&mut self, number: u64) -> Result<(), String> {
        let Some(Answer::Page(page)) = self.answers.get(&Question::Page(number)) else {
            return Ok(());
        };
        if let Some(said) = page.number.filter(|said| *said != number) {
            return Err(format!(
                "asked for page {number}, the server sent page {said}"
            ));
        }
        for user in &page.rows {
            if !self.known.insert(key(user)) {
                let email = excerpt(&user.email, 80);
                return Err(format!("a row comes twice: {email} again on page {number}"));
            }
        }
        self.rows += page.rows.len() as u64;
        self.last = number;
        Ok(())
    }

    /// The end is there; whether everything adds up.
    fn finish(&self, end: End) -> Step {
        match self.contradiction(end) {
            Some(why) => Step::Refuse(Doubt::DoesNotAddUp(why)),
            None => Step::Complete(end),
        }
    }

    fn contradiction(&self, end: End) -> Option<String> {
        let mut later = self.pages().filter(|(number, _)| *number > self.last);
        if let End::Empty(empty) = end
            && let Some((later, _)) = later.find(|(_, page)| !page.rows.is_empty())
        {
            return Some(format!("page {empty} is empty but page {later} is not"));
        }
        let more = self.page(self.last).and_then(|page| page.last);
        if let Some(more) = more.filter(|more| *more > self.last) {
            return Some(match end {
                End::Setting => {
                    format!("last_page is {more}, but paging = \"none\" asks for one answer")
                }
                _ => format!(
                    "the list ends after page {}, last_page is {more}",
                    self.last
                ),
            });
        }
        let Some(total) = self.total() else {
            return self.uneven();
        };
        let mut others = self.judged().filter_map(|(number, page)| {
            let other = page.total.filter(|other| *other != total)?;
            Some((number, other))
        });
        if let Some((number, other)) = others.next() {
            return Some(format!(
                "the total changed from {} to {} on page {number}",
                count(total),
                count(other)
            ));
        }
        (total != self.rows)
            .then(|| format!("{} rows arrived of {}", count(self.rows), count(total)))
    }

    /// Without a total, all pages but the last one must have as many rows as the first: half of a
    /// page may be lost on the way.
    fn uneven(&self) -> Option<String> {
        let size = self.page(1)?.rows.len();
        let odd = |(number, page): &(u64, &Page)| match page.rows.len() {
            rows if *number == self.last => rows > size,
            rows => rows != size,
        };
        let (number, page) = self
            .judged()
            .filter(|(_, page)| !page.rows.is_empty())
            .find(odd)?;
        let rows = page.rows.len();
        Some(format!(
            "page {number} has {rows} rows where page 1 has {size}"
        ))
    }

    /// The total, where it says something: not on every page that page's own count, nor the limit.
    pub fn total(&self) -> Option<u64> {
        let totals = || {
            self.judged()
                .filter_map(|(_, page)| Some((page, page.total?)))
        };
        let total = totals().map(|(_, total)| total).next()?;
        let is_own = totals().all(|(page, total)| total == page.rows.len() as u64);
        let is_limit = totals().all(|(_, total)| total == self.limit);
        // Laravel's paginator counts all.
        let is_paginator = self.page(1).is_some_and(|page| page.last.is_some());
        (is_paginator || !(is_own || is_limit)).then_some(total)
    }

    fn page(&self, number: u64) -> Option<&Page> {
        match self.answers.get(&Question::Page(number))? {
            Answer::Page(page) => Some(page),
            Answer::Nothing(..) => None,
        }
    }

    fn pages(&self) -> impl Iterator<Item = (u64, &Page)> {
        self.answers.iter().filter_map(|answer| match answer {
            (Question::Page(number), Answer::Page(page)) => Some((*number, page)),
            _ => None,
        })
    }

    /// The pages that were found good, and the empty one after them.
    fn judged(&self) -> impl Iterator<Item = (u64, &Page)> {
        let pages = self.pages();
        pages.take_while(|(number, page)| *number <= self.last || page.rows.is_empty())
    }

    fn complete(self, end: End) -> Listing {
        let is_confirmed = self.total().is_some() || self.paging == Paging::None;
        let ending = Ending {
            end,
            is_confirmed,
            contradiction: None,
        };
        let last = self.last;
        Listing::Complete(self.received(last), ending)
    }

    fn refuse(self, doubt: Doubt) -> Listing {
        Listing::Incomplete(self.received(u64::MAX), doubt)
    }

    /// The rows of the pages up to `last`.
    fn received(self, last: u64) -> Received {
        let total = self.total();
        let mut seen = Received {
            total,
            ..Received::default()
        };
        for (question, answer) in self.answers {
            if let (Question::Page(number), Answer::Page(page)) = (question, answer)
                && number <= last
            {
                seen.pages += u64::from(!page.rows.is_empty());
                seen.users.extend(page.rows);
            }
        }
        seen
    }
}

fn changed(number: u64) -> Step {
    let why = format!("page {number} was answered differently when asked again");
    Step::Refuse(Doubt::DoesNotAddUp(why))
}

/// What tells a row from another: its id, else its e-mail.
fn key(user: &RemoteUser) -> String {
    let email = || format!("@{}", normal(&user.email));
    user.id.clone().unwrap_or_else(email)
}

#[cfg(test)]
mod tests;
