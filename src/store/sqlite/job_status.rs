//! The status of the jobs themselves: written as change rows, read back.

use sqlx::{FromRow, SqliteConnection};

use super::database::Database;
use super::job::upsert_job;
use super::text_pool;
use crate::history::JobStatusHistory;
use crate::history::job_status::JobStatusObservation;
use crate::model::{Engines, Job, JobStatusReading};
use crate::store::error::Error;
use crate::store::rows::JobStatusColumns;

/// Columns of `job_status` with their text.
#[derive(FromRow)]
struct StatusRow {
    observed_at_ms: i64,
    previous_observed_at_ms: Option<i64>,
    checkpoint_at_ms: Option<i64>,
    #[sqlx(flatten)]
    columns: JobStatusColumns,
}

const COLUMNS: &str = "select job_status.*, text.body as error_message
     from job_status left join text on text.text_no = job_status.error_no";

impl Database {
    /// Records the status of a job that was read without its objects. Returns whether it is new: not one of a moment
    /// that is recorded already.
    pub(crate) async fn record_job_status(
        &self,
        job: &Job,
        reading: &JobStatusReading,
    ) -> Result<bool, Error> {
        let failed = |error| self.query_error(error);
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let job_no = upsert_job(&mut transaction, job).await.map_err(failed)?;
        let is_new = write(&mut transaction, job_no, None, reading).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(is_new)
    }

    /// The status rows of a job that hold since a moment, oldest first: the last one before it among them.
    pub(crate) async fn job_statuses(
        &self,
        job_id: &str,
        since_ms: i64,
    ) -> Result<Option<JobStatusHistory>, Error> {
        let failed = |error| self.query_error(error);
        let mut transaction = self.readers.begin().await.map_err(failed)?;
        let job_no: Option<i64> = sqlx::query_scalar("select job_no from job where job_id = ?")
            .bind(job_id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let Some(job_no) = job_no else { return Ok(None) };
        history_since(&mut transaction, job_no, since_ms).await.map(Some).map_err(failed)
    }

    /// When the status of a job was last read; `None` if it never was.
    pub(crate) async fn job_status_seen_ms(&self, job_id: &str) -> Result<Option<i64>, Error> {
        sqlx::query_scalar("select max(status_seen_at_ms) from job where job_id = ?")
            .bind(job_id)
            .fetch_one(&self.readers)
            .await
            .map_err(|error| self.query_error(error))
    }
}

/// What is recorded of a job's status since a moment, with the row that held at that moment.
pub(super) async fn history_since(
    connection: &mut SqliteConnection,
    job_no: i64,
    since_ms: i64,
) -> Result<JobStatusHistory, sqlx::Error> {
    let sql = format!(
        "{COLUMNS} where job_no = ?1 and observed_at_ms >= coalesce(
             (select max(observed_at_ms) from job_status where job_no = ?1 and observed_at_ms <= ?2), ?2)
         order by observed_at_ms"
    );
    let rows: Vec<StatusRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(job_no)
        .bind(since_ms)
        .fetch_all(&mut *connection)
        .await?;
    let (source, destination, last_seen_at_ms): (Option<String>, Option<String>, Option<i64>) =
        sqlx::query_as(
            "select source_engine, destination_engine, status_seen_at_ms from job where job_no = ?",
        )
        .bind(job_no)
        .fetch_one(&mut *connection)
        .await?;
    let (failed_requests, last_error): (i64, Option<String>) = sqlx::query_as(
        "select count(job_status_error),
             (select job_status_error from snapshot where job_no = ?1 and job_status_error is not null
                  order by snapshot_id desc limit 1)
         from snapshot where job_no = ?1",
    )
    .bind(job_no)
    .fetch_one(&mut *connection)
    .await?;
    Ok(JobStatusHistory {
        observations: rows.into_iter().map(StatusRow::into_observation).collect(),
        last_seen_at_ms,
        engines: Engines { source, destination },
        failed_requests: failed_requests.unsigned_abs(),
        last_error,
    })
}

