//! Whether what a file says may be followed: it and its folder belong to us or to root, and nobody
//! else can write them.
//!
//! The file is examined as it was opened, and its folder as the kernel names it, so that a link
//! leads to no other answer. The folders above are not asked: whoever moves a folder away can only
//! put another one in its place that is examined in turn, and cannot make one that is ours.
//! A sticky folder such as `/tmp` lets others make files, but neither remove nor rename ours.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, getxattr, openat};
use rustix::process::geteuid;

use super::{Links, open};

/// Writable for the group.
const GROUP: u32 = 0o020;
/// Writable for everybody.
const OTHERS: u32 = 0o002;
/// In such a folder only the owner of a file can take it away.
const STICKY: u32 = 0o1000;

/// Why a file is not to be followed, and what mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distrust {
    /// A clause for each reason.
    pub reasons: Vec<String>,
    /// Shell commands, in their order.
    pub mend: Vec<String>,
}

/// The users and groups of this machine, as its own files list them.
struct Accounts {
    users: String,
    groups: String,
}

/// What is known of a file or folder, as far as it matters here.
struct Facts {
    uid: u32,
    gid: u32,
    mode: u32,
    is_folder: bool,
    /// With an access list the group's bits are those of everybody it names.
    has_acl: bool,
}

/// Examines an open file that was asked for as `path`; `None` where it can be trusted.
pub fn examine(file: &File, path: &Path) -> io::Result<Option<Distrust>> {
    let accounts = Accounts::of_machine();
    let mut found = Distrust {
        reasons: Vec::new(),
        mend: Vec::new(),
    };
    found.judge(&Facts::of(file)?, path, &accounts);
    let real = fs::read_link(in_proc(file))?;
    let (real, named) = (folder_of(&real), folder_of(path));
    for folder in [Some(&real), (named != real).then_some(&named)] {
        let Some(folder) = folder else { continue };
        // To be looked at, a folder need not be readable.
        let place = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let place = File::from(openat(CWD, folder, place, Mode::empty())?);
        found.judge(&Facts::of(&place)?, folder, &accounts);
    }
    Ok((!found.reasons.is_empty()).then_some(found))
}

/// As [`examine`], for a file that is not open yet.
pub fn examine_at(path: &Path) -> io::Result<Option<Distrust>> {
    examine(&open(path, Links::Follow)?, path)
}

/// Whether an open file is our own, not even root's.
pub fn is_ours(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.uid() == geteuid().as_raw())
}

/// The name of a user, as the local list of users has it.
pub fn user(uid: u32) -> String {
    Accounts::of_machine().name_or_number(uid)
}

impl Facts {
    fn of(place: &File) -> io::Result<Self> {
        let found = place.metadata()?;
        let mut nothing: [u8; 0] = [];
        let acl = getxattr(in_proc(place), "system.posix_acl_access", &mut nothing[..]);
        Ok(Self {
            uid: found.uid(),
            gid: found.gid(),
            mode: found.mode() & 0o7777,
            is_folder: found.is_dir(),
            has_acl: acl.is_ok(),
        })
    }
}

impl Distrust {
    fn judge(&mut self, found: &Facts, path: &Path, accounts: &Accounts) {
        let us = geteuid().as_raw();
        let (shown, quoted) = (path.display(), quoted(path));
        let sudo = if us == 0 { "" } else { "sudo " };
        let foreign = found.uid != 0 && found.uid != us;
        if foreign {
            let owner = accounts.name_or_number(found.uid);
            self.reasons.push(format!("{shown} belongs to {owner}"));
            let us = (accounts.name(us)).map_or_else(|| us.to_string(), str::to_owned);
            self.mend.push(format!("{sudo}chown {us} {quoted}"));
        }
        if found.is_folder && found.mode & STICKY != 0 {
            return;
        }
        // Whose it will be when it was mended.
        let owner = if foreign { us } else { found.uid };
        let others = found.mode & OTHERS != 0;
        let group =
            found.mode & GROUP != 0 && (found.has_acl || !accounts.is_alone(owner, found.gid));
        if others || group {
            let mode = found.mode;
            let who = if others { "everybody" } else { "its group" };
            self.reasons
                .push(format!("{shown} can be changed by {who} (mode {mode:04o})"));
            let sudo = if owner == us { "" } else { sudo };
            let bits = if group { "go-w" } else { "o-w" };
            self.mend.push(format!("{sudo}chmod {bits} {quoted}"));
        }
    }
}

impl Accounts {
    fn of_machine() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Self {
            users: read("/etc/passwd"),
            groups: read("/etc/group"),
        }
    }

    fn name_or_number(&self, uid: u32) -> String {
        self.name(uid)
            .map_or_else(|| format!("uid {uid}"), str::to_owned)
    }

    fn name(&self, uid: u32) -> Option<&str> {
        let uid = uid.to_string();
        let mut users = self.users.lines().map(|line| line.split(':'));
        users.find_map(|mut fields| {
            let name = fields.next()?;
            (fields.nth(1)? == uid).then_some(name)
        })
    }

    /// Whether a group is the owner's own, and nobody else is in it. What the files of this
    /// machine do not list, such as a group of a directory service, may have any members.
    fn is_alone(&self, uid: u32, gid: u32) -> bool {
        let gid = gid.to_string();
        let Some(owner) = self.name(uid) else {
            return false;
        };
        let mut groups = self
            .groups
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>());
        let Some(members) = groups.find_map(|fields| match fields[..] {
            [_, _, number, members] if number == gid => Some(members),
            _ => None,
        }) else {
            return false;
        };
        let listed = members.split(',').filter(|name| !name.is_empty());
        let mut strangers = listed.filter(|name| *name != owner);
        let users = self
            .users
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>());
        let primary = users.filter(|fields| fields.get(3) == Some(&gid.as_str()));
        let mut names = primary.filter_map(|fields| fields.first().copied());
        // The group must be the owner's first one, and nobody else's.
        let mut has_owner = false;
        let only = names.all(|name| {
            has_owner |= name == owner;
            name == owner
        });
        strangers.next().is_none() && only && has_owner
    }
}

