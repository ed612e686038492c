//! Who is listed, and who is sent.

use selaras::sim::central::SYNC;

use super::hall::{Hall, flat, mask, push, until};
use crate::tui::stage::Asked;

#[test]
fn six_of_thirteen_rows_are_pushed_by_keyboard_and_then_nothing_has_changed() {
    let hall = Hall::open();
    let mut stage = hall.sit(100, 30);
    let figures = "13 rows, 7 excluded by role, 6 to send, 0 refused";
    let screen = until(&mut stage, figures);
    assert!(flat(&screen).contains("none in the integration log yet"));
    insta::assert_snapshot!(mask(&screen));

    stage.press("s").settle();
    let asked = flat(&stage.screen());
    let url = format!("{}{SYNC}", hall.world.central().url());
    assert!(asked.contains("send 6 officials to"), "{asked}");
    assert!(asked.contains(&url) && hall.world.central().payloads().is_empty());
    let screen = stage.press("Enter").settle();
    let screen = until(screen, "✓ the central API took in 6 officials");
    let result = flat(&screen);
    for words in [
        "code 200",
        "message Sinkronisasi 6 pengguna berhasil",
        "took",
    ] {
        assert!(result.contains(words), "{screen}");
    }
    assert_eq!(hall.sent(0), [4, 6, 7, 8, 9, 10]);
    assert_eq!(hall.world.central().forwarded_to().len(), 6);

    let screen = stage.resize(80, 24).press("Esc").settle();
    let screen = until(screen, "a push does no harm");
    let seen = flat(&screen);
    assert!(
        seen.contains("changes nothing changed since 20"),
        "{screen}"
    );
    assert!(seen.contains(": 200, 6 officials"), "{screen}");
    insta::assert_snapshot!(mask(&screen));
    push(&mut stage);
    until(&mut stage, "took in 6 officials");
    assert_eq!(hall.world.central().payloads().len(), 2);
}

#[test]
fn who_is_left_out_stays_out_after_another_look_and_is_not_sent() {
    let hall = Hall::open();
    let mut stage = hall.sit(100, 30);
    until(&mut stage, "6 to send");
    stage.press("j").press("Space").press("j").press("Space");
    until(&mut stage, "4 to send, 0 refused, 2 left out");
    stage.press("Space").settle();
    until(&mut stage, "5 to send, 0 refused, 1 left out");
    hall.change("UPDATE users SET jabatan = 'Sekretaris' WHERE id = 4");
    stage.press("r").settle();
    let screen = until(&mut stage, "5 to send, 0 refused, 1 left out");
    assert!(screen.contains("Sekretaris "), "{screen}");
    stage.press("s").settle();
    assert!(flat(&stage.screen()).contains("○ 1 official is left out"));
    stage.press("Enter");
    until(&mut stage, "took in 5 officials");
    assert_eq!(hall.sent(0), [4, 7, 8, 9, 10]);
    // A clean push takes everybody in again; who was left out is new to the central API.
    stage.press("Esc").settle();
    let screen = until(&mut stage, "6 to send, 0 refused");
    assert!(
        flat(&screen).contains("1 new, 0 changed, 0 gone"),
        "{screen}"
    );
}

#[test]
fn the_payload_is_shown_and_copied_byte_for_byte() {
    let hall = Hall::open();
    let mut stage = hall.sit(80, 24);
    until(&mut stage, "6 to send");
    let shown = stage.press("v").settle().screen();
    assert!(shown.contains("Payload, as it is sent"), "{shown}");
    stage.press("y").settle();
    let copied = match stage.asked().last() {
        Some(Asked::Copy(payload)) => payload.clone(),
        other => panic!("{other:?}"),
    };
    let lines = shown.lines().filter_map(|line| line.strip_prefix("│ "));
    let lines = lines.map(|line| line.trim_end_matches(['│', '█', ' ']));
    let squeezed = |text: &str| text.replace(' ', "");
    let seen = squeezed(&lines.collect::<String>());
    assert!(
        seen.starts_with(r#"{"users":[{"id":4,"username":"sekcam""#),
        "{seen}"
    );
    assert!(squeezed(&copied).starts_with(&seen), "{seen}");
    stage.press("v").settle();
    push(&mut stage);
    until(&mut stage, "took in 6 officials");
    assert_eq!(hall.world.central().payloads(), [copied]);
}

#[test]
fn a_filter_narrows_a_detail_shows_all_and_esc_goes_back_step_by_step() {
    let hall = Hall::open();
    let mut stage = hall.sit(80, 24);
    until(&mut stage, "6 of 13 rows");
    stage.press("/").type_text("kesejahteraan").press("Enter");
    let screen = until(&mut stage, "1 of 13 rows");
    assert!(screen.contains("kasi_kesos") && !screen.contains("sekcam"));
    let screen = stage.press("Enter").settle().screen();
    let detail = "jabatan Kepala Seksi Kesejahteraan Sosial";
    assert!(flat(&screen).contains(detail), "{screen}");
    stage.press("y").settle();
    assert_eq!(stage.asked(), [Asked::Copy("kasi_kesos".to_owned())]);
    stage.press("Esc").settle();
    until(&mut stage, "1 of 13 rows");
    stage.press("Esc").settle();
    until(&mut stage, "6 of 13 rows");
    assert!(hall.world.central().payloads().is_empty());
}
