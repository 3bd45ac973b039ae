//! One service for each database: a lock that dies with the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// The right to record on a schedule. The lock file stays; the lock ends with this, or with the process.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another service has it.
    #[error(
        "another service{holder} records into {} already: stop it, or name another database with --db",
        database.display()
    )]
    Held {
        /// The database.
        database: PathBuf,
        /// Its process, if it says so: ` (process 123)`.
        holder: String,
    },
    /// The lock file cannot be made.
    #[error("cannot lock {}: {source}; check that its folder is writable", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl Lock {
    /// Takes the lock of this database.
    ///
    /// # Errors
    /// If another process has it, or the lock file cannot be made.
    pub fn take(database: &Path) -> Result<Self, Error> {
        // Two names of one file are one database.
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
    // It is read for the message alone: whoever holds the lock may be about to write it.
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
    fn one_service_for_each_database() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("h.db");
        let lock = Lock::take(&database).unwrap();
        let error = Lock::take(&database).unwrap_err().to_string();
        assert!(error.contains(&format!("(process {})", std::process::id())), "{error}");
        assert!(error.contains("h.db") && error.contains("--db"), "{error}");
        Lock::take(&folder.path().join("other.db")).unwrap();
        drop(lock);
        Lock::take(&database).unwrap();
    }
}
