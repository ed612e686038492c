use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits {
    most: 10,
    per_second: None,
    too_many: Duration::from_secs(5),
    probe: Duration::from_secs(5),
    outage: Duration::from_mins(5),
};

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn go(limiter: &mut Limiter, question: u64, now: Instant) -> Ticket {
    match limiter.admit(Route::Staff, question, now) {
        (Admission::Go(ticket), None) => ticket,
        other => panic!("{other:?}"),
    }
}

fn failed() -> Outcome {
    Outcome::Failed("503".to_owned())
}

/// As many at once as there is room for, all with the same outcome after `took`.
fn round(limiter: &mut Limiter, now: Instant, took: Duration, outcome: &Outcome) -> usize {
    let mut tickets = Vec::new();
    while let (Admission::Go(ticket), _) = limiter.admit(Route::Staff, tickets.len() as u64, now) {
        tickets.push(ticket);
    }
    for ticket in &tickets {
        limiter.settle(ticket, outcome.clone(), now + took);
    }
    tickets.len()
}

#[test]
fn a_healthy_portal_is_always_asked_by_all() {
    for latency in [0, 1, 50, 2_000] {
        let mut limiter = Limiter::new(LIMITS);
        let mut now = Instant::now();
        for turn in 0..500 {
            // Up to twice the latency is jitter.
            let took = ms(latency + latency * (turn % 3) / 2);
            assert_eq!(
                round(&mut limiter, now, took, &Outcome::Answered),
                10,
                "{latency}"
            );
            now += took;
        }
    }
}

#[test]
fn one_burst_of_trouble_is_one_decrease_and_room_comes_back() {
    let mut limiter = Limiter::new(LIMITS);
    let mut now = Instant::now();
    let tickets: Vec<_> = (0..3).map(|_| go(&mut limiter, 1, now)).collect();
    for ticket in &tickets {
        limiter.settle(ticket, failed(), now + ms(50));
    }
    assert_eq!(limiter.at_once(), 7);
    now += ms(50);
    let sizes: Vec<_> = (0..5)
        .map(|turn| {
            round(
                &mut limiter,
                now + ms(50) * turn,
                ms(50),
                &Outcome::Answered,
            )
        })
        .collect();
    assert_eq!(sizes, [7, 7, 8, 9, 10]);
}

#[test]
fn rising_latency_makes_fewer_requests_at_once() {
    let mut limiter = Limiter::new(LIMITS);
    let mut now = Instant::now();
    for _ in 0..20 {
        round(&mut limiter, now, ms(50), &Outcome::Answered);
        now += ms(50);
    }
    for _ in 0..3 {
        round(&mut limiter, now, ms(1_000), &Outcome::Answered);
        now += ms(1_000);
    }
    assert!(limiter.at_once() <= 5, "{}", limiter.at_once());
    // What is slower for good is the usual latency at some time.
    for _ in 0..5_000 {
        round(&mut limiter, now, ms(1_000), &Outcome::Answered);
        now += ms(1_000);
    }
    assert_eq!(limiter.at_once(), 10);
}

#[test]
fn a_429_pauses_all_and_teaches_a_rate() {
    let mut limiter = Limiter::new(LIMITS);
    let now = Instant::now();
    let (one, other) = (go(&mut limiter, 1, now), go(&mut limiter, 2, now));
    let wait = Some(Duration::from_secs(7));
    let told = limiter.settle(&one, Outcome::TooMany(wait), now + ms(10));
    assert_eq!(told, Some(Change::TooMany(Duration::from_secs(7))));
    let told = limiter.settle(&other, Outcome::TooMany(None), now + ms(20));
    assert_eq!(told, None, "one pause is told once");
    let until = now + ms(7_010);
    let waits = limiter.admit(Route::Schools, 3, now + ms(6_000));
    assert!(matches!(waits, (Admission::Wait(Some(at)), None) if at == until));
    assert!(limiter.pause(now + ms(6_000)).is_some() && limiter.pause(until).is_none());
    let ticket = go(&mut limiter, 3, until);
    assert!(limiter.rate().ceiling(until).is_some());
    limiter.settle(&ticket, Outcome::Answered, until + ms(1));
}

