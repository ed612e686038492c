//! Rows that cannot be sent, and pushes that cannot be confirmed.

use super::hall::{Hall, edit, flat, mask, push, until};

#[test]
fn refused_rows_come_first_with_their_reason_and_the_question_counts_them() {
    let hall = Hall::open();
    hall.change("UPDATE users SET username = NULL WHERE id = 10");
    hall.change("UPDATE users SET username = 'trantib ' WHERE id = 8");
    let mut stage = hall.sit(80, 24);
    let screen = until(&mut stage, "4 to send, 2 refused");
    let place = |words: &str| screen.find(words).unwrap();
    assert!(place("username is NULL") < place("kasi_pem"), "{screen}");
    insta::assert_snapshot!(mask(&screen));
    stage.press("Space");
    until(&mut stage, "this row cannot be sent: username is");
    stage.press("s").settle();
    assert!(flat(&stage.screen()).contains("✗ 2 rows are refused and not sent"));
    stage.press("Enter");
    until(&mut stage, "took in 4 officials");
    assert_eq!(hall.sent(0), [4, 6, 7, 9]);
}

#[test]
fn where_nobody_is_to_be_sent_nothing_can_be_confirmed() {
    let hall = Hall::open();
    hall.change("DELETE FROM users WHERE role = 'pimpinan' AND id > 4");
    let mut stage = hall.sit(100, 30);
    until(&mut stage, "1 to send");
    stage.press("Space").settle();
    until(&mut stage, "all were left out");
    let screen = stage.press("s").press("Enter").settle().screen();
    assert!(!screen.contains("Enter push"), "{screen}");
    hall.change("DELETE FROM users WHERE role = 'pimpinan'");
    stage.press("r").settle();
    until(
        &mut stage,
        "nobody is to be sent: no row of Docku has a role",
    );
    stage.press("s").settle();
    assert!(!stage.screen().contains("Enter push"));
    assert!(hall.world.central().payloads().is_empty());
}

#[test]
fn a_production_target_is_typed() {
    let hall = Hall::open();
    hall.set("production = true");
    let mut stage = hall.sit(80, 24);
    let screen = until(&mut stage, "6 to send");
    assert!(flat(&screen).contains("production!"), "{screen}");
    stage.press("s").settle();
    until(&mut stage, "Production! Type 127.0.0.1:");
    stage.press("Enter").settle();
    assert!(stage.screen().contains("Enter push"), "it waits");
    let url = hall.world.central().url();
    let host = url.strip_prefix("http://").unwrap();
    stage.type_text(host).settle().press("Enter");
    until(&mut stage, "took in 6 officials");
}

#[test]
fn nothing_is_written_where_it_is_read_only() {
    let hall = Hall::open();
    edit(&hall.world.config(), |text| {
        format!("read_only = true\n{text}")
    });
    let mut stage = hall.sit(100, 30);
    until(&mut stage, "read_only is set");
    stage.press("s").settle();
    assert!(!stage.screen().contains("Enter push"));
}

#[test]
fn a_part_that_is_not_set_up_says_what_it_needs_until_it_is() {
    let hall = Hall::open();
    edit(&hall.world.config(), |text| {
        text.replace("[pimpinan]", "#[pimpinan]")
    });
    let hidden = |text: String| {
        let lines = text.lines().map(|line| match line {
            line if line.contains("docku.db") || line.contains("users/sync") => {
                format!("#{line}\n")
            }
            line if line.contains("integration.log") => format!("#{line}\n"),
            line => format!("{line}\n"),
        });
        lines.collect()
    };
    edit(&hall.world.config(), hidden);
    let mut stage = hall.sit(100, 30);
    let screen = until(&mut stage, "It is not set up yet. It needs:");
    assert!(screen.contains("[pimpinan] url"), "{screen}");
    edit(&hall.world.config(), |text| text.replace('#', ""));
    let comment = "The simulated world";
    edit(&hall.world.config(), |text| {
        text.replace(comment, &format!("#{comment}"))
    });
    stage.press("r").settle();
    until(&mut stage, "6 to send");
    push(&mut stage);
    until(&mut stage, "took in 6 officials");
}
