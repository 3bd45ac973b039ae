//! Reads what is recorded of a job as the types of [`crate::history`].

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, FromRow, PgConnection};

use super::database::Database;
use super::job::job_number;
use super::job_status;
use super::millis::{Millis, ms};
use super::rows::{KeyColumns, StateColumns};
use crate::history::{History, JobStatusHistory, ObjectHistory, Observation, Outcome, Pruned, Snapshot};
use crate::model::{Job, JobKind, Source};
use crate::store::error::Error;
use crate::store::job_summary::{LastSnapshot, RecordedJob};

/// Columns of `object`.
#[derive(FromRow)]
struct ObjectRow {
    #[sqlx(flatten)]
    key: KeyColumns,
    first_seen_at: Millis,
}

/// Columns of `reading`.
#[derive(FromRow)]
struct ReadingRow {
    object_no: i64,
    snapshot_id: i64,
    observed_at: Millis,
    previous_observed_at: Option<Millis>,
    listed: bool,
    #[sqlx(flatten)]
    state: StateColumns,
}

#[derive(FromRow)]
struct SnapshotRow {
    snapshot_id: i64,
    started_at: Millis,
    finished_at: Millis,
    outcome: String,
    source: String,
    pages: i64,
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
    kind: String,
}

#[derive(FromRow)]
struct RecordedJobRow {
    #[sqlx(flatten)]
    job: JobRow,
    finished_at: Option<Millis>,
    pages: Option<i64>,
}

/// Everything of one job, as it was read in one transaction.
struct Rows {
    job: JobRow,
    snapshots: Vec<SnapshotRow>,
    objects: Vec<ObjectRow>,
    readings: Vec<ReadingRow>,
    pruned: Pruned,
    job_status: JobStatusHistory,
}

/// Which objects of a job are read.
#[derive(Clone, Copy)]
enum Selection {
    All,
    /// Those that ever went to `Failed`.
    EverFailed,
}

impl Selection {
    /// The objects of the job `$1` as a table of `from`.
    fn source(self) -> &'static str {
        match self {
            Self::All => "(select * from object where job_no = $1) as object",
            Self::EverFailed => {
                "(select * from object where job_no = $1 and object_no in (
                      select object_no from reading
                      where job_no = $1 and status = 'Failed' and status is distinct from status_before)) as object"
            }
        }
    }

    fn objects(self) -> String {
        format!(
            "select object.*, coalesce(absent_since, arrived_at) as last_seen
             from {} left join page on page.job_no = object.job_no and page.number = object.page_number
             order by object.object_no",
            self.source()
        )
    }

    fn readings(self) -> String {
        format!(
            "{READINGS} from {}
             join reading on reading.job_no = object.job_no and reading.object_no = object.object_no {TEXTS}
             order by reading.object_no, reading.snapshot_id",
            self.source()
        )
    }
}

const READINGS: &str = "select reading.*, error.body as error_message, definition.body as definition";
const TEXTS: &str =
    "left join stored_text as error on error.job_no = reading.job_no and error.digest = reading.error_digest
     left join stored_text as definition on definition.job_no = reading.job_no
         and definition.digest = reading.definition_digest";

impl Database {
    /// Every job of the database, in the order in which they were first recorded.
    pub(crate) async fn jobs(&self) -> Result<Vec<RecordedJob>, Error> {
        let rows: Vec<RecordedJobRow> = self
            .retry(|| async {
                let mut transaction = self.begin_read().await?;
                sqlx::query_as(
                    "select job_no, job_id, region, name, kind, finished_at, pages from job
                     left join lateral (
                         select finished_at, pages from snapshot
                         where snapshot.job_no = job.job_no and outcome = 'complete'
                         order by snapshot_id desc limit 1) as last on true
                     order by job.job_no",
                )
                .fetch_all(&mut *transaction)
                .await
            })
            .await?;
        let job = |row: RecordedJobRow| RecordedJob {
            last: row.finished_at.zip(row.pages).map(last_snapshot_of_row),
            job: row.job.job(),
        };
        Ok(rows.into_iter().map(job).collect())
    }

    /// A number that differs after each snapshot that is recorded. Snapshots of several jobs may be committed in another
    /// order than that of their numbers, so it is the sum of a count of each job.
    pub(crate) async fn revision(&self) -> Result<Option<i64>, Error> {
        self.retry(|| async {
            let mut transaction = self.begin_read().await?;
            sqlx::query_scalar("select nullif(sum(revision), 0)::bigint from job")
                .fetch_one(&mut *transaction)
                .await
        })
        .await
    }

    /// Everything that is recorded of a job, read in one transaction; `None` if nothing is.
    pub(crate) async fn history(&self, job_id: &str) -> Result<Option<History>, Error> {
        self.read_history(job_id, Selection::All).await
    }

    /// The same of the objects that ever went to `Failed`.
    pub(crate) async fn failure_history(&self, job_id: &str) -> Result<Option<History>, Error> {
        self.read_history(job_id, Selection::EverFailed).await
    }

    async fn read_history(&self, job_id: &str, selection: Selection) -> Result<Option<History>, Error> {
        let rows = self
            .retry(|| async {
                let mut transaction = self.begin_read().await?;
                read_rows(&mut transaction, job_id, selection).await
            })
            .await?;
        let Some(Rows { job, snapshots, objects, readings, pruned, job_status }) = rows else {
            return Ok(None);
        };
        Ok(Some(History {
            job: job.job(),
            snapshots: snapshots.into_iter().map(SnapshotRow::snapshot).collect(),
            objects: timelines(self, objects, readings)?,
            pruned,
            job_status,
        }))
    }

