//! The tab of users: looks through what there is, previews a sync or an undo, asks, reports.
//!
//! ```text
//!   Browse ── s, S, u ──▶ planning ─▶ Preview ── Enter, a ──▶ question ─▶ run ─▶ result
//!      ▲                                                                           │
//!      └────────────────────────── Esc, or a clean end ────────────────────────────┘
//! ```
//! What happens around the two panes and the preview is [`super::engine_tab`].

mod ask;
mod browse;
mod load;
mod preview;
mod user_filter;
mod window;

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use serde_json::{Value, json};

use super::engine_tab::{
    self, ControllerOf, EffectsOf, EngineScreen, EngineTab, NotReady, Then, Words, above_runs,
    again, draw_runs, own, run_keys,
};
use super::{Effects, Hint, Status};
use crate::config::Config;
use crate::context;
use crate::engine::{Engine as _, Job};
use crate::error::{Error, Failure, Result};
use crate::run::{Id, State as RunState};
use crate::text::{fit_middle, scrub};
use crate::tui::flow::{Done, State};
use crate::tui::keys::{self, Action, Binding, Key};
use crate::tui::notices::Notice;
use crate::tui::run_controller::{Planner, planned_by, run_name};
use crate::tui::tab::Effect;
use crate::tui::tab::TabContext;
use crate::tui::tasks::Work;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::page::{AGAIN, Rows, wrapped};
use crate::users::plan::resource;
use crate::users::store::browse::Listed;
use crate::users::undo::{self, Undo};
use crate::users::{LocationReport, Plan, Report, Request, Users as Engine, describe};
use browse::Browse;
use load::{Exported, Overview};
use preview::{Preview, Scope};

pub type News = engine_tab::News<Users>;

/// What only this tab knows to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Shows users of the next status.
    State,
    /// Shows users of the next time of adding.
    Date,
    /// Turns the order around.
    Reverse,
}

/// What its own work brings back.
pub enum Loaded {
    /// The ids that pass the filter.
    Ids(Result<Arc<Vec<i64>>, Failure>),
    /// The rows that were asked for.
    Rows(Result<Vec<Listed>, Failure>),
    Exported(Result<Exported, Failure>),
    /// The last run at the chosen location; `None` where there is none.
    Last(Result<Option<Id>, Failure>),
}

pub struct Users {
    browse: Browse,
    preview: Preview,
    /// What the next question is about.
    scope: Scope,
    /// The codes of the locations that the last question was not about.
    excluded: BTreeSet<String>,
    /// What is planned or was, for people: `Dev`.
    what: String,
    /// The last run ended well, and its sentence is on the screen until something else is planned.
    done: bool,
    demo: bool,
}

impl Users {
    /// The tab; in the simulated world it says what to try.
    pub fn tab(context: TabContext, demo: bool) -> EngineTab<Self> {
        let screen = Self {
            browse: Browse::new(context.clone()),
            preview: Preview::default(),
            scope: Scope::default(),
            excluded: BTreeSet::new(),
            what: String::new(),
            done: false,
            demo,
        };
        EngineTab::new(screen, context)
    }

    fn browse_keys(&self, controller: &ControllerOf<Self>) -> Vec<Binding<Act>> {
        let none = self.browse.rows().is_empty();
        let none = none.then_some("there is no location to sync");
        let name = self.browse.chosen().map(|row| row.location.name.as_str());
        let label = format!("sync {}", fit_middle(&scrub(name.unwrap_or("all")), 14));
        let one = "Looks at the chosen location and shows what would change.";
        let all = "Looks at all locations and shows what would change.";
        let mut bindings = vec![
            Binding::of(Action::Start, label, one).unless(none),
            Binding::of(Action::StartAll, "sync all", all).unless(none),
        ];
        bindings.extend(run_keys(controller));
        let mut browsing = self.browse.keys();
        let undo = "Shows how the last run at the location is undone.";
        let none = none.or(name.is_none().then_some("choose one location first"));
        // After the filters: one looks more often than one undoes.
        let undo = Binding::of(Action::Undo, "undo", undo).unless(none);
        browsing.insert(browsing.len().min(3), undo);
        bindings.extend(browsing);
        bindings.push(again(""));
        bindings.extend(keys::moves());
        bindings
    }

    fn browse_act(
        &mut self,
        action: Action<Act>,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        Some(match action {
            Action::Start => {
                let chosen = self.browse.chosen().map(|row| &row.location);
                let (what, code) = chosen
                    .map(|one| (one.name.clone(), one.code.clone()))
                    .unzip();
                self.sync(what, code, controller)
            }
            Action::StartAll => self.sync(None, None, controller),
            Action::Undo => self.find_last(controller),
            action => return self.browse.act(action).map(loaded),
        })
    }

