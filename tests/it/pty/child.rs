//! The program on the terminal: this test binary, being a screen with a probe in it.

use selaras::tui::{Options, run};

use super::terminal::Terminal;
use crate::tui::probe::{Probe, places};

/// Tells the binary to be a screen.
const ROLE: &str = "SELARAS_TEST_SCREEN";

/// The command line that makes this binary a screen.
pub fn command_line() -> Vec<String> {
    let program = std::env::current_exe().unwrap();
    let name = "pty::child::a_screen_when_told_to_be_one";
    let program = program.to_str().unwrap().to_owned();
    [
        program.as_str(),
        "--exact",
        name,
        "--nocapture",
        "--test-threads=1",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The environment of a screen, with these variables besides.
pub fn environment<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        (ROLE, "1"),
        ("TERM", "xterm-256color"),
        ("LC_ALL", "C.UTF-8"),
    ];
    all.extend_from_slice(more);
    all
}

/// A screen of this size, after its first frame.
pub async fn screen(size: (u16, u16), more: &[(&str, &str)]) -> Terminal {
    let line = command_line();
    let args: Vec<&str> = line[1..].iter().map(String::as_str).collect();
    let mut terminal = Terminal::spawn(&line[0], &args, &environment(more), size);
    terminal.wait_for_words("q quit").await;
    terminal
}

#[test]
fn a_screen_when_told_to_be_one() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let places = places(Probe::with_rows(50));
    let farewell = runtime.block_on(run(Options::default(), places)).unwrap();
    let mut out = std::io::stdout();
    let _ = std::io::Write::write_all(&mut out, format!("left: {:?}\r\n", farewell.end).as_bytes());
}
