//! Removes rows in steps so small that a recorder never waits long for one. Each step is a transaction of its own, after
//! which the history is whole.

use super::engine_dispatch::with_engine;
use super::error::Error;
use super::rows::{ForgetPreview, ForgetScope, ObjectNumber, StaleJob};
use super::{postgres, sqlite};
use crate::history::Observation;
use crate::history::downsample::RowMerge;

/// A connection of its own, so that a step waits like any other process, and recorders do not queue behind it.
#[derive(Debug)]
pub struct Pruner {
    pub(super) engine: Engine,
}

#[derive(Debug)]
pub(super) enum Engine {
    Sqlite(sqlite::Pruner),
    Postgres(postgres::Pruner),
}

impl Pruner {
    /// Ends the connection.
    pub async fn close(self) {
        with_engine!(Engine, self.engine, it => it.close().await);
    }

    /// Finished tables of a job with many change rows, whose newest one is older than this moment.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn finished_tables(
        &mut self,
        job_id: &str,
        before_ms: i64,
    ) -> Result<Vec<ObjectNumber>, Error> {
        with_engine!(Engine, &mut self.engine, it => it.finished_tables(job_id, before_ms).await)
    }

    /// The change rows of one object, oldest first.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn observations(&mut self, object: ObjectNumber) -> Result<Vec<Observation>, Error> {
        with_engine!(Engine, &mut self.engine, it => it.observations(object).await)
    }

    /// Merges rows of one object as [`crate::history::downsample`] says, and notes in its job that it was done. Returns
    /// how many rows are gone: none, if another process changed them meanwhile.
    ///
    /// # Errors
    /// If the database cannot be written; then nothing is merged.
    pub async fn merge(
        &mut self,
        object: ObjectNumber,
        observations: &[Observation],
        merges: &[RowMerge],
        bucket_ms: i64,
    ) -> Result<u64, Error> {
        with_engine!(Engine, &mut self.engine, it => it.merge(object, observations, merges, bucket_ms).await)
    }

    /// The number of failed sweeps of a job older than this moment. Those since its last complete snapshot do not
    /// count: they say how the job stands.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn count_failed_sweeps(&mut self, job_id: &str, before_ms: i64) -> Result<u64, Error> {
        with_engine!(Engine, &mut self.engine, it => it.count_failed_sweeps(job_id, before_ms).await)
    }

    /// Removes at most `limit` of these; returns how many.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn drop_failed_sweeps(
        &mut self,
        job_id: &str,
        before_ms: i64,
        limit: u32,
    ) -> Result<u64, Error> {
        with_engine!(Engine, &mut self.engine, it => it.drop_failed_sweeps(job_id, before_ms, limit).await)
    }

    /// The number of messages, delivered or given up, older than this moment; of one job, if one is named. The
    /// newest event of each kind stays, because it may be noticed again.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn count_messages(&mut self, job_id: Option<&str>, before_ms: i64) -> Result<u64, Error> {
        with_engine!(Engine, &mut self.engine, it => it.count_messages(job_id, before_ms).await)
    }

    /// Removes at most `limit` of these; returns how many.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn drop_messages(
        &mut self,
        job_id: Option<&str>,
        before_ms: i64,
        limit: u32,
    ) -> Result<u64, Error> {
        with_engine!(Engine, &mut self.engine, it => it.drop_messages(job_id, before_ms, limit).await)
    }

    /// Jobs of which no sweep, complete or failed, is newer than this moment.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn stale_jobs(&mut self, before_ms: i64) -> Result<Vec<StaleJob>, Error> {
        with_engine!(Engine, &mut self.engine, it => it.stale_jobs(before_ms).await)
    }

    /// The number of change rows and snapshots of a job.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn count_rows(&mut self, job_id: &str) -> Result<u64, Error> {
        with_engine!(Engine, &mut self.engine, it => it.count_rows(job_id).await)
    }

    /// Drops a job: at once nothing shows it any more. `false` if it was recorded meanwhile. Its rows are removed
    /// by [`Pruner::delete_rows_of_dropped_jobs`].
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn drop_job(&mut self, job_id: &str, before_ms: i64) -> Result<bool, Error> {
        with_engine!(Engine, &mut self.engine, it => it.drop_job(job_id, before_ms).await)
    }

    /// Removes at most `limit` rows of dropped jobs, also of those that an earlier run did not finish with. Returns
    /// how many; 0 once nothing of any is left.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn delete_rows_of_dropped_jobs(&mut self, limit: u32) -> Result<u64, Error> {
        with_engine!(Engine, &mut self.engine, it => it.delete_rows_of_dropped_jobs(limit).await)
    }

    /// Gives at most `limit` free pages at the end of the file back to the disk; returns how many. A file of an
    /// older version keeps them, until it is compacted.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn release_free_pages(&mut self, pages: u32) -> Result<u64, Error> {
        match &mut self.engine {
            Engine::Sqlite(it) => it.release_free_pages(pages).await,
            // Autovacuum keeps free space for later rows.
            Engine::Postgres(_) => Ok(0),
        }
    }

    /// Folds the log into the file and empties it, unless somebody reads or writes just now: `false`.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn truncate_wal(&mut self) -> Result<bool, Error> {
        match &mut self.engine {
            Engine::Sqlite(it) => it.truncate_wal().await,
            // The log is the server's.
            Engine::Postgres(_) => Ok(true),
        }
    }

    /// Writes the whole file anew without any free page, and makes it one that gives pages back from then on.
    /// Whoever records waits until it is done.
    ///
    /// # Errors
    /// If the database cannot be written, or there is no room for the copy.
    pub async fn compact(&mut self) -> Result<(), Error> {
        with_engine!(Engine, &mut self.engine, it => it.compact().await)
    }

    /// The snapshots and rows that [`Self::forget`] would remove; `None` if the job is not recorded.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn forget_preview(
        &mut self,
        job_id: &str,
        scope: ForgetScope,
    ) -> Result<Option<ForgetPreview>, Error> {
        with_engine!(Engine, &mut self.engine, it => it.forget_preview(job_id, scope).await)
    }

    /// Takes the newest snapshots of a job back, in one transaction, and puts it on record. If none is left, the job is
    /// gone too; its rows are then removed by [`Self::delete_rows_of_dropped_jobs`]. `None` if the job is not recorded.
    ///
    /// # Errors
    /// If the database cannot be written; then nothing is removed.
    pub async fn forget(
        &mut self,
        job_id: &str,
        scope: ForgetScope,
        now_ms: i64,
    ) -> Result<Option<ForgetPreview>, Error> {
        with_engine!(Engine, &mut self.engine, it => it.forget(job_id, scope, now_ms).await)
    }
}
