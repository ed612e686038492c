//! The terminal lent to a pager, and taken again whatever the pager does with it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use rustix::process::Signal;

use super::real::{Home, PROGRAM};
use super::terminal::Terminal;

/// A pager that shows the file, then does as scripted.
const PAGER: &str = "#!/bin/sh
echo x >> \"$0.count\"
printf 'PAGER %s: ' $(wc -l < \"$0.count\"); cat \"$1\"
read answer
case $answer in
    raw) stty raw -echo; kill -9 $$;;
    *) exit \"$answer\";;
esac
";

/// A world whose script has a log, and a pager in it.
async fn home() -> (Home, PathBuf) {
    let home = Home::new().await;
    fs::write(home.world.script().log, "a line of the log\n").unwrap();
    let pager = home.folder.path().join("pager");
    fs::write(&pager, PAGER).unwrap();
    fs::set_permissions(&pager, fs::Permissions::from_mode(0o700)).unwrap();
    (home, pager)
}

/// The words of a command line that is the dashboard, and its variables.
fn line(home: &Home, pager: &str) -> (Vec<String>, Vec<(&'static str, String)>) {
    let config = home.world.config().display().to_string();
    let mut environment = home.environment();
    environment.push(("PAGER", pager.to_owned()));
    environment.push(("PS1", "shell> ".to_owned()));
    (vec!["--config".to_owned(), config], environment)
}

fn spawn(program: &str, words: &[String], environment: &[(&'static str, String)]) -> Terminal {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let all = environment.iter();
    let environment: Vec<_> = all.map(|(name, value)| (*name, value.as_str())).collect();
    Terminal::spawn(program, &words, &environment, (100, 30))
}

/// The dashboard, with the log of the script before one's eyes.
async fn at_the_log(home: &Home, pager: &str) -> Terminal {
    let (words, environment) = line(home, pager);
    let mut terminal = spawn(PROGRAM, &words, &environment);
    terminal.wait_for_words("Malang").await;
    terminal.type_and_see("3", "a line of the log").await;
    terminal
}

/// Opens the file for the first time, the second, and so on.
async fn in_the_pager(terminal: &mut Terminal, time: usize) {
    let words = format!("PAGER {time}: a line of the log");
    terminal.type_and_see("|", &words).await;
    let screen = terminal.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
}

async fn back(terminal: &mut Terminal) {
    terminal
        .wait_for("the screen", |screen| {
            screen.alternate_screen() && screen.contents().contains("a line of the log")
        })
        .await;
}

#[tokio::test]
async fn a_pager_gets_the_terminal_and_the_screen_comes_back_however_it_ends() {
    let (home, pager) = home().await;
    let mut terminal = at_the_log(&home, pager.to_str().unwrap()).await;
    for (time, (answer, word)) in (1..).zip([
        ("0\n", ""),
        ("7\n", "pager ended with exit 7"),
        ("\x03", "pager ended by signal 2"),
        ("raw\n", "pager ended by signal 9"),
    ]) {
        in_the_pager(&mut terminal, time).await;
        terminal.type_keys(answer).await;
        back(&mut terminal).await;
        terminal.wait_for_words(word).await;
        assert!(terminal.screen().bracketed_paste() && terminal.screen().hide_cursor());
    }
    // Keys go to the screen again, and what is left is whole.
    terminal.type_and_see("?", "Opens the file in $PAGER").await;
    terminal.type_keys("\x1bq").await;
    assert!(terminal.ended().await.success());
    assert!(!terminal.screen().alternate_screen() && !terminal.screen().hide_cursor());
}

#[tokio::test]
async fn a_pager_that_is_not_there_is_told() {
    let (home, _) = home().await;
    let mut terminal = at_the_log(&home, "/nowhere/lihat").await;
    terminal
        .type_and_see("|", "cannot open /nowhere/lihat: No such file")
        .await;
    back(&mut terminal).await;
    terminal.type_keys("q").await;
    assert!(terminal.ended().await.success());
}

#[tokio::test]
async fn a_careless_pager_is_replaced_and_less_lets_no_attack_through() {
    let (home, _) = home().await;
    let attack =
        "a line of the log\n\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[5;5H \x1b[6n \x1bP1$r\x1b\\\n";
    fs::write(home.world.script().log, attack).unwrap();
    let mut terminal = at_the_log(&home, "cat").await;
    terminal.take_bytes();
    terminal.type_and_see("|", "(END)").await;
    let sent = String::from_utf8_lossy(&terminal.take_bytes()).into_owned();
    for piece in ["\x1b]0;", "\x1b[5;5H", "\x1b[6n", "\x1bP"] {
        assert!(!sent.contains(piece), "{piece:?} in {sent:?}");
    }
    terminal.type_keys("q").await;
    back(&mut terminal).await;
    terminal.type_keys("q").await;
    assert!(terminal.ended().await.success());
}

#[tokio::test]
async fn what_ends_the_screen_ends_the_pager() {
    for signal in [Signal::TERM, Signal::HUP] {
        let (home, pager) = home().await;
        let mut terminal = at_the_log(&home, pager.to_str().unwrap()).await;
        in_the_pager(&mut terminal, 1).await;
        terminal.signal(signal).ended().await;
        let screen = terminal.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    }
    let (home, pager) = home().await;
    let mut terminal = at_the_log(&home, pager.to_str().unwrap()).await;
    in_the_pager(&mut terminal, 1).await;
    terminal.hang_up().await;
}

#[tokio::test]
async fn ctrl_z_in_the_pager_gives_the_terminal_to_the_shell() {
    let (home, pager) = home().await;
    let (words, environment) = line(&home, pager.to_str().unwrap());
    let mut terminal = spawn("/bin/sh", &["-i".to_owned()], &environment);
    terminal.wait_for_words("shell> ").await;
    let command = format!("{PROGRAM} {}\n", words.join(" "));
    terminal.type_and_see(&command, "Malang").await;
    terminal.type_and_see("3", "a line of the log").await;
    in_the_pager(&mut terminal, 1).await;
    terminal.type_keys("\x1a").await;
    let asks = |screen: &vt100::Screen| screen.contents().trim_end().ends_with("shell>");
    terminal.wait_for("the shell", asks).await;
    terminal.type_and_see("echo $((40+2))\n", "\n42").await;
    terminal
        .wait_for("the shell again", asks)
        .await
        .type_keys("fg\n7\n")
        .await;
    terminal.wait_for_words("pager ended with exit 7").await;
    assert!(terminal.screen().alternate_screen());
    terminal.type_keys("q").await;
    terminal
        .wait_for("the shell", |screen| {
            !screen.alternate_screen() && screen.contents().trim_end().ends_with("shell>")
        })
        .await
        .type_keys("exit\n")
        .await;
    terminal.ended().await;
}
