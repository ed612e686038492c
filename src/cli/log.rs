//! Our own log: `logs/selaras.<day>` below the state folder, for whoever asks later what happened,
//! and `logs/access.<day>` for the requests to the server.
//!
//! Only verbs that act write it, and it never creates the state folder: a verb that looks writes
//! nothing anywhere (its `-v` goes to standard error). A log that cannot be written is no error.
//! Several processes append to one file, so every line names its own.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing_subscriber::filter::{LevelFilter, Targets, filter_fn};
use tracing_subscriber::fmt::format::{DefaultFields, Format, Full, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::clock::Clock;
use crate::config::Config;
use crate::files;
use crate::run::Sharing;
use crate::serve::ACCESS_LOG;

/// The beginnings of the names of the files.
const PREFIX: &str = "selaras";
const ACCESS: &str = "access";

/// Logs to standard error where `-v` asks for it; a second call changes nothing.
pub fn to_stderr(verbose: u8) {
    if verbose > 0 {
        let lines = lines().with_writer(io::stderr);
        // Fails only when there is a log already.
        let _ = tracing_subscriber::registry()
            .with(lines.with_filter(levels(verbose)))
            .try_init();
    }
}

/// Logs to files below the state folder; a second call changes nothing.
pub fn to_files(config: &Config, verbose: u8) {
    let kept = config.keep_days as usize;
    let daily = |prefix| Mutex::new(Daily::below(&config.state_dir, prefix, kept));
    let requests = filter_fn(|metadata| metadata.target() == ACCESS_LOG);
    let access = lines()
        .with_level(false)
        .with_writer(daily(ACCESS))
        .with_filter(requests);
    let own = lines()
        .with_writer(daily(PREFIX))
        .with_filter(levels(verbose));
    // Fails only when there is a log already.
    let _ = tracing_subscriber::registry()
        .with(vec![own.boxed(), access.boxed()])
        .try_init();
}

fn lines<S>() -> fmt::Layer<S, DefaultFields, Format<Full, Stamp>> {
    fmt::layer()
        .with_target(false)
        .with_ansi(false)
        .with_timer(Stamp)
}

/// Libraries never log more than `info`: their details may be a header or a statement. What the
/// verifier says of a certificate is left out, because selaras says it in words.
fn levels(verbose: u8) -> Targets {
    let (ours, others) = match verbose {
        0 => (LevelFilter::INFO, LevelFilter::WARN),
        1 => (LevelFilter::DEBUG, LevelFilter::WARN),
        _ => (LevelFilter::TRACE, LevelFilter::INFO),
    };
    Targets::new()
        .with_default(others)
        .with_target("rustls_platform_verifier", LevelFilter::OFF)
        .with_target("selaras", ours)
}

/// The local time and the process id.
struct Stamp;

impl FormatTime for Stamp {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        let now = Clock::System.zoned().strftime("%Y-%m-%d %H:%M:%S%.3f %:z");
        write!(writer, "{now} [{}]", std::process::id())
    }
}

/// A file for each day. What cannot be written is dropped.
struct Daily {
    state_dir: PathBuf,
    prefix: &'static str,
    kept: usize,
    open: Option<(Date, File)>,
}

impl Daily {
    fn below(state_dir: &Path, prefix: &'static str, kept: usize) -> Self {
        Self {
            state_dir: state_dir.to_owned(),
            prefix,
            kept,
            open: None,
        }
    }

    fn today(&mut self) -> Option<&mut File> {
        let today = Clock::System.now().to_zoned(TimeZone::UTC).date();
        if self.open.as_ref().is_none_or(|(day, _)| *day != today) {
            self.open = Some((today, self.begin(today)?));
        }
        self.open.as_mut().map(|(_, file)| file)
    }

    /// Makes the day's file, and room: as many are kept as a run may be old, in days.
    fn begin(&self, today: Date) -> Option<File> {
        if !self.state_dir.is_dir() {
            return None;
        }
        let sharing = Sharing::of(&self.state_dir);
        let folder = self.state_dir.join("logs");
        sharing.make_folders(&folder).ok()?;
        let path = folder.join(format!("{}.{today}", self.prefix));
        if !files::exists(&path).ok()? {
            // Another process may be faster.
            let _ = sharing.make_file(&path);
        }
        let file = files::append(&path).ok()?;
        self.prune(&folder);
        Some(file)
    }

