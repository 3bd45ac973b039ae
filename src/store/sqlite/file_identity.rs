//! Which file a path leads to.

use std::path::{Path, PathBuf};

/// The identity of a file that stays the same when the file is renamed, and differs for a file that replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
}

/// The write-ahead log of an open database, and its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogIdentity {
    log: FileIdentity,
    index: FileIdentity,
}

impl LogIdentity {
    /// The files beside this database; `None` if one of them does not exist.
    pub(super) fn beside(database: &Path) -> Option<Self> {
        let [log, index] = log_paths(database).map(|path| FileIdentity::from_path(&path));
        Some(Self { log: log?, index: index? })
    }

    /// The file beside this database that is not the one that it was; `None` if both are.
    pub(super) fn find_replaced(self, database: &Path) -> Option<PathBuf> {
        let identities = [self.log, self.index];
        let files = log_paths(database).into_iter().zip(identities);
        files
            .into_iter()
            .find_map(|(path, identity)| (FileIdentity::from_path(&path) != Some(identity)).then_some(path))
    }
}

fn log_paths(database: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|suffix| {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        path.into()
    })
}

impl FileIdentity {
    /// The identity of the file at this path; `None` if there is no file. On systems other than Unix an open database
    /// can be neither deleted nor replaced, so all files are alike there.
    pub(super) fn from_path(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            Some(Self { device: metadata.dev(), inode: metadata.ino() })
        }
        #[cfg(not(unix))]
        {
            let _ = metadata;
            Some(Self { device: 0, inode: 0 })
        }
    }
}
