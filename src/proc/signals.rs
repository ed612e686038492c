//! What a child makes of signals: what every program expects, whatever we were started with.
//!
//! `nohup`, many CI runners and `cmd &` in a script start their programs with signals ignored, and
//! some with signals blocked. Both are inherited by whatever those programs start: a script would
//! not end with its terminal, a `trap` of it would be without effect, because a shell cannot trap
//! what was ignored when it began.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nix::sys::signal::SigSet;
use rustix::process::Signal;

/// No handler can be set for these without `unsafe`, or at all. Every start of a child through the
/// standard library gives PIPE back by itself.
const UNTOUCHED: [Signal; 6] = [
    Signal::KILL,
    Signal::STOP,
    Signal::ILL,
    Signal::FPE,
    Signal::SEGV,
    Signal::PIPE,
];
/// What the kernel sends for touching a terminal from its background. A handler would make the
/// kernel send it again and again, so as long as we have a terminal these stay as they are.
const OF_A_TERMINAL: [Signal; 2] = [Signal::TTIN, Signal::TTOU];

/// Lets the children that this thread starts begin with every signal unblocked and at its default.
///
/// What we ignore we go on doing nothing about, but in a handler: `exec` turns handled signals
/// back to their defaults and leaves ignored ones ignored.
pub fn default_for_children() {
    // It fails for a wrong argument only.
    let _ = SigSet::empty().thread_set_mask();
    let ignored = ignored();
    if ignored == 0 {
        return;
    }
    let nothing = Arc::new(AtomicBool::new(false));
    let terminal = std::fs::File::open("/dev/tty").is_ok();
    for number in 1..=64 {
        let is = |signals: &[Signal]| signals.iter().any(|signal| signal.as_raw() == number);
        if ignored & (1 << (number - 1)) == 0 || is(&UNTOUCHED) || (terminal && is(&OF_A_TERMINAL))
        {
            continue;
        }
        // Of the two or three signals that the C library keeps for itself it may say no.
        let _ = signal_hook::flag::register(number, Arc::clone(&nothing));
    }
}

/// The signals that this process ignores, a bit each, as proc(5) has them.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}
