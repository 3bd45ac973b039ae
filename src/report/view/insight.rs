//! Insights from the history: stalls, the long tail, wrong estimates, forecasts.

use super::object_names::qualified_name;
use super::row_limit::more_rows;
use crate::history::analysis::Analysis;
use crate::history::figures::table::TableFigures;
use crate::history::forecast::drift::{Forecast, ForecastScore};
use crate::history::forecast::eta::Eta;
use crate::report::format::Formatter;
use crate::report::number::decimal;
use std::cmp::Reverse;

/// Rows of the ledger that a report shows.
const MAX_ESTIMATE_ROWS: usize = 20;
/// Forecasts that a report shows, evenly chosen.
const MAX_FORECAST_ROWS: usize = 8;
/// Tables of the tail that are named.
const MAX_TAIL_TABLES: usize = 5;
/// The maximum number of printed revisions of one table.
const MAX_REVISIONS: usize = 4;

/// Insights from the history.
#[derive(Debug, PartialEq, Eq)]
pub struct Insight {
    /// One sentence for each stall.
    pub stalls: Vec<String>,
    /// Tables at once and the long tail, as sentences; empty if nothing was seen being copied.
    pub tail: Vec<String>,
    /// Tables whose estimate changed or was wrong, the worst first.
    pub ledger: Vec<EstimateRow>,
    /// A sentence about further rows, if any.
    pub more_ledger: Option<String>,
    /// Forecasts, oldest first; those that were judged alone once the end has come.
    pub forecasts: Vec<ForecastRow>,
}

/// One table's estimates.
#[derive(Debug, PartialEq, Eq)]
pub struct EstimateRow {
    /// The table's name with its database.
    pub table: String,
    /// Finished rows.
    pub rows: String,
    /// The latest estimate.
    pub total: String,
    /// The one over the other.
    pub ratio: String,
    /// That it was wrong.
    pub wrong: Option<&'static str>,
    /// Its changes.
    pub revisions: String,
}

/// One forecast.
#[derive(Debug, PartialEq, Eq)]
pub struct ForecastRow {
    /// When it was made, and at which share of the time.
    pub made: String,
    /// The forecast.
    pub forecast: String,
    /// The error of the forecast; empty while the job has not ended.
    pub wrong: String,
}

/// The insights of an analysis.
#[must_use]
pub fn insight(analysis: &Analysis, format: &Formatter) -> Insight {
    let mut ledger: Vec<_> = analysis
        .tables
        .iter()
        .filter(|table| table.listed && (table.is_misjudged() || !table.revisions.is_empty()))
        .collect();
    // By how far the estimate was off, whichever way.
    let off =
        |table: &TableFigures| table.ratio().map(|ratio| ratio.max(f64::MIN_POSITIVE).ln().abs().to_bits());
    ledger.sort_by_key(|table| (Reverse(table.is_misjudged()), Reverse(off(table))));
    let count = ledger.len();
    Insight {
        stalls: stall_sentences(analysis, format),
        tail: concurrency_sentences(analysis, format),
        ledger: ledger.into_iter().take(MAX_ESTIMATE_ROWS).map(|table| estimate_row(table, format)).collect(),
        more_ledger: more_rows(count, MAX_ESTIMATE_ROWS, "table_history", format.text),
        forecasts: forecast_rows(analysis, format),
    }
}

/// One sentence for each stall.
#[must_use]
pub fn stall_sentences(analysis: &Analysis, format: &Formatter) -> Vec<String> {
    let name = |at: usize| analysis.tables.get(at).map(|table| qualified_name(&table.key, format.text));
    let say = |stall: &crate::history::figures::stalls::Stall| {
        let first = stall.tables.first().and_then(|at| name(*at)).unwrap_or_default();
        (format.text.insight.stall)(stall.cause, &format.moment(stall.since_ms), stall.tables.len(), &first)
    };
    analysis.stalls.iter().map(say).collect()
}

fn concurrency_sentences(analysis: &Analysis, format: &Formatter) -> Vec<String> {
    let (text, concurrency) = (&format.text.insight, &analysis.concurrency);
    if concurrency.sampled_peak_tables == 0 {
        return Vec::new();
    }
    let sampled = (text.at_once)(concurrency.sampled_peak_tables, &decimal(concurrency.sampled_mean_tables));
    let between = (text.at_once_between)(concurrency.peak_tables, concurrency.possible_peak_tables);
    let tail = match &concurrency.long_tail {
        None => text.tail_none.to_owned(),
        Some(tail) => {
            let tables = tail.tables.iter().take(MAX_TAIL_TABLES).filter_map(|at| analysis.tables.get(*at));
            let names: Vec<_> = tables.map(|table| qualified_name(&table.key, format.text)).collect();
            let long = format.duration(tail.to_ms - tail.from_ms);
            let names = names.join(format.text.figure.comma);
            (text.tail_value)(&format.moment(tail.from_ms), &format.moment(tail.to_ms), &long, &names)
        }
    };
    vec![sampled, between, tail]
}

fn estimate_row(table: &TableFigures, format: &Formatter) -> EstimateRow {
    let text = &format.text.insight;
    let latest = table.revisions.iter().rev().take(MAX_REVISIONS).rev();
    let mut revisions: Vec<_> = latest
        .map(|it| (text.revision)(&format.count(it.from), &format.count(it.to), &format.moment(it.at_ms)))
        .collect();
    if table.revisions.len() > MAX_REVISIONS {
        revisions.insert(0, "…".to_owned());
    }
    EstimateRow {
        table: qualified_name(&table.key, format.text),
        rows: format.count(table.state.finished_rows),
        total: format.count(table.state.total_rows),
        ratio: format.percent(table.ratio(), false),
        wrong: table.is_misjudged().then_some(text.misjudged),
        revisions: revisions.join(format.text.figure.comma),
    }
}

fn forecast_rows(analysis: &Analysis, format: &Formatter) -> Vec<ForecastRow> {
    if !analysis.forecast_scores.is_empty() {
        return analysis.forecast_scores.iter().map(|score| judged_forecast_row(score, format)).collect();
    }
    let worth: Vec<&Forecast> =
        analysis.forecasts.iter().filter(|it| !matches!(it.eta, Eta::NotYet | Eta::Done)).collect();
    let Some(last) = worth.len().checked_sub(1) else { return Vec::new() };
    let steps = last.clamp(1, MAX_FORECAST_ROWS - 1);
    let mut places: Vec<usize> = (0..=steps).map(|step| last * step / steps).collect();
    places.dedup();
    let row = |at: usize| ForecastRow {
        made: format.moment(worth[at].at_ms),
        forecast: format.eta(worth[at].eta),
        wrong: String::new(),
    };
    places.into_iter().map(row).collect()
}

fn judged_forecast_row(score: &ForecastScore, format: &Formatter) -> ForecastRow {
    let text = &format.text.insight;
    let share = (text.at_percent)(&score.percent.to_string());
    ForecastRow {
        made: format!("{share} · {}", format.moment(score.forecast.at_ms)),
        forecast: format.eta(score.forecast.eta),
        wrong: match score.error_ms {
            None => format.text.figure.unknown.to_owned(),
            Some(0) => text.right.to_owned(),
            Some(by_ms) if by_ms > 0 => (text.later)(&format.duration(by_ms)),
            Some(by_ms) => (text.earlier)(&format.duration(-by_ms)),
        },
    }
}
