//! The listing: who is asked for, on which page, in which shape.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shape::{ListShape, StatusField, Totals};
use super::{Fault, Person, Setup};
use crate::sim::page::Page;
use crate::sim::people::Status;

/// The longest page where nobody says otherwise.
const USUAL_LIMIT: usize = 10;

/// The query of a listing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ask {
    q: String,
    limit: Option<usize>,
    page: Option<usize>,
    sort: String,
    order: String,
}

impl Ask {
    /// The page that was asked for, as `fault` and `setup` have it.
    pub fn answer(&self, people: &[Person], setup: &Setup, fault: Option<Fault>) -> Value {
        let limit = self.limit.unwrap_or(USUAL_LIMIT);
        let limit = setup.cap.map_or(limit, |cap| limit.min(cap));
        let page = Page::of(&self.chosen(people), self.page.unwrap_or(1), limit);
        match fault {
            Some(fault) => in_shape(&page.spoiled(fault), setup),
            None => in_shape(&page, setup),
        }
    }

    /// Those who match, in the order asked for; by descending number unless said otherwise.
    fn chosen<'a>(&self, people: &'a [Person]) -> Vec<&'a Person> {
        let sought = self.q.to_lowercase();
        let matches = |text: &str| sought.is_empty() || text.to_lowercase().contains(&sought);
        let mut chosen: Vec<&Person> = people
            .iter()
            .filter(|person| matches(&person.email) || matches(&person.name))
            .collect();
        match self.sort.as_str() {
            "email" => chosen.sort_by_key(|person| &person.email),
            "name" => chosen.sort_by_key(|person| &person.name),
            "created_at" => chosen.sort_by_key(|person| &person.created_at),
            _ => chosen.sort_by_key(|person| person.id_user),
        }
        if self.order != "asc" {
            chosen.reverse();
        }
        chosen
    }
}

fn in_shape(page: &Page<&Person>, setup: &Setup) -> Value {
    let rows = page.rows.iter().map(|person| row(person, setup)).collect();
    let under = match setup.list {
        ListShape::Bare => return Value::Array(rows),
        ListShape::Object => "object",
        ListShape::Users => "users",
        ListShape::Data | ListShape::Paginator | ListShape::PaginatorMeta => "data",
    };
    let mut answer = Map::new();
    answer.insert(under.to_owned(), Value::Array(rows));
    match setup.list {
        ListShape::Paginator => answer.append(&mut paginator(page, setup)),
        ListShape::PaginatorMeta => {
            answer.insert("meta".to_owned(), paginator(page, setup).into());
        }
        _ => {
            if setup.totals == Totals::Sent {
                put(&mut answer, "total", page.total, setup);
            }
            put(&mut answer, "page", page.number, setup);
            put(&mut answer, "limit", page.size, setup);
            answer.insert("status".to_owned(), "success".into());
        }
    }
    answer.into()
}

/// Laravel's figures; without a total they are those of its simple paginator.
fn paginator(page: &Page<&Person>, setup: &Setup) -> Map<String, Value> {
    let mut figures = Map::new();
    put(&mut figures, "current_page", page.number, setup);
    if setup.totals != Totals::Absent {
        put(&mut figures, "last_page", page.last(), setup);
    }
    put(&mut figures, "per_page", page.size, setup);
    if setup.totals == Totals::Sent {
        put(&mut figures, "total", page.total, setup);
    }
    figures
}

fn put(into: &mut Map<String, Value>, name: &str, number: usize, setup: &Setup) {
    into.insert(name.to_owned(), setup.numbers.write(number as u64));
}

fn row(person: &Person, setup: &Setup) -> Value {
    let mut row = Map::new();
    let mut say = |name: &str, value: Value| row.insert(name.to_owned(), value);
    say("id_user", setup.numbers.write(person.id_user));
    say("name", person.name.as_str().into());
    say("email", person.email.as_str().into());
    say("role", person.role.as_str().into());
    if let (StatusField::Sent, Some(status)) = (setup.statuses, person.status) {
        let number = u64::from(status == Status::Active);
        say("status_user", setup.numbers.write(number));
    }
    say("company", person.company.as_str().into());
    say("location", person.location.as_str().into());
    say("created_at", json!(person.created_at));
    row.into()
}
