//! The program itself on a terminal: started, used, lost in the middle of a run, left, suspended.

use std::time::Duration;

use rustix::process::Signal;
use selaras::config::DatabaseUrl;
use selaras::run::{Runs, State};
use selaras::sim::world::{World, WorldOptions};
use selaras::users::store::Store;
use tempfile::TempDir;
use tokio::time::interval;

use super::terminal::Terminal;
use crate::harness::{child, wait};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_selaras");

/// A simulated world and a home folder in it.
pub struct Home {
    pub world: World,
    pub folder: TempDir,
}

impl Home {
    pub async fn new() -> Self {
        selaras::http::install_tls();
        let folder = TempDir::new().unwrap();
        let world = World::start(folder.path(), &WorldOptions::default())
            .await
            .unwrap();
        Self { world, folder }
    }

    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HOME", self.folder.path().display().to_string()),
            ("TERM", "xterm-256color".to_owned()),
            ("LC_ALL", "C.UTF-8".to_owned()),
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("USER", "sari".to_owned()),
        ]
    }

    /// The program on a terminal, with these words after its name.
    fn start(&self, words: &[&str]) -> Terminal {
        let environment = self.environment();
        let environment: Vec<(&str, &str)> = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Terminal::spawn(PROGRAM, words, &environment, (100, 30))
    }

    /// The dashboard in this world, after its first look.
    async fn screen(&self) -> Terminal {
        let config = self.world.config().display().to_string();
        let mut terminal = self.start(&["--config", &config]);
        terminal.wait_for_words("Malang").await;
        terminal
    }

    /// The database, held so that a worker has to wait for it.
    async fn hold(&self) -> Store {
        let url = DatabaseUrl::file(self.world.database());
        let mut store = Store::for_writing(&url, &[]).await.unwrap();
        store.begin().await.unwrap();
        store
    }

    /// Waits until the only run has ended, and says how.
    async fn ended(&self) -> State {
        let runs = Runs::at(self.world.state_dir()).unwrap();
        wait::eventually("the end of the run", || {
            let all = runs.readable().unwrap();
            let ended = all.first().filter(|run| run.state != State::Running);
            ended.map(|run| run.state.clone())
        })
        .await
    }
}

/// From the users to a run that waits for the database.
async fn begin_a_run(terminal: &mut Terminal) {
    terminal.type_and_see("s", "New 25").await;
    terminal.type_and_see("\r", "Apply to Dev").await;
    terminal.insist("\r", "apply Dev").await;
}

/// Whether the cursor stands behind the shell's prompt.
fn at_the_prompt(screen: &vt100::Screen) -> bool {
    let (row, column) = screen.cursor_position();
    !screen.alternate_screen() && screen.contents_between(row, 0, row, column) == "shell> "
}

#[tokio::test]
async fn the_bare_demo_is_a_dashboard_in_a_simulated_world() {
    let home = Home::new().await;
    let mut terminal = home.start(&["demo"]);
    terminal.wait_for_words("Simulated world").await;
    terminal.wait_for_words("demo · sqlite").await;
    terminal.wait_for_words("Malang").await;
    terminal.type_and_see("s", "New 25").await;
    terminal.type_and_see("\r", "Apply to Dev").await;
    terminal.insist("\r", "25 users added").await;
    terminal.resize(80, 24).wait_for_words("sync Dev").await;
    terminal.type_keys("q").await;
    assert!(terminal.ended().await.success());
    assert!(!terminal.screen().alternate_screen());
}

#[tokio::test]
async fn keys_in_pieces_and_other_sizes_are_taken_as_they_are_meant() {
    let home = Home::new().await;
    let mut terminal = home.screen().await;
    // As slow lines deliver them: one byte each 50 ms, and nothing says that the line is slow.
    let mut beat = interval(Duration::from_millis(50));
    for piece in ["\x1b", "[", "B"] {
        beat.tick().await;
        terminal.type_keys(piece).await;
    }
    terminal.wait_for_words("sync Test").await;
    for piece in ["\x1b", "O", "A"] {
        beat.tick().await;
        terminal.type_keys(piece).await;
    }
    terminal.wait_for_words("sync Dev").await;
    terminal.type_and_see("\x1b[B", "sync Test").await;
    terminal.resize(60, 16).wait_for_words("sync Test").await;
    terminal.resize(200, 60).wait_for_words("never").await;
    terminal
        .type_and_see("?", "Looks at the chosen location")
        .await;
    terminal.type_keys("\x1bq").await;
    assert!(terminal.ended().await.success());
}

