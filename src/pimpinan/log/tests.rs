use super::*;
use jiff::civil::date;
use std::os::unix::fs::PermissionsExt;

fn entry(code: u16, response: &str) -> Entry<'_> {
    Entry {
        at: date(2026, 11, 8).at(14, 3, 0, 0),
        url: "https://central.example/api/v1/users/sync",
        code,
        count: 6,
        response,
    }
}

#[test]
fn a_line_is_in_the_original_s_format() {
    let line = entry(200, r#"{"success":true}"#).line();
    let expected = "2026-11-08 14:03:00 [SYNC_USERS] To: https://central.example/api/v1/users/sync \
                    | Code: 200 | Count: 6 | Response: {\"success\":true}\n";
    assert_eq!(line, expected);
}

#[test]
fn no_answer_can_forge_a_line() {
    let forged = "x\n2026-11-08 15:00:00 [SYNC_USERS] To: y | Code: 200 | Count: 9 | Response: ok";
    for attack in [
        forged,
        "a\u{85}b\u{2028}c\r\nd",
        "\x1b[2J\x1b]0;title\x07\u{9b}2J\x08\0",
        "\rover\x0b\x0c\u{202e}kilab",
    ] {
        let line = entry(500, &format!("{attack}{attack}")).line();
        assert_eq!(line.matches(['\n', '\r']).count(), 1, "{line:?}");
        assert!(line.trim_end().chars().all(|letter| !letter.is_control()));
        let read = parse(line.trim_end()).unwrap();
        assert_eq!((read.code, read.count), (500, Some(6)));
    }
    let long = entry(500, &"x".repeat(1_000_000)).line();
    assert!(long.chars().count() < 400);
}

#[test]
fn lines_of_the_original_are_read_too() {
    let url = "http://central.example/api/v1/users/sync";
    let table = [
        (
            format!(
                "2026-02-27 08:00:00 [SYNC_USERS] To: {url} | Code: 200 | Count: 6 | Response: {{"
            ),
            Some((200, Some(6))),
        ),
        (
            format!(
                "[2026-02-27 08:00:00] [SYNC_USERS] To: {url} | Payload: {{\"users\":[{{\"nama\":\"a | \
                 Code: 500\"}}]}} | Code: 201 | Response: ok | Code: 1"
            ),
            Some((201, None)),
        ),
        (
            format!(
                "2026-02-27 08:00:00 [SYNC_USERS] To: {url} | Code: 0 | Count: 12 | Response: "
            ),
            Some((0, Some(12))),
        ),
        (
            format!("2026-02-27 08:00:00 [SYNC_SURAT] To: {url} | Code: 200"),
            None,
        ),
        ("<html>".to_owned(), None),
        (
            format!("2026-02-27 08:00:00 [SYNC_USERS] To: {url} | Response: | Code: 200"),
            None,
        ),
        (
            "2026-13-40 99:00:00 [SYNC_USERS] To: x | Code: 200".to_owned(),
            None,
        ),
    ];
    for (line, expected) in table {
        let read = parse(&line);
        assert_eq!(
            read.as_ref().map(|push| (push.code, push.count)),
            expected,
            "{line}"
        );
        assert!(read.is_none_or(|push| push.url == url));
    }
}

#[test]
fn the_last_push_is_found_behind_what_others_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs").join("integration.log");
    assert_eq!(last(&path).unwrap(), None);
    let mut log = Log::open(&path).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(path.parent().unwrap()), mode(&path)), (0o700, 0o600));
    log.append(&entry(500, "one")).unwrap();
    std::fs::write(
        &path,
        std::fs::read_to_string(&path).unwrap() + "cut in the mid",
    )
    .unwrap();
    let mut log = Log::open(&path).unwrap();
    log.append(&entry(200, "two")).unwrap();
    let rest = "2026-11-08 14:04:00 [SYNC_SURAT] To: x | Code: 404 | Response: y\n";
    let text = std::fs::read_to_string(&path).unwrap() + rest + "\n{\"a\":\n";
    assert_eq!(text.lines().count(), 6);
    std::fs::write(&path, text).unwrap();
    let found = last(&path).unwrap().unwrap();
    assert_eq!((found.code, found.count), (200, Some(6)));
    assert_eq!(found.at, date(2026, 11, 8).at(14, 3, 0, 0));
}
