//! `compare`: two jobs, or two periods of one, side by side.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::anyhow;
use comfy_table::{ContentArrangement, Table};

use super::args::{CompareArgs, ComparisonFormat};
use super::error::{CommandError, usage_error};
use super::output::{print, write_stdout};
use super::report_options::report_options;
use super::settings::Settings;
use super::status::error_line;
use super::times::parse_option;
use crate::clock::{Clock as _, SystemClock};
use crate::compare::{self, Format};
use crate::history::analysis::{Analysis, Window};
use crate::history::comparison::{self, NameMap};
use crate::history::figures::cutover::CutoverLimits;
use crate::publish;
use crate::report::Options;
use crate::report::comparison::ComparisonView;
use crate::report::comparison::view::FigureRow;
use crate::sanitize::printable;
use crate::store::Store;

/// Tables that are shown without `--all`.
const MAX_TABLES: usize = 20;

pub(super) async fn run(settings: &Settings, args: CompareArgs) -> Result<(), CommandError> {
    let options = report_options(&args.locale, &settings.config)?;
    let format = match args.format {
        Some(word) => word,
        None => format_by_ending(&args.output)?,
    };
    let sides = [("--job", &args.job), ("--with", &args.with)];
    let [a, b] = sides.map(|(flag, text)| selection(flag, text, options));
    let (a, b) = (a?, b?);
    let store = Store::open_existing(&settings.database).await?;
    let a = load(&store, "--job", a).await?;
    let b = load(&store, "--with", b).await?;
    store.close().await;
    let names = NameMap::new(args.map);
    names.check(&a, &b).map_err(usage_error)?;
    let comparison = comparison::compare(&a, &b, &names);
    let format = match format {
        ComparisonFormat::Table => {
            let text = text(&ComparisonView::new(&comparison, &options), args.all);
            if args.output == Path::new("-") {
                print(&text)?;
            } else {
                crate::atomic_file::write(&args.output, &text)?;
            }
            return Ok(());
        }
        ComparisonFormat::Html => Format::Html,
        ComparisonFormat::Md => Format::Markdown,
        ComparisonFormat::Json => Format::Json,
    };
    if args.output == Path::new("-") {
        write_stdout(|out| Ok(compare::write(&comparison, format, &options, out)?))?;
    } else {
        compare::write_file(&args.output, &comparison, format, &options)?;
    }
    Ok(())
}

/// A job and the period of it that is compared: `ID` or `ID@FROM/TO`.
fn selection(flag: &'static str, text: &str, options: Options) -> Result<(String, Window), CommandError> {
    let Some((id, period)) = text.split_once('@') else { return Ok((text.to_owned(), Window::default())) };
    let invalid = || {
        usage_error(anyhow!(
            "{flag} {text}: write ID@FROM/TO, for example dtsi76118o3w92abcd@2026-01-02/2026-01-03; either time may be left out"
        ))
    };
    let (from, to) = period.split_once('/').ok_or_else(invalid)?;
    if id.is_empty() || from.is_empty() && to.is_empty() {
        return Err(invalid());
    }
    let now_ms = SystemClock.now_ms();
    let time = |text: &str| match text {
        "" => Ok(None),
        text => parse_option(flag, text, options.zone, now_ms).map(Some),
    };
    let window = Window { from_ms: time(from)?, to_ms: time(to)? };
    match (window.from_ms, window.to_ms) {
        (Some(from_ms), Some(to_ms)) if to_ms <= from_ms => Err(usage_error(anyhow!(
            "{flag} {text}: the period ends before it begins: give the earlier time first"
        ))),
        _ => Ok((id.to_owned(), window)),
    }
}

/// The figures of the period. One without a snapshot would be compared as a job without tables.
async fn load(
    store: &Store,
    flag: &str,
    (job_id, window): (String, Window),
) -> Result<Analysis, CommandError> {
    let analysis = publish::load_analysis(store, &job_id, window, CutoverLimits::DEFAULT).await?;
    if analysis.coverage.complete_snapshots == 0 {
        return Err(CommandError::Failed(anyhow!(
            "{flag}: the job {job_id} has no complete snapshot in this period: see `dts-history status --job {job_id}`"
        )));
    }
    Ok(analysis)
}

