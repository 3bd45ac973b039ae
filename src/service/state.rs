//! The snapshot of the service's state that the loop publishes for HTTP.

use super::job_states::JobState;
use super::report_publisher::PublicationStats;
use crate::report;

/// An immutable copy of the state, published after each turn of the loop.
#[derive(Debug, Clone)]
pub(super) struct ServiceState {
    /// The configured jobs, by id.
    pub(super) jobs: Vec<JobState>,
    /// Language and time zone of the pages.
    pub(super) report: report::Options,
    /// Maximum number of tables with metrics of their own.
    pub(super) table_series: u32,
    /// The publications of reports.
    pub(super) publications: PublicationStats,
    /// When the loop last ran its heartbeat. `/healthz` fails once this is too long ago.
    pub(super) heartbeat_at_ms: i64,
}

impl ServiceState {
    pub(super) fn job(&self, job_id: &str) -> Option<&JobState> {
        self.jobs.iter().find(|it| it.job.id == job_id)
    }
}
