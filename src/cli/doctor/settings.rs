//! The configuration, as `config check` sees it; the commands that print secrets are run.

use super::check::{Area, Check};
use crate::config::{Commands, Config, Level};
use crate::error::Error;

/// One check for each finding. Blocks as the commands do, up to 10 s each.
pub fn checks(config: &Config) -> Vec<Check> {
    let findings = config.check(Commands::Run).into_iter();
    let check = findings.map(|finding| Check {
        hint: finding.hint,
        ..match finding.level {
            Level::Note => Check::well(Area::Config, finding.text),
            Level::Unchecked => Check::unchecked(Area::Config, finding.text),
            Level::Warning => Check::look(Area::Config, finding.text),
            Level::Problem => Check::broken(Area::Config, finding.text),
        }
    });
    check.collect()
}

/// There is nothing to look at.
pub fn unreadable(error: &Error) -> Check {
    Check::failed(Area::Config, "", error)
}
