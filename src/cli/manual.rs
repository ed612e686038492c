//! The manual and the completions, drawn from the same definitions as `--help`.

use clap::{Args, Command, CommandFactory as _};

use super::Cli;
use super::out::Out;
use crate::error::{Error, Result};

/// Print completions for a shell
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell
    shell: clap_complete::Shell,
}

pub fn completions(out: &Out, args: &CompletionsArgs) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "selaras", &mut script);
    out.print(&String::from_utf8_lossy(&script)).map(|()| 0)
}

/// The page of selaras itself, then one for each verb.
pub fn pages(out: &Out) -> Result<u8> {
    let mut command = Cli::command();
    // Gives the verbs their full names.
    command.build();
    let mut pages = Vec::new();
    page(&command, &mut pages)?;
    out.print(&String::from_utf8_lossy(&pages)).map(|()| 0)
}

fn page(command: &Command, pages: &mut Vec<u8>) -> Result<()> {
    clap_mangen::Man::new(command.clone())
        .render(pages)
        .map_err(|cause| Error::local("the manual cannot be drawn").because(cause))?;
    let verbs = command.get_subcommands();
    for verb in verbs.filter(|verb| !verb.is_hide_set() && verb.get_name() != "help") {
        page(verb, pages)?;
    }
    Ok(())
}
