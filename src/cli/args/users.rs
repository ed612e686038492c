//! The words of `selaras users`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::Acting;

/// The verbs of the users sync.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// Show what a sync would do; writes nothing
    ///
    /// Exits 0 with the plan printed, whatever is in it; as its error when every asked location
    /// failed; 10 with --detailed-exitcode when something would change.
    Plan(UsersPlan),
    /// Do it, after showing it and asking
    ///
    /// The work is done by a process of its own: a lost connection does not end it, Ctrl-C stops
    /// it after the batch in hand. Exits as the run does.
    Apply(UsersApply),
    /// List the users in the database
    ///
    /// Columns stand two blanks apart and are never empty: awk -F '  +' takes them.
    List(UsersList),
    /// Take a run back, after showing what that would do and asking
    ///
    /// Users it added become inactive, users it deactivated active, users it reactivated inactive.
    /// Rows changed since are listed and left alone. The guards are those of a sync.
    Undo(UsersUndo),
    /// Make users unique by e-mail and location, after showing the statements and asking
    ///
    /// Nothing else of a foreign schema is ever altered. Refuses, naming the rows, where an e-mail
    /// stands twice at one location.
    Migrate(UsersMigrate),
}

/// Which locations, and how much is allowed.
#[derive(Clone, Debug, Args)]
pub struct Locations {
    /// The codes of locations, such as dev
    #[arg(value_name = "CODE")]
    pub codes: Vec<String>,
    /// All locations
    #[arg(long, conflicts_with = "codes")]
    pub all: bool,
    /// Allow up to N deactivations at each location, in place of the configured limits
    #[arg(long, value_name = "N")]
    pub max_deactivate: Option<u64>,
    /// Allow the list of a server to be empty
    #[arg(long)]
    pub allow_empty: bool,
}

/// One of these says which; the refusal of a line without any names them all.
fn which() -> ArgGroup {
    ArgGroup::new("which")
        .required(true)
        .args(["codes", "all", "plan"])
}

/// `users plan`.
#[derive(Debug, Args)]
#[command(group = which())]
pub struct UsersPlan {
    /// Where.
    #[command(flatten)]
    pub locations: Locations,
    /// Print exactly one JSON document on standard output
    #[arg(long)]
    pub json: bool,
    /// Exit 10 when something would change
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Ask no server: check and show the plan in FILE (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["codes", "all", "max_deactivate", "allow_empty"])]
    pub plan: Option<PathBuf>,
}

/// `users apply`.
#[derive(Debug, Args)]
#[command(group = which())]
pub struct UsersApply {
    /// Where.
    #[command(flatten)]
    pub locations: Locations,
    /// How a plan is carried out.
    #[command(flatten)]
    pub acting: Acting,
    /// Ask no server: apply the plan in FILE, made by `users plan --json` (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["codes", "all", "max_deactivate", "allow_empty"])]
    pub plan: Option<PathBuf>,
}

/// `users undo`.
#[derive(Debug, Args)]
pub struct UsersUndo {
    /// The end of the run's id, such as c41f9a
    pub run: String,
    /// Delete the users it added, where nothing refers to them
    #[arg(long)]
    pub delete: bool,
    /// Allow up to N deactivations at each location, in place of the configured limits
    #[arg(long, value_name = "N")]
    pub max_deactivate: Option<u64>,
    /// How it is carried out.
    #[command(flatten)]
    pub acting: Acting,
}

/// `users migrate`.
#[derive(Debug, Args)]
pub struct UsersMigrate {
    /// How it is carried out.
    #[command(flatten)]
    pub acting: Acting,
}

/// `users list`.
#[derive(Debug, Args)]
pub struct UsersList {
    /// Only users of this location
    #[arg(long, value_name = "CODE")]
    pub location: Option<String>,
    /// Only users with this status
    #[arg(long)]
    pub status: Option<StatusWord>,
    /// Only users added today, in the last 7 days (week), on a day, or in a range of days
    #[arg(long, value_name = "today|week|DAY|FROM..TO")]
    pub created: Option<String>,
    /// Only users whose e-mail contains TEXT
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// By which column
    #[arg(long, default_value = "created")]
    pub sort: SortWord,
    /// The smallest first
    #[arg(long)]
    pub ascending: bool,
    /// At most N users
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// As a plain table, CSV, or one JSON document
    #[arg(long, default_value = "table")]
    pub format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace FILE if it is there
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// A status on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatusWord {
    /// May log in.
    Active,
    /// May not.
    Inactive,
}

/// A column on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SortWord {
    /// By e-mail.
    Email,
    /// By the location's name.
    Location,
    /// By status.
    Status,
    /// By when they were added.
    Created,
    /// By when they were last changed.
    Updated,
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns for people, grep and awk.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON array.
    Json,
}

impl Users {
    /// Whether standard output gets exactly one JSON document.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Plan(args) => args.json,
            Self::Apply(UsersApply { acting, .. })
            | Self::Undo(UsersUndo { acting, .. })
            | Self::Migrate(UsersMigrate { acting }) => acting.consent.json,
            Self::List(args) => args.json || (args.format == Format::Json && args.output.is_none()),
        }
    }

    /// Whether it may write.
    pub fn acts(&self) -> bool {
        !matches!(self, Self::Plan(_) | Self::List(_))
    }
}

impl UsersList {
    /// How it is printed.
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}
