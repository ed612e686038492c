//! The command line: every verb, every option, in the words of `--help`.
//!
//! Completions and man pages are drawn from the same definitions.
#![expect(
    clippy::doc_markdown,
    reason = "these are the words of `--help`, shown as they stand"
)]

mod dapodik;
mod push;
mod runs;
mod script;
mod serve;
mod users;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use dapodik::{Dapodik, Running};
pub use push::{Push, PushApply, PushPlan, Who};
pub use runs::Runs;
pub use script::{Script, ScriptLog, ScriptRun};
pub use serve::{Serve, ServeVerb};
pub use users::{
    Format, Locations, SortWord, StatusWord, Users, UsersApply, UsersList, UsersMigrate, UsersPlan,
    UsersUndo,
};

const EXITS: &str = "Exit codes:
   0  done, or nothing to do            7  a guard tripped
   1  a mistake of selaras              8  the plan is stale, or was applied already
   2  used wrongly                      9  busy: somebody else is at it
   3  configuration                    10  changes pending (plan --detailed-exitcode)
   4  a remote failed or refused       11  partial: some rows or locations failed
   5  database                         12  the script failed
   6  a local file or process         130  stopped";

/// Keeps users, officials, databases and education data of public offices in harmony.
#[derive(Debug, Parser)]
#[command(name = "selaras", bin_name = "selaras", version, max_term_width = 100, after_help = EXITS)]
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
#[command(next_help_heading = "Options of every verb")]
pub struct Global {
    /// The configuration file [default: $SELARAS_CONFIG, else $XDG_CONFIG_HOME/selaras/config.toml]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The folder for runs, locks and logs [default: $XDG_STATE_HOME/selaras]
    #[arg(long, value_name = "DIR", global = true)]
    pub state_dir: Option<PathBuf>,
    /// Refuse everything that would write; a run can still be stopped
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Say more in the log (twice: everything); verbs that only look have no log and say it on
    /// standard error
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
    Push(Push),
    /// Run and watch a database sync script, here or behind a service
    #[command(subcommand)]
    Script(Script),
    /// Start and follow the education data sync of an E-Alumni backend
    #[command(subcommand)]
    Dapodik(Dapodik),
    /// Offer the endpoints of the script over HTTP, to programs that carry a token or a key
    Serve(Serve),
    /// List, follow and stop runs
    #[command(subcommand)]
    Runs(Runs),
    /// Make, check and show the configuration
    #[command(subcommand)]
    Config(Config),
    /// Check configuration, database, servers, permissions, and what would end a detached run
    ///
    /// Writes nothing; logging in to the servers is all it does there. One line for each check:
    /// ✓ well, ! worth a look, ✗ will not work. Exits 0 without a ✗; else with the code of the
    /// worst kind, in this order: 3 configuration, 5 database, 6 this machine, 4 a server.
    Doctor(Doctor),
    /// Try everything against a simulated outside world on this machine
    ///
    /// Branch servers Dev, Test and Prod, and one that is down; a database with users in it. The
    /// world ends with the command, but not before the runs that need it. Exits as the command does.
    Demo(Demo),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual, a page for each verb
    Man,
    /// Do a run that was prepared: what a run's worker is started with
    #[command(hide = true)]
    Work {
        /// The run's id
        run: String,
    },
}

/// Whether to ask, and how to answer.
#[derive(Clone, Debug, Default, Args)]
pub struct Consent {
    /// Do not ask; needed without a terminal, and with --json
    #[arg(long, short)]
    pub yes: bool,
    /// Print exactly one JSON document on standard output, and events as JSON lines on standard error
    #[arg(long)]
    pub json: bool,
}

/// How a confirmed plan is carried out; the same for every verb that acts.
#[derive(Clone, Debug, Default, Args)]
pub struct Acting {
    /// Whether to ask.
    #[command(flatten)]
    pub consent: Consent,
    /// Return as soon as it goes on by itself, and print the run's id
    #[arg(long)]
    pub detach: bool,
}

/// The verbs about the configuration.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Write a configuration file with every setting and its comment
    Init {
        /// Print exactly one JSON document on standard output
        #[arg(long)]
        json: bool,
    },
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
    /// How the sync script behaves, such as fails or ignores-term, or service for one behind a
    /// server; a wrong name lists all
    #[arg(long, value_name = "NAME")]
    pub script: Option<String>,
    /// Keep the world's state in DIR, and use it again
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// What to run in that world: a verb of selaras, or a program that finds SELARAS_CONFIG set
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

impl Verb {
    /// Whether standard output gets exactly one JSON document.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Users(verb) => verb.wants_json(),
            Self::Push(verb) => verb.wants_json(),
            Self::Script(verb) => verb.wants_json(),
            Self::Dapodik(verb) => verb.wants_json(),
            Self::Runs(verb) => verb.wants_json(),
            Self::Config(
                Config::Init { json } | Config::Check { json, .. } | Config::Show { json },
            )
            | Self::Doctor(Doctor { json }) => *json,
            Self::Serve(_)
            | Self::Demo(_)
            | Self::Completions { .. }
            | Self::Man
            | Self::Work { .. } => false,
        }
    }

    /// Whether it may write, and so keeps a log; a verb that looks writes nothing anywhere.
    pub fn acts(&self) -> bool {
        match self {
            Self::Users(verb) => verb.acts(),
            Self::Push(verb) => matches!(verb, Push::Apply(_)),
            Self::Script(verb) => verb.acts(),
            Self::Dapodik(verb) => verb.acts(),
            Self::Runs(verb) => matches!(verb, Runs::Stop { .. } | Runs::Prune { .. }),
            Self::Serve(args) => args.verb.is_none(),
            Self::Work { .. } => true,
            Self::Config(_)
            | Self::Doctor(_)
            | Self::Demo(_)
            | Self::Completions { .. }
            | Self::Man => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_contradict_each_other_nowhere() {
        Cli::command().debug_assert();
    }
}
