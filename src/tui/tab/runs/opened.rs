//! One run, from its first event to its last: what it was to do, what it said, how it ended.

use std::path::Path;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::News;
use crate::context;
use crate::engine::Event;
use crate::error::Failure;
use crate::files::Links;
use crate::run::{self, Entry, Id, Run, StopWait, Until};
use crate::text;
use crate::tui::run_controller;
use crate::tui::tab::TabContext;
use crate::tui::tasks::Work;
use crate::tui::theme::{Focus, Theme, Tone};
use crate::tui::widget::paint;
use crate::tui::widget::pane::Pane;
use crate::tui::widget::run_view::RunView;
use crate::tui::widget::viewer::{self, Viewer};

pub const FOLLOW: &str = "follow";

/// How many lines of what a run itself says stand above its output.
const TALK: u16 = 6;

#[derive(Debug)]
pub struct Opened {
    pub run: Arc<Run>,
    pub view: RunView,
    /// What its child printed, where it has one.
    pub output: Option<Viewer>,
    /// It was read to its end.
    over: bool,
    trouble: Option<Failure>,
}

impl Opened {
    pub fn new(run: Arc<Run>) -> Self {
        let view = RunView::new(run.started.unwrap_or(run.manifest.created));
        Self {
            run,
            view,
            output: None,
            over: false,
            trouble: None,
        }
    }

    pub fn take(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.view.take(entry);
        }
    }

    /// Shows what its child prints from here on, and what it printed.
    pub fn show_output(&mut self, path: &Path) -> Vec<viewer::Ask> {
        self.output
            .get_or_insert_default()
            .open(path, Links::Refuse)
    }

    pub fn over(&mut self, over: Result<Arc<Run>, Failure>) {
        self.over = true;
        match over {
            Ok(run) => {
                let last = run.ended().or(run.started);
                self.view.end(last.unwrap_or(run.manifest.created));
                self.run = run;
            }
            Err(failure) => self.trouble = Some(failure),
        }
    }

    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let manifest = &self.run.manifest;
        let title = format!(
            "{} · {} {}",
            run_controller::run_name(self.run.id()),
            text::scrub(&manifest.engine),
            text::scrub(&manifest.target)
        );
        let state = match (self.over, &self.trouble) {
            (false, _) => "following",
            (true, Some(_)) => "unreadable",
            (true, None) => self.run.state.word(),
        };
        let inside = Pane::new(&title, Focus::Here)
            .remark(state)
            .draw(buffer, area, theme);
        let inside = paint::after(inside, 1);
        let mut rows = self.head(inside.width);
        rows.truncate(usize::from(inside.height / 2));
        for (row, (words, tone)) in (0..inside.height).zip(&rows) {
            paint::text(buffer, inside, row, words, theme.tone(*tone));
        }
        let used = u16::try_from(rows.len()).unwrap_or(u16::MAX) + 1;
        let below = Rect {
            y: inside.y.saturating_add(used).min(inside.bottom()),
            height: inside.height.saturating_sub(used),
            ..inside
        };
        let Some(output) = &self.output else {
            self.view.draw(buffer, below, theme);
            return;
        };
        // What the run itself says are a few lines; the output is what one wants to read.
        let talk = Rect {
            height: TALK.min(below.height / 3),
            ..below
        };
        self.view.draw(buffer, talk, theme);
        let rest = Rect {
            y: talk.bottom(),
            height: below.height - talk.height,
            ..below
        };
        let inside = Pane::new("Output", Focus::Elsewhere)
            .remark(&output.remark())
            .draw(buffer, rest, theme);
        output.draw(buffer, inside, theme);
    }

    fn head(&self, width: u16) -> Vec<(String, Tone)> {
        let operator = &self.run.manifest.operator;
        let mut about = run_controller::about(&self.run);
        if let Some(client) = &operator.ssh_client {
            about = format!("{about} · from {}", text::scrub(client));
        }
        let mut rows = vec![(about, Tone::Dim)];
        let status = match &self.trouble {
            Some(failure) => Some(run_controller::failed(failure)),
            None => self.over.then(|| run_controller::ended(&self.run)),
        };
        if let Some(status) = status {
            let lines = paint::wrap(&status.sentence, width.saturating_sub(1)).into_iter();
            rows.extend(lines.map(|line| (line, status.tone)));
        }
        rows
    }
}

pub fn follow(context: TabContext, id: Id) -> Work<News> {
    Work::new(FOLLOW, move |mailbox| async move {
        let reading = async {
            let config = context.app.config()?;
            let runs = context::runs(&config)?;
            let mut following = runs.follow(id, 0)?;
            let mut told = false;
            while let Some(entries) = following.next().await? {
                if !told && entries.iter().any(has_output) {
                    told = true;
                    let output = News::Output(id, runs.output(id));
                    mailbox.progress(output).await;
                }
                mailbox.progress(News::Said(id, entries)).await;
            }
            runs.get(id)
        };
        let over = reading.await.map(Arc::new).map_err(Failure::from);
        News::Over(id, over)
    })
}

/// Whether a line of a journal says that there is a child whose output is kept.
fn has_output(entry: &Entry) -> bool {
    matches!(entry.event, Event::Child { .. } | Event::Output { .. })
}

pub fn stop(context: TabContext, id: Id) -> Work<News> {
    Work::new("stop", move |_| async move {
        let stopping = async {
            let config = context.app.config()?;
            let runs = context::runs(&config)?;
            run::stop(&runs, id, StopWait::until(Until::Answered)).await
        };
        let stopped = stopping.await.map(|stop| run_controller::stopped(stop, id));
        News::Stopped(stopped.map_err(Failure::from))
    })
}
