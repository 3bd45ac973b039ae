//! `/healthz` and `/readyz`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::context::HttpContext;
use super::response::{error_response, json_response};

/// The loop runs its heartbeat every second; after this long without one it is stuck.
const STUCK_AFTER_MS: i64 = 60_000;

/// 200 while the loop runs.
pub(super) async fn healthz(State(context): State<HttpContext>) -> Response {
    let behind_ms = context.clock.now_ms() - context.state().heartbeat_at_ms;
    if behind_ms > STUCK_AFTER_MS {
        let message = format!("the service has been stuck for {} s", behind_ms / 1000);
        return error_response(StatusCode::SERVICE_UNAVAILABLE, &message);
    }
    json_response(StatusCode::OK, &json!({ "status": "ok" }))
}

/// 200 while the loop runs, the database can be recorded into, the last sweep of at least one job was complete, and the
/// last publication of reports succeeded.
pub(super) async fn readyz(State(context): State<HttpContext>) -> Response {
    let unavailable = |message: &str| error_response(StatusCode::SERVICE_UNAVAILABLE, message);
    let state = context.state();
    let Some(vitals) = context.vitals.get(&state).await else {
        return unavailable("the database did not answer in time");
    };
    if let Some(error) = &vitals.error {
        return unavailable(&format!("the database cannot be used: {error}"));
    }
    if !state.jobs.is_empty() && state.jobs.iter().all(|job| job.failed_in_a_row > 0) {
        return unavailable("no job can be recorded: the last sweep of each failed");
    }
    if let Some(error) = &state.publications.last_error {
        return unavailable(&format!("reports cannot be published: {error}"));
    }
    healthz(State(context)).await
}
