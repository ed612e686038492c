//! `users list`: filters, formats, files; columns that other programs can take.

use std::process::Stdio;

use super::Office;
use super::office::ended;

async fn synced() -> Office {
    let office = Office::open().await;
    office
        .run(&["users", "apply", "dev", "test", "--yes"])
        .await;
    office
}

#[tokio::test]
async fn a_table_has_four_columns_in_every_line_and_no_blanks_at_its_end() {
    let office = synced().await;
    office
        .sql("UPDATE users SET created_at = NULL WHERE id = 1")
        .await;
    let done = office.run(&["users", "list"]).await;
    assert_eq!(done.out.lines().count(), 1 + 25 + 15, "{done:#?}");
    for line in done.out.lines() {
        let cells: Vec<_> = line.split("  ").filter(|cell| !cell.is_empty()).collect();
        assert_eq!((cells.len(), line), (4, line.trim_end()), "{line:?}");
    }
}

#[tokio::test]
async fn filters_and_sorting_choose_what_is_listed() {
    let office = synced().await;
    let count = async |arguments: &[&str]| {
        let done = office.run(&[&["users", "list"], arguments].concat()).await;
        assert_eq!(done.exit, 0, "{done:#?}");
        done.out.lines().count() - 1
    };
    assert_eq!(count(&["--location", "DEV"]).await, 25);
    assert_eq!(
        count(&["--location", "test", "--status", "inactive"]).await,
        2
    );
    assert_eq!(count(&["--text", "vendor1@"]).await, 5);
    assert_eq!(count(&["--created", "today", "--limit", "7"]).await, 7);
    assert_eq!(count(&["--created", "..2020-01-01"]).await, 0);
    let sorted = [
        "users",
        "list",
        "--sort",
        "email",
        "--ascending",
        "--location",
        "dev",
    ];
    let done = office.run(&sorted).await;
    let emails: Vec<_> = done.out.lines().skip(1).collect();
    assert!(emails.is_sorted(), "{done:#?}");
    let unknown = office.run(&["users", "list", "--location", "mars"]).await;
    unknown.expect(
        2,
        "",
        "there is no location «mars» (known: dev, test, prod, malang)",
    );
}

#[tokio::test]
async fn csv_and_json_are_for_programs_and_a_file_is_never_lost_by_accident() {
    let office = synced().await;
    let file = office.root.path().join("users.csv");
    let path = file.to_str().unwrap();
    let export = ["users", "list", "--format", "csv", "--output", path];
    office
        .run(&export)
        .await
        .expect(0, "", &format!("40 users written to {path}"));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.starts_with("id,email,location_code,location_name,status,created_at,updated_at\n")
    );
    assert_eq!(text.lines().count(), 41);
    office
        .run(&export)
        .await
        .expect(2, "", "hint: choose another name, or add --force");
    std::fs::write(&file, "old").unwrap();
    office
        .run(&[&export[..], &["--force"]].concat())
        .await
        .expect(0, "", "40 users");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    let (_, document) = office
        .json(&["users", "list", "--json", "--force", "-o", path])
        .await;
    assert_eq!(document["users"], 40);
}

#[tokio::test]
async fn a_reader_that_has_enough_is_no_error() {
    let office = synced().await;
    for verb in [
        &["users", "list"][..],
        &["users", "list", "--json"],
        &["users", "plan", "dev", "--json"],
        &["runs", "list"],
        &["man"],
        &["completions", "bash"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = office.command(verb);
        command.stdout(Stdio::from(writer));
        let done = ended(command).await;
        assert_eq!(
            (done.exit, done.err.contains("error")),
            (0, false),
            "{done:#?}"
        );
    }
}
