//! `selaras work ID`: the worker of a run that a face has prepared.
//!
//! The only place that knows all engines by name. Its words go to the run's `worker.err`.

use super::face::{self, Face};
use super::{runtime, words};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::pimpinan::Pimpinan;
use crate::run::worker::{self, Work};
use crate::users::Users;

/// Does the run and returns its exit code.
pub fn run(face: &Face, id: &str) -> Result<u8> {
    let config = face.config()?;
    let runs = face::runs(&config)?;
    // The first act: from here on no terminal can end us.
    let work = worker::detach(&runs, id.parse()?)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        match work.manifest().engine.as_str() {
            Users::NAME => perform(work, Users::new(config)).await,
            Pimpinan::NAME => perform(work, Pimpinan::new(config)).await,
            other => Err(Error::bug(words::unknown_engine(other))),
        }
    })
}

async fn perform<E: Engine>(work: Work, engine: Result<E>) -> Result<u8> {
    Ok(match engine {
        Ok(engine) => work.perform(engine).await,
        Err(error) => work.give_up::<E>(error),
    })
}
