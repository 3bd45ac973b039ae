//! The figures as JSON, raw: `docs/report.schema.json` describes every field.

mod causes;
mod coverage;
pub(super) mod failures;
mod figures;
mod insight;

use super::Error;
use crate::history::analysis::Analysis;
use crate::history::figures::verdict::StatusCounts;
use crate::model::{self, Phase, Timestamp};
use causes::Cause;
use coverage::Coverage;
use figures::{Bracket, Bucket, DurationRange, Eta, Failure, Object, RestsOn, Table, Transition};
use insight::{Concurrency, Forecast, Score, Stall, Standing};
use serde::Serialize;

/// Raised when a field changes its meaning or goes away; a new field does not raise it.
const SCHEMA: u32 = 1;

/// Writes the figures.
pub(super) fn render(analysis: &Analysis) -> Result<String, Error> {
    let mut json = serde_json::to_string_pretty(&Report::of(analysis))?;
    json.push('\n');
    Ok(json)
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    generator: Generator,
    job: Job<'a>,
    window: Window,
    as_of: Option<Timestamp>,
    verdict: &'static str,
    counts: Counts,
    totals: Totals,
    tables: Vec<Table<'a>>,
    objects: Vec<Object<'a>>,
    failures: Vec<Failure<'a>>,
    causes: Vec<Cause<'a>>,
    transitions: Vec<Transition<'a>>,
    throughput: Vec<Bucket>,
    progress: Vec<Standing>,
    concurrency: Concurrency<'a>,
    stalls: Vec<Stall<'a>>,
    drift: Vec<Forecast>,
    scores: Vec<Score>,
    coverage: Coverage<'a>,
}

#[derive(Serialize)]
struct Generator {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of the view `jobs`")]
struct Job<'a> {
    job_id: &'a str,
    region: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> Job<'a> {
    fn of(job: &'a model::Job) -> Self {
        Self { job_id: &job.id, region: job.region.as_deref(), name: job.name.as_deref() }
    }
}

#[derive(Serialize)]
struct Window {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

#[derive(Serialize)]
struct Counts {
    structure: PhaseCounts,
    constraint: PhaseCounts,
    data: PhaseCounts,
    sync: PhaseCounts,
}

#[derive(Serialize)]
struct PhaseCounts {
    not_started: usize,
    migrating: usize,
    failed: usize,
    finished: usize,
    other: usize,
    unlisted: usize,
}

#[derive(Serialize)]
struct Totals {
    finished_rows: i64,
    finished_rows_with_total: i64,
    total_rows: i64,
    tables_without_counts: usize,
    started: Bracket,
    ended: Bracket,
    duration: Option<DurationRange>,
    counted_rows: i64,
    active_ms: i64,
    rows_per_second: Option<f64>,
    eta: Option<Eta>,
    rests_on: RestsOn,
}

impl<'a> Report<'a> {
    fn of(analysis: &'a Analysis) -> Self {
        let counts = |phase: Phase| PhaseCounts::of(analysis.counts[phase as usize]);
        Self {
            schema: SCHEMA,
            generator: Generator { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            job: Job::of(&analysis.job),
            window: Window {
                from: analysis.window.from_ms.map(Timestamp::from_millis),
                to: analysis.window.to_ms.map(Timestamp::from_millis),
            },
            as_of: analysis.as_of_ms.map(Timestamp::from_millis),
            verdict: analysis.verdict.as_str(),
            counts: Counts {
                structure: counts(Phase::Structure),
                constraint: counts(Phase::Constraint),
                data: counts(Phase::Data),
                sync: counts(Phase::Sync),
            },
            totals: Totals::of(analysis),
            tables: analysis.tables.iter().map(Table::of).collect(),
            objects: analysis.objects.iter().map(Object::of).collect(),
            failures: analysis.failures.iter().map(Failure::of).collect(),
            causes: analysis.causes.iter().map(Cause::of).collect(),
            transitions: analysis.transitions.iter().map(Transition::of).collect(),
            throughput: analysis.series.iter().map(Bucket::of).collect(),
            progress: analysis.progress.iter().map(Standing::of).collect(),
            concurrency: Concurrency::of(&analysis.concurrency),
            stalls: analysis.stalls.iter().map(Stall::of).collect(),
            drift: analysis.drift.iter().map(Forecast::of).collect(),
            scores: analysis.scores.iter().map(Score::of).collect(),
            coverage: Coverage::of(&analysis.coverage),
        }
    }
}

impl PhaseCounts {
    fn of(counts: StatusCounts) -> Self {
        let StatusCounts { not_started, migrating, failed, finished, other, unlisted, .. } = counts;
        Self { not_started, migrating, failed, finished, other, unlisted }
    }
}

impl Totals {
    fn of(analysis: &Analysis) -> Self {
        let totals = &analysis.totals;
        Self {
            finished_rows: totals.finished_rows,
            finished_rows_with_total: totals.finished_rows_with_total,
            total_rows: totals.total_rows,
            tables_without_counts: totals.tables_without_counts,
            started: Bracket::of(totals.started),
            ended: Bracket::of(totals.ended),
            duration: totals.duration.map(DurationRange::of),
            counted_rows: totals.counted_rows,
            active_ms: totals.active_ms,
            rows_per_second: totals.active_rows_per_second(),
            eta: totals.eta.map(Eta::of),
            rests_on: RestsOn::of(totals.doubts),
        }
    }
}

#[cfg(test)]
mod tests;