/// Writes a change row if the status differs from the newest one. A status of the same or an earlier moment changes
/// nothing, and gives `false`.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    job_no: i64,
    snapshot_id: Option<i64>,
    reading: &JobStatusReading,
) -> Result<bool, sqlx::Error> {
    let last_seen_at_ms: Option<i64> =
        sqlx::query_scalar("select status_seen_at_ms from job where job_no = ?")
            .bind(job_no)
            .fetch_one(&mut *connection)
            .await?;
    if last_seen_at_ms.is_some_and(|last_ms| reading.observed_at_ms <= last_ms) {
        return Ok(false);
    }
    sqlx::query(
        "update job set status_seen_at_ms = ?, source_engine = coalesce(?, source_engine),
             destination_engine = coalesce(?, destination_engine)
         where job_no = ?",
    )
    .bind(reading.observed_at_ms)
    .bind(&reading.engines.source)
    .bind(&reading.engines.destination)
    .bind(job_no)
    .execute(&mut *connection)
    .await?;
    let newest = format!("{COLUMNS} where job_no = ? order by observed_at_ms desc limit 1");
    let newest: Option<StatusRow> =
        sqlx::query_as(sqlx::AssertSqlSafe(newest)).bind(job_no).fetch_optional(&mut *connection).await?;
    if newest.is_none_or(|row| row.into_observation().status != reading.status) {
        insert(connection, job_no, snapshot_id, last_seen_at_ms, reading).await?;
    }
    Ok(true)
}

async fn insert(
    connection: &mut SqliteConnection,
    job_no: i64,
    snapshot_id: Option<i64>,
    previous_observed_at_ms: Option<i64>,
    reading: &JobStatusReading,
) -> Result<(), sqlx::Error> {
    let status = &reading.status;
    let error_no = text_pool::number_one(connection, status.error_message.as_deref()).await?;
    sqlx::query(
        "insert into job_status (job_no, observed_at_ms, previous_observed_at_ms, snapshot_id, status,
             structure_status, structure_percent, data_status, data_percent, data_rows, sync_status, delay_ms,
             checkpoint_at_ms, rows_per_second, retrying, error_no)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(job_no)
    .bind(reading.observed_at_ms)
    .bind(previous_observed_at_ms)
    .bind(snapshot_id)
    .bind(&status.status)
    .bind(&status.structure_status)
    .bind(status.structure_percent)
    .bind(&status.data_status)
    .bind(status.data_percent)
    .bind(status.data_rows)
    .bind(&status.sync_status)
    .bind(status.delay_ms)
    .bind(status.checkpoint_at_ms)
    .bind(status.rows_per_second)
    .bind(status.retrying)
    .bind(error_no)
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes the rows that were read at or after a moment. The last sighting is then the last one before it that is known.
pub(super) async fn take_back(
    connection: &mut SqliteConnection,
    job_no: i64,
    from_ms: i64,
) -> Result<(), sqlx::Error> {
    for statement in [
        "update job set status_seen_at_ms = coalesce(
             (select previous_observed_at_ms from job_status where job_no = ?1 and observed_at_ms = (
                  select min(observed_at_ms) from job_status where job_no = ?1 and observed_at_ms >= ?2)
                  and previous_observed_at_ms < ?2),
             (select max(observed_at_ms) from job_status where job_no = ?1 and observed_at_ms < ?2))
         where job_no = ?1 and status_seen_at_ms >= ?2",
        "delete from job_status where job_no = ?1 and observed_at_ms >= ?2",
    ] {
        sqlx::query(statement).bind(job_no).bind(from_ms).execute(&mut *connection).await?;
    }
    Ok(())
}

impl StatusRow {
    fn into_observation(self) -> JobStatusObservation {
        self.columns.into_observation(
            self.observed_at_ms,
            self.previous_observed_at_ms,
            self.checkpoint_at_ms,
        )
    }
}
