//! Taking old rows out, in steps so small that whoever records never waits long. Each step is a transaction of its
//! own, and leaves a history that is whole.

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::database::Database;
use super::{file, history};
use crate::history::Observation;
use crate::history::downsample::RowMerge;
use crate::store::error::Error;
use crate::store::rows::{ObjectNumber, StaleJob};

/// A connection of its own, so that a step waits like any other process, and those who record do not queue behind it.
#[derive(Debug)]
pub(crate) struct Pruner {
    pub(super) database: Database,
    pub(super) connection: SqliteConnection,
}

impl Database {
    /// A connection that takes rows out.
    pub(crate) async fn pruner(&self) -> Result<Pruner, Error> {
        // A dropped job's snapshots cannot go in one small step with its row. The order of the steps keeps what
        // the foreign keys say, and no key of a snapshot is looked for in every reading.
        let options = file::connect_options(self.path()).foreign_keys(false);
        let connection = options.connect().await.map_err(|error| self.query_error(error))?;
        Ok(Pruner { database: self.clone(), connection })
    }
}

impl Pruner {
    /// Ends the connection.
    pub(crate) async fn close(self) {
        // What it did is committed; there is nothing to be told.
        let _ = self.connection.close().await;
    }

    /// Finished tables of a job with many change rows, whose newest one is older than this moment.
    pub(crate) async fn finished_tables(
        &mut self,
        job_id: &str,
        before_ms: i64,
    ) -> Result<Vec<ObjectNumber>, Error> {
        sqlx::query_as(
            "select object.job_no, object.object_no
             from job
             join object on object.job_no = job.job_no
             join reading as newest on newest.object_no = object.object_no
                 and newest.snapshot_id = object.changed_snapshot_id
             where job_id = ? and phase = 'data' and newest.status = 'Finished' and newest.observed_at_ms < ?
             order by object.object_no",
        )
        .bind(job_id)
        .bind(before_ms)
        .fetch_all(&mut self.connection)
        .await
        .map_err(|error| self.database.query_error(error))
    }

    /// The change rows of one object, oldest first.
    pub(crate) async fn observations(&mut self, object: ObjectNumber) -> Result<Vec<Observation>, Error> {
        history::observations(&mut self.connection, object.object_no)
            .await
            .map_err(|error| self.database.query_error(error))
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
        let gone = || merges.iter().flat_map(|it| &observations[it.first_index..it.last_index]);
        let snapshots: Vec<_> = gone().map(|seen| seen.snapshot_id).collect();
        let rows = snapshots.len() as u64;
        let taken_over: Vec<_> = merges
            .iter()
            .map(|it| {
                let (before, first) = (&observations[it.first_index - 1], &observations[it.first_index]);
                let last = &observations[it.last_index];
                (
                    last.snapshot_id,
                    last.previous_observed_at_ms,
                    first.previous_observed_at_ms,
                    before.state.finished_rows,
                )
            })
            .collect();
        let thinned_to_ms = gone().map(|seen| seen.observed_at_ms).max();
        let work = async {
            let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
            let removed = sqlx::query(
                "delete from reading where object_no = ?1 and snapshot_id in (select value from json_each(?2))",
            )
            .bind(object.object_no)
            .bind(serde_json::json!(snapshots).to_string())
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            let taken = sqlx::query(
                "update reading set previous_observed_at_ms = it.value ->> 2, finished_rows_before = it.value ->> 3
                 from json_each(?2) as it
                 where object_no = ?1 and snapshot_id = it.value ->> 0
                     and previous_observed_at_ms is it.value ->> 1",
            )
            .bind(object.object_no)
            .bind(serde_json::json!(taken_over).to_string())
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            if removed != rows || taken != merges.len() as u64 {
                transaction.rollback().await?;
                return Ok(0);
            }
            sqlx::query(
                "insert into pruning (job_no, thinned_rows, thinned_to_ms, bucket_ms)
                 select job_no, ?2, ?3, ?4 from object where object_no = ?1
                 on conflict (job_no) do update set
                     thinned_rows = thinned_rows + excluded.thinned_rows,
                     thinned_to_ms = max(coalesce(thinned_to_ms, 0), excluded.thinned_to_ms),
                     bucket_ms = max(coalesce(bucket_ms, 0), excluded.bucket_ms)",
            )
            .bind(object.object_no)
            .bind(i64::try_from(rows).unwrap_or(i64::MAX))
            .bind(thinned_to_ms)
            .bind(bucket_ms)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(rows)
        };
        work.await.map_err(|error| self.database.query_error(error))
    }

