//! Removes old rows according to the retention rules.
//!
//! It works in small transactions, and pauses after each for as long as it took, so that a recorder waits for one
//! transaction at most. The history is consistent after each of them, so pruning may be aborted at any moment.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::history::downsample::{RowMerge, plan_merges};
use crate::store::{DiskUsage, Error, Pruner, Store};

/// Maximum number of rows that one transaction removes.
const MAX_ROWS_PER_STEP: u32 = 2000;
/// Number of free pages that one step returns to the file system.
const FREE_PAGES_PER_STEP: u32 = 256;
/// The shortest pause between two steps.
const MIN_PAUSE: Duration = Duration::from_millis(2);

/// The time for which each kind of row is kept; `None` keeps it for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionRules {
    /// Age after which the change rows of a finished table are merged.
    pub downsample_after: Option<Duration>,
    /// The time span that becomes one row when change rows are merged.
    pub bucket: Duration,
    /// Failed sweeps.
    pub failed_after: Option<Duration>,
    /// Outbox messages that are delivered or given up.
    pub messages_after: Option<Duration>,
    /// Jobs that are not recorded any more.
    pub jobs_after: Option<Duration>,
}

impl RetentionRules {
    /// The cutoffs at this time.
    #[must_use]
    pub fn cutoffs(&self, now_ms: i64) -> Cutoffs {
        let before = |after: Option<Duration>| after.map(|after| now_ms.saturating_sub(to_millis(after)));
        Cutoffs {
            downsample_before_ms: before(self.downsample_after),
            bucket_ms: to_millis(self.bucket),
            failed_before_ms: before(self.failed_after),
            messages_before_ms: before(self.messages_after),
            jobs_before_ms: before(self.jobs_after),
        }
    }
}

fn to_millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// The time before which each kind of row is removed; `None` removes nothing of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cutoffs {
    /// The change rows of finished tables that have not changed since are merged.
    pub downsample_before_ms: Option<i64>,
    /// The time span that becomes one row when change rows are merged.
    pub bucket_ms: i64,
    /// Failed sweeps before this are removed, except for those since the job's last complete snapshot.
    pub failed_before_ms: Option<i64>,
    /// Outbox messages before this that are delivered or given up are removed.
    pub messages_before_ms: Option<i64>,
    /// Jobs whose last snapshot is before this are dropped with their whole history.
    pub jobs_before_ms: Option<i64>,
}

impl Cutoffs {
    /// Whether anything is removed at all.
    #[must_use]
    pub fn is_any_set(&self) -> bool {
        let Self { downsample_before_ms, failed_before_ms, messages_before_ms, jobs_before_ms, .. } = self;
        [downsample_before_ms, failed_before_ms, messages_before_ms, jobs_before_ms]
            .iter()
            .any(|it| it.is_some())
    }
}

/// The options of a prune.
#[derive(Debug, Clone, Copy)]
pub struct PruneOptions<'a> {
    /// The age limits of the rows to remove.
    pub cutoffs: Cutoffs,
    /// Only this job; `None` for all.
    pub job_id: Option<&'a str>,
    /// The ids of the configured jobs, which are never dropped.
    pub keep_jobs: &'a [String],
    /// Only count what would be removed.
    pub dry_run: bool,
}

/// The rows that were removed from one job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrunedJob {
    /// The id of the job.
    pub job_id: String,
    /// Tables whose change rows were merged.
    pub downsampled_tables: u64,
    /// Change rows that were merged into others.
    pub downsampled_rows: u64,
    /// Removed failed sweeps.
    pub failed_sweeps: u64,
    /// Whether the whole job was dropped.
    pub dropped: bool,
}

/// The result of a prune.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The jobs that something was removed from.
    pub jobs: Vec<PrunedJob>,
    /// Removed outbox messages.
    pub messages: u64,
    /// Removed rows of dropped jobs.
    pub dropped_rows: u64,
    /// The size of the database before.
    pub before: DiskUsage,
    /// The size of the database after.
    pub after: DiskUsage,
}

