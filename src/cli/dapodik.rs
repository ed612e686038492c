//! `selaras dapodik`: syncs from the portal, or at a backend, and looks at the last one. All syncs are
//! one verb with five scopes.

use clap::{Args, Subcommand};
use serde_json::json;

use super::ask::Question;
use super::cli_context::CliContext;
use super::operation::{self, Acting, Proposal};
use super::out::{Output, OutputFormat};
use super::runs;
use crate::context;
use crate::dapodik::{
    Dapodik, Emptied, KecamatanCode, Metadata, Nik, Npsn, RESOURCE, Scope, WhenRunning, describe,
    preview, question,
};
use crate::engine::Job;
use crate::error::Result;
use crate::text::table::Plain;

/// Sync schools and staff (PTK) from the Dapodik portal, or follow a backend that does
#[derive(Debug, Subcommand)]
pub enum DapodikCommand {
    /// Show the state of the last global sync: when it ended, RUNNING, or its error
    ///
    /// Starts nothing. Exits 0 whatever it says; 4 when the backend cannot be asked.
    Metadata(Output),
    /// Sync every kecamatan, after showing what is asked and asking
    ///
    /// A process of its own does it: closing this terminal changes nothing. Ctrl-C stops: our own
    /// sync finishes the batch in hand and can be continued, a backend ends with the kecamatan in
    /// hand. Exits 9 when a sync is running already, 11 when something was left out, or the database
    /// lacks what a backend says it stored.
    Global {
        /// Continue a global sync of our own that was stopped, died or left something out
        #[arg(long, value_name = "RUN", conflicts_with = "attach")]
        resume: Option<String>,
        /// Fetch one school first, and show its rows as they would be written
        #[arg(long)]
        sample: bool,
        #[command(flatten)]
        running: Running,
        #[command(flatten)]
        acting: Acting,
    },
    /// Sync chosen kecamatan, by their codes
    Kecamatan {
        /// Codes such as 34.04.07; names are not unique
        #[arg(value_name = "CODE")]
        codes: Vec<String>,
        /// List the codes, with names and kabupaten; starts nothing
        #[arg(long, conflicts_with_all = ["codes", "attach", "force_running", "yes", "detach"])]
        list: bool,
        #[command(flatten)]
        running: Running,
        #[command(flatten)]
        acting: Acting,
    },
    /// Sync one PTK
    Ptk {
        /// The NIK, 16 digits
        #[arg(long)]
        nik: String,
        /// The NPSN of the school, 8 characters
        #[arg(long)]
        npsn: String,
        #[command(flatten)]
        acting: Acting,
    },
    /// Sync the PTK of every school that is there already
    ///
    /// Our own sync is followed to its end. A backend answers that it has begun, and tells no more:
    /// this ends there, not verified. As deployed it empties a column of every PTK; how many values
    /// are lost is shown before, and has to be typed.
    AllPtk {
        /// Start it although a sync is running already
        #[arg(long)]
        force_running: bool,
        /// With --yes: start it although as many as N rows lose a value; with more it exits 7
        #[arg(long, value_name = "N")]
        max_emptied: Option<u64>,
        #[command(flatten)]
        acting: Acting,
    },
    /// Sync the schools of every kecamatan
    ///
    /// Our own sync is followed to its end. A backend answers that it has begun, and tells no more:
    /// this ends there, not verified.
    AllSekolah {
        /// Start it although a sync is running already
        #[arg(long)]
        force_running: bool,
        #[command(flatten)]
        acting: Acting,
    },
}

/// What to do when a sync is running already.
#[derive(Clone, Copy, Debug, Args)]
pub struct Running {
    /// When a sync is running already, follow that one: by its run, else by the backend's metadata
    #[arg(long)]
    attach: bool,
    /// When a sync is running already, start another beside it; the backend locks nothing
    #[arg(long, conflicts_with = "attach")]
    force_running: bool,
}

impl DapodikCommand {
    pub async fn run(&self, context: &CliContext) -> Result<u8> {
        let mut max_emptied = None;
        let (mut resumed, mut sample) = (None, false);
        let (scope, when_running, acting) = match self {
            Self::Metadata(_) => return metadata(context).await,
            Self::Kecamatan { list: true, .. } => return list(context).await,
            Self::Global {
                running,
                acting,
                resume,
                sample: wants_sample,
            } => {
                (resumed, sample) = (resume.as_deref(), *wants_sample);
                (Scope::Global, when(*running), acting)
            }
            Self::Kecamatan {
                codes,
                running,
                acting,
                ..
            } => {
                let codes: Result<_> = codes
                    .iter()
                    .map(|code| KecamatanCode::parse(code))
                    .collect();
                (Scope::Kecamatan { codes: codes? }, when(*running), acting)
            }
            Self::Ptk { nik, npsn, acting } => {
                let (nik, npsn) = (Nik::parse(nik)?, Npsn::parse(npsn)?);
                (Scope::Ptk { nik, npsn }, WhenRunning::Refuse, acting)
            }
            Self::AllPtk {
                force_running,
                max_emptied: allowed,
                acting,
            } => {
                max_emptied = *allowed;
                (Scope::AllPtk, forced(*force_running), acting)
            }
            Self::AllSekolah {
                force_running,
                acting,
            } => (Scope::AllSekolah, forced(*force_running), acting),
        };
        let wish = Wish {
            scope,
            when_running,
            resumed,
            sample,
        };
        act(context, (acting, max_emptied), wish).await
    }

