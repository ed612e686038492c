//! Which requests a fault befalls: rules, and their counts.
//!
//! Knows of a request its path, and whether it carries a token; nothing of what the fault does.

use std::time::Duration;

use super::Fault;

/// Which of the requests that arrive since the rule was set, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// All of them.
    Always,
    /// This one alone.
    At(u64),
    /// So many from the first on.
    First(u64),
}

/// A fault and the requests it befalls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What goes wrong.
    pub fault: Fault,
    /// At which requests.
    pub when: When,
    /// Where given, only requests whose path begins so are befallen, or counted.
    pub path: Option<String>,
}

impl Rule {
    /// `fault` at every request.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            when: When::Always,
            path: None,
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

    /// Whether it befalls the very next request, whatever that is.
    pub(in crate::sim) fn is_due_first(&self) -> bool {
        self.path.is_none() && !matches!(self.when, When::At(2..) | When::First(0))
    }
}

impl From<Fault> for Rule {
    fn from(fault: Fault) -> Self {
        Self::new(fault)
    }
}

/// What a rule needs to know of a request.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Arrival<'a> {
    pub path: &'a str,
    pub has_token: bool,
}

/// What befalls one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sim) struct Due {
    /// All delays together.
    pub delay: Duration,
    /// The first other fault that is due, in the order of setting.
    pub fault: Option<Fault>,
}

/// The rules that are set, with their counts.
#[derive(Debug, Default)]
pub(in crate::sim) struct Rules(Vec<Counted>);

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

    /// Forgets all rules.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Counts a request and says what befalls it.
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
    /// Counts a request and says whether the rule befalls it.
    fn meet(&mut self, arrival: Arrival<'_>) -> bool {
        let path = self.rule.path.as_deref().unwrap_or_default();
        if !arrival.path.starts_with(path) {
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

    /// Which of eight requests to `/list`, each after one to `/login`, a rule befalls.
    fn befallen(rule: Rule) -> Vec<u64> {
        let mut rules = Rules::default();
        rules.add(rule);
        let mut numbers = Vec::new();
        for number in 1..=8 {
            for (path, has_token) in [("/login", false), ("/list", true)] {
                let due = rules.meet(Arrival { path, has_token });
                if due.fault.is_some() && path == "/list" {
                    numbers.push(number);
                }
            }
        }
        numbers
    }

    #[test]
    fn a_rule_befalls_the_requests_it_names() {
        let table = [
            (Rule::new(Fault::Reset).on("/list").at(3), vec![3]),
            (Rule::new(Fault::Reset).on("/list").first(2), vec![1, 2]),
            (Rule::new(Fault::Reset).on("/login"), vec![]),
            (Rule::new(Fault::Reset).at(6), vec![3]),
            (Rule::new(Fault::Reset).at(5), vec![]),
            (Rule::new(Fault::UnauthorizedOnce), vec![1]),
            (Rule::new(Fault::UnauthorizedAfter(6)), vec![7, 8]),
        ];
        for (rule, numbers) in table {
            assert_eq!(befallen(rule.clone()), numbers, "{rule:?}");
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
            has_token: false,
        });
        assert_eq!(due.delay, Duration::from_millis(1_020));
        assert_eq!(due.fault, Some(Fault::Unavailable));
    }
}
