//! What is switched on in a terminal, and switched off again in the reverse order.
//!
//! Giving it back works from anywhere, at any time, twice, and without an error: it is what the
//! guard, the panic hook and the end of a signal have in common.

use std::io::{self, Write};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{Command, cursor, queue, style};

static TAKEN: AtomicBool = AtomicBool::new(false);

/// Mouse reports for buttons, drags and the wheel; crossterm's own command also asks for every
/// motion, which over a slow line is a flood.
pub(super) struct MouseOn;

impl Command for MouseOn {
    fn write_ansi(&self, out: &mut impl std::fmt::Write) -> std::fmt::Result {
        out.write_str("\x1b[?1000h\x1b[?1002h\x1b[?1006h")
    }
}

pub(super) struct MouseOff;

impl Command for MouseOff {
    fn write_ansi(&self, out: &mut impl std::fmt::Write) -> std::fmt::Result {
        out.write_str("\x1b[?1006l\x1b[?1002l\x1b[?1000l")
    }
}

pub(super) struct Bell;

impl Command for Bell {
    fn write_ansi(&self, out: &mut impl std::fmt::Write) -> std::fmt::Result {
        out.write_str("\x07")
    }
}

pub(super) fn take(mouse: bool) -> io::Result<()> {
    // Otherwise crossterm obeys NO_COLOR by dropping reverse and bold too, and the selection with
    // them. Our own palette obeys it.
    style::force_color_output(true);
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    queue!(
        out,
        EnterAlternateScreen,
        EnableBracketedPaste,
        cursor::Hide
    )?;
    if mouse {
        queue!(out, MouseOn)?;
    }
    out.flush()
}

/// Gives the terminal back, if it is ours. Errors are ignored: nobody is left to read them.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // Mouse and paste first: if anything below fails, the shell is at least not typed into.
    let _ = queue!(
        out,
        MouseOff,
        DisableBracketedPaste,
        EndSynchronizedUpdate,
        style::ResetColor,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// From now on a panic of this thread gives the terminal back before it is reported. A panic of
/// another thread, such as a task's, is not reported over the screen: its owner tells of it.
pub(super) fn guard_against_panics() {
    static ONCE: Once = Once::new();
    let screen: ThreadId = thread::current().id();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // On a runtime of one thread a task runs on the screen's thread, too.
            let in_task = tokio::task::try_id().is_some();
            if thread::current().id() == screen && !in_task {
                restore();
            }
            if TAKEN.load(Ordering::SeqCst) {
                tracing::error!("{info}");
            } else {
                previous(info);
            }
        }));
    });
}
