//! A comparison as JSON: `docs/compare.schema.json` describes every field.

use std::io::Write;

use serde::Serialize;

use super::diff::diff_lines;
use crate::history::analysis::{Analysis, Window};
use crate::history::comparison::{
    Comparison, DefinitionDifference, DurationChange, FailureChange, FailureComparison, ForecastByRates,
    NameMap, TableComparison,
};
use crate::history::figures::table::TableFigures;
use crate::history::figures::time_lost::TimeShare;
use crate::history::figures::times::{Bracket, DurationRange};
use crate::history::figures::totals::JobTotals;
use crate::history::figures::transitions::ObjectFailure;
use crate::history::figures::verdict::JobVerdict;
use crate::model::{Job, ObjectKey, Status, Timestamp};

/// Raised when a field changes its meaning or goes away; a new field does not raise it.
const SCHEMA: u32 = 1;

pub(super) fn write(mut out: impl Write, comparison: &Comparison<'_>) -> serde_json::Result<()> {
    serde_json::to_writer_pretty(&mut out, &Document::from(comparison))?;
    out.write_all(b"\n").map_err(serde_json::Error::io)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    a: Side<'a>,
    b: Side<'a>,
    renamed_databases: &'a NameMap,
    duration_change: DurationChange,
    tables: Vec<TablePair<'a>>,
    failures: Vec<FailurePair<'a>>,
    definitions: Vec<DefinitionPair<'a>>,
    forecast_by_rates: Option<ForecastByRates>,
}

#[derive(Serialize)]
struct Side<'a> {
    job: &'a Job,
    window: Window,
    as_of: Option<Timestamp>,
    verdict: JobVerdict,
    totals: &'a JobTotals,
    mean_concurrency: f64,
    time_shares: &'a [TimeShare],
}

#[derive(Serialize)]
struct TablePair<'a> {
    change: DurationChange,
    rate_ratio: Option<f64>,
    a: Option<Table<'a>>,
    b: Option<Table<'a>>,
}

#[derive(Serialize)]
struct Table<'a> {
    source_db: &'a str,
    destination_db: &'a str,
    table_name: &'a str,
    status: Option<&'a Status>,
    finished_rows: Option<i64>,
    total_rows: Option<i64>,
    started: Bracket,
    ended: Bracket,
    duration: Option<DurationRange>,
    rows_per_second: Option<f64>,
    peak_rows_per_second: Option<f64>,
    attempts: usize,
}

#[derive(Serialize)]
struct FailurePair<'a> {
    change: FailureChange,
    a: Option<&'a ObjectFailure>,
    b: Option<&'a ObjectFailure>,
}

#[derive(Serialize)]
struct DefinitionPair<'a> {
    a: Option<Definition<'a>>,
    b: Option<Definition<'a>>,
    /// `None` if they are too long.
    diff: Option<String>,
}

#[derive(Serialize)]
struct Definition<'a> {
    #[serde(flatten)]
    key: &'a ObjectKey,
    definition: Option<&'a str>,
}

impl<'a> From<&'a Comparison<'_>> for Document<'a> {
    fn from(comparison: &'a Comparison<'_>) -> Self {
        let (a, b) = (comparison.a, comparison.b);
        Self {
            schema: SCHEMA,
            a: Side::from(a),
            b: Side::from(b),
            renamed_databases: comparison.names,
            duration_change: DurationChange::between(a.totals.duration, b.totals.duration),
            tables: comparison.tables.iter().map(TablePair::from).collect(),
            failures: comparison.failures.iter().map(FailurePair::from).collect(),
            definitions: comparison.definitions.iter().map(DefinitionPair::from).collect(),
            forecast_by_rates: comparison.forecast,
        }
    }
}

impl<'a> From<&'a Analysis> for Side<'a> {
    fn from(analysis: &'a Analysis) -> Self {
        Self {
            job: &analysis.job,
            window: analysis.window,
            as_of: analysis.as_of_ms.map(Timestamp::from_millis),
            verdict: analysis.verdict,
            totals: &analysis.totals,
            mean_concurrency: analysis.concurrency.mean_tables,
            time_shares: &analysis.time_shares,
        }
    }
}

impl<'a> From<&'a TableComparison<'_>> for TablePair<'a> {
    fn from(pair: &'a TableComparison<'_>) -> Self {
        Self {
            change: pair.change,
            rate_ratio: pair.rate_ratio(),
            a: pair.a.map(Table::from),
            b: pair.b.map(Table::from),
        }
    }
}

impl<'a> From<&'a TableFigures> for Table<'a> {
    fn from(table: &'a TableFigures) -> Self {
        Self {
            source_db: &table.key.source_db,
            destination_db: &table.key.destination_db,
            table_name: &table.key.object_name,
            status: table.state.status.as_ref(),
            finished_rows: table.state.finished_rows,
            total_rows: table.state.total_rows,
            started: table.started,
            ended: table.ended,
            duration: table.duration,
            rows_per_second: table.active_rows_per_second(),
            peak_rows_per_second: table.peak_rows_per_second,
            attempts: table.attempts.len(),
        }
    }
}

impl<'a> From<&'a FailureComparison<'_>> for FailurePair<'a> {
    fn from(failure: &'a FailureComparison<'_>) -> Self {
        Self { change: failure.change, a: failure.a, b: failure.b }
    }
}

impl<'a> From<&'a DefinitionDifference<'_>> for DefinitionPair<'a> {
    fn from(difference: &'a DefinitionDifference<'_>) -> Self {
        let side = |object: Option<&'a crate::history::figures::object::ObjectFigures>| {
            object.map(|it| Definition { key: &it.key, definition: it.state.definition.as_deref() })
        };
        let (a, b) = (side(difference.a), side(difference.b));
        let text =
            |side: &Option<Definition<'a>>| side.as_ref().and_then(|it| it.definition).unwrap_or_default();
        let lines = diff_lines(text(&b), text(&a));
        let diff = lines.map(|lines| {
            let lines: Vec<_> =
                lines.iter().map(|line| format!("{}{}", line.sign.replace('−', "-"), line.text)).collect();
            lines.join("\n")
        });
        Self { a, b, diff }
    }
}
