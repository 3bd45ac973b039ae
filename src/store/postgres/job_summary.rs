//! Where a job stands, in counts: what the service asks after each sweep, without the whole history.

use sqlx::PgConnection;

use super::database::Database;
use super::millis::Millis;
use super::{history, job};
use crate::history::figures::verdict::{StatusCounts, no_recent_changes};
use crate::model::{Phase, Status};
use crate::store::error::Error;
use crate::store::job_summary::{JobSummary, LastSnapshot, RowTotals};

/// One phase, status and listing: the number of objects that have them, their finished rows and estimates, and
/// the number of objects without an estimate.
type CountRow = (String, Option<String>, bool, i64, f64, f64, i64);

/// What a job's summary is made of.
struct Rows {
    last: LastSnapshot,
    changed: Option<(i64, Millis)>,
    latest_changes: Vec<i64>,
    initialized: Option<(i64, Millis)>,
    counted: Vec<CountRow>,
}

impl Database {
    /// Where a job stands; `None` if it has no complete snapshot.
    pub(crate) async fn job_summary(&self, job_id: &str) -> Result<Option<JobSummary>, Error> {
        let rows = self
            .retry(|| async {
                let mut transaction = self.begin_read().await?;
                read_rows(&mut transaction, job_id).await
            })
            .await?;
        let Some(Rows { last, changed, latest_changes, initialized, counted }) = rows else {
            return Ok(None);
        };
        let mut counts = [StatusCounts::default(); 4];
        let mut rows = RowTotals::default();
        for (phase, status, listed, objects, finished, estimated, without_estimate) in counted {
            let phase = Phase::from_word(&phase)
                .ok_or_else(|| self.unexpected(format!("an object of the phase {phase:?}")))?;
            let status = status.as_deref().map(Status::from);
            for _ in 0..objects {
                counts[phase as usize].count_object(status.as_ref(), listed);
            }
            if phase == Phase::Data && listed {
                rows.finished += finished;
                rows.estimated += estimated;
                rows.tables_without_estimate += without_estimate;
            }
        }
        // A job that never listed an object has not changed since its first snapshot.
        let (changed_snapshot_id, changed_at) = changed.unwrap_or((0, Millis(last.finished_at_ms)));
        let (initialized_snapshot_id, initialized_at) =
            initialized.unwrap_or((0, Millis(last.finished_at_ms)));
        Ok(Some(JobSummary {
            counts,
            rows,
            last,
            changed_snapshot_id,
            changed_at_ms: changed_at.0,
            initialized_snapshot_id,
            initialized_at_ms: initialized_at.0,
            no_recent_changes: no_recent_changes(latest_changes.into_iter().map(i64::unsigned_abs)),
        }))
    }
}

async fn read_rows(connection: &mut PgConnection, job_id: &str) -> Result<Option<Rows>, sqlx::Error> {
    let Some(job_no) = job::job_number(connection, job_id).await? else { return Ok(None) };
    let Some(last) = history::last_snapshot(connection, job_no).await? else { return Ok(None) };
    let changed = sqlx::query_as(
        "select snapshot_id, finished_at from snapshot
         where job_no = $1 and outcome = 'complete' and changes > 0 order by snapshot_id desc limit 1",
    )
    .bind(job_no)
    .fetch_optional(&mut *connection)
    .await?;
    let latest_changes = sqlx::query_scalar(
        "select changes from snapshot
         where job_no = $1 and outcome = 'complete' order by snapshot_id desc limit 3",
    )
    .bind(job_no)
    .fetch_all(&mut *connection)
    .await?;
    let initialized = sqlx::query_as(
        "select snapshot_id, finished_at from snapshot where job_no = $1 and snapshot_id =
             (select max(changed_snapshot_id) from object where job_no = $1 and phase <> 'sync')",
    )
    .bind(job_no)
    .fetch_optional(&mut *connection)
    .await?;
    let counted = sqlx::query_as(
        "select object.phase, reading.status, reading.listed, count(*),
             coalesce(sum(reading.finished_rows), 0)::double precision,
             coalesce(sum(reading.total_rows), 0)::double precision,
             count(*) - count(reading.total_rows)
         from object
         join reading on reading.job_no = object.job_no and reading.object_no = object.object_no
             and reading.snapshot_id = object.changed_snapshot_id
         where object.job_no = $1
         group by 1, 2, 3",
    )
    .bind(job_no)
    .fetch_all(&mut *connection)
    .await?;
    Ok(Some(Rows { last, changed, latest_changes, initialized, counted }))
}
