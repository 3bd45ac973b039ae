//! Tables: one row each, the longest first.

use super::object_names::{database_names, object_name};
use super::quality::reasons;
use super::status_mark::{StatusMark, status_mark};
use crate::history::figures::table::TableFigures;
use crate::history::forecast::eta::Eta;
use crate::history::quality::data_quality::FigureQuality;
use crate::model::Status;
use crate::report::chart::Px;
use crate::report::format::{Formatter, bar_percent};
use crate::report::number::DASH;
use crate::report::text::Text;
use std::cmp::Reverse;

/// Tables shown without a search: so many of the longest, and so many more of the largest.
const MAX_LONGEST_TABLES: usize = 60;
const MAX_LARGEST_TABLES: usize = 40;

/// All tables.
#[derive(Debug, PartialEq)]
pub struct Tables {
    /// All, the longest first.
    pub rows: Vec<TableRow>,
    /// Those that are shown without a search, as places in `rows`, in order.
    pub default_rows: Vec<usize>,
    /// A sentence with the number of tables shown.
    pub note: String,
    /// On which day all moments are, where cells leave it out.
    pub day: Option<String>,
    /// Whether any table has still an end to wait for.
    pub forecast: bool,
}

/// One table.
#[derive(Debug, PartialEq)]
pub struct TableRow {
    /// Its name.
    pub name: String,
    /// Its databases.
    pub databases: String,
    /// Its status.
    pub status: StatusMark,
    /// Whether the job no longer lists it.
    pub unlisted: bool,
    /// Finished rows.
    pub rows: String,
    /// Estimated total.
    pub total: String,
    /// Finished of estimated.
    pub percent: String,
    /// The width of the progress bar in percent.
    pub bar: Px,
    /// Mean rate while it rose.
    pub rate: String,
    /// Peak rate.
    pub peak: String,
    /// When it began.
    pub started: String,
    /// When it ended.
    pub ended: String,
    /// The duration.
    pub duration: String,
    /// Seconds to sort durations by; `None` if unknown.
    pub duration_order: Option<i64>,
    /// When it will be done.
    pub eta: String,
    /// Impairments of the figures.
    pub doubts: FigureQuality,
}

impl TableRow {
    /// The status in words, where a column has no other place to say that the table is no longer listed.
    #[must_use]
    pub fn status_words(&self, text: &Text) -> String {
        let word = &self.status.word;
        if self.unlisted { format!("{word} ({})", text.labels.unlisted) } else { word.clone() }
    }

    /// Why a sign stands beside its start, its end, its duration and its rates.
    #[must_use]
    pub fn quality_notes(&self, text: &Text) -> [Option<String>; 4] {
        let FigureQuality { started, ended, rates } = self.doubts;
        [started, ended, self.doubts.duration(), rates].map(|doubt| reasons(doubt, text))
    }
}

impl Tables {
    /// The rows shown without a search.
    pub fn shown_by_default(&self) -> impl Iterator<Item = &TableRow> {
        self.default_rows.iter().map(|&index| &self.rows[index])
    }
}

/// The rows of these tables.
#[must_use]
pub fn tables(tables: &[TableFigures], format: &Formatter) -> Tables {
    let mut ordered: Vec<_> = tables.iter().collect();
    ordered.sort_by_cached_key(|table| (Reverse(duration_rank(table)), Reverse(table.state.finished_rows)));
    let default_rows = default_row_indices(&ordered);
    let section = &format.text.section;
    Tables {
        note: match (default_rows.len(), ordered.len()) {
            (_, 0) => section.tables_empty.to_owned(),
            (shown, all) if shown == all => (section.tables_all)(all),
            (shown, all) => (section.tables_some)(shown, all),
        },
        day: format.single_day().map(|day| (section.times_on)(&day)),
        forecast: tables.iter().any(is_unfinished),
        rows: ordered.into_iter().map(|table| table_row(table, format)).collect(),
        default_rows,
    }
}

/// The sort key of a duration: its minimum, then its maximum.
fn duration_rank(table: &TableFigures) -> Option<(i64, i64)> {
    table.duration.map(|range| (range.min_ms, range.max_ms.unwrap_or(range.min_ms)))
}

fn is_unfinished(table: &TableFigures) -> bool {
    table.listed && !matches!(table.eta, Eta::Done | Eta::Failed)
}

/// Places of the longest, and of the largest among the others.
fn default_row_indices(ordered: &[&TableFigures]) -> Vec<usize> {
    if ordered.len() <= MAX_LONGEST_TABLES + MAX_LARGEST_TABLES {
        return (0..ordered.len()).collect();
    }
    let mut largest: Vec<_> = (MAX_LONGEST_TABLES..ordered.len()).collect();
    largest.sort_by_key(|&index| Reverse(ordered[index].state.finished_rows));
    largest.truncate(MAX_LARGEST_TABLES);
    largest.sort_unstable();
    (0..MAX_LONGEST_TABLES).chain(largest).collect()
}

fn table_row(table: &TableFigures, format: &Formatter) -> TableRow {
    let finished = table.state.status == Some(Status::Finished);
    TableRow {
        name: object_name(&table.key, format.text),
        databases: database_names(&table.key),
        status: status_mark(table.state.status.as_ref(), format),
        unlisted: !table.listed,
        rows: format.count(table.state.finished_rows),
        total: format.count(table.state.total_rows),
        percent: format.percent(table.ratio(), finished),
        bar: Px(bar_percent(table.ratio(), finished)),
        rate: format.cell_rate(table.active_rows_per_second()),
        peak: format.cell_rate(table.peak_rows_per_second),
        started: format.cell_bracket(table.started),
        ended: format.cell_bracket(table.ended),
        duration: format.cell_range(table.duration),
        duration_order: duration_rank(table).map(|(least_ms, most_ms)| least_ms.midpoint(most_ms) / 1000),
        eta: if is_unfinished(table) { cell_eta(table.eta, format) } else { DASH.to_owned() },
        doubts: table.quality,
    }
}

fn cell_eta(eta: Eta, format: &Formatter) -> String {
    match eta {
        Eta::Between(range) => (format.text.eta.likely_cell)(
            &format.cell_moment(range.likely_ms),
            &format.span(range.early_ms, range.late_ms),
        ),
        other => format.eta(other),
    }
}
