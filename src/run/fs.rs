//! Files and folders with explicit modes, written whole; what is half-written is never seen.
//!
//! The umask is left alone (a script inherits it) and never trusted: every mode is set by hand.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::VERSION;
use crate::error::{Context, Error, Result};
use crate::files::{self, Links};

/// The longest JSON file of a run, in bytes: a plan of some 500,000 users.
const LONGEST: u64 = 64 << 20;
/// Set-group-id, and everything for the group.
const GROUP_FOLDER: u32 = 0o2070;

/// Whose eyes a state folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// One Unix user's: 0700 and 0600.
    Private,
    /// A team's: 2770 and 0660.
    Group,
}

impl Sharing {
    /// A team's when the folder is there, set-group-id and writable for its group.
    pub fn of(state_dir: &Path) -> Self {
        match fs::metadata(state_dir) {
            Ok(found) if found.mode() & GROUP_FOLDER == GROUP_FOLDER => Self::Group,
            _ => Self::Private,
        }
    }

    /// Makes a folder, which must not exist.
    pub fn make_folder(self, path: &Path) -> Result<()> {
        self.try_folder(path).doing("create", path)
    }

    /// Makes a folder and those above it where they are missing; leaves existing ones alone.
    pub fn make_folders(self, path: &Path) -> Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.make_folders(parent)?;
        }
        match self.try_folder(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            made => made.doing("create", path),
        }
    }

    /// Makes a file, which must not exist, for reading and appending.
    pub fn make_file(self, path: &Path) -> Result<File> {
        let made = files::create(path, self.file_mode()).and_then(|file| {
            file.set_permissions(Permissions::from_mode(self.file_mode()))?;
            Ok(file)
        });
        made.doing("create", path)
    }

    /// Writes a JSON file in one piece: a reader sees the old content or the new one.
    pub(super) fn write_json(self, path: &Path, content: &impl Serialize) -> Result<()> {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        let temporary = path.with_file_name(name);
        // Somebody who wrote here died, and in a team's folder may have been somebody else.
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).doing("replace", &temporary);
            }
            _ => {}
        }
        let written = self.write_new(&temporary, content).and_then(|()| {
            fs::rename(&temporary, path).doing("write", path)?;
            sync_parent(path)
        });
        if written.is_err() {
            // On a full disk what is half-written is in the way of the next try.
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    fn write_new(self, path: &Path, content: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_vec(content)
            .map_err(|cause| Error::bug(format!("{} is no JSON", path.display())).because(cause))?;
        text.push(b'\n');
        if text.len() as u64 > LONGEST {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let (name, most) = (name.trim_start_matches('.'), LONGEST >> 20);
            return Err(
                Error::local(format!("{name} would be longer than {most} MiB"))
                    .hint("do it in smaller parts, such as one location at a time"),
            );
        }
        let mut file = self.make_file(path)?;
        let written = file.write_all(&text).and_then(|()| file.sync_all());
        written.doing("write", path)
    }

    fn try_folder(self, path: &Path) -> std::io::Result<()> {
        DirBuilder::new().mode(self.folder_mode()).create(path)?;
        fs::set_permissions(path, Permissions::from_mode(self.folder_mode()))
    }

    fn folder_mode(self) -> u32 {
        match self {
            Self::Private => 0o700,
            Self::Group => 0o2770,
        }
    }

    fn file_mode(self) -> u32 {
        match self {
            Self::Private => 0o600,
            Self::Group => 0o660,
        }
    }
}

/// Makes a rename or a new name outlast a power cut.
pub(super) fn sync_parent(path: &Path) -> Result<()> {
    let parent = path.parent().unwrap_or(path);
    let synced = File::open(parent).and_then(|folder| folder.sync_all());
    synced.doing("write", parent)
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Reads a JSON file of a run, or of a resource, unless a newer selaras wrote it.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = files::read(path, Links::Refuse, LONGEST).doing("read", path)?;
    let unreadable = |cause| unreadable(path, cause);
    let found: Versioned = serde_json::from_slice(&text).map_err(unreadable)?;
    if found.version > VERSION {
        let (path, version) = (path.display(), found.version);
        return Err(Error::local(format!(
            "{path} was written by a newer selaras (version {version} of the file)"
        ))
        .hint("use the selaras that wrote it"));
    }
    serde_json::from_slice(&text).map_err(unreadable)
}

pub(super) fn unreadable(path: &Path, cause: serde_json::Error) -> Error {
    Error::local(format!("{} is damaged", path.display())).because(cause)
}

/// The names in a folder; none when it is missing.
pub(super) fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.doing("list", folder)?,
    };
    entries
        .map(|entry| Ok(entry.doing("list", folder)?.file_name()))
        .map(|name| name.map(|name| name.to_string_lossy().into_owned()))
        .collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn a_folder_is_a_teams_only_when_it_is_set_group_id() {
        let table = [
            (0o700, Sharing::Private),
            (0o770, Sharing::Private),
            (0o2750, Sharing::Private),
            (0o2770, Sharing::Group),
        ];
        let state = tempfile::tempdir().unwrap();
        for (bits, sharing) in table {
            fs::set_permissions(state.path(), Permissions::from_mode(bits)).unwrap();
            assert_eq!(Sharing::of(state.path()), sharing, "{bits:o}");
        }
        assert_eq!(Sharing::of(&state.path().join("none")), Sharing::Private);
    }

    #[test]
    fn every_mode_is_explicit() {
        let state = tempfile::tempdir().unwrap();
        for (sharing, folder, file) in [
            (Sharing::Private, 0o700, 0o600),
            (Sharing::Group, 0o2770, 0o660),
        ] {
            let path = state.path().join(format!("{sharing:?}/inner"));
            sharing.make_folders(&path).unwrap();
            sharing.write_json(&path.join("x.json"), &1).unwrap();
            assert_eq!(mode(&path), folder);
            assert_eq!(mode(path.parent().unwrap()), folder);
            assert_eq!(mode(&path.join("x.json")), file);
        }
    }

    #[test]
    fn what_a_dead_writer_left_is_in_nobodys_way() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("report.json");
        fs::write(state.path().join(".report.json"), "{\"half").unwrap();
        Sharing::Private
            .write_json(&path, &serde_json::json!({"version": 1}))
            .unwrap();
        assert_eq!(names(state.path()).unwrap(), ["report.json"]);
    }

    #[test]
    fn a_newer_file_is_named_as_such() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("run.json");
        fs::write(&path, r#"{"version": 2, "strange": []}"#).unwrap();
        let error = read_json::<serde_json::Value>(&path).unwrap_err();
        assert!(error.to_string().contains("newer selaras"), "{error}");
    }
}
