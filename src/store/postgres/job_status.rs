//! The status of the jobs themselves: written as change rows, read back.

use sqlx::{AssertSqlSafe, FromRow, PgConnection};

use super::bulk;
use super::database::Database;
use super::job::{job_number, upsert_job};
use super::millis::{Millis, ms};
use super::nul::text_without_nul;
use crate::history::JobStatusHistory;
use crate::history::job_status::JobStatusObservation;
use crate::model::{Engines, Job, JobStatus, JobStatusReading};
use crate::store::error::Error;
use crate::store::rows::JobStatusColumns;

/// Columns of `job_status` with their text.
#[derive(FromRow)]
struct StatusRow {
    observed_at: Millis,
    previous_observed_at: Option<Millis>,
    checkpoint_at: Option<Millis>,
    #[sqlx(flatten)]
    columns: JobStatusColumns,
}

const COLUMNS: &str = "select job_status.*, stored_text.body as error_message
     from job_status
     left join stored_text on stored_text.job_no = job_status.job_no
         and stored_text.digest = job_status.error_digest";

impl Database {
    /// Records the status of a job that was read without its objects. Returns whether it is new: not one of a moment
    /// that is recorded already.
    pub(crate) async fn record_job_status(
        &self,
        job: &Job,
        reading: &JobStatusReading,
    ) -> Result<bool, Error> {
        self.retry(|| async {
            let mut transaction = self.begin_write().await?;
            let job_no = upsert_job(&mut transaction, job).await?;
            let is_new = write(&mut transaction, job_no, None, reading).await?;
            transaction.commit().await?;
            Ok(is_new)
        })
        .await
    }

    /// The status rows of a job that hold since a moment, oldest first: the last one before it among them.
    pub(crate) async fn job_statuses(
        &self,
        job_id: &str,
        since_ms: i64,
    ) -> Result<Option<JobStatusHistory>, Error> {
        self.retry(|| async {
            let mut transaction = self.begin_read().await?;
            match job_number(&mut transaction, job_id).await? {
                Some(job_no) => history_since(&mut transaction, job_no, since_ms).await.map(Some),
                None => Ok(None),
            }
        })
        .await
    }

    /// When the status of a job was last read; `None` if it never was.
    pub(crate) async fn job_status_seen_ms(&self, job_id: &str) -> Result<Option<i64>, Error> {
        self.retry(|| async {
            let mut transaction = self.begin_read().await?;
            let seen: Option<Millis> =
                sqlx::query_scalar("select max(status_seen_at) from job where job_id = $1")
                    .bind(job_id)
                    .fetch_one(&mut *transaction)
                    .await?;
            Ok(ms(seen))
        })
        .await
    }
}

/// What is recorded of a job's status since a moment, with the row that held at that moment.
pub(super) async fn history_since(
    connection: &mut PgConnection,
    job_no: i64,
    since_ms: i64,
) -> Result<JobStatusHistory, sqlx::Error> {
    let sql = format!(
        "{COLUMNS} where job_status.job_no = $1 and observed_at >= coalesce(
             (select max(observed_at) from job_status where job_no = $1 and observed_at <= $2), $2)
         order by observed_at"
    );
    let rows: Vec<StatusRow> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(job_no)
        .bind(Millis(since_ms))
        .fetch_all(&mut *connection)
        .await?;
    let (source, destination, last_seen_at): (Option<String>, Option<String>, Option<Millis>) =
        sqlx::query_as("select source_engine, destination_engine, status_seen_at from job where job_no = $1")
            .bind(job_no)
            .fetch_one(&mut *connection)
            .await?;
    let (failed_requests, last_error): (i64, Option<String>) = sqlx::query_as(
        "select count(job_status_error),
             (select job_status_error from snapshot where job_no = $1 and job_status_error is not null
                  order by snapshot_id desc limit 1)
         from snapshot where job_no = $1",
    )
    .bind(job_no)
    .fetch_one(connection)
    .await?;
    Ok(JobStatusHistory {
        observations: rows.into_iter().map(StatusRow::into_observation).collect(),
        last_seen_at_ms: ms(last_seen_at),
        engines: Engines { source, destination },
        failed_requests: failed_requests.unsigned_abs(),
        last_error,
    })
}

