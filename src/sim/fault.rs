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

/// The length of the body of [`Fault::Huge`], at least.
pub const HUGE: usize = 100 * 1024 * 1024;

/// One sort of misbehaviour. Those of a listing do nothing to other answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The answer comes later.
    Slow(Duration),
    /// From this request on the port is closed, until the faults are cleared: kept connections close,
    /// new ones are refused. A rule that is due for the first request acts when it is set.
    Refuse,
    Reset,
    /// The request is taken, an answer never comes.
    BlackHole,
    /// The connection closes after this many bytes of the answer, its head counted in.
    Cut(usize),
    /// Every byte is written by itself.
    ByteByByte,
    /// The answer's JSON breaks off and continues with rubbish.
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
    ServerError,
    BadGateway,
    Unavailable,
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

/// Which of the requests that arrive since the rule was set, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    At(u64),
    /// So many from the first on.
    First(u64),
}

/// A fault and the requests that meet it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub fault: Fault,
    pub when: When,
    /// Where given, only requests whose path begins so meet it, or are counted.
    pub path: Option<String>,
    /// Where given, only requests whose query has this pair, such as `npsn=20400101`, meet it, or
    /// are counted.
    pub query: Option<String>,
}

impl Rule {
    /// `fault` at every request.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            when: When::Always,
            path: None,
            query: None,
        }
    }

    /// Only at request `number`, counted from 1.
    #[must_use]
    pub fn at(mut self, number: u64) -> Self {
        self.when = When::At(number);
        self
    }

    /// Only at the first `times` requests.
    #[must_use]
    pub fn first(mut self, times: u64) -> Self {
        self.when = When::First(times);
        self
    }

    /// Only at requests whose path begins with `path`; the others are not counted either.
    #[must_use]
    pub fn on(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Only at requests whose query has `pair` as it stands; the others are not counted either.
    #[must_use]
    pub fn with_query(mut self, pair: impl Into<String>) -> Self {
        self.query = Some(pair.into());
        self
    }

    /// Whether the very next request meets it.
    pub(super) fn is_due_first(&self) -> bool {
        let is_for_any = self.path.is_none() && self.query.is_none();
        is_for_any && !matches!(self.when, When::At(2..) | When::First(0))
    }
}

impl From<Fault> for Rule {
    fn from(fault: Fault) -> Self {
        Self::new(fault)
    }
}

/// What a rule needs to know of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival<'a> {
    pub path: &'a str,
    pub query: &'a str,
    pub has_token: bool,
}

/// The faults that one request meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// All delays together.
    pub delay: Duration,
    /// The first other fault that is due, in the order of setting.
    pub fault: Option<Fault>,
}

/// The rules that are set, with their counts.
#[derive(Debug, Default)]
pub(super) struct Rules(Vec<Counted>);

#[derive(Debug)]
struct Counted {
    rule: Rule,
    arrived: u64,
    with_token: u64,
}

impl Rules {
    /// Adds a rule; its count starts now.
    pub fn add(&mut self, rule: Rule) {
        self.0.push(Counted {
            rule,
            arrived: 0,
            with_token: 0,
        });
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Counts a request; the faults that it meets.
    pub fn meet(&mut self, arrival: Arrival<'_>) -> Due {
        let mut due = Due::default();
        for counted in &mut self.0 {
            if !counted.meet(arrival) {
                continue;
            }
            match counted.rule.fault {
                Fault::Slow(delay) => due.delay += delay,
                fault => due.fault = due.fault.or(Some(fault)),
            }
        }
        due
    }
}

impl Counted {
    /// Counts a request; whether it meets the rule.
    fn meet(&mut self, arrival: Arrival<'_>) -> bool {
        let path = self.rule.path.as_deref().unwrap_or_default();
        let wanted = self.rule.query.as_deref();
        let has_query = wanted.is_none_or(|pair| arrival.query.split('&').any(|it| it == pair));
        if !arrival.path.starts_with(path) || !has_query {
            return false;
        }
        self.arrived += 1;
        let selected = match self.rule.when {
            When::Always => true,
            When::At(number) => self.arrived == number,
            When::First(times) => self.arrived <= times,
        };
        self.with_token += u64::from(selected && arrival.has_token);
        match self.rule.fault {
            Fault::UnauthorizedOnce => selected && arrival.has_token && self.with_token == 1,
            Fault::UnauthorizedAfter(calls) => {
                selected && arrival.has_token && self.with_token > calls
            }
            _ => selected,
        }
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

    /// Which of eight requests to `/list`, each after one to `/login`, meet a rule.
    fn meeting(rule: Rule) -> Vec<u64> {
        let mut rules = Rules::default();
        rules.add(rule);
        let mut numbers = Vec::new();
        for number in 1..=8 {
            for (path, has_token) in [("/login", false), ("/list", true)] {
                let query = if number % 2 == 0 { "a=1&b=22" } else { "a=1" };
                let due = rules.meet(Arrival {
                    path,
                    query,
                    has_token,
                });
                if due.fault.is_some() && path == "/list" {
                    numbers.push(number);
                }
            }
        }
        numbers
    }

    #[test]
    fn a_rule_is_met_by_the_requests_it_names() {
        let table = [
            (Rule::new(Fault::Reset).on("/list").at(3), vec![3]),
            (Rule::new(Fault::Reset).on("/list").first(2), vec![1, 2]),
            (Rule::new(Fault::Reset).on("/login"), vec![]),
            (Rule::new(Fault::Reset).with_query("b=22"), vec![2, 4, 6, 8]),
            (
                Rule::new(Fault::Reset).on("/list").with_query("b=22").at(2),
                vec![4],
            ),
            (Rule::new(Fault::Reset).with_query("b=2"), vec![]),
            (Rule::new(Fault::Reset).at(6), vec![3]),
            (Rule::new(Fault::Reset).at(5), vec![]),
            (Rule::new(Fault::UnauthorizedOnce), vec![1]),
            (Rule::new(Fault::UnauthorizedAfter(6)), vec![7, 8]),
        ];
        for (rule, numbers) in table {
            assert_eq!(meeting(rule.clone()), numbers, "{rule:?}");
        }
    }

    #[test]
    fn delays_add_up_and_the_first_other_fault_acts() {
        let mut rules = Rules::default();
        for fault in ["slow=1s", "503", "slow=20ms", "reset"] {
            rules.add(Rule::new(fault.parse().unwrap()));
        }
        let due = rules.meet(Arrival {
            path: "/",
            query: "",
            has_token: false,
        });
        assert_eq!(due.delay, Duration::from_millis(1_020));
        assert_eq!(due.fault, Some(Fault::Unavailable));
    }
}
