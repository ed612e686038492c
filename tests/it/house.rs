//! The house rules that a compiler does not check: sizes, arrows between modules, forbidden words.
//!
//! Reads the sources as text; comments count, because what a comment names, a module knows.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail like a test")]

mod circles;

use std::fs;
use std::path::{Path, PathBuf};

/// The most lines a file may have.
const HARD_LIMIT: usize = 600;
/// What a file should stay below, and how many may not.
const SOFT_LIMIT: usize = 500;
const OVER_SOFT_LIMIT: usize = 2;

const ENGINES: [&str; 4] = ["users", "pimpinan", "script", "dapodik"];
/// What all engines stand on.
const GROUND: [&str; 9] = [
    "http", "db", "config", "text", "error", "engine", "files", "proc", "clock",
];
const FACES: [&str; 3] = ["cli", "tui", "serve"];
/// What only faces may know.
const FACE_CRATES: [&str; 4] = ["ratatui", "crossterm", "clap", "axum"];

/// A source file: its path from the root of the repository, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The text without its unit tests.
    fn work(&self) -> &str {
        let tests = "\n#[cfg(test)]\nmod tests {";
        match self.text.split_once(tests) {
            _ if self.path.ends_with("/tests.rs") => "",
            Some((work, _)) => work,
            None => &self.text,
        }
    }

    /// The top module it belongs to: `users` for `src/users/apply.rs`.
    fn module(&self) -> &str {
        let path = self.path.strip_prefix("src/").unwrap_or_default();
        path.split(['/', '.']).next().unwrap_or_default()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The files below `folders` with this ending.
fn sources(folders: &[&str], ending: &str) -> Vec<Source> {
    let paths = folders
        .iter()
        .flat_map(|folder| files(&root().join(folder)));
    let mut sources: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| Source {
            path: path.strip_prefix(root()).unwrap().display().to_string(),
            text: fs::read_to_string(&path).unwrap(),
        })
        .collect();
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!sources.is_empty(), "{folders:?}");
    sources
}

/// The whole words of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

/// The top modules that a text names: `crate::a`, and both of `crate::{a, b}`.
fn modules_named(text: &str) -> Vec<&str> {
    let mut named = Vec::new();
    for (at, start) in text.match_indices("crate::") {
        let rest = &text[at + start.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            named.extend(words(rest).next());
            continue;
        };
        let mut depth = 1;
        let end = group.find(|letter| {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            depth == 0
        });
        let parts = group[..end.unwrap_or(group.len())].split(',');
        named.extend(parts.filter_map(|part| words(part.trim_start()).next()));
    }
    named
}

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn a_file_has_at_most_600_lines_and_few_have_more_than_500() {
    let sources = sources(&["src", "tests", "benches"], "rs");
    let long = |limit| {
        let sizes = sources.iter().map(|file| (file, file.text.lines().count()));
        let long = sizes.filter(move |(_, lines)| *lines > limit);
        let told = long.map(|(file, lines)| format!("{} has {lines} lines", file.path));
        told.collect::<Vec<_>>()
    };
    complain(&long(HARD_LIMIT));
    let soft = long(SOFT_LIMIT);
    assert!(soft.len() <= OVER_SOFT_LIMIT, "\n{}", soft.join("\n"));
}

#[test]
fn engines_and_what_they_stand_on_do_not_name_what_faces_are_made_of() {
    let mut complaints = Vec::new();
    for file in sources(&["src"], "rs") {
        let inner = [&ENGINES[..], &GROUND, &["run"]].concat();
        if !inner.contains(&file.module()) {
            continue;
        }
        let named = words(&file.text).find(|word| FACE_CRATES.contains(word));
        complaints.extend(named.map(|word| format!("{} names {word}", file.path)));
    }
    complain(&complaints);
}

/// What the module of a file must not name.
fn above(module: &str) -> Vec<&'static str> {
    let except = |all: &[&'static str]| -> Vec<_> {
        all.iter()
            .copied()
            .filter(|other| *other != module)
            .collect()
    };
    let world = ["sim"];
    // The list of all engines: above them and the runs, read by the command line alone.
    let list = ["engines"];
    match module {
        _ if GROUND.contains(&module) => [&ENGINES[..], &["run"], &list, &FACES, &world].concat(),
        _ if ENGINES.contains(&module) => {
            [&except(&ENGINES)[..], &["run"], &list, &FACES, &world].concat()
        }
        "run" => [&ENGINES[..], &list, &FACES, &world].concat(),
        "engines" => [&FACES[..], &world].concat(),
        "sim" => [&["run"][..], &list, &FACES].concat(),
        // It opens the other faces.
        "cli" => world.to_vec(),
        "tui" | "serve" => [&except(&FACES)[..], &list, &world].concat(),
        _ => Vec::new(),
    }
}

