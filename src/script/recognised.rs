//! A script, recognised in the command lines and open files of others.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::interpreter;
use crate::proc::{FileId, Process, file_name};

/// A script, as it is recognised in the command lines of others.
pub struct Script<'a> {
    path: &'a Path,
    id: Option<FileId>,
    interpreters: Vec<String>,
}

impl<'a> Script<'a> {
    /// What is known of the script at `path`.
    pub fn of(path: &'a Path) -> Self {
        Self {
            path,
            id: FileId::at(path),
            interpreters: interpreter::known(path),
        }
    }

    /// Whether `process` runs it. An editor or a pager has it open or named and runs nothing.
    pub fn is_run_by(&self, process: &Process, open: Option<&[FileId]>) -> bool {
        let arguments = process.arguments();
        let Some(program) = arguments.first() else {
            return false;
        };
        if self.is(program, process) {
            return true;
        }
        let name = String::from_utf8_lossy(file_name(program));
        let name = name.trim_start_matches('-');
        if !self.interpreters.iter().any(|known| known == name) {
            return false;
        }
        // A shell keeps the script it runs open, whatever it was called when it was started.
        let has_it_open = match (open, self.id) {
            (Some(open), Some(id)) => open.contains(&id),
            _ => false,
        };
        let named = interpreter::script_of(&arguments);
        has_it_open || named.is_some_and(|word| self.is(word, process))
    }

    fn is(&self, word: &[u8], process: &Process) -> bool {
        let word = Path::new(OsStr::from_bytes(word));
        if word == self.path {
            return true;
        }
        let full = match process.folder() {
            _ if word.is_absolute() => word.to_owned(),
            Some(folder) => folder.join(word),
            // Another user's process: the name is all there is, and enough to be careful.
            None => return word.file_name() == self.path.file_name(),
        };
        self.id.is_some() && FileId::at(&full) == self.id
    }
}
