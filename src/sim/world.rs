//! A whole outside world in one folder: its servers, seeded databases, a configuration.
//!
//! ```text
//!   DIR/config.toml  addresses of this world, written anew at each start
//!   DIR/.env         the invented secrets; kept, so that they can be spoiled and corrected
//!   DIR/data, state  the databases and the runs; kept
//!   DIR/logs         what is appended to the integration log; kept
//! ```
//! In this order: Dev with 25 new users; Test with 10 unchanged, 3 new, 2 gone; Prod with 800;
//! Malang, which is down. Beside them the central API, empty, and Docku with 6 officials for it;
//! and an E-Alumni backend with the 17 kecamatan of Sleman, or the portal with their schools.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::backend::tables::Tables;
use super::backend::{self, Backend, Tempo};
use super::central::{self, Central};
use super::docku;
use super::fault::{Fault, Rule};
use super::locations::{Branch, EMAIL, PASSWORD, Setup};
use super::people;
use super::portal::{self, Portal};
use super::region::{LIST, diy, sleman};
use super::script::service::{self, Service, TOKEN};
use super::script::{Home, Kind, Script, USUAL};
use super::server::Server;
use crate::config::DatabaseUrl;
use crate::error::{Context, Error, Result};
use crate::users::model::Location;
use crate::users::plan::Row;
use crate::users::store::Store;

/// How many times a fault that was asked for strikes at each server.
const STRIKES: u64 = 2;
const LARGE: usize = 20_000;
/// How long the script of a service takes: it is looked at every two seconds.
const SERVED: Duration = Duration::from_secs(20);

/// How a world differs from the usual one.
#[derive(Clone, Debug, Default)]
pub struct WorldOptions {
    pub faults: Vec<Fault>,
    pub latency: Duration,
    /// Whether Prod has many more users, and backend and portal all 78 kecamatan.
    pub large: bool,
    pub tempo: Tempo,
    pub dapodik: DapodikSide,
    /// Where the sync script is and how it behaves; else the usual one, or what a kept world has.
    pub script: Option<Home>,
}

/// Where a world's Dapodik data come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DapodikSide {
    /// A backend does the sync; selaras follows it.
    #[default]
    Backend,
    /// selaras does the sync, from the portal, whose answers are this late beside the world's
    /// latency.
    Portal { latency: Duration },
}

impl WorldOptions {
    fn set_faults(&self, server: &Server) {
        for fault in &self.faults {
            server.fault(Rule::new(*fault).first(STRIKES));
        }
    }
}

/// A running world; it ends when it is dropped.
#[derive(Debug)]
pub struct World {
    folder: PathBuf,
    branches: Vec<(Place, Branch)>,
    backend: Backend,
    portal: Option<Portal>,
    central: Central,
    service: Option<Service>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// 25 new users.
    Dev,
    /// 10 unchanged, 3 new, 2 gone.
    Test,
    /// 800 new users.
    Prod,
    /// Down.
    Malang,
}

impl Place {
    pub const ALL: [Self; 4] = [Self::Dev, Self::Test, Self::Prod, Self::Malang];

    /// `locations.id`, `locations.location_code` and `locations.location_name`.
    pub fn row(self) -> (i64, &'static str, &'static str) {
        match self {
            Self::Dev => (8, "dev", "Dev"),
            Self::Test => (7, "test", "Test"),
            Self::Prod => (1, "prod", "Prod"),
            Self::Malang => (5, "malang", "Malang"),
        }
    }
}

