//! The world's sync script: beside its configuration, or played by a service.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{WorldOptions, not_started};
use crate::error::{Context, Result};
use crate::sim::script::service::{Service, Setup};
use crate::sim::script::{Home, Kind, Script, USUAL};

/// How long the script of a service takes: it is looked at every two seconds.
const SERVED: Duration = Duration::from_secs(20);

/// Writes it into `folder`. One that was changed by hand stays, unless another one is asked for.
pub fn write(folder: &Path, wanted: Option<Home>) -> Result<()> {
    let path = Script::below(folder).path;
    let kind = match wanted {
        Some(Home::Here(kind)) => kind,
        _ if path.exists() => return Ok(()),
        _ => Kind::Usual,
    };
    fs::create_dir_all(folder).doing("create", folder)?;
    let written = Script::write(folder, kind, USUAL);
    written.doing("create", &path).map(|_| ())
}

/// The service that has it, if it is to be behind one.
pub fn service(options: &WorldOptions) -> Result<Option<Service>> {
    let Some(Home::There(shape)) = options.script else {
        return Ok(None);
    };
    let setup = Setup {
        shape,
        latency: options.latency,
        alone: Some(SERVED),
        ..Setup::default()
    };
    Service::start(setup).map(Some).map_err(not_started)
}

/// Its part of the configuration.
pub fn section(service: Option<&Service>) -> String {
    match service {
        None => "\n[script]\npath = \"script/sync.sh\"\nlock_file = \"script/sync.lock\"\n\
                 log_file = \"script/sync.log\"\n"
            .to_owned(),
        Some(service) => {
            let url = service.url();
            format!("\n[script]\ntarget = \"remote\"\nurl = \"{url}\"\n")
        }
    }
}