/// How long `count` requests take at a portal that answers at once, `ceiling` of them in any `window`,
/// and refuses the others without saying how long.
fn time_under(ceiling: usize, window: Duration, too_many: Duration, count: usize) -> Duration {
    let mut limiter = Limiter::new(Limits { too_many, ..LIMITS });
    let start = Instant::now();
    let (mut now, mut let_in) = (start, Vec::new());
    while let_in.len() < count {
        match limiter.admit(Route::Staff, 1, now).0 {
            Admission::Go(ticket) => {
                let recent = let_in.iter().rev().take(ceiling);
                let recent = recent.filter(|at: &&Instant| **at + window > now).count();
                let outcome = if recent < ceiling {
                    let_in.push(now);
                    Outcome::Answered
                } else {
                    Outcome::TooMany(None)
                };
                limiter.settle(&ticket, outcome, now);
            }
            Admission::Wait(until) => now = until.unwrap().max(now + ms(1)),
            Admission::Gone => panic!("given up after {:?}", now - start),
        }
    }
    now - start
}

#[test]
fn a_refusal_that_is_repeated_until_its_window_is_over_teaches_the_ceiling_and_no_less() {
    let table = [
        // Ceiling, window and wait in milliseconds, requests.
        (20, 1_000, 50, 1_000),
        (20, 1_000, 5_000, 1_000),
        (600, 60_000, 5_000, 6_000),
        (60, 60_000, 5_000, 600),
    ];
    for (ceiling, window, wait, count) in table {
        let took = time_under(ceiling, ms(window), ms(wait), count);
        let least = ms(window) * u32::try_from(count / ceiling - 1).unwrap();
        let ratio = took.as_secs_f64() / least.as_secs_f64();
        assert!(ratio < 1.7, "{ceiling} in {window} ms: {took:?}, {ratio} ×");
    }
}

#[test]
fn a_portal_is_down_when_as_many_fail_as_are_in_force() {
    let mut limiter = Limiter::new(Limits { most: 2, ..LIMITS });
    let start = Instant::now();
    let mut now = start;
    for question in [1, 2] {
        let ticket = go(&mut limiter, question, now);
        assert_eq!(limiter.settle(&ticket, failed(), now), None);
    }
    let ticket = go(&mut limiter, 1, now);
    let down = limiter.settle(&ticket, failed(), now);
    assert_eq!(down, Some(Change::Down("503".to_owned())));
    // One look every five seconds, however many wait.
    let mut looks = 0;
    while now < start + ms(20_000) {
        if let (Admission::Go(ticket), None) = limiter.admit(Route::Staff, 3, now) {
            assert!(ticket.is_probe);
            let second = limiter.admit(Route::Staff, 4, now);
            assert!(matches!(second, (Admission::Wait(None), None)));
            assert_eq!(limiter.settle(&ticket, failed(), now), None);
            looks += 1;
        }
        now += ms(100);
    }
    assert_eq!(looks, 3);
    let ticket = go(&mut limiter, 3, now);
    let up = limiter.settle(&ticket, Outcome::Answered, now);
    assert_eq!(up, Some(Change::Up(ms(20_000))));
    assert!(!go(&mut limiter, 3, now).is_probe);
}

#[test]
fn after_the_outage_nothing_more_is_asked() {
    let mut limiter = Limiter::new(LIMITS);
    let now = Instant::now();
    round(&mut limiter, now, Duration::ZERO, &failed());
    assert!(limiter.is_down());
    let end = now + LIMITS.outage;
    let given_up = limiter.admit(Route::Staff, 1, end);
    assert!(matches!(given_up, (Admission::Gone, Some(Change::Gone(why))) if why == "503"));
    let later = limiter.admit(Route::Staff, 1, end + ms(1));
    assert!(matches!(later, (Admission::Gone, None)));
}

