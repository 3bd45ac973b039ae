//! The history database. [`Store`] is its interface; the engine behind it is the only module with SQL.
//!
//! Callers use [`Store::open`] or [`Store::open_existing`], [`Store::begin_recording`] to add a snapshot,
//! [`Store::record_failure`] for a sweep that failed, and [`Store::jobs`], [`Store::job_summary`] and
//! [`Store::history`] to read back.

mod engine_dispatch;
mod error;
mod job_summary;
mod location;
mod postgres;
mod pruner;
mod recorded_jobs;
mod recording;
mod rows;
mod sqlite;
mod view;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::history::page_digest::PageDigest;
use crate::history::page_folding::KnownPages;
use crate::history::{History, JobStatusHistory};
use crate::model::{Job, JobStatusReading, Sweep};

use engine_dispatch::with_engine;
pub use error::Error;
pub use job_summary::{JobSummary, LastSnapshot, RecordedJob, RowTotals};
pub use location::Location;
pub use postgres::{InvalidUrl, PostgresLocation};
pub use pruner::Pruner;
pub use recorded_jobs::other_recorded_jobs;
pub use recording::Recording;
pub use rows::{
    ActiveTable, DiskUsage, ForgetPreview, ForgetScope, NewFailure, ObjectNumber, OutboxMessage, StaleJob,
};
pub use view::{ColumnType, View, ViewColumn, ViewValue};

/// A history database. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
}

#[derive(Debug, Clone)]
enum Engine {
    Sqlite(sqlite::Database),
    Postgres(postgres::Database),
}

/// The right to record into a database on a schedule. It ends when this is dropped, or with the process.
#[derive(Debug)]
pub struct ServiceLock {
    _lock: EngineLock,
}

#[derive(Debug)]
#[expect(dead_code, reason = "held until it is dropped")]
enum EngineLock {
    Sqlite(sqlite::FileLock),
    Postgres(postgres::AdvisoryLock),
}

impl Store {
    /// Opens the database for recording, and creates it if there is none: the file (mode 0600), or the tables.
    ///
    /// # Errors
    /// If it belongs to another application or a newer version, or cannot be read or written.
    pub async fn open(location: impl Into<Location>) -> Result<Self, Error> {
        let engine = match location.into() {
            Location::File(path) => Engine::Sqlite(sqlite::Database::open(&path).await?),
            Location::Postgres(location) => Engine::Postgres(postgres::Database::open(&location).await?),
        };
        Ok(Self { engine })
    }

    /// Opens the database for reading. Writes only to upgrade an older schema. A file on a read-only medium is read as
    /// it is.
    ///
    /// # Errors
    /// As [`Store::open`]; also if there is no history.
    pub async fn open_existing(location: impl Into<Location>) -> Result<Self, Error> {
        let engine = match location.into() {
            Location::File(path) => Engine::Sqlite(sqlite::Database::open_existing(&path).await?),
            Location::Postgres(location) => {
                Engine::Postgres(postgres::Database::open_existing(&location).await?)
            }
        };
        Ok(Self { engine })
    }

    /// Ends all connections.
    pub async fn close(&self) {
        with_engine!(Engine, &self.engine, it => it.close().await);
    }

    /// The same database through read connections of its own, at most `connections`: their users cannot keep the users
    /// of other handles waiting.
    #[must_use]
    pub fn with_own_readers(&self, connections: u32) -> Self {
        let engine = match &self.engine {
            Engine::Sqlite(it) => Engine::Sqlite(it.with_own_readers(connections)),
            Engine::Postgres(it) => Engine::Postgres(it.with_own_readers(connections)),
        };
        Self { engine }
    }

    /// Opens every connection now. They stay open, so that a later lack of file descriptors cannot stop a recorder.
    ///
    /// # Errors
    /// If the database cannot be opened.
    pub async fn reserve_connections(&self) -> Result<(), Error> {
        with_engine!(Engine, &self.engine, it => it.reserve_connections().await)
    }

