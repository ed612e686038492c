//! Copying to the clipboard of the user's machine, over SSH and through tmux.
//!
//! tmux drops OSC 52 by default, but takes `tmux load-buffer -w -`; elsewhere the terminal is
//! asked by OSC 52, and never says whether it obeyed. So the notice says which way it went.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::capabilities::TerminalCapabilities;
use super::notices::Notice;
use super::theme::Tone;
use crate::error::{Error, Result};
use crate::proc::default_for_children;
use crate::text;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipboardMethod {
    /// `tmux load-buffer -w -`.
    Tmux,
    /// OSC 52.
    Terminal,
}

impl ClipboardMethod {
    pub fn new(capabilities: &TerminalCapabilities) -> Self {
        if capabilities.tmux {
            Self::Tmux
        } else {
            Self::Terminal
        }
    }

    /// The most bytes that arrive whole. Terminals cut OSC 52 at about 75,000 bytes of base64.
    fn most(self) -> usize {
        match self {
            Self::Tmux => 1024 * 1024,
            Self::Terminal => 56_000,
        }
    }
}

/// Refuses what would be cut on the way.
pub fn check(way: ClipboardMethod, words: &str) -> Result<()> {
    if words.is_empty() {
        return Err(Error::usage("there is nothing to copy"));
    }
    if words.len() > way.most() {
        let sentence = format!(
            "{} bytes are too many for the clipboard, it takes {}",
            number(words.len()),
            number(way.most())
        );
        return Err(Error::usage(sentence).hint("export to a file instead"));
    }
    Ok(())
}

pub fn said(way: ClipboardMethod, words: &str) -> String {
    let lines = u64::try_from(words.lines().count()).unwrap_or(0);
    let what = if lines == 1 {
        text::excerpt(words, 40)
    } else {
        text::plural(lines, "line")
    };
    match way {
        ClipboardMethod::Tmux => format!("Copied {what} through tmux"),
        ClipboardMethod::Terminal => {
            format!("Copied {what} through the terminal (OSC 52), if it allows that")
        }
    }
}

pub async fn through_tmux(words: String) -> Notice {
    match load_buffer(&words).await {
        Ok(()) => Notice::new(&said(ClipboardMethod::Tmux, &words), Tone::Plain),
        Err(error) => Notice::from(&error),
    }
}

async fn load_buffer(words: &str) -> Result<()> {
    let failed = |cause: std::io::Error| Error::local("cannot copy through tmux").because(cause);
    default_for_children();
    let mut child = Command::new("tmux")
        .args(["load-buffer", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(words.as_bytes()).await.map_err(failed)?;
    }
    let status = child.wait().await.map_err(failed)?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::local("tmux refused the copy").hint("tmux 3.2 or later is needed"))
    }
}

fn number(bytes: usize) -> String {
    text::count(u64::try_from(bytes).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_cut_is_refused() {
        let long = "x".repeat(56_001);
        assert!(check(ClipboardMethod::Terminal, &long).is_err());
        assert!(check(ClipboardMethod::Tmux, &long).is_ok());
        assert!(check(ClipboardMethod::Tmux, "").is_err());
    }

    #[test]
    fn the_word_says_which_way_it_went() {
        assert_eq!(
            said(ClipboardMethod::Tmux, "a\nb"),
            "Copied 2 lines through tmux"
        );
        assert!(
            said(ClipboardMethod::Terminal, "dev@\x1b[2J")
                .starts_with("Copied dev@^[[2J through the terminal")
        );
    }
}
