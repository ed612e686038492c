//! The listing: who is asked for, on which page, in which shape, and what a fault makes of it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{AfterLastPage, Fault, ListShape, Paging, Person, Setup, StatusField, Totals};
use crate::sim::people::Status;

const USUAL_LIMIT: usize = 10;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    q: String,
    limit: Option<usize>,
    page: Option<usize>,
    sort: String,
    order: String,
}

impl ListQuery {
    /// The page that was asked for, as `fault` and `setup` have it; `None` where there is none.
    pub fn answer(&self, people: &[Person], setup: &Setup, fault: Option<Fault>) -> Option<Value> {
        let limit = self.limit.unwrap_or(USUAL_LIMIT);
        let limit = setup.cap.map_or(limit, |cap| limit.min(cap));
        let number = self.page.unwrap_or(1);
        let chosen = self.chosen(people);
        let (number, limit) = match setup.paging {
            Paging::Obeyed => (number, limit),
            Paging::Ignored => (1, chosen.len()),
            Paging::LimitAlone => (1, limit),
            Paging::PageAlone => (number, chosen.len()),
        };
        let mut page = Page::of(&chosen, number, limit);
        let mut rows = Rows::Listed;
        if page.rows.is_empty() {
            match setup.after {
                AfterLastPage::Empty => {}
                AfterLastPage::NotFound => return None,
                AfterLastPage::Null => rows = Rows::Null,
                AfterLastPage::LastPage => page = Page::of(&chosen, page.last(), limit),
            }
        }
        let page = fault.map_or(page.clone(), |fault| page.spoiled(fault));
        Some(in_shape(&page, rows, setup))
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

#[derive(Clone, Copy)]
enum Rows {
    Listed,
    Null,
}

fn in_shape(page: &Page<&Person>, rows: Rows, setup: &Setup) -> Value {
    let rows = match rows {
        Rows::Listed => page.rows.iter().map(|person| row(person, setup)).collect(),
        Rows::Null => Value::Null,
    };
    let under = match setup.list {
        ListShape::Bare => return rows,
        ListShape::Object => "object",
        ListShape::Users => "users",
        ListShape::Data | ListShape::Paginator | ListShape::PaginatorMeta => "data",
    };
    let mut answer = Map::new();
    answer.insert(under.to_owned(), rows);
    match setup.list {
        ListShape::Paginator => answer.append(&mut paginator(page, setup)),
        ListShape::PaginatorMeta => {
            answer.insert("meta".to_owned(), paginator(page, setup).into());
        }
        _ => {
            put_total(&mut answer, page, setup);
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
    if matches!(setup.totals, Totals::Sent | Totals::LastPage) {
        put(&mut figures, "last_page", page.last(), setup);
    }
    put(&mut figures, "per_page", page.size, setup);
    put_total(&mut figures, page, setup);
    figures
}

fn put_total(into: &mut Map<String, Value>, page: &Page<&Person>, setup: &Setup) {
    let total = match setup.totals {
        Totals::Sent => page.total,
        Totals::OfThePage => page.rows.len(),
        Totals::Limit => page.size,
        Totals::LastPage | Totals::Absent => return,
    };
    put(into, "total", total, setup);
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

/// By how much a wrong total is wrong.
const WRONG_BY: usize = 7;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Page<T> {
    rows: Vec<T>,
    number: usize,
    size: usize,
    /// How many rows the listing has, or is said to have.
    total: usize,
}

impl<T: Clone> Page<T> {
    /// Page `number` of `all`, in pages of `size`.
    fn of(all: &[T], number: usize, size: usize) -> Self {
        let (number, size) = (number.max(1), size.max(1));
        let rows = all.chunks(size).nth(number - 1).unwrap_or_default();
        Self {
            rows: rows.to_vec(),
            number,
            size,
            total: all.len(),
        }
    }

    /// How many pages the listing has, or is said to have.
    fn last(&self) -> usize {
        self.total.div_ceil(self.size).max(1)
    }

    /// The page with `fault`; faults that are not a listing's change nothing.
    fn spoiled(mut self, fault: Fault) -> Self {
        match fault {
            Fault::ForgetPage => self.rows.clear(),
            Fault::WrongTotal => self.total += WRONG_BY,
            Fault::TotalChanges => self.total += self.number,
            Fault::ShortPage => self.rows.truncate(self.rows.len() / 2),
            Fault::DoubledRow => self.double(),
            Fault::EmptyList => {
                self.rows.clear();
                self.total = 0;
            }
            _ => {}
        }
        self
    }

    /// The count stays right where it can: a row that moved between two pages is doubled just so,
    /// and another is lost.
    fn double(&mut self) {
        let Some(first) = self.rows.first().cloned() else {
            return;
        };
        if self.rows.len() > 1 {
            self.rows.pop();
        }
        self.rows.push(first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_cut_as_asked() {
        let all: Vec<u32> = (0..7).collect();
        assert_eq!(Page::of(&all, 1, 3).rows, [0, 1, 2]);
        assert_eq!(Page::of(&all, 3, 3).rows, [6]);
        assert!(Page::of(&all, 4, 3).rows.is_empty());
        assert_eq!(Page::of(&all, 1, 3).last(), 3);
        assert_eq!(Page::<u32>::of(&[], 1, 3).last(), 1);
    }

    #[test]
    fn each_fault_spoils_one_thing() {
        let all: Vec<u32> = (0..7).collect();
        let table = [
            (Fault::ForgetPage, vec![], 7),
            (Fault::WrongTotal, vec![4, 5, 6], 7 + WRONG_BY),
            (Fault::TotalChanges, vec![4, 5, 6], 9),
            (Fault::ShortPage, vec![4], 7),
            (Fault::DoubledRow, vec![4, 5, 4], 7),
            (Fault::EmptyList, vec![], 0),
            (Fault::Reset, vec![4, 5, 6], 7),
        ];
        for (fault, rows, total) in table {
            let page = Page::of(&all[1..], 2, 3);
            let page = Page { total: 7, ..page }.spoiled(fault);
            assert_eq!((page.rows, page.total), (rows, total), "{fault}");
        }
    }

    #[test]
    fn a_lone_row_is_doubled_by_adding_it() {
        assert_eq!(Page::of(&[1], 1, 3).spoiled(Fault::DoubledRow).rows, [1, 1]);
    }
}