/// Prunes a history. `progress` is called after each step with the number of rows removed so far.
///
/// # Errors
/// If the database cannot be read or written. The steps before the error stay done.
pub async fn prune(
    store: &Store,
    options: PruneOptions<'_>,
    mut progress: impl FnMut(u64) + Send,
) -> Result<Pruned, Error> {
    let before = store.disk_usage().await?;
    let pruner = store.pruner().await?;
    let mut work =
        PruneRun { pruner, options, removed_rows: 0, progress: &mut progress, pruned: Pruned::default() };
    let result = work.run(store).await;
    let PruneRun { pruner, mut pruned, .. } = work;
    pruner.close().await;
    result?;
    pruned.before = before;
    pruned.after = store.disk_usage().await?;
    Ok(pruned)
}

struct PruneRun<'a> {
    pruner: Pruner,
    options: PruneOptions<'a>,
    removed_rows: u64,
    progress: &'a mut (dyn FnMut(u64) + Send),
    pruned: Pruned,
}

impl PruneRun<'_> {
    async fn run(&mut self, store: &Store) -> Result<(), Error> {
        let PruneOptions { cutoffs, job_id, dry_run, .. } = self.options;
        // First finish an earlier run that was aborted.
        if !dry_run {
            self.delete_rows_of_dropped_jobs().await?;
        }
        let dropped = match cutoffs.jobs_before_ms {
            Some(before_ms) => self.drop_jobs(before_ms).await?,
            None => Vec::new(),
        };
        for job in store.jobs().await? {
            let id = job.job.id;
            if job_id.is_some_and(|only| only != id) || dropped.contains(&id) {
                continue;
            }
            let mut pruned_job = PrunedJob { job_id: id, ..PrunedJob::default() };
            if let Some(before_ms) = cutoffs.failed_before_ms {
                pruned_job.failed_sweeps = self.drop_failed_sweeps(&pruned_job.job_id, before_ms).await?;
            }
            if let Some(before_ms) = cutoffs.downsample_before_ms {
                self.merge_old_rows(&mut pruned_job, before_ms).await?;
            }
            if pruned_job.failed_sweeps > 0 || pruned_job.downsampled_rows > 0 {
                self.pruned.jobs.push(pruned_job);
            }
        }
        if let Some(before_ms) = cutoffs.messages_before_ms {
            self.drop_messages(before_ms).await?;
        }
        if !dry_run {
            self.release_free_pages().await?;
        }
        Ok(())
    }

    /// Reports the progress of a step, and leaves the database to others for as long as the step took.
    async fn pause(&mut self, rows: u64, started: Instant) {
        self.removed_rows += rows;
        (self.progress)(self.removed_rows);
        sleep(started.elapsed().max(MIN_PAUSE)).await;
    }

    async fn drop_jobs(&mut self, before_ms: i64) -> Result<Vec<String>, Error> {
        let PruneOptions { job_id, keep_jobs, dry_run, .. } = self.options;
        let mut dropped = Vec::new();
        for stale in self.pruner.stale_jobs(before_ms).await? {
            let id = stale.job_id;
            if job_id.is_some_and(|only| only != id) || keep_jobs.contains(&id) {
                continue;
            }
            if dry_run {
                self.pruned.dropped_rows += self.pruner.count_rows(&id).await?;
            } else if !self.pruner.drop_job(&id, before_ms).await? {
                continue;
            }
            self.pruned.jobs.push(PrunedJob { job_id: id.clone(), dropped: true, ..PrunedJob::default() });
            dropped.push(id);
        }
        if !dry_run {
            self.pruned.dropped_rows += self.delete_rows_of_dropped_jobs().await?;
        }
        Ok(dropped)
    }

    async fn delete_rows_of_dropped_jobs(&mut self) -> Result<u64, Error> {
        let mut removed = 0;
        loop {
            let started = Instant::now();
            let rows = self.pruner.delete_rows_of_dropped_jobs(MAX_ROWS_PER_STEP).await?;
            if rows == 0 {
                return Ok(removed);
            }
            removed += rows;
            self.pause(rows, started).await;
        }
    }

    async fn drop_failed_sweeps(&mut self, job_id: &str, before_ms: i64) -> Result<u64, Error> {
        if self.options.dry_run {
            return self.pruner.count_failed_sweeps(job_id, before_ms).await;
        }
        let mut removed = 0;
        loop {
            let started = Instant::now();
            let rows = self.pruner.drop_failed_sweeps(job_id, before_ms, MAX_ROWS_PER_STEP).await?;
            if rows == 0 {
                return Ok(removed);
            }
            removed += rows;
            self.pause(rows, started).await;
        }
    }

    async fn drop_messages(&mut self, before_ms: i64) -> Result<(), Error> {
        let job_id = self.options.job_id;
        if self.options.dry_run {
            self.pruned.messages = self.pruner.count_messages(job_id, before_ms).await?;
            return Ok(());
        }
        loop {
            let started = Instant::now();
            let rows = self.pruner.drop_messages(job_id, before_ms, MAX_ROWS_PER_STEP).await?;
            if rows == 0 {
                return Ok(());
            }
            self.pruned.messages += rows;
            self.pause(rows, started).await;
        }
    }

    async fn merge_old_rows(&mut self, pruned_job: &mut PrunedJob, before_ms: i64) -> Result<(), Error> {
        let bucket_ms = self.options.cutoffs.bucket_ms;
        for object in self.pruner.finished_tables(&pruned_job.job_id, before_ms).await? {
            let observations = self.pruner.observations(object).await?;
            let mut rows = 0;
            for merges in batch_merges(&plan_merges(&observations, bucket_ms)) {
                if self.options.dry_run {
                    rows += merges.iter().map(|it| (it.last_index - it.first_index) as u64).sum::<u64>();
                    continue;
                }
                let started = Instant::now();
                let merged = self.pruner.merge(object, &observations, merges, bucket_ms).await?;
                rows += merged;
                self.pause(merged, started).await;
            }
            pruned_job.downsampled_rows += rows;
            pruned_job.downsampled_tables += u64::from(rows > 0);
        }
        Ok(())
    }

    async fn release_free_pages(&mut self) -> Result<(), Error> {
        loop {
            let started = Instant::now();
            if self.pruner.release_free_pages(FREE_PAGES_PER_STEP).await? == 0 {
                break;
            }
            self.pause(0, started).await;
        }
        if !self.pruner.truncate_wal().await? {
            tracing::debug!("other connections use the database; the write-ahead log is truncated later");
        }
        Ok(())
    }
}

/// Splits the merges of one table into batches that each remove about as many rows as one step may.
fn batch_merges(merges: &[RowMerge]) -> Vec<&[RowMerge]> {
    let mut batches = Vec::new();
    let (mut from, mut rows) = (0, 0);
    for (index, merge) in merges.iter().enumerate() {
        rows += merge.last_index - merge.first_index;
        if rows >= MAX_ROWS_PER_STEP as usize || index + 1 == merges.len() {
            batches.push(&merges[from..=index]);
            (from, rows) = (index + 1, 0);
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_contain_every_merge_once() {
        let merges: Vec<_> = (0..50)
            .map(|index| RowMerge { first_index: index * 200, last_index: index * 200 + 150 })
            .collect();
        let batches = batch_merges(&merges);
        assert_eq!(batches.concat(), merges);
        assert_eq!(batches.iter().map(|it| it.len()).collect::<Vec<_>>(), [14, 14, 14, 8]);
        assert_eq!(self::batch_merges(&[]), Vec::<&[RowMerge]>::new());
    }
}
