//! The history database. [`Store`] is what the rest of the program knows of it; an engine behind it speaks SQL.
//!
//! Callers use [`Store::open`] or [`Store::open_existing`], [`Store::begin_recording`] to add a snapshot,
//! [`Store::record_failure`] for a sweep that failed, and [`Store::jobs`], [`Store::job_summary`] and
//! [`Store::history`] to read back.

mod error;
mod job_summary;
mod pruner;
mod recording;
mod rows;
mod sqlite;
mod view;

use std::collections::BTreeMap;
use std::path::Path;

use crate::history::page_digest::PageDigest;
use crate::history::page_folding::KnownPages;
use crate::history::{History, JobStatusHistory};
use crate::model::{Job, JobStatusReading};

pub use error::Error;
pub use job_summary::{JobSummary, LastSnapshot, RecordedJob, RowTotals};
pub use pruner::Pruner;
pub use recording::Recording;
pub use rows::{ActiveTable, DiskUsage, ForgetPreview, ForgetScope, NewFailure, OutboxMessage, StaleJob};
pub use view::{ColumnType, View, ViewColumn, ViewValue};

/// A history database. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    engine: sqlite::Database,
}

/// The right to record into a database on a schedule. It ends when this is dropped, or with the process.
#[derive(Debug)]
pub struct ServiceLock {
    _file: sqlite::FileLock,
}

