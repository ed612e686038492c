//! Every transition of a flow, as a table would show it.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;
use crate::engine::{Job, Outcome, Verdict};
use crate::error::{Error, Result};
use crate::run::{Ending, Launch, Manifest, Operator, State as Standing};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Plan {
    id: Uuid,
    empty: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Report;

struct Nothing;

impl Summary for Plan {
    fn id(&self) -> Uuid {
        self.id
    }

    fn is_empty(&self) -> bool {
        self.empty
    }

    fn target(&self) -> String {
        String::new()
    }

    fn resources(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Outcome for Report {
    fn verdict(&self) -> Verdict {
        Verdict::Clean
    }

    fn failure(&self) -> Option<Failure> {
        None
    }

    fn sentence(&self) -> String {
        String::new()
    }
}

impl Engine for Nothing {
    type Request = ();
    type Plan = Plan;
    type Report = Report;
    const NAME: &'static str = "nothing";

    async fn plan(&self, (): (), _: &Job) -> Result<Plan> {
        Err(Error::bug("nothing is planned here"))
    }

    async fn apply(&self, _: Plan, _: &Job) -> Result<Report> {
        Ok(Report)
    }
}

fn plan(empty: bool) -> Plan {
    let id = Uuid::now_v7();
    Plan { id, empty }
}

fn run(id: Id, state: Standing) -> Arc<Run> {
    let manifest = Manifest {
        version: 1,
        id,
        engine: "nothing".to_owned(),
        target: "Dev".to_owned(),
        request: Value::Null,
        operator: Operator {
            user: "sari".to_owned(),
            host: "kantor".to_owned(),
            ssh_client: None,
        },
        created: jiff::Timestamp::UNIX_EPOCH,
        plan_id: id.uuid(),
        plan_hash: String::new(),
        resources: Vec::new(),
        refused: std::collections::BTreeMap::new(),
        selaras: String::new(),
        launch: Launch::this(Vec::new(), "/".into()),
    };
    Arc::new(Run {
        manifest,
        state,
        worker: None,
        started: None,
        orphan: None,
    })
}

fn finished() -> Standing {
    Standing::Finished(Ending {
        version: 1,
        verdict: Verdict::Clean,
        exit: 0,
        error: None,
        sentence: "done".to_owned(),
        ended: jiff::Timestamp::UNIX_EPOCH,
    })
}

fn word(flow: &Flow<Nothing>) -> &'static str {
    match flow.state() {
        State::Idle => "idle",
        State::Planning => "planning",
        State::Review(_) => "review",
        State::Starting(_) => "starting",
        State::Running(_) => "running",
        State::Done(_) => "done",
        State::Failed(_) => "failed",
        State::Died(_) => "died",
    }
}

/// A flow in each state, with the run that is followed where there is one.
fn all() -> Vec<(Flow<Nothing>, Id)> {
    let failure = || Failure::from(Error::bug("no"));
    let id = Id::fresh();
    let stages: [&[usize]; 8] = [
        &[],
        &[0],
        &[0, 1],
        &[0, 1, 2],
        &[0, 1, 2, 3],
        &[0, 1, 2, 3, 4],
        &[0, 5],
        &[0, 1, 2, 3, 6],
    ];
    let walk = |steps: &[usize]| {
        let mut flow = Flow::default();
        let planned = plan(false);
        for step in steps {
            match step {
                0 => assert!(flow.ask(json!(null))),
                1 => flow.planned(Ok(planned.clone())),
                2 => assert!(flow.confirm(planned.id).is_some()),
                3 => flow.started(Ok(id)),
                4 => assert!(flow.ended(run(id, finished()), None)),
                5 => flow.planned(Err(failure())),
                _ => assert!(flow.ended(run(id, Standing::Died), None)),
            }
        }
        (flow, id)
    };
    stages.into_iter().map(walk).collect()
}

fn after(change: impl Fn(&mut Flow<Nothing>, Id)) -> Vec<&'static str> {
    let mut flows = all();
    for (flow, id) in &mut flows {
        change(flow, *id);
    }
    flows.iter().map(|(flow, _)| word(flow)).collect()
}

#[test]
fn each_step_leads_where_it_should_and_nowhere_else() {
    let start = after(|_, _| {});
    assert_eq!(
        start,
        [
            "idle", "planning", "review", "starting", "running", "done", "failed", "died"
        ]
    );
    let same = |changed: &[(&'static str, &'static str)]| -> Vec<&'static str> {
        let change = |word: &&'static str| {
            let found = changed.iter().find(|(from, _)| from == word);
            found.map_or(*word, |(_, to)| to)
        };
        start.iter().map(change).collect()
    };
    let asked = after(|flow, _| {
        flow.ask(Value::Null);
    });
    assert_eq!(asked[3], "starting");
    assert_eq!(asked.iter().filter(|word| **word == "planning").count(), 7);
    let planned = after(|flow, _| flow.planned(Ok(plan(false))));
    assert_eq!(planned, same(&[("planning", "review")]));
    let started = after(|flow, _| flow.started(Ok(Id::fresh())));
    assert_eq!(started, same(&[("starting", "running")]));
    let refused = after(|flow, _| flow.started(Err(Failure::from(Error::busy("taken")))));
    assert_eq!(refused, same(&[("starting", "failed")]));
    let ended = after(|flow, id| {
        flow.ended(run(id, finished()), None);
    });
    assert_eq!(ended, same(&[("running", "done")]));
    let died = after(|flow, id| {
        flow.ended(run(id, Standing::Died), None);
    });
    assert_eq!(died, same(&[("running", "died")]));
    let back = after(|flow, _| {
        flow.back();
    });
    assert_eq!(back[3], "starting");
    assert_eq!(back.iter().filter(|word| **word == "idle").count(), 7);
    let broken = after(|flow, _| flow.broken(Failure::from(Error::bug("fell"))));
    assert_eq!(
        broken,
        same(&[("planning", "failed"), ("starting", "failed")])
    );
    let attached = after(|flow, _| {
        flow.attach(Id::fresh());
    });
    assert_eq!((attached[1], attached[3]), ("planning", "starting"));
    assert_eq!(
        attached.iter().filter(|word| **word == "running").count(),
        6
    );
}

#[test]
fn only_a_yes_to_the_very_plan_under_review_starts_anything() {
    let mut flow: Flow<Nothing> = Flow::default();
    let shown = plan(false);
    flow.ask(json!({"locations": ["dev"]}));
    flow.planned(Ok(shown.clone()));
    assert!(flow.confirm(Uuid::now_v7()).is_none() && word(&flow) == "review");
    assert!(flow.confirm(shown.id).is_some() && flow.confirm(shown.id).is_none());
    let mut flow: Flow<Nothing> = Flow::default();
    let nothing = plan(true);
    flow.ask(Value::Null);
    flow.planned(Ok(nothing.clone()));
    assert!(flow.confirm(nothing.id).is_none() && word(&flow) == "review");
}

#[test]
fn the_end_of_another_run_is_not_the_end_of_ours() {
    let mut flow: Flow<Nothing> = Flow::default();
    flow.attach(Id::fresh());
    assert!(!flow.ended(run(Id::fresh(), finished()), None));
    assert_eq!(word(&flow), "running");
}

#[test]
fn what_was_asked_can_be_asked_again() {
    let mut flow: Flow<Nothing> = Flow::default();
    flow.ask(json!({"locations": ["dev"]}));
    flow.planned(Err(Failure::from(Error::remote("down"))));
    assert_eq!(flow.request(), Some(&json!({"locations": ["dev"]})));
}
