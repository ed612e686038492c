//! The checks between a plan and the database; one function guards every path.

use super::plan::{Guard, GuardName, Plan};
use super::store::Index;
use crate::engine::Seal;
use crate::error::Result;
use crate::text::{count, plural};

#[derive(Clone, Debug)]
pub struct Figures<'a> {
    /// What a server's list says; `None` where no list is involved (undo).
    pub listing: Option<List<'a>>,
    /// How many users of the location are active now.
    pub active_now: u64,
    /// How many users would become inactive.
    pub deactivations: u64,
    /// Whether users are unique by e-mail and location; `Err` says what they are instead.
    pub schema: Result<(), String>,
}

/// What the checks look at in a list.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// Whether nobody is missing.
    pub complete: bool,
    /// Why it is not complete; else what its end was recognised by, where that is worth saying.
    pub why: Option<&'a str>,
    pub rows: u64,
    pub pages: u64,
}

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `max_deactivate`.
    pub deactivations: u64,
    /// `max_deactivate_percent`, of the active users of the location.
    pub percent: u64,
    /// `--max-deactivate` or the figure typed; replaces both limits.
    pub allowed: Option<u64>,
    /// `--allow-empty`.
    pub empty: bool,
}

impl Plan {
    /// Allows as many deactivations at a location as a person typed; the guard decides anew.
    pub fn allow(&mut self, code: &str, figure: u64) -> Result<()> {
        let limits = Limits {
            deactivations: 0,
            percent: 0,
            allowed: Some(figure),
            empty: false,
        };
        for location in &mut self.locations {
            if location.code == code {
                let count = location.deactivations() as u64;
                let again = deactivations(count, location.active_now, &limits);
                let mut guards = location.guards.iter_mut();
                if let Some(guard) = guards.find(|guard| guard.name == again.name) {
                    *guard = again;
                }
            }
        }
        self.reseal()
    }
}

/// Whether these unique indexes hold users apart by e-mail and location; `Err` says what they do.
pub fn schema_of(indexes: &[Index]) -> Result<(), String> {
    let by = if indexes.iter().any(Index::is_old) {
        "users are unique by (email) alone"
    } else if indexes.iter().any(Index::is_new) {
        return Ok(());
    } else {
        "users are not unique by (email, location_id)"
    };
    Err(format!("{by}: run `selaras users migrate` first"))
}

pub fn check(figures: &Figures<'_>, limits: &Limits) -> Vec<Guard> {
    let list = figures.listing.iter().flat_map(|list| {
        // Of a list that did not arrive nobody knows whether it is empty.
        let arrived = list.complete || list.rows > 0;
        let not_empty = arrived.then(|| not_empty(list, figures.active_now, limits));
        std::iter::once(complete(list)).chain(not_empty)
    });
    let deactivations = deactivations(figures.deactivations, figures.active_now, limits);
    let schema = Guard {
        name: GuardName::Schema,
        passed: figures.schema.is_ok(),
        detail: match &figures.schema {
            Ok(()) => "users are unique by (email, location_id)".to_owned(),
            Err(why) => why.clone(),
        },
    };
    list.chain([deactivations, schema]).collect()
}

fn complete(list: &List<'_>) -> Guard {
    let (rows, pages) = (plural(list.rows, "row"), plural(list.pages, "page"));
    let detail = match (list.complete, list.why) {
        (true, None) => format!("{rows} on {pages}, complete"),
        (true, Some(end)) => format!("{rows} on {pages}, complete: {end}"),
        (false, why) => format!("the list is not complete: {}", why.unwrap_or_default()),
    };
    Guard {
        name: GuardName::Complete,
        passed: list.complete,
        detail,
    }
}

fn not_empty(list: &List<'_>, active: u64, limits: &Limits) -> Guard {
    let detail = match (list.rows, limits.empty) {
        (0, true) => "the list is empty, allowed by --allow-empty".to_owned(),
        (0, false) if active == 0 => "the list is empty, and nobody is active here".to_owned(),
        (0, false) => format!(
            "the list is empty while {} are active here",
            plural(active, "user")
        ),
        (rows, _) => format!("the list has {}", plural(rows, "row")),
    };
    Guard {
        name: GuardName::NotEmpty,
        passed: list.rows > 0 || limits.empty || active == 0,
        detail,
    }
}

