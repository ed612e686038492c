//! Progress fed by frames, and by the events that came of them.

use super::*;
use crate::dapodik::region::KecamatanCode;
use proptest::prelude::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn known(rows: &[(&str, &str)]) -> Vec<Kecamatan> {
    let row = |(code, name): &(&str, &str)| Kecamatan {
        code: KecamatanCode::parse(code).unwrap(),
        name: (*name).to_owned(),
        kabupaten: "Sleman".to_owned(),
    };
    rows.iter().map(row).collect()
}

fn frame(json: &str) -> Frame {
    Frame::read(json).unwrap()
}

/// What is shown after each frame: overall, in hand, through.
fn shown(progress: &mut Progress, frames: &[&str]) -> Vec<(u64, Option<u64>, Option<u64>)> {
    let mut seconds = 0;
    let mut rows = Vec::new();
    for json in frames {
        seconds += 1;
        progress.frame(&frame(json), at(seconds));
        let through = progress.count().map(|(done, _)| done);
        rows.push((progress.percent(), progress.here(), through));
    }
    rows
}

#[test]
fn a_hundred_is_shown_when_it_is_done_and_not_before() {
    let mut progress = Progress::new(&[]);
    let rows = shown(
        &mut progress,
        &[
            r#"{"message":"Memulai...","progress":0}"#,
            r#"{"current":16,"total":17,"progress":94}"#,
            r#"{"current":17,"total":17,"progress":100}"#,
            r#"{"message":"...","progress":99,"progressKec":50}"#,
            r#"{"message":"no figures"}"#,
            r#"{"progress":100,"done":true}"#,
        ],
    );
    assert_eq!(
        rows,
        [
            (0, None, None),
            // Of the one in hand nothing was said yet.
            (88, None, Some(15)),
            (94, None, Some(16)),
            (97, Some(50), Some(16)),
            (97, Some(50), Some(16)),
            (100, Some(50), Some(17)),
        ]
    );
}

#[test]
fn a_kecamatan_that_is_counted_before_its_work_brings_no_end_nearer() {
    let mut progress = Progress::new(&[]);
    for number in 1..=5_i64 {
        let announced = format!(
            "{{\"current\":{number},\"total\":17,\"progress\":{}}}",
            number * 100 / 17
        );
        progress.frame(&frame(&announced), at(number * 60));
        for part in 1..=5 {
            let json = format!("{{\"progressKec\":{}}}", part * 20);
            progress.frame(&frame(&json), at(number * 60 + part * 10));
        }
    }
    // A minute for each, and 12 to come.
    let (eta, left) = (
        progress.eta(at(350)).unwrap(),
        SignedDuration::from_mins(12),
    );
    assert_eq!(progress.percent(), 29);
    assert!(
        (eta.likely - left).abs() < SignedDuration::from_secs(20),
        "{eta:?}"
    );
    assert!(eta.soonest < left && left < eta.latest, "{eta:?}");
}

#[test]
fn a_backend_that_counts_on_for_ever_fills_neither_memory_nor_journal() {
    let mut progress = Progress::new(&[]);
    let mut items = 0;
    // Ten seconds at 20,000 frames a second.
    for number in 1..=200_000_i64 {
        let frame = Frame {
            current: u64::try_from(number).ok(),
            total: Some(3),
            ..Frame::default()
        };
        let told = progress.frame(&frame, at(0) + SignedDuration::from_micros(number * 50));
        items += told
            .iter()
            .filter(|event| matches!(event, Event::Item { .. }))
            .count();
        // What is full is said at once, and would be with every frame.
        let full = |event: &Event| matches!(event, Event::Step { done, total: Some(total), .. } if done >= total);
        assert!(!told.iter().any(full), "{told:?}");
    }
    assert!(items < 1_200, "{items} items");
    assert!(progress.places().len() < 1_000);
}

