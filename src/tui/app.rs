//! The one owner of everything on the screen: takes presses and news, gives commands, draws itself.
//!
//! Synchronous and without any I/O: time, keys and news come in as values; what must be done
//! outside goes out as [`Command`]s. Keys go to the first of:
//!
//! ```text
//!   dialog ▸ overlay (help, palette, log) ▸ what is typed in the place ▸ the place ▸ the frame
//! ```

mod bindings;
mod draw;
mod press;

use std::process;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ratatui::layout::Size;

use super::keys::Action;
use super::notices::{Notice, Notices};
use super::overlay::{Help, Overlay, Palette};
use super::run_watcher::RunEvent;
use super::tab::Effect;
use super::tab::{Effects, Protocol, Tab};
use super::tasks::{Place, Ticket, Work, WorkName};
use super::theme::{Theme, Tone};
use super::widget::confirm::Confirm;
use super::widget::lines::Reading;
use crate::run::Run;

/// How long the footer shows why a key did nothing.
const KEY_HINT_TIME: Duration = Duration::from_secs(4);

pub struct Places<N: Protocol> {
    pub tabs: Vec<Box<dyn Tab<N>>>,
    /// What `R` shows.
    pub runs: Box<dyn Tab<N>>,
    /// What stands at the right end of the bar, such as `demo · sqlite`.
    pub context: String,
}

/// What the session must do for the app.
#[derive(Debug)]
pub enum Command<N> {
    Work(Place, Work<N>),
    Abort(Place, WorkName),
    Copy(String),
    Bell,
    Mouse(bool),
    /// Give the terminal to the shell until it comes back.
    Suspend,
    /// Run this program in the terminal until it ends.
    RunProgram(process::Command),
    Redraw,
    Quit,
}

struct Dialog {
    confirm: Confirm,
    place: Place,
    /// When a frame with it was flushed; no key read before that counts.
    shown: Option<Instant>,
}

pub struct App<N: Protocol> {
    places: Places<N>,
    tab: usize,
    place: Place,
    overlay: Option<Overlay>,
    dialog: Option<Dialog>,
    notices: Notices,
    /// Why the last key did nothing, until the next one or until then; `None` until a frame has
    /// shown it.
    key_hint: Option<(String, Option<Instant>)>,
    theme: Theme,
    size: Size,
    mouse: bool,
    cannot_suspend: Option<String>,
}

impl<N: Protocol> App<N> {
    pub fn new(places: Places<N>, theme: Theme, mouse: bool) -> Self {
        Self {
            places,
            tab: 0,
            place: Place::Tab(0),
            overlay: None,
            dialog: None,
            notices: Notices::default(),
            key_hint: None,
            theme,
            size: Size::new(80, 24),
            mouse,
            cannot_suspend: None,
        }
    }

    /// Switches `Ctrl-Z` off, for this reason.
    pub fn refuse_to_suspend(&mut self, reason: Option<String>) {
        self.cannot_suspend = reason;
    }

    pub fn start(&mut self) -> Vec<Command<N>> {
        let mut commands = Vec::new();
        for place in self.all_places() {
            let effects = self.place_mut(place).map(Tab::start).unwrap_or_default();
            commands.extend(self.carry_out(place, effects));
        }
        commands.extend(self.show(Place::Tab(0)));
        commands
    }

    pub fn news(&mut self, place: Place, news: N) -> Vec<Command<N>> {
        let effects = self.place_mut(place).map(|tab| tab.on(news));
        self.carry_out(place, effects.unwrap_or_default())
    }

    /// Takes the panic of a piece of work.
    pub fn broken(&mut self, ticket: Ticket) -> Vec<Command<N>> {
        let Ticket { place, name, .. } = ticket;
        let effects = self.place_mut(place).map(|tab| tab.broken(name));
        let written = if ticket.is_vital() {
            "it may have been done all the same"
        } else {
            "nothing was written by it"
        };
        let words = format!(
            "“{}” broke off because of a bug in selaras; {written}",
            name.task
        );
        self.say(Notice::new(&words, Tone::Bad));
        self.carry_out(place, effects.unwrap_or_default())
    }

    pub fn say(&mut self, notice: Notice) {
        let gone = self.notices.say(notice, self.theme.now);
        if let Some(Overlay::Log(reading)) = &mut self.overlay {
            reading.forget(gone);
        }
    }

    /// Notes that a frame was flushed at `now`: a question in it may be answered from then on,
    /// unless the screen was too small to show it.
    pub fn flushed(&mut self, now: Instant) {
        let room = self.has_room();
        if room {
            self.notices.flushed(now);
            if let Some((_, until)) = &mut self.key_hint {
                until.get_or_insert(now + KEY_HINT_TIME);
            }
        }
        if let Some(dialog) = &mut self.dialog {
            dialog.shown = room.then(|| dialog.shown.unwrap_or(now));
        }
    }

    /// Whether a question waits for its first frame.
    pub fn must_draw_first(&self) -> bool {
        self.dialog
            .as_ref()
            .is_some_and(|dialog| dialog.shown.is_none())
    }

    /// Whether something on the screen changes by itself.
    pub fn moves(&self) -> bool {
        let places = self.all_places();
        let mut tabs = places.into_iter().filter_map(|place| self.place(place));
        tabs.any(|tab| tab.badge().moves())
    }

    /// The short ids of the runs that continue without this screen; `None` for one being started.
    pub fn running(&self) -> Vec<Option<String>> {
        let tabs = self.places.tabs.iter();
        tabs.flat_map(|tab| tab.running()).collect()
    }

