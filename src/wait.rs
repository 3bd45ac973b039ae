//! Whether a job has come so far that a runbook can go on, and within which limits.

use std::time::Duration;

use crate::history::figures::verdict::{JobVerdict, StatusCounts, initialization_counts};
use crate::model::Phase;
use crate::store::JobSummary;

/// The step of a job to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// No structure object waits or migrates.
    Structure,
    /// No table waits or migrates.
    Data,
    /// The whole initialization has ended, well or badly.
    Ended,
}

/// The limits that a job must keep. A limit that is `None` is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Open failures of all phases.
    pub max_failures: Option<usize>,
    /// Delay of the synchronization in milliseconds.
    pub max_delay_ms: Option<i64>,
}

/// How a job stands to its milestone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It has not reached it.
    NotYet,
    /// It has reached it within the limits.
    Reached,
    /// It has reached it with this number of open failures, more than the limit.
    TooManyFailures(usize),
    /// It has reached it with this delay in milliseconds, more than the limit; `None` if the delay is not known.
    DelayTooLong(Option<i64>),
    /// It has failed before: nothing moves that could reach it.
    FailedBefore,
}

/// Open failures of all phases, of objects that are no longer listed too.
#[must_use]
pub fn open_failures(summary: &JobSummary) -> usize {
    initialization_counts(&summary.counts).failed
}

/// How the job stands to the milestone, with its newest delay, if that is known. An end must have lasted for `settle` by `now_ms`: between two steps of a
/// migration nothing may move for a moment, and that looks like the end.
#[must_use]
pub fn progress(
    summary: &JobSummary,
    milestone: Milestone,
    limits: Limits,
    delay_ms: Option<i64>,
    settle: Duration,
    now_ms: i64,
) -> Progress {
    let [structure, _, data, _] = &summary.counts;
    let has_settled = i64::try_from(settle.as_millis())
        .is_ok_and(|settle_ms| settle_ms <= now_ms.saturating_sub(summary.initialized_at_ms));
    let reached = match milestone {
        Milestone::Structure => (was_listed(structure) || was_listed(data)) && open(structure) == 0,
        Milestone::Data => was_listed(data) && open(data) == 0,
        Milestone::Ended => summary.has_ended() && has_settled,
    };
    if !reached {
        let has_failed = summary.verdict() == JobVerdict::Failed && has_settled;
        return if has_failed { Progress::FailedBefore } else { Progress::NotYet };
    }
    let failures = open_failures(summary);
    if limits.max_failures.is_some_and(|max| max < failures) {
        return Progress::TooManyFailures(failures);
    }
    // A delay that is not known may be any.
    match limits.max_delay_ms {
        Some(max_ms) if delay_ms.is_none_or(|delay_ms| max_ms < delay_ms) => Progress::DelayTooLong(delay_ms),
        _ => Progress::Reached,
    }
}

fn was_listed(counts: &StatusCounts) -> bool {
    counts.listed_objects() + counts.unlisted > 0
}

/// Objects that have neither finished nor failed.
fn open(counts: &StatusCounts) -> usize {
    counts.listed_objects() - counts.finished - counts.failed
}

/// The counts that tell a person how far a job is: finished tables and all, and the share of the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reached {
    /// Finished tables.
    pub tables_finished: usize,
    /// Listed tables.
    pub tables: usize,
    /// Finished rows over the estimates; `None` if no table has an estimate.
    pub ratio: Option<f64>,
    /// Open failures.
    pub failures: usize,
}

