//! Puts the dashboard together: which tabs there are.
//!
//! The only file of the screen that knows all tabs. A tab reads the settings itself, and again
//! whenever it acts; what is read here only names the place and decides where runs are.

use std::sync::Arc;

use super::Options;
use super::app::Places;
use super::capabilities::Switch;
use super::mounted::{Mounted, Mounting};
use super::tab::engine_tab::EngineTab;
use super::tab::{Protocol, TabContext, dapodik, pimpinan, runs, script, users};
use super::theme::Choice;
use crate::config::{Config, Part, Theme, Toggle};
use crate::context::{self, AppContext};
use crate::run::Operator;

pub const DEMO: &str = "SELARAS_DEMO";

/// News of all tabs, a variant each; the frame passes them back to the tab they came from.
#[derive(Debug)]
pub enum News {
    Users(users::News),
    Pimpinan(pimpinan::News),
    Script(script::News),
    Dapodik(dapodik::News),
    Runs(runs::News),
}

/// The actions of all tabs that no other tab knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Users(users::Act),
    Pimpinan(pimpinan::Act),
    Script(script::Act),
    Dapodik(dapodik::Act),
}

impl Protocol for News {
    type Act = Act;
}

/// All tabs of a screen at this app, with the settings as they are at the start, if they can be
/// read; if not, the tabs say why.
pub fn places(app: &AppContext, config: Option<&Arc<Config>>) -> Places<News> {
    let operator = match config {
        Some(config) => app.operator(config),
        None => Operator::of(None, |name| {
            app.sources.environment.get(name).map(str::to_owned)
        }),
    };
    let tabs = TabContext::new(app.clone(), operator);
    let kept = config.and_then(|config| context::runs(config).ok());
    Places {
        tabs: vec![
            Box::new(Mounted::new(
                users::Users::tab(tabs.clone(), is_demo(app)),
                Mounting {
                    news: News::Users,
                    own_news: |news| match news {
                        News::Users(news) => Some(news),
                        _ => None,
                    },
                    act: Act::Users,
                    own_act: |act| match act {
                        Act::Users(act) => Some(act),
                        _ => None,
                    },
                },
            )),
            Box::new(Mounted::new(
                pimpinan::Push::tab(tabs.clone(), is_demo(app)),
                Mounting {
                    news: News::Pimpinan,
                    own_news: |news| match news {
                        News::Pimpinan(news) => Some(news),
                        _ => None,
                    },
                    act: Act::Pimpinan,
                    own_act: |act| match act {
                        Act::Pimpinan(act) => Some(act),
                        _ => None,
                    },
                },
            )),
            Box::new(Mounted::new(
                script::Script::new(tabs.clone()),
                Mounting {
                    news: News::Script,
                    own_news: |news| match news {
                        News::Script(news) => Some(news),
                        _ => None,
                    },
                    act: Act::Script,
                    own_act: |act| match act {
                        Act::Script(act) => Some(act),
                        _ => None,
                    },
                },
            )),
            Box::new(dapodik(tabs.clone())),
        ],
        runs: Box::new(Mounted::new(
            runs::Runs::new(tabs, kept),
            Mounting::plain(News::Runs, |news| match news {
                News::Runs(news) => Some(news),
                _ => None,
            }),
        )),
        context: right_of_bar(app, config),
    }
}

pub fn dapodik(context: TabContext) -> Mounted<EngineTab<dapodik::Sync>, dapodik::News, News> {
    let mounting = Mounting {
        news: News::Dapodik,
        own_news: |news| match news {
            News::Dapodik(news) => Some(news),
            _ => None,
        },
        act: Act::Dapodik,
        own_act: |act| match act {
            Act::Dapodik(act) => Some(act),
            _ => None,
        },
    };
    Mounted::new(dapodik::Sync::tab(context), mounting)
}

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

fn is_demo(app: &AppContext) -> bool {
    app.sources.environment.get(DEMO).is_some()
}

/// What stands at the right end of the bar: `demo · sqlite · read only`.
fn right_of_bar(app: &AppContext, config: Option<&Arc<Config>>) -> String {
    let mut parts = Vec::new();
    if is_demo(app) {
        parts.push("demo");
    }
    if let Some(config) = config {
        if let Part::Ready(settings) = &config.users {
            parts.push(settings.database.kind().word());
        }
        if config.read_only {
            parts.push("read only");
        }
    }
    parts.join(" · ")
}