impl World {
    /// Starts a world in `folder`, which is made; what an earlier world left there is used again.
    pub async fn start(folder: &Path, options: &WorldOptions) -> Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .doing("create", folder)?;
        let folder = folder.canonicalize().doing("find", folder)?;
        let mut branches = Vec::new();
        for place in Place::ALL {
            branches.push((place, branch(place, options)?));
        }
        let backend = start_backend(&folder, options).await?;
        let world = Self {
            folder,
            branches,
            central: central(options)?,
            backend,
            portal: start_portal(options)?,
            service: service(options)?,
        };
        world.write_config()?;
        write_script(&world.folder.join("script"), options.script)?;
        world.seed().await?;
        if !world.docku().exists() {
            docku::create(&DatabaseUrl::file(world.docku()), &docku::OFFICE).await?;
        }
        Ok(world)
    }

    pub fn config(&self) -> PathBuf {
        self.folder.join("config.toml")
    }

    pub fn state_dir(&self) -> PathBuf {
        self.folder.join("state")
    }

    pub fn database(&self) -> PathBuf {
        self.folder.join("data").join("users.db")
    }

    pub fn docku(&self) -> PathBuf {
        self.folder.join("data").join("docku.db")
    }

    pub fn central(&self) -> &Central {
        &self.central
    }

    pub fn script(&self) -> Script {
        Script::below(&self.folder.join("script"))
    }

    pub fn service(&self) -> Option<&Service> {
        self.service.as_ref()
    }

    pub fn dotenv(&self) -> PathBuf {
        self.folder.join(".env")
    }

    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// The portal, where it is this world's Dapodik side.
    pub fn portal(&self) -> Option<&Portal> {
        self.portal.as_ref()
    }

    /// The database that our own sync writes to.
    pub fn dapodik(&self) -> PathBuf {
        self.folder.join("data").join("dapodik.db")
    }

    /// The database that the backend writes to.
    pub fn alumni(&self) -> PathBuf {
        alumni_database(&self.folder)
    }

    pub fn branch(&self, wanted: Place) -> Option<&Branch> {
        self.branches
            .iter()
            .find(|(place, _)| *place == wanted)
            .map(|(_, branch)| branch)
    }

    fn write_config(&self) -> Result<()> {
        let mut text = String::from(
            "# The simulated world of `selaras demo`; written anew at each start.\n\
             operator = \"admin@kantor\"\nstate_dir = \"state\"\n\n\
             [users]\ndatabase = \"sqlite:data/users.db\"\n",
        );
        for (place, branch) in &self.branches {
            let (id, code, name) = place.row();
            let _ = write!(
                text,
                "\n[[users.location]]\nid = {id}\ncode = \"{code}\"\nname = \"{name}\"\nurl = \"{}\"\n",
                branch.url()
            );
        }
        let _ = write!(
            text,
            "\n[pimpinan]\ndatabase = \"sqlite:data/docku.db\"\nurl = \"{}{}\"\n\
             log = \"logs/integration.log\"\n",
            self.central.url(),
            central::SYNC
        );
        text.push_str(&match &self.portal {
            Some(portal) => portal_section(portal),
            None => backend_section(&self.backend),
        });
        text.push_str(&script_section(self.service.as_ref()));
        write_private(&self.config(), &text)?;
        self.write_secrets()
    }

    /// A file that is there keeps what it says; it gets what earlier versions did not know.
    fn write_secrets(&self) -> Result<()> {
        let path = self.dotenv();
        let mut text = if path.exists() {
            fs::read_to_string(&path).doing("read", &path)?
        } else {
            format!(
                "EXTERNAL_API_EMAIL={EMAIL}\nEXTERNAL_API_PASSWORD={PASSWORD}\n\
                 PIMPINAN_API_KEY={}\nEALUMNI_API_KEY={}\n",
                central::KEY,
                backend::KEY
            )
        };
        let of_portal = [
            ("DAPODIK_USERNAME", portal::USERNAME),
            ("DAPODIK_PASSWORD", portal::PASSWORD),
            ("DAPODIK_API_KEY", portal::API_KEY),
        ];
        let of_portal = of_portal.iter().filter(|_| self.portal.is_some());
        for (name, value) in std::iter::once(&("SCRIPT_API_TOKEN", TOKEN)).chain(of_portal) {
            if text.contains(name) {
                continue;
            }
            if !text.ends_with('\n') {
                text.push('\n');
            }
            let _ = writeln!(text, "{name}={value}");
        }
        write_private(&path, &text)
    }

    /// The users of Test as they were before its server changed; a kept database stays.
    async fn seed(&self) -> Result<()> {
        if self.database().exists() {
            return Ok(());
        }
        let locations: Vec<_> = self
            .branches
            .iter()
            .map(|(place, branch)| {
                let (id, code, name) = place.row();
                let (code, name) = (code.to_owned(), name.to_owned());
                Location {
                    id,
                    code,
                    name,
                    url: Some(branch.url()),
                    ..Location::default()
                }
            })
            .collect();
        let url = DatabaseUrl::file(self.database());
        let mut store = Store::for_writing(&url, &locations).await?;
        let emails = people::test_local();
        let rows: Vec<_> = emails.into_iter().map(Row::of_email).collect();
        store.begin().await?;
        store.insert(Place::Test.row().0, &rows, &[]).await?;
        store.commit().await?;
        store.close().await
    }
}

