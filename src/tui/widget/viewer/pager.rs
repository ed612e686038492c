//! The file in the person's own pager.
//!
//! A pager that hands controls through to the terminal (`more`, `cat`, `less -r`) would let a
//! script's output drive it, so `less -R` takes their place: of all sequences it lets through
//! colours and hyperlinks (OSC 8), which move and change nothing.

use std::path::Path;
use std::process::Command;

/// What hands controls through to the terminal, or can be told to.
const CARELESS: [&str; 5] = ["cat", "more", "pg", "tee", "less"];
/// What shows a file safely, with colours.
const CAREFUL: [&str; 2] = ["less", "-R"];

/// Marks that change the direction of text, for `less` to show as what they are.
const TURNING: &str = "202a-202e:b,2066-2069:b";

/// The command that shows `path`, given `$PAGER`.
pub fn command(pager: Option<&str>, path: &Path) -> Command {
    let words: Vec<&str> = pager.unwrap_or_default().split_whitespace().collect();
    let name = words
        .first()
        .and_then(|word| Path::new(word).file_name()?.to_str());
    let words = match name {
        None => CAREFUL.to_vec(),
        Some(name) if CARELESS.contains(&name) => CAREFUL.to_vec(),
        Some(_) => words,
    };
    let mut command = Command::new(words[0]);
    // A name that begins with a dash must not become an option.
    let path = if path.is_relative() {
        Path::new(".").join(path)
    } else {
        path.to_owned()
    };
    // `LESS=-r` would let everything through.
    command.args(&words[1..]).arg(path).env_remove("LESS");
    // Newer ones can be told to show what turns text around.
    command.env("LESSUTFCHARDEF", TURNING);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pager_that_keeps_controls_from_the_terminal_is_called() {
        let table = [
            (None, r#""less" "-R" "/run/output.log""#),
            (Some(" "), r#""less" "-R" "/run/output.log""#),
            (Some("/bin/cat"), r#""less" "-R" "/run/output.log""#),
            (Some("less -r"), r#""less" "-R" "/run/output.log""#),
            (Some("most -w"), r#""most" "-w" "/run/output.log""#),
        ];
        for (pager, expected) in table {
            let command = command(pager, Path::new("/run/output.log"));
            assert!(format!("{command:?}").ends_with(expected), "{command:?}");
        }
    }

    #[test]
    fn a_file_name_is_never_an_option() {
        let command = command(None, Path::new("-rf"));
        assert!(format!("{command:?}").ends_with(r#""less" "-R" "./-rf""#));
    }
}
