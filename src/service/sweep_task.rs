//! The task of one sweep: sweep, read the new summary of the job, publish and notify what follows from it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::cutover::{self, CutoverSummary};
use super::notify::notifier::Notifier;
use super::report_publisher::ReportPublisher;
use crate::api::transport::call_stats::{CallCounter, CallStats};
use crate::api::transport::client::Client;
use crate::clock::Clock;
use crate::collect::{self, RecordedSweep};
use crate::history::figures::cutover::CutoverLimits;
use crate::model::Job;
use crate::store::{JobSummary, Store};

/// What a task reads of its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    ObjectsAndStatus,
    Objects,
    /// The status alone, which is one call.
    Status,
}

/// The inputs of a sweep. The task owns them, so that aborting it leaves nothing half done.
pub(super) struct SweepTask {
    pub(super) job: Job,
    pub(super) client: Arc<Client>,
    pub(super) store: Store,
    pub(super) publisher: ReportPublisher,
    pub(super) notifier: Notifier,
    pub(super) clock: Arc<dyn Clock>,
    /// Failed sweeps since the last complete one.
    pub(super) failed_in_a_row: u32,
    /// The summary of the job before this sweep.
    pub(super) summary: Option<JobSummary>,
    /// The newest status before this sweep.
    pub(super) cutover: Option<CutoverSummary>,
    /// The limits of the cutover.
    pub(super) limits: CutoverLimits,
    /// What is read.
    pub(super) reads: Reads,
    /// How long to wait before the sweep starts, so that jobs of one schedule are spread.
    pub(super) delay: Duration,
    /// Bounds the number of concurrent sweeps.
    pub(super) permits: Arc<Semaphore>,
    /// Cancelled on shutdown: a sweep that has not started does not start.
    pub(super) shutdown: CancellationToken,
}

/// The outcome of a sweep task.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SweepOutcome {
    pub(super) job_id: String,
    pub(super) result: SweepResult,
    /// The duration of the sweep, without the delay before it.
    pub(super) duration_ms: u64,
    /// The new summary of the job; `None` if the sweep failed or the summary could not be read.
    pub(super) summary: Option<JobSummary>,
    /// The newest status; `None` if it could not be read.
    pub(super) cutover: Option<CutoverSummary>,
}

/// How a sweep ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SweepResult {
    /// A snapshot was recorded.
    Recorded,
    /// The status was read, or could not be: the objects were not asked for.
    StatusRead,
    /// The sweep failed with this error.
    Failed(String),
    /// The service was told to stop before the sweep had started.
    Cancelled,
}

impl SweepTask {
    /// Runs the sweep. It returns an outcome even after a panic, so that the job is swept again.
    pub(super) async fn run(self) -> SweepOutcome {
        let outcome = AssertUnwindSafe(self.sweep()).catch_unwind().await;
        outcome.unwrap_or_else(|_| {
            let error = "a bug in dts-history ended the sweep (panic); please report it";
            tracing::error!(job = self.job.id, "{error}");
            self.outcome(SweepResult::Failed(error.to_owned()), 0, None)
        })
    }

    fn outcome(&self, result: SweepResult, duration_ms: u64, summary: Option<JobSummary>) -> SweepOutcome {
        SweepOutcome { job_id: self.job.id.clone(), result, duration_ms, summary, cutover: None }
    }

