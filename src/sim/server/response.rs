//! Responses as the vendor's gateway writes them: status, headers, body.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, Response, header};
use chrono::DateTime;
use futures_util::stream::{self, Stream, StreamExt as _};

use super::gateway::Action;
use super::gateway_error::GatewayError;
use super::paging::EMPTY_COUNT_TEXT;
use serde_json::Value;

use crate::api::calls::initialization_status::{Reply, Shape, write_json, write_xml};
use crate::api::wire::body::Format;
use crate::api::wire::head::{Head, ReplyOrigin};
use crate::model::Reading;
use crate::sim::rng::Rng;
use crate::sim::scenario::reply;

/// Chunk size of a padded body.
const CHUNK_BYTES: usize = 64 * 1024;
/// `HostId` of the gateway's errors.
const HOST_ID: &str = "dts.simulated";

/// Format and request id of the response to one call.
#[derive(Debug, Clone)]
pub(crate) struct ResponseStyle {
    pub(crate) format: Format,
    pub(crate) shape: Shape,
    pub(crate) request_id: String,
}

impl ResponseStyle {
    /// The style of the `number`th call: the format it asked for, else XML, as documented.
    pub(crate) fn new(format: Option<&str>, shape: reply::Shape, seed: u64, number: u64) -> Self {
        let json = format.is_some_and(|format| format.eq_ignore_ascii_case("JSON"));
        let shape = match shape {
            reply::Shape::Flat => Shape::Flat,
            reply::Shape::Wrapped => Shape::Wrapped,
        };
        let format = if json { Format::Json } else { Format::Xml };
        Self { format, shape, request_id: request_id(seed, number) }
    }
}

/// A reply before it is sent.
#[derive(Debug, Clone)]
pub(crate) struct ApiResponse {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    /// Headers that replace the usual ones of the same name.
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) payload: Payload,
}

/// The body of a response, and how it is sent.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    /// The whole body.
    Whole(Vec<u8>),
    /// Half of the announced length; then the connection is closed.
    Truncated(Vec<u8>),
    /// The whole body followed by spaces up to this number of bytes, in chunks.
    Padded(Vec<u8>, u64),
}

impl Payload {
    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Whole(bytes) | Self::Truncated(bytes) | Self::Padded(bytes, _) => bytes,
        }
    }

    pub(crate) fn truncated(self) -> Self {
        Self::Truncated(self.into_bytes())
    }

    pub(crate) fn halved(self) -> Self {
        let mut bytes = self.into_bytes();
        bytes.truncate(bytes.len() / 2);
        Self::Whole(bytes)
    }

    pub(crate) fn padded(self, size_bytes: u64) -> Self {
        Self::Padded(self.into_bytes(), size_bytes)
    }
}

impl ApiResponse {
    /// The rows of a successful call.
    pub(crate) fn from_readings(style: &ResponseStyle, readings: Vec<Reading>) -> Self {
        let head = Head { success: true, ..Head::default() };
        Self::from_reply(style, 200, head, readings)
    }

    /// A failed call: `Success=false` with status 200.
    pub(crate) fn failure(style: &ResponseStyle, code: &str, message: &str) -> Self {
        let (err_code, err_message) = (Some(code.to_owned()), Some(message.to_owned()));
        let head = Head { success: false, err_code, err_message, ..Head::default() };
        Self::from_reply(style, 200, head, Vec::new())
    }

    /// An error of the gateway.
    pub(crate) fn gateway_error(style: &ResponseStyle, gateway_error: &GatewayError) -> Self {
        let head = Head {
            origin: ReplyOrigin::Gateway,
            err_code: Some(gateway_error.code.to_owned()),
            err_message: Some(gateway_error.message.clone()),
            host_id: Some(HOST_ID.to_owned()),
            ..Head::default()
        };
        Self::from_reply(style, gateway_error.status, head, Vec::new())
    }

