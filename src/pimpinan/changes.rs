//! What changed since the last successful push.
//!
//! Which push that is, a face knows from the runs it keeps; here is only the comparison.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::model::{Changed, Changes, Named, Official, Plan, Pushed, Report};

impl Pushed {
    /// What `plan` sent, ended `at`; `None` unless the central API took it in.
    pub fn of(plan: Plan, report: &Report, at: Timestamp) -> Option<Self> {
        if report.sent == 0 {
            return None;
        }
        let whole = plan.left_out.is_empty() && report.rows.is_empty();
        let marked: HashSet<_> = report.rows.iter().filter_map(|row| row.id).collect();
        let taken = |one: &Official| !marked.contains(&one.id);
        Some(Self {
            at,
            url: plan.url,
            officials: plan.send.into_iter().filter(taken).collect(),
            whole,
        })
    }

    /// Adds those whom only an `earlier` push sent.
    pub fn complete_from(&mut self, earlier: Self) {
        let known: HashSet<i64> = self.officials.iter().map(|one| one.id).collect();
        let others = earlier.officials.into_iter();
        self.officials
            .extend(others.filter(|one| !known.contains(&one.id)));
        self.whole |= earlier.whole;
    }
}

impl Changes {
    /// How those who can be sent now differ from what was `pushed`.
    pub fn since(pushed: &Pushed, send: &[Official]) -> Self {
        let before: HashMap<_, _> = pushed.officials.iter().map(|one| (one.id, one)).collect();
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for official in send {
            match before.get(&official.id) {
                None => new.push(named(official)),
                Some(old) if *old != official => changed.push(Changed {
                    id: official.id,
                    username: official.username.clone(),
                    fields: differing(old, official),
                }),
                Some(_) => {}
            }
        }
        let now: HashSet<i64> = send.iter().map(|one| one.id).collect();
        let gone = pushed.officials.iter();
        Self {
            at: pushed.at,
            url: pushed.url.clone(),
            new,
            changed,
            gone: gone
                .filter(|one| !now.contains(&one.id))
                .map(named)
                .collect(),
        }
    }

    /// Whether everything is as it was.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.gone.is_empty()
    }
}

fn named(official: &Official) -> Named {
    Named {
        id: official.id,
        username: official.username.clone(),
    }
}

fn differing(old: &Official, new: &Official) -> Vec<String> {
    let fields = [
        ("username", old.username != new.username),
        ("nama", old.nama != new.nama),
        ("jabatan", old.jabatan != new.jabatan),
        ("role", old.role != new.role),
    ];
    let differing = fields.iter().filter(|(_, differs)| *differs);
    differing.map(|(name, _)| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn official(id: i64, jabatan: &str) -> Official {
        Official {
            id,
            username: format!("user{id}"),
            nama: "Padmarini".into(),
            jabatan: Some(jabatan.into()),
            role: "pimpinan".into(),
        }
    }

    fn pushed(officials: Vec<Official>) -> Pushed {
        Pushed {
            at: Timestamp::UNIX_EPOCH,
            url: "http://central.example".into(),
            officials,
            whole: true,
        }
    }

    #[test]
    fn who_was_left_out_of_a_push_is_known_from_an_earlier_one() {
        let mut known = pushed(vec![official(2, "new")]);
        known.whole = false;
        known.complete_from(pushed(vec![official(1, "a"), official(2, "old")]));
        let changes = Changes::since(&known, &[official(1, "a"), official(2, "new")]);
        assert!(known.whole && changes.is_empty());
    }

    #[test]
    fn new_changed_and_gone_officials_are_told_apart() {
        let before = pushed(vec![official(1, "a"), official(2, "b"), official(3, "c")]);
        let now = [official(2, "b"), official(3, "C"), official(4, "d")];
        let changes = Changes::since(&before, &now);
        let ids = |named: &[Named]| named.iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!((ids(&changes.new), ids(&changes.gone)), (vec![4], vec![1]));
        assert_eq!(changes.changed.len(), 1);
        assert_eq!(changes.changed[0].fields, ["jabatan"]);
        assert!(!changes.is_empty());
        assert!(Changes::since(&before, &before.officials).is_empty());
    }
}