    /// Removes the oldest of the files that are named after a day.
    fn prune(&self, folder: &Path) {
        let Ok(entries) = fs::read_dir(folder) else {
            return;
        };
        let mut days: Vec<(Date, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                let day = name
                    .to_str()?
                    .strip_prefix(self.prefix)?
                    .strip_prefix('.')?;
                Some((day.parse().ok()?, entry.path()))
            })
            .collect();
        days.sort_unstable();
        let surplus = days.len().saturating_sub(self.kept.max(1));
        for (_, path) in &days[..surplus] {
            // What cannot be removed now is tried again tomorrow.
            let _ = fs::remove_file(path);
        }
    }
}

impl Write for Daily {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(file) = self.today() {
            // A full disk takes the log, and nothing else.
            let _ = file.write_all(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some((_, file)) = &mut self.open {
            let _ = file.flush();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::fs::symlink;

    fn modes(state: &Path) -> Vec<u32> {
        let logs = state.join("logs");
        let mut paths = vec![logs.clone()];
        let files = std::fs::read_dir(logs).unwrap();
        paths.extend(files.map(|file| file.unwrap().path()));
        let mode = |path: &PathBuf| path.metadata().unwrap().mode() & 0o7777;
        paths.iter().map(mode).collect()
    }

    #[test]
    fn the_log_is_its_owners_or_its_teams() {
        use std::os::unix::fs::PermissionsExt as _;
        for (bits, wanted) in [(0o700, [0o700, 0o600]), (0o2770, [0o2770, 0o660])] {
            let state = tempfile::tempdir().unwrap();
            let permissions = std::fs::Permissions::from_mode(bits);
            std::fs::set_permissions(state.path(), permissions).unwrap();
            let mut daily = Daily::below(state.path(), PREFIX, 3);
            daily.write_all(b"line\n").unwrap();
            assert_eq!(modes(state.path()), wanted);
        }
    }

    #[test]
    fn the_log_is_written_through_no_link() {
        let place = tempfile::tempdir().unwrap();
        let [state, elsewhere] = ["state", "else"].map(|name| place.path().join(name));
        for folder in [&state, &elsewhere] {
            fs::create_dir(folder).unwrap();
        }
        symlink(&elsewhere, state.join("logs")).unwrap();
        Daily::below(&state, PREFIX, 3)
            .write_all(b"line\n")
            .unwrap();
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
        fs::remove_file(state.join("logs")).unwrap();
        fs::create_dir(state.join("logs")).unwrap();
        let today = Clock::System.now().to_zoned(TimeZone::UTC).date();
        for day in [today, today.tomorrow().unwrap()] {
            let name = format!("{PREFIX}.{day}");
            symlink(elsewhere.join("victim"), state.join("logs").join(name)).unwrap();
        }
        Daily::below(&state, PREFIX, 3)
            .write_all(b"line\n")
            .unwrap();
        assert!(!elsewhere.join("victim").exists());
    }

    #[test]
    fn old_logs_make_room_and_nothing_else_does() {
        let state = tempfile::tempdir().unwrap();
        let logs = state.path().join("logs");
        fs::create_dir(&logs).unwrap();
        for name in [
            "selaras.2020-01-01",
            "selaras.2020-01-02",
            "selaras.txt",
            "other.2020-01-01",
        ] {
            fs::write(logs.join(name), "").unwrap();
        }
        Daily::below(state.path(), PREFIX, 2)
            .write_all(b"line\n")
            .unwrap();
        let mut left: Vec<_> = fs::read_dir(&logs)
            .unwrap()
            .map(|file| file.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left.len(), 4, "{left:?}");
        assert!(!logs.join("selaras.2020-01-01").exists());
    }

    #[test]
    fn the_log_creates_no_state_folder_and_complains_to_nobody() {
        let place = tempfile::tempdir().unwrap();
        let state = place.path().join("state");
        Daily::below(&state, PREFIX, 3)
            .write_all(b"line\n")
            .unwrap();
        assert!(!state.exists());
        std::fs::create_dir(&state).unwrap();
        std::fs::write(state.join("logs"), "in the way").unwrap();
        Daily::below(&state, PREFIX, 3)
            .write_all(b"line\n")
            .unwrap();
    }
}
