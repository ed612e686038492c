//! Which e-mails are one to the database: its collation decides, not our bytes.

use std::collections::{BTreeSet, HashMap};

use super::{BATCH, Store};
use crate::db::Value;
use crate::error::Result;
use crate::users::model::{normal, visible};

/// Which keys e-mails have: those with equal keys are one to the database, or to the eye.
#[derive(Default)]
pub struct Keys {
    /// What the database said, by what is visible of the normalised e-mail. What is not in here is
    /// its own key.
    asked: HashMap<String, String>,
}

impl Keys {
    /// The key of a normalised e-mail.
    pub fn of(&self, email: &str) -> String {
        let visible = visible(email);
        match self.asked.get(&*visible) {
            Some(key) => key.clone(),
            None => visible.into_owned(),
        }
    }
}

impl Store {
    /// The keys of `emails`: plain ASCII is compared by us, anything else is asked of the database
    /// under the column's collation. SQLite compares bytes.
    pub async fn keys(&mut self, emails: impl Iterator<Item = &str>) -> Result<Keys> {
        let emails: BTreeSet<String> = emails
            .map(|email| visible(&normal(email)).into_owned())
            .collect();
        let mut keys = Keys::default();
        if self.is_embedded() || emails.iter().all(|email| email.is_ascii()) {
            return Ok(keys);
        }
        let (charset, collation) = self.collation().await?;
        let emails: Vec<_> = emails.iter().map(String::as_str).collect();
        let unstorable = self.unstorable(&emails, Some(&charset)).await?;
        // What the column cannot hold is in none of its rows: it stays its own key, where a question
        // mark would make it one with others.
        let storable: Vec<_> = (emails.iter().zip(unstorable))
            .filter(|(_, unstorable)| !unstorable)
            .map(|(email, _)| *email)
            .collect();
        let one = format!("HEX(WEIGHT_STRING(CONVERT(? USING {charset}) COLLATE {collation}))");
        for batch in storable.chunks(BATCH) {
            let sql = format!("SELECT {}", vec![one.as_str(); batch.len()].join(", "));
            let values: Vec<Value> = batch.iter().map(|&email| email.into()).collect();
            if let [row] = self.connection.query(&sql, &values).await?.as_slice() {
                let columns = batch.iter().enumerate();
                let said = columns.map(|(column, email)| ((*email).to_owned(), row.text(column)));
                keys.asked.extend(said);
            }
        }
        Ok(keys)
    }
}
