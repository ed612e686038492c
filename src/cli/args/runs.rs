//! The words of `selaras runs`.

use clap::Subcommand;

use super::{Acting, Consent};

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
    ///
    /// Exits as the run does; 130 when left before its end (Ctrl-C leaves it running).
    Follow {
        /// The end of its id, such as c41f9a; without it the newest run that goes on
        run: Option<String>,
        /// Print exactly one JSON document on standard output, and events as JSON lines on standard error
        #[arg(long)]
        json: bool,
    },
    /// Ask a run to stop after the batch in hand, and wait for its end
    ///
    /// Exits 0 once the run has ended, however it ended; with --detach once it has answered. A run
    /// that does not answer within 5 seconds is killed.
    Stop {
        /// The end of its id, such as c41f9a
        run: String,
        /// How it is carried out.
        #[command(flatten)]
        acting: Acting,
    },
    /// Remove old runs, as the configuration says
    Prune {
        /// Whether to ask.
        #[command(flatten)]
        consent: Consent,
    },
}

impl Runs {
    /// Whether standard output gets exactly one JSON document.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::List { json } | Self::Show { json, .. } | Self::Follow { json, .. } => *json,
            Self::Stop { acting, .. } => acting.consent.json,
            Self::Prune { consent } => consent.json,
        }
    }
}
