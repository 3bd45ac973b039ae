//! `export`: a view as a file.

use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::anyhow;

use super::args::{Export, ExportFormat};
use super::command_error::{CommandError, usage_error};
use super::settings::Settings;
use crate::atomic_file::{self, AtomicFile};
use crate::export::{self, Format};
use crate::store::Store;

/// An export that takes longer than this shows its progress, again and again after this time.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(2);
/// Rows between two looks at the time.
const ROWS_PER_LOOK: u64 = 10_000;

pub(super) async fn run(settings: &Settings, args: Export) -> Result<(), CommandError> {
    let to_stdout = args.output == Path::new("-");
    let format = match args.format {
        Some(format) => Format::from(format),
        None if to_stdout => Format::Csv,
        None => format_of_ending(&args.output)?,
    };
    if to_stdout && format == Format::Parquet && std::io::stdout().is_terminal() {
        return Err(usage_error(anyhow!(
            "a terminal cannot show Parquet: name a file with --output FILE.parquet"
        )));
    }
    let store = Store::open_existing(&settings.database).await?;
    let view = match export::find_view(&store, &args.view, args.job.as_deref()).await {
        Err(error @ export::Error::UnknownView { .. }) => return Err(usage_error(error)),
        found => found?,
    };
    let job_id = args.job.as_deref();
    if to_stdout {
        // `BufWriter` because standard output is flushed at each line otherwise.
        let out = BufWriter::new(std::io::stdout());
        export::export(&store, &view, job_id, format, out, progress()).await?.flush()?;
    } else {
        let file = AtomicFile::create(&args.output)?;
        match export::export(&store, &view, job_id, format, file, progress()).await {
            Err(export::Error::Write(error)) => {
                return Err(atomic_file::Error::new(&args.output, &error).into());
            }
            written => written?.commit()?,
        }
    }
    store.close().await;
    Ok(())
}

fn format_of_ending(path: &Path) -> Result<Format, CommandError> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Ok(Format::Csv),
        Some("ndjson" | "jsonl") => Ok(Format::Ndjson),
        Some("parquet") => Ok(Format::Parquet),
        _ => Err(usage_error(anyhow!(
            "the ending of {} names no format: end it with .csv, .ndjson or .parquet, or give --format",
            path.display()
        ))),
    }
}

/// Tells the number of rows written on stderr, if that is a terminal.
fn progress() -> impl FnMut(u64) {
    let shown = std::io::stderr().is_terminal();
    let mut last = Instant::now();
    move |rows| {
        if shown && rows.is_multiple_of(ROWS_PER_LOOK) && last.elapsed() >= PROGRESS_INTERVAL {
            last = Instant::now();
            // Without stderr there is no place to show progress.
            let _ = writeln!(std::io::stderr(), "{rows} rows written");
        }
    }
}

impl From<ExportFormat> for Format {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Csv => Self::Csv,
            ExportFormat::Ndjson => Self::Ndjson,
            ExportFormat::Parquet => Self::Parquet,
        }
    }
}
