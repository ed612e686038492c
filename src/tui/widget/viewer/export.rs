//! The whole file elsewhere: saved under another name, or in the person's own pager.
//!
//! What is saved is readable by its owner only, whole or not at all: it is written under a temporary
//! name in the same folder and renamed at the end. A file that is there is never replaced unless
//! that was asked for.
//!
//! A pager that hands controls through to the terminal (`more`, `cat`, `less -r`) would let a
//! script's output drive it, so `less -R` takes its place: of all sequences it lets through
//! colours and hyperlinks (OSC 8), which move and change nothing.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::source::Source;

const PIECE: u64 = 1024 * 1024;

/// What to do about a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is saved.
    Keep,
    /// It is replaced.
    Replace,
}

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

/// What hands controls through to the terminal, or can be told to.
const CARELESS: [&str; 5] = ["cat", "more", "pg", "tee", "less"];
/// What shows a file safely, with colours.
const CAREFUL: [&str; 2] = ["less", "-R"];

/// Marks that change the direction of text, for `less` to show as what they are.
const TURNING: &str = "202a-202e:b,2066-2069:b";

/// The command that shows `path`, given `$PAGER`.
pub fn pager(pager: Option<&str>, path: &Path) -> Command {
    let words: Vec<&str> = pager.unwrap_or_default().split_whitespace().collect();
    let name = words
        .first()
        .and_then(|word| Path::new(word).file_name()?.to_str());
    let words = match name {
        None => CAREFUL.to_vec(),
        Some(name) if CARELESS.contains(&name) => CAREFUL.to_vec(),
        Some(_) => words,
    };
    let mut command = Command::new(words[0]);
    // A name that begins with a dash must not become an option.
    let path = if path.is_relative() {
        Path::new(".").join(path)
    } else {
        path.to_owned()
    };
    // `LESS=-r` would let everything through.
    command.args(&words[1..]).arg(path).env_remove("LESS");
    // Newer ones can be told to show what turns text around.
    command.env("LESSUTFCHARDEF", TURNING);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn only_a_pager_that_keeps_controls_from_the_terminal_is_called() {
        let table = [
            (None, r#""less" "-R" "/run/output.log""#),
            (Some(" "), r#""less" "-R" "/run/output.log""#),
            (Some("/bin/cat"), r#""less" "-R" "/run/output.log""#),
            (Some("less -r"), r#""less" "-R" "/run/output.log""#),
            (Some("most -w"), r#""most" "-w" "/run/output.log""#),
        ];
        for (set, expected) in table {
            let command = pager(set, Path::new("/run/output.log"));
            assert!(format!("{command:?}").ends_with(expected), "{command:?}");
        }
    }

    #[test]
    fn a_file_name_is_never_an_option() {
        let command = pager(None, Path::new("-rf"));
        assert!(format!("{command:?}").ends_with(r#""less" "-R" "./-rf""#));
    }
}