#[test]
fn one_question_that_fails_again_and_again_is_no_outage() {
    let mut limiter = Limiter::new(LIMITS);
    let now = Instant::now();
    for _ in 0..20 {
        let ticket = go(&mut limiter, 1, now);
        assert_eq!(limiter.settle(&ticket, failed(), now), None);
    }
    // Nor are failures with an answer between them.
    for turn in 0..20 {
        let ticket = go(&mut limiter, turn % 3, now);
        let outcome = if turn % 2 == 1 {
            failed()
        } else {
            Outcome::Answered
        };
        assert_eq!(limiter.settle(&ticket, outcome, now), None);
    }
}

#[test]
fn a_probe_that_nobody_waits_for_keeps_nobody_waiting() {
    let mut limiter = Limiter::new(LIMITS);
    let now = Instant::now();
    round(&mut limiter, now, Duration::ZERO, &failed());
    let now = now + LIMITS.probe;
    let probe = go(&mut limiter, 1, now);
    limiter.settle(&probe, Outcome::Dropped, now);
    let again = go(&mut limiter, 2, now + LIMITS.probe);
    assert!(again.is_probe);
}

#[derive(Clone, Debug)]
enum Op {
    Admit(u64),
    Settle(usize, Outcome),
    Pass(u64),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let outcome = prop_oneof![
        4 => Just(Outcome::Answered),
        1 => Just(Outcome::TooMany(None)),
        1 => (0_u64..3).prop_map(|wait| Outcome::TooMany(Some(Duration::from_secs(wait)))),
        2 => Just(failed()),
        1 => Just(Outcome::Dropped),
    ];
    let op = prop_oneof![
        4 => (0_u64..4).prop_map(Op::Admit),
        3 => (0_usize..8, outcome).prop_map(|(at, outcome)| Op::Settle(at, outcome)),
        2 => (0_u64..3_000).prop_map(Op::Pass),
    ];
    proptest::collection::vec(op, 0..300)
}

proptest! {
    #[test]
    fn never_more_than_configured_never_none_and_no_request_in_a_pause(
        most in 1_usize..12,
        ops in ops(),
    ) {
        let mut limiter = Limiter::new(Limits { most, ..LIMITS });
        let mut now = Instant::now();
        let mut tickets: Vec<Ticket> = Vec::new();
        // No request before this moment.
        let mut quiet = now;
        for op in ops {
            match op {
                Op::Pass(passed) => now += ms(passed),
                Op::Admit(question) => {
                    let was_down = limiter.is_down();
                    let (admission, _) = limiter.admit(Route::Staff, question, now);
                    if let Admission::Go(ticket) = admission {
                        prop_assert!(now >= quiet, "sent in a pause");
                        prop_assert_eq!(ticket.is_probe, was_down);
                        let probes = tickets.iter().filter(|ticket| ticket.is_probe).count();
                        prop_assert!(!was_down || probes == 0, "two looks at once");
                        tickets.push(ticket);
                    }
                }
                Op::Settle(at, outcome) if at < tickets.len() => {
                    let ticket = tickets.remove(at);
                    let was_down = limiter.is_down();
                    let wait = match &outcome {
                        Outcome::TooMany(wait) => Some(wait.unwrap_or(LIMITS.too_many)),
                        _ => None,
                    };
                    let change = limiter.settle(&ticket, outcome, now);
                    if let Some(wait) = wait {
                        quiet = if was_down { now } else { quiet }.max(now + wait);
                    } else if matches!(change, Some(Change::Down(_))) {
                        quiet = now + LIMITS.probe;
                    } else if was_down && !limiter.is_down() {
                        quiet = now;
                    }
                }
                Op::Settle(..) => {}
            }
            prop_assert_eq!(limiter.in_flight(), tickets.len());
            prop_assert!((1..=most).contains(&limiter.at_once()));
            let usual = tickets.iter().filter(|ticket| !ticket.is_probe).count();
            prop_assert!(usual <= most);
        }
    }
}
