//! Verb three: a history loses what nobody asks for any more, if it was asked to.
//!
//! Everything happens in small steps with a pause after each that is as long as the step took, so that whoever
//! records meanwhile waits for one step at most. Between any two steps the history is whole: it may end there.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::history::thin::{Merge, merges};
use crate::store::{DiskUsage, Error, Pruner, Store};

/// Rows that one step removes at most.
const ROWS_AT_ONCE: u32 = 2000;
/// Free pages that one step gives back.
const PAGES_AT_ONCE: u32 = 256;
/// The shortest pause.
const PAUSE_LEAST: Duration = Duration::from_millis(2);

/// For how long what is kept; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Until a finished table that does not change any more is thinned.
    pub thin_after: Option<Duration>,
    /// So much time of a thinned table becomes one row.
    pub bucket: Duration,
    /// Failed sweeps.
    pub failed_after: Option<Duration>,
    /// Messages that are delivered or given up.
    pub messages_after: Option<Duration>,
    /// Jobs of which nothing is recorded any more.
    pub jobs_after: Option<Duration>,
}

impl Rules {
    /// The limits at this moment.
    #[must_use]
    pub fn limits(&self, now_ms: i64) -> Limits {
        let before = |after: Option<Duration>| after.map(|after| now_ms.saturating_sub(ms(after)));
        Limits {
            thin_before_ms: before(self.thin_after),
            bucket_ms: ms(self.bucket),
            failed_before_ms: before(self.failed_after),
            messages_before_ms: before(self.messages_after),
            jobs_before_ms: before(self.jobs_after),
        }
    }
}

fn ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// What is to go, each by the moment before which it is old. `None`: nothing of it goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Finished tables that have not changed since are thinned.
    pub thin_before_ms: Option<i64>,
    /// So much time of a thinned table becomes one row.
    pub bucket_ms: i64,
    /// Failed sweeps before this are removed, but for those since the job's last complete snapshot.
    pub failed_before_ms: Option<i64>,
    /// Messages before this that are delivered or given up.
    pub messages_before_ms: Option<i64>,
    /// Jobs of which nothing was recorded since are dropped, with all that is recorded of them.
    pub jobs_before_ms: Option<i64>,
}

impl Limits {
    /// Whether anything is to go.
    #[must_use]
    pub fn any(&self) -> bool {
        let Self { thin_before_ms, failed_before_ms, messages_before_ms, jobs_before_ms, .. } = self;
        [thin_before_ms, failed_before_ms, messages_before_ms, jobs_before_ms].iter().any(|it| it.is_some())
    }
}

/// What is pruned, and what is not to be touched.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// What is to go.
    pub limits: Limits,
    /// This job alone.
    pub job_id: Option<&'a str>,
    /// Jobs that are recorded still: never dropped.
    pub recorded: &'a [String],
    /// Count, and change nothing.
    pub dry_run: bool,
}

/// What was taken out of one job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfJob {
    /// The job.
    pub job_id: String,
    /// Tables that were thinned.
    pub thinned_tables: u64,
    /// Change rows of these that were merged into others.
    pub thinned_rows: u64,
    /// Failed sweeps that are gone.
    pub failed_sweeps: u64,
    /// Whether the whole job is gone.
    pub dropped: bool,
}

/// What was taken out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// By job, those of which anything was.
    pub jobs: Vec<OfJob>,
    /// Messages that are gone.
    pub messages: u64,
    /// Rows of dropped jobs that are gone.
    pub dropped_rows: u64,
    /// The database before.
    pub before: DiskUsage,
    /// The database after.
    pub after: DiskUsage,
}

/// Prunes a history. `progress` is told how many rows are gone, after each step.
///
/// # Errors
/// If the database cannot be read or written. What was done by then stays done.
pub async fn prune(
    store: &Store,
    task: Task<'_>,
    mut progress: impl FnMut(u64) + Send,
) -> Result<Pruned, Error> {
    let before = store.disk_usage().await?;
    let pruner = store.pruner().await?;
    let mut work = Work { pruner, task, gone: 0, progress: &mut progress, pruned: Pruned::default() };
    let done = work.run(store).await;
    let Work { pruner, mut pruned, .. } = work;
    pruner.close().await;
    done?;
    pruned.before = before;
    pruned.after = store.disk_usage().await?;
    Ok(pruned)
}

struct Work<'a> {
    pruner: Pruner,
    task: Task<'a>,
    gone: u64,
    progress: &'a mut (dyn FnMut(u64) + Send),
    pruned: Pruned,
}

