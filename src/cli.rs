//! The command line: verbs, output for people and for programs, exit codes.
//!
//! ```text
//!   Cli ─ parsed ─▶ Command ─▶ the group's enum ─▶ the verb's file ─▶ exit code
//! ```
//! A verb is one file: its arguments, whose doc comments are the help, and its body. Data goes to
//! standard output, everything else to standard error. What is done, and what may be done, is
//! decided by the engines and by `run`.
#![expect(
    clippy::doc_markdown,
    reason = "the doc comments of arguments are the help, shown as they stand"
)]

pub use out::alarm;

mod ask;
mod cli_context;
mod config;
mod dapodik;
mod demo;
mod doctor;
mod log;
mod manual;
mod operation;
mod out;
mod progress;
mod push;
mod run_output;
mod runs;
mod screen;
mod script;
mod serve;
mod users;
mod work;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use serde_json::Value;

use cli_context::CliContext;
use operation::Answer;
use out::{Out, OutputFormat};

use crate::clock::Clock;
use crate::config::Sources;
use crate::context::AppContext;
use crate::error::{Error, Failure, Kind, Result};

const EXITS: &str = "Exit codes:
   0  done, or nothing to do            7  a guard tripped
   1  a mistake of selaras              8  the plan is stale, or was applied already
   2  used wrongly                      9  busy: it is running already
   3  configuration                    10  changes pending (plan --detailed-exitcode)
   4  a remote failed or refused       11  partial: some rows or locations failed
   5  database                         12  the script failed
   6  a local file or process         130  stopped";

/// Keeps users, officials, databases and education data of public offices in harmony.
#[derive(Debug, Parser)]
#[command(name = "selaras", bin_name = "selaras", version, max_term_width = 100, after_help = EXITS)]
struct Cli {
    #[command(flatten)]
    global: Global,
    /// None opens the dashboard.
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
struct Global {
    /// The configuration file [default: $SELARAS_CONFIG, else $XDG_CONFIG_HOME/selaras/config.toml]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The folder for runs, locks and logs [default: $XDG_STATE_HOME/selaras]
    #[arg(long, value_name = "DIR", global = true)]
    state_dir: Option<PathBuf>,
    /// Refuse everything that would write; a run can still be stopped
    #[arg(long, global = true)]
    read_only: bool,
    /// Say more in the log (twice: everything); verbs that only look have no log and say it on
    /// standard error
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(subcommand)]
    Users(users::UsersCommand),
    #[command(subcommand)]
    Push(push::PushCommand),
    #[command(subcommand)]
    Script(script::ScriptCommand),
    #[command(subcommand)]
    Dapodik(dapodik::DapodikCommand),
    Serve(serve::ServeArgs),
    #[command(subcommand)]
    Runs(runs::RunsCommand),
    #[command(subcommand)]
    Config(config::ConfigCommand),
    Doctor(doctor::DoctorArgs),
    Demo(demo::DemoArgs),
    Completions(manual::CompletionsArgs),
    /// Print the manual, a page for each verb
    Man,
    #[command(hide = true)]
    Work(work::WorkArgs),
}

impl Command {
    /// Whether standard output gets exactly one JSON document.
    fn wants_json(&self) -> bool {
        match self {
            Self::Users(command) => command.wants_json(),
            Self::Push(command) => command.wants_json(),
            Self::Script(command) => command.wants_json(),
            Self::Dapodik(command) => command.wants_json(),
            Self::Runs(command) => command.wants_json(),
            Self::Config(command) => command.wants_json(),
            Self::Doctor(args) => args.output.json,
            Self::Serve(_) | Self::Demo(_) | Self::Completions(_) | Self::Man | Self::Work(_) => {
                false
            }
        }
    }
}

/// Does what the arguments say and returns the exit code.
pub fn main(arguments: impl Iterator<Item = OsString>) -> u8 {
    let arguments: Vec<_> = arguments.collect();
    match Cli::try_parse_from(&arguments) {
        Ok(cli) => {
            let json = cli.command.as_ref().is_some_and(Command::wants_json);
            let out = Out::new(OutputFormat::of(json));
            guarded(&out, || run(cli, &out))
        }
        Err(error) => misused(&error, &arguments),
    }
}

/// Whatever happens, even a panic: an answer and an exit code.
fn guarded(out: &Out, verb: impl FnOnce() -> Result<u8>) -> u8 {
    let failure = match catch_unwind(AssertUnwindSafe(verb)) {
        Ok(Ok(exit)) => return exit,
        Ok(Err(error)) => Failure::from(error),
        // The panic hook has said where.
        Err(_) => Failure::from(Error::bug("selaras made a mistake and ended").hint(
            "please report it, with what stands above; `selaras runs list` shows what is running",
        )),
    };
    if out.format() == OutputFormat::Json {
        let answer = Answer::<Value, _>::failed(None, None, &failure);
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
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (sentence, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let sentence = sentence.trim_start_matches("error: ");
    let usage = rest.split("\n\n").find(|part| part.starts_with("Usage:"));
    let error = Error::usage(one_line(sentence));
    guarded(&Out::new(OutputFormat::Json), || {
        Err(match usage {
            Some(usage) => error.hint(one_line(usage)),
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
    // These need neither a home nor a configuration.
    match &cli.command {
        Some(Command::Completions(args)) => return manual::completions(out, args),
        Some(Command::Man) => return manual::pages(out),
        Some(Command::Demo(args)) => return wait(demo::run(out, &cli.global, args)),
        _ => {}
    }
    let context = CliContext {
        app: app_context(cli.global)?,
        out: out.clone(),
    };
    match &cli.command {
        Some(Command::Users(command)) => wait(command.run(&context)),
        Some(Command::Push(command)) => wait(command.run(&context)),
        Some(Command::Script(command)) => wait(command.run(&context)),
        Some(Command::Dapodik(command)) => wait(command.run(&context)),
        Some(Command::Runs(command)) => wait(command.run(&context)),
        Some(Command::Serve(args)) => wait(serve::run(&context, args)),
        Some(Command::Config(command)) => command.run(&context),
        Some(Command::Doctor(_)) => wait(doctor::run(&context)),
        Some(Command::Work(args)) => work::run(&context, args),
        _ => wait(screen::run(&context)),
    }
}

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
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_contradict_each_other_nowhere() {
        Cli::command().debug_assert();
    }

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
