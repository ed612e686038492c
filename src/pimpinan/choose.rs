//! Who is sent: roles are excluded first, the rest are candidates, and some of these are refused.
//!
//! A refused row never blocks the others. Knows neither database nor central API, but how the
//! latter compares usernames: without regard to case and to blanks at the end, as MySQL does.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::model::{Official, Refused, Row};
use crate::error::{Error, Result};

const NO_ID: &str = "id is no positive number";
const ID_TWICE: &str = "id occurs twice among the candidates";
const USERNAME_NULL: &str = "username is NULL";
const USERNAME_EMPTY: &str = "username is empty";
const USERNAME_BLANK: &str = "username is only blanks";
const USERNAME_PADDED: &str = "username is padded with blanks";
const USERNAME_TWICE: &str =
    "username occurs twice among the candidates (upper and lower case are the same)";
const NAMA_EMPTY: &str = "nama is empty";
const ROLE_EMPTY: &str = "role is empty";

/// A partition of Docku's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Rows of excluded roles, by role.
    pub excluded: BTreeMap<String, u64>,
    /// Their ids.
    pub excluded_ids: HashSet<i64>,
    /// Candidates that cannot be sent.
    pub refused: Vec<Refused>,
    /// Candidates that can.
    pub send: Vec<Official>,
}

/// Divides `rows`; `exclude` are roles, compared trimmed and without regard to case.
pub fn choose<'a>(rows: Vec<Row>, exclude: impl Iterator<Item = &'a String>) -> Choice {
    let exclude: HashSet<String> = exclude.map(|role| plain(role)).collect();
    let mut choice = Choice::default();
    let mut candidates = Vec::new();
    for row in rows {
        let role = plain(row.role.as_deref().unwrap_or_default());
        if exclude.contains(&role) {
            choice.excluded_ids.extend(row.id);
            *choice.excluded.entry(role).or_default() += 1;
        } else {
            candidates.push(row);
        }
    }
    let ids = count(candidates.iter().filter_map(|row| row.id));
    let usernames = count(candidates.iter().filter_map(key));
    for row in candidates {
        let times = Times {
            id: row.id.and_then(|id| ids.get(&id).copied()).unwrap_or(0),
            username: key(&row)
                .and_then(|key| usernames.get(&key).copied())
                .unwrap_or(0),
        };
        let doubts = doubts(&row, times);
        choice.put(row, &doubts);
    }
    choice
}

/// How often an id and a username occur among the candidates.
#[derive(Clone, Copy)]
struct Times {
    id: u32,
    username: u32,
}

/// Why a candidate cannot be sent; nothing for one that can.
fn doubts(row: &Row, times: Times) -> Vec<&'static str> {
    let blank = |text: Option<&str>| text.is_none_or(|text| text.trim().is_empty());
    let mut doubts = Vec::new();
    match row.id {
        // The central database would number such a row anew at every push.
        None | Some(..=0) => doubts.push(NO_ID),
        Some(_) if times.id > 1 => doubts.push(ID_TWICE),
        Some(_) => {}
    }
    match row.username.as_deref() {
        None => doubts.push(USERNAME_NULL),
        Some("") => doubts.push(USERNAME_EMPTY),
        Some(name) if name.trim().is_empty() => doubts.push(USERNAME_BLANK),
        Some(name) => {
            if name.trim() != name {
                doubts.push(USERNAME_PADDED);
            }
            if times.username > 1 {
                doubts.push(USERNAME_TWICE);
            }
        }
    }
    if blank(row.nama.as_deref()) {
        doubts.push(NAMA_EMPTY);
    }
    if blank(row.role.as_deref()) {
        doubts.push(ROLE_EMPTY);
    }
    doubts
}

fn plain(role: &str) -> String {
    role.trim().to_lowercase()
}

/// What a username is to the central database; `None` for those that are refused anyway.
fn key(row: &Row) -> Option<String> {
    let username = row.username.as_deref()?;
    (!username.trim().is_empty()).then(|| folded(username))
}

/// A username as the central database compares it.
pub fn folded(username: &str) -> String {
    username.trim_end().to_lowercase()
}

fn count<T: std::hash::Hash + Eq>(values: impl Iterator<Item = T>) -> HashMap<T, u32> {
    let mut counts = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts
}

impl Choice {
    fn put(&mut self, row: Row, doubts: &[&str]) {
        match row {
            Row {
                id: Some(id),
                username: Some(username),
                nama: Some(nama),
                jabatan,
                role: Some(role),
            } if doubts.is_empty() => self.send.push(Official {
                id,
                username,
                nama,
                jabatan,
                role,
            }),
            row => self.refused.push(Refused {
                id: row.id,
                username: row.username,
                nama: row.nama,
                jabatan: row.jabatan,
                role: row.role,
                reason: doubts.join("; "),
            }),
        }
    }

