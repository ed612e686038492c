//! The central table: one row for an id, one id for a username.
//!
//! Usernames are compared as MySQL's usual collations do: without regard to case and to blanks at
//! the end. An absent one is an empty one, and there is room for one of those.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The fields of an official, in the order they are sent.
const FIELDS: [&str; 5] = ["id", "username", "nama", "jabatan", "role"];

/// An official, as the central API knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Official {
    /// Docku's id.
    pub id: i64,
    /// The name to log in with.
    pub username: Option<String>,
    /// The name for people.
    pub nama: Option<String>,
    /// The office.
    pub jabatan: Option<String>,
    /// The role.
    pub role: Option<String>,
}

impl Official {
    fn key(&self) -> String {
        let username = self.username.as_deref().unwrap_or_default();
        username.trim_end_matches(' ').to_lowercase()
    }
}

/// A username that another id has already.
pub(super) struct Taken(pub String);

/// Who is there, by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Register(BTreeMap<i64, Official>);

impl Register {
    pub fn with(officials: impl Iterator<Item = Official>) -> Self {
        Self(officials.map(|one| (one.id, one)).collect())
    }

    pub fn all(&self) -> Vec<Official> {
        self.0.values().cloned().collect()
    }

    /// Takes all of them in, or none.
    pub fn take_all(&mut self, officials: Vec<Official>) -> Result<(), Taken> {
        let mut next = self.clone();
        for official in officials {
            next.put(official)?;
        }
        *self = next;
        Ok(())
    }

    /// Takes in who can be, and says what became of each.
    pub fn take_each(&mut self, officials: Vec<Official>) -> Value {
        let (mut inserted, mut updated, mut skipped) = (0, 0, 0);
        let mut errors = Vec::new();
        for official in officials {
            let before = self.0.get(&official.id).cloned();
            let same = before.as_ref() == Some(&official);
            match self.put(official) {
                Err(Taken(username)) => {
                    errors.push(json!({"username": username, "error": "username already taken"}));
                }
                Ok(()) if same => skipped += 1,
                Ok(()) if before.is_some() => updated += 1,
                Ok(()) => inserted += 1,
            }
        }
        json!({
            "inserted": inserted, "updated": updated, "skipped": skipped,
            "conflicts": errors.len(), "errors": errors,
        })
    }

    fn put(&mut self, official: Official) -> Result<(), Taken> {
        let key = official.key();
        let another = |one: &Official| one.id != official.id && one.key() == key;
        if self.0.values().any(another) {
            return Err(Taken(official.username.unwrap_or_default()));
        }
        self.0.insert(official.id, official);
        Ok(())
    }
}

/// The officials of a push; each has the five fields and no other.
pub(super) fn read(body: &[u8]) -> Result<Vec<Official>, String> {
    let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let users = body.get("users").and_then(Value::as_array);
    let users = users.ok_or("The users field is required.")?;
    let mut officials = Vec::with_capacity(users.len());
    for (index, user) in users.iter().enumerate() {
        let exact = user.as_object().is_some_and(|fields| {
            fields.len() == FIELDS.len() && FIELDS.iter().all(|name| fields.contains_key(*name))
        });
        let official = exact.then(|| serde_json::from_value(user.clone()).ok());
        let official = official.flatten();
        officials.push(official.ok_or_else(|| format!("The users.{index} field is invalid."))?);
    }
    Ok(officials)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn official(id: i64, username: &str) -> Official {
        Official {
            id,
            username: Some(username.to_owned()),
            nama: Some("Padmarini".to_owned()),
            jabatan: None,
            role: Some("pimpinan".to_owned()),
        }
    }

    #[test]
    fn the_first_empty_username_passes_and_the_second_does_not() {
        let mut register = Register::default();
        assert!(register.take_all(vec![official(1, "")]).is_ok());
        let again = register.take_all(vec![official(1, ""), official(2, "a")]);
        assert!(again.is_ok());
        let second = register.take_all(vec![official(3, "b"), official(4, "")]);
        assert_eq!(second.map_err(|Taken(name)| name), Err(String::new()));
        assert_eq!(register.all().len(), 2);
    }

    #[test]
    fn each_is_told_what_became_of_it() {
        let mut register = Register::with([official(1, "a"), official(2, "b")].into_iter());
        let pushed = vec![
            official(1, "a"),
            official(2, "c"),
            official(3, "A "),
            official(4, "d"),
        ];
        let stats = register.take_each(pushed);
        let figures =
            ["inserted", "updated", "skipped", "conflicts"].map(|name| stats[name].clone());
        assert_eq!(figures, [1, 1, 1, 1]);
        assert_eq!(stats["errors"][0]["username"], "A ");
    }
}
