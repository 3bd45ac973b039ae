//! JSON responses, and the errors that every handler shares.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::body::SharedBody;
use super::limits::RETRY_AFTER_SECONDS;
use super::renderer::RenderError;
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
pub(super) fn render_error(error: &RenderError) -> Response {
    match error {
        RenderError::Busy => busy(&error.to_string()),
        RenderError::Failed(error) => match &**error {
            publish::Error::UnknownJob { .. } => error_response(StatusCode::NOT_FOUND, &error.to_string()),
            error => {
                tracing::error!(%error, "an HTTP request failed");
                error_response(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the database could not be read; see the log of the service",
                )
            }
        },
    }
}

/// 503 with `Retry-After`.
pub(super) fn busy(message: &str) -> Response {
    let mut response = error_response(StatusCode::SERVICE_UNAVAILABLE, message);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
    response
}

/// A response with an entity tag: 304 without a body if the client has this very entity.
pub(super) fn tagged_response(
    request: &HeaderMap,
    etag: &str,
    content_type: &'static str,
    parts: impl IntoIterator<Item = Bytes>,
) -> Response {
    let known = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = known.flat_map(|value| value.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    let headers = [(header::ETAG, etag.to_owned())];
    if tags.any(|tag| tag == "*" || tag == etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let body = Body::new(SharedBody::new(parts));
    (headers, [(header::CONTENT_TYPE, content_type)], body).into_response()
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
