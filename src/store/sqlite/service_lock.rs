//! One service for each database: an advisory lock on a file beside it, which ends with the process.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::store::error::Error;

/// The lock on `DATABASE.lock`. The file stays; the lock ends when this is dropped, or with the process.
#[derive(Debug)]
pub(crate) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Locks a database for this process.
    pub(crate) fn acquire(database: &Path) -> Result<Self, Error> {
        // Two names of one file are one database.
        let real = database.canonicalize().unwrap_or_else(|_| database.to_owned());
        let mut name = real.into_os_string();
        name.push(".lock");
        let path = PathBuf::from(name);
        let failed = |source| Error::LockFile { path: path.clone(), source };
        let mut file = open_lock_file(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                write_pid(&mut file).map_err(failed)?;
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => Err(Error::Locked {
                database: database.display().to_string(),
                process_id: read_pid(&mut file),
            }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

/// Opens or creates the lock file, but never a file elsewhere that a symbolic link of this name leads to: the process id
/// would overwrite it.
fn open_lock_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    // Creating a new file follows no link.
    match options.clone().create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        created => return created,
    }
    let named = std::fs::symlink_metadata(path)?;
    if !named.is_file() {
        return Err(std::io::Error::other("it is not a regular file: remove it"));
    }
    let file = options.open(path)?;
    // It may have been replaced by a link in between.
    if is_same_file(&named, &file.metadata()?) {
        Ok(file)
    } else {
        Err(std::io::Error::other("it was replaced while it was opened"))
    }
}

#[cfg(unix)]
fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Windows has no stable file id here; making a link needs a privilege there.
#[cfg(not(unix))]
fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
    a.len() == b.len() && a.created().ok() == b.created().ok()
}

fn write_pid(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    writeln!(file, "{}", std::process::id())
}

/// The process that holds the lock, for a message only: it may be about to write its id.
fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_service_for_each_database() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("h.db");
        let lock = FileLock::acquire(&database).unwrap();
        let error = FileLock::acquire(&database).unwrap_err().to_string();
        assert!(error.contains(&format!("(process {})", std::process::id())), "{error}");
        assert!(error.contains("h.db") && error.contains("--db"), "{error}");
        FileLock::acquire(&folder.path().join("other.db")).unwrap();
        drop(lock);
        FileLock::acquire(&database).unwrap();
    }
}
