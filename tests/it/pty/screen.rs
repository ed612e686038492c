//! What reaches a real terminal.

use super::child;

#[tokio::test]
async fn without_colours_the_selection_is_still_reversed() {
    let mut terminal = child::screen((80, 24), &[("NO_COLOR", "1")]).await;
    let screen = terminal.screen();
    let row = (0..24)
        .find(|row| {
            screen
                .contents_between(*row, 0, *row, 80)
                .contains("user000")
        })
        .unwrap();
    assert!(screen.cell(row, 4).unwrap().inverse());
    let bytes = String::from_utf8_lossy(&terminal.take_bytes()).into_owned();
    assert!(
        !bytes.contains("\x1b[38;") && !bytes.contains("\x1b[48;"),
        "{bytes:?}"
    );
}

#[tokio::test]
async fn a_terminal_of_size_zero_gets_an_ordinary_screen() {
    let terminal = child::screen((0, 0), &[]).await;
    assert!(terminal.screen().contents().contains("user000@dkm"));
}

#[tokio::test]
async fn it_follows_the_size_of_its_window() {
    let mut terminal = child::screen((80, 24), &[]).await;
    terminal
        .resize(40, 10)
        .wait_for_words("selaras needs 60×16, this is 40×10")
        .await;
    terminal
        .resize(120, 30)
        .wait_for_words("demo · sqlite")
        .await;
    terminal.type_and_see("q", "left: Quit").await;
}

#[tokio::test]
async fn mouse_reports_are_off_over_ssh_and_a_key_switches_them_on() {
    let mut terminal =
        child::screen((80, 24), &[("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")]).await;
    let mode = |screen: &vt100::Screen| screen.mouse_protocol_mode();
    assert_eq!(mode(terminal.screen()), vt100::MouseProtocolMode::None);
    terminal.type_keys("M").await;
    let on = |screen: &vt100::Screen| mode(screen) == vt100::MouseProtocolMode::ButtonMotion;
    terminal.wait_for("the mouse", on).await;
    terminal
        .type_and_see("\x1b[<0;32;1M\x1b[<0;32;1m", "[pimpinan] url")
        .await;
    let bytes = terminal.take_bytes();
    assert!(
        !bytes.windows(8).any(|piece| piece == b"\x1b[?1003h"),
        "motion was asked for"
    );
}

#[tokio::test]
async fn keys_and_pastes_arrive_as_what_they_are() {
    let mut terminal = child::screen((80, 24), &[]).await;
    terminal
        .type_keys("\x1b[B\x1b[B")
        .await
        .type_keys("/")
        .await;
    terminal
        .type_and_see("\x1b[200~dev\nq\x1b[201~", "/ dev q")
        .await;
    terminal
        .type_keys("\x1b")
        .await
        .wait_for("the filter to close", |screen| {
            !screen.contents().contains("/ dev q")
        })
        .await;
    terminal.take_bytes();
    terminal.type_and_see("y", "Copied user002@dkm").await;
    let bytes = terminal.take_bytes();
    assert!(
        bytes.windows(7).any(|piece| piece == b"\x1b]52;c;"),
        "OSC 52 was sent"
    );
}