impl Store {
    /// Opens the database for recording, and creates it (mode 0600) if there is none.
    ///
    /// # Errors
    /// If the file belongs to another application or a newer version, or cannot be read or written.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self { engine: sqlite::Database::open(path).await? })
    }

    /// Opens the database for reading. Writes only to upgrade an older schema. A file on a read-only medium is read as
    /// it is.
    ///
    /// # Errors
    /// As [`Store::open`]; also if there is no such file.
    pub async fn open_existing(path: &Path) -> Result<Self, Error> {
        Ok(Self { engine: sqlite::Database::open_existing(path).await? })
    }

    /// Ends all connections.
    pub async fn close(&self) {
        self.engine.close().await;
    }

    /// The same database through read connections of its own, at most `connections`: their users cannot keep the users
    /// of other handles waiting.
    #[must_use]
    pub fn with_own_readers(&self, connections: u32) -> Self {
        Self { engine: self.engine.with_own_readers(connections) }
    }

    /// Opens every connection now. They stay open, so that a later lack of file descriptors cannot stop a recorder.
    ///
    /// # Errors
    /// If the database cannot be opened.
    pub async fn reserve_connections(&self) -> Result<(), Error> {
        self.engine.reserve_connections().await
    }

    /// Fails if the path no longer leads to the database that was opened: data written then would be lost when the
    /// process ends.
    ///
    /// # Errors
    /// If the file was deleted, replaced or overwritten, or cannot be read.
    pub async fn check_file(&self) -> Result<(), Error> {
        self.engine.check_file().await
    }

    /// Makes this process the only service that records into the database.
    ///
    /// # Errors
    /// If another process is, or the lock cannot be made.
    pub fn lock_for_service(&self) -> Result<ServiceLock, Error> {
        Ok(ServiceLock { _file: sqlite::FileLock::acquire(self.engine.path())? })
    }

    /// Begins a snapshot of this job and reads its baseline, without the objects on pages whose digests are those of
    /// the last snapshot. Without digests every object is read. No other process can write until the recording is
    /// committed or dropped.
    ///
    /// # Errors
    /// If the database cannot be written or read.
    pub async fn begin_recording(
        &self,
        job: &Job,
        digests: BTreeMap<u32, PageDigest>,
    ) -> Result<Recording, Error> {
        Ok(Recording { engine: self.engine.begin_recording(job, digests).await? })
    }

    /// The pages of the last complete snapshot of a job, for a sweep that is to be folded.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn known_pages(&self, job_id: &str) -> Result<KnownPages, Error> {
        self.engine.known_pages(job_id).await
    }

    /// Records that a sweep failed, and changes nothing else. Returns the snapshot's number.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn record_failure(
        &self,
        job: &Job,
        started_at_ms: i64,
        finished_at_ms: i64,
        pages: u32,
        error: &str,
    ) -> Result<i64, Error> {
        self.engine.record_failure(job, started_at_ms, finished_at_ms, pages, error).await
    }

    /// Records the status of a job that was read without its objects. Returns whether it is new: `false` for a moment
    /// that is not after the last recorded one.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn record_job_status(&self, job: &Job, reading: &JobStatusReading) -> Result<bool, Error> {
        self.engine.record_job_status(job, reading).await
    }

    /// The status of a job since a moment, with the status that held then; `None` if nothing is recorded of the job.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn job_statuses(&self, job_id: &str, since_ms: i64) -> Result<Option<JobStatusHistory>, Error> {
        self.engine.job_statuses(job_id, since_ms).await
    }

    /// When the status of a job was last read; `None` if it never was.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn job_status_seen_ms(&self, job_id: &str) -> Result<Option<i64>, Error> {
        self.engine.job_status_seen_ms(job_id).await
    }

    /// Every job of the database, in the order in which they were first recorded.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn jobs(&self) -> Result<Vec<RecordedJob>, Error> {
        self.engine.jobs().await
    }

    /// The newest snapshot of any job, failed ones included; `None` if there is none. While it stays the same, so do
    /// all figures.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn newest_snapshot_id(&self) -> Result<Option<i64>, Error> {
        self.engine.newest_snapshot_id().await
    }

    /// Everything that is recorded of a job, read in one transaction; `None` if nothing is.
    ///
    /// # Errors
    /// If the database cannot be read, or holds a value that this program never writes.
    pub async fn history(&self, job_id: &str) -> Result<Option<History>, Error> {
        self.engine.history(job_id).await
    }

    /// The last complete snapshot of a job; `None` if there is none.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn last_snapshot(&self, job_id: &str) -> Result<Option<LastSnapshot>, Error> {
        self.engine.last_snapshot(job_id).await
    }

    /// A job in counts; `None` if it has no complete snapshot.
    ///
    /// # Errors
    /// If the database cannot be read, or holds a value that this program never writes.
    pub async fn job_summary(&self, job_id: &str) -> Result<Option<JobSummary>, Error> {
        self.engine.job_summary(job_id).await
    }

    /// The listed tables of a job that migrate or failed, failed ones first, at most `limit`.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn active_tables(&self, job_id: &str, limit: u32) -> Result<Vec<ActiveTable>, Error> {
        self.engine.active_tables(job_id, limit).await
    }

    /// Bytes of the database on the disk.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn disk_usage(&self) -> Result<DiskUsage, Error> {
        self.engine.disk_usage().await
    }

    /// Puts an event into the outbox for these receivers, unless it was put there before. Returns whether any row is
    /// new.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn enqueue_event(
        &self,
        event_key: &str,
        receivers: &[String],
        body: &str,
        now_ms: i64,
    ) -> Result<bool, Error> {
        self.engine.enqueue_event(event_key, receivers, body, now_ms).await
    }

    /// Whether an event was ever put into the outbox, for any receiver.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn has_event(&self, event_key: &str) -> Result<bool, Error> {
        self.engine.has_event(event_key).await
    }

    /// The receivers that have messages due.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn receivers_due(&self, now_ms: i64) -> Result<Vec<String>, Error> {
        self.engine.receivers_due(now_ms).await
    }

    /// The messages that are due for a receiver, oldest first, at most `limit`.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn messages_due(
        &self,
        receiver: &str,
        now_ms: i64,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, Error> {
        self.engine.messages_due(receiver, now_ms, limit).await
    }

    /// Records a delivery attempt: delivered (`failure` is `None`), or the error and when the next attempt is due
    /// (`None`: given up).
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn record_delivery_attempt(
        &self,
        outbox_no: i64,
        now_ms: i64,
        failure: Option<(&str, Option<i64>)>,
    ) -> Result<(), Error> {
        self.engine.record_delivery_attempt(outbox_no, now_ms, failure).await
    }

    /// The last snapshot in which the status of an object of the initialization changed; 0 if there is none. An object
    /// that is finished at first sight has not changed.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn newest_transition(&self, job_id: &str) -> Result<i64, Error> {
        self.engine.newest_transition(job_id).await
    }

    /// The objects that went to `Failed` in a snapshot, at most `limit`, and their number.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn new_failures(&self, snapshot_id: i64, limit: u32) -> Result<(Vec<NewFailure>, i64), Error> {
        self.engine.new_failures(snapshot_id, limit).await
    }

    /// The same without the objects that never went to `Failed`: all that failures and their causes are computed from,
    /// at the cost of the failures, whatever the size of the job.
    ///
    /// # Errors
    /// If the database cannot be read, or holds a value that this program never writes.
    pub async fn failure_history(&self, job_id: &str) -> Result<Option<History>, Error> {
        self.engine.failure_history(job_id).await
    }

    /// Whether this snapshot, complete or failed, is one of the job's.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn has_snapshot(&self, job_id: &str, snapshot_id: i64) -> Result<bool, Error> {
        self.engine.has_snapshot(job_id, snapshot_id).await
    }

    /// A connection that removes rows.
    ///
    /// # Errors
    /// If the database cannot be opened.
    pub async fn pruner(&self) -> Result<Pruner, Error> {
        Ok(Pruner { engine: self.engine.pruner().await? })
    }

    /// The names of the documented views, sorted.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn view_names(&self) -> Result<Vec<String>, Error> {
        self.engine.view_names().await
    }

    /// The view of this name; `None` if there is none.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn view(&self, name: &str) -> Result<Option<View>, Error> {
        self.engine.view(name).await
    }

    /// Passes each row of a view, of one job or of all, to `each`, all from one consistent state of the database.
    ///
    /// # Errors
    /// If the database cannot be read, if a value is not of its column's type, or the first error of `each`.
    pub async fn read_view<E: From<Error>>(
        &self,
        view: &View,
        job_id: Option<&str>,
        each: impl FnMut(&[ViewValue]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.engine.read_view(view, job_id, each).await
    }
}
