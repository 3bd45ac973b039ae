//! The failures of several jobs as JSON: `$defs/failures` of `docs/report.schema.json`.

use std::io::Write;

use super::SCHEMA_VERSION;
use crate::history::analysis::Analysis;
use crate::history::failures::root_cause::{RootCause, root_causes};
use crate::history::figures::transitions::ObjectFailure;
use crate::model::{Job, Timestamp};
use crate::report::repair::FailureFilter;
use serde::Serialize;

#[derive(Serialize)]
struct Failures<'a> {
    schema: u32,
    jobs: Vec<JobFailures<'a>>,
}

#[derive(Serialize)]
struct JobFailures<'a> {
    job: &'a Job,
    as_of: Option<Timestamp>,
    failures: &'a [ObjectFailure],
    causes: Vec<RootCause>,
}

/// Writes the failures of these jobs.
pub(in crate::report) fn write(
    out: impl Write,
    analyses: &[Analysis],
    filter: FailureFilter,
) -> serde_json::Result<()> {
    let jobs = analyses.iter().map(|analysis| {
        let count = match filter {
            FailureFilter::All => analysis.failures.len(),
            FailureFilter::Open => analysis.failures.partition_point(|it| it.resolved_at_ms.is_none()),
        };
        let failures = &analysis.failures[..count];
        let as_of = analysis.as_of_ms.map(Timestamp::from_millis);
        JobFailures { job: &analysis.job, as_of, failures, causes: root_causes(failures) }
    });
    super::write_pretty(out, &Failures { schema: SCHEMA_VERSION, jobs: jobs.collect() })
}
