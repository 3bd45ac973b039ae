//! Reads what is recorded of a job as the types of [`crate::history`].

use std::collections::BTreeMap;

use sqlx::{FromRow, SqliteConnection};

use super::database::Database;
use super::job_status;
use super::rows::{KeyColumns, StateColumns};
use crate::history::Pruned;
use crate::history::{History, ObjectHistory, Observation, Outcome, Snapshot};
use crate::model::{Job, JobKind, Source};
use crate::store::error::Error;
use crate::store::job_summary::{LastSnapshot, RecordedJob};

/// Columns of `object`.
#[derive(FromRow)]
struct ObjectRow {
    #[sqlx(flatten)]
    key: KeyColumns,
    first_seen_at_ms: i64,
}

/// Columns of `reading`.
#[derive(FromRow)]
struct ReadingRow {
    object_no: i64,
    snapshot_id: i64,
    observed_at_ms: i64,
    previous_observed_at_ms: Option<i64>,
    listed: bool,
    #[sqlx(flatten)]
    state: StateColumns,
}

#[derive(FromRow)]
struct SnapshotRow {
    snapshot_id: i64,
    started_at_ms: i64,
    finished_at_ms: i64,
    outcome: String,
    source: String,
    pages: u32,
    objects: Option<i64>,
    changes: i64,
    error: Option<String>,
    torn: bool,
}

#[derive(FromRow)]
struct JobRow {
    job_no: i64,
    job_id: String,
    region: Option<String>,
    name: Option<String>,
    /// NULL: recorded before kinds were.
    kind: Option<String>,
}

/// Which objects of a job are read.
#[derive(Clone, Copy)]
enum HistorySelection {
    All,
    /// Those that ever went to `Failed`.
    EverFailed,
}

impl HistorySelection {
    /// The objects as a table of `from`. `cross join` and the plus sign of the condition make SQLite begin with the few
    /// that failed, in place of every object of the job.
    fn source(self) -> &'static str {
        match self {
            Self::All => "object",
            Self::EverFailed => {
                "(select distinct object_no from reading indexed by reading_failed
                      where status = 'Failed' and status is not status_before) as failed
                 cross join object on object.object_no = failed.object_no"
            }
        }
    }

    /// `?` is the job's number.
    fn condition(self) -> &'static str {
        match self {
            Self::All => "object.job_no = ?",
            Self::EverFailed => "+object.job_no = ?",
        }
    }

    fn objects(self) -> String {
        format!(
            "select object.*, coalesce(absent_since_ms, arrived_at_ms) as last_seen_at_ms
             from {} left join page on page.job_no = object.job_no and page.number = object.page_number
             where {} order by object.object_no",
            self.source(),
            self.condition()
        )
    }

    fn readings(self) -> String {
        format!(
            "select reading.*, error.body as error_message, definition.body as definition
             from {}
             cross join reading on reading.object_no = object.object_no
             left join text as error on error.text_no = reading.error_no
             left join text as definition on definition.text_no = reading.definition_no
             where {}
             order by reading.object_no, reading.snapshot_id",
            self.source(),
            self.condition()
        )
    }
}

impl Database {
    /// Every job of the database, in the order in which they were first recorded.
    pub(crate) async fn jobs(&self) -> Result<Vec<RecordedJob>, Error> {
        let failed = |error| self.query_error(error);
        let mut connection = self.readers.acquire().await.map_err(failed)?;
        let rows: Vec<JobRow> = sqlx::query_as("select * from job order by job_no")
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
        let mut jobs = Vec::with_capacity(rows.len());
        for row in rows {
            let last = last_snapshot(&mut connection, row.job_no).await.map_err(failed)?;
            jobs.push(RecordedJob { job: row.job(), last });
        }
        Ok(jobs)
    }

    /// The newest snapshot of any job, failed ones among them; `None` if there is none. While it stays the same,
    /// so do all figures.
    pub(crate) async fn revision(&self) -> Result<Option<i64>, Error> {
        sqlx::query_scalar("select max(snapshot_id) from snapshot")
            .fetch_one(&self.readers)
            .await
            .map_err(|error| self.query_error(error))
    }

    /// Everything that is recorded of a job, read in one transaction; `None` if nothing is.
    pub(crate) async fn history(&self, job_id: &str) -> Result<Option<History>, Error> {
        self.read_history(job_id, HistorySelection::All).await
    }

    /// The same of the objects that ever went to `Failed`.
    pub(crate) async fn failure_history(&self, job_id: &str) -> Result<Option<History>, Error> {
        self.read_history(job_id, HistorySelection::EverFailed).await
    }

