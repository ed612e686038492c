//! The preview of a plan: what is asked of which server, how that stands, how long it took last
//! time; and the question that follows it.

use std::time::Duration;

use jiff::Timestamp;

use crate::dapodik::model::WhenRunning;
use crate::dapodik::{Plan, empties, preview, question as sentence};
use crate::engine::Summary as _;
use crate::text::short_id;
use crate::tui::keys::{self, Key};
use crate::tui::news::{Act, Action, Binding};
use crate::tui::tab::Status;
use crate::tui::theme::Tone;
use crate::tui::widget::confirm::Confirm;
use crate::tui::widget::paint;

const BESIDE: &str = "! A global sync runs over there, or died and left RUNNING. The backend locks \
                      nothing: two at once write the same rows.";

/// The page; `last` is how long the same took last time.
pub fn rows(
    plan: &Plan,
    last: Option<Duration>,
    now: Timestamp,
    width: u16,
) -> Vec<(String, Tone)> {
    let mut rows = Vec::new();
    for (index, line) in preview(plan, last, now).iter().enumerate() {
        let tone = match index {
            0 => Tone::Title,
            1 => Tone::Accent,
            _ if line.starts_with('!') => Tone::Warn,
            _ => Tone::Plain,
        };
        // The names are set in; a wrapped line is too.
        let indent = line.len() - line.trim_start().len();
        let blank = " ".repeat(indent);
        let room = width.saturating_sub(u16::try_from(indent).unwrap_or(0));
        let lines = paint::wrap(line.trim_start(), room).into_iter();
        rows.extend(lines.map(|line| (format!("{blank}{line}"), tone)));
    }
    if plan.obstacle().is_some() {
        rows.push((String::new(), Tone::Plain));
        let ways = if plan.scope.is_followed() {
            "w watches that one by its metadata and starts none; f starts \
                                  another beside it. RUNNING may also be left from a crash."
        } else {
            "f starts all the same. RUNNING may also be left from a crash."
        };
        let lines = paint::wrap(ways, width).into_iter();
        rows.extend(lines.map(|line| (line, Tone::Warn)));
    }
    rows
}

/// What would be done, or why nothing can be.
pub fn status(plan: &Plan) -> Status {
    match plan.obstacle() {
        Some(failure) => Status::new(&format!("✗ {}", failure.message), Tone::Bad),
        None => Status::new("Nothing is started yet; Enter asks", Tone::Plain),
    }
    .remark(&format!("plan {}", short_id(plan.id())))
}

/// The keys of a preview; `refused` says why nothing may be started at all.
pub fn keys(plan: &Plan, refused: Option<&str>) -> Vec<Binding> {
    let obstacle = plan.obstacle().map(|failure| failure.message);
    let why_not = refused.map(str::to_owned).or_else(|| obstacle.clone());
    let verb = verb(plan);
    let go = "Asks, naming what is started and where; nothing is started before.";
    let mut bindings =
        vec![Binding::new([Key::ENTER], Action::Own(Act::Word("ask")), verb, go).unless(why_not)];
    if obstacle.is_some() {
        let watch = "Watches the sync that runs over there, by its metadata; starts none.";
        let force = "Starts another sync beside the one that runs, after a typed confirmation.";
        if plan.scope.is_followed() {
            let key = [Key::char('w')];
            bindings.push(Binding::new(
                key,
                Action::Own(Act::Word("watch")),
                "watch it",
                watch,
            ));
        }
        let key = [Key::char('f')];
        bindings.push(
            Binding::new(key, Action::Own(Act::Word("force")), "force", force).unless(refused),
        );
    }
    let again = "Looks again, with the settings as they are by now.";
    let key = [Key::char('r')];
    bindings.push(Binding::new(
        key,
        Action::Own(Act::Word("again")),
        "again",
        again,
    ));
    let back = "Drops the plan; nothing was started.";
    bindings.push(Binding::new([Key::ESC], Action::Back, "back", back));
    bindings.extend(keys::moves());
    bindings
}

fn verb(plan: &Plan) -> &'static str {
    if plan.attaches() { "watch" } else { "start" }
}

/// The question; a second sync beside one that runs wants a word typed.
pub fn question(plan: &Plan, now: Timestamp) -> Confirm {
    let then = keys::Action::Confirmed(plan.id());
    let mut confirm = Confirm::new(&sentence(plan), verb(plan), then)
        .line(&plan.call(), Tone::Accent)
        .line(&plan.metadata.sentence(now), Tone::Plain);
    for one in &plan.kecamatan {
        confirm = confirm.line(&one.label(), Tone::Plain);
    }
    for note in &plan.notes {
        confirm = confirm.line(&format!("! {note}"), Tone::Warn);
    }
    if let Some(emptied) = &plan.emptied {
        let typed = emptied.typed();
        let label = format!("Type {typed} to go on: ");
        confirm = confirm
            .line(&format!("! {}", empties(emptied)), Tone::Bad)
            .typed_for(typed, &label);
    }
    if plan.metadata.is_running() && plan.when_running == WhenRunning::Force {
        return confirm
            .line(BESIDE, Tone::Bad)
            .typed_for("force", "Type force to go on: ");
    }
    confirm
}
