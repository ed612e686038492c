//! Text that drives terminals, from servers and from the database, reaches the shell only as text.

use selaras::db::Value;
use selaras::sim::attack::KIT;
use selaras::sim::fault::{Fault, Rule};
use selaras::sim::locations::{LOGIN, USERS};
use selaras::sim::people::{Person, named};
use selaras::sim::world::Place;

use super::Office;
use super::office::Done;

/// Nothing but letters and line ends; no run of marks, no line without an end.
#[track_caller]
fn is_harmless(done: &Done) {
    for text in [&done.out, &done.err] {
        let strange = text.chars().find(|letter| {
            let bidi = matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            (letter.is_control() && *letter != '\n') || bidi || *letter == '\u{feff}'
        });
        assert_eq!(strange, None, "{done:#?}");
        assert!(!text.contains(&"\u{301}".repeat(4)), "{done:#?}");
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert!(longest.unwrap_or_default() < 20_000, "{longest:?}");
    }
}

#[tokio::test]
async fn a_server_cannot_drive_the_terminal() {
    for path in [LOGIN, USERS] {
        let office = Office::open().await;
        // A refusal in hostile words, and a list of hostile rows.
        office
            .branch(Place::Dev)
            .fault(Rule::new(Fault::Attack).on(path));
        for verb in [
            &["users", "plan", "dev"][..],
            &["users", "apply", "dev", "--yes"],
            &["doctor"],
        ] {
            is_harmless(&office.run(verb).await);
        }
    }
}

#[tokio::test]
async fn a_refusal_in_hostile_words_is_quoted_harmlessly() {
    let office = Office::open().await;
    office.set_password("salah");
    office
        .branch(Place::Dev)
        .fault(Rule::new(Fault::Attack).on(LOGIN));
    let done = office.run(&["users", "plan", "dev"]).await;
    done.expect(
        4,
        "",
        "Failed to login to external API: Unauthorized^[[2J^[[H",
    );
    is_harmless(&done);
}

#[tokio::test]
async fn hostile_emails_are_shown_as_text_everywhere() {
    let office = Office::open().await;
    let hostile = |(index, text): (usize, &&str)| Person {
        email: format!("a{text}b@dkm"),
        id_user: 100 + index as u64,
        ..named("x", 1).remove(0)
    };
    let people = KIT.iter().enumerate().map(hostile).collect();
    office.branch(Place::Dev).set_people(people);
    let done = office.run(&["users", "apply", "dev", "--yes"]).await;
    is_harmless(&done);
    // The shape of an e-mail lets invisible letters and marks through; control characters not.
    let mut connection = office.database().await;
    for text in KIT {
        let values: [Value; 1] = [format!("{text}@dkm").into()];
        let insert = "INSERT INTO users (email, location_id, status) VALUES (?, 8, 'active')";
        connection.execute(insert, &values).await.unwrap();
    }
    connection.close().await.unwrap();
    let run = office.runs().readable().unwrap();
    let run = run.first().map(|run| run.id().short()).unwrap_or_default();
    for verb in [
        &["users", "list"][..],
        &["users", "plan", "dev"],
        &["users", "apply", "dev", "--yes", "--max-deactivate", "99"],
        &["runs", "list"],
        &["runs", "show", &run],
        &["runs", "follow", &run],
    ] {
        is_harmless(&office.run(verb).await);
    }
}

#[tokio::test]
async fn a_hostile_location_and_operator_are_shown_as_text() {
    let office = Office::open().await;
    office.set("id = 8", "name = \"De\\u001b[2Jv\\u202e\"");
    let text = std::fs::read_to_string(office.config()).unwrap();
    let text = text.replace("\nname = \"Dev\"\n", "\n");
    let text = text.replace("admin@kantor", "admin\\u001b]0;x\\u0007@kantor");
    std::fs::write(office.config(), text).unwrap();
    for verb in [
        &["users", "plan", "dev"][..],
        &["users", "apply", "dev", "--yes"],
        &["runs", "list"],
        &["config", "show"],
        &["doctor"],
    ] {
        let done = office.run(verb).await;
        is_harmless(&done);
    }
}
