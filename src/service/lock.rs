//! A lock file beside the database, so that one service at a time records into it. The lock ends with the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// A held lock. Dropping it releases the lock; the file stays.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the lock could not be acquired.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another service holds it.
    #[error(
        "another service{holder} records into {} already: stop it, or name another database with --db",
        database.display()
    )]
    Held {
        /// The database.
        database: PathBuf,
        /// The process that holds it, ` (process 123)`, or empty if unknown.
        holder: String,
    },
    /// The lock file cannot be created.
    #[error("cannot lock {}: {source}; check that its folder is writable", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
}

impl Lock {
    /// Acquires the lock of a database.
    ///
    /// # Errors
    /// If another process holds it, or the lock file cannot be created.
    pub fn acquire(database: &Path) -> Result<Self, Error> {
        // A database has one lock, whatever links lead to it.
        let real = database.canonicalize().unwrap_or_else(|_| database.to_owned());
        let mut name = real.into_os_string();
        name.push(".lock");
        let path = PathBuf::from(name);
        let failed = |source| Error::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                write_pid(&mut file).map_err(failed)?;
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                Err(Error::Held { database: database.to_owned(), holder: holder(&mut file) })
            }
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

fn write_pid(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    // Only for the error message: the process that holds the lock may not have written it yet.
    let _ = file.read_to_string(&mut text);
    match text.trim().parse::<u32>() {
        Ok(pid) => format!(" (process {pid})"),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_service_per_database() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("h.db");
        let lock = Lock::acquire(&database).unwrap();
        let error = Lock::acquire(&database).unwrap_err().to_string();
        assert!(error.contains(&format!("(process {})", std::process::id())), "{error}");
        assert!(error.contains("h.db") && error.contains("--db"), "{error}");
        Lock::acquire(&folder.path().join("other.db")).unwrap();
        drop(lock);
        Lock::acquire(&database).unwrap();
    }
}
