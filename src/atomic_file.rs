//! Files that other programs see whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The prefix of temporary files, by which files that a killed process left can be found.
pub const TEMPORARY_PREFIX: &str = ".dts-history-";

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {} ({reason}): check that its folder exists and is writable", path.display())]
pub struct Error {
    /// The file.
    pub path: PathBuf,
    /// The error of the system, without the name of the temporary file.
    pub reason: String,
}

/// Replaces a file when it is [committed](AtomicFile::commit): readers see the old content or the new one, never a
/// part. Symbolic links are followed, an existing file keeps its mode, and a pipe or device is written to directly.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    target: PathBuf,
    output: Output,
}

#[derive(Debug)]
enum Output {
    Temporary(BufWriter<NamedTempFile>),
    /// A pipe or device.
    Direct(BufWriter<File>),
}

impl AtomicFile {
    /// Creates the temporary file beside `path`.
    ///
    /// # Errors
    /// If the folder of the file cannot be written.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let failed = |error: io::Error| Error::new(path, &error);
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let existing = std::fs::metadata(&target).ok();
        let output = if existing.as_ref().is_some_and(|it| !it.is_file() && !it.is_dir()) {
            Output::Direct(BufWriter::new(File::options().write(true).open(&target).map_err(failed)?))
        } else {
            let folder = target.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let mut builder = tempfile::Builder::new();
            builder.prefix(TEMPORARY_PREFIX);
            // Output files are shared: the usual mode of new files instead of the 0600 of temporary files.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let file = builder.tempfile_in(folder).map_err(failed)?;
            if let Some(existing) = existing {
                file.as_file().set_permissions(existing.permissions()).map_err(failed)?;
            }
            Output::Temporary(BufWriter::new(file))
        };
        Ok(Self { path: path.to_owned(), target, output })
    }

    /// Syncs the content to the disk and replaces the file.
    ///
    /// # Errors
    /// If the file cannot be written; the old content stays.
    pub fn commit(self) -> Result<(), Error> {
        let failed = |error: io::Error| Error::new(&self.path, &error);
        match self.output {
            Output::Direct(mut output) => output.flush().map_err(failed),
            Output::Temporary(output) => {
                let file = output.into_inner().map_err(|error| failed(error.into_error()))?;
                file.as_file().sync_all().map_err(failed)?;
                file.persist(&self.target).map_err(|error| failed(error.error))?;
                Ok(())
            }
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.output {
            Output::Temporary(output) => output.write(bytes),
            Output::Direct(output) => output.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.output {
            Output::Temporary(output) => output.flush(),
            Output::Direct(output) => output.flush(),
        }
    }
}

/// Replaces a file with this content, as an [`AtomicFile`] does.
///
/// # Errors
/// If the folder or the file cannot be written; the old content stays.
pub fn write(path: &Path, content: &str) -> Result<(), Error> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(content.as_bytes()).map_err(|error| Error::new(path, &error))?;
    file.commit()
}

impl Error {
    /// The error for an I/O error met while writing to an [`AtomicFile`] of this path.
    #[must_use]
    pub fn new(path: &Path, error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.source());
        Self { path: path.to_owned(), reason: inner.map_or_else(|| error.to_string(), ToString::to_string) }
    }
}
