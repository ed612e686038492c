//! Watching by metadata: after a break, and for a sync that was started elsewhere.
//!
//! Metadata tells an end. It does not tell whether anybody still works: a backend that was killed
//! leaves RUNNING forever. Where there is a database, rows that arrive tell.

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

use super::{Change, Disconnect, Follow, ProxySign};
use crate::dapodik::US;
use crate::dapodik::describe::{
    BACKEND_ALONE, HINT_METADATA, STOPPED_THERE, backend_failed, broke_at, interrupted,
};
use crate::dapodik::metadata::Metadata;
use crate::dapodik::model::{Broken, End, Scope};
use crate::dapodik::progress::Progress;
use crate::dapodik::store::Store;
use crate::error::{Error, Kind, Result};
use crate::text::{count, duration, local_time};

/// How often an unchanged value is looked at before it is believed: a backend that had just taken
/// the request may write RUNNING a moment later.
const LOOKS: u32 = 3;
/// After how many looks in vain a backend is given up.
const VAIN: u32 = 30;
/// Rows are counted at every so many looks: the tables have no index for it.
const COUNT_EVERY: u32 = 3;

/// How long rows may be missing before that is said: one school can take more than a minute.
const QUIET: SignedDuration = SignedDuration::from_mins(2);

pub(super) const WATCHING: &str = "watch by metadata";

impl Follow<'_> {
    /// What became of a sync whose stream broke, as far as that can be known.
    pub(super) async fn lost(&mut self, broken: Disconnect) -> Result<End> {
        self.job.line(
            US,
            format!(
                "the stream broke ({}); it is not opened again: that would start another sync",
                broken.why
            ),
        );
        if self.stopping {
            return Ok(End::Stopped(STOPPED_THERE.to_owned()));
        }
        let broken = Broken {
            percent: self.progress.percent(),
            place: self.progress.place().map(str::to_owned),
            proxy: broken.sign.as_ref().map(ProxySign::to_string),
            why: broken.why,
        };
        let error = Error::remote(interrupted(&broken));
        let end = End::Interrupted(error.hint(hint_broken(&broken)).into());
        self.broken = Some(broken);
        if self.plan.scope != Scope::Global {
            // Metadata says nothing about a run of some kecamatan.
            return Ok(end);
        }
        self.job.stage(WATCHING);
        self.watch_metadata(|_| end).await
    }

    /// Looks at metadata until it tells the end; `unchanged` is what it means when nothing began.
    pub(super) async fn watch_metadata(
        &mut self,
        unchanged: impl FnOnce(&Metadata) -> End,
    ) -> Result<End> {
        let deadline = Instant::now() + self.timeouts.watch;
        let (mut turn, mut looks, mut vain) = (0, 0, 0);
        let (mut observed, mut last) = (Observed::default(), None);
        loop {
            vain += 1;
            if let Some(seen) = self.look(&mut observed, &mut last).await? {
                vain = 0;
                match self.watch.look(&seen) {
                    Change::Done => {
                        self.last_sync = seen.said();
                        return Ok(End::DoneByMetadata);
                    }
                    Change::Failed(why) => return Ok(self.failed(&why)),
                    Change::Unchanged => {
                        looks += 1;
                        if looks >= LOOKS {
                            return Ok(unchanged(&seen));
                        }
                    }
                    Change::Running => looks = 0,
                }
            }
            if turn % COUNT_EVERY == 0 {
                self.count_rows(&mut observed).await;
            }
            turn += 1;
            if let Some(known) = observed.news(self.job.now()) {
                let event = Progress::watched(&known);
                self.progress.event(&event, self.job.now());
                self.job.say(event);
            }
            if vain >= VAIN || Instant::now() >= deadline {
                let known = observed.known(self.job.now());
                let why = format!(
                    "the end of the sync was not seen{}; {known}",
                    after_break(self.broken.as_ref())
                );
                let error = Error::remote(why).hint(HINT_METADATA);
                return Ok(End::Interrupted(error.into()));
            }
            let wait = if looks > 0 {
                self.timeouts.settle
            } else {
                self.timeouts.poll
            };
            if self.job.or_cancel("", sleep(wait)).await.is_err() {
                let known = observed.known(self.job.now());
                let why = format!(
                    "stopped watching{}; {known}",
                    after_break(self.broken.as_ref())
                );
                return Ok(End::Stopped(why));
            }
        }
    }

    /// The end that an ERROR in metadata means.
    fn failed(&self, why: &str) -> End {
        let error = match &self.broken {
            Some(broken) => {
                let error = Error::remote(format!(
                    "{}, then {}",
                    broke_at(broken),
                    backend_failed(why)
                ));
                error.hint(hint_broken(broken))
            }
            None => Error::remote(backend_failed(why)),
        };
        End::Failed(error.into())
    }

    /// One look; what it says is said when it is new. A backend that cannot be reached just now is
    /// looked at again: it may be restarting.
    async fn look(
        &mut self,
        observed: &mut Observed,
        last: &mut Option<String>,
    ) -> Result<Option<Metadata>> {
        let (said, seen) = match self.backend.metadata(self.job).await {
            Ok(seen) => {
                self.saw(&seen);
                let since = self.running.filter(|_| seen.is_running());
                let said = seen.sentence(self.job.now());
                observed.metadata(match since {
                    Some(since) => {
                        format!("metadata says RUNNING, seen so since {}", local_time(since))
                    }
                    None => format!("metadata: {said}"),
                });
                (said, Some(seen))
            }
            Err(error) if error.kind() == Kind::Stopped => return Ok(None),
            Err(error) => {
                observed.metadata(format!("metadata cannot be asked ({})", error.chain()));
                (error.chain(), None)
            }
        };
        if last.as_ref() != Some(&said) {
            self.job.line(US, format!("metadata: {said}"));
            *last = Some(said);
        }
        Ok(seen)
    }

    /// Notes since when metadata says RUNNING.
    pub(super) fn saw(&mut self, seen: &Metadata) {
        let since = self.running.unwrap_or_else(|| self.job.now());
        self.running = seen.is_running().then_some(since);
    }

    /// Counts the rows that arrived, where there is a database to count in.
    async fn count_rows(&self, observed: &mut Observed) {
        let Some((url, mark)) = self.rows else {
            return;
        };
        let counting = async {
            let mut store = Store::open(url, self.timeouts.look).await?;
            let count = store.arrived(mark).await?;
            store.close().await?;
            Ok::<_, Error>(count)
        };
        let count = match tokio::time::timeout(self.timeouts.look, counting).await {
            Ok(count) => count.map_err(|error| error.chain()),
            Err(_) => Err("it does not answer in time".to_owned()),
        };
        observed.rows(count, self.job.now());
    }
}

