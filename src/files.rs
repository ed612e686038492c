//! Files that somebody else may have put there: opened without waiting, regular ones only, and
//! read with a bound.
//!
//! ```text
//!   state folder ── Links::Refuse ──▶ open, read, append      neither the file nor its folder is a link
//!   config, .env, logs ── Links::Follow ──▶ open, read        what a link leads to is a regular file
//!   config, .env ──▶ trust::examine                           and nobody else can change it
//! ```
//! A pipe would keep its reader waiting forever, a device has no end, and a link lets whoever
//! made it choose what is read or written in our name.

pub mod tail;
pub mod trust;

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

/// Whether the last part of a path may be a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// It may: a config file, or a log whose newest part goes by a fixed name.
    Follow,
    /// Neither it nor the folder it lies in: nobody but us makes files there.
    Refuse,
}

/// Which file something is, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    pub device: u64,
    pub inode: u64,
}

impl FileId {
    pub fn of(found: &Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
        }
    }

    /// That of what is at `path`, be it a link.
    pub fn real(path: &Path) -> Option<Self> {
        path.symlink_metadata().ok().as_ref().map(Self::of)
    }

    /// That of the file at `path`, links followed.
    pub fn at(path: &Path) -> Option<Self> {
        path.metadata().ok().as_ref().map(Self::of)
    }
}

pub fn open(path: &Path, links: Links) -> io::Result<File> {
    match links {
        Links::Follow => regular(openat(CWD, path, flags(OFlags::RDONLY), Mode::empty())?),
        Links::Refuse => open_real(path, OFlags::RDONLY),
    }
}

/// Opens a regular file, which must be there and no link, for appending.
pub fn append(path: &Path) -> io::Result<File> {
    open_real(path, OFlags::WRONLY | OFlags::APPEND)
}

/// Makes a file, which must not exist, for reading and appending; in a folder that is no link.
pub fn create(path: &Path, mode: u32) -> io::Result<File> {
    let access = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL;
    open_inside(path, access, Mode::from_raw_mode(mode))
}

/// Opens a regular file, which must be there, for reading and for lines at its end; a link is
/// followed, because it may be another program's log.
pub fn log(path: &Path) -> io::Result<File> {
    let access = OFlags::RDWR | OFlags::APPEND;
    let opened = openat(CWD, path, flags(access), Mode::empty());
    regular(opened.map_err(|error| told(error, path))?)
}

/// Opens a regular file of our own, no link, for reading and writing, and makes it for its owner
/// alone where it is missing.
pub fn own(path: &Path) -> io::Result<File> {
    let access = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW;
    let mode = Mode::RUSR | Mode::WUSR;
    regular(openat(CWD, path, flags(access), mode).map_err(|error| told(error, path))?)
}

/// The content of a regular file of at most `limit` bytes.
pub fn read(path: &Path, links: Links, limit: u64) -> io::Result<Vec<u8>> {
    read_all(&open(path, links)?, limit)
}

/// All that is left to read, of at most `limit` bytes.
pub fn read_all(source: impl io::Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let text = format!("longer than {limit} bytes");
        return Err(io::Error::new(ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

/// Whether something is there, be it a link that leads nowhere.
pub fn exists(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn open_real(path: &Path, access: OFlags) -> io::Result<File> {
    open_inside(path, access, Mode::empty())
}

fn open_inside(path: &Path, access: OFlags, mode: Mode) -> io::Result<File> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().unwrap_or(OsStr::new("."));
    let place = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let place = openat(CWD, folder, place, Mode::empty()).map_err(|error| told(error, folder))?;
    let file = openat(place, name, flags(access) | OFlags::NOFOLLOW, mode);
    regular(file.map_err(|error| told(error, path))?)
}

/// Without waiting for the other end of a pipe, and without making a terminal ours.
fn flags(access: OFlags) -> OFlags {
    access | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC
}

fn regular(file: impl Into<File>) -> io::Result<File> {
    let file = file.into();
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(ErrorKind::InvalidInput, NOT_REGULAR))
    }
}

const NOT_REGULAR: &str = "not a regular file";
const LINK: &str = "a symbolic link, and links are not followed here";

/// The kernel's own words for a link that is not to be followed would not be understood.
fn told(error: Errno, path: &Path) -> io::Error {
    let link = matches!(error, Errno::LOOP | Errno::NOTDIR)
        && path
            .symlink_metadata()
            .is_ok_and(|found| found.is_symlink());
    match error {
        _ if link => io::Error::new(ErrorKind::InvalidInput, LINK),
        // A pipe that nobody reads, opened for writing.
        Errno::NXIO => io::Error::new(ErrorKind::InvalidInput, NOT_REGULAR),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{FileType, mknodat};
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_a_regular_file_is_opened_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "text").unwrap();
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        symlink("/dev/zero", at("zero")).unwrap();
        symlink("file", at("link")).unwrap();
        symlink("gone", at("nowhere")).unwrap();
        symlink(folder.path(), at("folder")).unwrap();
        let table = [
            ("file", Links::Refuse, Ok(())),
            ("link", Links::Follow, Ok(())),
            ("link", Links::Refuse, Err(LINK)),
            ("nowhere", Links::Refuse, Err(LINK)),
            ("folder/file", Links::Follow, Ok(())),
            ("folder/file", Links::Refuse, Err(LINK)),
            ("pipe", Links::Follow, Err(NOT_REGULAR)),
            ("pipe", Links::Refuse, Err(NOT_REGULAR)),
            ("zero", Links::Follow, Err(NOT_REGULAR)),
            ("zero", Links::Refuse, Err(LINK)),
            ("folder", Links::Follow, Err(NOT_REGULAR)),
        ];
        for (name, links, wanted) in table {
            let found = open(&at(name), links).map(|_| ());
            let found = found.map_err(|error| error.to_string());
            assert_eq!(found, wanted.map_err(str::to_owned), "{name} {links:?}");
        }
        for name in ["pipe", "link", "zero"] {
            assert!(append(&at(name)).is_err(), "{name}");
        }
        let gone = open(&at("nothing"), Links::Refuse).unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound);
        assert!(exists(&at("nowhere")).unwrap() && !exists(&at("nothing")).unwrap());
    }

    #[test]
    fn reading_has_a_bound() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "12345").unwrap();
        assert_eq!(read(file.path(), Links::Refuse, 5).unwrap(), b"12345");
        let long = read(file.path(), Links::Refuse, 4).unwrap_err();
        assert_eq!(long.to_string(), "longer than 4 bytes");
    }
}
