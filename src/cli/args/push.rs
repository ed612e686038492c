//! The words of `selaras push`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Acting;

/// The verbs of the push.
#[derive(Debug, Subcommand)]
pub enum Push {
    /// Show who would be sent, who is refused and why; sends nothing
    ///
    /// Exits 0 with the plan printed, refused rows or not; 10 with --detailed-exitcode when the
    /// central API would be told something new.
    Plan(PushPlan),
    /// Send them, after showing them and asking
    ///
    /// Exits as the run does: 4 when the central API failed or refused, 11 when it did not take in
    /// everybody.
    Apply(PushApply),
}

/// Who is sent.
#[derive(Clone, Debug, Args)]
pub struct Who {
    /// Do not send this role either, besides `exclude_roles` of the configuration
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub exclude_role: Vec<String>,
    /// Send only these, by their ids in Docku
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub only: Option<Vec<i64>>,
}

/// `push plan`.
#[derive(Debug, Args)]
pub struct PushPlan {
    /// Who.
    #[command(flatten)]
    pub who: Who,
    /// Print exactly one JSON document on standard output
    #[arg(long)]
    pub json: bool,
    /// Exit 10 when somebody to send is new or changed since the last successful push
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Do not read Docku: check and show the plan in FILE (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["exclude_role", "only"])]
    pub plan: Option<PathBuf>,
}

/// `push apply`.
#[derive(Debug, Args)]
pub struct PushApply {
    /// Who.
    #[command(flatten)]
    pub who: Who,
    /// How a plan is carried out.
    #[command(flatten)]
    pub acting: Acting,
    /// Send the plan in FILE, made by `push plan --json` (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["exclude_role", "only"])]
    pub plan: Option<PathBuf>,
}

impl Push {
    /// Whether standard output gets exactly one JSON document.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Plan(args) => args.json,
            Self::Apply(args) => args.acting.consent.json,
        }
    }
}