    /// Refuses ids that are no candidate's.
    pub fn check(&self, only: &[i64]) -> Result<()> {
        let sent = self.send.iter().map(|one| one.id);
        let known: HashSet<i64> = sent
            .chain(self.refused.iter().filter_map(|one| one.id))
            .collect();
        match only.iter().find(|id| !known.contains(id)) {
            None => Ok(()),
            Some(id) if self.excluded_ids.contains(id) => {
                Err(Error::usage(format!("user {id} is excluded by role"))
                    .hint("the roles are `exclude_roles` of [pimpinan] and --exclude-role"))
            }
            Some(id) => Err(Error::usage(format!("Docku has no user {id}"))
                .hint("`selaras push plan` shows the ids")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, username: Option<&str>, role: &str) -> Row {
        Row {
            id: Some(id),
            username: username.map(str::to_owned),
            nama: Some("Padmarini Kertarasa".into()),
            jabatan: None,
            role: Some(role.into()),
        }
    }

    fn chosen(rows: Vec<Row>) -> Choice {
        let exclude = ["admin", "operator", "staff", "camat"].map(str::to_owned);
        choose(rows, exclude.iter())
    }

    fn reasons(choice: &Choice) -> Vec<(Option<i64>, &str)> {
        let refused = choice.refused.iter();
        refused.map(|one| (one.id, one.reason.as_str())).collect()
    }

    #[test]
    fn roles_are_excluded_trimmed_and_without_regard_to_case() {
        let roles = [
            "admin",
            " Operator ",
            "STAFF",
            "camat\n",
            "pimpinan",
            "admins",
        ];
        let rows = roles.iter().zip(1..);
        let rows = rows.map(|(role, id)| row(id, Some(&format!("u{id}")), role));
        let choice = chosen(rows.collect());
        assert_eq!(choice.excluded.values().sum::<u64>(), 4);
        let sent: Vec<_> = choice.send.iter().map(|one| one.role.as_str()).collect();
        assert_eq!(sent, ["pimpinan", "admins"]);
        assert!(choice.refused.is_empty());
    }

    #[test]
    fn each_unusable_username_is_refused_with_its_reason() {
        let table = [
            (None, USERNAME_NULL),
            (Some(""), USERNAME_EMPTY),
            (Some("  \t"), USERNAME_BLANK),
            (Some(" kasi"), USERNAME_PADDED),
            (Some("kasi "), USERNAME_PADDED),
            (Some("kasi\u{a0}"), USERNAME_PADDED),
        ];
        for (username, reason) in table {
            let choice = chosen(vec![
                row(1, username, "pimpinan"),
                row(2, Some("sekcam"), "pimpinan"),
            ]);
            assert_eq!(reasons(&choice), [(Some(1), reason)], "{username:?}");
            assert_eq!(choice.send.len(), 1, "a refused row blocks no other");
        }
    }

    #[test]
    fn a_username_twice_among_the_candidates_refuses_both() {
        let choice = chosen(vec![
            row(1, Some("Kasi"), "pimpinan"),
            row(2, Some("kasi"), "pimpinan"),
            row(3, Some("sekcam"), "pimpinan"),
            row(4, Some("sekcam"), "staff"),
            row(5, Some("lurah"), "pimpinan"),
            row(6, Some("LURAH "), "pimpinan"),
        ]);
        let twice = USERNAME_TWICE;
        let padded = format!("{USERNAME_PADDED}; {twice}");
        let expected = [
            (Some(1), twice),
            (Some(2), twice),
            (Some(5), twice),
            (Some(6), padded.as_str()),
        ];
        assert_eq!(reasons(&choice), expected);
        assert_eq!(choice.send[0].id, 3, "excluded rows do not count");
    }

    #[test]
    fn two_empty_usernames_are_empty_and_not_doubled() {
        let choice = chosen(vec![row(1, Some(""), "x"), row(2, Some(""), "x")]);
        let empty = USERNAME_EMPTY;
        assert_eq!(reasons(&choice), [(Some(1), empty), (Some(2), empty)]);
    }

    #[test]
    fn rows_without_id_name_or_role_and_ids_that_come_twice_are_refused() {
        let whole = |id| row(id, Some("u"), "pimpinan");
        let no_id = Row {
            id: None,
            ..whole(0)
        };
        let no_nama = Row {
            nama: Some(" ".into()),
            ..whole(7)
        };
        let no_role = Row {
            role: None,
            ..whole(8)
        };
        for (rows, expected) in [
            (vec![no_id], vec![NO_ID]),
            (vec![whole(0)], vec![NO_ID]),
            (vec![no_nama], vec![NAMA_EMPTY]),
            (vec![no_role], vec![ROLE_EMPTY]),
            (
                vec![whole(9), row(9, Some("v"), "pimpinan")],
                vec![ID_TWICE; 2],
            ),
        ] {
            let choice = chosen(rows);
            let said: Vec<_> = choice
                .refused
                .iter()
                .map(|one| one.reason.as_str())
                .collect();
            assert_eq!(said, expected);
            assert!(choice.send.is_empty());
        }
    }

    #[test]
    fn only_candidates_can_be_asked_for() {
        let choice = chosen(vec![
            row(1, Some("a"), "admin"),
            row(2, None, "pimpinan"),
            row(3, Some("c"), "pimpinan"),
        ]);
        assert!(choice.check(&[2, 3]).is_ok());
        let excluded = choice.check(&[3, 1]).unwrap_err();
        assert!(excluded.to_string().contains("excluded by role"));
        let unknown = choice.check(&[99]).unwrap_err();
        assert!(unknown.to_string().contains("99"));
    }
}
