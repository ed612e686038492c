//! `config init`: writes the default file, with its comments, for somebody to fill in.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::error::{Context, Error, Kind, Result};

use super::{DEFAULTS, words};

/// Writes the default file to `path` (0600, a new folder 0700). A file that is there stays as it
/// is: [`Kind::Usage`].
pub fn init(path: &Path) -> Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .doing("create the folder", folder)?;
    }
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = match created {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(Error::new(Kind::Usage, words::exists(path)));
        }
        other => other.doing("create", path)?,
    };
    let written = file
        .set_permissions(Permissions::from_mode(0o600))
        .and_then(|()| file.write_all(DEFAULTS.as_bytes()))
        .and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a file would be in the way of the next try.
        let _ = fs::remove_file(path);
    }
    written.doing("write", path)
}

/// What to do after [`init`], for people.
pub fn next_steps(path: &Path) -> String {
    words::next_steps(path, &path.with_file_name(".env"))
}
