//! Kernel locks: a run lives exactly as long as its `lock` file is held; starters take turns at
//! the gate.
//!
//! Observers try for a shared lock on the files of runs only, and never touch the gate.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Sharing, words};
use crate::error::{Context, Result};
use crate::files::{self, Links};

/// How long a starter waits for its turn; a turn takes milliseconds.
const TURN: Duration = Duration::from_secs(5);
/// How often it tries.
const EVERY: Duration = Duration::from_millis(5);

/// Whether somebody holds the lock of a run; nobody does where there is none.
pub(super) fn is_held(lock: &Path) -> Result<bool> {
    let file = match files::open(lock, Links::Refuse) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        file => file.doing("look at", lock)?,
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error).doing("look at", lock),
    }
}

/// The right to make, claim for, or clear away the folders of runs; given back when dropped.
#[derive(Debug)]
pub(super) struct StartLock(#[expect(dead_code, reason = "it holds the lock")] File);

impl StartLock {
    /// Waits for its turn.
    pub(super) fn pass(locks: &Path, sharing: Sharing) -> Result<Self> {
        let path = locks.join(".gate");
        if !files::exists(&path).doing("look at", &path)? {
            // Whoever makes it first; if nobody could, opening it says why.
            let _ = sharing.make_file(&path);
        }
        let file = files::append(&path).doing("open", &path)?;
        let deadline = Instant::now() + TURN;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::Error(error)) => return Err(error).doing("lock", &path),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    return Err(words::gate_is_shut(&path));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(EVERY),
            }
        }
    }
}
