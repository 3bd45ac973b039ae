//! The JSON API; `docs/openapi.json` describes it.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::context::HttpContext;
use super::document::{Format, List};
use super::response::{error_response, json_response, not_found, render_error, tagged_response};
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

/// One of the lists of a job's report, in pages: slices of the report's own JSON, so that the two cannot differ.
pub(super) async fn list(
    State(context): State<HttpContext>,
    Path((id, name)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let Some(list) = List::from_name(&name) else { return not_found().await };
    let offset = integer_parameter(&query, "offset", 0, 0..=MAX_OFFSET);
    let limit = integer_parameter(&query, "limit", DEFAULT_LIMIT, 1..=MAX_LIMIT);
    let (offset, limit) = match (offset, limit) {
        (Ok(offset), Ok(limit)) => (offset, limit),
        (Err(error), _) | (_, Err(error)) => {
            return error_response(StatusCode::BAD_REQUEST, &error.to_string());
        }
    };
    let document = match context.renderer.get(&id, Format::Json, context.state().report).await {
        Ok(document) => document,
        Err(error) => return render_error(&error),
    };
    let Some(page) = document.list_page(list, offset, limit) else { return not_found().await };
    let etag = format!("\"{:016x}-{offset}-{limit}\"", document.digest);
    let (id, total) = (Value::from(id), page.total);
    let before_time = format!("{{\"job_id\":{id},\"total\":{total},\"offset\":{offset},\"as_of\":");
    let before_items = format!(",\"{name}\":[");
    let parts =
        [before_time.into(), page.as_of, before_items.into(), page.items, Bytes::from_static(b"]}\n")];
    tagged_response(&headers, &etag, "application/json", parts)
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
    let newest_ms = state.jobs.iter().map(job_revision_ms).max();
    format!("{}-{}-{}", newest_ms.unwrap_or(0), sum(|it| it.complete), sum(|it| it.failed))
}

/// The newest moment that the page of this job shows.
fn job_revision_ms(job: &JobState) -> i64 {
    let snapshot_ms = job.summary.map_or(0, |it| it.last.finished_at_ms);
    snapshot_ms.max(job.cutover.map_or(0, |it| it.last_seen_at_ms))
}

/// Changes whenever the page of this job is out of date.
pub(super) fn job_revision(job: &JobState) -> String {
    job_revision_ms(job).to_string()
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
