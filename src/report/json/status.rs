//! What `status` shows of several jobs as JSON: the report of each without its bulk, and without the attempts and rates
//! of its tables unless they are asked for.

use std::io::Write;

use super::{Counts, GENERATOR, Generator, SCHEMA_VERSION};
use crate::history::analysis::{Analysis, Window};
use crate::history::failures::root_cause::RootCause;
use crate::history::figures::stalls::Stall;
use crate::history::figures::table::{TableFigures, TableSummary};
use crate::history::figures::totals::JobTotals;
use crate::history::figures::transitions::ObjectFailure;
use crate::history::figures::verdict::JobVerdict;
use crate::history::forecast::drift::ForecastScore;
use crate::history::quality::coverage::Coverage;
use crate::model::{Job, Timestamp};
use serde::Serialize;

/// The detail of tables in `status --json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusDetail {
    /// Without attempts, rates and statuses over time.
    Summary,
    /// As the report.
    Full,
}

#[derive(Serialize)]
struct Status<'a> {
    jobs: Vec<JobStatus<'a>>,
}

#[derive(Serialize)]
struct JobStatus<'a> {
    schema: u32,
    generator: Generator,
    job: &'a Job,
    window: Window,
    as_of: Option<Timestamp>,
    verdict: JobVerdict,
    counts: Counts,
    totals: &'a JobTotals,
    tables: Tables<'a>,
    failures: &'a [ObjectFailure],
    causes: &'a [RootCause],
    stalls: &'a [Stall],
    scores: &'a [ForecastScore],
    coverage: &'a Coverage,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Tables<'a> {
    Full(&'a [TableFigures]),
    Summary(Vec<TableSummary<'a>>),
}

impl<'a> JobStatus<'a> {
    fn new(analysis: &'a Analysis, detail: StatusDetail) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            generator: GENERATOR,
            job: &analysis.job,
            window: analysis.window,
            as_of: analysis.as_of_ms.map(Timestamp::from_millis),
            verdict: analysis.verdict,
            counts: Counts::from(&analysis.status_counts),
            totals: &analysis.totals,
            tables: match detail {
                StatusDetail::Full => Tables::Full(&analysis.tables),
                StatusDetail::Summary => Tables::Summary(analysis.tables.iter().map(TableSummary).collect()),
            },
            failures: &analysis.failures,
            causes: &analysis.root_causes,
            stalls: &analysis.stalls,
            scores: &analysis.forecast_scores,
            coverage: &analysis.coverage,
        }
    }
}

/// Writes the status of these jobs.
pub(in crate::report) fn write(
    out: impl Write,
    analyses: &[Analysis],
    detail: StatusDetail,
) -> serde_json::Result<()> {
    super::write_pretty(out, &Status { jobs: analyses.iter().map(|it| JobStatus::new(it, detail)).collect() })
}