fn branch(place: Place, options: &WorldOptions) -> Result<Branch> {
    let people = match place {
        Place::Dev => people::dev(),
        Place::Test => people::test(),
        Place::Prod if options.large => people::named("prod_user", LARGE),
        Place::Prod => people::prod(),
        Place::Malang => Vec::new(),
    };
    let setup = Setup {
        people,
        latency: options.latency,
        ..Setup::default()
    };
    let branch = Branch::start(setup).map_err(not_started)?;
    options.set_faults(&branch);
    if place == Place::Malang {
        branch.stop();
    }
    Ok(branch)
}

fn central(options: &WorldOptions) -> Result<Central> {
    let setup = central::Setup {
        latency: options.latency,
        ..central::Setup::default()
    };
    let central = Central::start(setup).map_err(not_started)?;
    options.set_faults(&central);
    Ok(central)
}

fn not_started(cause: std::io::Error) -> Error {
    Error::local("cannot start a simulated server").because(cause)
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path).doing("create", path)?;
    file.write_all(text.as_bytes()).doing("write", path)
}

/// The database that the backend writes to.
fn alumni_database(folder: &Path) -> PathBuf {
    folder.join("data").join("alumni.db")
}

/// Starts the E-Alumni backend; its database is made, or used again.
async fn start_backend(folder: &Path, options: &WorldOptions) -> Result<Backend> {
    let url = DatabaseUrl::file(alumni_database(folder));
    let kecamatan = if options.large { diy() } else { sleman() };
    Tables::at(&url).make(&kecamatan).await?;
    write_private(&folder.join("kecamatan.csv"), LIST)?;
    let backend = Backend::start(backend::Setup {
        kecamatan,
        schools: 10,
        ptk: 12,
        tempo: options.tempo,
        database: Some(url),
        latency: options.latency,
        ..backend::Setup::default()
    });
    let backend = backend.map_err(not_started)?;
    options.set_faults(&backend);
    Ok(backend)
}

/// The backend's part of the configuration.
fn backend_section(backend: &Backend) -> String {
    format!(
        "\n[dapodik]\nsource = \"remote\"\nurl = \"{}\"\ndatabase = \"sqlite:data/alumni.db\"\n\
         kecamatan = \"kecamatan.csv\"\n",
        backend.url()
    )
}

fn start_portal(options: &WorldOptions) -> Result<Option<Portal>> {
    let DapodikSide::Portal { latency } = options.dapodik else {
        return Ok(None);
    };
    let size = if options.large {
        portal::Setup::large()
    } else {
        portal::Setup::default()
    };
    let portal = Portal::start(portal::Setup {
        latency: options.latency + latency,
        ..size
    });
    let portal = portal.map_err(not_started)?;
    options.set_faults(&portal);
    Ok(Some(portal))
}

/// The portal's part of the configuration.
fn portal_section(portal: &Portal) -> String {
    format!(
        "\n[dapodik]\nsource = \"portal\"\ndatabase = \"sqlite:data/dapodik.db\"\n\
         kecamatan = \"kecamatan.csv\"\n\n[dapodik.portal]\nbase_url = \"{}\"\n",
        portal.url()
    )
}

/// Writes the script into `folder`. One that was changed by hand stays, unless another one is asked for.
fn write_script(folder: &Path, wanted: Option<Home>) -> Result<()> {
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

/// The service that has the script, if it is to be behind one.
fn service(options: &WorldOptions) -> Result<Option<Service>> {
    let Some(Home::There(shape)) = options.script else {
        return Ok(None);
    };
    let setup = service::Setup {
        shape,
        latency: options.latency,
        alone: Some(SERVED),
        ..service::Setup::default()
    };
    Service::start(setup).map(Some).map_err(not_started)
}

/// The script's part of the configuration.
fn script_section(service: Option<&Service>) -> String {
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
