//! Typed settings: built-in default ← config file ← `.env` and environment (for a few).
//!
//! ```text
//!   Sources ── Config::load ──▶ Config ── part.ready() ──▶ &Users, &Pimpinan, &Script, &Dapodik
//!                                  └──── secret(), login() ──▶ SecretString
//! ```
//! Loading only reads files and is cheap: every plan loads again, so that a corrected password
//! counts. An error names key, file and line, and never repeats a text of a file.

mod dapodik;
mod document;
mod inspect;
mod interface;
mod interpolation;
mod pimpinan;
mod reader;
mod script;
mod secret;
mod setting;
mod sources;
mod url;
mod users;
mod value_type;
mod variables;

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Context as _, Error, Result};
use crate::files::{self, Links, trust};

pub use dapodik::{Dapodik, Portal, Source};
pub use inspect::Commands;
pub use interface::{Dialect, Screen, Serve, Theme, Toggle};
pub use pimpinan::Pimpinan;
pub use script::{Leftovers, LocalScript, RemoteScript, Script};
pub use secret::{Credentials, SECRETS};
pub use setting::{Finding, Level, MASK, Missing, Origin, Part, Problem, Setting};
pub use sources::{Home, Sources};
pub use url::{DatabaseKind, DatabaseUrl, WebUrl};
pub use users::{Location, NameFrom, Overrides, Paging, Scheme, Users};
pub use variables::Environment;

use document::Document;
use reader::{Reader, error_of};
use secret::{LOGIN, SecretStore};
use value_type::{FilePath, ResolveContext, Span, Switch, Text, whole};
use variables::Variables;

/// The built-in defaults: a config file with every setting and its comment.
pub const DEFAULTS: &str = include_str!("../config/default.toml");

/// The longest config file or `.env`, in bytes.
const LONGEST: u64 = 4 << 20;

#[derive(Clone, Debug)]
pub struct Config {
    pub file: Option<PathBuf>,
    pub operator: String,
    pub state_dir: PathBuf,
    /// Whether nothing that writes may be started.
    pub read_only: bool,
    pub keep_runs: u32,
    pub keep_days: u32,
    /// The first wait before another try.
    pub retry_base: Duration,
    /// How long a statement of a database may take.
    pub statement_timeout: Duration,
    pub users: Part<Users>,
    pub pimpinan: Part<Pimpinan>,
    pub script: Part<Script>,
    pub dapodik: Part<Dapodik>,
    pub serve: Serve,
    pub screen: Screen,
    /// What works and is still not right, such as a file that everybody can read.
    pub warnings: Vec<Finding>,
    usual_file: PathBuf,
    settings: Vec<Setting>,
    secrets: Arc<SecretStore>,
}

impl Config {
    /// Reads the config file and `.env` anew. No file at all is no error.
    pub fn load(sources: &Sources) -> Result<Self> {
        let path = sources.existing_file()?;
        let variables = Variables::read(&sources.environment, &sources.places(path.as_deref()))?;
        let parse = |path, text: &str| Document::parse(path, text).map_err(error_of);
        let defaults = parse(None, DEFAULTS)?;
        let file = match &path {
            Some(path) => parse(Some(path), &read(path)?)?,
            None => Document::empty(),
        };
        let usual_file = sources.config_file();
        let base = usual_file.parent().unwrap_or(&sources.folder);
        let context = ResolveContext {
            base,
            variables: Some(&variables),
        };
        let mut reader = Reader::new(&file, &defaults, context, &variables);
        let data = sources.home.data.join("selaras");
        let mut top = reader.section("");
        Ok(Self {
            operator: top.or("operator", &Text(100), sources.operator()),
            state_dir: top.or("state_dir", &FilePath, sources.home.state.join("selaras")),
            read_only: top.setting("read_only", &Switch),
            keep_runs: top.setting("keep_runs", &whole(1, 1_000_000)),
            keep_days: top.setting("keep_days", &whole(1, 36_500)),
            retry_base: top.setting("retry_base", &Span(Duration::from_millis(1))),
            statement_timeout: top.setting("statement_timeout", &Span(Duration::from_secs(1))),
            users: users::read(&mut reader, &data),
            pimpinan: pimpinan::read(&mut reader),
            script: script::read(&mut reader),
            dapodik: dapodik::read(&mut reader, &data),
            serve: interface::serve(&mut reader),
            screen: interface::screen(&mut reader),
            settings: reader.finish()?,
            warnings: warnings(&file, &variables),
            secrets: Arc::new(SecretStore::new(variables)),
            file: path,
            usual_file,
        })
    }

