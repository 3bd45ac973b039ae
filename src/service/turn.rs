//! One turn of a job: its sweep, then where it stands, then the report if it has come to its end.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::publisher::Publisher;
use super::tell::Teller;
use crate::api::client::Client;
use crate::api::tally::{Effort, Tally};
use crate::clock::Clock;
use crate::collect::{self, Recorded};
use crate::model::Job;
use crate::store::{JobSummary, Store};

/// All that a turn needs; it shares nothing that it could leave half done.
pub(super) struct Turn {
    pub(super) job: Job,
    pub(super) client: Arc<Client>,
    pub(super) store: Store,
    pub(super) publisher: Publisher,
    pub(super) teller: Teller,
    pub(super) clock: Arc<dyn Clock>,
    /// Sweeps that failed since the last complete one.
    pub(super) failed_in_a_row: u32,
    /// Where the job stood before.
    pub(super) standing: Option<JobSummary>,
    /// How long after the tick it begins.
    pub(super) after: Duration,
    /// Bounds the sweeps at one time.
    pub(super) permits: Arc<Semaphore>,
    /// The service is told to stop: what has not begun does not begin.
    pub(super) stopping: CancellationToken,
}

/// What a turn came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Done {
    pub(super) job_id: String,
    pub(super) ended: Ended,
    /// How long the sweep took.
    pub(super) took_ms: u64,
    /// Where the job stands now, if that is known.
    pub(super) standing: Option<JobSummary>,
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// With a snapshot.
    Recorded,
    /// Without, for this reason.
    Failed(String),
    /// Before it had begun.
    Abandoned,
}

impl Turn {
    /// Takes the turn. It always comes back, also from a fault in the program.
    pub(super) async fn run(self) -> Done {
        let done = AssertUnwindSafe(self.take()).catch_unwind().await;
        done.unwrap_or_else(|_| {
            let error = "a fault in the program ended the sweep; please report it";
            tracing::error!(job = self.job.id, "{error}");
            self.done(Ended::Failed(error.to_owned()), 0, None)
        })
    }

    fn done(&self, ended: Ended, took_ms: u64, standing: Option<JobSummary>) -> Done {
        Done { job_id: self.job.id.clone(), ended, took_ms, standing }
    }

    async fn take(&self) -> Done {
        let begin = async {
            tokio::time::sleep(self.after).await;
            self.permits.acquire().await
        };
        let Some(Ok(_permit)) = self.stopping.run_until_cancelled(begin).await else {
            return self.done(Ended::Abandoned, 0, None);
        };
        let (start, tally) = (Instant::now(), Tally::default());
        let result = collect::once(&self.client, &self.store, &self.job, &tally).await;
        let took_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        log(&self.job, &result, took_ms, tally.effort());
        let recorded = match result {
            Ok(recorded) => recorded,
            Err(error) => {
                let (error, in_a_row) = (format!("{error:#}"), self.failed_in_a_row + 1);
                let (last, now_ms) = (self.standing.as_ref(), self.clock.now_ms());
                self.teller.failed(&self.job, last, in_a_row, &error, now_ms).await;
                return self.done(Ended::Failed(error), took_ms, None);
            }
        };
        let standing = self.stands(&recorded).await;
        if let Some(standing) = &standing {
            self.publisher.at_end(&self.store, &self.job.id, standing).await;
            let (before, now_ms) = (self.standing.as_ref(), self.clock.now_ms());
            self.teller.recorded(&self.job, before, standing, now_ms).await;
        }
        self.done(Ended::Recorded, took_ms, standing)
    }

    /// Where the job stands now. A sweep without changes moves nothing but the time of the last snapshot.
    async fn stands(&self, recorded: &Recorded) -> Option<JobSummary> {
        if let (0, Some(mut standing)) = (recorded.changes, self.standing) {
            standing.last.finished_at_ms = recorded.finished_at_ms;
            standing.last.pages = recorded.pages;
            return Some(standing);
        }
        match self.store.job_summary(&self.job.id).await {
            Ok(standing) => standing,
            Err(error) => {
                tracing::error!(job = self.job.id, %error, "the job's standing cannot be read");
                None
            }
        }
    }
}

/// One line a sweep. The names of its fields are what people search their logs for: they stay as they are.
fn log(job: &Job, result: &Result<Recorded, collect::Error>, duration_ms: u64, effort: Effort) {
    let job = &job.id;
    let Effort { calls, retries, rereads } = effort;
    match result {
        Ok(Recorded { snapshot_id, pages, objects, changes, .. }) => {
            tracing::info!(
                job,
                snapshot_id,
                pages,
                objects,
                changes,
                duration_ms,
                calls,
                retries,
                rereads,
                "recorded"
            );
        }
        Err(error) => tracing::error!(job, duration_ms, calls, retries, rereads, %error, "not recorded"),
    }
}
