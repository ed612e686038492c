//! The shell's face: verbs, output for people and for programs, exit codes.
//!
//! Talks on standard error in the words of the screen, prints data on standard output. What is
//! done, and what may be done, is decided by the engines and by `drive`.

pub mod args;
mod config;
mod demo;
mod drive;
mod face;
mod pimpinan;
mod progress;
mod runs;
mod table;
mod users;
mod words;
mod work;

use std::ffi::OsString;
use std::io::Write as _;

use clap::{CommandFactory as _, Parser as _};
use serde_json::json;

use args::{Cli, Verb};
use face::{Face, Voice};

use crate::error::{Error, Failure, Kind, Result};

/// Does what the arguments say and returns the exit code.
pub fn main(arguments: impl Iterator<Item = OsString>) -> u8 {
    let arguments: Vec<_> = arguments.collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return misused(&error, &arguments),
    };
    let voice = Voice::of(wants_json(&arguments));
    run(cli).unwrap_or_else(|error| fail(&error.into(), voice))
}

/// `--help` and `--version` are answers; anything else is a usage error.
fn misused(error: &clap::Error, arguments: &[OsString]) -> u8 {
    if !error.use_stderr() || !wants_json(arguments) {
        // Nobody listens any more: there is nobody to tell.
        let _ = error.print();
        return u8::try_from(error.exit_code()).unwrap_or(Kind::Usage.exit());
    }
    let failure = Failure::from(Error::usage(error.render().to_string().trim()));
    fail(&failure, Voice::Json)
}

fn wants_json(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--json")
}

/// Tells why there is no answer; with `--json` in a document of its own.
fn fail(failure: &Failure, voice: Voice) -> u8 {
    if voice == Voice::Json {
        let document = json!({"run": null, "plan": null, "report": null, "error": failure});
        // What cannot be printed is still told below.
        let _ = face::print_json(&document);
    }
    face::tell(failure);
    failure.kind.exit()
}

fn run(cli: Cli) -> Result<u8> {
    let face = Face::new(cli.global)?;
    match &cli.verb {
        None => Err(Error::usage(words::NO_VERB).hint(words::NO_VERB_HINT)),
        Some(Verb::Users(verb)) => wait(users::run(&face, verb)),
        Some(Verb::Push(verb)) => wait(pimpinan::run(&face, verb)),
        Some(Verb::Runs(verb)) => wait(runs::run(&face, verb)),
        Some(Verb::Config(verb)) => config::run(&face, verb),
        Some(Verb::Work { run }) => work::run(&face, run),
        Some(Verb::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "selaras", &mut script);
            face::print(&String::from_utf8_lossy(&script)).map(|()| 0)
        }
        Some(Verb::Man) => manual(),
        Some(Verb::Demo(args)) => wait(demo::run(args)),
        Some(Verb::Doctor(_)) => Err(Error::bug("not there")),
    }
}

/// Runs a verb to its end on a runtime of its own.
fn wait(verb: impl Future<Output = Result<u8>>) -> Result<u8> {
    runtime()?.block_on(verb)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|cause| Error::local("cannot start the runtime").because(cause))
}

/// The manual: the page of selaras itself, then one for each verb.
fn manual() -> Result<u8> {
    let mut pages = Vec::new();
    let unwritten = |cause| Error::local("the manual cannot be drawn").because(cause);
    let mut command = Cli::command();
    // Gives the verbs their full names.
    command.build();
    clap_mangen::Man::new(command.clone())
        .render(&mut pages)
        .map_err(unwritten)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        clap_mangen::Man::new(verb.clone())
            .render(&mut pages)
            .map_err(unwritten)?;
    }
    pages.flush().map_err(unwritten)?;
    face::print(&String::from_utf8_lossy(&pages)).map(|()| 0)
}
