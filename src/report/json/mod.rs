//! The figures as JSON: `docs/report.schema.json` describes every field. The figures serialise themselves; this
//! module gives them their places in the document, and writes it without a copy of it in memory.

pub(super) mod failures;
pub(super) mod status;

use std::io::Write;

use crate::history::analysis::{Analysis, Window};
use crate::history::failures::root_cause::RootCause;
use crate::history::figures::concurrency::Concurrency;
use crate::history::figures::cutover::Cutover;
use crate::history::figures::object::ObjectFigures;
use crate::history::figures::progress::ProgressPoint;
use crate::history::figures::stalls::Stall;
use crate::history::figures::table::TableFigures;
use crate::history::figures::throughput_series::ThroughputBucket;
use crate::history::figures::time_lost::{StallInterval, TimeShare};
use crate::history::figures::totals::JobTotals;
use crate::history::figures::transitions::{ObjectFailure, Transition};
use crate::history::figures::verdict::{JobVerdict, StatusCounts};
use crate::history::forecast::drift::{Forecast, ForecastScore};
use crate::history::quality::coverage::Coverage;
use crate::model::{Job, Phase, Timestamp};
use serde::Serialize;

/// Raised when a field changes its meaning or goes away; a new field does not raise it.
const SCHEMA_VERSION: u32 = 1;

/// Writes the figures of a job.
pub(super) fn write(out: impl Write, analysis: &Analysis) -> serde_json::Result<()> {
    write_pretty(out, &Report::from(analysis))
}

fn write_pretty(mut out: impl Write, value: &impl Serialize) -> serde_json::Result<()> {
    serde_json::to_writer_pretty(&mut out, value)?;
    out.write_all(b"\n").map_err(serde_json::Error::io)
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    generator: Generator,
    job: &'a Job,
    window: Window,
    as_of: Option<Timestamp>,
    verdict: JobVerdict,
    counts: Counts,
    totals: &'a JobTotals,
    tables: &'a [TableFigures],
    objects: &'a [ObjectFigures],
    failures: &'a [ObjectFailure],
    causes: &'a [RootCause],
    transitions: &'a [Transition],
    throughput: &'a [ThroughputBucket],
    progress: &'a [ProgressPoint],
    concurrency: &'a Concurrency,
    stalls: &'a [Stall],
    stall_intervals: &'a [StallInterval],
    time_shares: &'a [TimeShare],
    drift: &'a [Forecast],
    scores: &'a [ForecastScore],
    cutover: Option<&'a Cutover>,
    coverage: &'a Coverage,
}

#[derive(Serialize)]
struct Generator {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Counts {
    structure: StatusCounts,
    constraint: StatusCounts,
    data: StatusCounts,
    sync: StatusCounts,
}

impl From<&[StatusCounts; 4]> for Counts {
    fn from(counts: &[StatusCounts; 4]) -> Self {
        Self {
            structure: counts[Phase::Structure as usize],
            constraint: counts[Phase::Constraint as usize],
            data: counts[Phase::Data as usize],
            sync: counts[Phase::Sync as usize],
        }
    }
}

const GENERATOR: Generator = Generator { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

impl<'a> From<&'a Analysis> for Report<'a> {
    fn from(analysis: &'a Analysis) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            generator: GENERATOR,
            job: &analysis.job,
            window: analysis.window,
            as_of: analysis.as_of_ms.map(Timestamp::from_millis),
            verdict: analysis.verdict,
            counts: Counts::from(&analysis.status_counts),
            totals: &analysis.totals,
            tables: &analysis.tables,
            objects: &analysis.objects,
            failures: &analysis.failures,
            causes: &analysis.root_causes,
            transitions: &analysis.transitions,
            throughput: &analysis.throughput,
            progress: &analysis.progress,
            concurrency: &analysis.concurrency,
            stalls: &analysis.stalls,
            stall_intervals: &analysis.stall_intervals,
            time_shares: &analysis.time_shares,
            drift: &analysis.forecasts,
            scores: &analysis.forecast_scores,
            cutover: analysis.cutover.as_ref(),
            coverage: &analysis.coverage,
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
