//! Which kecamatan is in hand: by number where the backend counts, by a known name in a message.
//!
//! A name is looked up, a message is never understood: without a list of names nothing is lost
//! but the name.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::dapodik::region::Kecamatan;
use crate::engine::Event;
use crate::text::scrub;

/// The words of the longest name, such as "Pulau Pulau Batu Utara".
const LONGEST_NAME: usize = 5;
/// A name is looked for among so many words at the end of a message; one of a megabyte would
/// otherwise cost millions of comparisons.
const SEARCHED_WORDS: usize = 60;
/// How many kecamatan are kept. The whole country has 7 300; a backend that counts on forever
/// must not fill memory and journal.
const MOST: usize = 10_000;
/// So many turns may begin at once, and one more in each of these lengths of time.
const BURST: i64 = 500;
const TURN_EVERY: SignedDuration = SignedDuration::from_millis(200);
const RUNNING: &str = "running";
const DONE: &str = "done";
/// Its turn is over too, as our own work says it.
const ENDED: [&str; 2] = ["partial", "failed"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its code where that is certain, else its name or number.
    pub key: String,
    pub label: String,
    /// Whether its turn is over. Whether it was stored is said by the check alone.
    pub passed: bool,
}

impl Place {
    /// One of which only the number is known.
    pub(super) fn numbered(number: u64, total: Option<u64>) -> Self {
        let label = match total {
            Some(total) => format!("{number} of {total}"),
            None => format!("kecamatan {number}"),
        };
        Self {
            key: format!("#{number}"),
            label,
            passed: false,
        }
    }

    /// What a run says when its turn begins.
    pub(super) fn begins(&self) -> Event {
        self.event(RUNNING)
    }

    fn event(&self, state: &str) -> Event {
        Event::Item {
            key: self.key.clone(),
            state: state.to_owned(),
            note: self.label.clone(),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    all: Vec<Place>,
    by_key: HashMap<String, usize>,
    passed: u64,
    in_hand: Option<usize>,
}

impl Places {
    pub fn all(&self) -> &[Place] {
        &self.all
    }

    pub fn passed(&self) -> u64 {
        self.passed
    }

    pub fn find(&self, key: &str) -> Option<&Place> {
        self.by_key.get(key).map(|index| &self.all[*index])
    }

    pub fn in_hand(&self) -> Option<&str> {
        Some(&self.all[self.in_hand?].label)
    }

    pub fn is_in_hand(&self, place: &Place) -> bool {
        self.in_hand
            .is_some_and(|index| self.all[index].key == place.key)
    }

    /// What a run says when the turn of the one in hand is over.
    pub fn leave(&self) -> Option<Event> {
        Some(self.all[self.in_hand?].event(DONE))
    }

    /// Takes such an event.
    pub fn note(&mut self, key: &str, state: &str, note: &str) {
        let passed = match state {
            RUNNING => false,
            DONE => true,
            // A school of ours fails with its kecamatan before its NPSN.
            ended if ENDED.contains(&ended) && !key.contains('/') => true,
            _ => return,
        };
        let index = match self.by_key.get(key) {
            Some(index) => *index,
            None if self.all.len() >= MOST => return,
            None => {
                self.all.push(Place {
                    key: key.to_owned(),
                    label: if note.is_empty() { key } else { note }.to_owned(),
                    passed: false,
                });
                self.by_key.insert(key.to_owned(), self.all.len() - 1);
                self.all.len() - 1
            }
        };
        match (
            std::mem::replace(&mut self.all[index].passed, passed),
            passed,
        ) {
            (false, true) => self.passed += 1,
            (true, false) => self.passed -= 1,
            _ => {}
        }
        if passed {
            self.in_hand = self.in_hand.filter(|at| *at != index);
        } else {
            self.in_hand = Some(index);
        }
    }

    fn has_passed(&self, key: &str) -> bool {
        self.find(key).is_some_and(|place| place.passed)
    }
}

/// How many turns began lately: each is two lines of the journal, and a backend whose `current`
/// only counts up would write megabytes a minute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TurnLimit {
    begun: i64,
    since: Option<Timestamp>,
}

impl TurnLimit {
    /// Whether another turn may be told of.
    pub fn take(&mut self, at: Timestamp) -> bool {
        let since = *self.since.get_or_insert(at);
        let millis = at.duration_since(since).as_millis().max(0);
        let earned = i64::try_from(millis / TURN_EVERY.as_millis()).unwrap_or(i64::MAX);
        if earned >= self.begun {
            (self.begun, self.since) = (0, Some(at));
        } else {
            self.begun -= earned;
            let counted = TURN_EVERY * i32::try_from(earned).unwrap_or(0);
            self.since = Some(since + counted);
        }
        let may = self.begun < BURST;
        self.begun += i64::from(may);
        may
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct NameIndex {
    by_name: HashMap<String, Vec<Kecamatan>>,
}

impl NameIndex {
    pub fn of(known: &[Kecamatan]) -> Self {
        let mut by_name: HashMap<String, Vec<Kecamatan>> = HashMap::new();
        for kecamatan in known {
            let name = words(&kecamatan.name).join(" ");
            if !name.is_empty() {
                by_name.entry(name).or_default().push(kecamatan.clone());
            }
        }
        Self { by_name }
    }

    /// The kecamatan that a message names; the last name in it, and of several that fit the
    /// longest: the school before it may be called after another kecamatan.
    pub fn find(&self, message: &str, places: &Places) -> Option<Place> {
        if self.by_name.is_empty() {
            return None;
        }
        let words = words(message);
        let words = &words[words.len().saturating_sub(SEARCHED_WORDS)..];
        let ends = (1..=words.len()).rev();
        let mut spans =
            ends.flat_map(|end| (end.saturating_sub(LONGEST_NAME)..end).map(move |from| from..end));
        let namesakes = spans.find_map(|span| self.by_name.get(&words[span].join(" ")))?;
        Some(one_of(namesakes, places))
    }
}

/// Of two with one name the one whose turn has not been; while both may be meant, both are said.
fn one_of(namesakes: &[Kecamatan], places: &Places) -> Place {
    let open = |one: &&Kecamatan| !places.has_passed(&scrub(one.code.as_str()));
    let mut fitting: Vec<&Kecamatan> = namesakes.iter().filter(open).collect();
    if fitting.is_empty() {
        fitting = namesakes.iter().collect();
    }
    let (key, label) = if let [one] = fitting.as_slice() {
        (scrub(one.code.as_str()), one.label())
    } else {
        let codes: Vec<&str> = fitting.iter().map(|one| one.code.as_str()).collect();
        let name = &fitting[0].name;
        let label = format!("{name} ({})", codes.join(" or "));
        (scrub(name), scrub(&label))
    };
    Place {
        key,
        label,
        passed: false,
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}
