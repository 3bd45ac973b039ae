//! Compares two jobs, or two periods of one, and writes the result.

use std::io::Write;
use std::path::Path;

use crate::atomic_file::{self, AtomicFile};
use crate::history::comparison::Comparison;
use crate::report::{self, comparison};

/// The formats of a comparison that can be written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One file for a browser.
    Html,
    /// For a ticket or a wiki.
    Markdown,
    /// For scripts.
    Json,
}

/// Why a comparison could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template failed.
    #[error("cannot render the comparison")]
    Render(#[from] report::Error),
    /// The output cannot be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] atomic_file::Error),
}

/// Writes a comparison.
///
/// # Errors
/// If a template cannot be rendered, or `out` cannot be written.
pub fn write(
    comparison: &Comparison<'_>,
    format: Format,
    options: &report::Options,
    out: &mut dyn Write,
) -> Result<(), Error> {
    match format {
        Format::Html => out.write_all(comparison::html(comparison, options)?.as_bytes())?,
        Format::Markdown => out.write_all(comparison::markdown(comparison, options)?.as_bytes())?,
        Format::Json => comparison::write_json(comparison, out)?,
    }
    Ok(())
}

/// Replaces a file with a comparison.
///
/// # Errors
/// If a template cannot be rendered, or the file cannot be written; the old content stays.
pub fn write_file(
    path: &Path,
    comparison: &Comparison<'_>,
    format: Format,
    options: &report::Options,
) -> Result<(), Error> {
    let mut file = AtomicFile::create(path)?;
    write(comparison, format, options, &mut file).map_err(|error| match error {
        Error::Io(error) => Error::File(atomic_file::Error::new(path, &error)),
        error => error,
    })?;
    Ok(file.commit()?)
}
