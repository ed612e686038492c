//! What the terminal can show. tmux's own settings cannot be read from inside: they are not judged.

use std::io::{self, IsTerminal};

use super::check::{Area, Check};
use crate::cli::out::is_unicode;
use crate::cli::words;
use crate::config::Environment;

/// The terminal and the locale.
pub fn checks(environment: &Environment) -> Vec<Check> {
    let get = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(get);
    let here = io::stdin().is_terminal() && io::stderr().is_terminal();
    vec![
        kind(get("TERM"), here, get("TMUX").is_some()),
        letters(locale.unwrap_or_default()),
    ]
}

fn kind(term: Option<&str>, here: bool, tmux: bool) -> Check {
    match term {
        _ if !here => Check::skipped(
            Area::Terminal,
            "not a terminal: plain lines, and --yes instead of questions",
        ),
        None | Some("dumb" | "unknown") => Check::look(Area::Terminal, words::dumb(term))
            .hint("the dashboard needs a TERM such as xterm-256color"),
        Some(term) => Check::well(Area::Terminal, words::terminal(term, tmux)),
    }
}

fn letters(locale: &str) -> Check {
    if is_unicode(locale) {
        Check::well(Area::Terminal, words::locale(locale))
    } else {
        Check::look(Area::Terminal, words::no_unicode(locale))
            .hint("marks are spelled in ASCII; LANG=C.UTF-8 shows them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Level;

    #[test]
    fn a_dumb_terminal_and_a_bare_locale_are_worth_a_look() {
        assert_eq!(kind(None, true, false).level, Level::Warning);
        assert_eq!(kind(Some("dumb"), true, false).level, Level::Warning);
        assert_eq!(kind(Some("dumb"), false, false).level, Level::Skipped);
        assert_eq!(kind(Some("tmux-256color"), true, true).level, Level::Note);
        assert_eq!(letters("C").level, Level::Warning);
        assert_eq!(letters("id_ID.UTF-8").level, Level::Note);
    }
}
