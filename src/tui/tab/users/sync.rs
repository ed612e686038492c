//! From a key to a run: what is asked for, what a plan or an end means for the tab.

use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Value, json};

use super::load::NotReady;
use super::preview::{Preview, Reach};
use super::{News, Users, ask, words};
use crate::config::Config;
use crate::context;
use crate::engine::{Engine as _, Job};
use crate::error::{Failure, Result};
use crate::run::{Id, State as Standing};
use crate::tui::flow::{self, State};
use crate::tui::news::News as All;
use crate::tui::notices::Notice;
use crate::tui::run_controller::{self, planned_by};
use crate::tui::tab::{Effects, SetupPage, Status};
use crate::tui::tasks::{Effect, Work};
use crate::tui::theme::Tone;
use crate::users::undo::{self, Undo};
use crate::users::{Plan, Request, Users as Engine};

/// Plans a sync, or the undoing of a run where the request names one.
pub fn planner(
    config: Arc<Config>,
    request: Value,
    job: Job,
) -> Pin<Box<dyn Future<Output = Result<Plan>> + Send>> {
    let Some(run) = request
        .get("undo")
        .and_then(Value::as_str)
        .map(str::to_owned)
    else {
        return planned_by(Engine::new, config, request, job);
    };
    Box::pin(async move {
        let id: Id = run.parse()?;
        let request = undo::Request {
            run: id.uuid(),
            plan: context::runs(&config)?.plan(id)?,
            delete: false,
            max_deactivate: None,
        };
        let planned = Undo::new(config)?.plan(request, &job).await;
        job.flush();
        planned
    })
}

/// The page that stands for a tab that is not set up; `None` where something failed instead.
pub fn page_of(unready: &NotReady) -> Option<SetupPage> {
    match unready {
        NotReady::FirstStart(file) => Some(SetupPage::welcome(&file.display().to_string())),
        NotReady::NotSetUp(problem) => Some(SetupPage::users().lacking(problem)),
        NotReady::Failed(_) => None,
    }
}

impl Users {
    /// Looks at the chosen location, or at all of them.
    pub(super) fn sync(&mut self, all: bool) -> Effects<All> {
        let chosen = self.browse.chosen().filter(|_| !all);
        let location = chosen.map(|branch| branch.location.clone());
        self.what = match &location {
            Some(location) => location.name.clone(),
            None => words::ALL.to_owned(),
        };
        let request = Request {
            locations: location.map(|location| vec![location.code]),
            ..Request::default()
        };
        self.result = None;
        self.controller.ask(&request)
    }

    /// Plans to take a run back.
    pub(super) fn undo_run(&mut self, run: Id) -> Effects<All> {
        self.what = crate::tui::words::run(&run.short());
        self.result = None;
        self.controller.ask(&json!({"undo": run}))
    }

    /// Looks for the last run that wrote at the chosen location.
    pub(super) fn find_last(&self) -> Effects<All> {
        let Some(branch) = self.browse.chosen() else {
            return Vec::new();
        };
        let (context, resource) = (
            self.controller.context().clone(),
            format!("users-{}", branch.location.id),
        );
        let work = Work::new("last", move |_| async move {
            let last = last_run(&context.app, &resource).map_err(Failure::from);
            All::Users(News::Last(last))
        });
        vec![Effect::Work(work)]
    }

    /// Asks about the plan under review, or the open part of it.
    pub(super) fn ask(&mut self, reach: Reach) -> Effects<All> {
        let State::Review(plan) = self.controller.state() else {
            return Vec::new();
        };
        self.spared = self.preview.spared(plan, reach);
        vec![Effect::Ask(ask::question(plan, &self.preview, reach))]
    }

    /// A yes: what was left out goes, what was typed counts, the run is started.
    pub(super) fn confirmed(&mut self, id: uuid::Uuid) -> Effects<All> {
        if let Some(plan) = self.controller.review_mut().filter(|plan| plan.id == id)
            && let Err(error) = ask::settle(plan, &self.spared)
        {
            return vec![Effect::Say(Notice::from(&error))];
        }
        self.controller.confirmed(id)
    }

    /// Takes what the flow's work brings; a clean end goes back to the users.
    pub(super) fn on_flow(&mut self, news: flow::News<Engine>) -> Effects<All> {
        let effects = self.controller.on(news);
        match self.controller.state() {
            State::Review(plan) if self.controller.is_fresh() => {
                self.preview = Preview::new(plan);
                let now = self.controller.context().app.clock.now();
                self.browse.looked_at(plan, now);
            }
            State::Done(done) if done.run.exit() == Some(0) => {
                self.result = Some(run_controller::ended(&done.run));
                self.controller.back();
            }
            State::Done(_) | State::Failed(_) | State::Died(_) => {
                self.page = crate::tui::widget::page::Page::default();
            }
            _ => {}
        }
        effects
    }

    /// What is said while nothing is under way.
    pub(super) fn idle_status(&self) -> Option<Status> {
        if let Some(complaint) = self.browse.complaint() {
            return Some(Status::new(&complaint, Tone::Bad));
        }
        if self.demo {
            return Some(Status::new(words::DEMO, Tone::Accent));
        }
        let hint = self.browse.hint()?;
        Some(Status::new(&hint.words, hint.tone))
    }
}

/// The newest run that may have written to `resource` and is no undoing itself.
fn last_run(app: &context::AppContext, resource: &str) -> Result<Option<Id>> {
    let config = app.config()?;
    let runs = context::runs(&config)?;
    for run in runs.readable()? {
        let manifest = &run.manifest;
        let ours = manifest.engine == Engine::NAME
            && manifest.resources.iter().any(|name| name == resource)
            && run.state != Standing::Running;
        if !ours {
            continue;
        }
        let plan: Plan = runs.plan(run.id())?;
        if plan.undoes.is_none() {
            return Ok(Some(run.id()));
        }
    }
    Ok(None)
}
