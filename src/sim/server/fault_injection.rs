//! Applies a fault to a response: to its content, its bytes or its headers.

use axum::http::{HeaderName, header};

use super::gateway_error::GatewayError;
use super::response::{ApiResponse, Payload, ResponseStyle, http_date};
use crate::sim::scenario::fault::{Fault, FaultKind};

/// HTML as a login portal or a proxy sends it.
const ERROR_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n<body>\n\
     <center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>\n";

/// The response after this fault. `now_ms` is the time of the gateway's clock.
pub(crate) fn inject(
    fault: &Fault,
    style: &ResponseStyle,
    response: ApiResponse,
    now_ms: i64,
) -> ApiResponse {
    match fault.kind {
        FaultKind::Truncated => ApiResponse { payload: response.payload.truncated(), ..response },
        FaultKind::HalfBody => ApiResponse { payload: response.payload.halved(), ..response },
        FaultKind::Empty => ApiResponse { payload: Payload::Whole(Vec::new()), ..response },
        FaultKind::Html => with_error_page(response, 502),
        FaultKind::HtmlOk => with_error_page(response, 200),
        FaultKind::Redirect => {
            let elsewhere = (header::LOCATION, "https://elsewhere.invalid/".to_owned());
            with_header(ApiResponse { status: 302, ..with_error_page(response, 302) }, elsewhere)
        }
        FaultKind::Garbage => {
            let noise = (0..2_000_u32).map(|index| u8::try_from(index * 167 % 251).unwrap_or(0) | 0x80);
            ApiResponse { payload: Payload::Whole(noise.collect()), ..response }
        }
        FaultKind::FalseGzip => with_header(response, (header::CONTENT_ENCODING, "gzip".to_owned())),
        FaultKind::Oversized => {
            ApiResponse { payload: response.payload.padded(fault.size_bytes), ..response }
        }
        FaultKind::WrongDate => {
            with_header(response, (header::DATE, http_date(skewed_now_ms(fault, now_ms))))
        }
        FaultKind::Failure => ApiResponse::failure(style, "InternalError", FAILURE_MESSAGE),
        FaultKind::Skewed => {
            let rejected = gateway_error_response(
                fault,
                style,
                &GatewayError::expired_timestamp(skewed_now_ms(fault, now_ms)),
            );
            with_header(rejected, (header::DATE, http_date(skewed_now_ms(fault, now_ms))))
        }
        kind => match gateway_error_for(kind) {
            Some(error) => gateway_error_response(fault, style, &error),
            // The other faults act on the connection, the delay or the rows.
            None => response,
        },
    }
}

/// The vendor's sample text for a failed call.
const FAILURE_MESSAGE: &str = "The request processing has failed due to some unknown error.";

fn gateway_error_for(kind: FaultKind) -> Option<GatewayError> {
    let (status, code, message) = match kind {
        FaultKind::Throttle => (400, "Throttling.User", "Request was denied due to user flow control."),
        FaultKind::InternalError => (500, "InternalError", FAILURE_MESSAGE),
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

fn gateway_error_response(fault: &Fault, style: &ResponseStyle, error: &GatewayError) -> ApiResponse {
    let mut response = ApiResponse::gateway_error(style, error);
    if let Some(ms) = fault.retry_after_ms {
        response.headers.push((HeaderName::from_static("x-acs-retry-after"), ms.to_string()));
        response.headers.push((header::RETRY_AFTER, ms.div_ceil(1000).to_string()));
    }
    response
}

fn with_error_page(response: ApiResponse, status: u16) -> ApiResponse {
    ApiResponse {
        status,
        content_type: "text/html",
        payload: Payload::Whole(ERROR_PAGE.as_bytes().to_vec()),
        ..response
    }
}

fn with_header(mut response: ApiResponse, header: (HeaderName, String)) -> ApiResponse {
    response.headers.push(header);
    response
}

fn skewed_now_ms(fault: &Fault, now_ms: i64) -> i64 {
    now_ms + i64::from(fault.ahead_seconds) * 1000
}
