//! selaras keeps the data of public offices in harmony: users, officials, databases, education.
//!
//! This page is the map; read it first. `ARCHITECTURE.md` says why things are so, `CONTRIBUTING.md`
//! which files a change touches.
//!
//! # The floors
//!
//! ```text
//!   main                                         parses, picks a face, outcome → exit code
//!   cli        tui        serve                  faces: collect a request, show a plan, ask, show a run
//!     \      /    \      /
//!   engines       context                        which engines there are · settings, operator, runs of one process
//!      │             │
//!      └──── run ────┘                           start · follow · stop · list: a run is a folder
//!             │
//!   users   pimpinan   script   dapodik          engines: plan (only reads), then apply what was planned
//!      \        |        |       /
//!   engine · http · db · config · files · proc · text · error · clock
//!
//!   sim                                          the outside world, simulated: real servers on loopback
//! ```
//! Arrows point down only; engines know neither each other nor runs nor faces; only `selaras demo`
//! and the tests know [`sim`]. `tests/it/house.rs` holds all of this.
//!
//! # From a key press to the COMMIT and back
//!
//! 1. [`tui::session`] reads `s` from the terminal; [`tui::app`] finds its binding among those of
//!    the tab; the tab returns an [`Effect`](tui::tab::Effect): the screen itself does no I/O.
//! 2. The work plans: [`context`] reads the settings anew, `users` makes an engine from them,
//!    [`Engine::plan`](engine::Engine::plan) reads servers ([`http`]) and database ([`db`]) and
//!    returns a sealed plan, which the tab draws.
//! 3. Enter asks. The question carries the plan's id and counts only once a frame has shown it.
//! 4. A yes: [`run::start`] writes `run.json` and `plan.json` into a new folder and starts
//!    `selaras work ID`, which inherits the run's kernel lock and leaves the terminal's session.
//! 5. The worker ([`run::worker`]) checks the seal, makes the engine by its name
//!    and calls [`Engine::apply`](engine::Engine::apply): one transaction per location; inside it
//!    every touched row is compared with the plan, the marker row is written, then COMMIT.
//! 6. Each event becomes a line of `events.jsonl`; [`tui::run_watcher`] polls the folder, and the
//!    tab that has this engine draws the progress. `report.json` is written last, always.
//! 7. The screen, `selaras runs follow`, a second operator, and `serve` read the same folder.
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | face | a way in: the dashboard, the command line, the HTTP endpoints |
//! | engine | what one sync is: a request becomes a plan, a plan a report |
//! | plan | what would change, as a partition with public fields; sealed with a hash |
//! | guard | a check of a plan that a person must override by typing the figure |
//! | run | a confirmed plan being applied, and its folder |
//! | journal | `events.jsonl` of a run: what it said, line by line |
//! | verdict | how a run ended: clean, partial, stopped, interrupted, failed |
//! | operator | who confirmed: user, host, SSH client |
//! | peer | one remote server with its timeouts, retries and credentials |
//! | listing | the users a server returned; only a `Complete` one deactivates anybody |
//! | kecamatan, sekolah, PTK | district, school, education staff |
//! | pimpinan | a structural official, as Docku lists them |
//!
//! # Where to change what
//!
//! | to change | look in |
//! |---|---|
//! | what a sync does, what is checked | the engine's folder; its sentences in `describe.rs` |
//! | SQL | the engine's `store`, nowhere else |
//! | a key, a pane | `tui/tab/<engine>/` |
//! | a verb, its options and help | `cli/<group>/<verb>.rs` |
//! | a setting | `config/<part>.rs` and `config/default.toml` |
//! | what an error means to the shell | [`error`] |
//! | how text from outside is made safe | [`text`] |

pub mod cli;
pub mod clock;
pub mod config;
pub mod context;
pub mod dapodik;
pub mod db;
pub mod engine;
pub mod engines;
pub mod error;
pub mod files;
pub mod http;
pub mod pimpinan;
pub mod proc;
pub mod run;
pub mod script;
pub mod serve;
pub mod sim;
pub mod text;
pub mod tui;
pub mod users;
