//! Rows that the store returns as they are, whichever engine holds them.

use sqlx::FromRow;

use crate::history::job_status::JobStatusObservation;
use crate::model::JobStatus;

/// A listed table whose data moves or failed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ActiveTable {
    /// `SourceOwnerDBName`.
    pub source_db: String,
    /// `DestinationOwnerDBName`.
    pub destination_db: String,
    /// `TableName`.
    pub table_name: String,
    /// `Migrating` or `Failed`.
    pub status: String,
    /// Rows copied; `None` if unknown.
    pub finished_rows: Option<i64>,
    /// The vendor's estimate; `None` if unknown.
    pub total_rows: Option<i64>,
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OutboxMessage {
    /// Its number.
    pub outbox_no: i64,
    /// The job of the event.
    pub event_key: String,
    /// To whom.
    pub receiver: String,
    /// The event as JSON.
    pub body: String,
    /// The number of delivery attempts.
    pub tries: u32,
    /// When the event was noticed.
    pub created_at_ms: i64,
}

/// An object that went to `Failed`.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct NewFailure {
    /// The phase's word.
    pub phase: String,
    /// `DestinationOwnerDBName`.
    pub destination_db: String,
    /// Its name.
    pub object_name: String,
    /// The message, to the letter.
    pub error_message: Option<String>,
}

/// An object of a job, as the engine numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct ObjectNumber {
    pub(super) job_no: i64,
    pub(super) object_no: i64,
}

/// A job that nothing was recorded of for long.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StaleJob {
    /// Its id.
    pub job_id: String,
    /// The end of its last sweep, complete or failed.
    pub last_at_ms: i64,
}

/// Bytes of a database, on the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DiskUsage {
    /// Its file, as SQLite counts the pages; of PostgreSQL, its tables with their indexes.
    pub file_bytes: i64,
    /// Of these, bytes that hold nothing: what is recorded next goes there. 0 for PostgreSQL, which does not count them.
    pub free_bytes: i64,
    /// The write-ahead log beside it; 0 for PostgreSQL, whose log is that of all its databases.
    pub log_bytes: i64,
}

/// Which snapshots of a job are taken back: always its newest ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgetScope {
    /// This one and every later one.
    FromSnapshot(i64),
    /// Those that ended after this moment.
    After(i64),
    /// All of them, and the job with them.
    WholeJob,
}

/// The snapshots and rows that a scope comprises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct ForgetPreview {
    /// Snapshots, failed ones included.
    pub snapshots: i64,
    /// Of these, complete ones.
    pub complete_snapshots: i64,
    /// The end of the first of them; `None` if there is none.
    pub first_at_ms: Option<i64>,
    /// The end of the last of them.
    pub last_at_ms: Option<i64>,
    /// Their change rows.
    pub change_rows: i64,
    /// Snapshots that stay. If none does, the job goes too.
    pub remaining_snapshots: i64,
    /// The end of the last complete snapshot that stays.
    pub new_last_at_ms: Option<i64>,
}

/// The columns of a status row that both engines store alike: all but its times.
#[derive(Debug, FromRow)]
pub(super) struct JobStatusColumns {
    snapshot_id: Option<i64>,
    status: Option<String>,
    structure_status: Option<String>,
    structure_percent: Option<i64>,
    data_status: Option<String>,
    data_percent: Option<i64>,
    data_rows: Option<i64>,
    sync_status: Option<String>,
    delay_ms: Option<i64>,
    rows_per_second: Option<i64>,
    retrying: Option<bool>,
    error_message: Option<String>,
}

impl JobStatusColumns {
    /// The row, with its times in milliseconds.
    pub(super) fn into_observation(
        self,
        observed_at_ms: i64,
        previous_observed_at_ms: Option<i64>,
        checkpoint_at_ms: Option<i64>,
    ) -> JobStatusObservation {
        JobStatusObservation {
            snapshot_id: self.snapshot_id,
            observed_at_ms,
            previous_observed_at_ms,
            status: JobStatus {
                status: self.status,
                structure_status: self.structure_status,
                structure_percent: self.structure_percent,
                data_status: self.data_status,
                data_percent: self.data_percent,
                data_rows: self.data_rows,
                sync_status: self.sync_status,
                delay_ms: self.delay_ms,
                checkpoint_at_ms,
                rows_per_second: self.rows_per_second,
                retrying: self.retrying,
                error_message: self.error_message,
            },
        }
    }
}