#[test]
fn arrows_point_down_only() {
    let mut complaints = Vec::new();
    for file in sources(&["src"], "rs") {
        // The one face that shows the simulated world.
        let is_demo = file.path.starts_with("src/cli/demo");
        let above = above(file.module());
        for named in modules_named(file.work()) {
            if above.contains(&named) && !(is_demo && named == "sim") {
                complaints.push(format!("{} names {named}", file.path));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn modules_named_in_a_group_are_found() {
    let text = "use crate::{run::Id, users::{self, Plan}, db};\n/// See [`crate::http`].";
    assert_eq!(modules_named(text)[..2], ["run", "users"]);
    assert!(
        ["db", "http"]
            .iter()
            .all(|name| modules_named(text).contains(name))
    );
}

#[test]
fn a_module_is_a_file_of_its_own_name() {
    let all = sources(&["src", "tests", "benches"], "rs");
    let wrong = all.iter().filter(|file| file.path.ends_with("/mod.rs"));
    complain(&wrong.map(|file| file.path.clone()).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_for_later_and_no_test_sleeps_or_is_left_out() {
    // Put together, so that this file does not find itself.
    let anywhere = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["unimple", "mented"],
        ["to", "do"],
    ];
    let in_tests = [
        ["thread::sl", "eep("],
        ["time::sl", "eep("],
        ["#[ig", "nore"],
        ["use tokio::time::sl", "eep;"],
    ];
    let mut complaints = Vec::new();
    for file in sources(&["src", "tests", "benches"], "rs") {
        for later in anywhere.map(|parts| parts.concat()) {
            if words(&file.text).any(|word| word == later) {
                complaints.push(format!("{} says {later}", file.path));
            }
        }
        let tests = if file.path.starts_with("tests/") {
            file.text.as_str()
        } else {
            &file.text[file.work().len()..]
        };
        for forbidden in in_tests.map(|parts| parts.concat()) {
            if tests.contains(&forbidden) {
                complaints.push(format!("{} has {forbidden}", file.path));
            }
        }
    }
    complain(&complaints);
}

/// What only one place may say, so that there is one way to do it: the words, where they are looked
/// for, and the beginnings of the paths that may have them.
const ONE_WAY: [(&str, &str, &[&str]); 9] = [
    ("Timestamp::now", "", &["src/clock.rs"]),
    ("Zoned::now", "", &["src/clock.rs"]),
    ("SystemTime::now", "", &["src/clock.rs"]),
    // Code that shows or compares times gets the time as a value.
    (
        "Clock::System",
        "src/",
        &[
            "src/clock.rs",
            "src/engine/job.rs",
            "src/cli",
            "src/run/",
            "src/sim/",
        ],
    ),
    ("Command::new", "tests/", &["tests/it/harness/child.rs"]),
    (".env_clear()", "tests/", &["tests/it/harness/child.rs"]),
    (".output()", "tests/", &["tests/it/harness/wait.rs"]),
    (".wait()", "tests/", &["tests/it/harness/wait.rs"]),
    (
        ".wait_with_output()",
        "tests/",
        &["tests/it/harness/wait.rs"],
    ),
];

#[test]
fn there_is_one_way_to_ask_for_the_time_to_start_a_program_and_to_wait() {
    let mut complaints = Vec::new();
    for file in sources(&["src", "tests", "benches"], "rs") {
        // A match on the clock asks nobody.
        let text = file.text.replace("Clock::System =>", "");
        for (word, below, ways) in ONE_WAY {
            let allowed = ways.iter().any(|way| file.path.starts_with(way));
            let looked_at = file.path.starts_with(below) && file.path != "tests/it/house.rs";
            if looked_at && !allowed && text.contains(word) {
                complaints.push(format!("{} has {word}: see {ways:?}", file.path));
            }
        }
        if file.path.starts_with("src/")
            && file.work().contains(".spawn()")
            && !file.work().contains("default_for_children()")
        {
            complaints.push(format!("{} starts children with our signals", file.path));
        }
    }
    complain(&complaints);
}

#[test]
fn every_snapshot_belongs_to_a_test() {
    let mut complaints = Vec::new();
    for snapshot in sources(&["tests"], "snap") {
        let source = snapshot
            .text
            .lines()
            .find_map(|line| line.strip_prefix("source: "));
        let text = source.map(|path| fs::read_to_string(root().join(path)).unwrap_or_default());
        let name = snapshot.path.rsplit("__").next().unwrap_or_default();
        let name = name.trim_end_matches(".snap");
        // The second picture of a test is called `name-2`.
        let base = name.rsplit_once('-').map_or(name, |(base, _)| base);
        let known = text.is_some_and(|text| words(&text).any(|word| word == base || word == name));
        if !known {
            complaints.push(format!("{} belongs to no test", snapshot.path));
        }
    }
    complain(&complaints);
}
