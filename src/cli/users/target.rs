//! Where a list of users goes: standard output, or a file that is there whole or not at all.

use std::fs::{File, Metadata};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use tempfile::NamedTempFile;

use crate::error::{Context, Error, Result};

pub struct Target {
    writer: BufWriter<Sink>,
    place: Option<Place>,
}

/// What is written to, and what became of it.
struct Sink {
    stream: Stream,
    /// Whether anything was written.
    begun: bool,
    /// Whether the reader has gone.
    closed: bool,
}

enum Stream {
    Out(io::Stdout),
    /// A device or a pipe: written as it is.
    Device(File),
    /// Readable by its owner alone: it has personal data.
    File(NamedTempFile),
}

/// Where a file will be put.
struct Place {
    path: PathBuf,
    replaces: bool,
}

impl Target {
    /// Standard output, or a new file beside `path` until it is whole.
    pub fn open(path: Option<&Path>, force: bool) -> Result<Self> {
        let (stream, place) = match path {
            None => (Stream::Out(io::stdout()), None),
            Some(path) => open(path, force)?,
        };
        let sink = Sink {
            stream,
            begun: false,
            closed: false,
        };
        Ok(Self {
            writer: BufWriter::new(sink),
            place,
        })
    }

    pub fn is_terminal(&self) -> bool {
        match &self.writer.get_ref().stream {
            Stream::Out(out) => out.is_terminal(),
            Stream::Device(file) => file.is_terminal(),
            Stream::File(_) => false,
        }
    }

    pub fn is_closed(&self) -> bool {
        self.writer.get_ref().closed
    }

    /// Puts a file in its place.
    pub fn finish(self) -> Result<()> {
        let path = self
            .place
            .as_ref()
            .map_or(Path::new("-"), |place| &place.path);
        let sink = self
            .writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error);
        let (Stream::File(file), Some(place)) = (sink.doing("write", path)?.stream, &self.place)
        else {
            return Ok(());
        };
        file.as_file().sync_all().doing("write", path)?;
        let placed = if place.replaces {
            file.persist(path)
        } else {
            file.persist_noclobber(path)
        };
        match placed {
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Err(exists(path)),
            placed => placed
                .map(|_| ())
                .map_err(|failed| failed.error)
                .doing("write", path),
        }
    }

    /// Drops what is not written yet; returns whether anything was.
    pub fn abandon(self) -> bool {
        self.writer.into_parts().0.begun
    }
}

fn open(path: &Path, force: bool) -> Result<(Stream, Option<Place>)> {
    let path = path.to_owned();
    let name = path.display();
    match path.metadata() {
        // Also by way of a link, such as `/dev/stdout`.
        Ok(found) if !found.is_file() && !found.is_dir() => {
            // Whoever owns the pipe could read personal data.
            if found.file_type().is_fifo() && !is_ours(&found) {
                return Err(Error::usage(format!("{name} is a pipe of another user")));
            }
            let file = File::options()
                .write(true)
                .open(&path)
                .doing("open", &path)?;
            return Ok((Stream::Device(file), None));
        }
        // Whoever made the link decided what would be replaced.
        _ if path.is_symlink() => {
            return Err(
                Error::usage(format!("{name} is a link, and is not followed"))
                    .hint("give the name of the file itself"),
            );
        }
        Ok(_) if !force => return Err(exists(&path)),
        _ => {}
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let file = NamedTempFile::new_in(folder).doing("create", &path)?;
    let replaces = force;
    Ok((Stream::File(file), Some(Place { path, replaces })))
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Sink {
    fn stream(&mut self) -> &mut dyn Write {
        match &mut self.stream {
            Stream::Out(out) => out,
            Stream::Device(file) => file,
            Stream::File(file) => file,
        }
    }

    fn note<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done {
            self.closed |= error.kind() == io::ErrorKind::BrokenPipe;
        }
        done
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun = true;
        let done = self.stream().write(bytes);
        self.note(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.stream().flush();
        self.note(done)
    }
}

fn is_ours(found: &Metadata) -> bool {
    found.uid() == 0 || found.uid() == geteuid().as_raw()
}

fn exists(path: &Path) -> Error {
    Error::usage(format!("{} is there already", path.display()))
        .hint("choose another name, or add --force to replace it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use std::fs;

    fn write(path: &Path, force: bool) -> Result<()> {
        let mut target = Target::open(Some(path), force)?;
        target.write_all(b"new").doing("write", path)?;
        target.finish()
    }

    #[test]
    fn a_file_is_replaced_only_when_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.csv");
        write(&path, false).unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        fs::write(&path, "old").unwrap();
        assert!(write(&path, false).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        write(&path, true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn what_is_abandoned_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut target = Target::open(Some(&folder.path().join("users.csv")), false).unwrap();
        target.write_all(b"half").unwrap();
        assert!(!target.abandon());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_link_is_neither_followed_nor_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let [real, link] = ["real", "link"].map(|name| folder.path().join(name));
        fs::write(&real, "old").unwrap();
        for target in [&real, &folder.path().join("new")] {
            std::os::unix::fs::symlink(target, &link).unwrap();
            for force in [true, false] {
                assert_eq!(write(&link, force).unwrap_err().kind(), Kind::Usage);
            }
            assert_eq!(link.read_link().unwrap(), *target);
            fs::remove_file(&link).unwrap();
        }
        assert_eq!(fs::read_to_string(&real).unwrap(), "old");
        assert!(!folder.path().join("new").exists());
    }

    #[test]
    fn a_device_stays_one() {
        write(Path::new("/dev/null"), true).unwrap();
        let null = fs::metadata("/dev/null").unwrap();
        assert!(null.file_type().is_char_device());
    }
}