/// Trips at two or more deactivations that are over either limit, or over the allowed number.
fn deactivations(number: u64, active: u64, limits: &Limits) -> Guard {
    let over_percent = u128::from(number) * 100 > u128::from(limits.percent) * u128::from(active);
    let within_limits = number < 2 || (number <= limits.deactivations && !over_percent);
    let users = plural(active, "active user");
    let detail = if number == 0 {
        format!("0 of {users} would be deactivated")
    } else {
        let share = percent(number, active);
        let limit = match limits.allowed {
            Some(allowed) => format!("allowed: {}", count(allowed)),
            None => format!(
                "limits: {} and {} %",
                count(limits.deactivations),
                limits.percent
            ),
        };
        let number = count(number);
        format!("{number} of {users} would be deactivated ({share} %; {limit})")
    };
    Guard {
        name: GuardName::Deactivations,
        passed: (limits.allowed).map_or(within_limits, |allowed| number <= allowed),
        detail,
    }
}

/// A share with one decimal, without it when it is whole: `16.7`, `75`.
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "100".to_owned();
    }
    let tenths = (u128::from(part) * 1_000 + u128::from(whole) / 2) / u128::from(whole);
    if tenths.is_multiple_of(10) {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits {
        deactivations: 100,
        percent: 20,
        allowed: None,
        empty: false,
    };

    const LIST: List<'_> = List {
        complete: true,
        why: None,
        rows: 0,
        pages: 0,
    };

    fn figures(listing: Option<List<'_>>, active_now: u64, deactivations: u64) -> Figures<'_> {
        Figures {
            listing,
            active_now,
            deactivations,
            schema: Ok(()),
        }
    }

    fn passes(count: u64, active: u64, allowed: Option<u64>) -> bool {
        let figures = figures(None, active, count);
        let guards = check(&figures, &Limits { allowed, ..LIMITS });
        guards.iter().all(|guard| guard.passed)
    }

    #[test]
    fn deactivations_trip_at_two_or_more_over_either_limit() {
        let table = [
            // count, active, allowed, passes
            (0, 0, None, true),
            (1, 1, None, true),
            (2, 12, None, true),
            (2, 10, None, true),
            (2, 9, None, false),
            (3, 4, None, false),
            (100, 1_000, None, true),
            (101, 100_000, None, false),
            (3, 4, Some(3), true),
            (3, 4, Some(2), false),
            (1, 4, Some(0), false),
            (800, 800, Some(800), true),
        ];
        for (count, active, allowed, wanted) in table {
            assert_eq!(
                passes(count, active, allowed),
                wanted,
                "{count} of {active}, {allowed:?}"
            );
        }
    }

    #[test]
    fn an_empty_list_trips_only_where_somebody_is_active() {
        for (active, empty, wanted) in [(0, false, true), (1, false, false), (1, true, true)] {
            let limits = Limits { empty, ..LIMITS };
            let guards = check(&figures(Some(LIST), active, 0), &limits);
            assert_eq!(guards[1].passed, wanted, "{active} active");
        }
    }

    #[test]
    fn a_list_that_did_not_arrive_is_not_called_empty() {
        let list = List {
            complete: false,
            why: Some("page 1: 500"),
            ..LIST
        };
        let guards = check(&figures(Some(list), 12, 0), &LIMITS);
        let told = guards.iter().map(|guard| (guard.name, guard.passed));
        let told: Vec<_> = told.collect();
        let wanted = [
            (GuardName::Complete, false),
            (GuardName::Deactivations, true),
            (GuardName::Schema, true),
        ];
        assert_eq!(told, wanted);
    }

    proptest! {
        #[test]
        fn more_deactivations_never_pass_where_fewer_tripped(
            count in 0_u64..2_000, more in 0_u64..2_000, active in 0_u64..5_000
        ) {
            prop_assert!(passes(count, active, None) || !passes(count + more.max(1), active, None));
        }
    }
}
