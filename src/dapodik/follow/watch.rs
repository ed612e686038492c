//! Watching by metadata: after a break, and for a sync that somebody else started.

use tokio::time::{Instant, sleep};

use super::{Follow, News};
use crate::dapodik::metadata::Metadata;
use crate::dapodik::model::{End, Scope};
use crate::dapodik::words;
use crate::error::{Error, Kind, Result};

/// How often an unchanged value is looked at before it is believed: a backend that had just taken
/// the request may write RUNNING a moment later.
const LOOKS: u32 = 3;
/// After how many looks in vain a backend is given up.
const VAIN: u32 = 30;

impl Follow<'_> {
    /// What became of a sync whose stream broke, as far as that can be known.
    pub(super) async fn lost(&mut self, why: &str) -> Result<End> {
        self.job.line(words::US, words::broken(why));
        if self.stopping {
            return Ok(End::Stopped(words::stopped_there()));
        }
        let interrupted = self.interrupted(why);
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
        let deadline = Instant::now() + self.pace.watch;
        let (mut looks, mut vain) = (0, 0);
        let mut last = None;
        loop {
            vain += 1;
            if let Some(seen) = self.look(&mut last).await? {
                vain = 0;
                match self.watch.look(&seen) {
                    News::Done => {
                        self.last_sync = seen.said();
                        return Ok(End::DoneByMetadata);
                    }
                    News::Failed(why) => {
                        return Ok(End::Failed(
                            Error::remote(words::backend_failed(&why)).into(),
                        ));
                    }
                    News::Unchanged => {
                        looks += 1;
                        if looks >= LOOKS {
                            return Ok(unchanged(&seen));
                        }
                    }
                    News::Running => looks = 0,
                }
            }
            if vain >= VAIN || Instant::now() >= deadline {
                let why = words::watched_in_vain(last.as_deref().unwrap_or_default());
                let error = Error::remote(why).hint(words::hint_metadata());
                return Ok(End::Interrupted(error.into()));
            }
            let wait = if looks > 0 {
                self.pace.settle
            } else {
                self.pace.poll
            };
            if self.job.or_cancel("", sleep(wait)).await.is_err() {
                return Ok(End::Stopped(words::stopped_watching()));
            }
        }
    }

    /// One look; what it says is said when it is new. A backend that cannot be reached just now is
    /// looked at again: it may be restarting.
    async fn look(&mut self, last: &mut Option<String>) -> Result<Option<Metadata>> {
        let (said, seen) = match self.backend.metadata(self.job).await {
            Ok(seen) => (seen.sentence(self.job.now()), Some(seen)),
            Err(error) if error.kind() == Kind::Stopped => return Ok(None),
            Err(error) => (error.chain(), None),
        };
        if last.as_ref() != Some(&said) {
            self.job.line(words::US, words::metadata_says(&said));
            *last = Some(said);
        }
        Ok(seen)
    }

    /// `interrupted at 37 %, Depok`.
    fn interrupted(&self, why: &str) -> End {
        let place = self.progress.place();
        let sentence = words::interrupted(self.progress.percent(), place, why);
        End::Interrupted(
            Error::remote(sentence)
                .hint(words::hint_interrupted())
                .into(),
        )
    }
}
