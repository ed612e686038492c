//! Branch servers and a database with known people in it, and a sync between them.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use selaras::config::{Config, DatabaseUrl, Environment, Home, Sources};
use selaras::db::{Access, Connection};
use selaras::engine::{Engine as _, Event, Job};
use selaras::sim::locations::{Branch, EMAIL, PASSWORD, Setup};
use selaras::users::{LocationPlan, LocationReport, Request, Users};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::database::{Database, Dump};
use crate::harness::wait::within;

/// When the rows of a scene were made: long ago, so that a touched row is seen.
const LONG_AGO: &str = "2004-01-01 00:00:00";

/// A location: its server's manners, and who is in the database for it.
pub struct Spot {
    /// `locations.id`.
    pub id: i64,
    /// `locations.location_code`.
    pub code: &'static str,
    /// Its server.
    pub setup: Setup,
    /// E-mail and status of its rows.
    pub here: Vec<(String, &'static str)>,
}

/// A running scene.
pub struct Scene {
    /// Which kind of database it has.
    pub database: Database,
    /// The address
    pub url: DatabaseUrl,
    /// The server of each spot.
    pub branches: Vec<Branch>,
    config: Config,
    code: &'static str,
    rows: Vec<(i64, String, &'static str)>,
    folder: TempDir,
}

/// A plan and what was made of it.
pub struct Tried {
    /// The first location's plan.
    pub plan: LocationPlan,
    /// The first location's report.
    pub report: LocationReport,
    /// What was said meanwhile.
    pub events: Vec<Event>,
}

impl Scene {
    /// Starts the servers and fills the database.
    pub async fn new(database: Database, spots: Vec<Spot>) -> Self {
        selaras::http::install_tls();
        let folder = tempfile::tempdir().unwrap();
        let address = database.make(folder.path()).await;
        let mut config = format!(
            "operator = \"admin@kantor\"\nstate_dir = \"state\"\nretry_base = \"1ms\"\n\n[users]\n\
             database = \"{address}\"\npage_size = 15\nprotected = [\"*@kantor\"]\n"
        );
        let code = spots[0].code;
        let (mut branches, mut rows, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for spot in spots {
            let branch = Branch::start(spot.setup).unwrap();
            let (id, code, url) = (spot.id, spot.code, branch.url());
            let row = format!("id = {id}\ncode = \"{code}\"\nurl = \"{url}\"\n");
            let _ = write!(config, "\n[[users.location]]\n{row}");
            places.push(format!("({id}, '{code}', '{code}', '{url}')"));
            rows.extend(
                spot.here
                    .into_iter()
                    .map(|(email, status)| (id, email, status)),
            );
            branches.push(branch);
        }
        fs::write(folder.path().join("config.toml"), config).unwrap();
        let login = format!("EXTERNAL_API_EMAIL={EMAIL}\nEXTERNAL_API_PASSWORD={PASSWORD}\n");
        fs::write(folder.path().join(".env"), login).unwrap();
        let config = load(&folder);
        let url = config.users.ready().unwrap().database.clone();
        let scene = Self {
            database,
            url,
            branches,
            config,
            code,
            rows,
            folder,
        };
        let mut connection = scene.connect().await;
        let sql = "INSERT INTO locations (id, location_code, location_name, online_url) VALUES ";
        let sql = format!("{sql}{}", places.join(", "));
        connection.command(&sql).await.unwrap();
        scene.refill(&mut connection).await;
        scene
    }

    /// The configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    /// From here on the program reaches the database of the server through a line at `port`, and waits
    /// a second for each statement.
    pub fn reach_through(&self, port: u16) {
        let text = fs::read_to_string(self.config_file()).unwrap();
        let target = self.url.target_name();
        let (_, name) = target.rsplit_once('/').unwrap();
        let line = format!("mysql://root@127.0.0.1:{port}/{name}?ssl-mode=disabled");
        let mut through = "statement_timeout = \"1s\"\n".to_owned();
        for row in text.lines() {
            if row.starts_with("database = ") {
                let _ = writeln!(through, "database = \"{line}\"");
            } else {
                let _ = writeln!(through, "{row}");
            }
        }
        fs::write(self.config_file(), through).unwrap();
    }

    /// Where runs and locks are.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// A connection that may write.
    pub async fn connect(&self) -> Connection {
        Connection::open(&self.url, Access::Write).await.unwrap()
    }

    /// Makes the database what it was at first.
    pub async fn reset(&self) {
        self.refill(&mut self.connect().await).await;
    }

    async fn refill(&self, connection: &mut Connection) {
        connection.begin().await.unwrap();
        for table in ["users", "selaras_runs"] {
            let sql = format!("DELETE FROM {table}");
            connection.command(&sql).await.unwrap();
        }
        let rows = self.rows.iter().zip(1..);
        let rows = rows.map(|((location, email, status), id)| {
            format!("({id}, {location}, '{email}', '{status}', '{LONG_AGO}', '{LONG_AGO}')")
        });
        let rows: Vec<_> = rows.collect();
        let sql = "INSERT INTO users (id, location_id, email, status, created_at, updated_at)";
        let sql = format!("{sql} VALUES {}", rows.join(", "));
        connection.command(&sql).await.unwrap();
        connection.commit().await.unwrap();
    }

    /// The rows as they stand now.
    pub async fn dump(&self) -> Dump {
        Dump::of(&self.url).await
    }

    /// The engine, with `change` made to its settings.
    pub fn users(&self, change: impl FnOnce(&mut selaras::config::Users)) -> Users {
        let mut config = self.config.clone();
        let mut settings = config.users.ready().unwrap().clone();
        change(&mut settings);
        config.users = selaras::config::Part::Ready(settings);
        Users::new(Arc::new(config)).unwrap()
    }

    /// Plans for the first location and applies that.
    pub async fn sync(&self, users: &Users) -> Tried {
        let events = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&events);
        let sink = move |event| ear.lock().unwrap().push(event);
        let job = Job::new(sink, CancellationToken::new());
        let request = Request {
            locations: Some(vec![self.code.to_owned()]),
            ..Request::default()
        };
        let plan = within("a plan", Box::pin(users.plan(request, &job)))
            .await
            .unwrap();
        let applying = users.apply(plan.clone(), &job);
        let mut report = within("a report", applying).await.unwrap();
        job.flush();
        let events = std::mem::take(&mut *events.lock().unwrap());
        Tried {
            plan: plan.locations.into_iter().next().unwrap(),
            report: report.locations.remove(0),
            events,
        }
    }
}

fn load(folder: &TempDir) -> Config {
    let sources = Sources {
        config: Some(folder.path().join("config.toml")),
        environment: Environment::default(),
        folder: folder.path().to_owned(),
        home: Home::below(folder.path()),
        host: "kantor".to_owned(),
    };
    Config::load(&sources).unwrap()
}
