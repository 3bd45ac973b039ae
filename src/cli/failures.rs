//! `failures`: lists failures by cause, as text, JSON or SQL repair scripts.

use std::fmt::Write as _;
use std::path::Path;

use comfy_table::{ContentArrangement, Table};

use super::arg_values::FailuresFormat;
use super::args::FailuresArgs;
use super::error::{CliError, CommandError, usage_error};
use super::output::{create_folder, print, write_stdout};
use super::report_options::report_options;
use super::settings::Settings;
use super::status::{error_line, hidden_count};
use crate::atomic_file::{self, AtomicFile};
use crate::history::analysis::{Analysis, Window};
use crate::history::figures::cutover::CutoverLimits;
use crate::publish;
use crate::report::repair::{FailureFilter, Script, repair_scripts};
use crate::report::view::View;
use crate::report::view::causes::CauseRow;
use crate::report::view::failures::FailureRow as FailureView;
use crate::report::{self, Options};
use crate::sanitize::printable;
use crate::store::Store;

pub(super) async fn run(settings: &Settings, args: FailuresArgs) -> Result<(), CommandError> {
    let options = report_options(&args.locale, &settings.config)?;
    let store = Store::open_existing(&settings.database).await?;
    let ids = match args.job {
        Some(id) => vec![id],
        None => store.jobs().await?.into_iter().map(|it| it.job.id).collect(),
    };
    let format = args.format.unwrap_or_else(|| format_from_extension(&args.output));
    let mut analyses = Vec::with_capacity(ids.len());
    for id in &ids {
        analyses.push(match format {
            // The order of the statements in a script depends on all objects.
            FailuresFormat::Sql => {
                publish::load_analysis(&store, id, Window::default(), CutoverLimits::DEFAULT).await?
            }
            FailuresFormat::Table | FailuresFormat::Json => publish::load_failures(&store, id).await?,
        });
    }
    // A script of a job without failures is written only if no job has any.
    let some_failed = analyses.iter().any(|it| !it.failures.is_empty());
    if matches!(format, FailuresFormat::Sql) && some_failed {
        analyses.retain(|it| !it.failures.is_empty());
    }
    store.close().await;
    let which = if args.all { FailureFilter::All } else { FailureFilter::Open };
    let to_stdout = args.output == Path::new("-");
    match format {
        FailuresFormat::Sql if is_folder(&args.output) => {
            write_scripts(&analyses, which, options, &args.output)?;
        }
        FailuresFormat::Sql => {
            let scripts: Vec<_> =
                analyses.iter().flat_map(|it| repair_scripts(it, which, &options)).collect();
            let mixed = scripts.windows(2).any(|pair| pair[0].dialect != pair[1].dialect);
            if mixed && !to_stdout {
                return Err(usage_error(CliError::MixedDialects { output: args.output }));
            }
            let all: Vec<_> = scripts.into_iter().map(|it| it.sql).collect();
            write_output(&args.output, &all.join("\n"))?;
        }
        FailuresFormat::Json => write_json(&args.output, &analyses, which)?,
        FailuresFormat::Table => {
            let jobs: Vec<_> = analyses.iter().map(|it| job_text(&View::new(it, &options), which)).collect();
            write_output(&args.output, &jobs.join("\n"))?;
        }
    }
    Ok(())
}

fn format_from_extension(path: &Path) -> FailuresFormat {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("sql") => FailuresFormat::Sql,
        Some("json") => FailuresFormat::Json,
        _ if is_folder(path) => FailuresFormat::Sql,
        _ => FailuresFormat::Table,
    }
}

/// Whether the path is an existing folder or ends with a separator.
fn is_folder(path: &Path) -> bool {
    let is_named_as_folder = path.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
    let is_new_without_extension = path != Path::new("-") && path.extension().is_none() && !path.exists();
    path.is_dir() || is_named_as_folder || is_new_without_extension
}

