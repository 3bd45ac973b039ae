//! Taking old rows out, in steps so small that whoever records never waits long. Each step is a transaction of its
//! own, and leaves a history that is whole.

use sqlx::{AssertSqlSafe, PgConnection};

use super::database::Database;
use super::millis::Millis;
use super::{history, job};
use crate::history::Observation;
use crate::history::downsample::RowMerge;
use crate::store::error::Error;
use crate::store::rows::{ObjectNumber, StaleJob};

/// A connection of its own, so that those who record do not queue behind it.
#[derive(Debug)]
pub(crate) struct Pruner {
    pub(super) database: Database,
}

impl Database {
    /// A connection that takes rows out. It is opened when it is first used.
    pub(crate) fn pruner(&self) -> Pruner {
        Pruner { database: self.with_own_writer() }
    }
}

impl Pruner {
    /// Ends the connection.
    pub(crate) async fn close(self) {
        self.database.writer.close().await;
    }

    /// Finished tables of a job with many change rows, whose newest one is older than this moment.
    pub(crate) async fn finished_tables(
        &mut self,
        job_id: &str,
        before_ms: i64,
    ) -> Result<Vec<ObjectNumber>, Error> {
        let database = &self.database;
        database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                sqlx::query_as(
                    "select object.job_no, object.object_no
                     from job
                     join object on object.job_no = job.job_no
                     join reading as newest on newest.job_no = object.job_no
                         and newest.object_no = object.object_no
                         and newest.snapshot_id = object.changed_snapshot_id
                     where job_id = $1 and phase = 'data' and newest.status = 'Finished' and newest.observed_at < $2
                     order by object.object_no",
                )
                .bind(job_id)
                .bind(Millis(before_ms))
                .fetch_all(&mut *transaction)
                .await
            })
            .await
    }

    /// The change rows of one object, oldest first.
    pub(crate) async fn observations(&mut self, object: ObjectNumber) -> Result<Vec<Observation>, Error> {
        let database = &self.database;
        database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                history::observations(&mut transaction, object.job_no, object.object_no).await
            })
            .await
    }

    /// Merges rows of one object as [`crate::history::downsample`] says, and notes in its job that it was done. Returns
    /// how many rows are gone: none, if another process changed them meanwhile.
    pub(crate) async fn merge(
        &mut self,
        object: ObjectNumber,
        observations: &[Observation],
        merges: &[RowMerge],
        bucket_ms: i64,
    ) -> Result<u64, Error> {
        let merge = Merge::new(observations, merges);
        let database = &self.database;
        database.retry(|| async { merge.write(database, object, bucket_ms).await }).await
    }

    /// How many failed sweeps of a job are older than this moment. Those since its last complete snapshot do not
    /// count: they say how the job stands.
    pub(crate) async fn count_failed_sweeps(&mut self, job_id: &str, before_ms: i64) -> Result<u64, Error> {
        let database = &self.database;
        let select = format!("select count(*) {FAILED_SWEEPS}");
        let count: i64 = database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                sqlx::query_scalar(AssertSqlSafe(select.as_str()))
                    .bind(job_id)
                    .bind(Millis(before_ms))
                    .fetch_one(&mut *transaction)
                    .await
            })
            .await?;
        Ok(count.unsigned_abs())
    }

    /// Removes at most `limit` of these; returns how many.
    pub(crate) async fn drop_failed_sweeps(
        &mut self,
        job_id: &str,
        before_ms: i64,
        limit: u32,
    ) -> Result<u64, Error> {
        let database = &self.database;
        let delete = format!(
            "delete from snapshot where (job_no, snapshot_id) in (
                 select snapshot.job_no, snapshot_id {FAILED_SWEEPS} limit $3)"
        );
        database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                let Some(job_no) = job::lock_job(&mut transaction, job_id).await? else { return Ok(0) };
                let rows = sqlx::query(AssertSqlSafe(delete.as_str()))
                    .bind(job_id)
                    .bind(Millis(before_ms))
                    .bind(i64::from(limit))
                    .execute(&mut *transaction)
                    .await?
                    .rows_affected();
                if rows > 0 {
                    sqlx::query(
                        "insert into pruning (job_no, failed_sweeps) values ($1, $2) on conflict (job_no)
                         do update set failed_sweeps = pruning.failed_sweeps + excluded.failed_sweeps",
                    )
                    .bind(job_no)
                    .bind(i64::try_from(rows).unwrap_or(i64::MAX))
                    .execute(&mut *transaction)
                    .await?;
                }
                transaction.commit().await?;
                Ok(rows)
            })
            .await
    }

    /// How many messages, delivered or given up, are older than this moment; of one job, if one is named. The
    /// newest event of each kind stays, because it may be noticed again.
    pub(crate) async fn count_messages(
        &mut self,
        job_id: Option<&str>,
        before_ms: i64,
    ) -> Result<u64, Error> {
        let database = &self.database;
        let select = format!("select count(*) {MESSAGES}");
        let count: i64 = database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                sqlx::query_scalar(AssertSqlSafe(select.as_str()))
                    .bind(job_id)
                    .bind(Millis(before_ms))
                    .fetch_one(&mut *transaction)
                    .await
            })
            .await?;
        Ok(count.unsigned_abs())
    }

    /// Removes at most `limit` of these; returns how many.
    pub(crate) async fn drop_messages(
        &mut self,
        job_id: Option<&str>,
        before_ms: i64,
        limit: u32,
    ) -> Result<u64, Error> {
        let database = &self.database;
        let delete = format!("delete from outbox where outbox_no in (select outbox_no {MESSAGES} limit $3)");
        database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                let done = sqlx::query(AssertSqlSafe(delete.as_str()))
                    .bind(job_id)
                    .bind(Millis(before_ms))
                    .bind(i64::from(limit))
                    .execute(&mut *transaction)
                    .await?;
                transaction.commit().await?;
                Ok(done.rows_affected())
            })
            .await
    }

    /// Jobs of which no sweep, complete or failed, is newer than this moment.
    pub(crate) async fn stale_jobs(&mut self, before_ms: i64) -> Result<Vec<StaleJob>, Error> {
        let database = &self.database;
        let rows: Vec<(String, Millis)> = database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                sqlx::query_as(
                    "select job_id, max(finished_at) from job join snapshot using (job_no)
                     group by job.job_no, job_id having max(finished_at) < $1 order by job.job_no",
                )
                .bind(Millis(before_ms))
                .fetch_all(&mut *transaction)
                .await
            })
            .await?;
        Ok(rows.into_iter().map(|(job_id, last_at)| StaleJob { job_id, last_at_ms: last_at.0 }).collect())
    }

    /// How many change rows and snapshots a job has.
    pub(crate) async fn count_rows(&mut self, job_id: &str) -> Result<u64, Error> {
        let database = &self.database;
        let rows: i64 = database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                sqlx::query_scalar(
                    "select (select count(*) from reading where reading.job_no = job.job_no)
                         + (select count(*) from snapshot where snapshot.job_no = job.job_no)
                     from job where job_id = $1",
                )
                .bind(job_id)
                .fetch_one(&mut *transaction)
                .await
            })
            .await?;
        Ok(rows.unsigned_abs())
    }

    /// Drops a job: at once nothing shows it any more. `false` if it was recorded meanwhile. Its rows are removed
    /// by [`Pruner::delete_rows_of_dropped_jobs`].
    pub(crate) async fn drop_job(&mut self, job_id: &str, before_ms: i64) -> Result<bool, Error> {
        let database = &self.database;
        database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                let Some(job_no) = job::lock_job(&mut transaction, job_id).await? else {
                    return Ok(false);
                };
                let is_stale: bool = sqlx::query_scalar(
                    "select coalesce(max(finished_at) < $2, false) from snapshot where job_no = $1",
                )
                .bind(job_no)
                .bind(Millis(before_ms))
                .fetch_one(&mut *transaction)
                .await?;
                if is_stale {
                    drop_job_rows(&mut transaction, job_no).await?;
                    transaction.commit().await?;
                }
                Ok(is_stale)
            })
            .await
    }

    /// Removes at most `limit` rows of dropped jobs, also of those that an earlier run did not finish with. Returns
    /// how many; 0 once nothing of any is left.
    pub(crate) async fn delete_rows_of_dropped_jobs(&mut self, limit: u32) -> Result<u64, Error> {
        /// Each in its turn, once the ones above have nothing left.
        const STEPS: [&str; 7] = [
            "delete from reading where (job_no, object_no, snapshot_id) in (
                 select job_no, object_no, snapshot_id from dropped_job join reading using (job_no) limit $1)",
            "delete from object where (job_no, object_no) in (
                 select job_no, object_no from dropped_job join object using (job_no) limit $1)",
            "delete from job_status where (job_no, observed_at) in (
                 select job_no, observed_at from dropped_job join job_status using (job_no) limit $1)",
            "delete from page where (job_no, number) in (
                 select job_no, number from dropped_job join page using (job_no) limit $1)",
            "delete from stored_text where (job_no, digest) in (
                 select job_no, digest from dropped_job join stored_text using (job_no) limit $1)",
            "delete from snapshot where (job_no, snapshot_id) in (
                 select job_no, snapshot_id from dropped_job join snapshot using (job_no) limit $1)",
            "delete from dropped_job where job_no in (select job_no from dropped_job limit $1)",
        ];
        let database = &self.database;
        for statement in STEPS {
            let rows = database
                .retry(|| async {
                    let mut transaction = database.begin_write().await?;
                    let done =
                        sqlx::query(statement).bind(i64::from(limit)).execute(&mut *transaction).await?;
                    transaction.commit().await?;
                    Ok(done.rows_affected())
                })
                .await?;
            if rows > 0 {
                return Ok(rows);
            }
        }
        Ok(0)
    }
}

