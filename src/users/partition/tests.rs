//! Tables and properties of the partition.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::users::listing::{Doubt, End, Ending, Received};

fn there(users: &[(&str, bool)]) -> Vec<RemoteUser> {
    let user = |(index, (email, active)): (usize, &(&str, bool))| RemoteUser {
        id: Some(index.to_string()),
        email: (*email).to_owned(),
        name: None,
        active: *active,
    };
    users.iter().enumerate().map(user).collect()
}

fn here(users: &[(&str, Status)]) -> Vec<LocalUser> {
    let user = |(index, (email, status)): (i128, &(&str, Status))| LocalUser {
        id: index,
        email: (*email).to_owned(),
        status: *status,
    };
    (1..).zip(users).map(user).collect()
}

fn complete(users: Vec<RemoteUser>) -> Listing {
    let seen = Received {
        users,
        pages: 1,
        ..Received::default()
    };
    let ending = Ending {
        end: End::Empty(2),
        is_confirmed: true,
        contradiction: None,
    };
    Listing::Complete(seen, ending)
}

fn sorted(listing: &Listing, local: &[LocalUser]) -> Classes {
    let rules = Rules {
        key: &|email| email.to_owned(),
        protected: &|email| email.ends_with("@kantor"),
    };
    partition(listing, local, &rules)
}

fn emails(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.email.as_str()).collect()
}

#[test]
fn every_combination_of_there_and_here_has_its_class() {
    use Status::{Active, Inactive};
    let listing = complete(there(&[
        ("new@dkm", true),
        ("ignored@dkm", false),
        ("same@dkm", true),
        ("back@dkm", true),
        ("off@dkm", false),
        ("both-off@dkm", false),
    ]));
    let local = here(&[
        ("same@dkm", Active),
        ("back@dkm", Inactive),
        ("off@dkm", Active),
        ("both-off@dkm", Inactive),
        ("absent@dkm", Active),
        ("gone@dkm", Inactive),
        ("boss@kantor", Active),
    ]);
    let classes = sorted(&listing, &local);
    assert_eq!(emails(&classes.new), ["new@dkm"]);
    assert_eq!(emails(&classes.reactivate), ["back@dkm"]);
    assert_eq!(emails(&classes.deactivate), ["absent@dkm", "off@dkm"]);
    assert_eq!(emails(&classes.unchanged), ["both-off@dkm", "same@dkm"]);
    assert_eq!(emails(&classes.protected), ["boss@kantor"]);
    assert_eq!(
        (classes.ignored, classes.gone, classes.conflict.len()),
        (1, 1, 0)
    );
}

#[test]
fn a_row_with_capitals_is_matched_and_never_doubled() {
    let listing = complete(there(&[("user1@dkm", true)]));
    let classes = sorted(&listing, &here(&[(" User1@DKM", Status::Active)]));
    assert_eq!(emails(&classes.unchanged), [" User1@DKM"]);
    assert!(classes.new.is_empty() && classes.deactivate.is_empty());
}

#[test]
fn an_unusable_or_ambiguous_user_is_a_conflict_and_nobody_is_deactivated() {
    let local = here(&[
        ("a b@dkm", Status::Active),
        ("Two@dkm", Status::Active),
        ("two@dkm", Status::Active),
    ]);
    let listing = complete(there(&[("a b@dkm", true), ("", true)]));
    let classes = sorted(&listing, &local);
    assert_eq!(classes.conflict.len(), 4, "{:?}", classes.conflict);
    assert_eq!((classes.new.len(), classes.deactivate.len()), (0, 0));
}

#[test]
fn a_row_without_an_email_cannot_be_compared_and_stays() {
    let local = here(&[(" ", Status::Active), ("a@dkm", Status::Active)]);
    let classes = sorted(&complete(there(&[("a@dkm", true)])), &local);
    assert_eq!((classes.conflict.len(), classes.deactivate.len()), (1, 0));
}

#[test]
fn two_spellings_that_the_database_holds_equal_are_a_conflict() {
    let listing = complete(there(&[
        ("jose@dkm", true),
        ("josé@dkm", true),
        ("ana@dkm", true),
    ]));
    let rules = Rules {
        key: &|email| email.replace('é', "e"),
        protected: &|_| false,
    };
    let classes = partition(&listing, &here(&[("jose@dkm", Status::Active)]), &rules);
    let named: Vec<_> = classes
        .conflict
        .iter()
        .map(|conflict| conflict.email.as_str())
        .collect();
    assert_eq!(named, ["jose@dkm", "josé@dkm"]);
    assert_eq!(emails(&classes.new), ["ana@dkm"]);
    assert!(classes.deactivate.is_empty());
}