    /// The number of failed sweeps of a job older than this moment. Those since its last complete snapshot do not
    /// count: they say how the job stands.
    pub(crate) async fn count_failed_sweeps(&mut self, job_id: &str, before_ms: i64) -> Result<u64, Error> {
        let count: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) {FAILED_SWEEPS_SQL}")))
                .bind(job_id)
                .bind(before_ms)
                .fetch_one(&mut self.connection)
                .await
                .map_err(|error| self.database.query_error(error))?;
        Ok(count.unsigned_abs())
    }

    /// Removes at most `limit` of these; returns how many.
    pub(crate) async fn drop_failed_sweeps(
        &mut self,
        job_id: &str,
        before_ms: i64,
        limit: u32,
    ) -> Result<u64, Error> {
        let work = async {
            let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
            let statement = format!(
                "delete from snapshot where snapshot_id in (select snapshot_id {FAILED_SWEEPS_SQL} limit ?3)"
            );
            let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
                .bind(job_id)
                .bind(before_ms)
                .bind(limit)
                .execute(&mut *transaction)
                .await?
                .rows_affected();
            if rows > 0 {
                sqlx::query(
                    "insert into pruning (job_no, failed_sweeps) select job_no, ?2 from job where job_id = ?1
                     on conflict (job_no) do update set failed_sweeps = failed_sweeps + excluded.failed_sweeps",
                )
                .bind(job_id)
                .bind(i64::try_from(rows).unwrap_or(i64::MAX))
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await?;
            Ok(rows)
        };
        work.await.map_err(|error| self.database.query_error(error))
    }

    /// The number of messages, delivered or given up, older than this moment; of one job, if one is named. The
    /// newest event of each kind stays, because it may be noticed again.
    pub(crate) async fn count_messages(
        &mut self,
        job_id: Option<&str>,
        before_ms: i64,
    ) -> Result<u64, Error> {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) {MESSAGES_SQL}")))
            .bind(job_id)
            .bind(before_ms)
            .fetch_one(&mut self.connection)
            .await
            .map_err(|error| self.database.query_error(error))?;
        Ok(count.unsigned_abs())
    }

    /// Removes at most `limit` of these; returns how many.
    pub(crate) async fn drop_messages(
        &mut self,
        job_id: Option<&str>,
        before_ms: i64,
        limit: u32,
    ) -> Result<u64, Error> {
        let statement =
            format!("delete from outbox where outbox_no in (select outbox_no {MESSAGES_SQL} limit ?3)");
        let done = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(job_id)
            .bind(before_ms)
            .bind(limit)
            .execute(&mut self.connection)
            .await
            .map_err(|error| self.database.query_error(error))?;
        Ok(done.rows_affected())
    }

    /// Jobs of which no sweep, complete or failed, is newer than this moment.
    pub(crate) async fn stale_jobs(&mut self, before_ms: i64) -> Result<Vec<StaleJob>, Error> {
        sqlx::query_as(
            "select job_id, max(finished_at_ms) as last_at_ms from job join snapshot using (job_no)
             group by job_no having last_at_ms < ? order by job_no",
        )
        .bind(before_ms)
        .fetch_all(&mut self.connection)
        .await
        .map_err(|error| self.database.query_error(error))
    }

    /// The number of change rows and snapshots of a job.
    pub(crate) async fn count_rows(&mut self, job_id: &str) -> Result<u64, Error> {
        let rows: i64 = sqlx::query_scalar(
            "select (select count(*) from object join reading using (object_no) where object.job_no = job.job_no)
                 + (select count(*) from snapshot where snapshot.job_no = job.job_no)
             from job where job_id = ?",
        )
        .bind(job_id)
        .fetch_one(&mut self.connection)
        .await
        .map_err(|error| self.database.query_error(error))?;
        Ok(rows.unsigned_abs())
    }

    /// Drops a job: at once nothing shows it any more. `false` if it was recorded meanwhile. Its rows are removed
    /// by [`Pruner::delete_rows_of_dropped_jobs`].
    pub(crate) async fn drop_job(&mut self, job_id: &str, before_ms: i64) -> Result<bool, Error> {
        let work = async {
            let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
            let job_no: Option<i64> = sqlx::query_scalar(
                "select job_no from job join snapshot using (job_no) where job_id = ?
                 group by job_no having max(finished_at_ms) < ?",
            )
            .bind(job_id)
            .bind(before_ms)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(job_no) = job_no else { return Ok(false) };
            drop_job_rows(&mut transaction, job_no).await?;
            transaction.commit().await?;
            Ok(true)
        };
        work.await.map_err(|error| self.database.query_error(error))
    }

    /// Removes at most `limit` rows of dropped jobs, also of those that an earlier run did not finish with. Returns
    /// how many; 0 once nothing of any is left.
    pub(crate) async fn delete_rows_of_dropped_jobs(&mut self, limit: u32) -> Result<u64, Error> {
        let texts = format!(
            "delete from text where text_no in (
                 select text_no from text where {UNUSED_TEXTS} and exists (select 1 from dropped_job)
                 limit max(?, 1000000))"
        );
        // Each in its turn, once the ones above have nothing left: what others refer to goes last.
        let steps = [
            "delete from reading where (object_no, snapshot_id) in (
                 select reading.object_no, reading.snapshot_id from dropped_job
                 join object on object.job_no = dropped_job.job_no
                 join reading on reading.object_no = object.object_no limit ?)",
            "delete from object where object_no in (
                 select object_no from dropped_job join object using (job_no) limit ?)",
            "delete from page where (job_no, number) in (
                 select job_no, number from dropped_job join page using (job_no) limit ?)",
            "delete from job_status where (job_no, observed_at_ms) in (
                 select job_no, observed_at_ms from dropped_job join job_status using (job_no) limit ?)",
            "delete from snapshot where snapshot_id in (
                 select snapshot_id from dropped_job join snapshot using (job_no) limit ?)",
            // Texts that nothing refers to; those of a snapshot in the making are written together with its rows.
            // All at once, because it takes a look at every change row to know them.
            &texts,
            // SQLite's own DELETE takes no LIMIT.
            "delete from dropped_job where job_no in (select job_no from dropped_job limit ?)",
        ];
        let work = async {
            for statement in steps {
                let done = sqlx::query(sqlx::AssertSqlSafe(statement))
                    .bind(limit)
                    .execute(&mut self.connection)
                    .await?;
                if done.rows_affected() > 0 {
                    return Ok(done.rows_affected());
                }
            }
            Ok(0)
        };
        work.await.map_err(|error| self.database.query_error(error))
    }
}

