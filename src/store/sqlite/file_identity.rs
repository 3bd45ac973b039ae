//! Which file a path leads to.

use std::path::Path;

/// The identity of a file that stays the same when the file is renamed, and differs for a file that replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// The identity of the file at this path; `None` if there is no file. On systems other than Unix an open database
    /// can be neither deleted nor replaced, so all files are alike there.
    pub(super) fn at(path: &Path) -> Option<Self> {
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
