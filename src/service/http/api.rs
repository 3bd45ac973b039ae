//! JSON for programs; `docs/openapi.json` describes it.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::web::{Seen, Web};
use crate::history::verdict::StatusCounts;
use crate::model::Phase;
use crate::model::Timestamp;
use crate::service::board::Track;
use crate::{publish, report};

const OPENAPI: &str = include_str!("../../../docs/openapi.json");
/// The loop turns each few seconds; this much later it is stuck.
const STUCK_AFTER_MS: i64 = 60_000;
/// As docs/openapi.json says.
const OFFSET_MOST: usize = u32::MAX as usize;
const LIMIT: usize = 1000;
const LIMIT_MOST: usize = 10_000;

/// An answer of JSON.
pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], format!("{value}\n")).into_response()
}

/// Why there is no other answer, as a sentence.
pub(super) fn refusal(status: StatusCode, sentence: &str) -> Response {
    json(status, &json!({ "error": sentence }))
}

/// The same for what went wrong inside.
pub(super) fn failure(error: &publish::Error) -> Response {
    if let publish::Error::UnknownJob { .. } = error {
        return refusal(StatusCode::NOT_FOUND, &error.to_string());
    }
    tracing::error!(%error, "a call could not be answered");
    refusal(StatusCode::INTERNAL_SERVER_ERROR, "the database could not be read; the service's log says more")
}

/// The loop turns.
pub(super) async fn healthz(State(web): State<Web>) -> Response {
    let behind_ms = web.clock.now_ms() - web.seen().pulsed_at_ms;
    if behind_ms > STUCK_AFTER_MS {
        let sentence = format!("the service has stood still for {} s", behind_ms / 1000);
        return refusal(StatusCode::SERVICE_UNAVAILABLE, &sentence);
    }
    json(StatusCode::OK, &json!({ "status": "ok" }))
}

/// The loop turns, the database can be read, and not every job fails to be recorded.
pub(super) async fn readyz(State(web): State<Web>) -> Response {
    let seen = web.seen();
    if web.store.disk_usage().await.is_err() {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "the database cannot be read");
    }
    if !seen.tracks.is_empty() && seen.tracks.iter().all(|track| track.failed_in_a_row > 0) {
        return refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "no job can be recorded: the last sweep of each failed",
        );
    }
    healthz(State(web)).await
}

pub(super) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

pub(super) async fn jobs(State(web): State<Web>) -> Response {
    let seen = web.seen();
    let jobs: Vec<_> = seen.tracks.iter().map(job_json).collect();
    json(StatusCode::OK, &json!({ "revision": revision(&seen), "jobs": jobs }))
}

pub(super) async fn job(State(web): State<Web>, Path(id): Path<String>) -> Response {
    match web.seen().track(&id) {
        Some(track) => json(StatusCode::OK, &job_json(track)),
        None => refusal(StatusCode::NOT_FOUND, &format!("the service does not record the job {id}")),
    }
}

/// One of the lists of a job's report, in parts.
pub(super) async fn part(
    State(web): State<Web>,
    Path((id, part)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if !matches!(part.as_str(), "tables" | "failures" | "transitions") {
        return super::guard::not_found().await;
    }
    let offset = whole(&query, "offset", 0, 0..=OFFSET_MOST);
    let limit = whole(&query, "limit", LIMIT, 1..=LIMIT_MOST);
    let (offset, limit) = match (offset, limit) {
        (Ok(offset), Ok(limit)) => (offset, limit),
        (Err(sentence), _) | (_, Err(sentence)) => return refusal(StatusCode::BAD_REQUEST, &sentence),
    };
    let analysis = match web.analysis(&id).await {
        Ok(analysis) => analysis,
        Err(error) => return failure(&error),
    };
    // The report's own JSON, so that the two cannot differ.
    let report = match report::json(&analysis).map(|text| serde_json::from_str::<Value>(&text)) {
        Ok(Ok(report)) => report,
        Ok(Err(error)) => return failure(&publish::Error::Render(error.into())),
        Err(error) => return failure(&error.into()),
    };
    let all = report[&part].as_array().map_or(&[][..], Vec::as_slice);
    let items: Vec<_> = all.iter().skip(offset).take(limit).collect();
    let answer = json!({
        "job_id": id, "as_of": report["as_of"], "total": all.len(), "offset": offset, part: items,
    });
    json(StatusCode::OK, &answer)
}

fn whole(
    query: &HashMap<String, String>,
    name: &str,
    otherwise: usize,
    range: RangeInclusive<usize>,
) -> Result<usize, String> {
    let Some(text) = query.get(name) else { return Ok(otherwise) };
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        format!("{name} is {text:?}: it must be a whole number between {least} and {most}")
    })
}

/// Changes when a page made before is out of date.
pub(super) fn revision(seen: &Seen) -> String {
    let sum = |of: fn(&Track) -> u64| seen.tracks.iter().map(of).sum::<u64>();
    let newest_ms = seen.tracks.iter().filter_map(|it| it.standing).map(|it| it.last.finished_at_ms).max();
    format!("{}-{}-{}", newest_ms.unwrap_or(0), sum(|it| it.complete), sum(|it| it.failed))
}

/// The same for the page of one job.
pub(super) fn job_revision(track: &Track) -> String {
    track.standing.map_or(0, |it| it.last.finished_at_ms).to_string()
}

fn job_json(track: &Track) -> Value {
    let standing = track.standing;
    let skipped = track.skipped;
    json!({
        "revision": job_revision(track),
        "job_id": track.job.id,
        "region": track.job.region,
        "name": track.job.name,
        "verdict": standing.map(|it| it.verdict().as_str()),
        "counts": standing.map(|it| counts_json(&it.counts)),
        "last_snapshot_at": standing.map(|it| Timestamp::from_millis(it.last.finished_at_ms)),
        "changed_at": standing.map(|it| Timestamp::from_millis(it.changed_at_ms)),
        "sweeping": track.sweeping,
        "cron": track.cron.as_str(),
        "sweeps_complete": track.complete,
        "sweeps_failed": track.failed,
        "sweeps_failed_in_a_row": track.failed_in_a_row,
        "last_error": track.error,
        "last_sweep_ms": track.took_ms,
        "ticks_skipped": { "overlap": skipped.overlap, "late": skipped.late, "resting": skipped.resting },
    })
}

fn counts_json(counts: &[StatusCounts; 4]) -> Value {
    let phase = |phase: Phase| {
        let of = &counts[phase as usize];
        let counts = json!({
            "not_started": of.not_started, "migrating": of.migrating, "failed": of.failed,
            "finished": of.finished, "other": of.other, "unlisted": of.unlisted,
        });
        (phase.as_str().to_owned(), counts)
    };
    Value::Object(Phase::ALL.into_iter().map(phase).collect())
}
