//! The schools of one kecamatan, page by page, and whether these are all.

use std::collections::HashSet;

use super::call::Question;
use super::limiter::Route;
use super::reading::Answer;
use super::{Failed, Portal};
use crate::dapodik::columns::Row;
use crate::dapodik::region::KecamatanCode;
use crate::engine::Job;
use crate::error::Error;

/// What is asked for at once; a portal may send fewer.
const PER_PAGE: u64 = 100;
/// A list with more pages has no end.
const MOST_PAGES: u64 = 1_000;

/// The schools of one kecamatan, page by page.
#[derive(Debug)]
pub struct SchoolList<'a> {
    portal: &'a Portal,
    kecamatan: KecamatanCode,
    pages: Pages,
    notice: Option<String>,
}

/// What is known of a list so far.
#[derive(Debug, Default)]
struct Pages {
    /// How many were read.
    read: u64,
    seen: HashSet<String>,
    /// Rows, and items that are none.
    items: u64,
    unread: u64,
    total: Option<u64>,
    has_ended: bool,
}

impl Pages {
    /// The rows of the next page; `None` where it shows that the list has ended.
    fn take(&mut self, answer: Answer) -> Option<Vec<Row>> {
        self.read += 1;
        self.total = self.total.max(answer.total);
        // A server may repeat its last page, or its first one if it does not page.
        let mut is_new = false;
        let mut seen = Vec::new();
        for row in &answer.rows {
            let key = row.first().and_then(Option::as_deref).unwrap_or("").trim();
            is_new |= !self.seen.contains(key);
            seen.push(key.to_owned());
        }
        if answer.rows.is_empty() || !is_new {
            self.unread += if self.read == 1 { answer.unread } else { 0 };
            self.has_ended = true;
            return None;
        }
        self.seen.extend(seen);
        self.unread += answer.unread;
        self.items += u64::try_from(answer.rows.len()).unwrap_or(u64::MAX);
        self.has_ended = self.total.is_some_and(|total| self.items >= total);
        Some(answer.rows)
    }

    fn is_complete(&self) -> bool {
        self.has_ended && self.total.is_none_or(|total| self.items >= total)
    }
}

impl<'a> SchoolList<'a> {
    pub(super) fn new(portal: &'a Portal, kecamatan: KecamatanCode) -> Self {
        Self {
            portal,
            kecamatan,
            pages: Pages::default(),
            notice: None,
        }
    }

    /// The next page; `None` at the end. After a failure the same page is asked for again.
    pub async fn next(&mut self, job: &Job) -> Result<Option<Vec<Row>>, Failed> {
        if self.pages.has_ended {
            return Ok(None);
        }
        let page = self.pages.read + 1;
        let what = format!("schools of {}, page {page}", self.kecamatan);
        if page > MOST_PAGES {
            let why = format!("{what}: the list has no end, it was read up to page {MOST_PAGES}");
            let error = Error::remote(why).hint("its operators know whether the portal pages");
            return Err(Failed::Request { error, tries: 0 });
        }
        let question = Question {
            route: Route::Schools,
            path: &self.portal.paths.schools,
            query: vec![
                ("page", page.to_string()),
                ("per_page", PER_PAGE.to_string()),
                ("kode_kecamatan", self.kecamatan.to_string()),
            ],
            keys: &self.portal.keys.schools,
            what,
        };
        let mut answer = self.portal.list(&question, job).await?;
        let notice = answer.notice.take();
        if page == 1 {
            self.notice = notice.map(|notice| self.portal.words(&notice));
        }
        Ok(self.pages.take(answer))
    }

    /// What the portal said on the first page instead of rows (`keterangan`), scrubbed.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Whether the list came to its end, with no fewer rows than the portal told of.
    pub fn is_complete(&self) -> bool {
        self.pages.is_complete()
    }

    /// `total_rows`, where the portal says it.
    pub fn told_total(&self) -> Option<u64> {
        self.pages.total
    }

    /// Items that are no record, and values that are neither text nor number nor boolean.
    pub fn unread(&self) -> u64 {
        self.pages.unread
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(keys: &[&str], total: Option<u64>) -> Answer {
        Answer {
            rows: keys
                .iter()
                .map(|key| vec![Some((*key).to_owned())])
                .collect(),
            total,
            ..Answer::default()
        }
    }

    #[test]
    fn the_end_of_a_list() {
        // Pages with their total, how many of them have rows, whether it is complete after them.
        type Case<'a> = (&'a [(&'a [&'a str], Option<u64>)], usize, bool);
        let table: [Case; 9] = [
            (&[(&["1", "2"], Some(2))], 1, true),
            (&[(&["1", "2"], Some(3)), (&["3"], Some(3))], 2, true),
            (&[(&["1"], None), (&["2"], None), (&[], None)], 2, true),
            (&[(&["1", "2"], None), (&["1", "2"], None)], 1, true),
            (&[(&["1"], None), (&["2"], None), (&["1"], None)], 2, true),
            (&[(&["1"], Some(3)), (&[], None)], 1, false),
            (&[(&["1"], None)], 1, false),
            (&[(&[], None)], 0, true),
            (&[(&["1", "1"], Some(2))], 1, true),
        ];
        for (answers, with_rows, is_complete) in table {
            let mut pages = Pages::default();
            let taken = answers
                .iter()
                .map_while(|(keys, total)| pages.take(page(keys, *total)))
                .count();
            assert_eq!(taken, with_rows, "{answers:?}");
            assert_eq!(pages.is_complete(), is_complete, "{answers:?}");
        }
    }
}
