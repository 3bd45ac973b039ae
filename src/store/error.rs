//! Errors of a history database. Each names the database and, where there is one, the next step.

use std::fmt;
use std::path::PathBuf;

/// A history database that cannot be used. `database` is its file or its URL.
#[derive(Debug)]
pub enum Error {
    /// There is no such file.
    Missing {
        /// The database.
        database: String,
    },
    /// The name has a meaning of its own in SQLite: a database in memory, or a URI.
    SpecialName {
        /// The name.
        database: String,
    },
    /// The path leads to a folder, a pipe, a socket or a device.
    NotAFile {
        /// The database.
        database: String,
    },
    /// The file is not an SQLite database.
    NotADatabase {
        /// The database.
        database: String,
    },
    /// The database was made by another application.
    Foreign {
        /// The database.
        database: String,
    },
    /// The database was made by a newer version of this program.
    Newer {
        /// The database.
        database: String,
    },
    /// The schema is none that this program ever wrote.
    UnknownSchema {
        /// The database.
        database: String,
        /// The versions that it lists.
        versions: Vec<i64>,
    },
    /// The file or its folder cannot be opened or written.
    NotWritable {
        /// The database.
        database: String,
        /// The system's message.
        reason: String,
    },
    /// No disk space is left for the database.
    Full {
        /// The database.
        database: String,
    },
    /// The disk refuses to read or write.
    Disk {
        /// The database.
        database: String,
        /// SQLite's message.
        reason: String,
    },
    /// The file was deleted while it was open.
    Deleted {
        /// The database.
        database: String,
    },
    /// Another file took the place of the one that is open.
    Replaced {
        /// The database.
        database: String,
    },
    /// The write-ahead log or its index was deleted, or another file took its place, while it was open.
    LogReplaced {
        /// The database.
        database: String,
        /// The file that is gone.
        file: String,
    },
    /// All connections of this process were in use for too long.
    NoConnection {
        /// The database.
        database: String,
    },
    /// Another process held the database for too long.
    Busy {
        /// The database.
        database: String,
    },
    /// Another service records into the database.
    Locked {
        /// The database.
        database: String,
        /// The other service's process id, if known.
        process_id: Option<u32>,
    },
    /// The lock file cannot be made.
    LockFile {
        /// The lock file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The database holds a value that this program never writes.
    Unexpected {
        /// The database.
        database: String,
        /// The value.
        found: String,
    },
    /// A PostgreSQL server cannot be reached, or does not let this user in.
    Unreachable {
        /// The database.
        database: String,
        /// The message of the system or the server.
        reason: String,
    },
    /// The user may not do this in the schema.
    NoPermission {
        /// The database.
        database: String,
        /// The server's message.
        reason: String,
    },
    /// Another application has tables of the same names in the schema.
    SharedSchema {
        /// The database.
        database: String,
    },
    /// The connection was lost, or the server undid the transaction; nothing of it is recorded.
    Interrupted {
        /// The database.
        database: String,
        /// The message of the system or the server.
        reason: String,
    },
    /// The connection was lost while the transaction was committed, and no later one could tell whether it was.
    UnknownCommit {
        /// The database.
        database: String,
        /// The message of the system or the server.
        reason: String,
    },
    /// Any other error of a PostgreSQL server.
    Server {
        /// The database.
        database: String,
        /// The server's message.
        reason: String,
    },
    /// Any other error of the database.
    Sql {
        /// The database.
        database: String,
        /// The database's message.
        reason: String,
    },
}

impl Error {
    /// Whether a file of the database was taken away, so that no later attempt of this process can succeed.
    #[must_use]
    pub fn is_about_lost_files(&self) -> bool {
        matches!(self, Self::Deleted { .. } | Self::Replaced { .. } | Self::LogReplaced { .. })
    }

    /// Whether nothing was recorded, and the same may succeed at once.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Interrupted { .. })
    }

