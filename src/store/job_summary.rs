//! Where a job stands, in counts: what the service asks after each sweep, without the whole history.

use std::time::Duration;

use sqlx::SqliteConnection;

use super::{Error, LastSnapshot, Store, read};
use crate::history::figures::verdict::{StatusCounts, Verdict, settled, verdict};
use crate::model::{Phase, Status};

/// A job in counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobSummary {
    /// Objects by status, for each phase in the order of [`Phase::ALL`].
    pub counts: [StatusCounts; 4],
    /// The rows of all listed tables.
    pub rows: RowTotals,
    /// The last complete snapshot.
    pub last: LastSnapshot,
    /// The last complete snapshot that held a change; 0 if none did.
    pub changed_snapshot_id: i64,
    /// When it had ended.
    pub changed_at_ms: i64,
    /// The same without sync rows, which go on after the initialization; 0 if there is none.
    pub initialized_snapshot_id: i64,
    /// When that had ended.
    pub initialized_at_ms: i64,
    /// Whether nothing has happened for a while; see [`settled`].
    pub settled: bool,
}

/// Sums over the listed tables; exact below 2^53.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RowTotals {
    /// RowTotals copied, as far as they are known.
    pub finished: f64,
    /// The vendor's estimates, of the tables that have one.
    pub estimated: f64,
    /// Tables without an estimate.
    pub tables_without_estimate: i64,
}

impl JobSummary {
    /// The verdict, as the report gives it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        verdict(&self.counts, self.settled)
    }

    /// Whether the initialization looks ended, well or badly.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.verdict(), Verdict::Finished | Verdict::FinishedWithFailures | Verdict::Failed)
    }

    /// Whether the end has lasted for at least this long. Between two steps of a migration nothing may move for a
    /// moment, or the tables may not be listed yet: that looks like the end without being it.
    #[must_use]
    pub fn is_over(&self, settle: Duration) -> bool {
        let lasted_ms = self.last.finished_at_ms - self.initialized_at_ms;
        self.has_ended() && i64::try_from(settle.as_millis()).is_ok_and(|settle_ms| settle_ms <= lasted_ms)
    }
}

/// One phase, status and listing: the number of objects that have them, their finished rows and estimates, and
/// the number of objects without an estimate.
type CountRow = (String, Option<String>, bool, i64, f64, f64, i64);

impl Store {
    /// Where a job stands; `None` if it has no complete snapshot.
    ///
    /// # Errors
    /// If the database cannot be read, or holds what this program never writes.
    pub async fn job_summary(&self, job_id: &str) -> Result<Option<JobSummary>, Error> {
        let failed = |error| self.failed(error);
        let mut transaction = self.readers.begin().await.map_err(failed)?;
        let job_no: Option<i64> = sqlx::query_scalar("select job_no from job where job_id = ?")
            .bind(job_id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let Some(job_no) = job_no else { return Ok(None) };
        let Some(last) = read::last_snapshot(&mut transaction, job_no).await.map_err(failed)? else {
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
        let settled = settled(latest.into_iter().map(i64::unsigned_abs));
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
        let counted = count(&mut transaction, job_no).await.map_err(failed)?;
        for (phase, status, listed, objects, finished, estimated, without_estimate) in counted {
            let phase = Phase::from_word(&phase)
                .ok_or_else(|| self.unexpected(format!("an object of the phase {phase:?}")))?;
            let status = status.as_deref().map(Status::from);
            for _ in 0..objects {
                counts[phase as usize].add(status.as_ref(), listed);
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
            settled,
        }))
    }
}

async fn count(connection: &mut SqliteConnection, job_no: i64) -> Result<Vec<CountRow>, sqlx::Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_counts_once_it_has_lasted() {
        let data = StatusCounts { finished: 2, ..StatusCounts::default() };
        let mut summary = JobSummary {
            counts: [StatusCounts::default(), StatusCounts::default(), data, StatusCounts::default()],
            rows: RowTotals::default(),
            last: LastSnapshot { finished_at_ms: 0, pages: 1 },
            changed_snapshot_id: 1,
            changed_at_ms: 0,
            initialized_snapshot_id: 1,
            initialized_at_ms: 0,
            settled: true,
        };
        let minute = Duration::from_mins(1);
        assert!(summary.has_ended() && !summary.is_over(minute));
        summary.last.finished_at_ms = 60_000;
        assert!(summary.is_over(minute));
        summary.counts[Phase::Data as usize].migrating = 1;
        assert!(!summary.is_over(minute));
    }
}