/// What a merge does to the change rows of an object.
struct Merge {
    /// The rows that go.
    removed: Vec<i64>,
    /// When the newest of them was observed.
    thinned_to: Option<Millis>,
    /// The rows that take their place: their sighting before, and what it and the count before become.
    kept: Vec<i64>,
    sighting_before: Vec<Option<Millis>>,
    new_sighting_before: Vec<Option<Millis>>,
    new_rows_before: Vec<Option<i64>>,
}

impl Merge {
    fn new(observations: &[Observation], merges: &[RowMerge]) -> Self {
        let gone = || merges.iter().flat_map(|it| &observations[it.first_index..it.last_index]);
        let last = |it: &RowMerge| &observations[it.last_index];
        let first = |it: &RowMerge| &observations[it.first_index];
        let before = |it: &RowMerge| &observations[it.first_index - 1];
        Self {
            removed: gone().map(|seen| seen.snapshot_id).collect(),
            thinned_to: gone().map(|seen| seen.observed_at_ms).max().map(Millis),
            kept: merges.iter().map(|it| last(it).snapshot_id).collect(),
            sighting_before: merges.iter().map(|it| last(it).previous_observed_at_ms.map(Millis)).collect(),
            new_sighting_before: merges
                .iter()
                .map(|it| first(it).previous_observed_at_ms.map(Millis))
                .collect(),
            new_rows_before: merges.iter().map(|it| before(it).state.finished_rows).collect(),
        }
    }