#[test]
fn names_that_change_with_every_frame_are_thinned_too() {
    let list = known(&[("34.04.01", "Gamping"), ("34.04.07", "Depok")]);
    let mut progress = Progress::new(&list);
    let mut items = 0;
    for number in 0..100_000_i64 {
        let name = ["Gamping", "Depok"][usize::try_from(number % 2).unwrap()];
        let frame = Frame {
            message: Some(format!("di {name}")),
            ..Frame::default()
        };
        let told = progress.frame(&frame, at(0) + SignedDuration::from_micros(number * 50));
        items += told
            .iter()
            .filter(|event| matches!(event, Event::Item { .. }))
            .count();
    }
    assert!(items < 1_200, "{items} items");
}

#[test]
fn a_sync_that_is_only_watched_has_no_rate_and_no_end() {
    let mut progress = Progress::new(&[]).after(Some(Duration::from_secs(170)));
    progress.event(&Event::Stage { stage: "x".into() }, at(0));
    assert_eq!(progress.eta(at(5)).unwrap().likely.as_secs(), 170);
    progress.frame(&frame(r#"{"progress":20}"#), at(30));
    assert!(progress.eta(at(31)).is_some() && progress.rate(at(31)).is_some());
    progress.event(&Progress::watched("RUNNING"), at(40));
    assert_eq!(progress.is_watched(), Some("RUNNING"));
    assert_eq!((progress.eta(at(41)), progress.rate(at(41))), (None, None));
    // A stream that is heard again is one.
    progress.frame(&frame(r#"{"progress":21}"#), at(50));
    assert_eq!(progress.is_watched(), None);
}

#[test]
fn of_chosen_kecamatan_those_through_are_counted_though_no_frame_counts_them() {
    let mut progress = Progress::new(&[]).of_chosen(2);
    let rows = shown(
        &mut progress,
        &[
            r#"{"message":"Memulai...","progress":0}"#,
            r#"{"progress":50,"progressKec":10}"#,
            r#"{"progress":50,"progressKec":100}"#,
            r#"{"progress":99,"progressKec":10}"#,
            r#"{"progress":99,"progressKec":80}"#,
            r#"{"done":true}"#,
        ],
    );
    assert_eq!(
        rows,
        [
            (0, None, Some(0)),
            (5, Some(10), Some(0)),
            (50, Some(100), Some(0)),
            (55, Some(10), Some(1)),
            (90, Some(80), Some(1)),
            (100, Some(80), Some(2)),
        ]
    );
}

#[test]
fn without_a_percentage_the_count_is_taken() {
    let mut progress = Progress::new(&[]);
    let rows = shown(
        &mut progress,
        &[r#"{"current":6,"total":10}"#, r#"{"current":7}"#, "{}"],
    );
    let overall: Vec<u64> = rows.iter().map(|row| row.0).collect();
    assert_eq!(overall, [50, 50, 50]);
    assert_eq!(progress.count(), Some((6, Some(10))));
}

#[test]
fn a_name_in_a_message_says_which_kecamatan_is_in_hand() {
    let list = known(&[
        ("34.04.01", "Gamping"),
        ("34.04.07", "Depok"),
        ("34.04.16", "Pakem"),
    ]);
    let mut progress = Progress::new(&list);
    shown(
        &mut progress,
        &[
            r#"{"message":"🚀 Memulai Sync Wilayah (2 kecamatan)..."}"#,
            r#"{"message":"Sync PTK 10/45 di Gamping...","progressKec":22}"#,
            r#"{"message":"Sync SMPN 1 Pakem di GAMPING","progressKec":10}"#,
        ],
    );
    assert_eq!(progress.place(), Some("34.04.01 Gamping (Sleman)"));
    assert_eq!(progress.here(), Some(22));
    shown(
        &mut progress,
        &[r#"{"message":"?? Depok","progressKec":3}"#],
    );
    assert_eq!(
        (progress.place(), progress.here()),
        (Some("34.04.07 Depok (Sleman)"), Some(3))
    );
    let passed: Vec<bool> = progress.places().iter().map(|place| place.passed).collect();
    assert_eq!(passed, [true, false]);
}

#[test]
fn namesakes_are_not_guessed() {
    let list = known(&[("34.02.09", "Jetis"), ("34.71.02", "Jetis")]);
    let mut progress = Progress::new(&list);
    shown(
        &mut progress,
        &[r#"{"message":"di Jetis","progressKec":50}"#],
    );
    assert_eq!(progress.place(), Some("Jetis (34.02.09 or 34.71.02)"));
}

#[test]
fn a_kecamatan_without_a_name_is_known_by_its_new_beginning() {
    let mut progress = Progress::new(&[]);
    let steps = [10, 95, 90, 5, 60].map(|here| format!("{{\"progressKec\":{here}}}"));
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let here: Vec<_> = shown(&mut progress, &steps)
        .iter()
        .map(|row| row.1)
        .collect();
    assert_eq!(here, [Some(10), Some(95), Some(95), Some(5), Some(60)]);
}

#[test]
fn silence_is_counted_from_the_last_sign() {
    let mut progress = Progress::new(&[]);
    progress.event(&Event::Stage { stage: "x".into() }, at(0));
    assert_eq!(progress.silent(at(75)).as_secs(), 75);
    progress.frame(&frame("{}"), at(80));
    assert_eq!(progress.silent(at(90)).as_secs(), 10);
    assert_eq!(progress.elapsed(at(90)).as_secs(), 90);
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let percent = || prop::option::of(0.0..=100.0);
    let count = || prop::option::of(0u64..6);
    let message = prop::option::of(prop_oneof![
        Just("di Gamping".to_owned()),
        Just("di Depok".to_owned()),
        Just("?".to_owned()),
    ]);
    (message, percent(), percent(), count(), count()).prop_map(
        |(message, progress, progress_kec, current, total)| Frame {
            message,
            progress,
            progress_kec,
            current,
            total,
            ..Frame::default()
        },
    )
}

proptest! {
    #[test]
    fn nothing_runs_backwards_and_a_face_knows_what_the_worker_knew(
        frames in prop::collection::vec(any_frame(), 0..30),
        ended in any::<bool>(),
    ) {
        let list = known(&[("34.04.01", "Gamping"), ("34.04.07", "Depok")]);
        let (mut worker, mut face) = (Progress::new(&list), Progress::new(&[]));
        let last = Frame { done: true, ..Frame::default() };
        let mut before = 0;
        for (second, frame) in (0..).zip(frames.iter().chain(ended.then_some(&last))) {
            for event in worker.frame(frame, at(second)) {
                face.event(&event, at(second));
            }
            prop_assert!(worker.percent() >= before);
            prop_assert_eq!(worker.is_done(), frame.done);
            before = worker.percent();
            prop_assert_eq!(
                (face.percent(), face.here(), face.count(), face.place(), face.places()),
                (worker.percent(), worker.here(), worker.count(), worker.place(), worker.places())
            );
            prop_assert_eq!(face.eta(at(99)), worker.eta(at(99)));
        }
    }
}

#[test]
fn the_last_frame_of_a_server_of_ours_names_what_failed() {
    let frame = Frame::read(
        r#"{"done":true,"verdict":"partial","failed_more":3,"failed":[
            {"key":"20400101","label":"20400101 SD 1","reason":"500","kecamatan":"34.04.07"},
            {"key":"34.04.01"}, {"label":"nothing"}, 7]}"#,
    )
    .unwrap();
    assert_eq!(frame.verdict, Some(crate::engine::Verdict::Partial));
    let rows = frame.failed.iter().map(|failed| {
        let kecamatan = failed.kecamatan.as_deref();
        (failed.key.as_str(), failed.label.as_str(), kecamatan)
    });
    let expected = [
        ("20400101", "20400101 SD 1", Some("34.04.07")),
        ("34.04.01", "34.04.01", None),
    ];
    assert_eq!(rows.collect::<Vec<_>>(), expected);
    assert_eq!(frame.failed_more, 3);
    for strange in [r#"{"verdict":"great","failed":"all"}"#, "{}"] {
        let frame = Frame::read(strange).unwrap();
        assert_eq!((frame.verdict, frame.failed.len()), (None, 0), "{strange}");
    }
}
