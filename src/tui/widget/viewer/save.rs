//! The whole file, saved beside or elsewhere: readable by its owner only, whole or not at all.
//!
//! Written under a temporary name in the same folder and renamed at the end. A file that is there
//! is never replaced unless that was asked for.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::source::Source;

/// How much is copied at a time.
const PIECE: u64 = 1024 * 1024;

/// What is done about a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is saved.
    Keep,
    /// It is replaced.
    Replace,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// So many bytes are there.
    Whole(PathBuf, u64),
    /// There is a file of this name.
    Exists(PathBuf),
    /// It could not be written, for this reason; nothing was left behind.
    Failed(PathBuf, String),
}

/// Saves what `source` has now as `path`; `~/` is the home folder.
pub fn save(source: &Arc<Source>, path: &Path, existing: Existing) -> Saved {
    let path = at_home(path);
    match copy(source, &path, existing) {
        Ok(bytes) => Saved::Whole(path, bytes),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Saved::Exists(path),
        Err(error) => Saved::Failed(path, error.to_string()),
    }
}

fn copy(source: &Source, path: &Path, existing: Existing) -> io::Result<u64> {
    let there = path.symlink_metadata();
    if existing == Existing::Keep && there.is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    if there.is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::other(
            "not a regular file, so it is not replaced",
        ));
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut file = NamedTempFile::new_in(folder)?;
    let size = source.size()?;
    let mut at = 0;
    while at < size {
        let bytes = source.read(at, size.min(at + PIECE))?;
        if bytes.is_empty() {
            break;
        }
        file.write_all(&bytes)?;
        at += bytes.len() as u64;
    }
    file.as_file().sync_all()?;
    let renamed = match existing {
        Existing::Keep => file.persist_noclobber(path),
        Existing::Replace => file.persist(path),
    };
    renamed.map_err(|refused| refused.error)?;
    Ok(at)
}

fn at_home(path: &Path) -> PathBuf {
    let home = path.strip_prefix("~").ok().zip(etcetera::home_dir().ok());
    home.map_or_else(|| path.to_owned(), |(rest, home)| home.join(rest))
}
