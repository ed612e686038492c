//! However a screen ends, the terminal is as it was.

use rustix::process::Signal;
use vt100::{MouseProtocolMode, Screen};

use super::child;

/// Whether no terminal mode of selaras is left switched on.
fn is_given_back(screen: &Screen) -> bool {
    !screen.alternate_screen()
        && !screen.hide_cursor()
        && !screen.bracketed_paste()
        && screen.mouse_protocol_mode() == MouseProtocolMode::None
}

#[tokio::test]
async fn it_is_taken_at_the_start_and_given_back_at_the_end() {
    let mut terminal = child::screen((80, 24), &[]).await;
    let screen = terminal.screen();
    assert!(screen.alternate_screen() && screen.hide_cursor() && screen.bracketed_paste());
    assert_eq!(
        screen.mouse_protocol_mode(),
        MouseProtocolMode::ButtonMotion
    );
    terminal.type_and_see("q", "left: Quit").await;
    assert!(terminal.ended().await.success());
    assert!(is_given_back(terminal.screen()));
}

#[tokio::test]
async fn ctrl_c_and_every_signal_end_it_in_order() {
    let mut terminal = child::screen((80, 24), &[]).await;
    terminal.type_and_see("\x03", "left: Quit").await;
    assert!(is_given_back(terminal.screen()));
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut terminal = child::screen((80, 24), &[]).await;
        let words = format!("left: Signal({})", signal.as_raw());
        terminal.signal(signal).wait_for_words(&words).await;
        assert!(terminal.ended().await.success());
        assert!(is_given_back(terminal.screen()), "{words}");
    }
}

#[tokio::test]
async fn a_panic_gives_it_back_before_it_is_reported() {
    let mut terminal = child::screen((80, 24), &[]).await;
    terminal.type_and_see("X", "collapsed on purpose").await;
    assert!(!terminal.ended().await.success());
    assert!(is_given_back(terminal.screen()));
}

#[tokio::test]
async fn a_panic_in_a_task_is_not_written_over_the_screen() {
    let mut terminal = child::screen((80, 24), &[]).await;
    terminal.type_and_see("x", "broke off").await;
    assert!(terminal.screen().alternate_screen());
    assert!(!terminal.screen().contents().contains("on purpose"));
    terminal.type_and_see("q", "left: Quit").await;
}

#[tokio::test]
async fn a_lost_terminal_ends_the_program() {
    for environment in [vec![], vec![("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")]] {
        let terminal = child::screen((80, 24), &environment).await;
        terminal.hang_up().await;
    }
}
