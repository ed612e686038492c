//! Bad files are refused with key, file, line and the nearest key, and without their texts.

use super::Place;

/// A file and what its refusal says, with `config/selaras/config.toml:` before what begins with a
/// line.
const BAD: &[(&str, &[&str])] = &[
    (
        "page_sise = 5",
        &["1: `page_sise` is not a setting; the nearest is `users.page_size`"],
    ),
    (
        "[users]\npage_sise = 5",
        &["2: `users.page_sise` is not a setting; the nearest is `users.page_size`"],
    ),
    (
        "[user]\npage_size = 5",
        &["1: `user` is not a setting; the nearest is `users`"],
    ),
    (
        "[[users.location]]\nid = 1\ncode = \"a\"\nurk = \"b\"",
        &["4: `users.location.urk` is not a setting; the nearest is `users.location.url`"],
    ),
    (
        "[dapodik]\nportal.base = 1",
        &["2: `dapodik.portal.base` is not a setting; the nearest is `dapodik.portal.base_url`"],
    ),
    (
        "[users]\npage_size = 0",
        &["2: `users.page_size` must be a whole number from 1 to 1000, such as 100, not 0"],
    ),
    (
        "[users]\npage_size = 1001",
        &["2: `users.page_size` must be a whole number from 1 to 1000, such as 100, not 1001"],
    ),
    (
        "[users]\npage_size = 1e2",
        &[
            "2: `users.page_size` must be a whole number",
            "not a number with a point",
        ],
    ),
    (
        "[users]\npage_size = 99999999999999999999",
        &["2: `users.page_size`", "not a number beyond all bounds"],
    ),
    (
        "[users]\nconcurrency = 0",
        &["2: `users.concurrency` must be a whole number from 1 to 64"],
    ),
    (
        "[users]\nmax_deactivate_percent = 101",
        &["2: `users.max_deactivate_percent` must be a whole number from 0 to 100"],
    ),
    (
        "[users]\ntimeout = 30",
        &[
            "2: `users.timeout` must be a length of time in quotes, such as \"10s\"",
            "not 30",
        ],
    ),
    (
        "[users]\ntimeout = \"0s\"",
        &["2: `users.timeout`", "at least 1ms"],
    ),
    ("[users]\ntimeout = \"-5s\"", &["2: `users.timeout`"]),
    (
        "statement_timeout = \"500ms\"",
        &[
            "1: `statement_timeout` must be a length of time",
            "(at least 1s)",
        ],
    ),
    (
        "[users]\ntimezone = \"Asia/Jakrata\"",
        &["2: `users.timezone` must be a time zone, such as \"Asia/Jakarta\" or \"+07:00\""],
    ),
    (
        "[users.columns]\nname = \"nama\"",
        &["2: `users.columns.name` must be"],
    ),
    (
        "[users]\ntimeout = \"m4rk-s3cret\"",
        &["2: `users.timeout`", "not this text"],
    ),
    (
        "[users]\nprotected = [\"a\", 1]",
        &["2: `users.protected` must be a list of texts"],
    ),
    (
        "[users]\nlocation = 5",
        &["2: `users.location` must be a list of sections, each headed [[users.location]], not 5"],
    ),
    (
        "[users.location]\nid = 1",
        &["1: `users.location` must be a list of sections"],
    ),
    (
        "users = 5",
        &["1: `users` must be a section, such as [users], not 5"],
    ),
    (
        "read_only = \"yes\"",
        &["1: `read_only` must be true or false, not this text"],
    ),
    (
        "keep_runs = 0",
        &["1: `keep_runs` must be a whole number from 1"],
    ),
    (
        "operator = \"\"",
        &["1: `operator` must be a text in quotes of 1 to 100 characters"],
    ),
    (
        "state_dir = 2026-01-01",
        &["1: `state_dir` must be a path in quotes", "not a date"],
    ),
    (
        "state_dir = \"${NOWHERE}/x\"",
        &["1: `state_dir` needs the variable NOWHERE, which is not set"],
    ),
    (
        "state_dir = \"${}/x\"",
        &["1: `state_dir` has a ${ that no variable's name and } follow"],
    ),
    (
        "[[users.location]]\nid = 1\ncode = \"\"",
        &["3: `users.location[1].code` must be a text in quotes of 1 to 10 characters"],
    ),
    (
        "[[users.location]]\nid = 1\ncode = \"elevenchars\"",
        &["3: `users.location[1].code` must be a text in quotes of 1 to 10 characters"],
    ),
    (
        "[[users.location]]\ncode = \"a\"",
        &["1: `users.location[1].id` must be given"],
    ),
    (
        "[[users.location]]\nid = 1",
        &["1: `users.location[1].code` must be given"],
    ),
    (
        "[[users.location]]\nid = 1\ncode = \"dev\"\n[[users.location]]\nid = 2\ncode = \"DEV\"",
        &["6: `users.location[2].code` has the same code as the location in line 1"],
    ),
    (
        "[[users.location]]\nid = 1\ncode = \"a\"\n[[users.location]]\nid = 1\ncode = \"b\"",
        &["5: `users.location[2].id` has the same id as the location in line 1"],
    ),
    (
        "[[users.location]]\nid = 1\ncode = \"a\"\nurl = \"https://u:m4rk-s3cret@h.example\"",
        &["4: `users.location[1].url`", "without a user or password"],
    ),
    (
        "[users]\ndatabase = \"mysql://u:m4rk-s3cret@db01\"",
        &[
            "2: `users.database` must be a database URL",
            "it names no database",
        ],
    ),
    (
        "[users]\ndatabase = \"mysql://u:m4rk-s3cret@[/x\"",
        &["2: `users.database`", "as ${NAME}"],
    ),
    (
        "[users]\ndatabase = \"mysql://u:7/m4rk-s3cret@h/x\"",
        &["2: `users.database`", "as ${NAME}"],
    ),
    (
        "[users]\ndatabase = \"postgres://u:m4rk-s3cret@h/x\"",
        &["2: `users.database`", "not one of those meant here"],
    ),
    (
        "[dapodik]\ndatabase = \"mysql://u:m4rk-s3cret@h/x\"",
        &["2: `dapodik.database`", "not one of those meant here"],
    ),
    (
        "[users]\ndatabase = \"/srv/users.db\"",
        &["2: `users.database`", "not one of those meant here"],
    ),
    (
        "[pimpinan]\nurl = \"central.example\"",
        &["2: `pimpinan.url` must be an http:// or https:// URL"],
    ),
    (
        "[pimpinan]\nurl = \"https://u:m4rk-s3cret@ :x\"",
        &["2: `pimpinan.url` must be an http:// or https:// URL"],
    ),
    (
        "[script]\ntarget = \"remot\"",
        &["2: `script.target` must be one of \"local\", \"remote\" (did you mean \"remote\"?)"],
    ),
    (
        "[script]\nmax_output = \"2 gigs\"",
        &["2: `script.max_output` must be a size in quotes, such as \"2GiB\""],
    ),
    (
        "[script]\nprefix = \"api/\"",
        &["2: `script.prefix` must be a path that begins with /"],
    ),
    (
        "[dapodik.portal]\nconcurrency = 0",
        &["2: `dapodik.portal.concurrency` must be a whole number from 1 to 64"],
    ),
    (
        "[dapodik.portal]\nschools = \"\"",
        &["2: `dapodik.portal.schools` must be a path that begins with /"],
    ),
    (
        "[serve]\nlisten = \"8000\"",
        &["2: `serve.listen` must be an address with a port"],
    ),
    (
        "[screen]\ntheme = \"drak\"",
        &[
            "2: `screen.theme` must be one of \"auto\", \"dark\", \"light\", \"mono\" (did you mean \"dark\"?)",
        ],
    ),
    (
        "[screen]\nmouse = true",
        &["2: `screen.mouse` must be one of \"auto\", \"on\", \"off\", not true"],
    ),
    ("[users]\ndatabase = mysql://u:m4rk-s3cret@h/x", &["2: "]),
    ("[users]\ndatabase = \"mysql://u:m4rk-s3cret@h/x", &["2: "]),
    ("read_only = false\nread_only = true", &["2: duplicate key"]),
    ("m4rk-s3cret", &["1: "]),
];

#[test]
fn a_bad_file_is_refused_with_key_line_and_the_nearest_key() {
    for (content, expected) in BAD {
        let refusal = Place::with(content).refusal();
        for part in *expected {
            let at = format!("config/selaras/config.toml:{part}");
            let said = if part.as_bytes()[0].is_ascii_digit() {
                at.as_str()
            } else {
                part
            };
            assert!(
                refusal.contains(said),
                "{content}\nexpected: {said}\nsaid: {refusal}"
            );
        }
    }
}

#[test]
fn all_errors_are_told_at_once_in_the_order_of_their_lines() {
    let place = Place::with("read_only = 1\n[users]\npage_size = 0\nx = 1\n[screen]\nbell = 2");
    let refusal = place.refusal();
    let lines: Vec<&str> = refusal.lines().collect();
    assert_eq!(lines[0], "4 errors in the configuration:");
    let beginnings = [
        "1: `read_only`",
        "3: `users.page_size`",
        "4: `users.x`",
        "6: `screen.bell`",
    ];
    for (line, beginning) in lines[1..].iter().zip(beginnings) {
        let line = line.trim_start_matches("config/selaras/config.toml:");
        assert!(line.starts_with(beginning), "{line}");
    }
}