    /// The next step for the user.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Missing { .. } => {
                "record one with `dts-history collect` or `dts-history import`, or name another file with --db"
            }
            Self::SpecialName { .. } => {
                "name a file with --db; a file that really is called so can be named with its folder, as in ./FILE"
            }
            Self::NotAFile { .. } | Self::NotADatabase { .. } | Self::Foreign { .. } => {
                "name another file with --db"
            }
            Self::Newer { .. } => "upgrade dts-history, or name another file with --db",
            Self::UnknownSchema { .. } => "restore a copy of it, or name another file with --db",
            Self::NotWritable { .. } => "check that its folder exists, and that both are writable",
            Self::Full { .. } => "free some disk space and try again",
            Self::Disk { .. } => {
                "check the disk, its quota and the largest size that a file may have, and try again"
            }
            Self::Deleted { .. } => "put the file back, or restart the service to record into a new one",
            Self::Replaced { .. } => "put the file back, or restart the service to record into the new one",
            Self::LogReplaced { .. } => {
                "restart the service, which saves what the log holds; until then nothing more is recorded"
            }
            Self::Busy { .. } | Self::NoConnection { .. } | Self::Interrupted { .. } => "try again",
            Self::Locked { .. } => "stop it, or name another database with --db",
            Self::LockFile { .. } => "check that its folder is writable",
            Self::Unreachable { .. } => {
                "check the URL, that PostgreSQL is running, and the password in PGPASSWORD, ~/.pgpass or \
                 database_password_file"
            }
            Self::NoPermission { .. } => {
                "grant it to the user, or name a schema of the user's own with `schema` in [postgres]"
            }
            Self::SharedSchema { .. } => "name a schema of its own with `schema` in [postgres]",
            Self::UnknownCommit { .. } => "look at what is recorded before it is done again",
            Self::Server { .. } => "the log of PostgreSQL says more",
            Self::Unexpected { .. } => {
                "`pragma integrity_check` shows damage; restore a copy if there is any"
            }
            Self::Sql { .. } => "if it is damaged, restore a copy of it",
        }
    }

    /// The message of an error that only a PostgreSQL server gives; nothing for another one.
    fn write_server_message(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { database, reason } => write!(f, "cannot connect to {database} ({reason})"),
            Self::NoPermission { database, reason } => {
                write!(f, "the user lacks a right in {database} ({reason})")
            }
            Self::SharedSchema { database } => {
                write!(
                    f,
                    "the schema of {database} holds tables of another application and was left unchanged"
                )
            }
            Self::Interrupted { database, reason } => {
                write!(f, "the work in {database} was interrupted ({reason}); nothing was recorded")
            }
            Self::UnknownCommit { database, reason } => write!(
                f,
                "the connection to {database} was lost during a commit ({reason}); it is unknown whether it was recorded"
            ),
            Self::Server { database, reason } => write!(f, "{database} reports an error ({reason})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { database } => write!(f, "there is no history at {database}"),
            Self::SpecialName { database } => write!(
                f,
                "{database:?} is not the name of a file to SQLite, and nothing recorded there would be kept"
            ),
            Self::NotAFile { database } => write!(f, "{database} is not a regular file"),
            Self::NotADatabase { database } => write!(f, "{database} is not an SQLite database"),
            Self::Foreign { database } => {
                write!(f, "{database} is a database of another application and was left unchanged")
            }
            Self::Newer { database } => {
                write!(f, "{database} was written by a newer version of dts-history and was left unchanged")
            }
            Self::UnknownSchema { database, versions } => {
                write!(f, "{database} has a schema that no version of dts-history wrote ({versions:?})")
            }
            Self::NotWritable { database, reason } => write!(f, "cannot open {database} ({reason})"),
            Self::Full { database } => write!(f, "no room left to write {database}; nothing was recorded"),
            Self::Disk { database, reason } => {
                write!(f, "the disk refuses to read or write {database} ({reason}); nothing was recorded")
            }
            Self::Deleted { database } => {
                write!(f, "{database} was deleted while this process had it open; nothing was recorded")
            }
            Self::Replaced { database } => write!(
                f,
                "{database} was replaced by another file while this process had it open; nothing was recorded"
            ),
            Self::LogReplaced { database, file } => {
                write!(f, "{file} was deleted or replaced while this process had {database} open")
            }
            Self::NoConnection { database } => write!(
                f,
                "no connection of this process to {database} was free for 30 seconds; nothing was recorded"
            ),
            Self::Busy { database } => write!(
                f,
                "{database} was held by another process for more than 30 seconds; nothing was recorded"
            ),
            Self::Locked { database, process_id: Some(id) } => {
                write!(f, "another service (process {id}) already records into {database}")
            }
            Self::Locked { database, process_id: None } => {
                write!(f, "another service already records into {database}")
            }
            Self::LockFile { path, source } => write!(f, "cannot lock {} ({source})", path.display()),
            Self::Unexpected { database, found } => {
                write!(f, "{database} holds {found}: it was changed by hand or is damaged")
            }
            Self::Unreachable { .. }
            | Self::NoPermission { .. }
            | Self::SharedSchema { .. }
            | Self::Interrupted { .. }
            | Self::UnknownCommit { .. }
            | Self::Server { .. } => self.write_server_message(f),
            Self::Sql { database, reason } => write!(f, "cannot read or write {database} ({reason})"),
        }?;
        write!(f, ": {}", self.help())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::LockFile { source, .. } => Some(source),
            _ => None,
        }
    }
}
