//! Reads the summary of a job, which the service needs after each sweep, without the whole history.

use sqlx::SqliteConnection;

use super::database::Database;
use super::history;
use crate::history::figures::verdict::{StatusCounts, no_recent_changes};
use crate::model::{Phase, Status};
use crate::store::error::Error;
use crate::store::job_summary::{JobSummary, RowTotals};

/// One phase, status and listing: the number of objects that have them, their finished rows and estimates, and
/// the number of objects without an estimate.
type CountRow = (String, Option<String>, bool, i64, f64, f64, i64);

impl Database {
    /// The summary of a job; `None` if it has no complete snapshot.
    pub(crate) async fn job_summary(&self, job_id: &str) -> Result<Option<JobSummary>, Error> {
        let failed = |error| self.query_error(error);
        let mut transaction = self.readers.begin().await.map_err(failed)?;
        let job_no: Option<i64> = sqlx::query_scalar("select job_no from job where job_id = ?")
            .bind(job_id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let Some(job_no) = job_no else { return Ok(None) };
        let Some(last) = history::last_snapshot(&mut transaction, job_no).await.map_err(failed)? else {
            return Ok(None);
        };
        let changed: Option<(i64, i64)> = sqlx::query_as(
            "select snapshot_id, finished_at_ms from snapshot
             where job_no = ? and outcome = 'complete' and changes > 0 order by snapshot_id desc limit 1",
        )
        .bind(job_no)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        let latest: Vec<i64> = sqlx::query_scalar(
            "select changes from snapshot
             where job_no = ? and outcome = 'complete' order by snapshot_id desc limit 3",
        )
        .bind(job_no)
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed)?;
        let no_recent_changes = no_recent_changes(latest.into_iter().map(i64::unsigned_abs));
        let initialized: Option<(i64, i64)> = sqlx::query_as(
            "select snapshot_id, finished_at_ms from snapshot where snapshot_id =
                 (select max(changed_snapshot_id) from object where job_no = ? and phase <> 'sync')",
        )
        .bind(job_no)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        let mut counts = [StatusCounts::default(); 4];
        let mut rows = RowTotals::default();
        let counted = count_by_phase_and_status(&mut transaction, job_no).await.map_err(failed)?;
        for (phase, status, listed, objects, finished, estimated, without_estimate) in counted {
            let phase = Phase::from_word(&phase)
                .ok_or_else(|| self.unexpected_value_error(format!("an object of the phase {phase:?}")))?;
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
        let (changed_snapshot_id, changed_at_ms) = changed.unwrap_or((0, last.finished_at_ms));
        let (initialized_snapshot_id, initialized_at_ms) = initialized.unwrap_or((0, last.finished_at_ms));
        Ok(Some(JobSummary {
            counts,
            rows,
            last,
            changed_snapshot_id,
            changed_at_ms,
            initialized_snapshot_id,
            initialized_at_ms,
            no_recent_changes,
        }))
    }
}

async fn count_by_phase_and_status(
    connection: &mut SqliteConnection,
    job_no: i64,
) -> Result<Vec<CountRow>, sqlx::Error> {
    // total(), because a sum that leaves the integers is an error.
    sqlx::query_as(
        "select object.phase, reading.status, reading.listed, count(*),
             total(reading.finished_rows), total(reading.total_rows), count(*) - count(reading.total_rows)
         from object
         join reading on reading.object_no = object.object_no
             and reading.snapshot_id = object.changed_snapshot_id
         where object.job_no = ?
         group by 1, 2, 3",
    )
    .bind(job_no)
    .fetch_all(connection)
    .await
}
