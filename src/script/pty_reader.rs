//! The pseudo-terminal a script prints on: output comes as it is produced, and as it was written.
//!
//! It controls no process. So a prompt on `/dev/tty` fails at once instead of waiting forever for an
//! answer; and what a script leaves in the background is found and reported here, where the kernel
//! would hang it up silently.

use std::ffi::OsString;
use std::fs;
use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::pin::Pin;
use std::task::Poll;

use pty_process::{Pty, Size};
use rustix::fs::fstat;
use rustix::termios::{LocalModes, OptionalActions, OutputModes, tcgetattr, tcsetattr};
use tokio::io::{AsyncRead as _, ReadBuf};

use crate::files::FileId;
use crate::proc::Process;

/// Rows and columns.
const SIZE: (u16, u16) = (50, 200);
/// How much is collected before it is returned, in bytes; the kernel gives 4 KiB at a time.
const GATHERED: usize = 64 * 1024;

/// Our end of the pseudo-terminal.
pub struct PtyReader {
    /// Kept when no process has the other end any more: the kernel would give its number to the next
    /// terminal, whose processes would then be found, and ended, as having the output.
    pty: Pty,
    open: bool,
    buffer: Vec<u8>,
}

/// The other end of a pseudo-terminal, as it is found among the open files of processes.
#[derive(Clone, Debug)]
pub struct Terminal {
    file: FileId,
    name: OsString,
}

impl Terminal {
    fn of(end: &OwnedFd) -> io::Result<Self> {
        let found = fstat(end)?;
        let path = fs::read_link(format!("/proc/self/fd/{}", end.as_raw_fd()))?;
        Ok(Self {
            file: FileId {
                device: found.st_dev,
                inode: found.st_ino,
            },
            name: path.file_name().unwrap_or_default().to_owned(),
        })
    }

    /// Whether `process` has it open.
    pub fn is_held_by(&self, process: &Process) -> bool {
        process.has_open(self.file, &self.name)
    }
}

impl PtyReader {
    /// A new pseudo-terminal, its other end, and how that is found in `/proc`.
    pub fn open() -> io::Result<(Self, OwnedFd, Terminal)> {
        let (pty, end) = pty_process::open().map_err(io::Error::other)?;
        let (rows, columns) = SIZE;
        pty.resize(Size::new(rows, columns))
            .map_err(io::Error::other)?;
        let mut modes = tcgetattr(&end)?;
        modes.output_modes.remove(OutputModes::OPOST);
        modes.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&end, OptionalActions::Now, &modes)?;
        let end = end.as_fd().try_clone_to_owned()?;
        let terminal = Terminal::of(&end)?;
        let reader = Self {
            pty,
            open: true,
            buffer: vec![0; GATHERED],
        };
        Ok((reader, end, terminal))
    }

    /// Whether a process may still write.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Waits for output and returns all that is there, up to 64 KiB; nothing when the other end
    /// was closed by all. Dropping the wait loses nothing.
    pub async fn next(&mut self) -> &[u8] {
        let mut filled = 0;
        let Self { pty, open, buffer } = self;
        let length = poll_fn(|context| {
            while *open {
                let mut space = ReadBuf::new(&mut buffer[filled..]);
                match Pin::new(&mut *pty).poll_read(context, &mut space) {
                    // The kernel returns an error when no process has the other end.
                    Poll::Ready(Err(_)) => *open = false,
                    Poll::Ready(Ok(())) if space.filled().is_empty() => *open = false,
                    Poll::Ready(Ok(())) => filled += space.filled().len(),
                    Poll::Pending if filled == 0 => return Poll::Pending,
                    Poll::Pending => break,
                }
                if filled == GATHERED {
                    break;
                }
            }
            Poll::Ready(filled)
        })
        .await;
        &self.buffer[..length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_number_of_a_terminal_is_not_reused_while_it_is_looked_for() {
        let (mut reader, end, terminal) = PtyReader::open().unwrap();
        drop(end);
        assert!(reader.next().await.is_empty());
        assert!(!reader.is_open());
        // The kernel gives the lowest number that is free.
        let others = [(); 8].map(|()| PtyReader::open().unwrap());
        for (_, _, other) in &others {
            assert_ne!(other.name, terminal.name);
        }
        drop(reader);
    }
}
