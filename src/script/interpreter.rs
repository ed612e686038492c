//! What runs a script: its `#!` line, or bash; and how a script is recognised in the command lines
//! and open files of other processes.

use std::ffi::OsStr;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::files::{self, FileId, Links};
use crate::proc::{Process, file_name};

const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "busybox"];
/// Options of shells that take the next word.
const WITH_VALUE: [&[u8]; 6] = [b"-o", b"+o", b"-O", b"+O", b"--rcfile", b"--init-file"];
/// How much of a script is read for its first line, in bytes; the kernel reads no more.
const FIRST_LINE: u64 = 256;

/// The words of the `#!` line of a script.
pub fn shebang(script: &Path) -> Option<Vec<String>> {
    let mut head = Vec::new();
    let file = files::open(script, Links::Follow).ok()?;
    file.take(FIRST_LINE).read_to_end(&mut head).ok()?;
    let line = head.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line.strip_prefix(b"#!")?).into_owned();
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    (!words.is_empty()).then_some(words)
}

/// The names of the programs that may be running `script`.
fn known(script: &Path) -> Vec<String> {
    let mut names: Vec<String> = SHELLS.map(str::to_owned).to_vec();
    let own = shebang(script).unwrap_or_default();
    // `#!/usr/bin/env python3`: the second word is what runs in the end.
    let words = own.iter().take(2).filter(|word| !word.starts_with('-'));
    names.extend(words.map(|word| {
        let name = file_name(word.as_bytes());
        String::from_utf8_lossy(name).into_owned()
    }));
    names
}

/// The script an interpreter was started with; `None` for `-c`, and where there is none.
fn script_of(arguments: &[Vec<u8>]) -> Option<&[u8]> {
    let mut words = arguments.iter().skip(1).map(Vec::as_slice);
    if arguments
        .first()
        .is_some_and(|program| file_name(program) == b"busybox")
    {
        words.next();
    }
    while let Some(word) = words.next() {
        match word {
            b"-c" => return None,
            b"--" => return words.next(),
            _ if WITH_VALUE.contains(&word) => {
                words.next();
            }
            _ if word.starts_with(b"-") || word.starts_with(b"+") => {}
            script => return Some(script),
        }
    }
    None
}

/// A script, as it is recognised in the command lines of others.
pub struct Script<'a> {
    path: &'a Path,
    id: Option<FileId>,
    interpreters: Vec<String>,
}

impl<'a> Script<'a> {
    pub fn of(path: &'a Path) -> Self {
        Self {
            path,
            id: FileId::at(path),
            interpreters: known(path),
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
        // A shell keeps the script it runs open, under whatever name it was started.
        let has_it_open = match (open, self.id) {
            (Some(open), Some(id)) => open.contains(&id),
            _ => false,
        };
        let named = script_of(&arguments);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_the_first_word_that_is_no_option() {
        let table: [(&str, Option<&str>); 7] = [
            ("bash /opt/sync.sh now", Some("/opt/sync.sh")),
            ("/bin/bash -e ./sync.sh", Some("./sync.sh")),
            ("bash -o pipefail -x sync.sh", Some("sync.sh")),
            ("bash -- -odd.sh", Some("-odd.sh")),
            ("busybox sh sync.sh", Some("sync.sh")),
            ("bash -c sync.sh", None),
            ("-bash", None),
        ];
        for (line, script) in table {
            let words: Vec<Vec<u8>> = line.split(' ').map(Into::into).collect();
            assert_eq!(script_of(&words), script.map(str::as_bytes), "{line}");
        }
    }

    #[test]
    fn an_interpreter_is_known_by_its_first_line_even_behind_env() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sync");
        std::fs::write(&path, "#!/usr/bin/env python3\nprint()\n").unwrap();
        assert!(known(&path).contains(&"python3".to_owned()));
        std::fs::write(&path, "echo\n").unwrap();
        assert_eq!(shebang(&path), None);
    }
}