/// Writes a change row if the status differs from the newest one. A status of the same or an earlier moment changes
/// nothing, and gives `false`. The row of the job is locked.
pub(super) async fn write(
    connection: &mut PgConnection,
    job_no: i64,
    snapshot_id: Option<i64>,
    reading: &JobStatusReading,
) -> Result<bool, sqlx::Error> {
    let reading = &without_nul(reading);
    let last_seen: Option<Millis> = sqlx::query_scalar("select status_seen_at from job where job_no = $1")
        .bind(job_no)
        .fetch_one(&mut *connection)
        .await?;
    if last_seen.is_some_and(|last| reading.observed_at_ms <= last.0) {
        return Ok(false);
    }
    sqlx::query(
        "update job set status_seen_at = $2, source_engine = coalesce($3, source_engine),
             destination_engine = coalesce($4, destination_engine)
         where job_no = $1",
    )
    .bind(job_no)
    .bind(Millis(reading.observed_at_ms))
    .bind(&reading.engines.source)
    .bind(&reading.engines.destination)
    .execute(&mut *connection)
    .await?;
    let newest = format!("{COLUMNS} where job_status.job_no = $1 order by observed_at desc limit 1");
    let newest: Option<StatusRow> =
        sqlx::query_as(AssertSqlSafe(newest)).bind(job_no).fetch_optional(&mut *connection).await?;
    if newest.is_none_or(|row| row.into_observation().status != reading.status) {
        insert(connection, job_no, snapshot_id, last_seen, reading).await?;
    }
    Ok(true)
}

async fn insert(
    connection: &mut PgConnection,
    job_no: i64,
    snapshot_id: Option<i64>,
    previous_observed_at: Option<Millis>,
    reading: &JobStatusReading,
) -> Result<(), sqlx::Error> {
    let status = &reading.status;
    bulk::insert_texts(connection, job_no, status.error_message.as_deref().into_iter().collect()).await?;
    sqlx::query(
        "insert into job_status (job_no, observed_at, previous_observed_at, snapshot_id, status, structure_status,
             structure_percent, data_status, data_percent, data_rows, sync_status, delay_ms, checkpoint_at,
             rows_per_second, retrying, error_digest)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(job_no)
    .bind(Millis(reading.observed_at_ms))
    .bind(previous_observed_at)
    .bind(snapshot_id)
    .bind(&status.status)
    .bind(&status.structure_status)
    .bind(status.structure_percent)
    .bind(&status.data_status)
    .bind(status.data_percent)
    .bind(status.data_rows)
    .bind(&status.sync_status)
    .bind(status.delay_ms)
    .bind(status.checkpoint_at_ms.map(Millis))
    .bind(status.rows_per_second)
    .bind(status.retrying)
    .bind(status.error_message.as_deref().map(|body| bulk::digest(body).to_vec()))
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes the rows that were read at or after a moment. The last sighting is then the last one before it that is known.
pub(super) async fn take_back(
    connection: &mut PgConnection,
    job_no: i64,
    from: Millis,
) -> Result<(), sqlx::Error> {
    for statement in [
        "update job set status_seen_at = coalesce(
             (select previous_observed_at from job_status where job_no = $1 and observed_at = (
                  select min(observed_at) from job_status where job_no = $1 and observed_at >= $2)
                  and previous_observed_at < $2),
             (select max(observed_at) from job_status where job_no = $1 and observed_at < $2))
         where job_no = $1 and status_seen_at >= $2",
        "delete from job_status where job_no = $1 and observed_at >= $2",
    ] {
        sqlx::query(statement).bind(job_no).bind(from).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The reading as PostgreSQL can hold it.
fn without_nul(reading: &JobStatusReading) -> JobStatusReading {
    let mut reading = reading.clone();
    let JobStatus { status, structure_status, data_status, sync_status, error_message, .. } =
        &mut reading.status;
    let Engines { source, destination } = &mut reading.engines;
    let texts = [status, structure_status, data_status, sync_status, error_message, source, destination];
    for text in texts.into_iter().flatten() {
        *text = text_without_nul(text);
    }
    reading
}

impl StatusRow {
    fn into_observation(self) -> JobStatusObservation {
        self.columns.into_observation(
            self.observed_at.0,
            ms(self.previous_observed_at),
            ms(self.checkpoint_at),
        )
    }
}
