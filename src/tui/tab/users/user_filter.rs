//! Which users are shown, as people choose it: a status, a time of adding, words; and the order.

use crate::tui::widget::prompt::Filter as Line;
use crate::tui::widget::table::Order as Arrow;
use crate::users::model::Status;
use crate::users::store::browse::{Column, Created, Filter, Order};

/// The columns in the order of the table.
pub const COLUMNS: [Column; 5] = [
    Column::Email,
    Column::Location,
    Column::Status,
    Column::Created,
    Column::Updated,
];

#[derive(Clone, Debug)]
pub struct UserFilter {
    pub status: Option<Status>,
    pub created: Option<Created>,
    pub words: Line,
    order: Order,
}

impl Default for UserFilter {
    fn default() -> Self {
        Self {
            status: None,
            created: None,
            words: Line::default(),
            order: Order {
                column: Column::Created,
                descending: true,
            },
        }
    }
}

impl UserFilter {
    /// What the database is asked for at `location`, or everywhere.
    pub fn filter(&self, location: Option<i64>) -> Filter {
        let words = self.words.words().trim();
        Filter {
            location,
            status: self.status,
            created: self.created,
            text: (!words.is_empty()).then(|| words.to_owned()),
        }
    }

    pub fn order(&self) -> Order {
        self.order
    }

    /// The sorted column and its direction, for the table's heading.
    pub fn arrow(&self) -> (usize, Arrow) {
        let index = COLUMNS
            .iter()
            .position(|column| *column == self.order.column);
        let arrow = if self.order.descending {
            Arrow::Descending
        } else {
            Arrow::Ascending
        };
        (index.unwrap_or(0), arrow)
    }

    /// All → active → inactive → all.
    pub fn next_status(&mut self) {
        self.status = match self.status {
            None => Some(Status::Active),
            Some(Status::Active) => Some(Status::Inactive),
            Some(Status::Inactive) => None,
        };
    }

    /// Sorts by the next column; times begin with the latest, words with the first.
    pub fn next_column(&mut self) {
        let (index, _) = self.arrow();
        let column = COLUMNS[(index + 1) % COLUMNS.len()];
        let descending = matches!(column, Column::Created | Column::Updated);
        self.order = Order { column, descending };
    }

    /// Turns the order around.
    pub fn reverse(&mut self) {
        self.order.descending = !self.order.descending;
    }

    /// What is left out, for the title: `active · today`.
    pub fn title(&self) -> String {
        let status = self.status.map(|status| status.word().to_owned());
        let created = self.created.map(|created| match created {
            Created::Today => "added today".to_owned(),
            Created::LastWeek => "added in 7 days".to_owned(),
            Created::Range(from, to) => {
                let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
                let (from, to) = (day(from).unwrap_or_default(), day(to).unwrap_or_default());
                if from == to {
                    format!("added {from}")
                } else {
                    format!("added {from}..{to}")
                }
            }
        });
        let parts: Vec<String> = status.into_iter().chain(created).collect();
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_filter_goes_round_and_says_what_it_leaves_out() {
        let mut filter = UserFilter::default();
        assert_eq!(filter.title(), "");
        let mut seen = Vec::new();
        for _ in 0..3 {
            filter.next_status();
            seen.push(filter.title());
        }
        assert_eq!(seen, ["active", "inactive", ""]);
        filter.created = Some("2026-11-01..".parse().unwrap());
        assert_eq!(filter.title(), "added 2026-11-01..");
    }

    #[test]
    fn sorting_goes_through_all_columns_and_round() {
        let mut filter = UserFilter::default();
        let mut seen = Vec::new();
        for _ in 0..COLUMNS.len() {
            filter.next_column();
            seen.push(filter.arrow());
        }
        let expected = [
            (4, Arrow::Descending),
            (0, Arrow::Ascending),
            (1, Arrow::Ascending),
            (2, Arrow::Ascending),
            (3, Arrow::Descending),
        ];
        assert_eq!(seen, expected);
    }
}
