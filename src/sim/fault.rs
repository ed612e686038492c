//! What can go wrong at a remote, by name, and at which request it does.
//!
//! ```text
//!   429=3        every request is answered with 429 and Retry-After: 3
//!   Rule::new(Fault::Cut(20)).on("/api/conf").at(2)       the second request below that path
//! ```
//! This is only the choice; what a fault does is said by `answer`, `page` and `wire`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;

use crate::error::{Error, Result};

mod rule;

pub(super) use rule::{Arrival, Due, Rules};
pub use rule::{Rule, When};

/// The length of the body of [`Fault::Huge`], at least.
pub const HUGE: usize = 100 * 1024 * 1024;

/// One sort of misbehaviour. Those of a listing do nothing to other answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The answer comes later.
    Slow(Duration),
    /// From this request on nobody listens, until the faults are cleared: kept connections close,
    /// new ones are refused. A rule that is due for the first request acts when it is set.
    Refuse,
    /// The connection is reset instead of an answer.
    Reset,
    /// The request is taken, an answer never comes.
    BlackHole,
    /// The connection closes after this many bytes of the answer, its head counted in.
    Cut(usize),
    /// Every byte is written by itself.
    ByteByByte,
    /// The answer's JSON breaks off and goes on with rubbish.
    Garble,
    /// 200 with a web page, as overloaded hosts send it.
    Html,
    /// 503 with a web page.
    Html503,
    /// 200 without a body.
    Empty,
    /// The right JSON, called `text/html`.
    WrongType,
    /// 401 to the first selected request that carries a token.
    UnauthorizedOnce,
    /// 401 to all selected requests that carry a token, after this many of them.
    UnauthorizedAfter(u64),
    /// 429, with the seconds of `Retry-After` where given.
    TooMany(Option<u64>),
    /// 500.
    ServerError,
    /// 502.
    BadGateway,
    /// 503.
    Unavailable,
    /// 504.
    GatewayTimeout,
    /// 302 to a login page.
    Redirect,
    /// 302 to a place that redirects to itself.
    RedirectLoop,
    /// 200 with 100 MiB of JSON, its length not announced.
    Huge,
    /// 422 whose message repeats everything secret that was sent, the password or the token.
    EchoPassword,
    /// Every text of the answer drives terminals: escape sequences, bidi, marks, a 1 MB line.
    Attack,
    /// A listing's page comes without its rows.
    ForgetPage,
    /// A listing's total is too high.
    WrongTotal,
    /// A listing's total is another one on each page.
    TotalChanges,
    /// A row of a listing comes twice, at the cost of another where there are several.
    DoubledRow,
    /// Half of a page's rows are missing.
    ShortPage,
    /// A listing says that it has no rows at all.
    EmptyList,
    /// The first row of a listing is deleted before this page of it is cut: each later row moves
    /// up by one.
    DeletedRow,
}

impl Fault {
    /// Every fault, with usual values.
    pub const ALL: [Self; 31] = [
        Self::Slow(Duration::from_secs(2)),
        Self::Refuse,
        Self::Reset,
        Self::BlackHole,
        Self::Cut(100),
        Self::ByteByByte,
        Self::Garble,
        Self::Html,
        Self::Html503,
        Self::Empty,
        Self::WrongType,
        Self::UnauthorizedOnce,
        Self::UnauthorizedAfter(2),
        Self::TooMany(Some(1)),
        Self::TooMany(None),
        Self::ServerError,
        Self::BadGateway,
        Self::Unavailable,
        Self::GatewayTimeout,
        Self::Redirect,
        Self::RedirectLoop,
        Self::Huge,
        Self::EchoPassword,
        Self::Attack,
        Self::ForgetPage,
        Self::WrongTotal,
        Self::TotalChanges,
        Self::DoubledRow,
        Self::ShortPage,
        Self::EmptyList,
        Self::DeletedRow,
    ];

    /// Its name, without a value.
    pub fn name(self) -> &'static str {
        match self {
            Self::Slow(_) => "slow",
            Self::Refuse => "refuse",
            Self::Reset => "reset",
            Self::BlackHole => "black-hole",
            Self::Cut(_) => "cut",
            Self::ByteByByte => "byte-by-byte",
            Self::Garble => "garble",
            Self::Html => "html",
            Self::Html503 => "html-503",
            Self::Empty => "empty",
            Self::WrongType => "wrong-type",
            Self::UnauthorizedOnce => "401-once",
            Self::UnauthorizedAfter(_) => "401-after",
            Self::TooMany(Some(_)) => "429",
            Self::TooMany(None) => "429-bare",
            Self::ServerError => "500",
            Self::BadGateway => "502",
            Self::Unavailable => "503",
            Self::GatewayTimeout => "504",
            Self::Redirect => "redirect",
            Self::RedirectLoop => "redirect-loop",
            Self::Huge => "huge",
            Self::EchoPassword => "echo-password",
            Self::Attack => "attack",
            Self::ForgetPage => "forget-page",
            Self::WrongTotal => "wrong-total",
            Self::TotalChanges => "total-changes",
            Self::DoubledRow => "doubled-row",
            Self::ShortPage => "short-page",
            Self::EmptyList => "empty-list",
            Self::DeletedRow => "deleted-row",
        }
    }

    /// The same fault with another value; `None` where it takes none, or not this one.
    fn with_value(self, value: &str) -> Option<Self> {
        Some(match self {
            Self::Slow(_) => Self::Slow(value.parse::<SignedDuration>().ok()?.try_into().ok()?),
            Self::Cut(_) => Self::Cut(value.parse().ok()?),
            Self::UnauthorizedAfter(_) => Self::UnauthorizedAfter(value.parse().ok()?),
            Self::TooMany(Some(_)) => Self::TooMany(Some(value.parse().ok()?)),
            _ => return None,
        })
    }
}

/// `name` or `name=value`, as it is parsed.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())?;
        match self {
            Self::Slow(delay) => write!(formatter, "={delay:?}"),
            Self::Cut(bytes) => write!(formatter, "={bytes}"),
            Self::UnauthorizedAfter(number) | Self::TooMany(Some(number)) => {
                write!(formatter, "={number}")
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for Fault {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let Some(usual) = Self::ALL.into_iter().find(|fault| fault.name() == name) else {
            let names = Self::ALL.map(Self::name).join(", ");
            return Err(Error::usage(format!("there is no fault called {name}"))
                .hint(format!("the faults are: {names}")));
        };
        let Some(value) = value else {
            return Ok(usual);
        };
        usual.with_value(value).ok_or_else(|| {
            Error::usage(format!("the fault {name} does not take {value}"))
                .hint("values are for slow=2s, cut=100, 401-after=2 and 429=1")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_parsed_from_what_it_is_called() {
        for fault in Fault::ALL {
            assert_eq!(fault.to_string().parse::<Fault>().unwrap(), fault);
            assert_eq!(fault.name().parse::<Fault>().unwrap(), fault);
        }
    }

    #[test]
    fn values_are_taken_where_they_mean_something() {
        let table = [
            ("slow=500ms", Some(Fault::Slow(Duration::from_millis(500)))),
            ("cut=0", Some(Fault::Cut(0))),
            ("429=7", Some(Fault::TooMany(Some(7)))),
            ("cut=many", None),
            ("slow=-1s", None),
            ("reset=1", None),
            ("429-bare=1", None),
            ("gremlins", None),
        ];
        for (text, fault) in table {
            assert_eq!(text.parse::<Fault>().ok(), fault, "{text}");
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "gremlins".parse::<Fault>().unwrap_err();
        assert!(error.advice().unwrap_or_default().contains("total-changes"));
    }
}