/// The format that the ending of a file names; a table where there is no ending.
fn format_by_ending(path: &Path) -> Result<ComparisonFormat, CommandError> {
    let Some(ending) = path.extension() else { return Ok(ComparisonFormat::Table) };
    match ending.to_str() {
        Some("html" | "htm") => Ok(ComparisonFormat::Html),
        Some("md") => Ok(ComparisonFormat::Md),
        Some("json") => Ok(ComparisonFormat::Json),
        Some("txt") => Ok(ComparisonFormat::Table),
        _ => Err(usage_error(anyhow!(
            "--output {}: the ending names no format. Write .html, .md, .json or .txt, or give --format",
            path.display()
        ))),
    }
}

/// The comparison for a terminal.
fn text(view: &ComparisonView, all: bool) -> String {
    let (text, words) = (view.text, &view.text.comparison);
    let mut out = format!("{}\n", printable(&view.title));
    let mut line = |text: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", printable(text));
    };
    for side in &view.sides {
        let window = side.window.as_ref().map(|window| format!(" · {window}")).unwrap_or_default();
        line(&format!("  {} {} · {}{window}", side.letter, side.job, side.as_of));
    }
    line(&format!("  {}", [&[view.zone.clone()][..], &view.renamed].concat().join(" · ")));
    line("");
    line(&format!("{} {}", view.sign, view.result));
    for sentence in view.sentences.iter().chain(&view.forecast) {
        line(&format!("  {sentence}"));
    }
    line("");
    block(&mut out, &figures(words.figure, words.change, &view.figures));
    let shown = if all { view.tables.len() } else { view.tables.len().min(MAX_TABLES) };
    block(&mut out, &tables(view, shown));
    let hidden = view.tables.len() - shown;
    if hidden > 0 {
        let _ = writeln!(out, "  {} (--all)\n", (text.section.more)(hidden));
    } else if let Some(more) = &view.more_tables {
        let _ = writeln!(out, "  {more}\n");
    }
    for group in &view.failures {
        let _ = writeln!(out, "{} ({})", group.title, group.count);
        for row in &group.rows {
            let _ =
                writeln!(out, "  {}", printable(&format!("{} {} ({})", row.kind, row.name, row.databases)));
            for (side, error) in &row.errors {
                let _ = writeln!(out, "    {side}: {}", error_line(&printable(error)));
            }
        }
        out.push('\n');
    }
    if !view.definitions.is_empty() {
        let _ = writeln!(out, "{} ({})", words.definitions, view.definitions.len());
        for row in &view.definitions {
            let [added, removed] = row.changed_lines();
            let note = row.note.map_or_else(|| format!("+{added} −{removed}"), str::to_owned);
            let _ = writeln!(out, "  {}", printable(&format!("{} {} ({note})", row.kind, row.name)));
        }
        out.push('\n');
    }
    if !view.time_shares.is_empty() {
        let _ = writeln!(out, "{}", text.time_lost.heading);
        block(&mut out, &figures(text.time_lost.time_use, "", &view.time_shares));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn block(out: &mut String, table: &Table) {
    let _ = writeln!(out, "{}\n", table.trim_fmt());
}

fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn figures(label: &str, change: &str, rows: &[FigureRow]) -> Table {
    let mut table = plain_table();
    table.set_header([label, "A", "B", change]);
    for row in rows {
        table.add_row([row.label, &row.a, &row.b, &row.change].map(printable));
    }
    table
}

fn tables(view: &ComparisonView, shown: usize) -> Table {
    let (text, words) = (view.text, &view.text.comparison);
    let mut table = plain_table();
    let [duration, rows, _, rate] = words.columns;
    let head = [text.table.table, words.change];
    let pairs = [duration, rows, rate].into_iter().flatten();
    table.set_header(head.into_iter().chain(pairs).chain([words.rate_change]));
    for row in view.tables.iter().take(shown) {
        let pairs = [&row.duration, &row.rows, &row.rate].into_iter().flatten();
        let cells = [&row.name, &row.change].into_iter().chain(pairs).chain([&row.rate_change]);
        table.add_row(cells.map(|cell| printable(cell)));
    }
    table
}
