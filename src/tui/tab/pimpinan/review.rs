//! What a person does with the candidates: walk, filter, leave out, look at one, at the payload.
//!
//! The plan itself is the flow's. Who was left out is remembered by id, so that a new look at Docku
//! does not take them in again.

use std::collections::BTreeSet;

use ratatui::layout::{Position, Rect};

use crate::error::Result;
use crate::pimpinan::{Marked, Official, Plan, describe};
use crate::tui::keys::Move;
use crate::tui::theme::Tone;
use crate::tui::widget::list::List;
use crate::tui::widget::page::Page;
use crate::tui::widget::prompt::Filter;

#[derive(Debug, Default)]
pub struct Review {
    pub(super) list: List,
    pub(super) filter: Filter,
    /// Where one reads in the payload, while it is open.
    pub(super) payload: Option<Page>,
    detail: bool,
    left_out: BTreeSet<i64>,
    marked: Vec<Marked>,
}

impl Review {
    /// A new plan came: who was left out stays out.
    pub fn set_plan(&mut self, plan: &mut Plan) -> Result<()> {
        self.payload = None;
        let left_out: Vec<i64> = self.left_out.iter().copied().collect();
        plan.leave_out(&left_out)?;
        let length = self.passing(plan).len();
        self.list.select(self.list.selected(), length);
        Ok(())
    }

    /// A push ended: the rows that were `marked` are shown so; after a clean one all are in again.
    pub fn pushed(&mut self, marked: &[Marked], clean: bool) {
        self.marked = marked.to_vec();
        if clean {
            self.left_out.clear();
        }
    }

    pub fn passing<'a>(&self, plan: &'a Plan) -> Vec<Candidate<'a>> {
        let mut all = candidates(plan, &self.marked);
        all.retain(|one| self.filter.passes(one.texts()));
        all
    }

    pub fn selected<'a>(&self, plan: &'a Plan) -> Option<Candidate<'a>> {
        self.passing(plan).into_iter().nth(self.list.selected())
    }

    /// The same, where its detail is open.
    pub fn opened<'a>(&self, plan: &'a Plan) -> Option<Candidate<'a>> {
        self.detail.then(|| self.selected(plan))?
    }

    pub fn go(&mut self, plan: &Plan, step: Move) {
        if let Some(page) = &mut self.payload {
            page.go(step);
        } else {
            let length = self.passing(plan).len();
            self.list.go(step, length);
        }
    }

    /// Leaves the selected official out, or takes it in again; the reason why it cannot be sent,
    /// where it is refused.
    pub fn toggle(&mut self, plan: &mut Plan) -> Result<Option<String>> {
        let Some(candidate) = self.selected(plan) else {
            return Ok(None);
        };
        let (state, id) = (candidate.state, candidate.id);
        let reason = candidate.note.0;
        match (state, id) {
            (CandidateState::Sent, Some(id)) => {
                self.left_out.insert(id);
                plan.leave_out(&[id])?;
            }
            (CandidateState::LeftOut, Some(id)) => {
                self.left_out.remove(&id);
                plan.take_in(&[id])?;
            }
            _ => return Ok(Some(reason)),
        }
        Ok(None)
    }

    pub fn toggle_payload(&mut self) {
        self.payload = match self.payload {
            Some(_) => None,
            None => Some(Page::default()),
        };
    }

    pub fn toggle_detail(&mut self) {
        self.detail = !self.detail;
    }

    pub fn open_filter(&mut self) {
        self.filter.open();
    }

    pub fn can_go_back(&self) -> bool {
        self.payload.is_some() || self.detail || self.filter.is_on()
    }

    pub fn back(&mut self) {
        if self.payload.take().is_none() && !std::mem::take(&mut self.detail) {
            self.filter.clear();
        }
    }

    pub fn capture(&mut self, key: crate::tui::keys::Key) -> bool {
        let taken = self.filter.take(key).is_some();
        if taken {
            self.list.select(0, 1);
        }
        taken
    }

    pub fn paste(&mut self, words: &str) {
        if self.filter.paste(words).is_some() {
            self.list.select(0, 1);
        }
    }

    pub fn point(&mut self, plan: &Plan, at: Position, pane: Rect) {
        if self.payload.is_some() || !pane.contains(at) {
            return;
        }
        // The border and the heading, and the filter where there is one.
        let head = 2 + u16::from(self.filter.is_on());
        let length = self.passing(plan).len();
        let line = at.y.checked_sub(pane.y + head);
        if let Some(row) = line.and_then(|line| self.list.row_at(line, length)) {
            self.list.select(row, length);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateState {
    Refused,
    Sent,
    /// It could be sent, and was left out.
    LeftOut,
}

impl CandidateState {
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
    pub state: CandidateState,
    pub id: Option<i64>,
    pub username: Option<&'a str>,
    pub nama: Option<&'a str>,
    pub jabatan: Option<&'a str>,
    pub role: Option<&'a str>,
    /// What is to be said about it, and what that means.
    pub note: (String, Tone),
}

impl Candidate<'_> {
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let fields = [self.username, self.nama, self.jabatan, self.role];
        let fields = fields.into_iter().flatten();
        fields.chain([self.note.0.as_str()])
    }
}

/// All candidates of `plan`, refused ones first, the others by id; `marked` are those that the central API named last time.
fn candidates<'a>(plan: &'a Plan, marked: &[Marked]) -> Vec<Candidate<'a>> {
    let refused = plan.refused.iter().map(|row| Candidate {
        state: CandidateState::Refused,
        id: row.id,
        username: row.username.as_deref(),
        nama: row.nama.as_deref(),
        jabatan: row.jabatan.as_deref(),
        role: row.role.as_deref(),
        note: (row.reason.clone(), Tone::Bad),
    });
    let sent = plan.send.iter().map(|one| (CandidateState::Sent, one));
    let left_out = plan
        .left_out
        .iter()
        .map(|one| (CandidateState::LeftOut, one));
    let mut others: Vec<_> = sent.chain(left_out).collect();
    others.sort_by_key(|(_, one)| one.id);
    let others = others.into_iter().map(|(state, one)| Candidate {
        state,
        id: Some(one.id),
        username: Some(&one.username),
        nama: Some(&one.nama),
        jabatan: one.jabatan.as_deref(),
        role: Some(&one.role),
        note: note(plan, state, one, marked),
    });
    refused.chain(others).collect()
}

fn note(plan: &Plan, state: CandidateState, one: &Official, marked: &[Marked]) -> (String, Tone) {
    let said = marked.iter().find(|row| row.id == Some(one.id));
    match (said, state) {
        (Some(row), _) => (format!("! {}", row.reason), Tone::Warn),
        (None, CandidateState::LeftOut) => (describe::LEFT_OUT.to_owned(), Tone::Dim),
        (None, _) => (describe::change(plan, one.id), Tone::Accent),
    }
}
