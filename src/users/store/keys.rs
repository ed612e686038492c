//! Which e-mails are one to the database: its collation decides, not our bytes.

use std::collections::{BTreeSet, HashMap};

use super::{BATCH, Store};
use crate::db::Value;
use crate::error::Result;
use crate::users::model::normal;

/// Which keys the database gives to e-mails: those with equal keys are one to it.
pub enum Keys {
    /// Every normalised e-mail is its own key.
    Plain,
    /// What the database said, by normalised e-mail.
    Folded(HashMap<String, String>),
}

impl Keys {
    /// The key of a normalised e-mail.
    pub fn of(&self, email: &str) -> String {
        match self {
            Self::Plain => email.to_owned(),
            Self::Folded(keys) => keys.get(email).cloned().unwrap_or_else(|| email.to_owned()),
        }
    }
}

impl Store {
    /// The keys of `emails`: plain ASCII is compared by us, anything else is asked of the database
    /// under the column's collation. SQLite compares bytes.
    pub async fn keys(&mut self, emails: impl Iterator<Item = &str>) -> Result<Keys> {
        let emails: BTreeSet<String> = emails.map(normal).collect();
        if self.is_embedded() || emails.iter().all(|email| email.is_ascii()) {
            return Ok(Keys::Plain);
        }
        let (charset, collation) = self.collation().await?;
        let one = format!("HEX(WEIGHT_STRING(CONVERT(? USING {charset}) COLLATE {collation}))");
        let emails: Vec<_> = emails.into_iter().collect();
        let mut keys = HashMap::with_capacity(emails.len());
        for batch in emails.chunks(BATCH) {
            let sql = format!("SELECT {}", vec![one.as_str(); batch.len()].join(", "));
            let values: Vec<Value> = batch.iter().map(|email| email.as_str().into()).collect();
            if let [row] = self.connection.query(&sql, &values).await?.as_slice() {
                let columns = batch.iter().enumerate();
                keys.extend(columns.map(|(column, email)| (email.clone(), row.text(column))));
            }
        }
        Ok(Keys::Folded(keys))
    }
}
