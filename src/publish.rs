//! Reads a history, computes and renders its report, and writes it to files that are replaced atomically.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use crate::atomic_file::{self, AtomicFile, TEMPORARY_PREFIX};
use crate::history::analysis::{Analysis, Window, analyse, analyse_with};
use crate::history::figures::cutover::CutoverLimits;
use crate::report;
use crate::store::{self, Store};

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// A single HTML file.
    Html,
    /// Markdown, for tickets and wikis.
    Markdown,
    /// JSON, for scripts.
    Json,
    /// JUnit XML, for pipelines.
    Junit,
}

/// Age after which a temporary file counts as left by a killed process; no report takes that long to write.
const STALE_AFTER: Duration = Duration::from_hours(1);

/// The reason why a report could not be rendered or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database has no snapshot of this job.
    #[error("no snapshot of the job {job_id} is recorded{}", store::other_recorded_jobs(.recorded))]
    UnknownJob {
        /// The requested job.
        job_id: String,
        /// The ids of the jobs that are recorded.
        recorded: Vec<String>,
    },
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The report cannot be rendered.
    #[error("cannot render the report")]
    Render(#[from] report::Error),
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] atomic_file::Error),
}

/// The reason why the content of a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A template could not be rendered.
    #[error(transparent)]
    Render(#[from] report::Error),
    /// The output cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl WriteError {
    fn writing_to(self, path: &Path) -> Error {
        match self {
            Self::Render(error) => Error::Render(error),
            Self::Io(error) => Error::Write(atomic_file::Error::new(path, &error)),
        }
    }
}

/// Reads the history of a job and computes its figures.
///
/// # Errors
/// If the job is not recorded or the database cannot be read.
pub async fn load_analysis(
    store: &Store,
    job_id: &str,
    window: Window,
    limits: CutoverLimits,
) -> Result<Analysis, Error> {
    match store.history(job_id).await? {
        Some(history) => Ok(analyse_with(&history, window, limits)),
        None => Err(unknown_job_error(store, job_id).await?),
    }
}

/// The failures of a job, their causes and the coverage. The other figures are those of the objects that failed.
///
/// # Errors
/// If the job is not recorded or the database cannot be read.
pub async fn load_failures(store: &Store, job_id: &str) -> Result<Analysis, Error> {
    match store.failure_history(job_id).await? {
        Some(history) => Ok(analyse(&history, Window::default())),
        None => Err(unknown_job_error(store, job_id).await?),
    }
}

async fn unknown_job_error(store: &Store, job_id: &str) -> Result<Error, Error> {
    let recorded = store.jobs().await?.into_iter().map(|it| it.job.id).collect();
    Ok(Error::UnknownJob { job_id: job_id.to_owned(), recorded })
}

/// Writes a report.
///
/// # Errors
/// If a template cannot be rendered, or `out` cannot be written.
pub fn write(
    analysis: &Analysis,
    format: FileFormat,
    options: &report::Options,
    out: &mut dyn Write,
) -> Result<(), WriteError> {
    match format {
        FileFormat::Html => out.write_all(report::html(analysis, options)?.as_bytes())?,
        FileFormat::Markdown => out.write_all(report::markdown(analysis, options)?.as_bytes())?,
        FileFormat::Json => report::write_json(analysis, out)?,
        FileFormat::Junit => report::write_junit(analysis, out)?,
    }
    Ok(())
}

/// Writes the report of a job in all formats, once for each file stem, to a folder that is created if it does not
/// exist. JSON is written last: if it exists, the other two exist as well.
///
/// # Errors
/// If the job is not recorded, or the folder or a file cannot be written.
pub async fn write_all_formats(
    store: &Store,
    job_id: &str,
    options: report::Options,
    folder: &Path,
    file_stems: Vec<String>,
) -> Result<(), Error> {
    let Some(history) = store.history(job_id).await? else {
        return Err(Error::UnknownJob { job_id: job_id.to_owned(), recorded: Vec::new() });
    };
    let folder = folder.to_owned();
    // A large report takes long, so it is rendered on a blocking thread.
    let work = tokio::task::spawn_blocking(move || {
        let create_failed = |error| atomic_file::Error::new(&folder, &error);
        std::fs::create_dir_all(&folder).map_err(create_failed)?;
        remove_stale_temporary_files(&folder);
        let analysis = analyse_with(&history, Window::default(), options.cutover);
        for (format, extension) in
            [(FileFormat::Html, "html"), (FileFormat::Markdown, "md"), (FileFormat::Json, "json")]
        {
            let mut paths = file_stems.iter().map(|stem| folder.join(format!("{stem}.{extension}")));
            let Some(first) = paths.next() else { return Ok(()) };
            write_file(&first, &analysis, format, &options)?;
            // Copying takes less than rendering again.
            paths.try_for_each(|path| copy_file(&first, &path))?;
        }
        Ok(())
    });
    match work.await {
        Ok(written) => written,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Renders a report in memory.
///
/// # Errors
/// If a template cannot be rendered.
pub fn render(analysis: &Analysis, format: FileFormat, options: &report::Options) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    write(analysis, format, options, &mut body).map_err(|error| error.writing_to(Path::new("-")))?;
    Ok(body)
}

/// Replaces a file with a report.
///
/// # Errors
/// If a template cannot be rendered or the file cannot be written; the old content stays.
pub fn write_file(
    path: &Path,
    analysis: &Analysis,
    format: FileFormat,
    options: &report::Options,
) -> Result<(), Error> {
    let mut file = AtomicFile::create(path)?;
    write(analysis, format, options, &mut file).map_err(|error| error.writing_to(path))?;
    Ok(file.commit()?)
}

fn copy_file(from: &Path, to: &Path) -> Result<(), Error> {
    let mut file = AtomicFile::create(to)?;
    let copied = File::open(from).and_then(|mut from| io::copy(&mut from, &mut file));
    copied.map_err(|error| atomic_file::Error::new(to, &error))?;
    Ok(file.commit()?)
}

/// Creates a folder if there is none, and checks that files can be written to it.
///
/// # Errors
/// If the folder cannot be created or written.
pub fn check_folder(folder: &Path) -> Result<(), Error> {
    let failed = |error| atomic_file::Error::new(folder, &error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(folder).map_err(failed)?;
    Ok(())
}

/// Removes the temporary files of killed processes from the folder of published reports. Their age is measured
/// against the modification time of a new file, because the clock of a network file system may differ.
fn remove_stale_temporary_files(folder: &Path) {
    let modified = |metadata: std::io::Result<std::fs::Metadata>| metadata.and_then(|it| it.modified());
    let new = tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(folder);
    let now = new.and_then(|file| modified(file.as_file().metadata()));
    let (Ok(now), Ok(entries)) = (now, std::fs::read_dir(folder)) else { return };
    for entry in entries.filter_map(Result::ok) {
        let is_temporary = entry.file_name().to_str().is_some_and(|name| name.starts_with(TEMPORARY_PREFIX));
        let age = modified(entry.metadata()).ok().and_then(|then| now.duration_since(then).ok());
        if is_temporary && age.is_some_and(|age| STALE_AFTER < age) {
            // A file that cannot be removed does not prevent the report.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