#[tokio::test]
async fn leaving_while_a_run_goes_on_says_so_and_the_run_ends_well() {
    let home = Home::new().await;
    let mut terminal = home.screen().await;
    let mut store = home.hold().await;
    begin_a_run(&mut terminal).await;
    terminal.type_keys("q").await;
    terminal
        .wait_for_words("continues without this screen; `selaras runs follow ")
        .await;
    assert!(terminal.ended().await.success());
    store.rollback().await.unwrap();
    assert!(matches!(home.ended().await, State::Finished(ending) if ending.exit == 0));
}

#[tokio::test]
async fn a_lost_line_or_a_killed_screen_takes_no_run_with_it() {
    for way in [
        None,
        Some(Signal::HUP),
        Some(Signal::TERM),
        Some(Signal::KILL),
    ] {
        let home = Home::new().await;
        let mut terminal = home.screen().await;
        let mut store = home.hold().await;
        begin_a_run(&mut terminal).await;
        match way {
            None => {
                terminal.hang_up().await;
            }
            Some(signal) => {
                terminal.signal(signal).ended().await;
            }
        }
        store.rollback().await.unwrap();
        let state = home.ended().await;
        assert!(
            matches!(&state, State::Finished(ending) if ending.exit == 0),
            "{way:?} {state:?}"
        );
        let mut next = home.screen().await;
        next.type_and_see("R", "clean").await;
        next.type_and_see("\r", "25 users added").await;
    }
}

#[tokio::test]
async fn the_shell_gets_the_terminal_and_the_screen_comes_back_with_what_happened_meanwhile() {
    let home = Home::new().await;
    let environment = home.environment();
    let mut environment: Vec<(&str, &str)> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    environment.push(("PS1", "shell> "));
    let mut terminal = Terminal::spawn("/bin/sh", &["-i"], &environment, (100, 30));
    let config = home.world.config().display().to_string();
    terminal.wait_for_words("shell> ").await;
    terminal
        .type_and_see(&format!("{PROGRAM} --config {config}\n"), "Malang")
        .await;
    terminal.type_keys("\x1a").await;
    terminal
        .wait_for("the shell", |screen| !screen.alternate_screen())
        .await;
    let sync = format!("{PROGRAM} --config {config} users apply dev --yes 2>/dev/null\n");
    terminal.type_and_see(&sync, "25 users added").await;
    terminal.type_and_see("fg\n", "vendor1@dkm").await;
    assert!(terminal.screen().alternate_screen());
    terminal.type_keys("q").await;
    terminal.wait_for("the prompt", at_the_prompt).await;
    terminal.type_keys("exit\n").await;
    terminal.ended().await;
}

#[tokio::test]
async fn a_terminal_that_cannot_be_drawn_on_gets_a_sentence_and_no_screen() {
    let home = Home::new().await;
    let config = home.world.config().display().to_string();
    for (term, said) in [("dumb", "TERM is dumb"), ("", "TERM is not set")] {
        let mut environment = home.environment();
        environment.retain(|(name, _)| *name != "TERM");
        environment.push(("TERM", term.to_owned()));
        let environment: Vec<(&str, &str)> = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let mut terminal =
            Terminal::spawn(PROGRAM, &["--config", &config], &environment, (100, 30));
        let status = terminal.ended().await;
        assert_eq!(status.code(), Some(2), "{term}");
        let bytes = String::from_utf8_lossy(&terminal.take_bytes()).into_owned();
        assert!(
            bytes.contains(said) && bytes.contains("`selaras users`"),
            "{bytes}"
        );
        assert!(!bytes.contains('\x1b'), "{bytes:?}");
    }
}

#[tokio::test]
async fn without_a_terminal_it_says_what_it_needs() {
    let home = Home::new().await;
    let mut command = child::tool(PROGRAM);
    command.arg("--config").arg(home.world.config());
    let output = wait::output(command).await;
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("the dashboard needs a terminal"), "{said}");
}