/// What a cut means over there, and what to do.
fn hint_broken(broken: &Broken) -> String {
    let proxy = broken.proxy.as_ref();
    let proxy = proxy.map_or_else(String::new, |proxy| format!("{proxy}; "));
    format!(
        "{proxy}{BACKEND_ALONE}; nothing is started again by itself: when metadata is not RUNNING, \
         start it again"
    )
}

/// Where the connection broke, if it did.
fn after_break(broken: Option<&Broken>) -> String {
    broken.map_or_else(String::new, |broken| format!(": {}", broke_at(broken)))
}

#[derive(Debug, Default)]
struct Observed {
    metadata: Option<String>,
    rows: Option<std::result::Result<Rows, String>>,
    said: String,
}

#[derive(Clone, Copy, Debug)]
struct Rows {
    count: u64,
    since: Timestamp,
    /// They were seen to become more.
    arrived: bool,
}

impl Observed {
    fn metadata(&mut self, said: String) {
        self.metadata = Some(said);
    }

    /// How many rows there are by now, or why that is unknown.
    fn rows(&mut self, count: std::result::Result<u64, String>, now: Timestamp) {
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

    fn known(&self, now: Timestamp) -> String {
        let metadata = self.metadata.as_deref();
        let rows = match &self.rows {
            None => None,
            Some(Err(why)) => Some(format!("the database cannot be read: {why}")),
            Some(Ok(rows)) => {
                let quiet = now.duration_since(rows.since);
                let long = quiet >= QUIET;
                Some(if rows.arrived && !long {
                    format!("rows arrive in the database, {} so far", count(rows.count))
                } else if long {
                    // By the minute: each change of it is a line of the journal.
                    let minutes = SignedDuration::from_mins(quiet.as_mins());
                    format!("no new row in the database for {}", duration(minutes))
                } else {
                    "no new row in the database yet".to_owned()
                })
            }
        };
        let metadata = metadata.unwrap_or("nothing is known");
        let rows = rows.map_or_else(String::new, |rows| format!("; {rows}"));
        format!("{metadata}; whether the backend still works cannot be seen from here{rows}")
    }

    /// The same, where it is news.
    fn news(&mut self, now: Timestamp) -> Option<String> {
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
        let mut observed = Observed::default();
        observed.metadata("metadata says RUNNING".to_owned());
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
            observed.rows(count, at(seconds));
            let known = observed.known(at(seconds));
            assert!(known.ends_with(words), "{seconds}: {known}");
            assert!(
                known.starts_with("metadata says RUNNING; whether"),
                "{known}"
            );
        }
        assert!(observed.news(at(226)).is_some());
        assert_eq!(observed.news(at(227)), None);
    }
}
