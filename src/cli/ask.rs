//! The question before anything is written, and Ctrl-C meanwhile.

use std::io::{self, IsTerminal};

use clap::Args;
use rustix::termios::{QueueSelector, tcflush};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::out::{Out, OutputFormat};
use crate::error::{Error, Kind, Result};
use crate::text::scrub;

/// Whether to ask, and how to answer.
#[derive(Clone, Debug, Default, Args)]
pub struct Consent {
    /// Do not ask; needed without a terminal, and with --json
    #[arg(long, short)]
    pub yes: bool,
    /// Print exactly one JSON document on standard output, and events as JSON lines on standard error
    #[arg(long)]
    pub json: bool,
}

/// What is asked before anything is written.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// What will be done, where.
    pub text: String,
    /// What must be typed, one after another, instead of `y`: the names of production targets.
    pub typed: Vec<String>,
}

impl Question {
    /// A question that `y` answers.
    pub fn new(text: String) -> Self {
        Self {
            text,
            typed: Vec::new(),
        }
    }
}

/// Signals of this kind, from now on: the process no longer dies of them.
pub fn listen(kind: SignalKind) -> Result<Signal> {
    signal(kind).map_err(|cause| Error::local("cannot handle signals").because(cause))
}

/// Ctrl-C, from now on.
pub struct Interrupts(Signal);

impl Interrupts {
    pub fn listen() -> Result<Self> {
        listen(SignalKind::interrupt()).map(Self)
    }

    pub async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// Whether there is a terminal to ask on.
pub fn is_possible(out: &Out) -> bool {
    out.format() == OutputFormat::Plain && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on a terminal; without one, and with `--json`, `--yes` must have been given.
pub async fn confirm(
    out: &Out,
    consent: &Consent,
    question: &Question,
    interrupts: &mut Interrupts,
) -> Result<()> {
    if consent.yes {
        return Ok(());
    }
    if !is_possible(out) {
        let why = match out.format() {
            OutputFormat::Json => "with --json nobody is asked",
            OutputFormat::Plain => "nobody can be asked here: standard input is no terminal",
        };
        return Err(
            Error::usage(why).hint("add --yes to continue without a question; nothing was written")
        );
    }
    out.say(&question.text);
    if question.typed.is_empty() {
        let answer = ask(out, "Go on? [y/N] ", interrupts).await?;
        return agreed(matches!(&*answer.to_ascii_lowercase(), "y" | "yes"));
    }
    for wanted in &question.typed {
        let prompt = format!(
            "Type {} to continue, anything else to leave: ",
            scrub(wanted)
        );
        let answer = ask(out, &prompt, interrupts).await?;
        agreed(answer == *wanted)?;
    }
    Ok(())
}

fn agreed(yes: bool) -> Result<()> {
    if yes { Ok(()) } else { Err(not_confirmed()) }
}

fn not_confirmed() -> Error {
    Error::new(Kind::Stopped, "not confirmed; nothing was written")
}

/// Waits for a line on the terminal. Ctrl-C and an end of input agree to nothing:
/// [`Kind::Stopped`].
pub async fn ask(out: &Out, prompt: &str, interrupts: &mut Interrupts) -> Result<String> {
    // What was typed before the question was shown is no answer to it.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    out.prompt(prompt);
    let answer = tokio::select! {
        answer = line() => answer.map_err(|cause| {
            Error::local("the answer cannot be read; nothing was written").because(cause)
        })?,
        () = interrupts.next() => None,
    };
    match answer {
        Some(answer) if answer.ends_with('\n') => Ok(answer.trim().to_owned()),
        _ => {
            // The cursor is still behind the prompt.
            out.say("");
            Err(not_confirmed())
        }
    }
}

/// A line from the terminal. Its thread stays when nobody waits any more: a read cannot be
/// cancelled, and the process is about to end.
async fn line() -> io::Result<Option<String>> {
    let (told, answer) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line).map(|_| line);
        // Nobody waits for it any more.
        let _ = told.send(read);
    });
    answer.await.ok().transpose()
}
