//! The terminal in the hands of another program, such as a pager, until that ends.
//!
//! Ctrl-C is that program's. Ctrl-Z stops both, for the shell must get the terminal; and whatever
//! ends the screen ends the program first. However it ends, the terminal is left as it was lent.

use std::io;
use std::process::Command;

use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::signals::Signals;
use crate::proc::default_for_children;
use crate::tui::console::{End, Input, Lent};

/// Forgets what was typed for the program: Ctrl-C and Ctrl-Z reach all programs on a terminal, and
/// ours may still be on its way to us when the other one has ended of it.
async fn forget_typed(signals: &mut Signals) {
    signals.forget_continued();
    // What was sent to us before this arrives before this.
    if kill_process(getpid(), Signal::CONT).is_ok() {
        signals.continued().await;
    }
    signals.forget_typed();
}

/// Waits for the end of `command`, which has the terminal to itself.
pub(super) async fn lend(command: Command, signals: &mut Signals, may_stop: bool) -> Lent {
    let kept = tcgetattr(io::stdin()).ok();
    let mut command = tokio::process::Command::from(command);
    default_for_children();
    let mut child = match command.kill_on_drop(true).spawn() {
        Ok(child) => child,
        Err(error) => return Lent::NotStarted(error),
    };
    let lent = loop {
        tokio::select! {
            biased;
            ended = child.wait() => break ended.map_or_else(Lent::NotStarted, Lent::Ended),
            input = signals.next() => match input {
                Input::End(End::Signal(number)) if number == Signal::INT.as_raw() => {}
                Input::End(end) => {
                    // It is gone already, or it is now.
                    let _ = child.kill().await;
                    break Lent::Over(end);
                }
                // As the kernel would stop us if we did not answer that signal ourselves.
                Input::Suspend if may_stop => {
                    let _ = kill_current_process_group(Signal::STOP);
                }
                _ => {}
            },
        }
    };
    forget_typed(signals).await;
    // Who was killed has not put back what it changed.
    if let Some(kept) = kept {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &kept);
    }
    lent
}
