//! What a world is like at its beginning.

use selaras::sim::people::{self, Person};

use crate::mariadb::Shape;

/// A location: `locations.id`, code and name.
pub type Place = (i64, &'static str, &'static str);

pub const DEV: Place = (8, "dev", "Dev");
pub const TEST: Place = (7, "test", "Test");
pub const PROD: Place = (1, "prod", "Prod");

/// Who is there and here.
#[derive(Clone, Default)]
pub struct Setup {
    /// The branch servers, and the users they list.
    pub there: Vec<(Place, Vec<Person>)>,
    /// The users here: location, e-mail, status.
    pub here: Vec<(i64, String, &'static str)>,
    /// `protected` of the configuration.
    pub protected: &'static str,
    /// The tables of MariaDB.
    pub shape: Shape,
}

impl Setup {
    /// One branch server.
    pub fn of(place: Place, there: Vec<Person>) -> Self {
        Self {
            there: vec![(place, there)],
            ..Self::default()
        }
    }

    /// These users at the first location, with one status.
    pub fn here(mut self, status: &'static str, emails: &[&str]) -> Self {
        let location = self.there[0].0.0;
        let rows = emails
            .iter()
            .map(|email| (location, (*email).to_owned(), status));
        self.here.extend(rows);
        self
    }
}

/// People with these e-mails; one that begins with `-` is inactive.
pub fn people(emails: &[&str]) -> Vec<Person> {
    let named = people::named("x", emails.len());
    named
        .into_iter()
        .zip(emails)
        .map(|(person, email)| Person {
            email: email.trim_start_matches('-').to_owned(),
            status: Some(if email.starts_with('-') {
                people::Status::Inactive
            } else {
                people::Status::Active
            }),
            ..person
        })
        .collect()
}
