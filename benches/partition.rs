//! Who is new, back, gone or the same among a million users there and a million here, by sorting
//! both lists of e-mails and merging them.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends where it cannot continue"
)]

mod measure;

use std::cmp::Ordering;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use measure::{Best, finish};
use selaras::users::listing::{End, Ending, Listing, Received};
use selaras::users::model::{LocalUser, RemoteUser, Status};
use selaras::users::partition::{Rules, partition};

const MANY: u64 = 1_000_000;
/// How many of those there are absent here, and the other way round.
const APART: u64 = 10_000;
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let there: Vec<_> = scattered().map(email).collect();
    let here: Vec<_> = scattered().map(|number| email(number + APART)).collect();
    let users = there.iter().zip(1_u64..).map(|(email, id)| RemoteUser {
        id: Some(id.to_string()),
        email: email.clone(),
        name: None,
        active: true,
    });
    let users = users.collect();
    let seen = Received {
        users,
        pages: 10_000,
        total: Some(MANY),
        earlier: None,
    };
    let ending = Ending {
        end: End::LastPage(seen.pages),
        is_confirmed: true,
        contradiction: None,
    };
    let listing = Listing::Complete(seen, ending);
    let local = here.iter().zip(1..).map(|(email, id)| LocalUser {
        id,
        email: email.clone(),
        status: Status::Active,
    });
    let local: Vec<_> = local.collect();
    let rules = Rules {
        key: &|email| email.to_owned(),
        protected: &|_| false,
    };
    let mut best = Best::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let classes = partition(&listing, &local, &rules);
        best.ours(began);
        let counts = [
            classes.new.len(),
            classes.deactivate.len(),
            classes.unchanged.len(),
        ];
        let (there, here) = (there.clone(), here.clone());
        let began = Instant::now();
        let merged = black_box(sort_and_merge(there, here));
        best.theirs(began);
        assert_eq!(counts, merged);
    }
    finish(
        "sort and merge",
        &[best.race("partition of 1 000 000 × 1 000 000 users", 3.0)],
    )
}

/// The numbers below a million, each once, in no order.
fn scattered() -> impl Iterator<Item = u64> {
    // Coprime to a million: a walk in these steps comes to every number.
    (0..MANY).map(|step| step * 700_001 % MANY)
}

fn email(number: u64) -> String {
    format!("pengguna_{number:07}@dkm")
}

/// How many are on the left only, on the right only, on both.
fn sort_and_merge(mut left: Vec<String>, mut right: Vec<String>) -> [usize; 3] {
    left.sort_unstable();
    right.sort_unstable();
    let mut counts = [0; 3];
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some(one), Some(other)) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return counts,
        };
        counts[match order {
            Ordering::Less => 0,
            Ordering::Greater => 1,
            Ordering::Equal => 2,
        }] += 1;
        if order.is_le() {
            left.next();
        }
        if order.is_ge() {
            right.next();
        }
    }
}