    /// Plans for one location, or for all of them.
    fn sync(
        &mut self,
        what: Option<String>,
        code: Option<String>,
        controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        self.what = what.unwrap_or_else(|| "All".to_owned());
        self.done = false;
        controller.ask(&Request {
            locations: code.map(|code| vec![code]),
            ..Request::default()
        })
    }

    /// Searches for the last run that wrote at the chosen location.
    fn find_last(&self, controller: &ControllerOf<Self>) -> EffectsOf<Self> {
        let Some(row) = self.browse.chosen() else {
            return Vec::new();
        };
        let (context, resource) = (controller.context().clone(), resource(row.location.id));
        vec![own(Work::new("last", move |_| async move {
            Loaded::Last(last_run(&context.app, &resource).map_err(Failure::from))
        }))]
    }

    fn review_act(&mut self, action: Action<Act>, plan: &Plan) -> Option<EffectsOf<Self>> {
        match action {
            Action::Move(step) => self.preview.go(plan, step),
            Action::Open if self.preview.scope() == Scope::All => self.preview.enter(plan),
            Action::Mark => self.preview.toggle(plan),
            Action::Filter => self.preview.open_filter(),
            Action::Copy => {
                let email = self.preview.selected(plan);
                return Some(email.map(Effect::Copy).into_iter().collect());
            }
            Action::Back if self.preview.back(plan) => {}
            Action::Open | Action::All => {
                self.scope = match action {
                    Action::Open => Scope::Location,
                    _ => Scope::All,
                };
                return None;
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn browse_status(&self) -> Option<Status> {
        if let Some(failure) = self.browse.failure() {
            return Some(Status::new(&failure, Tone::Bad));
        }
        if self.demo {
            let demo = "Simulated world, nothing real is touched. Try: s syncs Dev (25 new users), \
                        S looks at all four locations (one is down), R shows the runs.";
            return Some(Status::new(demo, Tone::Accent));
        }
        let insecure = self.browse.insecure()?;
        Some(Status::new(insecure, Tone::Warn))
    }

    fn refused(&self) -> Option<&'static str> {
        let read_only = self.browse.is_read_only();
        read_only.then_some("nothing may be written: read_only is set")
    }
}

impl EngineScreen for Users {
    type Engine = Engine;
    type Facts = Overview;
    type News = Loaded;
    type Act = Act;
    const WORDS: Words = Words {
        title: "Users",
        looking: "Looking…",
        run: "Sync",
        result: "Result",
        back: "Goes back to the users.",
        leave: "Goes back to the users; the run continues.",
    };
    const PLANNER: Planner<Engine> = plan;

    async fn look(context: TabContext) -> Result<Overview, NotReady> {
        load::overview(&context).await
    }

    fn looked(&mut self, facts: Overview, _: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        loaded(self.browse.on_overview(facts))
    }

    fn keys(&self, controller: &ControllerOf<Self>) -> Vec<Binding<Act>> {
        match controller.state() {
            State::Review(plan) => self.preview.keys(plan, self.refused()),
            _ => self.browse_keys(controller),
        }
    }

    fn act(
        &mut self,
        action: Action<Act>,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        match controller.state() {
            State::Review(plan) => self.review_act(action, plan),
            _ => self.browse_act(action, controller),
        }
    }

    fn draw(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        controller: &ControllerOf<Self>,
        theme: &Theme,
    ) {
        if let State::Review(plan) = controller.state() {
            return self.preview.draw(buffer, area, plan, theme);
        }
        let runs = controller.runs();
        let busy = |location: i64| {
            let resource = resource(location);
            runs.active()
                .any(|run| run.manifest.resources.contains(&resource))
        };
        let panes = above_runs(area, runs);
        self.browse.draw(buffer, panes, &busy, theme);
        let label = |run: &crate::run::Run| format!(" {}", run.manifest.target);
        draw_runs(buffer, area, runs, label, theme);
    }

    fn obstacle(&self, plan: &Plan) -> Option<String> {
        let obstacle = || self.preview.obstacle(plan, self.scope);
        let refused = self.refused().map(str::to_owned);
        refused.or_else(|| obstacle().map(|(why, _)| why))
    }

    fn question(&mut self, plan: &Plan, _: Timestamp) -> Confirm {
        self.excluded = self.preview.excluded(plan, self.scope);
        ask::question(plan, &self.preview, self.scope)
    }

    /// How each location ended, with the rows that were not as the preview had shown them.
    fn report(report: &Report, width: u16) -> Rows {
        let mut rows = Rows::new();
        for location in &report.locations {
            report_location(&mut rows, location, width);
        }
        wrapped(&mut rows, AGAIN, Tone::Dim, 0, width);
        rows
    }

    fn planning(&self) -> String {
        format!("Looking at {}", scrub(&self.what))
    }

    fn status(&self, controller: &ControllerOf<Self>) -> Option<Status> {
        match controller.state() {
            State::Review(plan) => Some(self.preview.status(plan)),
            _ if self.done => None,
            _ => self.browse_status(),
        }
    }

    fn planned(&mut self, plan: &mut Plan) -> Result<()> {
        self.preview = Preview::new(plan);
        self.browse.planned(plan);
        Ok(())
    }

    fn settle(&mut self, plan: &mut Plan) -> Result<()> {
        ask::settle(plan, &self.excluded)
    }

    fn ended(&mut self, done: &Done<Engine>) -> Then {
        self.done = done.run.exit() == Some(0);
        if self.done {
            Then::GoBack
        } else {
            Then::ShowReport
        }
    }

    fn typing(&self, controller: &ControllerOf<Self>) -> Option<Vec<Hint>> {
        match controller.state() {
            State::Review(_) => self.preview.typing(),
            _ => self.browse.typing(),
        }
    }

    fn capture(
        &mut self,
        key: Key,
        controller: &mut ControllerOf<Self>,
    ) -> Option<EffectsOf<Self>> {
        match controller.state() {
            State::Review(_) => self.preview.capture(key).then(Vec::new),
            _ => self.browse.capture(key).map(loaded),
        }
    }

    fn paste(&mut self, words: &str, controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        if let State::Review(_) = controller.state() {
            self.preview.paste(words);
            return Vec::new();
        }
        loaded(self.browse.paste(words))
    }

    fn point(
        &mut self,
        at: Position,
        area: Rect,
        controller: &mut ControllerOf<Self>,
    ) -> EffectsOf<Self> {
        if let State::Review(_) = controller.state() {
            return Vec::new();
        }
        let panes = above_runs(area, controller.runs());
        loaded(self.browse.point(at, panes))
    }

    fn on(&mut self, news: Loaded, controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        let say = |notice| vec![Effect::Say(notice)];
        match news {
            Loaded::Ids(found) => loaded(self.browse.on_ids(found)),
            Loaded::Rows(read) => {
                self.browse.on_rows(read);
                Vec::new()
            }
            Loaded::Exported(exported) => loaded(self.browse.on_exported(exported)),
            Loaded::Last(Ok(Some(run))) => self.undo(run, controller),
            Loaded::Last(Ok(None)) => {
                let words = "no run of this machine wrote here";
                say(Notice::new(words, Tone::Warn))
            }
            Loaded::Last(Err(failure)) => say(Notice::from(&Error::from(failure))),
        }
    }

    fn undo(&mut self, run: Id, controller: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        self.what = run_name(run);
        self.done = false;
        controller.ask(&json!({"undo": run}))
    }

    fn broken(&mut self, task: &'static str, _: &mut ControllerOf<Self>) -> EffectsOf<Self> {
        self.browse.broken(task);
        Vec::new()
    }
}

fn loaded(effects: Effects<Loaded>) -> EffectsOf<Users> {
    let effects = effects.into_iter();
    effects
        .map(|effect| effect.map(engine_tab::News::Own))
        .collect()
}

/// Plans a sync, or the undoing of a run where the request names one.
fn plan(
    config: Arc<Config>,
    request: Value,
    job: Job,
) -> Pin<Box<dyn Future<Output = Result<Plan>> + Send>> {
    let run = request.get("undo").and_then(Value::as_str);
    let Some(run) = run.map(str::to_owned) else {
        return planned_by(|config, _| Engine::new(config), config, request, job);
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

/// The newest run that may have written to `resource` and is no undo itself.
fn last_run(app: &context::AppContext, resource: &str) -> Result<Option<Id>> {
    let config = app.config()?;
    let runs = context::runs(&config)?;
    for run in runs.readable()? {
        let manifest = &run.manifest;
        let ours = manifest.engine == Engine::NAME
            && manifest.resources.iter().any(|name| name == resource)
            && run.state != RunState::Running;
        if ours && runs.plan::<Plan>(run.id())?.undoes.is_none() {
            return Ok(Some(run.id()));
        }
    }
    Ok(None)
}

fn report_location(rows: &mut Rows, location: &LocationReport, width: u16) {
    let (sign, tone) = match location.error {
        None => ("✓", Tone::Good),
        Some(_) => ("✗", Tone::Bad),
    };
    rows.push((format!("{sign} {}", scrub(&location.name)), tone));
    wrapped(rows, &location.message, Tone::Plain, 2, width);
    let failure = location.error.as_ref();
    if let Some(hint) = failure.and_then(|failure| failure.hint.as_ref()) {
        wrapped(rows, hint, Tone::Dim, 2, width);
    }
    for drift in &location.drift {
        wrapped(rows, &describe::drifted(drift), Tone::Warn, 2, width);
    }
    rows.push((String::new(), Tone::Plain));
}
