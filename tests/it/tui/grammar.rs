//! One grammar of keys: a letter means one thing in the whole program.
//!
//! Held by every test of a screen: whenever the stage has settled, the key tables of all tabs, in
//! the states they are in, are compared with the table here.

use std::fmt::Debug;

use selaras::tui::keys::{Action, Binding, Key};
use selaras::tui::overlay::Entry;

/// What each letter may mean: an action that all places understand, or one of a tab's own.
const GRAMMAR: [(&str, &str); 47] = [
    ("Enter", "Open"),
    ("Esc", "Back"),
    ("Space", "Mark"),
    ("/", "Filter"),
    ("n", "FindNext"),
    ("N", "FindPrevious"),
    ("#", "Line"),
    ("a", "All"),
    ("s", "Start"),
    ("S", "StartAll"),
    ("r", "Again"),
    ("x", "Stop"),
    ("u", "Undo"),
    ("o", "Sort"),
    ("O", "Reverse"),
    ("f", "Follow"),
    ("w", "Wrap"),
    ("v", "View"),
    ("|", "Pager"),
    ("y", "Copy"),
    ("e", "Export"),
    (":", "Palette"),
    ("?", "Help"),
    ("R", "Runs"),
    ("L", "Log"),
    ("M", "Mouse"),
    ("q", "Quit"),
    ("k", "Move"),
    ("j", "Move"),
    ("h", "Move"),
    ("l", "Move"),
    ("g", "Move"),
    ("G", "Move"),
    // Of users: their state, the day they were added.
    ("t", "State"),
    ("d", "Date"),
    // Of the script: the times of its lines, lines that match alone, a stale lock.
    ("T", "Times"),
    ("&", "Matching"),
    ("U", "Unlock"),
    // Of Dapodik.
    ("c", "Continue"),
    ("i", "Invert"),
    ("!", "Failed"),
    ("p", "OnePtk"),
    ("P", "AllPtk"),
    ("C", "AllSchools"),
    ("m", "Metadata"),
    ("b", "Browse"),
    ("F", "Force"),
];

/// Fails where a letter has another meaning than everywhere.
pub fn check<A: Debug>(entries: &[Entry<A>]) {
    let wrong: Vec<String> = entries.iter().flat_map(complaints).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn complaints<A: Debug>(entry: &Entry<A>) -> Vec<String> {
    let binding = &entry.binding;
    let meaning = meaning(&binding.action);
    let keys = binding.keys.iter().map(Key::to_string);
    let wrong = keys.filter(|key| is_letter(key) && !GRAMMAR.contains(&(key, &meaning)));
    wrong
        .map(|key| format!("{key} means {meaning} in {}", entry.heading))
        .collect()
}

/// Whether a key is one of the grammar; arrows and control keys are not.
fn is_letter(key: &str) -> bool {
    let digit = key.chars().all(|letter| letter.is_ascii_digit());
    !digit && (key.chars().count() == 1 || ["Enter", "Esc", "Space"].contains(&key))
}

/// `Stop`; of a tab's own action, which comes as `Own(Users(State))`, `State`.
fn meaning<A: Debug>(action: &Action<A>) -> String {
    let words = format!("{action:?}");
    let mut parts = words.split(['(', ')']).filter(|part| !part.is_empty());
    let word = match action {
        Action::Own(_) => parts.next_back(),
        _ => parts.next(),
    };
    word.unwrap_or_default().to_owned()
}

#[test]
fn no_letter_stands_twice_in_the_grammar() {
    for (index, (letter, _)) in GRAMMAR.iter().enumerate() {
        let more = GRAMMAR[index + 1..]
            .iter()
            .find(|(other, _)| other == letter);
        assert_eq!(more, None, "{letter}");
    }
}

#[test]
fn a_letter_with_another_meaning_is_found() {
    #[derive(Debug)]
    enum Act {
        State,
    }
    let entry = |key, action| Entry {
        place: None,
        heading: "Somewhere".to_owned(),
        binding: Binding::new([Key::char(key)], action, "", ""),
    };
    assert!(complaints(&entry('x', Action::<Act>::Stop)).is_empty());
    assert!(complaints(&entry('t', Action::Own(Act::State))).is_empty());
    assert_eq!(
        complaints(&entry('f', Action::Own(Act::State))),
        ["f means State in Somewhere"]
    );
    assert_eq!(
        complaints(&entry('Z', Action::<Act>::Stop)),
        ["Z means Stop in Somewhere"]
    );
}
