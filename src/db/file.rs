//! The files of SQLite: made for their owner alone, and read without a trace where nobody has
//! them open.

use std::io::Read as _;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::error::{Context, Result};
use crate::files::{self, Links};

/// Whether a file has a write-ahead log by nature, and none now: nobody has it open, and all of it
/// is in the file (<https://www.sqlite.org/fileformat2.html#the_database_header>). Reading it as
/// usual would make that log, in our name, and its own program could not write any more.
pub(super) fn is_at_rest(path: &Path) -> bool {
    let mut header = [0; 20];
    let read = files::open(path, Links::Follow).and_then(|mut file| file.read_exact(&mut header));
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    read.is_ok() && header[18..] == [2, 2] && !Path::new(&log).exists()
}

/// Personal data is nobody else's: SQLite takes the mode of its helper files from this one.
pub(super) fn create_private(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .doing("create", folder)?;
    }
    if !path.exists() {
        files::own(path).doing("create", path)?;
    }
    Ok(())
}