    /// The reply of any other call: `members` and the request id.
    pub(crate) fn from_members(
        style: &ResponseStyle,
        action: Action,
        mut members: Value,
    ) -> Result<Self, GatewayError> {
        members["RequestId"] = Value::from(style.request_id.clone());
        let text = match style.format {
            Format::Json => members.to_string(),
            Format::Xml => {
                let root = format!("{}Response", action.name());
                let text = quick_xml::se::to_string_with_root(&root, &members)
                    .map_err(|error| GatewayError::new(500, "InternalError", error.to_string()))?;
                format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}")
            }
        };
        Ok(Self::from_text(style, 200, text))
    }

    fn from_reply(style: &ResponseStyle, status: u16, head: Head, readings: Vec<Reading>) -> Self {
        let reply = Reply { head: Head { request_id: Some(style.request_id.clone()), ..head }, readings };
        let text = match style.format {
            Format::Json => write_json(&reply, style.shape),
            Format::Xml => write_xml(&reply, style.shape),
        };
        // Copies only a body that has such an estimate.
        let text = if text.contains(EMPTY_COUNT_TEXT) { text.replace(EMPTY_COUNT_TEXT, "") } else { text };
        Self::from_text(style, status, text)
    }

    fn from_text(style: &ResponseStyle, status: u16, text: String) -> Self {
        let content_type = match style.format {
            Format::Json => "application/json;charset=utf-8",
            Format::Xml => "text/xml;charset=utf-8",
        };
        let headers = vec![(HeaderName::from_static("x-acs-request-id"), style.request_id.clone())];
        Self { status, content_type, headers, payload: Payload::Whole(text.into_bytes()) }
    }

    /// The HTTP response at this time of the gateway's clock.
    pub(crate) fn into_response(self, now_ms: i64) -> Result<Response<Body>, axum::http::Error> {
        let mut builder = Response::builder().status(self.status);
        let own = [(header::CONTENT_TYPE, self.content_type.to_owned()), (header::DATE, http_date(now_ms))];
        let kept = own.into_iter().filter(|(name, _)| self.headers.iter().all(|(other, _)| other != name));
        for (name, value) in kept.chain(self.headers.iter().cloned()) {
            builder = builder.header(name, value);
        }
        match self.payload {
            Payload::Whole(bytes) => builder.body(Body::from(bytes)),
            Payload::Truncated(bytes) => {
                let builder = builder.header(header::CONTENT_LENGTH, bytes.len());
                builder.body(Body::from_stream(truncated_stream(bytes)))
            }
            Payload::Padded(bytes, size_bytes) => {
                builder.body(Body::from_stream(padded_stream(bytes, size_bytes)))
            }
        }
    }
}

/// Half of the bytes, then an error, which closes the connection.
fn truncated_stream(mut bytes: Vec<u8>) -> impl Stream<Item = io::Result<Vec<u8>>> {
    bytes.truncate(bytes.len() / 2);
    let end = stream::once(async {
        // An immediate error would discard the half that is not sent yet.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(io::ErrorKind::ConnectionAborted.into())
    });
    stream::iter([Ok(bytes)]).chain(end)
}

/// The bytes, then spaces up to `size_bytes`.
fn padded_stream(bytes: Vec<u8>, size_bytes: u64) -> impl Stream<Item = io::Result<Vec<u8>>> {
    let sent = bytes.len() as u64;
    let blanks = stream::iter((sent..size_bytes).step_by(CHUNK_BYTES).map(move |from| {
        let left = usize::try_from(size_bytes - from).unwrap_or(CHUNK_BYTES);
        Ok(vec![b' '; left.min(CHUNK_BYTES)])
    }));
    stream::iter([Ok(bytes)]).chain(blanks)
}

/// A time in the format of `Date`, RFC 9110.
pub(crate) fn http_date(now_ms: i64) -> String {
    let moment = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The request id of the `number`th call in the vendor's format, determined by the seed.
fn request_id(seed: u64, number: u64) -> String {
    let mut rng = Rng::for_label(seed, &format!("request {number}"));
    let (high, low) = (rng.next_u64(), rng.next_u64());
    format!(
        "{:08X}-{:04X}-4{:03X}-8{:03X}-{:012X}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_the_format_of_rfc_9110() {
        assert_eq!(http_date(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn a_request_id_has_the_vendors_format() {
        let id = request_id(1, 2);
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert!(id.chars().all(|c| c == '-' || c.is_ascii_digit() || c.is_ascii_uppercase()), "{id}");
        assert_eq!(id, request_id(1, 2));
        assert_ne!(id, request_id(1, 3));
    }
}