    /// Whether this snapshot is one of the job's.
    pub(crate) async fn has_snapshot(&self, job_id: &str, snapshot_id: i64) -> Result<bool, Error> {
        self.retry(|| async {
            let mut transaction = self.begin_read().await?;
            sqlx::query_scalar(
                "select exists (
                     select 1 from snapshot join job using (job_no) where job_id = $1 and snapshot_id = $2)",
            )
            .bind(job_id)
            .bind(snapshot_id)
            .fetch_one(&mut *transaction)
            .await
        })
        .await
    }

    /// The last complete snapshot of a job; `None` if there is none.
    pub(crate) async fn last_snapshot(&self, job_id: &str) -> Result<Option<LastSnapshot>, Error> {
        self.retry(|| async {
            let mut transaction = self.begin_read().await?;
            match job_number(&mut transaction, job_id).await? {
                Some(job_no) => last_snapshot(&mut transaction, job_no).await,
                None => Ok(None),
            }
        })
        .await
    }
}

async fn read_rows(
    connection: &mut PgConnection,
    job_id: &str,
    selection: Selection,
) -> Result<Option<Rows>, sqlx::Error> {
    let job: Option<JobRow> =
        sqlx::query_as("select job_no, job_id, region, name, kind from job where job_id = $1")
            .bind(job_id)
            .fetch_optional(&mut *connection)
            .await?;
    let Some(job) = job else { return Ok(None) };
    let snapshots = sqlx::query_as("select * from snapshot where job_no = $1 order by snapshot_id")
        .bind(job.job_no)
        .fetch_all(&mut *connection)
        .await?;
    let objects = sqlx::query_as(AssertSqlSafe(selection.objects()))
        .bind(job.job_no)
        .fetch_all(&mut *connection)
        .await?;
    let readings = sqlx::query_as(AssertSqlSafe(selection.readings()))
        .bind(job.job_no)
        .fetch_all(&mut *connection)
        .await?;
    let pruned = pruned(connection, job.job_no).await?;
    let job_status = job_status::history_since(connection, job.job_no, i64::MIN).await?;
    Ok(Some(Rows { job, snapshots, objects, readings, pruned, job_status }))
}

pub(super) async fn last_snapshot(
    connection: &mut PgConnection,
    job_no: i64,
) -> Result<Option<LastSnapshot>, sqlx::Error> {
    let row: Option<(Millis, i64)> = sqlx::query_as(
        "select finished_at, pages from snapshot
         where job_no = $1 and outcome = 'complete' order by snapshot_id desc limit 1",
    )
    .bind(job_no)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(last_snapshot_of_row))
}

fn last_snapshot_of_row((finished_at, pages): (Millis, i64)) -> LastSnapshot {
    LastSnapshot { finished_at_ms: finished_at.0, pages: u32::try_from(pages).unwrap_or(u32::MAX) }
}

/// The change rows of one object, oldest first.
pub(super) async fn observations(
    connection: &mut PgConnection,
    job_no: i64,
    object_no: i64,
) -> Result<Vec<Observation>, sqlx::Error> {
    let select = format!(
        "{READINGS} from reading {TEXTS} where reading.job_no = $1 and object_no = $2 order by snapshot_id"
    );
    let rows: Vec<ReadingRow> =
        sqlx::query_as(AssertSqlSafe(select)).bind(job_no).bind(object_no).fetch_all(connection).await?;
    Ok(rows.into_iter().map(ReadingRow::into_observation).collect())
}

/// Deals the readings, ordered by object, out to their objects; ordered by phase and names.
fn timelines(
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
            first_seen_at_ms: object.first_seen_at.0,
            last_seen_at_ms: object.key.last_seen_at_ms(database)?,
            observations: by_object.remove(&object.key.object_no).unwrap_or_default(),
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
            observed_at_ms: self.observed_at.0,
            previous_observed_at_ms: ms(self.previous_observed_at),
            listed: self.listed,
            state: self.state.into_state(),
        }
    }
}

impl SnapshotRow {
    fn snapshot(self) -> Snapshot {
        Snapshot {
            id: self.snapshot_id,
            started_at_ms: self.started_at.0,
            finished_at_ms: self.finished_at.0,
            // The schema admits two words each.
            outcome: if self.outcome == "complete" { Outcome::Complete } else { Outcome::Failed },
            source: if self.source == "import" { Source::Import } else { Source::Api },
            pages: u32::try_from(self.pages).unwrap_or(u32::MAX),
            objects: self.objects.and_then(|count| u64::try_from(count).ok()),
            changes: u64::try_from(self.changes).unwrap_or(0),
            error: self.error,
            torn: self.torn,
        }
    }
}

impl JobRow {
    fn job(self) -> Job {
        let kind = JobKind::from_word(&self.kind).unwrap_or_default();
        Job { id: self.job_id, region: self.region, name: self.name, kind }
    }
}

/// What `prune` removed from a job's history.
async fn pruned(connection: &mut PgConnection, job_no: i64) -> Result<Pruned, sqlx::Error> {
    let row: Option<(i64, Option<Millis>, Option<i64>, i64)> = sqlx::query_as(
        "select thinned_rows, thinned_to, bucket_ms, failed_sweeps from pruning where job_no = $1",
    )
    .bind(job_no)
    .fetch_optional(connection)
    .await?;
    Ok(row.map_or_else(Pruned::default, |(thinned_rows, thinned_to, bucket_ms, failed_sweeps)| Pruned {
        thinned_rows: thinned_rows.unsigned_abs(),
        thinned_to_ms: ms(thinned_to),
        bucket_ms,
        failed_sweeps: failed_sweeps.unsigned_abs(),
    }))
}
