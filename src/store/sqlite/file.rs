//! The database file: made private, opened, and SQLite's errors about it.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::store::error::Error;

/// The maximum time that a writer waits for another process to end its transaction.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Options of every connection. sqlx's own log of slow statements would print their SQL: it is off.
pub(super) fn connect_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_TIMEOUT).disable_statement_logging()
}

/// Refuses a name that SQLite would not take for that of a file, and a path that is none. Opening a pipe would wait for
/// somebody to write into it.
pub(super) fn check_path(path: &Path) -> Result<(), Error> {
    let database = path.display().to_string();
    if database == ":memory:" || database.starts_with("file:") {
        return Err(Error::SpecialName { database });
    }
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(not_writable(path, "it is a folder".to_owned())),
        Ok(metadata) if !metadata.is_file() => Err(Error::NotAFile { database }),
        _ => Ok(()),
    }
}

/// Makes an empty file that only its owner may read, if there is none. SQLite gives its log the same mode.
pub(super) fn create_private(path: &Path) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(not_writable(path, error.to_string())),
    }
}

/// Whether the write-ahead log is empty, so that the file alone holds all of the database. SQLite creates files beside
/// a database even to read it; where it may not, it must be told that nobody writes
/// (<https://www.sqlite.org/wal.html#read_only_databases>).
pub(super) fn is_at_rest(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    match std::fs::metadata(log) {
        Ok(log) => log.len() == 0,
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

pub(super) fn not_writable(path: &Path, reason: String) -> Error {
    Error::NotWritable { database: path.display().to_string(), reason }
}

/// Classifies an error by SQLite's result code (<https://www.sqlite.org/rescode.html>).
#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(|error| failed(error))` everywhere")]
pub(super) fn database_error(path: &Path, source: sqlx::Error) -> Error {
    let database = path.display().to_string();
    let code = match &source {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<u32>().ok()),
        _ => None,
    };
    if matches!(source, sqlx::Error::PoolTimedOut) {
        return Error::NoConnection { database };
    }
    // The low byte is the primary code; the other bytes refine it.
    match code.map(|code| code & 0xff) {
        Some(5 | 6) => Error::Busy { database },
        Some(10) => Error::Disk { database, reason: error_reason(&source) },
        Some(13) => Error::Full { database },
        Some(26) => Error::NotADatabase { database },
        Some(8 | 14) => Error::NotWritable { database, reason: error_reason(&source) },
        _ => Error::Sql { database, reason: error_reason(&source) },
    }
}

/// SQLite's message without sqlx's "error returned from database: (code: n)".
fn error_reason(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}
