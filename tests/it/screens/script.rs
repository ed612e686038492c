//! DB Script by keyboard: preview, run, stop, a second start, a stale lock, the pager.

mod ends;
mod remote;

use std::fs;
use std::time::Duration;

use selaras::sim::script::{Kind, Script};
use selaras::tui::dashboard::News;

use super::mask::mask;
use super::office::{Office, flat};
use crate::harness::wait::status_of;
use crate::harness::{child, clock};
use crate::tui::stage::{Asked, Stage};

/// A world whose script is of this kind and takes about so long.
fn office(kind: Kind, length: Duration) -> (Office, Script) {
    let office = Office::open();
    let script = Script::write(&office.path("script"), kind, length).unwrap();
    (office, script)
}

/// Somebody at the tab of the script.
fn at_the_tab(office: &Office, width: u16, height: u16) -> Stage<News> {
    let mut stage = office.sit(width, height);
    stage.settle().press("3").until_words("lock:").settle();
    stage
}

/// The screen with what is left of random names behind a `…` masked as well.
fn short_mask(screen: &str) -> String {
    let screen = mask(screen);
    let mut pieces = screen.split('…');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |masked, piece| {
        let (random, rest) = piece.split_once('/').unwrap_or(("", piece));
        masked + "…" + &"X".repeat(random.chars().count()) + "/" + rest
    })
}

/// Goes from the board to the question, and says yes.
fn run(stage: &mut Stage<News>) {
    stage.press("s").until_words("Ready to run").settle();
    stage
        .press("Enter")
        .until_words("Run the script here")
        .settle();
    stage.press("Enter");
}

#[test]
fn a_run_is_previewed_asked_for_followed_and_told() {
    let (office, _) = office(Kind::Usual, Duration::from_millis(300));
    let mut stage = at_the_tab(&office, 100, 30);
    stage.until_words("is not there").settle();
    insta::assert_snapshot!(mask(&stage.screen()));
    stage.press("s").until_words("SHA-256").settle();
    stage.press("Enter").settle();
    let question = flat(&stage.screen());
    assert!(question.contains("sync.sh on this machine"), "{question}");
    assert_eq!(office.runs().len(), 0, "nothing is run before the yes");
    stage
        .press("Enter")
        .until_words("All tables match")
        .until_words("unchanged since the last run")
        .until(|_| office.runs().iter().all(|run| run.exit().is_some()));
    let ended = office.runs();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].exit(), Some(0));
}

#[test]
fn the_smallest_usual_screen_has_both_panes() {
    let (office, _) = office(Kind::Usual, Duration::from_millis(300));
    let mut stage = at_the_tab(&office, 80, 24);
    stage.until_words("is not there").settle();
    insta::assert_snapshot!(short_mask(&stage.screen()));
}

#[test]
fn a_second_start_is_refused_naming_who_and_a_stop_ends_the_first() {
    let (office, script) = office(Kind::Usual, Duration::from_mins(10));
    let mut stage = at_the_tab(&office, 100, 30);
    run(&mut stage);
    stage.until_words("Dumping app").until_words("pid ");
    stage.press("s").until_words("is already running: run");
    stage.press("x").until_words("TERM").press("Enter");
    stage.until_words("idle");
    assert!(!script.lock.exists(), "its trap has run");
    assert_ne!(office.runs()[0].exit(), Some(0));
}

#[test]
fn a_script_that_ignores_the_stop_is_killed_by_insisting() {
    let (office, script) = office(Kind::IgnoresTerm, Duration::from_mins(10));
    // Only who insists is done with it before this test gives up.
    office.edit_config(|text| text.replace("[script]\n", "[script]\ngrace = \"1h\"\n"));
    let mut stage = at_the_tab(&office, 100, 30);
    run(&mut stage);
    stage.until_words("Nothing stops me").settle();
    stage.press("x").until_words("TERM").settle().press("Enter");
    stage
        .until_words("stopping, KILL in 59:")
        .until_words("Enter kills it")
        .settle();
    let screen = stage.screen();
    let bar = screen.lines().next().unwrap();
    assert!(
        bar.contains("DB Script") && !bar.contains('%'),
        "a countdown is no progress: {bar}"
    );
    stage
        .press("R")
        .settle()
        .press("Enter")
        .until_words("Nothing stops me");
    stage.until_words("until KILL");
    let screen = stage.screen();
    let countdown = screen.lines().find(|line| line.contains("until KILL"));
    assert!(!countdown.unwrap().contains('%'), "{screen}");
    stage
        .press("Esc")
        .press("R")
        .until_words("Enter kills it")
        .settle();
    stage.press("x").until_words("KILL at once").settle();
    stage.press("Enter").until_words("idle");
    assert!(script.lock.exists(), "who is killed cannot clean up");
    assert_eq!(office.runs()[0].exit(), Some(130));
}