impl Reached {
    /// The counts of a summary.
    #[must_use]
    pub fn new(summary: &JobSummary) -> Self {
        let data = summary.counts[Phase::Data as usize];
        let rows = summary.rows;
        Self {
            tables_finished: data.finished,
            tables: data.listed_objects(),
            ratio: (rows.estimated > 0.0).then(|| rows.finished / rows.estimated),
            failures: open_failures(summary),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{LastSnapshot, RowTotals};

    fn summary(structure: StatusCounts, data: StatusCounts) -> JobSummary {
        JobSummary {
            counts: [structure, StatusCounts::default(), data, StatusCounts::default()],
            rows: RowTotals::default(),
            last: LastSnapshot { finished_at_ms: 1_000, pages: 1 },
            changed_snapshot_id: 1,
            changed_at_ms: 1_000,
            initialized_snapshot_id: 1,
            initialized_at_ms: 1_000,
            no_recent_changes: true,
        }
    }

    fn counts(not_started: usize, migrating: usize, failed: usize, finished: usize) -> StatusCounts {
        StatusCounts { not_started, migrating, failed, finished, ..StatusCounts::default() }
    }

    const MINUTE: Duration = Duration::from_mins(1);

    fn after_a_minute(summary: &JobSummary, milestone: Milestone, max_failures: Option<usize>) -> Progress {
        let limits = Limits { max_failures, ..Limits::default() };
        progress(summary, milestone, limits, None, MINUTE, 61_000)
    }

    #[test]
    fn each_milestone_has_its_own_objects() {
        use Milestone::{Data, Ended, Structure};
        let nothing = summary(counts(0, 0, 0, 0), counts(0, 0, 0, 0));
        let copying = summary(counts(0, 0, 1, 4), counts(3, 2, 0, 1));
        let copied = summary(counts(0, 1, 0, 4), counts(0, 0, 1, 5));
        for (job, milestone, expected) in [
            (&nothing, Structure, Progress::NotYet),
            (&nothing, Data, Progress::NotYet),
            (&nothing, Ended, Progress::NotYet),
            (&copying, Structure, Progress::Reached),
            (&copying, Data, Progress::NotYet),
            (&copied, Structure, Progress::NotYet),
            (&copied, Data, Progress::Reached),
            (&copied, Ended, Progress::NotYet),
        ] {
            assert_eq!(after_a_minute(job, milestone, None), expected, "{milestone:?} of {job:?}");
        }
    }

    #[test]
    fn an_end_must_last() {
        let ended = summary(counts(0, 0, 0, 4), counts(0, 0, 0, 5));
        let at = |now_ms| progress(&ended, Milestone::Ended, Limits::default(), None, MINUTE, now_ms);
        assert_eq!(
            [at(1_000), at(60_999), at(61_000)],
            [Progress::NotYet, Progress::NotYet, Progress::Reached]
        );
    }

    #[test]
    fn a_limit_is_the_last_number_that_is_allowed() {
        let ended = summary(counts(0, 0, 2, 4), counts(0, 0, 1, 5));
        let with = |max| after_a_minute(&ended, Milestone::Ended, max);
        assert_eq!(with(None), Progress::Reached);
        assert_eq!(with(Some(3)), Progress::Reached);
        assert_eq!(with(Some(2)), Progress::TooManyFailures(3));
    }

    #[test]
    fn a_delay_that_is_not_known_is_over_every_limit() {
        let ended = summary(counts(0, 0, 0, 4), counts(0, 0, 0, 5));
        let limits = Limits { max_delay_ms: Some(5_000), ..Limits::default() };
        let with = |delay_ms| progress(&ended, Milestone::Ended, limits, delay_ms, MINUTE, 61_000);
        assert_eq!(with(Some(5_000)), Progress::Reached);
        assert_eq!(with(Some(5_001)), Progress::DelayTooLong(Some(5_001)));
        assert_eq!(with(None), Progress::DelayTooLong(None));
    }

    #[test]
    fn a_job_that_failed_is_not_waited_for() {
        let failed = summary(counts(0, 0, 2, 4), counts(7, 0, 0, 0));
        assert_eq!(after_a_minute(&failed, Milestone::Data, None), Progress::FailedBefore);
        assert_eq!(after_a_minute(&failed, Milestone::Ended, None), Progress::Reached);
        let soon = progress(&failed, Milestone::Data, Limits::default(), None, MINUTE, 2_000);
        assert_eq!(soon, Progress::NotYet, "it may be between two steps");
    }
}