    async fn read_history(
        &self,
        job_id: &str,
        selection: HistorySelection,
    ) -> Result<Option<History>, Error> {
        let failed = |error| self.query_error(error);
        let mut transaction = self.readers.begin().await.map_err(failed)?;
        let job: Option<JobRow> = sqlx::query_as("select * from job where job_id = ?")
            .bind(job_id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let Some(job) = job else { return Ok(None) };
        let snapshots: Vec<SnapshotRow> =
            sqlx::query_as("select * from snapshot where job_no = ? order by snapshot_id")
                .bind(job.job_no)
                .fetch_all(&mut *transaction)
                .await
                .map_err(failed)?;
        let objects = objects(&mut transaction, job.job_no, selection).await.map_err(failed)?;
        let readings = readings(&mut transaction, job.job_no, selection).await.map_err(failed)?;
        let job_status =
            job_status::history_since(&mut transaction, job.job_no, i64::MIN).await.map_err(failed)?;
        let pruned = select_pruned(&mut transaction, job.job_no).await.map_err(failed)?;
        Ok(Some(History {
            job: job.job(),
            snapshots: snapshots.into_iter().map(SnapshotRow::snapshot).collect(),
            objects: object_histories(self, objects, readings)?,
            job_status,
            pruned,
        }))
    }

    /// Whether this snapshot is one of the job's.
    pub(crate) async fn has_snapshot(&self, job_id: &str, snapshot_id: i64) -> Result<bool, Error> {
        sqlx::query_scalar(
            "select exists (select 1 from snapshot join job using (job_no) where job_id = ? and snapshot_id = ?)",
        )
        .bind(job_id)
        .bind(snapshot_id)
        .fetch_one(&self.readers)
        .await
        .map_err(|error| self.query_error(error))
    }

    /// The last complete snapshot of a job; `None` if there is none.
    pub(crate) async fn last_snapshot(&self, job_id: &str) -> Result<Option<LastSnapshot>, Error> {
        let failed = |error| self.query_error(error);
        let mut connection = self.readers.acquire().await.map_err(failed)?;
        let job_no: Option<i64> = sqlx::query_scalar("select job_no from job where job_id = ?")
            .bind(job_id)
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed)?;
        match job_no {
            Some(job_no) => last_snapshot(&mut connection, job_no).await.map_err(failed),
            None => Ok(None),
        }
    }
}

pub(super) async fn last_snapshot(
    connection: &mut SqliteConnection,
    job_no: i64,
) -> Result<Option<LastSnapshot>, sqlx::Error> {
    let row: Option<(i64, u32)> = sqlx::query_as(
        "select finished_at_ms, pages from snapshot
         where job_no = ? and outcome = 'complete' order by snapshot_id desc limit 1",
    )
    .bind(job_no)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|(finished_at_ms, pages)| LastSnapshot { finished_at_ms, pages }))
}

async fn objects(
    connection: &mut SqliteConnection,
    job_no: i64,
    selection: HistorySelection,
) -> Result<Vec<ObjectRow>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(selection.objects())).bind(job_no).fetch_all(connection).await
}

async fn readings(
    connection: &mut SqliteConnection,
    job_no: i64,
    selection: HistorySelection,
) -> Result<Vec<ReadingRow>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(selection.readings())).bind(job_no).fetch_all(connection).await
}

/// The change rows of one object, oldest first.
pub(super) async fn observations(
    connection: &mut SqliteConnection,
    object_no: i64,
) -> Result<Vec<Observation>, sqlx::Error> {
    let rows: Vec<ReadingRow> = sqlx::query_as(
        "select reading.*, error.body as error_message, definition.body as definition
         from reading
         left join text as error on error.text_no = reading.error_no
         left join text as definition on definition.text_no = reading.definition_no
         where object_no = ? order by snapshot_id",
    )
    .bind(object_no)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(ReadingRow::into_observation).collect())
}

/// Deals the readings, ordered by object, out to their objects; ordered by phase and names.
fn object_histories(
    database: &Database,
    objects: Vec<ObjectRow>,
    readings: Vec<ReadingRow>,
) -> Result<Vec<ObjectHistory>, Error> {
    let mut by_object: BTreeMap<i64, Vec<Observation>> = BTreeMap::new();
    for reading in readings {
        by_object.entry(reading.object_no).or_default().push(reading.into_observation());
    }
    let mut timelines = Vec::with_capacity(objects.len());
    for object in objects {
        timelines.push(ObjectHistory {
            first_seen_at_ms: object.first_seen_at_ms,
            last_seen_at_ms: object.key.last_seen_at_ms(database)?,
            observations: by_object.remove(&object.key.object_no()).unwrap_or_default(),
            key: object.key.into_key(database)?,
        });
    }
    timelines.sort_by(|a, b| a.key.cmp(&b.key).then(a.first_seen_at_ms.cmp(&b.first_seen_at_ms)));
    Ok(timelines)
}

impl ReadingRow {
    fn into_observation(self) -> Observation {
        Observation {
            snapshot_id: self.snapshot_id,
            observed_at_ms: self.observed_at_ms,
            previous_observed_at_ms: self.previous_observed_at_ms,
            listed: self.listed,
            state: self.state.into_state(),
        }
    }
}

impl SnapshotRow {
    fn snapshot(self) -> Snapshot {
        Snapshot {
            id: self.snapshot_id,
            started_at_ms: self.started_at_ms,
            finished_at_ms: self.finished_at_ms,
            // The schema admits two words each.
            outcome: if self.outcome == "complete" { Outcome::Complete } else { Outcome::Failed },
            source: if self.source == "import" { Source::Import } else { Source::Api },
            pages: self.pages,
            objects: self.objects.and_then(|count| u64::try_from(count).ok()),
            changes: u64::try_from(self.changes).unwrap_or(0),
            error: self.error,
            torn: self.torn,
        }
    }
}

impl JobRow {
    fn job(self) -> Job {
        let kind = self.kind.as_deref().and_then(JobKind::from_word).unwrap_or_default();
        Job { id: self.job_id, region: self.region, name: self.name, kind }
    }
}

/// The rows that `prune` removed from a job's history.
async fn select_pruned(connection: &mut SqliteConnection, job_no: i64) -> Result<Pruned, sqlx::Error> {
    let row: Option<(i64, Option<i64>, Option<i64>, i64)> = sqlx::query_as(
        "select thinned_rows, thinned_to_ms, bucket_ms, failed_sweeps from pruning where job_no = ?",
    )
    .bind(job_no)
    .fetch_optional(connection)
    .await?;
    Ok(row.map_or_else(Pruned::default, |(thinned_rows, thinned_to_ms, bucket_ms, failed_sweeps)| Pruned {
        thinned_rows: thinned_rows.unsigned_abs(),
        thinned_to_ms,
        bucket_ms,
        failed_sweeps: failed_sweeps.unsigned_abs(),
    }))
}
