//! JSON responses, and the errors that every handler shares.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::publish;

/// A JSON response.
pub(super) fn json_response(status: StatusCode, value: &impl Serialize) -> Response {
    let mut body = match serde_json::to_vec(value) {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "a response could not be written as JSON");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    body.push(b'\n');
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// An error as `{"error": "..."}`.
pub(super) fn error_response(status: StatusCode, message: &str) -> Response {
    json_response(status, &json!({ "error": message }))
}

/// The response to a request whose report could not be read or rendered. Internal errors are logged, not sent.
pub(super) fn report_error(error: &publish::Error) -> Response {
    if let publish::Error::UnknownJob { .. } = error {
        return error_response(StatusCode::NOT_FOUND, &error.to_string());
    }
    tracing::error!(%error, "an HTTP request failed");
    error_response(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the database could not be read; the service's log says more",
    )
}

/// 404.
pub(super) async fn not_found() -> Response {
    error_response(
        StatusCode::NOT_FOUND,
        "there is nothing here; / lists the jobs, /api/v1/openapi.json the API",
    )
}

/// 405 for every path but `/-/reload`.
pub(super) async fn only_get() -> Response {
    method_not_allowed("only GET is answered here", "GET, HEAD")
}

/// 405 for `/-/reload`.
pub(super) async fn only_post() -> Response {
    method_not_allowed("only POST is answered here", "POST")
}

fn method_not_allowed(message: &str, allowed: &'static str) -> Response {
    let mut response = error_response(StatusCode::METHOD_NOT_ALLOWED, message);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}
