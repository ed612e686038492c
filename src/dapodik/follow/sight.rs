//! What is known of a sync that is only watched: what metadata says, whether rows arrive.

use jiff::{SignedDuration, Timestamp};

use crate::dapodik::words;

/// How long rows may be missing before that is said: one school can take more than a minute.
const QUIET: SignedDuration = SignedDuration::from_mins(2);

/// What is known of a sync that is only watched.
#[derive(Debug, Default)]
pub(in crate::dapodik) struct Sight {
    metadata: Option<String>,
    rows: Option<Result<Rows, String>>,
    /// What was said of it last.
    said: String,
}

/// How many rows were there, and since when.
#[derive(Clone, Copy, Debug)]
struct Rows {
    count: u64,
    since: Timestamp,
    /// They were seen to become more.
    arrived: bool,
}

impl Sight {
    /// What metadata said just now.
    pub fn metadata(&mut self, said: String) {
        self.metadata = Some(said);
    }

    /// How many rows there are by now, or why nobody can say.
    pub fn rows(&mut self, count: Result<u64, String>, now: Timestamp) {
        let before = match self.rows.take() {
            Some(Ok(rows)) => Some(rows),
            _ => None,
        };
        self.rows = Some(count.map(|count| match before {
            Some(rows) if rows.count == count => rows,
            before => Rows {
                count,
                since: now,
                arrived: before.is_some(),
            },
        }));
    }

    /// All of it, in words.
    pub fn known(&self, now: Timestamp) -> String {
        let metadata = self.metadata.as_deref();
        let rows = match &self.rows {
            None => None,
            Some(Err(why)) => Some(words::rows_unknown(why)),
            Some(Ok(rows)) => {
                let quiet = now.duration_since(rows.since);
                let long = quiet >= QUIET;
                Some(if rows.arrived && !long {
                    words::rows_arrive(rows.count)
                } else if long {
                    // By the minute: each change of it is a line of the journal.
                    let minutes = SignedDuration::from_mins(quiet.as_mins());
                    words::no_rows_for(minutes)
                } else {
                    words::no_rows_yet()
                })
            }
        };
        words::known(metadata, rows.as_deref())
    }

    /// The same, where it is news.
    pub fn news(&mut self, now: Timestamp) -> Option<String> {
        let known = self.known(now);
        let news = known != self.said;
        self.said.clone_from(&known);
        news.then_some(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn rows_that_arrive_and_rows_that_do_not_are_told_apart() {
        let mut sight = Sight::default();
        sight.metadata("metadata says RUNNING".to_owned());
        let table = [
            (0, Ok(40), "no new row in the database yet"),
            (15, Ok(40), "no new row in the database yet"),
            (30, Ok(52), "rows arrive in the database, 52 so far"),
            (140, Ok(52), "rows arrive in the database, 52 so far"),
            (151, Ok(52), "no new row in the database for 02:00"),
            (215, Ok(52), "no new row in the database for 03:00"),
            (220, Ok(60), "rows arrive in the database, 60 so far"),
            (
                225,
                Err("gone".to_owned()),
                "the database cannot be read: gone",
            ),
        ];
        for (seconds, count, words) in table {
            sight.rows(count, at(seconds));
            let known = sight.known(at(seconds));
            assert!(known.ends_with(words), "{seconds}: {known}");
            assert!(
                known.starts_with("metadata says RUNNING; whether"),
                "{known}"
            );
        }
        assert!(sight.news(at(226)).is_some());
        assert_eq!(sight.news(at(227)), None);
    }
}
