//! Where a script's output goes: byte for byte into a file, up to a limit, and counted beyond it.
//!
//! A script never fails because of its output: a full disk is reported, not passed on.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{SOURCE, describe};
use crate::engine::{Event, Job};
use crate::text::count;

/// After how long without output that is reported.
const SILENCE: Duration = Duration::from_mins(5);

#[derive(Debug)]
pub struct Output {
    /// `None` where nothing is kept, or no longer.
    file: Option<Arc<File>>,
    limit: u64,
    pub bytes: u64,
    line_ends: u64,
    pub kept: u64,
    /// The last byte was no line end.
    open_line: bool,
    told: u64,
    heard: Instant,
    /// Silence was reported.
    silent: bool,
    /// The script itself has ended.
    over: bool,
}

impl Output {
    /// Keeps up to `limit` bytes in `file`.
    pub fn new(file: Option<Arc<File>>, limit: u64) -> Self {
        Self {
            file,
            limit,
            bytes: 0,
            line_ends: 0,
            kept: 0,
            open_line: false,
            told: 0,
            heard: Instant::now(),
            silent: false,
            over: false,
        }
    }

    /// For a script that has ended: what it left may be silent for long without waiting for input.
    pub fn expects_silence(&mut self) {
        self.over = true;
    }

    pub fn lines(&self) -> u64 {
        self.line_ends + u64::from(self.open_line)
    }

    pub fn take(&mut self, bytes: &[u8], job: &Job) {
        let Some(last) = bytes.last() else { return };
        self.open_line = *last != b'\n';
        self.bytes += bytes.len() as u64;
        self.line_ends += memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.heard = Instant::now();
        self.silent = false;
        let Some(file) = self.file.clone() else {
            return;
        };
        let room = usize::try_from(self.limit - self.kept).unwrap_or(usize::MAX);
        let fitting = &bytes[..bytes.len().min(room)];
        self.keep(&file, fitting, job);
        if fitting.len() < bytes.len() && self.file.take().is_some() {
            let limit = count(self.limit);
            job.line(
                SOURCE,
                format!(
                    "the output is over {limit} bytes (max_output): the rest is read and counted, \
                     not kept"
                ),
            );
        }
    }

    fn keep(&mut self, mut file: &File, bytes: &[u8], job: &Job) {
        let mut written = 0;
        while written < bytes.len() {
            match file.write(&bytes[written..]) {
                Ok(more) if more > 0 => written += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                failed => {
                    let cause = failed.err().unwrap_or(ErrorKind::WriteZero.into());
                    self.file = None;
                    let why =
                        format!("the output is no longer kept ({cause}); the script still runs");
                    job.line(SOURCE, why);
                    break;
                }
            }
        }
        self.kept += written as u64;
    }

    /// Reports how much is kept, if that is new, and once when nothing came for long.
    pub fn tell(&mut self, job: &Job) {
        if self.kept != self.told {
            self.told = self.kept;
            job.say(Event::Output { bytes: self.kept });
        }
        if !self.silent && !self.over && self.heard.elapsed() >= SILENCE {
            self.silent = true;
            job.line(SOURCE, describe::silent(SILENCE.as_secs() / 60));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn beyond_the_limit_bytes_are_counted_and_not_kept() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let kept = Arc::new(file.reopen().unwrap());
        let mut output = Output::new(Some(kept), 5);
        for bytes in ["ab\n", "cdef\n", "last"] {
            output.take(bytes.as_bytes(), &Job::silent());
        }
        assert_eq!((output.bytes, output.lines(), output.kept), (12, 3, 5));
        let mut text = String::new();
        file.reopen().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "ab\ncd");
    }

    #[test]
    fn a_full_disk_ends_keeping_and_not_counting() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut output = Output::new(Some(Arc::new(full)), 100);
        output.take(b"one\n", &Job::silent());
        output.take(b"two\n", &Job::silent());
        assert_eq!((output.bytes, output.lines(), output.kept), (8, 2, 0));
    }
}
