//! The tab of something that is not set up: what it does, and which keys of the configuration it
//! needs for that. A page, not an error; the other tabs work.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Effects, Protocol, Tab};
use crate::config::Problem;
use crate::text;
use crate::tui::keys::{self, Action, Binding, Move};
use crate::tui::tab::Effect;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::page::Page;
use crate::tui::widget::page::{Rows, wrapped};

/// An explanation with the settings that would bring the tab to life.
#[derive(Clone, Debug)]
pub struct SetupPage {
    title: String,
    paragraphs: Vec<String>,
    settings: Vec<(String, String)>,
    page: Page,
}

impl SetupPage {
    pub fn new(title: &str) -> Self {
        Self {
            title: text::scrub(title),
            paragraphs: Vec::new(),
            settings: Vec::new(),
            page: Page::default(),
        }
    }

    #[must_use]
    pub fn paragraph(mut self, words: &str) -> Self {
        self.paragraphs.push(text::scrub(words));
        self
    }

    /// Adds a setting it needs, with what it is for.
    #[must_use]
    pub fn setting(mut self, key: &str, meaning: &str) -> Self {
        self.settings.push((text::scrub(key), text::scrub(meaning)));
        self
    }

    /// Says what is missing, and leaves away what is there: the page asks for nothing else.
    #[must_use]
    pub fn lacking(self, problem: &Problem) -> Self {
        let sentence = problem.sentence();
        let is_missing = |key: &str| {
            let dotted = match key.split_once("] ") {
                Some((section, name)) => format!("{}.{name}", section.trim_start_matches('[')),
                None => key.trim_matches(['[', ']']).to_owned(),
            };
            sentence.contains(&format!("`{dotted}`"))
        };
        let mut page = self.paragraph(&sentence);
        page.settings.retain(|(key, _)| is_missing(key));
        page
    }

    /// The first start, when there is no configuration yet and it would be at `file`.
    pub fn welcome(file: &str) -> Self {
        Self::new("Welcome")
            .paragraph(
                "selaras keeps the data of this office in harmony: users, pimpinan, databases, \
                 Dapodik. It shows what it would do, asks, and then does exactly that.",
            )
            .paragraph("There is no configuration yet. There are two ways on:")
            .paragraph("selaras demo          tries everything in a world of its own")
            .paragraph("selaras config init   writes a file to begin with")
            .paragraph(&format!("The file will be {file}"))
    }

    pub fn users() -> Self {
        Self::new("Users")
            .paragraph(
                "Brings the users of each location in line with its central API: new ones are \
                 added, those who came back are reactivated, those who are gone are deactivated. \
                 The preview shows every row before anything is written.",
            )
            .setting(
                "[users] database",
                "where users and locations are kept; default: embedded",
            )
            .setting("[[users.location]]", "code, name and url of each location")
            .setting(
                "EXTERNAL_API_EMAIL",
                "who signs in to the locations (environment or .env)",
            )
            .setting(
                "EXTERNAL_API_PASSWORD",
                "the password for it (environment or .env)",
            )
    }

    pub fn pimpinan() -> Self {
        Self::new("Pimpinan Push")
            .paragraph(
                "Sends the pimpinan of this office to the central API. One sees who would be \
                 sent, who is refused and why, and the exact payload, before anything leaves.",
            )
            .setting(
                "[pimpinan] database",
                "the database the pimpinan are read from",
            )
            .setting("[pimpinan] url", "where they are sent")
            .setting("PIMPINAN_API_KEY", "the key for it (environment or .env)")
    }

    pub fn script() -> Self {
        Self::new("DB Script")
            .paragraph(
                "Runs the database script of this office, here or behind its API, one at a time. \
                 Its output can be followed live, and the run continues when the connection drops.",
            )
            .setting(
                "[script] path",
                "the script, or SYNC_SCRIPT_PATH in the environment",
            )
            .setting(
                "[script] target",
                "\"local\", or \"remote\" together with url",
            )
            .setting(
                "SCRIPT_API_TOKEN",
                "remote only: the token (environment or .env)",
            )
    }

    pub fn dapodik() -> Self {
        Self::new("Dapodik")
            .paragraph(
                "Fetches schools and PTK from Dapodik, kecamatan by kecamatan or all at once, \
                 shows how far each one is, and can continue where an earlier run ended.",
            )
            .setting(
                "[dapodik] source",
                "\"remote\" (the E-Alumni backend) or \"portal\"",
            )
            .setting("[dapodik] url", "remote: the address of the backend")
            .setting(
                "[dapodik] database",
                "portal: where the data is kept; default: embedded",
            )
            .setting("EALUMNI_USERNAME, EALUMNI_PASSWORD", "remote: who signs in")
    }

    /// Dapodik from the portal itself, with what of its settings is missing.
    pub fn portal(problem: Option<&Problem>) -> Self {
        let page = Self::new("Dapodik").paragraph(
            "Fetches schools and PTK from the regional portal and writes them to the database: \
             source = \"portal\". Nothing is started here before it was shown and confirmed.",
        );
        match problem {
            Some(problem) => page
                .setting("[dapodik.portal] base_url", "the address of the portal")
                .lacking(problem),
            None => page,
        }
    }

    fn rows(&self, width: u16) -> Rows {
        let mut rows = Rows::new();
        for paragraph in &self.paragraphs {
            wrapped(&mut rows, paragraph, Tone::Plain, 0, width);
            rows.push((String::new(), Tone::Plain));
        }
        if self.settings.is_empty() {
            return rows;
        }
        rows.push(("It is not set up yet. It needs:".to_owned(), Tone::Title));
        for (key, meaning) in &self.settings {
            rows.push((format!("  {key}"), Tone::Accent));
            wrapped(&mut rows, meaning, Tone::Dim, 4, width);
        }
        rows.push((String::new(), Tone::Plain));
        let how = "selaras config init writes a file to begin with; selaras demo shows everything \
                   in a world of its own.";
        wrapped(&mut rows, how, Tone::Plain, 0, width);
        rows
    }

    pub fn go(&mut self, step: Move) {
        self.page.go(step);
    }

    /// The names of the settings it needs, a line each.
    pub fn settings(&self) -> String {
        let names: Vec<&str> = self.settings.iter().map(|(key, _)| key.as_str()).collect();
        names.join("\n")
    }

    /// The key that copies them.
    pub fn copy_key<A>(&self) -> Binding<A> {
        let none = self.settings.is_empty();
        Binding::of(Action::Copy, "copy", "Copies the settings it needs.")
            .unless(none.then_some("there is nothing to copy here"))
    }

    pub fn paint(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let rows = |width| self.rows(width);
        self.page
            .framed(buffer, area, (&self.title, ""), &rows, theme);
    }
}

impl<N: Protocol> Tab<N> for SetupPage {
    fn title(&self) -> &str {
        &self.title
    }

    fn keys(&self) -> Vec<Binding<N::Act>> {
        let mut keys = keys::moves();
        keys.push(self.copy_key());
        keys
    }

    fn act(&mut self, action: Action<N::Act>) -> Effects<N> {
        match action {
            Action::Move(step) => {
                self.go(step);
                Vec::new()
            }
            Action::Copy => vec![Effect::Copy(self.settings())],
            _ => Vec::new(),
        }
    }

    fn on(&mut self, _news: N) -> Effects<N> {
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        self.paint(buffer, area, theme);
    }
}
