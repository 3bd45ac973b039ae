//! Speaks SQL: the only room with sqlx. One SQLite file, one writer, a few readers.
//!
//! What callers need: [`Store::open`] and [`Store::open_existing`], [`Store::recording`] to add a snapshot,
//! [`Store::record_failure`]; [`Store::jobs`], [`Store::standing`] and [`Store::history`] to read back.

mod active_tables;
mod error;
mod file;
mod known;
#[cfg(test)]
mod laws;
mod outbox;
mod prune;
mod read;
mod recording;
mod disk_usage;
mod job_summary;
mod text_pool;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, SqlitePool};

pub use active_tables::ActiveTable;
pub use disk_usage::DiskUsage;
pub use error::Error;
pub use job_summary::{JobSummary, RowTotals};
pub use outbox::{NewFailure, OutboxMessage};
pub use prune::{Pruner, StaleJob};
pub use read::RecordedJob;
pub use recording::{LastSnapshot, Recording};

/// Readers at once; a reader holds back the shrinking of the write-ahead log, so they are few.
const READERS: u32 = 4;
/// What the writer may keep of the database in memory.
const WRITER_CACHE_KIB: u32 = 8192;
/// How long a writer waits for another process to end its transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// What the write-ahead log may keep of the disk while it is not needed.
const LOG_BYTES: u32 = 64 << 20;

/// A history database.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
}

/// One connection. After an error of the disk SQLite ends a transaction by itself, while sqlx still counts it as
/// open, and would refuse to begin another one for ever: such a connection is not used again.
fn writers() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(1)
        // Whoever waits longer than is usual is not told so by sqlx, but by an error at the end.
        .acquire_slow_threshold(BUSY_TIMEOUT)
        .before_acquire(|connection, _| {
            let is_usable = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_usable) })
        })
}

impl Store {
    /// Opens the database for recording, and creates it (mode 0600) if there is none.
    ///
    /// # Errors
    /// If the file belongs to another application or a newer version, or cannot be read or written.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        file::create_private(path)?;
        let store = Self::connect(path).await?;
        store.migrate().await?;
        Ok(store)
    }

    /// Opens the database for reading. Writes only if its schema is an older one, to bring it up to date. A copy in a
    /// place that may only be read is read as it is.
    ///
    /// # Errors
    /// As [`Store::open`]; also if there is no such file.
    pub async fn open_existing(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            return Err(Error::Missing { path: path.to_owned() });
        }
        let store = match Self::connect(path).await {
            Err(Error::NotWritable { .. }) if file::is_at_rest(path) => {
                Self::connect_with(path, file::options(path).immutable(true)).await?
            }
            other => other?,
        };
        store.migrate().await?;
        Ok(store)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Ends all connections; the write-ahead log is folded into the database file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn connect(path: &Path) -> Result<Self, Error> {
        Self::connect_with(path, file::options(path)).await
    }

    async fn connect_with(path: &Path, options: SqliteConnectOptions) -> Result<Self, Error> {
        file::check_owner(path, &options).await?;
        let is_new = std::fs::metadata(path).is_ok_and(|it| it.len() == 0);
        let writing = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            // A reader that holds on for hours lets the log grow; it shrinks again once that reader has gone.
            .pragma("journal_size_limit", LOG_BYTES.to_string())
            // What was said to be recorded survives power loss.
            .synchronous(SqliteSynchronous::Full)
            // SQLite's two megabytes are less than the indexes of a large job, which are written in no order.
            .pragma("cache_size", format!("-{WRITER_CACHE_KIB}"))
            .optimize_on_close(true, None);
        // What `prune` frees can be given back page by page. Of a file that is not new this would change nothing, but
        // each connection would write to say so.
        let writing = if is_new { writing.auto_vacuum(SqliteAutoVacuum::Incremental) } else { writing };
        Ok(Self {
            path: path.to_owned(),
            writer: writers().connect_lazy_with(writing),
            readers: SqlitePoolOptions::new()
                .max_connections(READERS)
                .connect_lazy_with(options.read_only(true)),
        })
    }

    async fn migrate(&self) -> Result<(), Error> {
        file::migrate(&self.path, &self.readers, &self.writer).await
    }

    /// Adds the name of the file to an error of the database.
    fn failed(&self, source: sqlx::Error) -> Error {
        Error::from_sqlx(&self.path, source)
    }
}
