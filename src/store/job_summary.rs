//! A job in counts: the answer to each question of the service, without reading the history.

use std::time::Duration;

use crate::history::figures::verdict::{JobVerdict, StatusCounts};
use crate::model::Job;

/// A job and how much is recorded of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedJob {
    /// The job.
    pub job: Job,
    /// Its last complete snapshot; `None` if every sweep has failed.
    pub last: Option<LastSnapshot>,
}

/// The newest complete snapshot of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastSnapshot {
    /// When its last reply had arrived.
    pub finished_at_ms: i64,
    /// Its number of pages.
    pub pages: u32,
}

/// A job in counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobSummary {
    /// Objects by status, for each phase in the order of [`Phase::ALL`](crate::model::Phase::ALL).
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
    /// Whether the latest snapshots brought no changes; see
    /// [`no_recent_changes`](crate::history::figures::verdict::no_recent_changes).
    pub no_recent_changes: bool,
}

/// Sums over the listed tables; exact below 2^53.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RowTotals {
    /// Rows copied, as far as they are known.
    pub finished: f64,
    /// The vendor's estimates, of the tables that have one.
    pub estimated: f64,
    /// Tables without an estimate.
    pub tables_without_estimate: i64,
}

impl JobSummary {
    /// The verdict, as the report gives it.
    #[must_use]
    pub fn verdict(&self) -> JobVerdict {
        JobVerdict::from_counts(&self.counts, self.no_recent_changes)
    }

    /// Whether the initialization looks ended, well or badly.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.verdict(), JobVerdict::Finished | JobVerdict::FinishedWithFailures | JobVerdict::Failed)
    }

    /// Whether the end has lasted for at least this long. Between two steps of a migration nothing may move for a
    /// moment, or the tables may not be listed yet: that looks like the end without being it.
    #[must_use]
    pub fn is_over(&self, settle: Duration) -> bool {
        let lasted_ms = self.last.finished_at_ms - self.initialized_at_ms;
        self.has_ended() && i64::try_from(settle.as_millis()).is_ok_and(|settle_ms| settle_ms <= lasted_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Phase;

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
            no_recent_changes: true,
        };
        let minute = Duration::from_mins(1);
        assert!(summary.has_ended() && !summary.is_over(minute));
        summary.last.finished_at_ms = 60_000;
        assert!(summary.is_over(minute));
        summary.counts[Phase::Data as usize].migrating = 1;
        assert!(!summary.is_over(minute));
    }
}
