//! The recorded status of a job: its change rows.

use crate::model::{Engines, JobStatus};

/// One change row: the status from this moment until the next row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStatusObservation {
    /// The snapshot that it was read with; `None` if the objects were not read then.
    pub snapshot_id: Option<i64>,
    /// When the reply had arrived.
    pub observed_at_ms: i64,
    /// When the status was read before that, changed or not; `None` at first sight.
    pub previous_observed_at_ms: Option<i64>,
    /// What it said.
    pub status: JobStatus,
}

/// What is recorded of the status of one job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobStatusHistory {
    /// Its change rows, oldest first.
    pub observations: Vec<JobStatusObservation>,
    /// When it was last read, changed or not; `None` if it never was.
    pub last_seen_at_ms: Option<i64>,
    /// The engines, as last given.
    pub engines: Engines,
    /// Sweeps with which it could not be read.
    pub failed_requests: u64,
    /// Why it could not be read the last time that this happened.
    pub last_error: Option<String>,
}

impl JobStatusHistory {
    /// The newest status; `None` if none was read.
    #[must_use]
    pub fn latest(&self) -> Option<&JobStatus> {
        self.observations.last().map(|it| &it.status)
    }
}
