//! The words of `selaras serve`.

use clap::{Args, Subcommand};

/// `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// What else than serving.
    #[command(subcommand)]
    pub verb: Option<ServeVerb>,
}

/// What else than serving there is.
#[derive(Debug, Subcommand)]
pub enum ServeVerb {
    /// Print a token for somebody, signed with SERVE_JWT_SECRET
    Token {
        /// Whose it is; the runs it starts are in this name
        #[arg(long = "for", value_name = "NAME")]
        name: String,
        /// How many days it is good for
        #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
}
