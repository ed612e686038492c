//! `Ctrl-Z`: the shell gets the terminal, `fg` brings the screen back.

use super::child;
use super::terminal::Terminal;

#[tokio::test]
async fn ctrl_z_lends_the_terminal_to_the_shell_until_fg() {
    let environment = child::environment(&[("PS1", "shell> "), ("PATH", "/usr/bin:/bin")]);
    let mut terminal = Terminal::spawn("/bin/sh", &["-i"], &environment, (80, 24));
    let command = child::command_line().join(" ");
    terminal
        .wait_for_words("shell> ")
        .await
        .type_keys(&format!("{command}\n"))
        .await;
    terminal
        .wait_for_words("q quit")
        .await
        .type_keys("\x1a")
        .await;
    terminal
        .wait_for("the shell", |screen| !screen.alternate_screen())
        .await;
    terminal.type_and_see("echo $((40+2))\n", "42").await;
    assert!(!terminal.screen().bracketed_paste() && !terminal.screen().hide_cursor());
    terminal.type_and_see("fg\n", "q quit").await;
    assert!(terminal.screen().alternate_screen() && terminal.screen().bracketed_paste());
    terminal.type_and_see("2", "[pimpinan] url").await;
    terminal.type_and_see("q", "left: Quit").await;
    // The shell is back once it asks again; what came before that was for the screen.
    terminal
        .wait_for("the shell's question", |screen| {
            let last = screen.contents();
            last.trim_end().ends_with("shell>")
        })
        .await
        .type_keys("exit\n")
        .await;
    assert!(terminal.ended().await.success());
}

#[tokio::test]
async fn without_a_shell_below_ctrl_z_says_why_not() {
    let mut terminal = child::screen((80, 24), &[]).await;
    terminal
        .type_and_see("\x1a", "there is no shell below")
        .await;
    terminal.type_and_see("q", "left: Quit").await;
}
