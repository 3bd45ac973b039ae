//! The failures of several jobs as JSON: `$defs/failures` of `docs/report.schema.json`.

use super::causes::Cause;
use super::figures::Failure;
use super::{Job, SCHEMA};
use crate::history::analysis::Analysis;
use crate::history::failures::root_cause;
use crate::model::Timestamp;
use crate::report::repair::FailureFilter;
use serde::Serialize;

#[derive(Serialize)]
struct Failures<'a> {
    schema: u32,
    jobs: Vec<OfJob<'a>>,
}

#[derive(Serialize)]
struct OfJob<'a> {
    job: Job<'a>,
    as_of: Option<Timestamp>,
    failures: Vec<Failure<'a>>,
    causes: Vec<Cause<'a>>,
}

/// Writes the failures of these jobs.
pub(in crate::report) fn render(
    analyses: &[Analysis],
    which: FailureFilter,
) -> Result<String, serde_json::Error> {
    let chosen = |analysis: &Analysis| match which {
        FailureFilter::All => analysis.failures.len(),
        FailureFilter::Open => analysis.failures.partition_point(|it| it.resolved_at_ms.is_none()),
    };
    let causes: Vec<_> = analyses.iter().map(|it| root_cause::causes(&it.failures[..chosen(it)])).collect();
    let jobs = analyses.iter().zip(&causes).map(|(analysis, causes)| OfJob {
        job: Job::of(&analysis.job),
        as_of: analysis.as_of_ms.map(Timestamp::from_millis),
        failures: analysis.failures[..chosen(analysis)].iter().map(Failure::of).collect(),
        causes: causes.iter().map(Cause::of).collect(),
    });
    let mut json = serde_json::to_string_pretty(&Failures { schema: SCHEMA, jobs: jobs.collect() })?;
    json.push('\n');
    Ok(json)
}