#[test]
fn a_run_opened_in_the_list_shows_what_the_script_printed() {
    let (office, _) = office(Kind::Usual, Duration::from_millis(300));
    let mut stage = at_the_tab(&office, 100, 30);
    run(&mut stage);
    stage.until(|_| office.runs().iter().any(|run| run.exit() == Some(0)));
    stage.press("1").press("R").until_words("clean").settle();
    stage
        .press("Enter")
        .until_words("All tables match")
        .settle();
    let screen = stage.screen();
    assert!(screen.contains("Output"), "{screen}");
    stage.press("/").type_text("Step 2").settle();
    let footer = stage.screen();
    let footer = footer.lines().last().unwrap();
    assert_eq!(footer.trim(), "Enter search  Esc back");
    stage.press("Enter").until_words("Step 2 of 5").settle();
    // One step back takes the search away, the next one the run.
    stage.press("Esc").settle();
    assert!(stage.screen().contains("All tables match") || stage.screen().contains("Output"));
    stage
        .press("Esc")
        .until_words("Runs of this machine")
        .settle();
    stage.press("Enter").until_words("All tables match");
}

#[test]
fn a_lock_that_comes_and_goes_by_itself_is_seen() {
    let (office, script) = office(Kind::Usual, Duration::from_millis(300));
    let mut stage = at_the_tab(&office, 100, 30);
    stage.until_words("lock: absent");
    let lock = fs::File::create(&script.lock).unwrap();
    let mut holder = child::tool("sleep").arg("600").stdin(lock).spawn().unwrap();
    stage
        .until_words("lock: held")
        .until_words("started by hand");
    fs::remove_file(&script.lock).unwrap();
    holder.kill().unwrap();
    status_of(holder);
    stage.until_words("lock: absent").until_words("idle");
}

#[test]
fn a_long_silence_is_said_to_be_a_question_perhaps() {
    // How long a file was not written to is a time of the kernel.
    let own = "screens::script::a_long_silence_is_said_to_be_a_question_perhaps";
    if !clock::is_the_kernels(own) {
        return;
    }
    let (office, _) = office(Kind::Usual, Duration::from_mins(10));
    let mut stage = at_the_tab(&office, 100, 30);
    run(&mut stage);
    stage
        .until_words("Dumping app")
        .until_words("last output just now");
    assert!(!flat(&stage.screen()).contains("waiting for a password"));
    let output = office.kept().output(office.runs()[0].id());
    let output = fs::File::options().append(true).open(output).unwrap();
    let before = clock::kernels_past(Duration::from_secs(6 * 60 + 5));
    output.set_modified(before).unwrap();
    // The script sleeps for minutes now, and prints nothing.
    stage
        .until_words("no output for 6 min: may be")
        .until_words("waiting for a password");
    stage.press("x").until_words("TERM").settle();
    stage.press("Enter").until_words("idle");
}

#[test]
fn the_pager_is_called_with_the_file_and_only_where_there_is_one() {
    let (office, script) = office(Kind::Usual, Duration::from_millis(300));
    let mut stage = at_the_tab(&office, 100, 30);
    stage.until_words("is not there yet").settle();
    stage.press("|").until_words("no file is open");
    fs::write(&script.log, "a line\n").unwrap();
    stage.until_words("a line").settle().press("|").settle();
    let path = script.log.display().to_string();
    let lent = Asked::RunProgram(["less", "-R", &path].map(str::to_owned).to_vec());
    assert_eq!(stage.asked(), [lent]);
    assert!(stage.screen().contains("a line"));
}

#[test]
fn a_long_path_is_shortened_in_its_middle_on_the_board_and_whole_in_the_preview() {
    let (office, script) = office(Kind::Usual, Duration::from_millis(300));
    let long = "sinkronisasi-basis-data-kepegawaian/cadangan/harian";
    let folder = office.path(long);
    fs::create_dir_all(&folder).unwrap();
    fs::copy(&script.path, folder.join("sync.sh")).unwrap();
    office.edit_config(|text| text.replace("script/sync", &format!("{long}/sync")));
    let mut stage = at_the_tab(&office, 80, 24);
    stage
        .until_words("idle")
        .until_words("it will show up here when it is")
        .settle();
    insta::assert_snapshot!(short_mask(&stage.screen()));
    stage.press("s").until_words("SHA-256").settle();
    let preview: String = stage.screen().split_whitespace().collect();
    assert!(preview.contains(&format!("{long}/sync.sh")), "{preview}");
}

#[test]
fn a_lock_that_is_there_is_shown_and_keeps_a_run_from_beginning() {
    let (office, script) = office(Kind::Usual, Duration::from_millis(300));
    fs::write(&script.lock, "").unwrap();
    let mut stage = at_the_tab(&office, 100, 30);
    let screen = flat(&stage.screen());
    if screen.contains("lock: stale") {
        stage.press("U").until_words("Remove the stale lock file");
        stage.settle().press("Enter").until_words("lock: absent");
        assert!(!script.lock.exists());
    } else {
        // Without root not all processes can be seen, and the screen says so.
        assert!(screen.contains("lock: cannot tell"), "{screen}");
        stage.press("s").until_words("own lock is there").settle();
        stage.press("Enter").settle();
        assert_eq!(office.runs().len(), 0);
    }
}

#[test]
fn what_is_not_set_up_says_what_is_missing() {
    let office = Office::open();
    office.edit_config(|text| text.replace("path = \"script/sync.sh\"\n", ""));
    let mut stage = office.sit(100, 30);
    stage
        .settle()
        .press("3")
        .until_words("SYNC_SCRIPT_PATH environment variable is not set");
}