/// An open file by a path that leads to it whatever its name is by now.
fn in_proc(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A path as a shell takes it back.
fn quoted(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+@%=:,".contains(byte);
    if !bytes.is_empty() && bytes.iter().all(plain) {
        return path.display().to_string();
    }
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn accounts() -> Accounts {
        let users = "root:x:0:0::/root:/bin/sh\nsari:x:1000:1000::/home/sari:/bin/sh\n\
                     budi:x:1001:1001::/h:/s\ndewi:x:1002:100::/h:/s\nagus:x:1003:100::/h:/s\n\
                     nina:x:1004:1001::/h:/s\n";
        let groups = "root:x:0:\nsari:x:1000:\nbudi:x:1001:\nusers:x:100:\nteam:x:50:sari,budi\n\
                      own:x:1005:sari\n";
        Accounts {
            users: users.to_owned(),
            groups: groups.to_owned(),
        }
    }

    #[test]
    fn a_group_is_harmless_when_it_is_the_owners_own_without_others() {
        let table = [
            (1000, 1000, true, "a group of one's own"),
            (0, 0, true, "root's"),
            (1001, 1001, false, "nina's first group as well"),
            (1002, 100, false, "shared by all"),
            (1000, 50, false, "a team's"),
            (1000, 1005, false, "not the owner's first"),
            (1000, 4242, false, "unknown here"),
            (4242, 1000, false, "an unknown owner"),
        ];
        for (uid, gid, wanted, why) in table {
            assert_eq!(accounts().is_alone(uid, gid), wanted, "{why}");
        }
    }

    #[test]
    fn whoever_else_may_write_is_told_with_the_command_that_mends_it() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("with 'blank");
        fs::create_dir(&folder).unwrap();
        let path = folder.join("config.toml");
        fs::write(&path, "").unwrap();
        let table = [
            (0o755, 0o644, 0),
            (0o755, 0o646, 1),
            (0o757, 0o644, 1),
            (0o1777, 0o600, 0),
            (0o777, 0o666, 2),
        ];
        for (folder_mode, mode, count) in table {
            set_permissions(&folder, Permissions::from_mode(folder_mode)).unwrap();
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let found = examine_at(&path).unwrap();
            let mend = found.map_or_else(Vec::new, |found| found.mend);
            assert_eq!(mend.len(), count, "{folder_mode:o} {mode:o}: {mend:?}");
            for command in mend {
                assert!(command.starts_with("chmod "), "{command}");
                let shell = std::process::Command::new("sh")
                    .args(["-c", &command])
                    .status();
                assert!(shell.unwrap().success(), "{command}");
            }
            assert_eq!(examine_at(&path).unwrap(), None);
        }
    }

    #[test]
    fn what_belongs_to_another_user_is_not_followed() {
        let us = geteuid().as_raw();
        let judged = |uid, gid, mode, has_acl| {
            let facts = Facts {
                uid,
                gid,
                mode,
                is_folder: false,
                has_acl,
            };
            let mut found = Distrust {
                reasons: Vec::new(),
                mend: Vec::new(),
            };
            found.judge(&facts, Path::new("/a/.env"), &accounts());
            (found.reasons.join("; "), found.mend.len())
        };
        assert_eq!(judged(0, 0, 0o664, false), (String::new(), 0));
        assert_eq!(judged(us, 4242, 0o644, false), (String::new(), 0));
        // An access list may name anybody.
        assert_eq!(judged(0, 0, 0o664, true).1, 1);
        let foreign = judged(us + 4242, 4242, 0o664, false);
        let reasons = format!(
            "/a/.env belongs to uid {}; /a/.env can be changed by its group (mode 0664)",
            us + 4242
        );
        assert_eq!(foreign, (reasons, 2));
    }

    #[test]
    fn a_link_is_judged_by_where_it_leads_and_by_where_it_lies() {
        let outer = tempfile::tempdir().unwrap();
        let [here, there] = ["here", "there"].map(|name| outer.path().join(name));
        for folder in [&here, &there] {
            fs::create_dir(folder).unwrap();
        }
        fs::write(there.join("real"), "").unwrap();
        symlink(there.join("real"), here.join("link")).unwrap();
        let examined = || examine_at(&here.join("link")).unwrap();
        for folder in [&here, &there] {
            set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
        }
        set_permissions(there.join("real"), Permissions::from_mode(0o600)).unwrap();
        assert_eq!(examined(), None);
        for folder in [&here, &there] {
            set_permissions(folder, Permissions::from_mode(0o703)).unwrap();
            let reasons = examined().unwrap().reasons;
            assert_eq!(reasons.len(), 1);
            assert!(
                reasons[0].starts_with(&folder.display().to_string()),
                "{reasons:?}"
            );
            set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
        }
    }
}
