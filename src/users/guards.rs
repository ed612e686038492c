//! The checks that stand between a plan and the database; one function guards every path.

use super::model::{Guard, GuardName};
use super::store::Index;
use super::words;

/// What the checks look at.
#[derive(Clone, Debug)]
pub struct Figures<'a> {
    /// What a server's list says; `None` where no list is involved (undo).
    pub listing: Option<List<'a>>,
    /// How many users of the location are active now.
    pub active_now: u64,
    /// How many users would become inactive.
    pub deactivations: u64,
    /// Whether the schema holds users apart by e-mail and location.
    pub schema: Result<(), String>,
}

/// What the checks look at in a list.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// Whether nobody is missing.
    pub complete: bool,
    /// Why it is not complete; else what its end was recognised by, where that is worth saying.
    pub why: Option<&'a str>,
    /// How many rows it has.
    pub rows: u64,
    /// How many pages they came on.
    pub pages: u64,
}

/// How much is allowed.
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

impl Limits {
    /// A figure that was typed, and nothing else.
    pub fn typed(figure: u64) -> Self {
        Self {
            deactivations: 0,
            percent: 0,
            allowed: Some(figure),
            empty: false,
        }
    }
}

/// Whether these unique indexes hold users apart by e-mail and location; `Err` says what they do.
pub fn schema_of(indexes: &[Index]) -> Result<(), String> {
    if indexes.iter().any(Index::is_old) {
        Err(words::guard_schema_old())
    } else if indexes.iter().any(Index::is_new) {
        Ok(())
    } else {
        Err(words::guard_schema_none())
    }
}

/// All checks, in their order.
pub fn check(figures: &Figures<'_>, limits: &Limits) -> Vec<Guard> {
    let list = figures.listing.iter().flat_map(|list| {
        // Of a list that did not arrive nobody knows whether it is empty.
        let arrived = list.complete || list.rows > 0;
        let not_empty = arrived.then(|| not_empty(list, figures, limits));
        std::iter::once(complete(list)).chain(not_empty)
    });
    let deactivations = deactivations(figures.deactivations, figures.active_now, limits);
    list.chain([deactivations, schema(figures)]).collect()
}

fn complete(list: &List<'_>) -> Guard {
    let detail = match (list.complete, list.why) {
        (true, None) => words::guard_complete(list.rows, list.pages),
        (true, Some(end)) => format!("{}: {end}", words::guard_complete(list.rows, list.pages)),
        (false, why) => words::guard_incomplete(why.unwrap_or_default()),
    };
    Guard {
        name: GuardName::Complete,
        passed: list.complete,
        detail,
    }
}

fn not_empty(list: &List<'_>, figures: &Figures<'_>, limits: &Limits) -> Guard {
    let passed = list.rows > 0 || limits.empty || figures.active_now == 0;
    let detail = words::guard_not_empty(list.rows, figures.active_now, limits.empty);
    Guard {
        name: GuardName::NotEmpty,
        passed,
        detail,
    }
}

/// Trips at two or more deactivations that are over either limit, or over the allowed number.
pub fn deactivations(count: u64, active: u64, limits: &Limits) -> Guard {
    let over_percent = u128::from(count) * 100 > u128::from(limits.percent) * u128::from(active);
    let within_limits = count < 2 || (count <= limits.deactivations && !over_percent);
    let passed = limits
        .allowed
        .map_or(within_limits, |allowed| count <= allowed);
    let detail = words::guard_deactivations(count, active, limits);
    Guard {
        name: GuardName::Deactivations,
        passed,
        detail,
    }
}

fn schema(figures: &Figures<'_>) -> Guard {
    let detail = match &figures.schema {
        Ok(()) => words::guard_schema(),
        Err(why) => why.clone(),
    };
    Guard {
        name: GuardName::Schema,
        passed: figures.schema.is_ok(),
        detail,
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

    fn passes(count: u64, active: u64, allowed: Option<u64>) -> bool {
        let figures = Figures {
            listing: None,
            active_now: active,
            deactivations: count,
            schema: Ok(()),
        };
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
        let list = List {
            complete: true,
            why: None,
            rows: 0,
            pages: 0,
        };
        for (active_now, empty, wanted) in [(0, false, true), (1, false, false), (1, true, true)] {
            let figures = Figures {
                listing: Some(list),
                active_now,
                deactivations: 0,
                schema: Ok(()),
            };
            let guards = check(&figures, &Limits { empty, ..LIMITS });
            assert_eq!(guards[1].passed, wanted, "{active_now} active");
        }
    }

    #[test]
    fn a_list_that_did_not_arrive_is_not_called_empty() {
        let list = List {
            complete: false,
            why: Some("page 1: 500"),
            rows: 0,
            pages: 0,
        };
        let figures = Figures {
            listing: Some(list),
            active_now: 12,
            deactivations: 0,
            schema: Ok(()),
        };
        let guards = check(&figures, &LIMITS);
        let told: Vec<_> = guards
            .iter()
            .map(|guard| (guard.name, guard.passed))
            .collect();
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
