//! The JSON API; `docs/openapi.json` describes it.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::context::HttpContext;
use super::response::{error_response, json_response, not_found, report_error};
use crate::history::figures::table::TableFigures;
use crate::history::figures::transitions::{ObjectFailure, Transition};
use crate::history::figures::verdict::StatusCounts;
use crate::model::Phase;
use crate::model::Timestamp;
use crate::service::job_states::JobState;
use crate::service::state::ServiceState;

const OPENAPI: &str = include_str!("../../../docs/openapi.json");
/// The bounds below are those of docs/openapi.json.
const MAX_OFFSET: usize = u32::MAX as usize;
const DEFAULT_LIMIT: usize = 1000;
const MAX_LIMIT: usize = 10_000;

pub(super) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

pub(super) async fn jobs(State(context): State<HttpContext>) -> Response {
    let state = context.state();
    let jobs: Vec<_> = state.jobs.iter().map(job_json).collect();
    json_response(StatusCode::OK, &json!({ "revision": revision(&state), "jobs": jobs }))
}

pub(super) async fn job(State(context): State<HttpContext>, Path(id): Path<String>) -> Response {
    match context.state().job(&id) {
        Some(job) => json_response(StatusCode::OK, &job_json(job)),
        None => error_response(StatusCode::NOT_FOUND, &format!("the service does not record the job {id}")),
    }
}

/// One of the lists of a job's report, in pages.
pub(super) async fn list(
    State(context): State<HttpContext>,
    Path((id, list)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if !matches!(list.as_str(), "tables" | "failures" | "transitions") {
        return not_found().await;
    }
    let offset = integer_parameter(&query, "offset", 0, 0..=MAX_OFFSET);
    let limit = integer_parameter(&query, "limit", DEFAULT_LIMIT, 1..=MAX_LIMIT);
    let (offset, limit) = match (offset, limit) {
        (Ok(offset), Ok(limit)) => (offset, limit),
        (Err(error), _) | (_, Err(error)) => {
            return error_response(StatusCode::BAD_REQUEST, &error.to_string());
        }
    };
    let analysis = match context.analysis(&id).await {
        Ok(analysis) => analysis,
        Err(error) => return report_error(&error),
    };
    // The figures write themselves as in the report, so that the two cannot differ.
    let (total, items) = match list.as_str() {
        "tables" => (analysis.tables.len(), ListItems::Tables(page(&analysis.tables, offset, limit))),
        "failures" => (analysis.failures.len(), ListItems::Failures(page(&analysis.failures, offset, limit))),
        _ => {
            let all = &analysis.transitions;
            (all.len(), ListItems::Transitions(page(all, offset, limit)))
        }
    };
    let as_of = analysis.as_of_ms.map(Timestamp::from_millis);
    json_response(StatusCode::OK, &ListPage { job_id: &id, as_of, total, offset, items })
}

/// A page of one of the lists.
#[derive(Serialize)]
struct ListPage<'a> {
    job_id: &'a str,
    as_of: Option<Timestamp>,
    total: usize,
    offset: usize,
    #[serde(flatten)]
    items: ListItems<'a>,
}

/// Its items, under the name of the list.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum ListItems<'a> {
    Tables(&'a [TableFigures]),
    Failures(&'a [ObjectFailure]),
    Transitions(&'a [Transition]),
}

/// A query parameter that is not an integer of its range.
#[derive(Debug, thiserror::Error)]
#[error("{name} is {value:?}: it must be a whole number between {} and {}", range.start(), range.end())]
struct InvalidParameter {
    name: &'static str,
    value: String,
    range: RangeInclusive<usize>,
}

fn integer_parameter(
    query: &HashMap<String, String>,
    name: &'static str,
    default: usize,
    range: RangeInclusive<usize>,
) -> Result<usize, InvalidParameter> {
    let Some(value) = query.get(name) else { return Ok(default) };
    match value.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(InvalidParameter { name, value: value.clone(), range }),
    }
}

/// Changes whenever the overview page is out of date.
pub(super) fn revision(state: &ServiceState) -> String {
    let sum = |field: fn(&JobState) -> u64| state.jobs.iter().map(field).sum::<u64>();
    let newest_ms = state.jobs.iter().filter_map(|it| it.summary).map(|it| it.last.finished_at_ms).max();
    format!("{}-{}-{}", newest_ms.unwrap_or(0), sum(|it| it.complete), sum(|it| it.failed))
}

/// Changes whenever the page of this job is out of date.
pub(super) fn job_revision(job: &JobState) -> String {
    job.summary.map_or(0, |it| it.last.finished_at_ms).to_string()
}

fn job_json(state: &JobState) -> Value {
    let summary = state.summary;
    let skipped = state.skipped_ticks;
    json!({
        "revision": job_revision(state),
        "job_id": state.job.id,
        "region": state.job.region,
        "name": state.job.name,
        "verdict": summary.map(|it| it.verdict().as_str()),
        "counts": summary.map(|it| counts_json(&it.counts)),
        "last_snapshot_at": summary.map(|it| Timestamp::from_millis(it.last.finished_at_ms)),
        "changed_at": summary.map(|it| Timestamp::from_millis(it.changed_at_ms)),
        "sweeping": state.sweeping,
        "cron": state.cron.as_str(),
        "sweeps_complete": state.complete,
        "sweeps_failed": state.failed,
        "sweeps_failed_in_a_row": state.failed_in_a_row,
        "last_error": state.error,
        "last_sweep_ms": state.duration_ms,
        "ticks_skipped": { "overlap": skipped.overlap, "late": skipped.late, "resting": skipped.resting },
    })
}

fn counts_json(counts: &[StatusCounts; 4]) -> Value {
    let phase = |phase: Phase| {
        let counts = &counts[phase as usize];
        let json = json!({
            "not_started": counts.not_started, "migrating": counts.migrating, "failed": counts.failed,
            "finished": counts.finished, "other": counts.other, "unlisted": counts.unlisted,
        });
        (phase.as_str().to_owned(), json)
    };
    Value::Object(Phase::ALL.into_iter().map(phase).collect())
}

fn page<T>(all: &[T], offset: usize, limit: usize) -> &[T] {
    let from = offset.min(all.len());
    &all[from..all.len().min(from.saturating_add(limit))]
}
