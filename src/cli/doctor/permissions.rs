//! Who may read and write what is ours, and whether there is room for it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, access, statvfs};

use super::check::{Area, Check};
use crate::cli::words;
use crate::config::{Config, Part};

/// Less room than this, in bytes, is a problem: a run keeps some for its report.
const LEAST: u64 = 1024 * 1024;
/// Less room than this, in bytes, is worth a look.
const LITTLE: u64 = 100 * 1024 * 1024;

/// The state folder, and the database where it is a file of ours.
pub fn checks(config: &Config) -> Vec<Check> {
    let mut checks = vec![state_folder(&config.state_dir)];
    if let Part::Ready(users) = &config.users
        && let Some(path) = users.database.path()
    {
        checks.push(database_file(path));
    }
    checks
}

fn state_folder(path: &Path) -> Check {
    let Ok(found) = path.metadata() else {
        return to_be_made(path);
    };
    if !found.is_dir() {
        return Check::broken(Area::Permissions, words::no_folder(path));
    }
    if !may_write(path) {
        return Check::broken(Area::Permissions, words::not_writable(path))
            .hint(words::HINT_STATE_DIR);
    }
    let mode = found.mode() & 0o7777;
    let team = mode & 0o2070 == 0o2070;
    match (mode & 0o007, mode & 0o070, team) {
        (0, 0, _) => Check::well(Area::Permissions, words::private(path, mode)),
        (0, _, true) => Check::well(Area::Permissions, words::shared(path, mode)),
        (0, ..) => Check::look(Area::Permissions, words::half_shared(path, mode))
            .hint(words::hint_mode(path)),
        _ => Check::look(Area::Permissions, words::open(path, mode)).hint(words::hint_mode(path)),
    }
}

/// The folder is made with the first run, where that is possible.
fn to_be_made(path: &Path) -> Check {
    let parent = path.ancestors().skip(1).find(|above| above.exists());
    match parent {
        Some(parent) if parent.is_dir() && may_write(parent) => {
            Check::skipped(Area::Permissions, words::will_be_made(path))
        }
        _ => Check::broken(Area::Permissions, words::cannot_be_made(path))
            .hint(words::HINT_STATE_DIR),
    }
}

fn database_file(path: &Path) -> Check {
    let readable_by_others = |found: &Metadata| found.mode() & 0o007 != 0;
    match path.metadata() {
        Err(_) => to_be_made(path),
        Ok(_) if !may_write(path) => {
            Check::look(Area::Permissions, words::not_writable(path)).hint(words::HINT_DATABASE)
        }
        Ok(found) if readable_by_others(&found) => {
            let mode = found.mode() & 0o7777;
            Check::look(Area::Permissions, words::open(path, mode))
                .hint(format!("chmod 600 {}", path.display()))
        }
        Ok(found) => {
            let mode = found.mode() & 0o7777;
            Check::well(Area::Permissions, words::private(path, mode))
        }
    }
}

fn may_write(path: &Path) -> bool {
    let wanted = if path.is_dir() {
        Access::WRITE_OK | Access::EXEC_OK
    } else {
        Access::WRITE_OK
    };
    access(path, wanted).is_ok()
}

/// The room on the disk of the state folder.
pub fn room(state_dir: &Path) -> Option<Check> {
    let place = state_dir.ancestors().find(|above| above.exists())?;
    let found = statvfs(place).ok()?;
    let bytes = found.f_bavail.saturating_mul(found.f_frsize);
    let full = bytes < LEAST || (found.f_files > 0 && found.f_favail == 0);
    let text = words::room(place, bytes);
    Some(if full {
        Check::broken(Area::Disk, text).hint(words::HINT_ROOM)
    } else if bytes < LITTLE {
        Check::look(Area::Disk, text).hint(words::HINT_ROOM)
    } else {
        Check::well(Area::Disk, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Level;
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_state_folder_is_for_one_or_for_a_team() {
        let folder = tempfile::tempdir().unwrap();
        let table = [
            (0o700, Level::Note),
            (0o2770, Level::Note),
            (0o770, Level::Warning),
            (0o755, Level::Warning),
        ];
        for (mode, level) in table {
            set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
            assert_eq!(state_folder(folder.path()).level, level, "{mode:o}");
        }
    }

    #[test]
    fn what_is_not_there_yet_is_made_where_that_can_be() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/state");
        assert_eq!(state_folder(&deep).level, Level::Skipped);
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(state_folder(&file.join("state")).level, Level::Problem);
        assert_eq!(state_folder(&file).level, Level::Problem);
    }
}