    /// Fails if the history is not where it was opened any more: data written to a deleted file would be lost when the
    /// process ends.
    ///
    /// # Errors
    /// If the file was deleted, replaced or overwritten, if the tables were dropped, or if it cannot be read.
    pub async fn check_file(&self) -> Result<(), Error> {
        match &self.engine {
            Engine::Sqlite(it) => it.check_file().await,
            Engine::Postgres(it) => it.check_history().await,
        }
    }

    /// Makes this process the only service that records into the database.
    ///
    /// # Errors
    /// If another process is, or the lock cannot be made.
    pub async fn lock_for_service(&self) -> Result<ServiceLock, Error> {
        let lock = match &self.engine {
            Engine::Sqlite(it) => EngineLock::Sqlite(sqlite::FileLock::acquire(it.path())?),
            Engine::Postgres(it) => EngineLock::Postgres(it.lock_for_service().await?),
        };
        Ok(ServiceLock { _lock: lock })
    }

    /// Begins a snapshot of this job and reads its baseline, without the objects on pages whose digests are those of
    /// the last snapshot. Without digests every object is read. No other process can record this job until the recording
    /// is committed or dropped.
    ///
    /// # Errors
    /// If the database cannot be written or read.
    pub async fn begin_recording(
        &self,
        job: &Job,
        digests: BTreeMap<u32, PageDigest>,
    ) -> Result<Recording, Error> {
        let engine = match &self.engine {
            Engine::Sqlite(it) => recording::Engine::Sqlite(it.begin_recording(job, digests).await?),
            Engine::Postgres(it) => recording::Engine::Postgres(it.begin_recording(job, digests).await?),
        };
        Ok(Recording { engine })
    }

