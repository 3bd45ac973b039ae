//! The state of a job itself, beside that of its objects.

use serde::Serialize;

use super::serialize_optional_millis;

/// What one reply says of a job. A field is `None` if the call does not give it: a phase without a block is unknown,
/// not "not started".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct JobStatus {
    /// The status of the job, to the letter. The vendor's calls differ in the case and the spelling of the words.
    pub status: Option<String>,
    /// The status of the structure migration.
    pub structure_status: Option<String>,
    /// Its progress in percent, as received: it may exceed 100.
    pub structure_percent: Option<i64>,
    /// The status of the full data migration.
    pub data_status: Option<String>,
    /// Its progress in percent, as received: it may exceed 100.
    pub data_percent: Option<i64>,
    /// Rows copied, of all tables.
    pub data_rows: Option<i64>,
    /// The status of the incremental migration or synchronization.
    pub sync_status: Option<String>,
    /// How far the destination is behind the source, in milliseconds. `None` before the incremental phase.
    pub delay_ms: Option<i64>,
    /// The time up to which the changes of the source are applied.
    #[serde(rename = "checkpoint_at", serialize_with = "serialize_optional_millis")]
    pub checkpoint_at_ms: Option<i64>,
    /// Changes applied per second.
    pub rows_per_second: Option<i64>,
    /// Whether the job retries after an error, and applies nothing meanwhile.
    pub retrying: Option<bool>,
    /// The error of the job, or the one that it retries after.
    pub error_message: Option<String>,
}

impl JobStatus {
    /// Whether the status is this word, whatever its case.
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        self.status.as_deref().is_some_and(|status| status.trim().eq_ignore_ascii_case(word))
    }

    /// Whether the job applies nothing because of an error or a pause: it retries, failed or is suspended.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.retrying == Some(true)
            || ["Retrying", "Suspending", "Failed", "MigrationFailed", "Locked"].iter().any(|it| self.is(it))
    }

    /// Whether the job has ended: no later status is expected.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.is("Finished")
    }
}

/// The engines of both ends of a job, for example `MySQL`, in the vendor's words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Engines {
    /// Of the source.
    #[serde(rename = "source_engine")]
    pub source: Option<String>,
    /// Of the destination.
    #[serde(rename = "destination_engine")]
    pub destination: Option<String>,
}

/// The state of a job at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobStatusReading {
    /// When the reply had arrived.
    pub observed_at_ms: i64,
    /// What it says.
    pub status: JobStatus,
    /// The engines, as far as it names them.
    pub engines: Engines,
}

/// How the request for a job's status ended, which belongs to a sweep without deciding over it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one of it for each sweep")]
pub enum JobStatusOutcome {
    /// It was not requested.
    #[default]
    NotRequested,
    /// It was read.
    Read(JobStatusReading),
    /// It could not be read, for this reason.
    Failed(String),
}
