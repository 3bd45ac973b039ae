//! `export`: writes a view to a file.

use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::arg_values::ExportFormat;
use super::args::ExportArgs;
use super::error::{CliError, CommandError, usage_error};
use super::settings::Settings;
use crate::atomic_file::{self, AtomicFile};
use crate::export::{self, RowFormat};
use crate::store::Store;

/// The interval at which a long export prints its progress.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(2);
/// Number of rows between two reads of the clock.
const ROWS_PER_CLOCK_CHECK: u64 = 10_000;

pub(super) async fn run(settings: &Settings, args: ExportArgs) -> Result<(), CommandError> {
    let to_stdout = args.output == Path::new("-");
    let format = match args.format {
        Some(format) => RowFormat::from(format),
        None if to_stdout => RowFormat::Csv,
        None => format_from_extension(&args.output)?,
    };
    if to_stdout && format == RowFormat::Parquet && std::io::stdout().is_terminal() {
        return Err(usage_error(CliError::ParquetToTerminal));
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
        export::export(&store, &view, job_id, format, out, progress_printer()).await?.flush()?;
    } else {
        let file = AtomicFile::create(&args.output)?;
        match export::export(&store, &view, job_id, format, file, progress_printer()).await {
            Err(export::Error::Write(error)) => {
                return Err(atomic_file::Error::new(&args.output, &error).into());
            }
            written => written?.commit()?,
        }
    }
    store.close().await;
    Ok(())
}

fn format_from_extension(path: &Path) -> Result<RowFormat, CommandError> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Ok(RowFormat::Csv),
        Some("ndjson" | "jsonl") => Ok(RowFormat::Ndjson),
        Some("parquet") => Ok(RowFormat::Parquet),
        _ => Err(usage_error(CliError::ExportExtension { output: path.to_owned() })),
    }
}

/// Prints the number of written rows on stderr, if it is a terminal.
fn progress_printer() -> impl FnMut(u64) {
    let shown = std::io::stderr().is_terminal();
    let mut last = Instant::now();
    move |rows| {
        if shown && rows.is_multiple_of(ROWS_PER_CLOCK_CHECK) && last.elapsed() >= PROGRESS_INTERVAL {
            last = Instant::now();
            // The export continues if stderr is closed.
            let _ = writeln!(std::io::stderr(), "{rows} rows written");
        }
    }
}

impl From<ExportFormat> for RowFormat {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Csv => Self::Csv,
            ExportFormat::Ndjson => Self::Ndjson,
            ExportFormat::Parquet => Self::Parquet,
        }
    }
}
