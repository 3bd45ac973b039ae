//! `report`: renders the report of a job from the database.

use std::path::Path;

use super::args::ReportArgs;
use super::error::{CliError, CommandError, usage_error};
use super::job_selection::select_job_id;
use super::output::write_stdout;
use super::report_options::report_options;
use super::settings::Settings;
use super::times::parse_option;
use crate::clock::{Clock as _, SystemClock};
use crate::history::analysis::Window;
use crate::publish::{self, FileFormat};
use crate::report::Options;
use crate::store::Store;

pub(super) async fn run(settings: &Settings, args: ReportArgs) -> Result<(), CommandError> {
    let options = report_options(&args.locale, &settings.config)?;
    let window = report_window(&args, options)?;
    let format = match args.format {
        Some(word) => FileFormat::from(word),
        None => format_from_extension(&args.output)?,
    };
    let store = Store::open_existing(&settings.database).await?;
    let job_id = select_job_id(&store, args.job).await?;
    let analysis = publish::load_analysis(&store, &job_id, window, options.cutover).await?;
    store.close().await;
    if args.output == Path::new("-") {
        write_stdout(|out| Ok(publish::write(&analysis, format, &options, out)?))?;
    } else {
        publish::write_file(&args.output, &analysis, format, &options)?;
    }
    Ok(())
}

/// The reported period. Times without an offset are in the time zone of the report.
fn report_window(args: &ReportArgs, options: Options) -> Result<Window, CommandError> {
    let now_ms = SystemClock.now_ms();
    let time = |flag, text: &Option<String>| {
        text.as_deref().map(|text| parse_option(flag, text, options.zone, now_ms)).transpose()
    };
    let window = Window { from_ms: time("--from", &args.from)?, to_ms: time("--to", &args.to)? };
    match (window.from_ms, window.to_ms) {
        (Some(from_ms), Some(to_ms)) if to_ms <= from_ms => Err(usage_error(CliError::ReversedPeriod)),
        _ => Ok(window),
    }
}

/// The format for the extension of a file; HTML without an extension.
fn format_from_extension(path: &Path) -> Result<FileFormat, CommandError> {
    let Some(ending) = path.extension() else { return Ok(FileFormat::Html) };
    match ending.to_str() {
        Some("html" | "htm") => Ok(FileFormat::Html),
        Some("md") => Ok(FileFormat::Markdown),
        Some("json") => Ok(FileFormat::Json),
        Some("xml") => Ok(FileFormat::Junit),
        Some("pdf") => Err(usage_error(CliError::Pdf { output: path.to_owned() })),
        _ => Err(usage_error(CliError::ReportExtension { output: path.to_owned() })),
    }
}
