//! The words of `selaras dapodik`.

use clap::{Args, Subcommand};

use super::Acting;

/// The verbs of the Dapodik sync.
#[derive(Debug, Subcommand)]
pub enum Dapodik {
    /// Show how the last global sync stands: when it ended, RUNNING, or its error
    ///
    /// Starts nothing. Exits 0 whatever it says; 4 when the backend cannot be asked.
    Metadata {
        /// Print exactly one JSON document on standard output
        #[arg(long)]
        json: bool,
    },
    /// Sync every kecamatan, after showing what is asked and asking
    ///
    /// The connection to the backend is held by a process of its own: closing this terminal changes
    /// nothing. Ctrl-C stops: the backend then ends with the kecamatan in hand. Exits 9 when a sync
    /// is running already, 11 when the database lacks what the backend says it stored.
    Global {
        /// What to do when one is running already.
        #[command(flatten)]
        running: Running,
        /// How it is carried out.
        #[command(flatten)]
        acting: Acting,
    },
    /// Sync chosen kecamatan, by their codes
    Kecamatan {
        /// Codes such as 34.04.07; names are not unique
        #[arg(value_name = "CODE")]
        codes: Vec<String>,
        /// List the codes, with names and kabupaten; starts nothing
        #[arg(long, conflicts_with_all = ["codes", "attach", "force_running", "yes", "detach"])]
        list: bool,
        /// What to do when one is running already.
        #[command(flatten)]
        running: Running,
        /// How it is carried out.
        #[command(flatten)]
        acting: Acting,
    },
    /// Sync one PTK
    Ptk {
        /// The NIK, 16 digits
        #[arg(long)]
        nik: String,
        /// The NPSN of the school, 8 characters
        #[arg(long)]
        npsn: String,
        /// How it is carried out.
        #[command(flatten)]
        acting: Acting,
    },
    /// Sync the PTK of every school that is there already
    ///
    /// The backend answers that it has begun, and tells no more: this ends there, not verified. As
    /// deployed it empties a column of every PTK; how many values are lost is shown before, and has
    /// to be typed.
    AllPtk {
        /// Start it although a sync is running already
        #[arg(long)]
        force_running: bool,
        /// With --yes: start it although as many as N rows lose a value; with more it exits 7
        #[arg(long, value_name = "N")]
        max_emptied: Option<u64>,
        /// How it is carried out.
        #[command(flatten)]
        acting: Acting,
    },
    /// Sync the schools of every kecamatan
    ///
    /// The backend answers that it has begun, and tells no more: this ends there, not verified.
    AllSekolah {
        /// Start it although a sync is running already
        #[arg(long)]
        force_running: bool,
        /// How it is carried out.
        #[command(flatten)]
        acting: Acting,
    },
}

/// What to do when a sync is running already.
#[derive(Clone, Copy, Debug, Args)]
pub struct Running {
    /// When a sync is running already, follow that one: by its run, else by the backend's metadata
    #[arg(long)]
    pub attach: bool,
    /// When a sync is running already, start another beside it; the backend locks nothing
    #[arg(long, conflicts_with = "attach")]
    pub force_running: bool,
}

impl Dapodik {
    /// Whether standard output gets exactly one JSON document.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Metadata { json } => *json,
            Self::Global { acting, .. }
            | Self::Kecamatan { acting, .. }
            | Self::Ptk { acting, .. }
            | Self::AllPtk { acting, .. }
            | Self::AllSekolah { acting, .. } => acting.consent.json,
        }
    }

    /// Whether it may write.
    pub fn acts(&self) -> bool {
        !matches!(
            self,
            Self::Metadata { .. } | Self::Kecamatan { list: true, .. }
        )
    }
}
