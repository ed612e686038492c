//! Watching by metadata: after a break, and for a sync that somebody else started.
//!
//! Metadata tells an end. It does not tell whether anybody still works: a backend that was killed
//! leaves RUNNING for ever. Where there is a database, rows that arrive say so.

use tokio::time::{Instant, sleep};

use super::{Break, Follow, News, Sight};
use crate::dapodik::metadata::Metadata;
use crate::dapodik::model::{Broken, End, Scope};
use crate::dapodik::progress::Progress;
use crate::dapodik::store::Store;
use crate::dapodik::words;
use crate::error::{Error, Kind, Result};

/// How often an unchanged value is looked at before it is believed: a backend that had just taken
/// the request may write RUNNING a moment later.
const LOOKS: u32 = 3;
/// After how many looks in vain a backend is given up.
const VAIN: u32 = 30;
/// Rows are counted at every so many looks: the tables have no index for it.
const COUNT_EVERY: u32 = 3;

impl Follow<'_> {
    /// What became of a sync whose stream broke, as far as that can be known.
    pub(super) async fn lost(&mut self, broken: Break) -> Result<End> {
        self.job.line(words::US, words::broken(&broken.why));
        if self.stopping {
            return Ok(End::Stopped(words::stopped_there()));
        }
        let broken = Broken {
            percent: self.progress.percent(),
            place: self.progress.place().map(str::to_owned),
            proxy: broken.sign.as_ref().map(words::proxy),
            why: broken.why,
        };
        let error = Error::remote(words::interrupted(&broken));
        let interrupted = End::Interrupted(error.hint(words::hint_broken(&broken)).into());
        self.broken = Some(broken);
        if self.plan.scope != Scope::Global {
            // Metadata says nothing about a run of some kecamatan.
            return Ok(interrupted);
        }
        self.job.stage(words::watching());
        self.watch_metadata(|_| interrupted).await
    }

    /// Looks at metadata until it tells the end; `unchanged` is what it means when nothing began.
    pub(super) async fn watch_metadata(
        &mut self,
        unchanged: impl FnOnce(&Metadata) -> End,
    ) -> Result<End> {
        let deadline = Instant::now() + self.timeouts.watch;
        let (mut turn, mut looks, mut vain) = (0, 0, 0);
        let (mut sight, mut last) = (Sight::default(), None);
        loop {
            vain += 1;
            if let Some(seen) = self.look(&mut sight, &mut last).await? {
                vain = 0;
                match self.watch.look(&seen) {
                    News::Done => {
                        self.last_sync = seen.said();
                        return Ok(End::DoneByMetadata);
                    }
                    News::Failed(why) => return Ok(self.failed(&why)),
                    News::Unchanged => {
                        looks += 1;
                        if looks >= LOOKS {
                            return Ok(unchanged(&seen));
                        }
                    }
                    News::Running => looks = 0,
                }
            }
            if turn % COUNT_EVERY == 0 {
                self.count_rows(&mut sight).await;
            }
            turn += 1;
            if let Some(known) = sight.news(self.job.now()) {
                let event = Progress::watched(&known);
                self.progress.event(&event, self.job.now());
                self.job.say(event);
            }
            if vain >= VAIN || Instant::now() >= deadline {
                let known = sight.known(self.job.now());
                let why = words::watched_in_vain(self.broken.as_ref(), &known);
                let error = Error::remote(why).hint(words::hint_metadata());
                return Ok(End::Interrupted(error.into()));
            }
            let wait = if looks > 0 {
                self.timeouts.settle
            } else {
                self.timeouts.poll
            };
            if self.job.or_cancel("", sleep(wait)).await.is_err() {
                let known = sight.known(self.job.now());
                let why = words::stopped_watching(self.broken.as_ref(), &known);
                return Ok(End::Stopped(why));
            }
        }
    }

    /// The end that an ERROR in metadata means.
    fn failed(&self, why: &str) -> End {
        let error = match &self.broken {
            Some(broken) => {
                let error = Error::remote(words::gave_up_alone(broken, why));
                error.hint(words::hint_broken(broken))
            }
            None => Error::remote(words::backend_failed(why)),
        };
        End::Failed(error.into())
    }

    /// One look; what it says is said when it is new. A backend that cannot be reached just now is
    /// looked at again: it may be restarting.
    async fn look(
        &mut self,
        sight: &mut Sight,
        last: &mut Option<String>,
    ) -> Result<Option<Metadata>> {
        let (said, seen) = match self.backend.metadata(self.job).await {
            Ok(seen) => {
                self.saw(&seen);
                let since = self.running.filter(|_| seen.is_running());
                let said = seen.sentence(self.job.now());
                sight.metadata(words::metadata_seen(&said, since));
                (said, Some(seen))
            }
            Err(error) if error.kind() == Kind::Stopped => return Ok(None),
            Err(error) => {
                sight.metadata(words::no_metadata_seen(&error.chain()));
                (error.chain(), None)
            }
        };
        if last.as_ref() != Some(&said) {
            self.job.line(words::US, words::metadata_says(&said));
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
    async fn count_rows(&self, sight: &mut Sight) {
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
            Err(_) => Err(words::no_count()),
        };
        sight.rows(count, self.job.now());
    }
}