fn write_json(path: &Path, analyses: &[Analysis], which: FailureFilter) -> Result<(), CommandError> {
    if path == Path::new("-") {
        write_stdout(|out| Ok(report::write_failures_json(analyses, which, out)?))?;
        return Ok(());
    }
    let mut file = AtomicFile::create(path)?;
    let written = report::write_failures_json(analyses, which, &mut file);
    written.map_err(|error| atomic_file::Error::new(path, &error))?;
    file.commit()?;
    Ok(())
}

/// Writes to a file, or to stdout for `-`.
fn write_output(path: &Path, text: &str) -> Result<(), CommandError> {
    if path == Path::new("-") {
        print(text)?;
    } else {
        atomic_file::write(path, text)?;
    }
    Ok(())
}

/// Writes one script for each destination database, and prints their paths.
fn write_scripts(
    analyses: &[Analysis],
    which: FailureFilter,
    options: Options,
    folder: &Path,
) -> Result<(), CommandError> {
    create_folder(folder)?;
    let words = &options.language.text().repair;
    let mut said = String::new();
    let mut all: Vec<Script> = Vec::new();
    for script in analyses.iter().flat_map(|it| repair_scripts(it, which, &options)) {
        let path = folder.join(&script.file_name);
        atomic_file::write(&path, &script.sql)?;
        // Writing to a String cannot fail.
        let _ = writeln!(said, "{}", path.display());
        all.push(script);
    }
    let sum = |count: fn(&Script) -> usize| all.iter().map(count).sum();
    said.push_str(&(words.written)(all.len(), sum(|it| it.runnable), sum(|it| it.skipped)));
    said.push('\n');
    print(&said)?;
    Ok(())
}

fn job_text(view: &View, which: FailureFilter) -> String {
    let mut text = format!("{}\n{} ({})\n", view.title, view.as_of, view.zone);
    if view.failures.open.is_empty() {
        text.push_str(view.text.headline.failures_none_open);
        text.push('\n');
    }
    for cause in &view.causes.rows {
        let _ = writeln!(text, "\n{}", cause_lines(cause));
    }
    if let Some(more) = &view.causes.more {
        let _ = writeln!(text, "\n{more}");
    }
    let open = view.failures.open.iter().flat_map(|group| &group.failures);
    let over = view.failures.resolved.iter().filter(|_| which == FailureFilter::All);
    let rows: Vec<&FailureView> = open.chain(over).collect();
    if !rows.is_empty() {
        let _ = writeln!(text, "\n{}", failure_table(view, &rows));
    }
    let hidden = if which == FailureFilter::Open { view.failures.resolved.len() } else { 0 };
    if let Some(more) = hidden_count(view, hidden) {
        let _ = writeln!(text, "{more}");
    }
    text
}

fn cause_lines(cause: &CauseRow) -> String {
    let counts = [Some(cause.failures.as_str()), cause.dependents.as_deref(), cause.follows];
    let counts: Vec<_> = counts.into_iter().flatten().collect();
    let codes = if cause.codes.is_empty() { String::new() } else { format!(" [{}]", cause.codes) };
    printable(&format!("✕ {}{codes} ({})", cause.title, counts.join(", ")))
        + "\n  "
        + &printable(&cause.pattern)
        + "\n  → "
        + cause.hint
}

fn failure_table(view: &View, rows: &[&FailureView]) -> String {
    let words = &view.text;
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([
        words.table.object,
        words.table.database,
        words.failure.failed,
        words.failure.resolved,
        words.table.error,
    ]);
    for row in rows {
        let object = format!("{} {}", row.kind, row.name);
        let error = error_line(row.error.as_deref().unwrap_or("–"));
        let resolved = row.resolved.as_deref().unwrap_or("–");
        let databases = row.databases_and_listing(view.text);
        table.add_row([&object, &databases, &row.failed, resolved, &error].map(|cell: &str| printable(cell)));
    }
    table.trim_fmt()
}
