//! `status`: where each job stands, in the words and figures of its report.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde_json::Value;

use super::args::Status;
use super::{Failure, Settings, plain, print};
use crate::history::analysis::{Analysis, Window};
use crate::publish;
use crate::report::view::failures::Failure as FailureView;
use crate::report::view::tables::TableRow;
use crate::report::view::{StatusMark, View};
use crate::report::{self, Options};
use crate::store::Store;

/// Tables and failures of a job that are shown without `--all`.
const SHOWN: usize = 20;
/// Characters of an error message: the whole one is in the report.
const ERROR_CHARS: usize = 160;
/// Parts of the report's JSON that a status has no use for.
const LEFT_OUT: [&str; 5] = ["objects", "transitions", "throughput", "concurrency", "drift"];

pub(super) async fn run(settings: &Settings, args: Status) -> Result<(), Failure> {
    let store = Store::open_existing(&settings.database).await?;
    let ids = match args.job {
        Some(id) => vec![id],
        None => store.jobs().await?.into_iter().map(|it| it.job.id).collect(),
    };
    let mut analyses = Vec::with_capacity(ids.len());
    for id in &ids {
        analyses.push(publish::figures(&store, id, Window::default()).await?);
    }
    store.close().await;
    // Failures first, and of several jobs the one that needs somebody.
    analyses.sort_by_key(|it| {
        std::cmp::Reverse(it.failures.iter().filter(|it| it.resolved_at_ms.is_none()).count())
    });
    if args.json {
        print(&json(&analyses)?)?;
        return Ok(());
    }
    let options = Options { language: settings.config.language, zone: settings.config.timezone };
    let shown = if args.all { usize::MAX } else { SHOWN };
    let jobs: Vec<_> = analyses.iter().map(|it| text(&View::of(it, &options), shown)).collect();
    print(&match &jobs[..] {
        [] => "no job is recorded yet: `dts-history collect` takes a first snapshot\n".to_owned(),
        jobs => jobs.join("\n"),
    })?;
    Ok(())
}

/// The report's JSON of each job without its bulk; `docs/report.schema.json` describes the fields.
fn json(analyses: &[Analysis]) -> anyhow::Result<String> {
    let mut jobs = Vec::with_capacity(analyses.len());
    for analysis in analyses {
        let mut job: Value = serde_json::from_str(&report::json(analysis)?)?;
        if let Some(fields) = job.as_object_mut() {
            fields.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
        }
        jobs.push(job);
    }
    Ok(format!("{:#}\n", serde_json::json!({ "jobs": jobs })))
}

fn text(view: &View, shown: usize) -> String {
    let mut text = String::new();
    let verdict = &view.verdict;
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{} ({})", plain(&view.title), plain(&view.job));
    let _ = writeln!(text, "{} {}: {}", verdict.sign, verdict.word, verdict.meaning);
    let _ = writeln!(text, "{} ({})", view.as_of, view.zone);
    for headline in &view.headlines {
        let _ = match headline.note.as_str() {
            "" => writeln!(text, "  {}: {}", headline.label, headline.value),
            note => writeln!(text, "  {}: {} ({note})", headline.label, headline.value),
        };
    }
    for stall in &view.insight.stalls {
        let _ = writeln!(text, "! {}", plain(stall));
    }
    let failures: Vec<_> = view.failures.open.iter().flat_map(|group| &group.failures).collect();
    if !failures.is_empty() {
        text.push('\n');
    }
    for failure in failures.iter().take(shown) {
        let _ = writeln!(text, "✕ {}", failure_line(failure));
    }
    more(&mut text, failures.len().saturating_sub(shown));
    if !view.tables.rows.is_empty() {
        let _ = writeln!(text, "\n{}", table(view, shown));
        more(&mut text, view.tables.rows.len().saturating_sub(shown));
    }
    text
}

pub(super) fn more(text: &mut String, hidden: usize) {
    if hidden > 0 {
        let _ = writeln!(text, "  … {hidden} more: --all");
    }
}

fn failure_line(failure: &FailureView) -> String {
    let FailureView { kind, name, databases, error, .. } = failure;
    plain(&format!("{kind} {name} ({databases}): {}", one_line(error.as_deref().unwrap_or("–"))))
}

/// The beginning of a message on one line.
pub(super) fn one_line(error: &str) -> String {
    let mut line = error.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(ERROR_CHARS) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// Failed tables first, then those that move, then those that wait, then the finished ones.
fn table(view: &View, shown: usize) -> String {
    let rank = |mark: &StatusMark| match mark.class {
        "failed" => 0,
        "migrating" => 1,
        "other" => 2,
        "waiting" => 3,
        _ => 4,
    };
    let mut rows: Vec<&TableRow> = view.tables.rows.iter().collect();
    rows.sort_by_key(|row| rank(&row.status));
    let words = &view.text.table;
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([
        words.table,
        words.database,
        words.status,
        words.rows,
        words.total,
        words.percent,
        words.rate,
        words.eta,
    ]);
    for row in rows.into_iter().take(shown) {
        let mut status = format!("{} {}", row.status.sign, row.status.word);
        if row.unlisted {
            let _ = write!(status, " ({})", view.text.name.unlisted);
        }
        let cells =
            [&row.name, &row.databases, &status, &row.rows, &row.total, &row.percent, &row.rate, &row.eta];
        table.add_row(cells.map(|cell| plain(cell)));
    }
    for numbers in 3..7 {
        if let Some(column) = table.column_mut(numbers) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}
