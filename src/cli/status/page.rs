//! The view of a job as lines for a terminal: summary, failures, tables.

use comfy_table::{CellAlignment, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr as _;

use crate::cli::terminal::{Line, Style};
use crate::report::format::truncate_chars;
use crate::report::view::View;
use crate::report::view::failures::FailureRow;
use crate::report::view::status_mark::StatusMark;
use crate::report::view::tables::TableRow;
use crate::sanitize::printable;

/// Limit of an error message in characters. The report has the whole message.
const MAX_ERROR_CHARS: usize = 160;
/// Number of columns of the table, the indexes of the numeric ones, and the indexes of those that are omitted on a
/// narrow screen, in this order.
const COLUMN_COUNT: usize = 8;
const NUMERIC_COLUMNS: std::ops::Range<usize> = 3..7;
const OPTIONAL_COLUMNS: [usize; 5] = [4, 6, 1, 3, 7];

/// The lines of a job in the order of its report. `columns` is the width of the terminal.
pub(super) fn job_lines(view: &View, shown: usize, columns: Option<usize>) -> Vec<Line> {
    let mut lines = summary_lines(view);
    let failures: Vec<_> = view.failures.open.iter().flat_map(|group| &group.failures).collect();
    if !failures.is_empty() {
        lines.push(Line::new(Style::Plain, ""));
    }
    for failure in failures.iter().take(shown) {
        lines.push(Line {
            cut: true, ..Line::new(Style::Bad, format!("✕ {}", failure_line(failure, view)))
        });
    }
    lines.extend(hidden_count_line(view, failures.len().saturating_sub(shown)));
    if !view.tables.rows.is_empty() {
        lines.push(Line::new(Style::Plain, ""));
        lines.extend(table_lines(view, shown, columns));
        lines.extend(hidden_count_line(view, view.tables.rows.len().saturating_sub(shown)));
    }
    lines
}

fn summary_lines(view: &View) -> Vec<Line> {
    let (verdict, labelled) = (&view.verdict, view.text.figure.labelled);
    let title = match &view.subtitle {
        Some(subtitle) => format!("{} ({subtitle})", view.title),
        None => view.title.clone(),
    };
    let style = match verdict.class {
        "finished" => Style::Good,
        "mixed" => Style::Warning,
        "failed" => Style::Bad,
        "running" => Style::Moving,
        _ => Style::Plain,
    };
    let mut lines = vec![
        Line::new(Style::Heading, printable(&title)),
        Line::new(Style::Plain, format!("{} · {}", view.as_of, view.zone)),
        Line::new(style, format!("{} {}", verdict.sign, labelled(verdict.word, &verdict.meaning))),
    ];
    for (number, step) in (1..).zip(&verdict.next) {
        lines.push(Line::new(Style::Plain, printable(&format!("  {number}. {step}"))));
    }
    for headline in &view.headlines {
        let style = if headline.alarming { Style::Warning } else { Style::Plain };
        let note = match headline.note.as_str() {
            "" => String::new(),
            note => format!(" ({note})"),
        };
        lines.push(Line::new(style, format!("  {}{note}", labelled(headline.label, &headline.value))));
    }
    for progress in &view.progress {
        lines.push(Line::new(Style::Plain, format!("  {}", labelled(progress.label, &progress.value))));
    }
    lines
}

fn hidden_count_line(view: &View, hidden: usize) -> Option<Line> {
    hidden_count(view, hidden).map(|text| Line::new(Style::Plain, text))
}

/// A line with the number of hidden rows and the flag that shows them; `None` for zero.
pub(in crate::cli) fn hidden_count(view: &View, hidden: usize) -> Option<String> {
    (hidden > 0).then(|| format!("  {} (--all)", (view.text.section.more)(hidden)))
}

fn failure_line(failure: &FailureRow, view: &View) -> String {
    let FailureRow { kind, name, error, .. } = failure;
    let databases = failure.databases_and_listing(view.text);
    printable(&format!("{kind} {name} ({databases}): {}", error_line(error.as_deref().unwrap_or("–"))))
}

/// The beginning of an error message on one line.
pub(in crate::cli) fn error_line(error: &str) -> String {
    truncate_chars(&error.split_whitespace().collect::<Vec<_>>().join(" "), MAX_ERROR_CHARS)
}

/// The tables by status: failed, migrating, other, waiting, finished. Within a status the order is that of the report,
/// longest first.
fn table_lines(view: &View, shown: usize, columns: Option<usize>) -> Vec<Line> {
    let rank = |mark: &StatusMark| match mark.class {
        "failed" => 0,
        "migrating" => 1,
        "other" => 2,
        "waiting" => 3,
        _ => 4,
    };
    let mut rows: Vec<&TableRow> = view.tables.rows.iter().collect();
    rows.sort_by_key(|row| rank(&row.status));
    rows.truncate(shown);
    let cells: Vec<_> =
        std::iter::once(header_cells(view)).chain(rows.iter().map(|row| row_cells(view, row))).collect();
    let kept = fitting_columns(&cells, columns);
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for row in &cells {
        table.add_row(kept.iter().map(|&column| &row[column]));
    }
    for (place, column) in kept.iter().enumerate() {
        if NUMERIC_COLUMNS.contains(column)
            && let Some(column) = table.column_mut(place)
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let tones = std::iter::once(Style::Plain).chain(rows.iter().map(|row| match row.status.class {
        "failed" => Style::Bad,
        "migrating" => Style::Moving,
        _ => Style::Plain,
    }));
    let text = table.trim_fmt();
    text.lines().zip(tones).map(|(text, style)| Line { style, text: text.to_owned(), cut: true }).collect()
}

fn header_cells(view: &View) -> [String; COLUMN_COUNT] {
    let words = &view.text.table;
    [words.table, words.database, words.status, words.rows, words.total, words.percent, words.rate, words.eta]
        .map(str::to_owned)
}

fn row_cells(view: &View, row: &TableRow) -> [String; COLUMN_COUNT] {
    let status = format!("{} {}", row.status.sign, row.status_words(view.text));
    [&row.name, &row.databases, &status, &row.rows, &row.total, &row.percent, &row.rate, &row.eta]
        .map(|cell| printable(cell))
}

/// The indexes of the columns that fit into the width; all without a width.
fn fitting_columns(cells: &[[String; COLUMN_COUNT]], columns: Option<usize>) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..COLUMN_COUNT).collect();
    let Some(columns) = columns else { return kept };
    // One blank on each side of a column.
    let wide = |column: usize| cells.iter().map(|row| row[column].width()).max().unwrap_or(0) + 2;
    for goes in OPTIONAL_COLUMNS {
        // The last blank is trimmed.
        if kept.iter().map(|&column| wide(column)).sum::<usize>() <= columns + 1 {
            break;
        }
        kept.retain(|&column| column != goes);
    }
    kept
}
