//! The connections to one database file, with their settings for durability and memory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, SqlitePool};

use super::file::{self, BUSY_TIMEOUT};
use super::file_identity::{FileIdentity, LogIdentity};
use super::schema;
use crate::store::error::Error;

/// Readers at once; a reader holds back the shrinking of the write-ahead log, so they are few.
const MAX_READERS: u32 = 4;
/// The cache of the writer's connection, in KiB.
const WRITER_CACHE_KIB: u32 = 8192;
/// The size to which SQLite truncates an idle write-ahead log.
const MAX_IDLE_LOG_BYTES: u32 = 64 << 20;

/// Rows of one INSERT. One awaited statement costs about as much as inserting fifty rows; a fixed size keeps
/// the prepared statement.
pub(super) const ROWS_PER_INSERT: usize = 200;

/// One open database file.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    path: PathBuf,
    /// The file that was opened; `None` before there is one.
    pub(super) identity: Option<FileIdentity>,
    /// The write-ahead log and its index, which exist while a connection is open. Set by the first check of a process
    /// that reserves its connections.
    pub(super) log_identity: Arc<OnceLock<LogIdentity>>,
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

/// A pool of one connection. After a disk error SQLite ends a transaction by itself, while sqlx still counts it as
/// open and would refuse to begin another one: such a connection is not used again.
fn writer_pool() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(1)
        // A long wait ends in an error of ours; sqlx need not log it.
        .acquire_slow_threshold(BUSY_TIMEOUT)
        // A connection that is opened again later may find another file at the path, or no descriptor for it.
        .idle_timeout(None)
        .max_lifetime(None)
        .before_acquire(|connection, _| {
            let is_usable = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_usable) })
        })
}

/// A pool of connections that only read. They are opened when they are first needed, and then kept.
pub(super) fn reader_pool(max_connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(max_connections).idle_timeout(None).max_lifetime(None)
}

impl Database {
    /// Opens the file for recording, and creates it (mode 0600) if there is none.
    pub(crate) async fn open(path: &Path) -> Result<Self, Error> {
        file::check_path(path)?;
        file::create_private(path)?;
        let database = Self::connect(path, file::connect_options(path)).await?;
        database.upgrade().await?;
        Ok(database)
    }

    /// Opens the file for reading; writes only to upgrade an older schema. A file on a read-only medium is read as it
    /// is.
    pub(crate) async fn open_existing(path: &Path) -> Result<Self, Error> {
        file::check_path(path)?;
        if !path.exists() {
            return Err(Error::Missing { database: path.display().to_string() });
        }
        let database = match Self::connect(path, file::connect_options(path)).await {
            Err(Error::NotWritable { .. }) if file::is_at_rest(path) => {
                Self::connect(path, file::connect_options(path).immutable(true)).await?
            }
            other => other?,
        };
        database.upgrade().await?;
        Ok(database)
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Ends all connections; the write-ahead log is folded into the database file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn connect(path: &Path, options: SqliteConnectOptions) -> Result<Self, Error> {
        schema::check_owner(path, &options).await?;
        let is_new = std::fs::metadata(path).is_ok_and(|it| it.len() == 0);
        let writing = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            // A reader that holds on for hours lets the log grow; it shrinks again once that reader has gone.
            .pragma("journal_size_limit", MAX_IDLE_LOG_BYTES.to_string())
            // A snapshot that was reported as recorded survives power loss.
            .synchronous(SqliteSynchronous::Full)
            // SQLite's default of two megabytes is less than the indexes of a large job, which are written in no order.
            .pragma("cache_size", format!("-{WRITER_CACHE_KIB}"))
            .optimize_on_close(true, None);
        // Incremental vacuum lets `prune` return free pages to the disk. The mode of an existing file cannot change
        // this way, and each connection would write to set it.
        let writing = if is_new { writing.auto_vacuum(SqliteAutoVacuum::Incremental) } else { writing };
        Ok(Self {
            path: path.to_owned(),
            writer: writer_pool().connect_lazy_with(writing),
            identity: FileIdentity::from_path(path),
            log_identity: Arc::default(),
            readers: reader_pool(MAX_READERS).connect_lazy_with(options.read_only(true)),
        })
    }

    async fn upgrade(&self) -> Result<(), Error> {
        schema::upgrade(&self.path, &self.readers, &self.writer).await
    }

    /// Adds the name of the file to an error of SQLite.
    pub(super) fn query_error(&self, source: sqlx::Error) -> Error {
        file::database_error(&self.path, source)
    }

    pub(super) fn unexpected_value_error(&self, found: String) -> Error {
        Error::Unexpected { database: self.path.display().to_string(), found }
    }
}
