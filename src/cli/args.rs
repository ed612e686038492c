//! The command line: every verb, every option, in the words of `--help`.
//!
//! Completions and man pages are drawn from the same definitions.
#![expect(
    clippy::doc_markdown,
    reason = "these are the words of `--help`, shown as they stand"
)]

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Keeps users, officials, databases and education data of public offices in harmony.
#[derive(Debug, Parser)]
#[command(name = "selaras", version, max_term_width = 100)]
pub struct Cli {
    /// What applies to every verb.
    #[command(flatten)]
    pub global: Global,
    /// The verb; none opens the dashboard.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What applies to every verb.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The configuration file [default: $SELARAS_CONFIG, else $XDG_CONFIG_HOME/selaras/config.toml]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The folder for runs, locks and logs [default: $XDG_STATE_HOME/selaras]
    #[arg(long, value_name = "DIR", global = true)]
    pub state_dir: Option<PathBuf>,
    /// Refuse everything that would write
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Say more in the log (twice: everything)
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Compare the users of branch servers with the database, and bring them in line
    #[command(subcommand)]
    Users(Users),
    /// Send the structural officials of Docku to the central API
    #[command(subcommand)]
    Push(super::pimpinan::args::Push),
    /// List, follow and stop runs
    #[command(subcommand)]
    Runs(Runs),
    /// Make, check and show the configuration
    #[command(subcommand)]
    Config(Config),
    /// Check configuration, database, servers, permissions, and what would end a detached run
    Doctor(Doctor),
    /// Try everything against a simulated outside world on this machine
    Demo(Demo),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
    /// Do a run that was prepared: what a run's worker is started with
    #[command(hide = true)]
    Work {
        /// The run's id
        run: String,
    },
}

/// The verbs of the users sync.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// Show what a sync would do; writes nothing
    Plan(UsersPlan),
    /// Do it, after showing it and asking
    Apply(UsersApply),
    /// List the users in the database
    List(UsersList),
}

/// Which locations, and how much is allowed.
#[derive(Clone, Debug, Args)]
pub struct Locations {
    /// The codes of locations, such as dev
    #[arg(value_name = "CODE", required_unless_present_any = ["all", "plan"])]
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

/// `users plan`.
#[derive(Debug, Args)]
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
    /// Ask no server: check and show the plan in FILE
    #[arg(long, value_name = "FILE", conflicts_with_all = ["codes", "all"])]
    pub plan: Option<PathBuf>,
}

/// `users apply`.
#[derive(Debug, Args)]
pub struct UsersApply {
    /// Where.
    #[command(flatten)]
    pub locations: Locations,
    /// How a plan is carried out.
    #[command(flatten)]
    pub acting: Acting,
    /// Ask no server: apply the plan in FILE, made by `users plan --json`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["codes", "all", "max_deactivate", "allow_empty"])]
    pub plan: Option<PathBuf>,
}

/// How a confirmed plan is carried out; the same for every verb that acts.
#[derive(Clone, Debug, Default, Args)]
pub struct Acting {
    /// Do not ask; needed without a terminal
    #[arg(long, short)]
    pub yes: bool,
    /// Print exactly one JSON document on standard output, and events as JSON lines on standard error
    #[arg(long)]
    pub json: bool,
    /// Return as soon as the run goes on by itself, and print its id
    #[arg(long)]
    pub detach: bool,
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

/// The verbs about runs.
#[derive(Debug, Subcommand)]
pub enum Runs {
    /// All runs of this machine, the newest first
    List {
        /// Print exactly one JSON document on standard output
        #[arg(long)]
        json: bool,
    },
    /// What a run was to do, how it ended, and what it wrote
    Show {
        /// The end of its id, such as c41f9a
        run: String,
        /// Print exactly one JSON document on standard output
        #[arg(long)]
        json: bool,
    },
    /// Show all of a run from its first event, and go on to its end
    Follow {
        /// The end of its id, such as c41f9a
        run: String,
        /// Print exactly one JSON document on standard output, and events as JSON lines on standard error
        #[arg(long)]
        json: bool,
    },
    /// Ask a run to stop after the batch in hand, and wait for its end
    Stop {
        /// The end of its id, such as c41f9a
        run: String,
        /// How it is carried out.
        #[command(flatten)]
        acting: Acting,
    },
    /// Remove old runs, as the configuration says
    Prune {
        /// How it is carried out.
        #[command(flatten)]
        acting: Acting,
    },
}

/// The verbs about the configuration.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Write a configuration file with every setting and its comment
    Init,
    /// Check every setting and the secrets that are needed
    Check {
        /// Run the commands of NAME_COMMAND secrets too
        #[arg(long)]
        commands: bool,
        /// Print exactly one JSON document on standard output
        #[arg(long)]
        json: bool,
    },
    /// Show every setting with its origin; secrets are masked
    Show {
        /// Print exactly one JSON document on standard output
        #[arg(long)]
        json: bool,
    },
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Print exactly one JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// What goes wrong in that world, by name, such as slow,503
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub faults: Vec<String>,
    /// How long every answer takes, such as 40ms
    #[arg(long, value_name = "TIME")]
    pub latency: Option<String>,
    /// Many more users
    #[arg(long)]
    pub large: bool,
    /// Keep the world's state in DIR, and use it again
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// What to run in that world: a verb of selaras, or a program that finds SELARAS_CONFIG set
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}
