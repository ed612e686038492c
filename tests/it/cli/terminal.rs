//! On a real terminal: questions, what is typed, Ctrl-C, and a line that drops.

use rustix::process::{Pid, Signal, kill_process};
use selaras::run::State;
use selaras::sim::people::named;
use selaras::sim::world::Place;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr};

use super::office::PROGRAM;
use super::{Office, sentence};
use crate::harness::wait;
use crate::pty::terminal::Terminal;

const SIZE: (u16, u16) = (120, 60);
const ASKED: &str = "Go on? [y/N]";

fn terminal(office: &Office, arguments: &[&str]) -> Terminal {
    let environment = office.environment();
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    Terminal::spawn(PROGRAM, arguments, &environment, SIZE)
}

/// Ctrl-C for one process.
pub fn interrupt(child: &Child) {
    let pid = Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
}

/// A child of which a line was heard.
pub struct Heard {
    /// The child.
    pub child: Child,
    said: String,
    lines: Lines<BufReader<ChildStderr>>,
}

/// Waits until a child says something.
pub async fn heard(mut child: Child, words: &str) -> Heard {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = String::new();
    let reading = async {
        while !said.contains(words) {
            said += &lines.next_line().await.unwrap().unwrap();
            said.push('\n');
        }
    };
    wait::within(words, reading).await;
    Heard { child, said, lines }
}

impl Heard {
    /// Its exit code and all it said.
    pub async fn end(mut self) -> (i32, String) {
        let reading = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                self.said += &line;
                self.said.push('\n');
            }
        };
        wait::within("all that a child says", reading).await;
        let status = wait::exit_of(&mut self.child).await;
        (status.code().unwrap_or(-1), self.said)
    }
}

#[tokio::test]
async fn a_question_names_figures_place_and_database_and_y_goes_on() {
    let office = Office::open().await;
    let mut shell = terminal(&office, &["users", "apply", "test", "malang"]);
    shell.wait_for_words(ASKED).await;
    let text = shell.screen().contents();
    for words in [
        "Apply to sqlite ",
        "Test: add 3 · deactivate 2",
        "Malang: nothing (Failed to",
    ] {
        assert!(text.contains(words), "no {words:?} in\n{text}");
    }
    shell
        .type_and_see("y\n", "Sync completed for 1 of 2 locations: 3 users added")
        .await;
    assert_eq!(shell.ended().await.code(), Some(11));
}

#[tokio::test]
async fn anything_but_yes_and_an_end_of_input_write_nothing() {
    let office = Office::open().await;
    for answer in ["n\n", "\n", "yesterday\n", "\x04"] {
        let mut shell = terminal(&office, &["users", "apply", "dev"]);
        shell.wait_for_words(ASKED).await;
        shell
            .type_and_see(answer, "not confirmed; nothing was written")
            .await;
        assert_eq!(shell.ended().await.code(), Some(130), "{answer:?}");
    }
    assert!(office.runs().readable().unwrap().is_empty());
}

#[tokio::test]
async fn ctrl_c_leaves_the_question() {
    let office = Office::open().await;
    let mut shell = terminal(&office, &["users", "apply", "dev"]);
    shell.wait_for_words(ASKED).await;
    shell
        .type_and_see("\x03", "not confirmed; nothing was written")
        .await;
    assert_eq!(shell.ended().await.code(), Some(130));
    assert_eq!(office.active(Place::Dev).await, 0);
}

#[tokio::test]
async fn a_production_target_wants_its_name_typed() {
    let office = Office::open().await;
    office.set("code = \"prod\"", "production = true");
    let ask = "Type Prod to continue";
    for wrong in ["y\n", "prod\n", "Prod2\n"] {
        let mut shell = terminal(&office, &["users", "apply", "dev", "prod"]);
        shell.wait_for_words(ask).await;
        shell.type_and_see(wrong, "nothing was written").await;
        assert_eq!(shell.ended().await.code(), Some(130), "{wrong:?}");
    }
    let mut shell = terminal(&office, &["users", "apply", "dev", "prod"]);
    shell.wait_for_words(ask).await;
    shell.type_and_see("Prod\n", &sentence(825, 0, 0)).await;
    assert_eq!(shell.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_tripped_guard_is_shown_and_asks_nothing() {
    let office = Office::open().await;
    office.branch(Place::Test).set_people(Vec::new());
    let mut shell = terminal(&office, &["users", "apply", "test"]);
    shell
        .wait_for_words("hint: nothing was written for this location; if the list")
        .await;
    assert_eq!(shell.ended().await.code(), Some(7));
}

#[tokio::test]
async fn a_guard_that_waits_for_a_figure_asks_for_it_and_the_rest_goes_on_without() {
    let office = Office::open().await;
    office.branch(Place::Test).set_people(named("test", 4));
    let ask = "Type 8 to deactivate so many at Test";
    let mut shell = terminal(&office, &["users", "apply", "dev", "test"]);
    shell.wait_for_words(ask).await;
    shell
        .type_and_see("7\n", "Test: nothing (Not applied: 8 of 12")
        .await;
    // What is typed before the question itself stands there does not count.
    shell.wait_for_words(ASKED).await;
    shell
        .type_and_see("y\n", "Sync completed for 1 of 2 locations: 25 users")
        .await;
    assert_eq!(shell.ended().await.code(), Some(7));
    let mut shell = terminal(&office, &["users", "apply", "test"]);
    shell.wait_for_words(ask).await;
    shell.type_and_see("8\n", "Test: deactivate 8").await;
    shell.wait_for_words(ASKED).await;
    shell.type_and_see("y\n", &sentence(0, 8, 4)).await;
    assert_eq!(shell.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_closed_terminal_in_the_middle_ends_the_face_and_not_the_run() {
    let office = Office::open().await;
    let held = office.hold().await;
    let mut shell = terminal(&office, &["users", "apply", "dev"]);
    shell.wait_for_words(ASKED).await;
    shell
        .type_and_see("y\n", "it continues if this connection drops")
        .await;
    let run = office.working_run().await.short();
    let face = shell.hang_up().await;
    assert!(!face.success(), "{face}");
    let state = office.runs().readable().unwrap().remove(0).state;
    assert_eq!(state, State::Running);
    drop(held);
    let followed = office.run(&["runs", "follow", &run]).await;
    followed.expect(0, &sentence(25, 0, 0), "· apply Dev\n");
    let (_, shown) = office.json(&["runs", "show", &run, "--json"]).await;
    assert_eq!(shown["report"]["locations"][0]["inserted"], 25);
}

#[tokio::test]
async fn progress_is_a_bar_that_goes_away() {
    let office = Office::open().await;
    let mut shell = terminal(&office, &["users", "apply", "prod", "--yes"]);
    // The whole screen is read to the end: what stands on it then, stays.
    let status = shell.ended().await;
    let text = shell.screen().contents();
    assert!(text.contains(&sentence(800, 0, 0)), "{text}");
    assert!(!text.contains("800/800"), "{text}");
    assert_eq!(status.code(), Some(0));
}