    async fn write(
        &self,
        database: &Database,
        object: ObjectNumber,
        bucket_ms: i64,
    ) -> Result<u64, sqlx::Error> {
        let ObjectNumber { job_no, object_no } = object;
        let rows = self.removed.len() as u64;
        let mut transaction = database.begin_write().await?;
        sqlx::query("select 1 from job where job_no = $1 for update")
            .bind(job_no)
            .execute(&mut *transaction)
            .await?;
        let removed =
            sqlx::query("delete from reading where job_no = $1 and object_no = $2 and snapshot_id = any($3)")
                .bind(job_no)
                .bind(object_no)
                .bind(&self.removed)
                .execute(&mut *transaction)
                .await?
                .rows_affected();
        let kept = sqlx::query(
            "update reading set previous_observed_at = it.sighting, finished_rows_before = it.rows_before
             from unnest($3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::bigint[])
                 as it (snapshot_id, old_sighting, sighting, rows_before)
             where reading.job_no = $1 and reading.object_no = $2 and reading.snapshot_id = it.snapshot_id
                 and reading.previous_observed_at is not distinct from it.old_sighting",
        )
        .bind(job_no)
        .bind(object_no)
        .bind(&self.kept)
        .bind(&self.sighting_before)
        .bind(&self.new_sighting_before)
        .bind(&self.new_rows_before)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if removed != rows || kept != self.kept.len() as u64 {
            transaction.rollback().await?;
            return Ok(0);
        }
        sqlx::query(
            "insert into pruning (job_no, thinned_rows, thinned_to, bucket_ms) values ($1, $2, $3, $4)
             on conflict (job_no) do update set
                 thinned_rows = pruning.thinned_rows + excluded.thinned_rows,
                 thinned_to = greatest(pruning.thinned_to, excluded.thinned_to),
                 bucket_ms = greatest(pruning.bucket_ms, excluded.bucket_ms)",
        )
        .bind(job_no)
        .bind(i64::try_from(rows).unwrap_or(i64::MAX))
        .bind(self.thinned_to)
        .bind(bucket_ms)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(rows)
    }
}

/// `$1` is the job, `$2` the moment.
const FAILED_SWEEPS: &str = "from job join snapshot on snapshot.job_no = job.job_no
     where job_id = $1 and outcome = 'failed' and finished_at < $2 and snapshot_id < (
         select max(snapshot_id) from snapshot as complete
         where complete.job_no = job.job_no and complete.outcome = 'complete')";

/// `$1` is the job, or none for all, `$2` the moment. The event's kind is its key without the mark at the end.
const MESSAGES: &str = "from outbox
     where next_try_at is null and created_at < $2
         and ($1::text is null or job_id = $1)
         and event_key not in (
             select distinct on (rtrim(event_key, '-0123456789')) event_key
             from outbox order by rtrim(event_key, '-0123456789'), outbox_no desc)";

/// Takes a job, whose row is locked, out of every view. Its other rows are removed later, in small steps.
pub(super) async fn drop_job_rows(connection: &mut PgConnection, job_no: i64) -> Result<(), sqlx::Error> {
    for statement in [
        "insert into dropped_job (job_no) values ($1)",
        "delete from pruning where job_no = $1",
        "delete from outbox where job_id = (select job_id from job where job_no = $1)",
        "delete from job where job_no = $1",
    ] {
        sqlx::query(statement).bind(job_no).execute(&mut *connection).await?;
    }
    Ok(())
}