impl Work<'_> {
    async fn run(&mut self, store: &Store) -> Result<(), Error> {
        let Task { limits, job_id, dry_run, .. } = self.task;
        // First of all what an earlier run did not finish.
        if !dry_run {
            self.delete_rows_of_dropped_jobs().await?;
        }
        let dropped = match limits.jobs_before_ms {
            Some(before_ms) => self.drop_jobs(before_ms).await?,
            None => Vec::new(),
        };
        for job in store.jobs().await? {
            let id = job.job.id;
            if job_id.is_some_and(|only| only != id) || dropped.contains(&id) {
                continue;
            }
            let mut of_job = OfJob { job_id: id, ..OfJob::default() };
            if let Some(before_ms) = limits.failed_before_ms {
                of_job.failed_sweeps = self.drop_failed_sweeps(&of_job.job_id, before_ms).await?;
            }
            if let Some(before_ms) = limits.thin_before_ms {
                self.thin(&mut of_job, before_ms).await?;
            }
            if of_job.failed_sweeps > 0 || of_job.thinned_rows > 0 {
                self.pruned.jobs.push(of_job);
            }
        }
        if let Some(before_ms) = limits.messages_before_ms {
            self.drop_messages(before_ms).await?;
        }
        if !dry_run {
            self.release_free_pages().await?;
        }
        Ok(())
    }

    /// A step has ended: tells of it, and leaves the database to others for as long as it took.
    async fn pause(&mut self, rows: u64, began: Instant) {
        self.gone += rows;
        (self.progress)(self.gone);
        sleep(began.elapsed().max(PAUSE_LEAST)).await;
    }

    async fn drop_jobs(&mut self, before_ms: i64) -> Result<Vec<String>, Error> {
        let Task { job_id, recorded, dry_run, .. } = self.task;
        let mut dropped = Vec::new();
        for stale in self.pruner.stale_jobs(before_ms).await? {
            let id = stale.job_id;
            if job_id.is_some_and(|only| only != id) || recorded.contains(&id) {
                continue;
            }
            if dry_run {
                self.pruned.dropped_rows += self.pruner.count_rows(&id).await?;
            } else if !self.pruner.drop_job(&id, before_ms).await? {
                continue;
            }
            self.pruned.jobs.push(OfJob { job_id: id.clone(), dropped: true, ..OfJob::default() });
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
            let began = Instant::now();
            let rows = self.pruner.delete_rows_of_dropped_jobs(ROWS_AT_ONCE).await?;
            if rows == 0 {
                return Ok(removed);
            }
            removed += rows;
            self.pause(rows, began).await;
        }
    }

    async fn drop_failed_sweeps(&mut self, job_id: &str, before_ms: i64) -> Result<u64, Error> {
        if self.task.dry_run {
            return self.pruner.count_failed_sweeps(job_id, before_ms).await;
        }
        let mut removed = 0;
        loop {
            let began = Instant::now();
            let rows = self.pruner.drop_failed_sweeps(job_id, before_ms, ROWS_AT_ONCE).await?;
            if rows == 0 {
                return Ok(removed);
            }
            removed += rows;
            self.pause(rows, began).await;
        }
    }

    async fn drop_messages(&mut self, before_ms: i64) -> Result<(), Error> {
        let job_id = self.task.job_id;
        if self.task.dry_run {
            self.pruned.messages = self.pruner.count_messages(job_id, before_ms).await?;
            return Ok(());
        }
        loop {
            let began = Instant::now();
            let rows = self.pruner.drop_messages(job_id, before_ms, ROWS_AT_ONCE).await?;
            if rows == 0 {
                return Ok(());
            }
            self.pruned.messages += rows;
            self.pause(rows, began).await;
        }
    }

    async fn thin(&mut self, of_job: &mut OfJob, before_ms: i64) -> Result<(), Error> {
        let bucket_ms = self.task.limits.bucket_ms;
        for object_no in self.pruner.finished_tables(&of_job.job_id, before_ms).await? {
            let observations = self.pruner.observations(object_no).await?;
            let mut rows = 0;
            for merges in portions(&merges(&observations, bucket_ms)) {
                if self.task.dry_run {
                    rows += merges.iter().map(|it| (it.into - it.from) as u64).sum::<u64>();
                    continue;
                }
                let began = Instant::now();
                let merged = self.pruner.merge(object_no, &observations, merges, bucket_ms).await?;
                rows += merged;
                self.pause(merged, began).await;
            }
            of_job.thinned_rows += rows;
            of_job.thinned_tables += u64::from(rows > 0);
        }
        Ok(())
    }

    async fn release_free_pages(&mut self) -> Result<(), Error> {
        loop {
            let began = Instant::now();
            if self.pruner.release_free_pages(PAGES_AT_ONCE).await? == 0 {
                break;
            }
            self.pause(0, began).await;
        }
        if !self.pruner.truncate_wal().await? {
            tracing::debug!("somebody reads or writes: the log is folded in later");
        }
        Ok(())
    }
}

/// Cuts the merges of one table, so that each portion removes about as many rows as a step may.
fn portions(merges: &[Merge]) -> Vec<&[Merge]> {
    let mut portions = Vec::new();
    let (mut from, mut rows) = (0, 0);
    for (at, merge) in merges.iter().enumerate() {
        rows += merge.into - merge.from;
        if rows >= ROWS_AT_ONCE as usize || at + 1 == merges.len() {
            portions.push(&merges[from..=at]);
            (from, rows) = (at + 1, 0);
        }
    }
    portions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_hold_every_merge_once() {
        let merges: Vec<_> = (0..50).map(|at| Merge { from: at * 200, into: at * 200 + 150 }).collect();
        let portions = portions(&merges);
        assert_eq!(portions.concat(), merges);
        assert_eq!(portions.iter().map(|it| it.len()).collect::<Vec<_>>(), [14, 14, 14, 8]);
        assert_eq!(self::portions(&[]), Vec::<&[Merge]>::new());
    }
}