    async fn sweep(&self) -> SweepOutcome {
        let start = async {
            tokio::time::sleep(self.delay).await;
            self.permits.acquire().await
        };
        let Some(Ok(_permit)) = self.shutdown.run_until_cancelled(start).await else {
            return self.outcome(SweepResult::Cancelled, 0, None);
        };
        let (start, counter) = (Instant::now(), CallCounter::default());
        if self.reads == Reads::Status {
            return self.read_status(&counter).await;
        }
        let result = self.collect(&counter).await;
        let duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        log(&self.job, &result, duration_ms, counter.stats());
        let recorded = match result {
            Ok(recorded) => recorded,
            Err(error) => {
                // Another attempt will not help: this is not one failed sweep of several.
                let is_fatal = matches!(&error, collect::Error::Store(error) if error.is_about_lost_files());
                let (error, in_a_row) = (format!("{error:#}"), self.failed_in_a_row + 1);
                let (before, now_ms) = (self.summary.as_ref(), self.clock.now_ms());
                self.notifier.on_sweep_failed(&self.job, before, in_a_row, &error, is_fatal, now_ms).await;
                return self.outcome(SweepResult::Failed(error), duration_ms, None);
            }
        };
        let summary = self.new_summary(&recorded).await;
        if let Some(summary) = &summary {
            self.publisher.publish_end(&self.store, &self.job.id, summary).await;
            let (before, now_ms) = (self.summary.as_ref(), self.clock.now_ms());
            self.notifier.on_summary(&self.job, before, summary, now_ms).await;
        }
        let cutover = self.new_cutover().await;
        SweepOutcome { cutover, ..self.outcome(SweepResult::Recorded, duration_ms, summary) }
    }

    /// Records the status alone. A failure is no failed sweep: the next tick tries again.
    async fn read_status(&self, counter: &CallCounter) -> SweepOutcome {
        let read = async {
            self.store.check_file().await?;
            collect::status_once(&self.client, &self.store, &self.job, counter).await
        };
        if let Err(error) = read.await {
            tracing::warn!(job = self.job.id, %error, "not recorded");
        }
        SweepOutcome { cutover: self.new_cutover().await, ..self.outcome(SweepResult::StatusRead, 0, None) }
    }

    /// The newest status, whose events are put into the outbox.
    async fn new_cutover(&self) -> Option<CutoverSummary> {
        let now_ms = self.clock.now_ms();
        let summary = match cutover::summary(&self.store, &self.job.id, self.limits, now_ms).await {
            Ok(summary) => summary?,
            Err(error) => {
                tracing::error!(job = self.job.id, %error, "cannot read the status of the job");
                return None;
            }
        };
        let has_changed = self.cutover.is_none_or(|before| before.state != summary.state);
        if has_changed {
            self.notifier.on_cutover(&self.job, self.limits, now_ms).await;
        }
        Some(summary)
    }

    /// Sweeps into the database that was opened at the start. A file that was deleted or replaced meanwhile fails the
    /// sweep, and also one that has just been recorded: its snapshot is lost.
    async fn collect(&self, counter: &CallCounter) -> Result<RecordedSweep, collect::Error> {
        self.store.check_file().await?;
        let recorded = match self.reads {
            Reads::Objects => {
                collect::once_without_status(&self.client, &self.store, &self.job, counter).await?
            }
            _ => collect::once(&self.client, &self.store, &self.job, counter).await?,
        };
        self.store.check_file().await?;
        Ok(recorded)
    }

    /// The summary after this sweep. A sweep without changes moves only the time of the last snapshot, so the
    /// database is not asked.
    async fn new_summary(&self, recorded: &RecordedSweep) -> Option<JobSummary> {
        if let (0, Some(mut summary)) = (recorded.changes, self.summary) {
            summary.last.finished_at_ms = recorded.finished_at_ms;
            summary.last.pages = recorded.pages;
            return Some(summary);
        }
        match self.store.job_summary(&self.job.id).await {
            Ok(summary) => summary,
            Err(error) => {
                tracing::error!(job = self.job.id, %error, "cannot read the job's summary");
                None
            }
        }
    }
}

/// One line for each sweep. Users search their logs for the names of its fields.
fn log(job: &Job, result: &Result<RecordedSweep, collect::Error>, duration_ms: u64, stats: CallStats) {
    let job = &job.id;
    let CallStats { calls, retries, rereads } = stats;
    match result {
        Ok(RecordedSweep { snapshot_id, pages, objects, changes, .. }) => {
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