/// The condition on `text` of a text that no row refers to.
pub(super) const UNUSED_TEXTS: &str =
    "text_no not in (select error_no from reading where error_no is not null)
     and text_no not in (select definition_no from reading where definition_no is not null)
     and text_no not in (select details_no from reading where details_no is not null)
     and text_no not in (select error_no from job_status where error_no is not null)";

/// `?1` is the job, `?2` the moment.
const FAILED_SWEEPS_SQL: &str = "from job join snapshot on snapshot.job_no = job.job_no
     where job_id = ?1 and outcome = 'failed' and finished_at_ms < ?2 and snapshot_id < (
         select max(snapshot_id) from snapshot as complete
         where complete.job_no = job.job_no and complete.outcome = 'complete')";

/// `?1` is the job, or none for all, `?2` the moment. The event's kind is its key without the mark at the end.
const MESSAGES_SQL: &str = "from outbox
     where next_try_at_ms is null and created_at_ms < ?2
         and (?1 is null or json_extract(body, '$.job.job_id') = ?1)
         and event_key not in (
             select event_key from (
                 select event_key, max(outbox_no) from outbox group by rtrim(event_key, '-0123456789')))";

/// Takes a job out of every view. Its other rows are removed later, in small steps.
pub(super) async fn drop_job_rows(connection: &mut SqliteConnection, job_no: i64) -> Result<(), sqlx::Error> {
    for statement in [
        "insert into dropped_job (job_no) values (?)",
        "delete from pruning where job_no = ?",
        "delete from outbox where json_extract(body, '$.job.job_id') = (select job_id from job where job_no = ?)",
        "delete from job where job_no = ?",
    ] {
        sqlx::query(statement).bind(job_no).execute(&mut *connection).await?;
    }
    Ok(())
}