    /// The sweep as this database can hold it. PostgreSQL's text has no U+0000: U+2400 (␀) stands for it there.
    #[must_use]
    pub fn storable<'a>(&self, sweep: &'a Sweep) -> Cow<'a, Sweep> {
        match &self.engine {
            Engine::Sqlite(_) => Cow::Borrowed(sweep),
            Engine::Postgres(_) => postgres::without_nul(sweep),
        }
    }

    /// The pages of the last complete snapshot of a job, for a sweep that is to be folded.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn known_pages(&self, job_id: &str) -> Result<KnownPages, Error> {
        with_engine!(Engine, &self.engine, it => it.known_pages(job_id).await)
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
        with_engine!(Engine, &self.engine, it => {
            it.record_failure(job, started_at_ms, finished_at_ms, pages, error).await
        })
    }

    /// Records the status of a job that was read without its objects. Returns whether it is new: `false` for a moment
    /// that is not after the last recorded one.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn record_job_status(&self, job: &Job, reading: &JobStatusReading) -> Result<bool, Error> {
        with_engine!(Engine, &self.engine, it => it.record_job_status(job, reading).await)
    }

    /// The status of a job since a moment, with the status that held then; `None` if nothing is recorded of the job.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn job_statuses(&self, job_id: &str, since_ms: i64) -> Result<Option<JobStatusHistory>, Error> {
        with_engine!(Engine, &self.engine, it => it.job_statuses(job_id, since_ms).await)
    }

    /// When the status of a job was last read; `None` if it never was.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn job_status_seen_ms(&self, job_id: &str) -> Result<Option<i64>, Error> {
        with_engine!(Engine, &self.engine, it => it.job_status_seen_ms(job_id).await)
    }

    /// Every job of the database, in the order in which they were first recorded.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn jobs(&self) -> Result<Vec<RecordedJob>, Error> {
        with_engine!(Engine, &self.engine, it => it.jobs().await)
    }

    /// A number that differs after each snapshot of any job, failed ones included; `None` if there is none. While it stays
    /// the same, so do all figures.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn revision(&self) -> Result<Option<i64>, Error> {
        with_engine!(Engine, &self.engine, it => it.revision().await)
    }

    /// Everything that is recorded of a job, read in one transaction; `None` if nothing is.
    ///
    /// # Errors
    /// If the database cannot be read, or holds a value that this program never writes.
    pub async fn history(&self, job_id: &str) -> Result<Option<History>, Error> {
        with_engine!(Engine, &self.engine, it => it.history(job_id).await)
    }

    /// The last complete snapshot of a job; `None` if there is none.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn last_snapshot(&self, job_id: &str) -> Result<Option<LastSnapshot>, Error> {
        with_engine!(Engine, &self.engine, it => it.last_snapshot(job_id).await)
    }

    /// A job in counts; `None` if it has no complete snapshot.
    ///
    /// # Errors
    /// If the database cannot be read, or holds a value that this program never writes.
    pub async fn job_summary(&self, job_id: &str) -> Result<Option<JobSummary>, Error> {
        with_engine!(Engine, &self.engine, it => it.job_summary(job_id).await)
    }

    /// The listed tables of a job that migrate or failed, failed ones first, at most `limit`.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn active_tables(&self, job_id: &str, limit: u32) -> Result<Vec<ActiveTable>, Error> {
        with_engine!(Engine, &self.engine, it => it.active_tables(job_id, limit).await)
    }

    /// Bytes of the database on the disk.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn disk_usage(&self) -> Result<DiskUsage, Error> {
        with_engine!(Engine, &self.engine, it => it.disk_usage().await)
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
        with_engine!(Engine, &self.engine, it => it.enqueue_event(event_key, receivers, body, now_ms).await)
    }

    /// Whether an event was ever put into the outbox, for any receiver.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn has_event(&self, event_key: &str) -> Result<bool, Error> {
        with_engine!(Engine, &self.engine, it => it.has_event(event_key).await)
    }

    /// The receivers that have messages due.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn receivers_due(&self, now_ms: i64) -> Result<Vec<String>, Error> {
        with_engine!(Engine, &self.engine, it => it.receivers_due(now_ms).await)
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
        with_engine!(Engine, &self.engine, it => it.messages_due(receiver, now_ms, limit).await)
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
        with_engine!(Engine, &self.engine, it => {
            it.record_delivery_attempt(outbox_no, now_ms, failure).await
        })
    }

    /// The last snapshot in which the status of an object of the initialization changed; 0 if there is none. An object
    /// that is finished at first sight has not changed.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn newest_transition(&self, job_id: &str) -> Result<i64, Error> {
        with_engine!(Engine, &self.engine, it => it.newest_transition(job_id).await)
    }

    /// The objects that went to `Failed` in a snapshot, at most `limit`, and their number.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn new_failures(&self, snapshot_id: i64, limit: u32) -> Result<(Vec<NewFailure>, i64), Error> {
        with_engine!(Engine, &self.engine, it => it.new_failures(snapshot_id, limit).await)
    }

    /// The same without the objects that never went to `Failed`: all that failures and their causes are computed from,
    /// at the cost of the failures, whatever the size of the job.
    ///
    /// # Errors
    /// If the database cannot be read, or holds a value that this program never writes.
    pub async fn failure_history(&self, job_id: &str) -> Result<Option<History>, Error> {
        with_engine!(Engine, &self.engine, it => it.failure_history(job_id).await)
    }

    /// Whether this snapshot, complete or failed, is one of the job's.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn has_snapshot(&self, job_id: &str, snapshot_id: i64) -> Result<bool, Error> {
        with_engine!(Engine, &self.engine, it => it.has_snapshot(job_id, snapshot_id).await)
    }

    /// A connection that removes rows.
    ///
    /// # Errors
    /// If the database cannot be opened.
    pub async fn pruner(&self) -> Result<Pruner, Error> {
        let engine = match &self.engine {
            Engine::Sqlite(it) => pruner::Engine::Sqlite(it.pruner().await?),
            Engine::Postgres(it) => pruner::Engine::Postgres(it.pruner()),
        };
        Ok(Pruner { engine })
    }

    /// The names of the documented views, sorted.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn view_names(&self) -> Result<Vec<String>, Error> {
        with_engine!(Engine, &self.engine, it => it.view_names().await)
    }

    /// The view of this name; `None` if there is none.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn view(&self, name: &str) -> Result<Option<View>, Error> {
        with_engine!(Engine, &self.engine, it => it.view(name).await)
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
        with_engine!(Engine, &self.engine, it => it.read_view(view, job_id, each).await)
    }
}