    pub fn wants_json(&self) -> bool {
        match self {
            Self::Metadata(output) => output.json,
            Self::Global { acting, .. }
            | Self::Kecamatan { acting, .. }
            | Self::Ptk { acting, .. }
            | Self::AllPtk { acting, .. }
            | Self::AllSekolah { acting, .. } => acting.consent.json,
        }
    }
}

fn when(running: Running) -> WhenRunning {
    if running.attach {
        WhenRunning::Attach
    } else {
        forced(running.force_running)
    }
}

fn forced(force_running: bool) -> WhenRunning {
    if force_running {
        WhenRunning::Force
    } else {
        WhenRunning::Refuse
    }
}

async fn metadata(context: &CliContext) -> Result<u8> {
    let engine = context.engine(&context.config()?, Dapodik::new)?;
    let metadata: Metadata = engine.metadata(&Job::silent()).await?;
    let now = context.app.clock.now();
    match context.out.format() {
        OutputFormat::Json => context.out.document(&json!({
            "server": engine.server(), "key": "LAST_GLOBAL_SYNC", "value": metadata.value,
            "state": metadata.state, "updated_at": metadata.updated_at,
            "sentence": metadata.sentence(now),
        }))?,
        OutputFormat::Plain => context.out.show(&format!("{}\n", metadata.sentence(now)))?,
    }
    Ok(0)
}

async fn list(context: &CliContext) -> Result<u8> {
    let engine = context.engine(&context.config()?, Dapodik::new)?;
    let regions = engine.regions().await?;
    if regions.kecamatan.is_empty() {
        return Err(Dapodik::no_list(regions.note.as_deref()));
    }
    if let Some(note) = &regions.note {
        context.out.say(&format!("! {note}"));
    }
    match context.out.format() {
        OutputFormat::Json => context
            .out
            .document(&json!({"kecamatan": regions.kecamatan}))?,
        OutputFormat::Plain => {
            // Two of one name are told apart by code and kabupaten.
            let mut table = Plain::new(&["code", "kecamatan", "kabupaten"]);
            for one in &regions.kecamatan {
                table.row([one.code.as_str(), &one.name, &one.kabupaten]);
            }
            context.out.show(&table.text())?;
        }
    }
    Ok(0)
}

/// What was asked for on the command line.
struct Wish<'a> {
    scope: Scope,
    when_running: WhenRunning,
    /// The run to continue.
    resumed: Option<&'a str>,
    sample: bool,
}

async fn act(
    context: &CliContext,
    (acting, max_emptied): (&Acting, Option<u64>),
    wish: Wish<'_>,
) -> Result<u8> {
    let config = context.config_to_act()?;
    let engine = context.engine(&config, Dapodik::new)?;
    // Before anybody is asked: the answer would be the same afterwards.
    context::may_write(&config)?;
    let runs = context::runs(&config)?;
    let attaches = wish.when_running == WhenRunning::Attach;
    if attaches && let Some(run) = runs.holder(RESOURCE)? {
        context.out.say(&format!(
            "run {} of this machine is running a sync already; following it",
            run.id().short()
        ));
        return runs::attend(&context.out, &config, &runs, run.id()).await;
    }
    let mut request = context::dapodik::request(&runs, wish.scope, wish.when_running)?;
    request.sample = wish.sample;
    if let Some(name) = wish.resumed {
        let resume = context::dapodik::resume(&runs, runs.find(name)?)?;
        request.resume = Some(Box::new(resume));
    }
    let last = request.took();
    let document = json!(request);
    let plan = operation::plan(&context.out, &engine, request).await?;
    if let Some(failure) = plan.obstacle() {
        // RUNNING over there may well be a run of this machine.
        let ours = runs.holder(RESOURCE)?.map(|run| run.busy().into());
        return operation::fail(&context.out, None, &plan, &ours.unwrap_or(failure));
    }
    if context.out.format() == OutputFormat::Plain {
        let lines = preview(&plan, last, context.app.clock.now());
        context.out.say(&lines.join("\n"));
    }
    if acting.consent.yes
        && let Some(failure) = plan.guard(max_emptied)
    {
        return operation::fail(&context.out, None, &plan, &failure);
    }
    let typed = plan.emptied.as_deref().map(Emptied::typed);
    let proposal = Proposal {
        request: document,
        question: Question {
            text: question(&plan),
            typed: typed.into_iter().collect(),
        },
        details: describe::details,
        plan,
    };
    operation::act(context, &config, acting, &engine, proposal).await
}
