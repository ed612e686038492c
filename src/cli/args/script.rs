//! The words of `selaras script`.

use clap::{Args, Subcommand};

use super::{Acting, Consent};

/// The verbs of DB Script.
#[derive(Debug, Subcommand)]
pub enum Script {
    /// Run the script, after showing what is known of it and asking
    ///
    /// Its output comes on standard output as it is printed: whole lines, everything that could
    /// drive a terminal made visible, colours only on a terminal. Byte for byte it is kept in the
    /// run's output.log. It lasts until the script has ended and nothing it left in the
    /// background has its output any more (`leftovers` in `[script]`). Ends 12 when the script
    /// fails, 9 when it runs already, 11 when what it left was stopped.
    Run(ScriptRun),
    /// Whether it runs, how its lock file stands, what speaks for and against a run, the last runs
    Status {
        /// Print exactly one JSON document on standard output
        #[arg(long)]
        json: bool,
    },
    /// The last lines of the script's own log file
    Log(ScriptLog),
    /// Stop the script: TERM to all of it, after a grace KILL, and wait for its end
    ///
    /// Asked twice, it is killed at once.
    Stop(Acting),
    /// Remove a stale lock file, after showing it and asking
    ///
    /// Only one that nobody holds, and only when that could be found out; root can find out more.
    Unlock(Consent),
}

/// `script run`.
#[derive(Debug, Args)]
pub struct ScriptRun {
    /// How it is carried out.
    #[command(flatten)]
    pub acting: Acting,
    /// When it runs already, follow that run instead of refusing
    #[arg(long)]
    pub attach: bool,
}

/// `script log`.
#[derive(Debug, Args)]
pub struct ScriptLog {
    /// How many lines
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100)]
    pub lines: usize,
    /// Go on with what is added, through rotation, until Ctrl-C
    #[arg(short, long)]
    pub follow: bool,
    /// Print exactly one JSON document on standard output
    #[arg(long, conflicts_with = "follow")]
    pub json: bool,
}

impl Script {
    /// Whether standard output gets exactly one JSON document.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Run(args) => args.acting.consent.json,
            Self::Stop(acting) => acting.consent.json,
            Self::Unlock(consent) => consent.json,
            Self::Status { json } | Self::Log(ScriptLog { json, .. }) => *json,
        }
    }

    /// Whether it may write.
    pub fn acts(&self) -> bool {
        matches!(self, Self::Run(_) | Self::Stop(_) | Self::Unlock(_))
    }
}
