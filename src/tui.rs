//! The full-screen dashboard: a face that collects a request, shows a plan, asks, shows a run.
//!
//! ```text
//!   keys ─▶ Session ─▶ App ─▶ the tab's place      bar     1 Users  2 Pimpinan Push  …
//!   work ─▶ (one queue)  │         │               body    the tab
//!            ▲           └─ orders ┘               status  the result sentence
//!            └── Tasks ◀─────┘                     footer  the keys that work here
//! ```
//! [`run`] takes plain values and the tabs; it knows no engine, no configuration, no run folder:
//! [`dashboard`] puts those together. A tab is anything that is a [`tab::Tab`]; everything it can do is a row of its key table.

pub mod app;
pub mod capabilities;
pub mod clipboard;
pub mod console;
pub mod dashboard;
pub mod flow;
pub mod input;
pub mod keys;
mod mounted;
pub mod notices;
pub mod overlay;
pub mod run_controller;
pub mod run_watcher;
pub mod session;
pub mod tab;
pub mod tasks;
pub mod terminal;
pub mod theme;
pub mod widget;

use crate::clock::Clock;
use crate::error::Result;
use crate::text;
use app::{App, Places};
use capabilities::{Switch, TerminalCapabilities};
use console::End;
use session::{Session, SessionOptions};
use terminal::Screen;
use theme::{Choice, Theme};

/// The `[screen]` settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Colours.
    pub theme: Choice,
    /// Whether more than ASCII may be drawn.
    pub unicode: Switch,
    /// Whether the mouse is reported at the start; a key toggles it.
    pub mouse: Switch,
    /// Whether the bell rings when a run ends.
    pub bell: bool,
    /// What time it is.
    pub clock: Clock,
}

/// How a screen was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// Why.
    pub end: End,
    /// The short ids of the runs that continue without it; `None` for one being started.
    pub running: Vec<Option<String>>,
}

impl Farewell {
    /// What to say on the shell, if anything.
    pub fn sentence(&self) -> Option<String> {
        let names: Vec<&str> = self.running.iter().flatten().map(String::as_str).collect();
        match (&self.running[..], &names[..]) {
            ([], _) => None,
            ([_], []) => Some(
                "a run continues without this screen; `selaras runs follow` brings it back"
                    .to_owned(),
            ),
            ([_], [name, ..]) => Some(format!(
                "run {name} continues without this screen; `selaras runs follow {name}` brings it back"
            )),
            (several, names) => {
                let count = u64::try_from(several.len()).unwrap_or(u64::MAX);
                let runs = text::plural(count, "run");
                let names = names.join(", ");
                Some(format!(
                    "{runs} continue without this screen ({names}); `selaras runs follow` and an id \
                     brings one back, `selaras` and R shows all"
                ))
            }
        }
    }
}

/// Shows `places` on the terminal until somebody leaves or the terminal does. Must be awaited on
/// the thread it was called on, because a panic there is what gives the terminal back.
pub async fn run<N: tab::Protocol>(options: Options, places: Places<N>) -> Result<Farewell> {
    let capabilities = TerminalCapabilities::read();
    let mouse = options.mouse.decide(!capabilities.ssh);
    let theme = Theme::new(options.theme, options.unicode, &capabilities);
    let mut app = App::new(places, theme, mouse);
    app.refuse_to_suspend(Screen::cannot_suspend());
    let options = SessionOptions {
        hold: capabilities.hold(),
        clipboard: clipboard::ClipboardMethod::new(&capabilities),
        bell: options.bell,
        clock: options.clock,
    };
    let mut session = Session::new(app, Screen::take(mouse)?, options);
    let end = session.run().await;
    let running = session.running();
    drop(session);
    Ok(Farewell { end: end?, running })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_leaves_is_told_which_runs_go_on_and_how_they_come_back() {
        let said = |names: &[Option<&str>]| {
            let running = names.iter().map(|name| name.map(str::to_owned)).collect();
            let end = End::Quit;
            Farewell { end, running }.sentence().unwrap_or_default()
        };
        assert_eq!(said(&[]), "");
        let one = said(&[Some("c41f9a")]);
        assert!(one.starts_with("run c41f9a continues"), "{one}");
        assert!(one.contains("`selaras runs follow c41f9a`"), "{one}");
        assert!(said(&[None]).contains("`selaras runs follow` brings it back"));
        let two = said(&[Some("c41f9a"), Some("0b3e11")]);
        assert!(
            two.starts_with("2 runs continue without this screen (c41f9a, 0b3e11)"),
            "{two}"
        );
    }
}
