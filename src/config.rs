//! Typed settings: built-in default ← config file ← `.env` and environment (for a few).
//!
//! ```text
//!   Sources ── Config::load ──▶ Config ── part.ready() ──▶ &Users, &Pimpinan, &Script, &Dapodik
//!                                  └──── secret(), login() ──▶ SecretString
//! ```
//! Loading only reads files and is cheap: every plan loads again, so that a corrected password
//! counts. An error names key, file and line, and never repeats a text of a file.

mod check;
mod command;
mod dapodik;
mod document;
mod init;
mod interface;
mod interpolation;
mod part;
mod pimpinan;
mod reader;
mod script;
mod secret;
mod setting;
mod show;
mod sources;
mod url;
mod users;
mod value_type;
mod variables;
mod words;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};
use crate::files::{self, Links, trust};

pub use check::Commands;
pub use dapodik::{Dapodik, Portal, Source};
pub use init::{init, next_steps};
pub use interface::{Dialect, Screen, Serve, Theme, Toggle};
pub use part::{Missing, Part, Problem};
pub use pimpinan::Pimpinan;
pub use script::{Leftovers, LocalScript, RemoteScript, Script};
pub use secret::{Credentials, SECRETS};
pub use setting::{Finding, Level, MASK, Origin, Setting};
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

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// The config file, where there is one.
    pub file: Option<PathBuf>,
    /// Who acts.
    pub operator: String,
    /// Where runs, locks and logs are kept.
    pub state_dir: PathBuf,
    /// Whether nothing that writes may be started.
    pub read_only: bool,
    /// How many runs are kept.
    pub keep_runs: u32,
    /// How many days runs are kept.
    pub keep_days: u32,
    /// The first wait before another try.
    pub retry_base: Duration,
    /// How long a statement of a database may take.
    pub statement_timeout: Duration,
    /// `[users]`.
    pub users: Part<Users>,
    /// `[pimpinan]`.
    pub pimpinan: Part<Pimpinan>,
    /// `[script]`.
    pub script: Part<Script>,
    /// `[dapodik]`.
    pub dapodik: Part<Dapodik>,
    /// `[serve]`.
    pub serve: Serve,
    /// `[screen]`.
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
            Err(Error::bug(words::unknown_secret(name)))
        }
    }

    /// The secret `name`, or an error that says where it may be set. Blocks as [`Config::secret`].
    pub fn needed_secret(&self, name: &str) -> Result<SecretString> {
        let missing = || self.secrets.missing(words::NEEDED, &[name.to_owned()]);
        self.secret(name)?.ok_or_else(missing)
    }

    /// What the server of the location `code` is logged in to with: its own variables, else those
    /// for all. Blocks as [`Config::secret`].
    pub fn login(&self, code: &str) -> Result<Credentials> {
        let [email, password] = LOGIN.map(|name| -> Result<SecretString> {
            let names = SecretStore::names_for(name, code);
            let missing = || self.secrets.missing(&words::login(code), &names);
            self.secrets.first(&names)?.ok_or_else(missing)
        });
        Ok(Credentials {
            email: email?.expose_secret().to_owned(),
            password: password?,
        })
    }
}

fn read(path: &Path) -> Result<String> {
    let cannot = |error| Error::config(words::cannot_read(path)).because(error);
    let file = files::open(path, Links::Follow).map_err(cannot)?;
    String::from_utf8(read_trusted(&file, path)?)
        .map_err(|_| cannot(io::Error::other(words::NOT_TEXT)))
}

/// The content of an open config file or `.env`, unless others could have written it: it names
/// programs that are run.
fn read_trusted(file: &File, path: &Path) -> Result<Vec<u8>> {
    let cannot = |error| Error::config(words::cannot_read(path)).because(error);
    if let Some(distrust) = trust::examine(file, path).map_err(cannot)? {
        return Err(words::untrusted(path, &distrust));
    }
    files::read_all(file, LONGEST).map_err(cannot)
}

fn warnings(file: &Document, variables: &Variables) -> Vec<Finding> {
    let mut warnings = variables.warnings.clone();
    if let Some(path) = &file.path
        && file.any_text(&interpolation::has_literal_password)
    {
        warnings.extend(open_to_all(path, words::PASSWORD));
    }
    if variables.has_dotenv() {
        warnings.extend(open_to_all(&variables.dotenv, words::SECRETS));
    }
    warnings
}

/// A warning where everybody can read `path`, which contains `content`.
fn open_to_all(path: &Path, content: &str) -> Option<Finding> {
    let mode = fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o004 != 0)
        .then(|| Finding::warning(words::open_to_all(path, content)).hint(words::chmod(path)))
}
