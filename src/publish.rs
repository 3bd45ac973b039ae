//! Verb two: a history becomes a report, and the report a file that appears whole or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::history::analysis::{Analysis, Window, analyse};
use crate::report;
use crate::store::{self, Store};

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One file for a browser.
    Html,
    /// For a ticket or a wiki.
    Markdown,
    /// For scripts.
    Json,
}

/// How the names of files begin that are being written.
const UNFINISHED: &str = ".dts-history-";
/// No report is written for so long.
const LEFT_BEHIND: Duration = Duration::from_hours(1);

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database has no snapshot of this job.
    #[error("no snapshot of the job {job_id} is recorded{}", known(.recorded))]
    UnknownJob {
        /// The job asked for.
        job_id: String,
        /// The jobs that are recorded.
        recorded: Vec<String>,
    },
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A template could not be filled.
    #[error("cannot render the report")]
    Render(#[from] report::Error),
    /// The file cannot be written.
    #[error("cannot write {} ({reason}): check that its folder exists and is writable", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

/// The figures of a job from the database alone.
///
/// # Errors
/// If the job is not recorded or the database cannot be read.
pub async fn figures(store: &Store, job_id: &str, window: Window) -> Result<Analysis, Error> {
    if let Some(history) = store.history(job_id).await? {
        return Ok(analyse(&history, window));
    }
    let recorded = store.jobs().await?.into_iter().map(|it| it.job.id).collect();
    Err(Error::UnknownJob { job_id: job_id.to_owned(), recorded })
}

/// The report as text.
///
/// # Errors
/// If a template cannot be filled.
pub fn render(analysis: &Analysis, format: Format, options: &report::Options) -> Result<String, Error> {
    Ok(match format {
        Format::Html => report::html(analysis, options)?,
        Format::Markdown => report::markdown(analysis, options)?,
        Format::Json => report::json(analysis)?,
    })
}

/// Writes the report of a job in all three forms under each of these names, without an ending, in a folder
/// that is made if there is none. JSON comes last: where it is, the other two are.
///
/// # Errors
/// If the job is not recorded, or the folder or a file cannot be written.
pub async fn all_forms(
    store: &Store,
    job_id: &str,
    options: report::Options,
    folder: &Path,
    names: Vec<String>,
) -> Result<(), Error> {
    let Some(history) = store.history(job_id).await? else {
        return Err(Error::UnknownJob { job_id: job_id.to_owned(), recorded: Vec::new() });
    };
    let folder = folder.to_owned();
    // The report of a big job takes a while: not on a thread that others wait for.
    let work = tokio::task::spawn_blocking(move || {
        let make_failed = |error| Error::Write { path: folder.clone(), reason: reason(&error) };
        std::fs::create_dir_all(&folder).map_err(make_failed)?;
        clear_leftovers(&folder);
        let analysis = analyse(&history, Window::default());
        for (format, ending) in [(Format::Html, "html"), (Format::Markdown, "md"), (Format::Json, "json")] {
            let text = render(&analysis, format, &options)?;
            for name in &names {
                write(&folder.join(format!("{name}.{ending}")), &text)?;
            }
        }
        Ok(())
    });
    match work.await {
        Ok(written) => written,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Writes a file so that its name holds the old content or the whole new one, never a part. A link is followed
/// and an existing file keeps its mode; what is no file (a pipe, a device) is written to as it is.
///
/// # Errors
/// If the folder or the file cannot be written; the old content stays.
pub fn write(path: &Path, content: &str) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::Write { path: path.to_owned(), reason: reason(&error) };
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let existing = std::fs::metadata(&target).ok();
    if existing.as_ref().is_some_and(|it| !it.is_file() && !it.is_dir()) {
        return std::fs::write(&target, content).map_err(failed);
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    // A report is made to be passed on: the usual mode of new files, not the temporary file's 0600.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    if let Some(existing) = existing {
        file.as_file().set_permissions(existing.permissions()).map_err(failed)?;
    }
    file.write_all(content.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&target).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Removes what processes that were killed left unfinished in the folder of published reports. Whether a file is old
/// is told by a new one, not by a clock.
fn clear_leftovers(folder: &Path) {
    let modified = |metadata: std::io::Result<std::fs::Metadata>| metadata.and_then(|it| it.modified());
    let new = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder);
    let now = new.and_then(|file| modified(file.as_file().metadata()));
    let (Ok(now), Ok(entries)) = (now, std::fs::read_dir(folder)) else { return };
    for entry in entries.filter_map(Result::ok) {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED));
        let age = modified(entry.metadata()).ok().and_then(|then| now.duration_since(then).ok());
        if is_ours && age.is_some_and(|age| LEFT_BEHIND < age) {
            // Whatever keeps it there does not keep a report from being written.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// What the system says, without the name of a temporary file in it.
fn reason(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.source());
    inner.map_or_else(|| error.to_string(), ToString::to_string)
}

fn known(recorded: &[String]) -> String {
    /// More would not fit a sentence.
    const NAMED_MOST: usize = 5;
    match recorded {
        [] => ": record one with `dts-history collect` or `dts-history import`".to_owned(),
        few if few.len() <= NAMED_MOST => format!("; recorded are: {}", few.join(", ")),
        many => {
            format!("; recorded are: {} and {} more", many[..NAMED_MOST].join(", "), many.len() - NAMED_MOST)
        }
    }
}
