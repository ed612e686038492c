//! What the tab reads before it plans, beside the screen: settings, and the last push of the log.

use std::sync::Arc;

use super::News;
use crate::error::{Error, Failure, Result};
use crate::pimpinan::{LastPush, Pimpinan as Engine};
use crate::tui::news::News as All;
use crate::tui::tab::SetupPage;
use crate::tui::tab_context::TabContext;
use crate::tui::tasks::Work;

/// The name of the work that looks.
pub const LOOK: &str = "look";

/// What is known besides the plan.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The last push of the integration log, ours or the original's; or why it cannot be read.
    pub last: Result<Option<LastPush>, Failure>,
    /// Nothing may be written.
    pub read_only: bool,
}

/// Why there is nothing to look at.
#[derive(Clone, Debug)]
pub enum NotReady {
    /// The push is not set up; the page says what it needs.
    NotSetUp(Box<SetupPage>),
    /// The settings cannot be read.
    Failed(Failure),
}

impl From<Error> for NotReady {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Reads the settings and the end of the integration log.
pub fn look(context: TabContext) -> Work<All> {
    Work::new(LOOK, move |_| async move {
        All::Pimpinan(News::Looked(read(&context)))
    })
}

fn read(context: &TabContext) -> Result<Facts, NotReady> {
    let config = context.app.config()?;
    let page = match (&config.file, config.pimpinan.problem()) {
        (None, Some(_)) => {
            let file = context.app.sources.config_file();
            SetupPage::welcome(&file.display().to_string())
        }
        (Some(_), Some(problem)) => SetupPage::pimpinan().lacking(problem),
        (_, None) => {
            let engine = Engine::new(Arc::clone(&config))?;
            return Ok(Facts {
                last: engine.last_push().map_err(Failure::from),
                read_only: config.read_only,
            });
        }
    };
    Err(NotReady::NotSetUp(Box::new(page)))
}