    /// The secret `name` (see [`SECRETS`]), if it is set. May run a command and block its thread
    /// for up to 10 s.
    pub fn secret(&self, name: &str) -> Result<Option<SecretString>> {
        if SECRETS.contains(&name) {
            self.secrets.secret(name)
        } else {
            Err(Error::bug(format!(
                "{name} is not a secret that selaras knows"
            )))
        }
    }

    /// Whether the secret `name` is set, in whatever form; runs no command.
    pub fn is_secret_set(&self, name: &str) -> bool {
        // Set twice is set: what is wrong with it is said where it is used.
        !matches!(self.secrets.given(name), Ok(None))
    }

    /// The secret `name`, or an error that says where it may be set. Blocks as [`Config::secret`].
    pub fn needed_secret(&self, name: &str) -> Result<SecretString> {
        let missing = || {
            self.secrets
                .missing("a secret is missing", &[name.to_owned()])
        };
        self.secret(name)?.ok_or_else(missing)
    }

    /// What the server of the location `code` is logged in to with: its own variables, else those
    /// for all. Blocks as [`Config::secret`].
    pub fn login(&self, code: &str) -> Result<Credentials> {
        let [email, password] = LOGIN.map(|name| -> Result<SecretString> {
            let names = SecretStore::names_for(name, code);
            let purpose = format!("no credentials for the location {code}");
            let missing = || self.secrets.missing(&purpose, &names);
            self.secrets.first(&names)?.ok_or_else(missing)
        });
        Ok(Credentials {
            email: email?.expose_secret().to_owned(),
            password: password?,
        })
    }
}

fn read(path: &Path) -> Result<String> {
    let file = files::open(path, Links::Follow).map_err(|error| cannot_read(path, error))?;
    String::from_utf8(read_trusted(&file, path)?)
        .map_err(|_| cannot_read(path, io::Error::other("is not UTF-8 text")))
}

fn cannot_read(path: &Path, error: io::Error) -> Error {
    Error::config(format!("cannot read {}", path.display())).because(error)
}

/// The content of an open config file or `.env`, unless others could have written it: it names
/// programs that are run.
fn read_trusted(file: &File, path: &Path) -> Result<Vec<u8>> {
    let cannot = |error| cannot_read(path, error);
    if let Some(distrust) = trust::examine(file, path).map_err(cannot)? {
        let (path, reasons) = (path.display(), distrust.reasons.join("; "));
        return Err(Error::config(format!(
            "{path} is not read, because others could make selaras run programs with it: {reasons}"
        ))
        .hint(format!(
            "look through it first, then: {}",
            distrust.mend.join(" && ")
        )));
    }
    files::read_all(file, LONGEST).map_err(cannot)
}

fn warnings(file: &Document, variables: &Variables) -> Vec<Finding> {
    let mut warnings = variables.warnings.clone();
    if let Some(path) = &file.path
        && file.any_text(&interpolation::has_literal_password)
    {
        warnings.extend(open_to_all(path, "a password in a URL"));
    }
    if variables.has_dotenv() {
        warnings.extend(open_to_all(&variables.dotenv, "secrets"));
    }
    warnings
}

/// A warning where everybody can read `path`, which contains `content`.
fn open_to_all(path: &Path, content: &str) -> Option<Finding> {
    let mode = fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o004 != 0).then(|| {
        let path = path.display();
        let text = format!("{path} contains {content} and can be read by everybody");
        Finding::warning(text).hint(format!("chmod 600 {path}"))
    })
}

/// `config init`: writes the default file to `path` (0600, a new folder 0700). A file that is there stays as it
/// is: [`crate::error::Kind::Usage`].
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
            let text = format!("{} exists already and is left as it is", path.display());
            return Err(Error::usage(text));
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
    format!(
        "{} was written. Next:\n\
         1. open it, take the # off the keys you need and fill them in\n\
         2. put passwords into {} (chmod 600)\n\
         3. `selaras config check` says what is missing",
        path.display(),
        path.with_file_name(".env").display()
    )
}
