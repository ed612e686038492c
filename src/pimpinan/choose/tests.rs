use super::*;

fn row(id: i64, username: Option<&str>, role: &str) -> Row {
    Row {
        id: Some(id),
        username: username.map(str::to_owned),
        nama: Some("Padmarini Kertarasa".into()),
        jabatan: None,
        role: Some(role.into()),
    }
}

fn chosen(rows: Vec<Row>) -> Choice {
    let exclude = ["admin", "operator", "staff", "camat"].map(str::to_owned);
    choose(rows, exclude.iter())
}

fn reasons(choice: &Choice) -> Vec<(Option<i64>, &str)> {
    let refused = choice.refused.iter();
    refused.map(|one| (one.id, one.reason.as_str())).collect()
}

#[test]
fn roles_are_excluded_trimmed_and_without_regard_to_case() {
    let roles = [
        "admin",
        " Operator ",
        "STAFF",
        "camat\n",
        "pimpinan",
        "admins",
    ];
    let rows = roles.iter().zip(1..);
    let rows = rows.map(|(role, id)| row(id, Some(&format!("u{id}")), role));
    let choice = chosen(rows.collect());
    assert_eq!(choice.excluded.values().sum::<u64>(), 4);
    let sent: Vec<_> = choice.send.iter().map(|one| one.role.as_str()).collect();
    assert_eq!(sent, ["pimpinan", "admins"]);
    assert!(choice.refused.is_empty());
}

#[test]
fn each_unusable_username_is_refused_with_its_reason() {
    let table = [
        (None, USERNAME_NULL),
        (Some(""), USERNAME_EMPTY),
        (Some("  \t"), USERNAME_BLANK),
        (Some(" kasi"), USERNAME_PADDED),
        (Some("kasi "), USERNAME_PADDED),
        (Some("kasi\u{a0}"), USERNAME_PADDED),
    ];
    for (username, reason) in table {
        let choice = chosen(vec![
            row(1, username, "pimpinan"),
            row(2, Some("sekcam"), "pimpinan"),
        ]);
        assert_eq!(reasons(&choice), [(Some(1), reason)], "{username:?}");
        assert_eq!(choice.send.len(), 1, "a refused row blocks no other");
    }
}

#[test]
fn a_username_twice_among_the_candidates_refuses_both() {
    let choice = chosen(vec![
        row(1, Some("Kasi"), "pimpinan"),
        row(2, Some("kasi"), "pimpinan"),
        row(3, Some("sekcam"), "pimpinan"),
        row(4, Some("sekcam"), "staff"),
        row(5, Some("lurah"), "pimpinan"),
        row(6, Some("LURAH "), "pimpinan"),
    ]);
    let twice = USERNAME_TWICE;
    let padded = format!("{}; {twice}", USERNAME_PADDED);
    let expected = [
        (Some(1), twice),
        (Some(2), twice),
        (Some(5), twice),
        (Some(6), padded.as_str()),
    ];
    assert_eq!(reasons(&choice), expected);
    assert_eq!(choice.send[0].id, 3, "excluded rows do not count");
}

#[test]
fn two_empty_usernames_are_empty_and_not_doubled() {
    let choice = chosen(vec![row(1, Some(""), "x"), row(2, Some(""), "x")]);
    let empty = USERNAME_EMPTY;
    assert_eq!(reasons(&choice), [(Some(1), empty), (Some(2), empty)]);
}

#[test]
fn rows_without_id_name_or_role_and_ids_that_come_twice_are_refused() {
    let whole = |id| row(id, Some("u"), "pimpinan");
    let no_id = Row {
        id: None,
        ..whole(0)
    };
    let no_nama = Row {
        nama: Some(" ".into()),
        ..whole(7)
    };
    let no_role = Row {
        role: None,
        ..whole(8)
    };
    for (rows, expected) in [
        (vec![no_id], vec![NO_ID]),
        (vec![whole(0)], vec![NO_ID]),
        (vec![no_nama], vec![NAMA_EMPTY]),
        (vec![no_role], vec![ROLE_EMPTY]),
        (
            vec![whole(9), row(9, Some("v"), "pimpinan")],
            vec![ID_TWICE; 2],
        ),
    ] {
        let choice = chosen(rows);
        let said: Vec<_> = choice
            .refused
            .iter()
            .map(|one| one.reason.as_str())
            .collect();
        assert_eq!(said, expected);
        assert!(choice.send.is_empty());
    }
}

#[test]
fn only_candidates_can_be_asked_for() {
    let choice = chosen(vec![
        row(1, Some("a"), "admin"),
        row(2, None, "pimpinan"),
        row(3, Some("c"), "pimpinan"),
    ]);
    assert!(choice.check(&[2, 3]).is_ok());
    let excluded = choice.check(&[3, 1]).unwrap_err();
    assert!(excluded.to_string().contains("excluded by role"));
    let unknown = choice.check(&[99]).unwrap_err();
    assert!(unknown.to_string().contains("99"));
}
