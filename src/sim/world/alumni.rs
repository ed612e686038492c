//! The world's E-Alumni backend, its database with the regions, and the list of kecamatan.

use std::path::{Path, PathBuf};

use super::{STRIKES, WorldOptions, not_started, write_private};
use crate::config::DatabaseUrl;
use crate::error::Result;
use crate::sim::backend::tables::Tables;
use crate::sim::backend::{Backend, LIST, Setup, diy, sleman};
use crate::sim::fault::Rule;

/// The database that the backend writes to.
pub(super) fn database(folder: &Path) -> PathBuf {
    folder.join("data").join("alumni.db")
}

/// Starts the backend; its database is made, or used again.
pub(super) async fn start(folder: &Path, options: &WorldOptions) -> Result<Backend> {
    let url = DatabaseUrl::file(database(folder));
    let kecamatan = if options.large { diy() } else { sleman() };
    Tables::at(&url).make(&kecamatan).await?;
    write_private(&folder.join("kecamatan.csv"), LIST)?;
    let backend = Backend::start(Setup {
        kecamatan,
        schools: 10,
        ptk: 12,
        tempo: options.tempo,
        database: Some(url),
        latency: options.latency,
        ..Setup::default()
    });
    let backend = backend.map_err(not_started)?;
    for fault in &options.faults {
        backend.fault(Rule::new(*fault).first(STRIKES));
    }
    Ok(backend)
}

/// Its part of the configuration.
pub(super) fn section(backend: &Backend) -> String {
    format!(
        "\n[dapodik]\nsource = \"remote\"\nurl = \"{}\"\ndatabase = \"sqlite:data/alumni.db\"\n\
         kecamatan = \"kecamatan.csv\"\n",
        backend.url()
    )
}