#[test]
fn two_ids_with_one_email_are_one_user_and_a_note() {
    let listing = complete(there(&[("twice@dkm", false), ("twice@dkm", true)]));
    let classes = sorted(&listing, &[]);
    assert_eq!(emails(&classes.new), ["twice@dkm"]);
    assert_eq!(classes.repeated, ["twice@dkm"]);
}

#[test]
fn one_id_twice_is_not_two_ids() {
    let mut users = there(&[("twice@dkm", true), ("twice@dkm", true)]);
    users[1].id = Some("0".to_owned());
    let seen = Received {
        users,
        ..Received::default()
    };
    let listing = Listing::Incomplete(seen, Doubt::DoesNotAddUp("a row comes twice".to_owned()));
    assert!(sorted(&listing, &[]).repeated.is_empty());
}

#[test]
fn only_who_is_missing_in_both_readings_is_deactivated() {
    let local = here(&[
        ("both@dkm", Status::Active),
        ("First@dkm", Status::Active),
        ("second@dkm", Status::Active),
        ("neither@dkm", Status::Active),
        ("boss@kantor", Status::Active),
    ]);
    let first = complete(there(&[
        ("both@dkm", true),
        ("first@dkm", true),
        ("new1@dkm", true),
    ]));
    let second = complete(there(&[
        ("both@dkm", true),
        ("second@dkm", true),
        ("new2@dkm", true),
    ]));
    assert_eq!(sorted(&first, &local).absent, 2);
    let classes = sorted(&first.read_again(second), &local);
    assert_eq!(emails(&classes.deactivate), ["neither@dkm"]);
    assert_eq!(emails(&classes.unchanged), ["both@dkm", "second@dkm"]);
    assert_eq!(emails(&classes.new), ["new2@dkm"]);
    assert_eq!((classes.absent, classes.skipped), (1, 1));
}

#[test]
fn an_incomplete_list_deactivates_nobody() {
    let seen = Received {
        users: there(&[("new@dkm", true)]),
        pages: 1,
        total: Some(2),
        ..Received::default()
    };
    let listing = Listing::Incomplete(seen, Doubt::DoesNotAddUp("1 of 2".to_owned()));
    let classes = sorted(&listing, &here(&[("absent@dkm", Status::Active)]));
    assert_eq!(
        (classes.new.len(), classes.deactivate.len(), classes.unknown),
        (1, 0, 1)
    );
}

proptest! {
    /// Applying the plan makes the users here those that are active there, and nothing else.
    #[test]
    fn after_applying_exactly_the_active_ones_there_are_active_here(
        there_now in prop::collection::btree_map("[a-f]{1,2}@dkm", any::<bool>(), 0..20),
        here_now in prop::collection::btree_map("[a-f]{1,2}@dkm", any::<bool>(), 0..20),
    ) {
        let listing = complete(
            there(&there_now.iter().map(|(email, active)| (email.as_str(), *active)).collect::<Vec<_>>()),
        );
        let status = |active: &bool| if *active { Status::Active } else { Status::Inactive };
        let rows = here_now.iter().map(|(email, active)| (email.as_str(), status(active)));
        let classes = sorted(&listing, &here(&rows.collect::<Vec<_>>()));
        let mut after: BTreeMap<&str, bool> =
            here_now.iter().map(|(email, active)| (email.as_str(), *active)).collect();
        for row in classes.new.iter().chain(&classes.reactivate) {
            after.insert(&row.email, true);
        }
        for row in &classes.deactivate {
            after.insert(&row.email, false);
        }
        let active = |users: &BTreeMap<&str, bool>| -> BTreeSet<String> {
            users.iter().filter(|(_, active)| **active).map(|(email, _)| (*email).to_owned()).collect()
        };
        let wanted = there_now.iter().map(|(email, active)| (email.as_str(), *active)).collect();
        prop_assert_eq!(active(&after), active(&wanted));
        let counted = classes.new.len() + classes.reactivate.len() + classes.deactivate.len()
            + classes.unchanged.len();
        let all: BTreeSet<_> = there_now.keys().chain(here_now.keys()).collect();
        prop_assert_eq!(counted as u64 + classes.ignored + classes.gone, all.len() as u64);
    }
}
