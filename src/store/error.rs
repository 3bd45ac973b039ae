//! What can go wrong with a history database, each a sentence with the next step.

use std::path::{Path, PathBuf};

/// A history database that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file.
    #[error(
        "there is no history at {}: record one with `dts-history collect` or `dts-history import`, or name \
         another file with --db", path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is not an SQLite database.
    #[error("{} is not an SQLite database: name another file with --db", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The database was made by another application.
    #[error("{} is a database of another application, it was left as it is: name another file with --db", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The database was made by a newer version of this program.
    #[error(
        "{} was written by a newer version of dts-history, it was left as it is: upgrade dts-history, or name \
         another file with --db", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder cannot be opened or written.
    #[error("cannot open {} ({reason}): check that its folder exists, and that both are writable", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// No room is left for the database.
    #[error("no room left to write {}: nothing was recorded; free some disk space and try again", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The disk refuses to read or write.
    #[error(
        "the disk refuses to read or write {} ({reason}): nothing was recorded; check the disk, its quota and the \
         largest size that a file may have, and try again", path.display()
    )]
    Disk {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// Another process held the database for too long.
    #[error("{} is held by another process for more than 30 seconds: nothing was recorded; try again", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The database says what this program never writes.
    #[error("{} holds {what}: it was changed by hand or is damaged; `pragma integrity_check` may tell", path.display())]
    Unexpected {
        /// The file.
        path: PathBuf,
        /// The value met.
        what: String,
    },
    /// Any other error of the database.
    #[error("cannot read or write {}: {reason}; if it is damaged, restore a copy of it", path.display())]
    Sql {
        /// The file.
        path: PathBuf,
        /// The database's own words.
        reason: String,
    },
}

impl Error {
    /// Names what SQLite reports by its result codes (<https://www.sqlite.org/rescode.html>).
    #[expect(clippy::needless_pass_by_value, reason = "what is not said of it here is of no use to anybody")]
    pub(super) fn from_sqlx(path: &Path, source: sqlx::Error) -> Self {
        let path = path.to_owned();
        let code = match &source {
            sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<u32>().ok()),
            _ => None,
        };
        // Others of this process wait before us for a process that holds the database.
        if matches!(source, sqlx::Error::PoolTimedOut) {
            return Self::Busy { path };
        }
        // The low byte is the primary code; the rest only refines it.
        match code.map(|code| code & 0xff) {
            Some(5 | 6) => Self::Busy { path },
            Some(10) => Self::Disk { path, reason: reason(&source) },
            Some(13) => Self::Full { path },
            Some(26) => Self::NotADatabase { path },
            Some(8 | 14) => Self::NotWritable { path, reason: reason(&source) },
            _ => Self::Sql { path, reason: reason(&source) },
        }
    }
}

/// SQLite's message without sqlx's "error returned from database: (code: n)".
fn reason(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}