    /// When a message on the screen expires.
    pub fn deadline(&self) -> Option<Instant> {
        let key_hint = self.key_hint.as_ref().and_then(|(_, until)| *until);
        [self.notices.deadline(), key_hint]
            .into_iter()
            .flatten()
            .min()
    }

    /// Sets the time, as a machine counts it and as people do; `tick` turns the spinner. Says
    /// whether that alone changed something to be drawn.
    pub fn pass_time(&mut self, now: Instant, at: Timestamp, tick: usize) -> bool {
        self.theme.now = at;
        let turned = self.theme.tick != tick && self.moves();
        if turned {
            self.theme.tick = tick;
        }
        let forgets = self.key_hint.as_ref();
        let forgets = forgets.is_some_and(|(_, until)| until.is_some_and(|until| until <= now));
        if forgets {
            self.key_hint = None;
        }
        self.notices.expire(now) || forgets || turned
    }

    fn all_places(&self) -> Vec<Place> {
        let tabs = (0..self.places.tabs.len()).map(Place::Tab);
        tabs.chain([Place::Runs]).collect()
    }

    fn place(&self, place: Place) -> Option<&dyn Tab<N>> {
        match place {
            Place::Tab(index) => self.places.tabs.get(index).map(AsRef::as_ref),
            Place::Runs => Some(self.places.runs.as_ref()),
        }
    }

    fn place_mut(&mut self, place: Place) -> Option<&mut dyn Tab<N>> {
        match place {
            Place::Tab(index) => match self.places.tabs.get_mut(index) {
                Some(tab) => Some(tab.as_mut()),
                None => None,
            },
            Place::Runs => Some(self.places.runs.as_mut()),
        }
    }

    fn act(&mut self, place: Place, action: Action<N::Act>) -> Vec<Command<N>> {
        match action {
            Action::Show(index) if index < self.places.tabs.len() => self.show(Place::Tab(index)),
            Action::Runs if self.place == Place::Runs => self.show(Place::Tab(self.tab)),
            Action::Runs => self.show(Place::Runs),
            Action::Help => self.lay_over(Overlay::Help(Help::default())),
            Action::Palette => self.lay_over(Overlay::Palette(Palette::default())),
            Action::Log => self.lay_over(Overlay::Log(Reading::default())),
            Action::Mouse => {
                self.mouse = !self.mouse;
                let words = if self.mouse {
                    "The mouse is on; most terminals still select text with Shift held down"
                } else {
                    "The mouse is off"
                };
                self.say(Notice::new(words, Tone::Plain));
                vec![Command::Mouse(self.mouse)]
            }
            Action::Suspend => vec![Command::Suspend],
            Action::Redraw => vec![Command::Redraw],
            Action::Quit => vec![Command::Quit],
            _ => {
                let effects = self.place_mut(place).map(|tab| tab.act(action));
                self.carry_out(place, effects.unwrap_or_default())
            }
        }
    }

    fn lay_over(&mut self, overlay: Overlay) -> Vec<Command<N>> {
        self.overlay = Some(overlay);
        Vec::new()
    }

    fn show(&mut self, place: Place) -> Vec<Command<N>> {
        let before = std::mem::replace(&mut self.place, place);
        if before != place
            && let Some(tab) = self.place_mut(before)
        {
            tab.hidden();
        }
        if let Place::Tab(index) = place {
            self.tab = index;
        }
        let effects = self.place_mut(place).map(Tab::shown);
        self.carry_out(place, effects.unwrap_or_default())
    }

    fn place_of(&self, engine: &str) -> Option<Place> {
        let tabs = self.places.tabs.iter();
        let index = tabs
            .map(|tab| tab.engines())
            .position(|engines| engines.contains(&engine))?;
        Some(Place::Tab(index))
    }

    fn run_event(&mut self, event: &RunEvent) -> Vec<Command<N>> {
        let Some(place) = event.engine().and_then(|engine| self.place_of(engine)) else {
            return Vec::new();
        };
        let effects = self.place_mut(place).map(|tab| tab.run_event(event));
        self.carry_out(place, effects.unwrap_or_default())
    }

    fn undo(&mut self, run: &Run) -> Vec<Command<N>> {
        let Some(place) = self.place_of(&run.manifest.engine) else {
            return Vec::new();
        };
        let effects = self.place_mut(place).map(|tab| tab.undo(run.id()));
        let mut commands = self.carry_out(place, effects.unwrap_or_default());
        commands.extend(self.show(place));
        commands
    }

    /// Does what the frame can do itself and hands on the rest.
    fn carry_out(&mut self, place: Place, effects: Effects<N>) -> Vec<Command<N>> {
        let mut commands = Vec::new();
        for effect in effects {
            match effect {
                Effect::Work(work) => commands.push(Command::Work(place, work)),
                Effect::Abort(name) => commands.push(Command::Abort(place, name)),
                Effect::Copy(words) => commands.push(Command::Copy(words)),
                Effect::RunProgram(command) => commands.push(Command::RunProgram(command)),
                Effect::Bell => commands.push(Command::Bell),
                Effect::Say(notice) => self.say(notice),
                Effect::Show(other) => commands.extend(self.show(other)),
                Effect::RunEvent(event) => commands.extend(self.run_event(&event)),
                Effect::Undo(run) => commands.extend(self.undo(&run)),
                Effect::Ask(confirm) => {
                    self.dialog = Some(Dialog {
                        confirm,
                        place,
                        shown: None,
                    });
                }
            }
        }
        commands
    }
}
