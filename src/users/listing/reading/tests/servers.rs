//! Twelve kinds of server, and how often each is to be asked.

use crate::error::Error;
use crate::users::listing::{Answer, NoPage, Page, Question};
use crate::users::model::RemoteUser;

/// How many rows to a page are asked for.
pub const LIMIT: u64 = 100;
pub const NO_CAP: usize = usize::MAX;
pub const SIZES: [u64; 8] = [0, 1, 36, 99, 100, 101, 200, 236];

/// Twelve kinds of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Total,
    Laravel,
    LastPageOnly,
    BarePages,
    TotalOfThePage,
    TotalIsTheLimit,
    IgnoresPageAndLimit,
    IgnoresPage,
    IgnoresLimit,
    NotFoundAfter,
    NullAfter,
    LastAgain,
}

pub const KINDS: [Kind; 12] = [
    Kind::Total,
    Kind::Laravel,
    Kind::LastPageOnly,
    Kind::BarePages,
    Kind::TotalOfThePage,
    Kind::TotalIsTheLimit,
    Kind::IgnoresPageAndLimit,
    Kind::IgnoresPage,
    Kind::IgnoresLimit,
    Kind::NotFoundAfter,
    Kind::NullAfter,
    Kind::LastAgain,
];

/// The requests for each of [`SIZES`], `r` where the list is refused, when nobody is missing: what
/// `data/listing_rule.py` of the specification prints, in the order of [`KINDS`].
pub const REQUESTS: [(usize, [&str; 12]); 3] = [
    (
        NO_CAP,
        [
            "1/2/2/2/2/3/3/4",
            "1/1/1/1/1/2/2/3",
            "1/1/1/1/1/2/2/3",
            "1/2/2/2/2/3/3/4",
            "1/2/2/2/2/3/3/4",
            "1/2/2/2/2/3/3/4",
            "1/2/3/3/3/2/2/2",
            "1/2/3r/3r/3r/3r/3r/3r",
            "1/2/2/2/2/2/2/2",
            "1r/3/3/3/3/4/4/5",
            "1r/3/3/3/3/4/4/5",
            "1/2/3/3/3/4/4/5",
        ],
    ),
    (
        50,
        [
            "1/2/2/3/3/4/5/6",
            "1/1/1/2/2/3/4/5",
            "1/1/1/2/2/3/4/5",
            "1/2/2/3/3/4/5/6",
            "1/2/2/3/3/4/5/6",
            "2r/4r/4r/6r/6r/8r/10r/12r",
            "1/2/3/3/3/2/2/2",
            "1/2/3r/3r/3r/3r/3r/3r",
            "1/2/2/2/2/2/2/2",
            "1r/3/3/4/4/5/6/7",
            "1r/3/3/4/4/5/6/7",
            "1/2/3/4/4/5/6/7",
        ],
    ),
    (
        7,
        [
            "1/2/7/16/16/16/30/35",
            "1/1/6/15/15/15/29/34",
            "1/1/6/15/15/15/29/34",
            "1/2/7/16/16/16/30/35",
            "1/2/7/16/16/16/30/35",
            "2r/4r/14r/32r/32r/32r/60r/70r",
            "1/2/3/3/3/2/2/2",
            "1/2/3r/3r/3r/3r/3r/3r",
            "1/2/2/2/2/2/2/2",
            "1r/3/8/17/17/17/31/36",
            "1r/3/8/17/17/17/31/36",
            "1/2/8/17/17/17/31/36",
        ],
    ),
];

/// A server of some kind, whose rows may be deleted between two requests.
pub struct Server {
    pub kind: Kind,
    pub cap: usize,
    pub rows: Vec<u64>,
    pub requests: u64,
    /// In so many of 100 gaps between two requests somebody is deleted, by these numbers.
    pub deletions: u64,
    pub random: u64,
}

impl Server {
    pub fn new(kind: Kind, cap: usize, size: u64) -> Self {
        Self {
            kind,
            cap,
            rows: (0..size).collect(),
            requests: 0,
            deletions: 0,
            random: 1,
        }
    }

    /// A number below `below`: the 64-bit linear congruential generator of Knuth's MMIX.
    pub fn draw(&mut self, below: u64) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    pub fn answer(&mut self, question: Question) -> Answer {
        if self.requests > 0 && !self.rows.is_empty() && self.draw(100) < self.deletions {
            let leaving = self.draw(self.rows.len() as u64);
            self.rows.remove(usize::try_from(leaving).unwrap());
        }
        self.requests += 1;
        let (number, limit) = question.page_and_limit(LIMIT);
        let (number, limit) = (
            usize::try_from(number).unwrap(),
            usize::try_from(limit).unwrap().min(self.cap),
        );
        let pages: Vec<_> = self.rows.chunks(limit).collect();
        let last = pages.len().max(1);
        let rows = pages.get(number - 1).copied().unwrap_or_default();
        let with = |rows: &[u64], total: Option<usize>, last: Option<usize>| {
            let number = |number: usize| u64::try_from(number).unwrap();
            Answer::Page(Page {
                rows: rows.iter().map(|id| user(*id)).collect(),
                total: total.map(number),
                last: last.map(number),
                number: None,
            })
        };
        let all = self.rows.len();
        match self.kind {
            Kind::Total => with(rows, Some(all), None),
            Kind::Laravel => with(rows, Some(all), Some(last)),
            Kind::LastPageOnly => with(rows, None, Some(last)),
            Kind::TotalOfThePage => with(rows, Some(rows.len()), None),
            Kind::TotalIsTheLimit => with(rows, Some(limit), None),
            Kind::IgnoresPageAndLimit => with(&self.rows, None, None),
            Kind::IgnoresPage => with(pages.first().copied().unwrap_or_default(), None, None),
            Kind::IgnoresLimit if number == 1 => with(&self.rows, None, None),
            Kind::IgnoresLimit => with(&[], None, None),
            Kind::NotFoundAfter if rows.is_empty() => nothing(NoPage::NotFound),
            Kind::NullAfter if rows.is_empty() => nothing(NoPage::Null),
            Kind::LastAgain if rows.is_empty() => {
                with(pages.last().copied().unwrap_or_default(), None, None)
            }
            Kind::BarePages | Kind::NotFoundAfter | Kind::NullAfter | Kind::LastAgain => {
                with(rows, None, None)
            }
        }
    }
}

pub fn user(id: u64) -> RemoteUser {
    RemoteUser {
        id: Some(id.to_string()),
        email: format!("user{id}@dkm"),
        name: None,
        active: true,
    }
}

pub fn nothing(missing: NoPage) -> Answer {
    Answer::Nothing(missing, Error::remote("page: nothing there").into())
}
