//! Runs a `NAME_COMMAND` and takes what it prints.
//!
//! It gets the environment it was configured in, no input, and a process group of its own, which
//! is killed when the time is over. Blocks its thread meanwhile.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::proc::signals;
use crate::text;

use super::setting::MASK;
use super::variables::Environment;
use super::words;

/// How long a command may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How much it may print.
pub(super) const LONGEST: u64 = 64 << 10;
/// How much of its stderr is repeated, in characters.
const EXCERPT: usize = 200;

struct Ended {
    status: std::io::Result<ExitStatus>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// What `command` prints, or why there is nothing.
pub(super) fn output(
    command: &str,
    environment: &Environment,
    folder: &Path,
) -> Result<String, String> {
    output_within(LIMIT, command, environment, folder)
}

fn output_within(
    limit: Duration,
    command: &str,
    environment: &Environment,
    folder: &Path,
) -> Result<String, String> {
    signals::default_for_children();
    let child = Command::new("/bin/sh")
        .args(["-c", command])
        .env_clear()
        .envs(environment.pairs())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{}: {error}", words::NOT_STARTED))?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (sender, receiver) = mpsc::channel();
    // Left behind when the time is over; it ends with the group that is killed then.
    thread::spawn(move || sender.send(wait(child)));
    match receiver.recv_timeout(limit) {
        Ok(ended) => judge(ended),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            if let Some(group) = group {
                let _ = kill_process_group(group, Signal::KILL);
            }
            Err(words::TIMED_OUT.to_owned())
        }
    }
}

fn wait(mut child: Child) -> Ended {
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let status = child.wait();
    Ended {
        status,
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What was read before a failure is kept; the exit status tells the rest.
            let _ = pipe.take(LONGEST + 1).read_to_end(&mut bytes);
        }
        bytes
    })
}

fn judge(ended: Ended) -> Result<String, String> {
    let status = ended
        .status
        .map_err(|error| format!("{}: {error}", words::NOT_STARTED))?;
    if ended.stdout.len() as u64 > LONGEST {
        return Err("printed more than 64 KiB".to_owned());
    }
    if !status.success() {
        let printed = String::from_utf8_lossy(&ended.stdout);
        let mut stderr = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        for line in printed
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            stderr = stderr.replace(line, MASK);
        }
        let stderr = text::excerpt(&stderr, EXCERPT);
        return Err(words::command_failed(&status.to_string(), &stderr));
    }
    let text = String::from_utf8(ended.stdout)
        .map_err(|_| "printed something that is not UTF-8 text".to_owned())?;
    if text.trim().is_empty() {
        return Err("printed nothing".to_owned());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(command: &str) -> Result<String, String> {
        let environment = [("PATH", "/usr/bin:/bin"), ("NAME", "value")]
            .into_iter()
            .collect();
        output(command, &environment, Path::new("/"))
    }

    #[test]
    fn a_command_sees_the_environment_and_its_failure_is_told_without_what_it_printed() {
        assert_eq!(run("printf %s \"$NAME$HOME\"").as_deref(), Ok("value"));
        let table = [
            (
                "echo MARK; echo 'no MARK \u{1b}[2J' >&2; exit 3",
                "failed (exit status: 3): no •••• ^[[2J",
            ),
            ("exit 1", "failed (exit status: 1) and said nothing"),
            ("true", "printed nothing"),
            ("printf '\\377'", "printed something that is not UTF-8 text"),
            ("head -c 100000 /dev/zero", "printed more than 64 KiB"),
        ];
        for (command, reason) in table {
            assert_eq!(run(command).unwrap_err(), reason);
        }
    }

    #[test]
    fn a_command_that_does_not_end_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let environment = [("PATH", "/usr/bin:/bin")].into_iter().collect();
        let run = |limit, command| output_within(limit, command, &environment, folder.path());
        let made = run(LIMIT, "mkfifo alive && echo made");
        assert_eq!(made.as_deref(), Ok("made\n"));
        let fifo = folder.path().join("alive");
        let (sender, receiver) = mpsc::channel();
        // Reading ends when the last process that has it open for writing is gone.
        thread::spawn(move || sender.send(std::fs::read(fifo)));
        let hung = run(
            Duration::from_millis(300),
            "tail -f /dev/null > alive & wait",
        );
        assert_eq!(hung, Err(words::TIMED_OUT.to_owned()));
        let gone = receiver.recv_timeout(Duration::from_secs(10));
        assert_eq!(gone.unwrap().unwrap(), b"");
    }
}
