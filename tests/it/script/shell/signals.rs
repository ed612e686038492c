//! Signals that our caller ignores or blocks, as `nohup`, CI runners and `cmd &` do, are nobody's
//! after us.

use super::{done, selaras};
use crate::harness::{child, wait};
use crate::script::{Place, kill};

/// A caller that has ignored all it can, and blocked what it likes.
const CALLER: &str = "trap '' HUP INT QUIT ABRT USR1 USR2 ALRM TERM CHLD CONT TSTP TTIN TTOU XFSZ WINCH\n\
     exec env --block-signal=HUP,USR1,WINCH \"$@\"";
/// What the standard library makes each selaras process ignore, and no child of it.
const PIPE: u64 = 1 << 12;
/// Two signals that the C library keeps for itself; it starts children with them ignored.
const INTERNAL: u64 = 0b11 << 31;

/// Blocked and ignored signals, a bit each.
fn masks(status: &str) -> [u64; 2] {
    ["SigBlk:", "SigIgn:"].map(|name| {
        let mut lines = status.lines();
        let mask = lines.find_map(|line| line.strip_prefix(name));
        let mask = u64::from_str_radix(mask.unwrap().trim(), 16).unwrap();
        mask & !INTERNAL
    })
}

#[tokio::test]
async fn a_script_and_its_worker_start_with_default_signals_whatever_we_were_started_with() {
    let place = Place::with(
        "grep -E '^Sig(Blk|Ign)' /proc/self/status > masks\n\
         trap 'echo hup > hup' HUP; echo $$ > pid; while [ ! -e go ]; do sleep 0.02; done",
    );
    let plain = selaras(&place, "script run --yes --detach");
    let mut command = child::bare("bash");
    command
        .args(["-c", CALLER, "caller"])
        .arg(plain.as_std().get_program())
        .args(plain.as_std().get_args())
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", place.folder.path());
    let began = wait::output(command).await;
    assert!(began.status.success(), "{began:?}");
    let script = place.pid_in("pid").await;
    assert_eq!(masks(&place.text("masks")), [0, 0]);
    let status = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let own = status(&script.as_raw_nonzero().to_string());
    let parent = own.lines().find_map(|line| line.strip_prefix("PPid:"));
    let worker = status(parent.unwrap().trim());
    assert_eq!(masks(&worker), [0, PIPE]);
    // A trap is without effect where the signal was ignored at the start.
    let sent = rustix::process::kill_process(script, rustix::process::Signal::HUP);
    sent.unwrap();
    place.appears("hup").await;
    place.touch("go");
    let id = String::from_utf8_lossy(&began.stdout).into_owned();
    let ended = done(&place, &format!("runs follow {}", id.trim())).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
    kill(script);
}
