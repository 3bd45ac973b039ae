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

/// 200 while the loop runs, the database can be read, and the last sweep of at least one job was complete.
pub(super) async fn readyz(State(context): State<HttpContext>) -> Response {
    let state = context.state();
    if context.store.disk_usage().await.is_err() {
        return error_response(StatusCode::SERVICE_UNAVAILABLE, "the database cannot be read");
    }
    if !state.jobs.is_empty() && state.jobs.iter().all(|job| job.failed_in_a_row > 0) {
        return error_response(
            StatusCode::SERVICE_UNAVAILABLE,
            "no job can be recorded: the last sweep of each failed",
        );
    }
    healthz(State(context)).await
}
