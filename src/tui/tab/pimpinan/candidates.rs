//! The candidates of a plan in the order they are shown: refused ones first, the others by id.

use crate::pimpinan::{Marked, Official, Plan, say};
use crate::tui::theme::Tone;

/// How a candidate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It cannot be sent.
    Refused,
    /// It is sent.
    Sent,
    /// It could be sent, and was left out.
    LeftOut,
}

impl Standing {
    /// The sign before the row.
    pub fn sign(self) -> (&'static str, Tone) {
        match self {
            Self::Refused => ("✗", Tone::Bad),
            Self::Sent => ("✓", Tone::Good),
            Self::LeftOut => ("○", Tone::Dim),
        }
    }
}

/// A row of Docku's that a person looks at; its texts are as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    pub standing: Standing,
    pub id: Option<i64>,
    pub username: Option<&'a str>,
    pub nama: Option<&'a str>,
    pub jabatan: Option<&'a str>,
    pub role: Option<&'a str>,
    /// What is to be said about it, and what that means.
    pub note: (String, Tone),
}

impl Candidate<'_> {
    /// All its texts, for a filter.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let fields = [self.username, self.nama, self.jabatan, self.role];
        let fields = fields.into_iter().flatten();
        fields.chain([self.note.0.as_str()])
    }
}

/// All candidates of `plan`; `marked` are those that the central API named last time.
pub fn of<'a>(plan: &'a Plan, marked: &[Marked]) -> Vec<Candidate<'a>> {
    let refused = plan.refused.iter().map(|row| Candidate {
        standing: Standing::Refused,
        id: row.id,
        username: row.username.as_deref(),
        nama: row.nama.as_deref(),
        jabatan: row.jabatan.as_deref(),
        role: row.role.as_deref(),
        note: (row.reason.clone(), Tone::Bad),
    });
    let sent = plan.send.iter().map(|one| (Standing::Sent, one));
    let left_out = plan.left_out.iter().map(|one| (Standing::LeftOut, one));
    let mut others: Vec<_> = sent.chain(left_out).collect();
    others.sort_by_key(|(_, one)| one.id);
    let others = others.into_iter().map(|(standing, one)| Candidate {
        standing,
        id: Some(one.id),
        username: Some(&one.username),
        nama: Some(&one.nama),
        jabatan: one.jabatan.as_deref(),
        role: Some(&one.role),
        note: note(plan, standing, one, marked),
    });
    refused.chain(others).collect()
}

fn note(plan: &Plan, standing: Standing, one: &Official, marked: &[Marked]) -> (String, Tone) {
    let said = marked.iter().find(|row| row.id == Some(one.id));
    match (said, standing) {
        (Some(row), _) => (format!("! {}", row.reason), Tone::Warn),
        (None, Standing::LeftOut) => (say::LEFT_OUT.to_owned(), Tone::Dim),
        (None, _) => (say::change(plan, one.id), Tone::Accent),
    }
}
