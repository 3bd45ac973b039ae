//! The view of a job as lines for a terminal: what the report's first screen says, the failures, the tables.

use comfy_table::{CellAlignment, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr as _;

use crate::cli::terminal::{Line, Style};
use crate::report::format::truncate_chars;
use crate::report::view::failures::Failure;
use crate::report::view::tables::TableRow;
use crate::report::view::{StatusMark, View};
use crate::sanitize::printable;

/// Characters of an error message: the whole one is in the report.
const ERROR_CHARS: usize = 160;
/// The columns of the table, as places in a row; the numbers among them, and those that a narrow screen can
/// do without, the first to go first.
const COLUMNS: usize = 8;
const NUMBERS: std::ops::Range<usize> = 3..7;
const FIRST_TO_GO: [usize; 5] = [4, 6, 1, 3, 7];

/// The job in lines, in the order of its report. Of a screen the width is known.
pub(super) fn lines(view: &View, shown: usize, columns: Option<usize>) -> Vec<Line> {
    let mut lines = first_screen(view);
    let failures: Vec<_> = view.failures.open.iter().flat_map(|group| &group.failures).collect();
    if !failures.is_empty() {
        lines.push(Line::new(Style::Plain, ""));
    }
    for failure in failures.iter().take(shown) {
        lines.push(Line {
            cut: true, ..Line::new(Style::Bad, format!("✕ {}", failure_line(failure, view)))
        });
    }
    lines.extend(more_line(view, failures.len().saturating_sub(shown)));
    if !view.tables.rows.is_empty() {
        lines.push(Line::new(Style::Plain, ""));
        lines.extend(table(view, shown, columns));
        lines.extend(more_line(view, view.tables.rows.len().saturating_sub(shown)));
    }
    lines
}

fn first_screen(view: &View) -> Vec<Line> {
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

fn more_line(view: &View, hidden: usize) -> Option<Line> {
    more(view, hidden).map(|text| Line::new(Style::Plain, text))
}

/// How much is not shown, and the flag that shows it.
pub(in crate::cli) fn more(view: &View, hidden: usize) -> Option<String> {
    (hidden > 0).then(|| format!("  {} (--all)", (view.text.section.more)(hidden)))
}

fn failure_line(failure: &Failure, view: &View) -> String {
    let Failure { kind, name, error, .. } = failure;
    let databases = failure.databases_and_listing(view.text);
    printable(&format!("{kind} {name} ({databases}): {}", one_line(error.as_deref().unwrap_or("–"))))
}

/// The beginning of a message on one line.
pub(in crate::cli) fn one_line(error: &str) -> String {
    truncate_chars(&error.split_whitespace().collect::<Vec<_>>().join(" "), ERROR_CHARS)
}

/// Failed tables first, then those that move, then those that wait, then the finished ones, each in the order
/// of the report: the longest first.
fn table(view: &View, shown: usize, columns: Option<usize>) -> Vec<Line> {
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
        std::iter::once(header(view)).chain(rows.iter().map(|row| cells(view, row))).collect();
    let kept = kept_columns(&cells, columns);
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for row in &cells {
        table.add_row(kept.iter().map(|&column| &row[column]));
    }
    for (place, column) in kept.iter().enumerate() {
        if NUMBERS.contains(column)
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

fn header(view: &View) -> [String; COLUMNS] {
    let words = &view.text.table;
    [words.table, words.database, words.status, words.rows, words.total, words.percent, words.rate, words.eta]
        .map(str::to_owned)
}

fn cells(view: &View, row: &TableRow) -> [String; COLUMNS] {
    let status = format!("{} {}", row.status.sign, row.status_words(view.text));
    [&row.name, &row.databases, &status, &row.rows, &row.total, &row.percent, &row.rate, &row.eta]
        .map(|cell| printable(cell))
}

/// The columns that fit, all where there is no edge.
fn kept_columns(cells: &[[String; COLUMNS]], columns: Option<usize>) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..COLUMNS).collect();
    let Some(columns) = columns else { return kept };
    // A blank on each side.
    let wide = |column: usize| cells.iter().map(|row| row[column].width()).max().unwrap_or(0) + 2;
    for goes in FIRST_TO_GO {
        // The last blank is trimmed.
        if kept.iter().map(|&column| wide(column)).sum::<usize>() <= columns + 1 {
            break;
        }
        kept.retain(|&column| column != goes);
    }
    kept
}
