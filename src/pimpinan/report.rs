//! The payload and the choices of a plan; plans and reports for code that knows no engine by name.

use serde::Serialize;
use uuid::Uuid;

use super::central::Answer;
use super::model::{Official, Plan, Report};
use super::{RESOURCE, describe};
use crate::engine::{Outcome, Seal, Summary, Verdict};
use crate::error::{Error, Failure, Kind, Result};

/// What travels.
#[derive(Serialize)]
struct Payload<'a> {
    users: &'a [Official],
}

impl Seal for Plan {
    fn hash_mut(&mut self) -> &mut String {
        &mut self.hash
    }
}

impl Plan {
    /// The JSON that is sent, byte for byte.
    pub fn payload(&self) -> Result<String> {
        serde_json::to_string(&Payload { users: &self.send })
            .map_err(|cause| Error::bug("the officials are no JSON").because(cause))
    }

    /// Leaves officials out; ids that are not to be sent are ignored.
    pub fn leave_out(&mut self, ids: &[i64]) -> Result<()> {
        transfer(&mut self.send, &mut self.left_out, ids);
        self.reseal()
    }

    /// Takes officials in again that were left out; other ids are ignored.
    pub fn take_in(&mut self, ids: &[i64]) -> Result<()> {
        transfer(&mut self.left_out, &mut self.send, ids);
        self.reseal()
    }

    /// Sends these officials and no others of those that can be sent.
    pub fn only(&mut self, ids: &[i64]) -> Result<()> {
        let sent = self.send.iter().map(|one| one.id);
        let others: Vec<i64> = sent.filter(|id| !ids.contains(id)).collect();
        self.leave_out(&others)
    }

    /// Whether a push would tell the central API something that the last one did not.
    pub fn has_changes(&self) -> bool {
        let Some(since) = self.since.as_ref().filter(|since| since.url == self.url) else {
            return !self.send.is_empty();
        };
        let new = since.new.iter().map(|one| one.id);
        let mut changed = new.chain(since.changed.iter().map(|one| one.id));
        changed.any(|id| self.send.iter().any(|one| one.id == id))
    }
}

fn transfer(from: &mut Vec<Official>, to: &mut Vec<Official>, ids: &[i64]) {
    to.extend(from.extract_if(.., |one| ids.contains(&one.id)));
    to.sort_by_key(|one| one.id);
}

impl Summary for Plan {
    fn id(&self) -> Uuid {
        self.id
    }

    fn is_empty(&self) -> bool {
        self.send.is_empty()
    }

    fn target(&self) -> String {
        crate::text::scrub(&self.host)
    }

    fn resources(&self) -> Vec<String> {
        vec![RESOURCE.to_owned()]
    }
}

impl Report {
    /// Nothing was to be sent.
    pub(super) fn empty(plan: &Plan) -> Self {
        Self {
            url: plan.url.clone(),
            code: None,
            message: "Nobody is to be sent; nothing was sent.".to_owned(),
            sent: 0,
            rows: Vec::new(),
            stats: None,
            request_id: None,
            duration_ms: 0,
            notes: Vec::new(),
            error: None,
        }
    }

    /// The central API answered, or did not.
    pub(super) fn of(plan: &Plan, answer: Answer, duration_ms: u64) -> Self {
        let accepted =
            (answer.failure.as_ref()).is_none_or(|failure| failure.kind == Kind::Partial);
        Self {
            url: plan.url.clone(),
            code: Some(answer.code),
            message: answer.message,
            sent: if accepted { plan.send.len() as u64 } else { 0 },
            rows: answer.rows,
            stats: answer.stats,
            request_id: answer.request_id,
            duration_ms,
            notes: answer.note.into_iter().collect(),
            error: answer.failure,
        }
    }
}

impl Outcome for Report {
    fn verdict(&self) -> Verdict {
        match self.error.as_ref().map(|error| error.kind) {
            None => Verdict::Clean,
            Some(Kind::Partial) => Verdict::Partial,
            Some(Kind::Stopped) => Verdict::Stopped,
            Some(_) => Verdict::Failed,
        }
    }

    fn failure(&self) -> Option<Failure> {
        self.error.clone()
    }

    fn sentence(&self) -> String {
        describe::result(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pimpinan::model::{Changes, Named};
    use jiff::Timestamp;

    fn plan() -> Plan {
        let official = |id: i64| Official {
            id,
            username: format!("user{id}"),
            nama: "Padmarini".into(),
            jabatan: None,
            role: "pimpinan".into(),
        };
        let mut plan = Plan {
            engine: "pimpinan".into(),
            id: Uuid::nil(),
            hash: String::new(),
            url: "https://central.example/api".into(),
            host: "central.example".into(),
            production: false,
            database: "sqlite docku.db".into(),
            rows: 3,
            excluded: 0,
            excluded_roles: std::iter::empty().collect(),
            refused: Vec::new(),
            send: [4, 6, 7].map(official).into(),
            left_out: Vec::new(),
            since: None,
            notes: Vec::new(),
        };
        plan.reseal().unwrap();
        plan
    }

    fn ids(officials: &[Official]) -> Vec<i64> {
        officials.iter().map(|one| one.id).collect()
    }

    #[test]
    fn the_payload_has_exactly_the_five_keys_in_their_order() {
        let mut plan = plan();
        plan.only(&[4]).unwrap();
        let expected = r#"{"users":[{"id":4,"username":"user4","nama":"Padmarini","jabatan":null,"role":"pimpinan"}]}"#;
        assert_eq!(plan.payload().unwrap(), expected);
    }

    #[test]
    fn officials_are_left_out_and_taken_in_again_under_a_seal_that_fits() {
        let mut plan = plan();
        let whole = plan.clone();
        plan.leave_out(&[6, 99]).unwrap();
        assert_eq!(
            (ids(&plan.send), ids(&plan.left_out)),
            (vec![4, 7], vec![6])
        );
        assert!(plan.check().unwrap() && plan.hash != whole.hash);
        plan.take_in(&[6, 4]).unwrap();
        assert_eq!(plan, whole);
        plan.leave_out(&[4, 6, 7]).unwrap();
        assert!(plan.is_empty());
        plan.send = whole.send;
        assert!(!plan.check().unwrap());
    }

    #[test]
    fn a_push_has_changes_when_someone_who_is_sent_is_new_or_otherwise() {
        let mut plan = plan();
        assert!(plan.has_changes(), "no push is known");
        let new = vec![Named {
            id: 6,
            username: "user6".into(),
        }];
        let since = |new: Vec<Named>, url: &str| Changes {
            at: Timestamp::UNIX_EPOCH,
            url: url.to_owned(),
            new,
            changed: Vec::new(),
            gone: Vec::new(),
        };
        let url = plan.url.clone();
        plan.since = Some(since(Vec::new(), &url));
        assert!(!plan.has_changes());
        plan.since = Some(since(Vec::new(), "https://other.example"));
        assert!(plan.has_changes(), "another central API knows nothing");
        plan.since = Some(since(new, &url));
        assert!(plan.has_changes());
        plan.leave_out(&[6]).unwrap();
        assert!(!plan.has_changes());
    }
}
