use super::*;
use jiff::civil::date;
use std::os::unix::fs::PermissionsExt;

fn entry(code: u16, response: &str) -> Entry<'_> {
    Entry {
        at: "2026-11-08T07:03:00Z".parse().unwrap(),
        url: "https://central.example/api/v1/users/sync",
        code,
        count: 6,
        response,
    }
}

fn jakarta() -> TimeZone {
    TimeZone::fixed(Offset::constant(7))
}

#[test]
fn a_line_is_in_the_original_s_format() {
    let line = entry(200, r#"{"success":true}"#).line(&jakarta());
    let expected = "2026-11-08 14:03:00 [SYNC_USERS] To: https://central.example/api/v1/users/sync \
                    | Code: 200 | Count: 6 | Response: {\"success\":true}\n";
    assert_eq!(line, expected);
}

/// All that Docku's `/Code: (\d+) \| Count: (\d+)/` can find.
fn figures(line: &str) -> Vec<(u64, u64)> {
    let number = |text: &str| {
        let end = text.find(|letter: char| !letter.is_ascii_digit());
        let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
        Some((digits.parse::<u64>().ok()?, rest.to_owned()))
    };
    let found = line.match_indices("Code: ").filter_map(|(at, start)| {
        let (code, rest) = number(&line[at + start.len()..])?;
        let (count, _) = number(rest.strip_prefix(" | Count: ")?)?;
        Some((code, count))
    });
    found.collect()
}

#[test]
fn no_answer_can_forge_a_line() {
    let forged = "x\n2026-11-08 15:00:00 [SYNC_USERS] To: y | Code: 200 | Count: 9 | Response: ok";
    for attack in [
        forged,
        "a\u{85}b\u{2028}c\r\nd",
        "\x1b[2J\x1b]0;title\x07\u{9b}2J\x08\0",
        "\rover\x0b\x0c\u{202e}kilab",
        "no | Code: 200 | Count: 9",
        "Code: 200\u{200d} | Count: 9 Code: 200 \u{200c}| Count: 9",
        "Code: 200\n| Count: 9",
        "Code: 200 | Count: | Count: 9",
    ] {
        let line = entry(500, &format!("{attack}{attack}")).line(&jakarta());
        assert_eq!(line.matches(['\n', '\r']).count(), 1, "{line:?}");
        assert!(line.trim_end().chars().all(|letter| !letter.is_control()));
        let read = parse(line.trim_end()).unwrap();
        assert_eq!((read.code, read.count), (500, Some(6)));
        assert_eq!(figures(&line), [(500, 6)], "{line}");
        assert_eq!(line.matches("[SYNC_USERS]").count(), 1);
    }
    let long = entry(500, &"x".repeat(1_000_000)).line(&jakarta());
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
    assert_eq!(last(&path, None).unwrap(), None);
    let mut log = Log::open(&path, Some(&jakarta())).unwrap();
    log.append(&entry(500, "one")).unwrap();
    std::fs::write(
        &path,
        std::fs::read_to_string(&path).unwrap() + "cut in the mid",
    )
    .unwrap();
    let mut log = Log::open(&path, Some(&jakarta())).unwrap();
    log.append(&entry(200, "two")).unwrap();
    let rest = "2026-11-08 14:04:00 [SYNC_SURAT] To: x | Code: 404 | Response: y\n";
    let text = std::fs::read_to_string(&path).unwrap() + rest + "\n{\"a\":\n";
    assert_eq!(text.lines().count(), 6);
    std::fs::write(&path, text).unwrap();
    let found = last(&path, None).unwrap().unwrap();
    assert_eq!((found.code, found.count), (200, Some(6)));
    assert_eq!(found.at, date(2026, 11, 8).at(14, 3, 0, 0));
}

#[test]
fn a_log_is_as_open_as_its_folder_and_never_narrower_than_it_was() {
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let table = [
        (0o755, 0o644, 0o755),
        (0o2770, 0o660, 0o2770),
        (0o2775, 0o664, 0o2775),
        (0o777, 0o664, 0o775),
        (0o700, 0o640, 0o700),
    ];
    for (folder_mode, file_mode, below_mode) in table {
        let folder = tempfile::tempdir().unwrap();
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        };
        set(folder.path(), folder_mode);
        let path = folder.path().join("integration.log");
        let log = Log::open(&path, None).unwrap();
        assert_eq!((mode(&path), &log.notes[..]), (file_mode, &[] as &[String]));
        assert_eq!(
            path.metadata().unwrap().gid(),
            folder.path().metadata().unwrap().gid()
        );
        let below = folder.path().join("logs").join("integration.log");
        Log::open(&below, None).unwrap();
        assert_eq!(mode(below.parent().unwrap()), below_mode);
        assert_eq!(mode(&below), file_mode);
        for kept in [0o666, 0o644, 0o600] {
            set(&path, kept);
            Log::open(&path, None).unwrap();
            assert_eq!(mode(&path), kept);
        }
    }
}

#[test]
fn a_line_is_in_the_zone_of_the_line_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("integration.log");
    // Docku's, at 10:00:00 in Jakarta; the file is of that moment and five seconds.
    let before =
        "2026-11-08 10:00:00 [SYNC_USERS] To: x | Code: 200 | Count: 6 | Response: ok\nrest\n";
    let written = |at: &str| {
        let at: Timestamp = at.parse().unwrap();
        std::fs::write(&path, before).unwrap();
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(at.into()).unwrap();
    };
    let table = [
        ("2026-11-08T03:00:05Z", Some("2026-11-08T03:00:00Z")),
        ("2026-11-08T10:00:00Z", Some("2026-11-08T10:00:00Z")),
        ("2026-11-08T04:29:59Z", Some("2026-11-08T04:30:00Z")),
        // Copied later: nothing is known.
        ("2026-11-08T03:07:00Z", None),
        ("2026-12-24T03:00:00Z", None),
    ];
    for (modified, meant) in table {
        written(modified);
        let log = Log::open(&path, None).unwrap();
        let meant = meant.map(|at| at.parse::<Timestamp>().unwrap());
        let system = date(2026, 11, 8)
            .at(10, 0, 0, 0)
            .to_zoned(TimeZone::system());
        let seen = last(&path, None).unwrap().unwrap().when;
        assert_eq!(
            seen,
            meant.or(Some(system.unwrap().timestamp())),
            "{modified}"
        );
        drop(log);
    }
    written("2026-11-08T03:00:05Z");
    Log::open(&path, None)
        .unwrap()
        .append(&entry(200, "ok"))
        .unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.lines()
            .last()
            .unwrap()
            .starts_with("2026-11-08 14:03:00 "),
        "{text}"
    );
    // A setting wins.
    let utc = TimeZone::UTC;
    written("2026-11-08T03:00:05Z");
    Log::open(&path, Some(&utc))
        .unwrap()
        .append(&entry(200, "ok"))
        .unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.lines()
            .last()
            .unwrap()
            .starts_with("2026-11-08 07:03:00 "),
        "{text}"
    );
}
