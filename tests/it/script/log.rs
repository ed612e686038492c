//! Following a log: rotated, truncated, replaced, switched, and never there at first.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use selaras::script::log::{Follower, Following, News, last};
use tempfile::TempDir;

use crate::harness::wait::within;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.log");
    (folder, path)
}

fn append(path: &Path, text: &str) {
    let mut options = File::options();
    let mut file = options.append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn words(news: Vec<News>) -> Vec<String> {
    let word = |one| match one {
        News::Line(line) => String::from_utf8_lossy(&line).into_owned(),
        other => format!("<{other:?}>"),
    };
    news.into_iter().map(word).collect()
}

/// All that is new, until there is nothing.
fn all(follower: &mut Follower) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let batch = words(follower.next_batch().unwrap());
        if batch.is_empty() {
            return all;
        }
        all.extend(batch);
    }
}

#[test]
fn the_last_lines_come_at_once_and_the_rest_follows() {
    let (_folder, path) = place();
    let line = |text: String, number| text + &format!("line {number}\n");
    let many = (1..=250).fold(String::new(), line);
    append(&path, &many);
    append(&path, "ha");
    let (mut follower, lines) = Follower::open(&path, 100).unwrap();
    assert_eq!(
        (lines.len(), lines[0].as_slice()),
        (100, b"line 151".as_slice())
    );
    assert!(all(&mut follower).is_empty());
    append(&path, "lf\nnext\n");
    assert_eq!(all(&mut follower), ["half", "next"]);
    assert_eq!(last(&path, 1).unwrap(), [b"next"]);
    append(&path, "being written");
    assert_eq!(last(&path, 2).unwrap(), [&b"next"[..], b"being written"]);
}

#[test]
fn rotation_loses_no_line() {
    let (folder, path) = place();
    append(&path, "one\n");
    let (mut follower, _) = Follower::open(&path, 0).unwrap();
    fs::rename(&path, folder.path().join("sync.log.1")).unwrap();
    append(&folder.path().join("sync.log.1"), "two\nlast without end");
    append(&path, "three\n");
    assert_eq!(
        all(&mut follower),
        ["two", "last without end", "<Replaced>", "three"]
    );
    fs::remove_file(&path).unwrap();
    assert_eq!(all(&mut follower), ["<Missing>"]);
    append(&path, "four\n");
    assert_eq!(all(&mut follower), ["<Replaced>", "four"]);
}

#[test]
fn truncation_begins_anew_even_when_the_file_has_grown_again() {
    let (_folder, path) = place();
    append(&path, "one\ntwo\n");
    let (mut follower, _) = Follower::open(&path, 0).unwrap();
    fs::write(&path, "1\n").unwrap();
    assert_eq!(all(&mut follower), ["<Truncated>", "1"]);
    fs::write(&path, "a much longer beginning\nand more\n").unwrap();
    assert_eq!(
        all(&mut follower),
        ["<Truncated>", "a much longer beginning", "and more"]
    );
}

#[test]
fn a_symlink_to_the_newest_is_followed_when_it_is_switched() {
    let (folder, latest) = place();
    let [first, second] = ["a.log", "b.log"].map(|name| folder.path().join(name));
    append(&first, "one\n");
    symlink(&first, &latest).unwrap();
    let (mut follower, lines) = Follower::open(&latest, 100).unwrap();
    assert_eq!(lines, [b"one"]);
    append(&second, "two\n");
    append(&first, "late\n");
    let fresh = folder.path().join("fresh");
    symlink(&second, &fresh).unwrap();
    fs::rename(&fresh, &latest).unwrap();
    assert_eq!(all(&mut follower), ["late", "<Replaced>", "two"]);
}

#[test]
fn a_file_that_is_not_there_yet_is_waited_for() {
    let (_folder, path) = place();
    let (mut follower, lines) = Follower::open(&path, 100).unwrap();
    assert!(lines.is_empty());
    assert_eq!(all(&mut follower), ["<Missing>"]);
    append(&path, "at last\n");
    assert_eq!(all(&mut follower), ["at last"]);
    assert!(last(&path.with_extension("none"), 1).is_err());
}

#[test]
fn an_endless_line_comes_in_pieces() {
    let (_folder, path) = place();
    let (mut follower, _) = Follower::open(&path, 0).unwrap();
    fs::write(&path, vec![b'x'; 5 << 20]).unwrap();
    let pieces = all(&mut follower);
    assert!(pieces.len() >= 4 && pieces.iter().all(|piece| piece.len() <= 2 << 20));
}

#[tokio::test]
async fn following_waits_for_what_is_new() {
    let (_folder, path) = place();
    append(&path, "old\n");
    let (follower, _) = Follower::open(&path, 0).unwrap();
    let mut following = Following::new(follower);
    let next = within("news", following.next());
    let (news, ()) = tokio::join!(next, async { append(&path, "new\n") });
    assert_eq!(words(news.unwrap()), ["new"]);
}
