//! The shell's face: verbs, output for people and for programs, exit codes.
//!
//! Talks on standard error in the words of the screen, prints data on standard output. What is
//! done, and what may be done, is decided by the engines and by `drive`.

pub use out::alarm;

pub mod args;
mod ask;
mod cli_context;
mod config;
mod dapodik;
mod demo;
mod doctor;
mod follow;
mod log;
mod manual;
mod operation;
mod out;
mod output;
mod pimpinan;
mod progress;
mod runs;
mod screen;
mod script;
mod serve;
mod table;
mod users;
mod words;
mod work;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use clap::Parser as _;
use serde_json::Value;

use args::{Cli, Global, Verb};
use cli_context::CliContext;
use log::Logging;
use operation::Answer;
use out::{Out, OutputFormat};

use crate::clock::Clock;
use crate::config::Sources;
use crate::context::AppContext;
use crate::error::{Error, Failure, Kind, Result};

/// Does what the arguments say and returns the exit code.
pub fn main(arguments: impl Iterator<Item = OsString>) -> u8 {
    let arguments: Vec<_> = arguments.collect();
    match Cli::try_parse_from(&arguments) {
        Ok(cli) => {
            let json = cli.verb.as_ref().is_some_and(Verb::wants_json);
            let out = Out::new(OutputFormat::of(json));
            guarded(&out, || run(cli, &out))
        }
        Err(error) => misused(&error, &arguments),
    }
}

/// Whatever happens, even a mistake of ours: an answer and an exit code.
fn guarded(out: &Out, verb: impl FnOnce() -> Result<u8>) -> u8 {
    let failure = match catch_unwind(AssertUnwindSafe(verb)) {
        Ok(Ok(exit)) => return exit,
        Ok(Err(error)) => Failure::from(error),
        // The panic hook has said where.
        Err(_) => Failure::from(Error::bug("selaras made a mistake and ended").hint(
            "please report it, with what stands above; `selaras runs list` shows what goes on",
        )),
    };
    if out.voice() == OutputFormat::Json {
        let answer = Answer::<Value, Value>::failed(None, None, &failure);
        // What cannot be printed is still told below.
        let _ = out.document(&answer);
    }
    out.tell(&failure);
    failure.kind.exit()
}

/// `--help` and `--version` are answers; anything else is a usage error, which repeats what was
/// typed and so may repeat what drives a terminal.
fn misused(error: &clap::Error, arguments: &[OsString]) -> u8 {
    if !error.use_stderr() {
        let out = Out::new(OutputFormat::Plain);
        let text = error.render();
        return guarded(&out, || {
            let text = if out.has_colours() {
                text.ansi().to_string()
            } else {
                text.to_string()
            };
            out.print(&text).map(|()| 0)
        });
    }
    let text = error.render().to_string();
    if !mentions_json(arguments) {
        Out::new(OutputFormat::Plain).say(text.trim_end());
        return Kind::Usage.exit();
    }
    let (sentence, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let sentence = sentence.trim_start_matches("error: ").trim();
    let usage = rest.split("\n\n").find(|part| part.starts_with("Usage:"));
    let error = Error::usage(words::one_line(sentence));
    guarded(&Out::new(OutputFormat::Json), || {
        Err(match usage {
            Some(usage) => error.hint(words::one_line(usage)),
            None => error,
        })
    })
}

/// Whether arguments that mean nothing would have asked for JSON.
fn mentions_json(arguments: &[OsString]) -> bool {
    let mut ours = arguments.iter().take_while(|argument| *argument != "--");
    let mut before = None;
    ours.any(|argument| {
        let after_format = before
            .replace(argument)
            .is_some_and(|word| word == "--format");
        argument == "--json" || argument == "--format=json" || (after_format && argument == "json")
    })
}

fn run(cli: Cli, out: &Out) -> Result<u8> {
    let logging = match &cli.verb {
        Some(verb) if verb.acts() => Logging::File,
        // What is said aside would be written over the screen.
        None => Logging::File,
        _ if out.voice() == OutputFormat::Plain => Logging::Talk,
        _ => Logging::Off,
    };
    match &cli.verb {
        Some(Verb::Completions { shell }) => return manual::completions(out, *shell),
        Some(Verb::Man) => return manual::pages(out),
        Some(Verb::Demo(args)) => return wait(demo::run(out, &cli.global, args)),
        _ => {}
    }
    let context = CliContext::new(app_context(cli.global)?, out.clone(), logging);
    match &cli.verb {
        Some(Verb::Users(verb)) => wait(users::run(&context, verb)),
        Some(Verb::Push(verb)) => wait(pimpinan::run(&context, verb)),
        Some(Verb::Serve(args)) => wait(serve::run(&context, args)),
        Some(Verb::Script(verb)) => wait(script::run(&context, verb)),
        Some(Verb::Dapodik(verb)) => wait(dapodik::run(&context, verb)),
        Some(Verb::Runs(verb)) => wait(runs::run(&context, verb)),
        Some(Verb::Config(verb)) => config::run(&context, verb),
        Some(Verb::Doctor(_)) => wait(doctor::run(&context)),
        Some(Verb::Work { run }) => work::run(&context, run),
        _ => wait(screen::run(&context)),
    }
}

/// What the options before the verb make of this process.
fn app_context(global: Global) -> Result<AppContext> {
    Ok(AppContext {
        sources: Sources::of_process(global.config)?,
        state_dir: global.state_dir,
        read_only: global.read_only,
        verbose: global.verbose,
        exe: None,
        clock: Clock::System,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer_too() {
        let out = Out::new(OutputFormat::Plain);
        let exit = guarded(&out, || {
            // Quietly: the hook would print the test's backtrace.
            std::panic::resume_unwind(Box::new("fell"));
        });
        assert_eq!(exit, Kind::Bug.exit());
    }

    #[test]
    fn json_is_asked_for_before_the_command_of_another() {
        let table = [
            (&["selaras", "users", "--json"][..], true),
            (
                &["selaras", "users", "list", "--format", "json", "--x"],
                true,
            ),
            (&["selaras", "users", "list", "--format=json", "--x"], true),
            (&["selaras", "demo", "--x", "--", "users", "--json"], false),
        ];
        for (words, wanted) in table {
            let words: Vec<_> = words.iter().map(OsString::from).collect();
            assert_eq!(mentions_json(&words), wanted, "{words:?}");
        }
    }
}
