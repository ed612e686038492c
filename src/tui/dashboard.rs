//! Puts the dashboard together: which tabs there are, whose runs belong to which.
//!
//! The only file of the screen that knows all tabs. A tab reads the settings itself, and again
//! whenever it acts; what is read here only names the place and decides where runs are.

use std::sync::Arc;

use super::app::Places;
use super::news::News;
use super::surroundings::Switch;
use super::tab::runs::Runs;
use super::tasks::Place;
use super::theme::Choice;
use super::tools::Tools;
use super::{Options, tab};
use crate::config::{Config, Part, Theme, Toggle};
use crate::dapodik::Dapodik;
use crate::desk::{self, Desk};
use crate::engine::Engine as _;
use crate::pimpinan::Pimpinan;
use crate::run::Operator;
use crate::script::Script;
use crate::script::unlock::Unlock;
use crate::users::Users;

/// Tells a screen that it shows the simulated world.
pub const DEMO: &str = "SELARAS_DEMO";

/// All tabs of a screen at this desk, with the settings as they are at the start, if they can be
/// read; if not, the tabs say why.
pub fn places(desk: &Desk, config: Option<&Arc<Config>>) -> Places<News> {
    let operator = match config {
        Some(config) => desk.operator(config),
        None => Operator::of(None, |name| {
            desk.sources.environment.get(name).map(str::to_owned)
        }),
    };
    let tools = Tools::new(desk.clone(), operator);
    let kept = config.and_then(|config| desk::runs(config).ok());
    let routes = vec![
        (Users::NAME, Place::Tab(0)),
        (Pimpinan::NAME, Place::Tab(1)),
        (Script::NAME, Place::Tab(2)),
        (Unlock::NAME, Place::Tab(2)),
        (Dapodik::NAME, Place::Tab(3)),
    ];
    Places {
        tabs: vec![
            Box::new(tab::users::Users::new(tools.clone(), is_demo(desk))),
            Box::new(tab::pimpinan::Push::new(tools.clone(), is_demo(desk))),
            Box::new(tab::script::Script::new(tools.clone())),
            Box::new(tab::dapodik::Dapodik::new(tools.clone())),
        ],
        runs: Box::new(Runs::new(tools, kept, routes)),
        context: context(desk, config),
    }
}

/// The `[screen]` settings.
pub fn options(config: Option<&Config>) -> Options {
    let Some(screen) = config.map(|config| &config.screen) else {
        return Options::default();
    };
    let switch = |toggle| match toggle {
        Toggle::Auto => Switch::Auto,
        Toggle::On => Switch::On,
        Toggle::Off => Switch::Off,
    };
    Options {
        theme: match screen.theme {
            Theme::Auto => Choice::Auto,
            Theme::Dark => Choice::Dark,
            Theme::Light => Choice::Light,
            Theme::Mono => Choice::Mono,
        },
        unicode: switch(screen.unicode),
        mouse: switch(screen.mouse),
        bell: screen.bell,
        ..Options::default()
    }
}

fn is_demo(desk: &Desk) -> bool {
    desk.sources.environment.get(DEMO).is_some()
}

/// What stands at the right end of the bar: `demo · sqlite · read only`.
fn context(desk: &Desk, config: Option<&Arc<Config>>) -> String {
    let mut parts = Vec::new();
    if is_demo(desk) {
        parts.push("demo");
    }
    if let Some(config) = config {
        if let Part::Ready(users) = &config.users {
            parts.push(users.database.kind().word());
        }
        if config.read_only {
            parts.push("read only");
        }
    }
    parts.join(" · ")
}
