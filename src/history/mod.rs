//! The history of a job and the figures computed from it. Pure functions: no clock, no file, no network.
//!
//! [`diff`] finds what a new sweep changed. The other modules read the change rows back: [`analysis`] is
//! the sum of them, and what reports are made from.

pub mod analysis;
pub mod comparison;
pub mod ddl;
pub mod diff;
pub mod downsample;
pub mod failures;
pub mod figures;
pub mod forecast;
pub mod job_status;
pub mod page_digest;
pub mod page_folding;
pub mod quality;
mod statistics;
pub mod rollback;

#[cfg(test)]
pub(crate) mod properties;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use job_status::JobStatusHistory;

use crate::model::{Job, ObjectKey, ObjectState, Source, serialize_optional_millis};

/// Everything that was recorded of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The job.
    pub job: Job,
    /// Its snapshots, oldest first, failed ones among them.
    pub snapshots: Vec<Snapshot>,
    /// Its objects, ordered by phase and names.
    pub objects: Vec<ObjectHistory>,
    /// The status of the job itself.
    pub job_status: JobStatusHistory,
    /// The rows that were removed from it.
    pub pruned: Pruned,
}

/// The rows that `prune` has removed from a job's history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Change rows that were merged into the next one of their table.
    pub thinned_rows: u64,
    /// When the newest of these was observed; `None` if there is none.
    #[serde(rename = "thinned_to", serialize_with = "serialize_optional_millis")]
    pub thinned_to_ms: Option<i64>,
    /// At most this much time of one table became one row; the longest there was.
    pub bucket_ms: Option<i64>,
    /// Failed sweeps that were removed.
    pub failed_sweeps: u64,
}

/// The outcome of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every page was read and stored.
    Complete,
    /// The sweep failed; nothing but the failure is stored.
    Failed,
}

impl Outcome {
    /// The word used in the database and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Failed => "failed",
        }
    }
}

/// A stored sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its number in the database.
    pub id: i64,
    /// When the first request was sent.
    pub started_at_ms: i64,
    /// When the last reply had arrived, or the sweep was given up.
    pub finished_at_ms: i64,
    /// Complete or failed.
    pub outcome: Outcome,
    /// API or import.
    pub source: Source,
    /// Pages of the job; of a failed sweep, pages read before it failed.
    pub pages: u32,
    /// Objects in the sweep; `None` if it failed.
    pub objects: Option<u64>,
    /// Change rows that the sweep gave.
    pub changes: u64,
    /// The reason of the failure.
    pub error: Option<String>,
    /// Whether pages shifted while they were read, also the second time: a row may be missing.
    pub torn: bool,
}

/// One object's change rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHistory {
    /// The object.
    pub key: ObjectKey,
    /// When it was first seen.
    pub first_seen_at_ms: i64,
    /// When it was last on a page of a complete snapshot.
    pub last_seen_at_ms: i64,
    /// Its change rows, oldest first; at least one.
    pub observations: Vec<Observation>,
}

impl ObjectHistory {
    /// The latest state of the object, and whether the job lists it. An object without observations has neither.
    pub(crate) fn latest_state(&self) -> (ObjectState, bool) {
        self.observations.last().map_or_else(Default::default, |seen| (seen.state.clone(), seen.listed))
    }
}

/// One change row: the object's state from this moment until the next row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The snapshot that saw the change.
    pub snapshot_id: i64,
    /// When the reply that held the row had arrived.
    pub observed_at_ms: i64,
    /// When the object was last seen before that, changed or not; `None` at first sight.
    pub previous_observed_at_ms: Option<i64>,
    /// The state seen; of an object that is no longer listed, the last one seen.
    pub state: ObjectState,
    /// Whether the job listed the object.
    pub listed: bool,
}
