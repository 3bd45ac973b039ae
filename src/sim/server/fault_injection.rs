//! Applies a fault to a response: to its content, its bytes or its headers.

use axum::http::{HeaderName, header};

use super::gateway::GatewayError;
use super::response::{ApiResponse, Payload, ResponseStyle, http_date};
use crate::sim::scenario::fault::{Fault, FaultKind};

/// What a login portal or a proxy shows to people.
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n<body>\n\
     <center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>\n";

/// What becomes of a true reply that this fault strikes. `now_ms` is what the gateway's clock shows.
pub(crate) fn inject(fault: &Fault, style: &ResponseStyle, answer: ApiResponse, now_ms: i64) -> ApiResponse {
    match fault.kind {
        FaultKind::Truncated => ApiResponse { payload: answer.payload.cut(), ..answer },
        FaultKind::HalfBody => ApiResponse { payload: answer.payload.halved(), ..answer },
        FaultKind::Empty => ApiResponse { payload: Payload::Whole(Vec::new()), ..answer },
        FaultKind::Html => page(answer, 502),
        FaultKind::HtmlOk => page(answer, 200),
        FaultKind::Redirect => {
            let elsewhere = (header::LOCATION, "https://elsewhere.invalid/".to_owned());
            with_header(ApiResponse { status: 302, ..page(answer, 302) }, elsewhere)
        }
        FaultKind::Garbage => {
            let noise = (0..2_000_u32).map(|index| u8::try_from(index * 167 % 251).unwrap_or(0) | 0x80);
            ApiResponse { payload: Payload::Whole(noise.collect()), ..answer }
        }
        FaultKind::FalseGzip => with_header(answer, (header::CONTENT_ENCODING, "gzip".to_owned())),
        FaultKind::Oversized => ApiResponse { payload: answer.payload.padded(fault.size_bytes), ..answer },
        FaultKind::WrongDate => with_header(answer, (header::DATE, http_date(ahead(fault, now_ms)))),
        FaultKind::Failure => ApiResponse::failure(style, "InternalError", FAILURE),
        FaultKind::Skewed => {
            let refused = refused(fault, style, &GatewayError::expired_timestamp(ahead(fault, now_ms)));
            with_header(refused, (header::DATE, http_date(ahead(fault, now_ms))))
        }
        kind => match gateway_error(kind) {
            Some(gateway_error) => refused(fault, style, &gateway_error),
            // The connection, the time or the rows are what these strike.
            None => answer,
        },
    }
}

/// The vendor's sample text for a failed call.
const FAILURE: &str = "The request processing has failed due to some unknown error.";

fn gateway_error(kind: FaultKind) -> Option<GatewayError> {
    let (status, code, message) = match kind {
        FaultKind::Throttle => (400, "Throttling.User", "Request was denied due to user flow control."),
        FaultKind::InternalError => (500, "InternalError", FAILURE),
        FaultKind::Unavailable => {
            (503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.")
        }
        FaultKind::ExpiredToken => {
            (400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
        }
        FaultKind::NonceUsed => (400, "SignatureNonceUsed", "Specified signature nonce was used already."),
        FaultKind::Forbidden => {
            (403, "Forbidden.RAM", "User not authorized to operate on the specified resource.")
        }
        _ => return None,
    };
    Some(GatewayError::new(status, code, message))
}

fn refused(fault: &Fault, style: &ResponseStyle, gateway_error: &GatewayError) -> ApiResponse {
    let mut answer = ApiResponse::gateway_error(style, gateway_error);
    if let Some(ms) = fault.retry_after_ms {
        answer.headers.push((HeaderName::from_static("x-acs-retry-after"), ms.to_string()));
        answer.headers.push((header::RETRY_AFTER, ms.div_ceil(1000).to_string()));
    }
    answer
}

fn page(answer: ApiResponse, status: u16) -> ApiResponse {
    ApiResponse {
        status,
        content_type: "text/html",
        payload: Payload::Whole(PAGE.as_bytes().to_vec()),
        ..answer
    }
}

fn with_header(mut answer: ApiResponse, header: (HeaderName, String)) -> ApiResponse {
    answer.headers.push(header);
    answer
}

fn ahead(fault: &Fault, now_ms: i64) -> i64 {
    now_ms + i64::from(fault.ahead_seconds) * 1000
}
