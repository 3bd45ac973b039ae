//! One attempt of a call: a request signed with its own nonce and time, and its reply.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};

use super::endpoint::Endpoint;
use super::error_kind::{ErrorKind, classify};
use super::request::{Call, Signature, SignedRequest, signature_advice, without_string_to_sign};
use super::server_clock::ServerClock;
use crate::api::auth::access_key::AccessKey;
use crate::api::error::{Error, Refusal, clean_token, single_line};
use crate::api::options::Options;
use crate::api::wire::body::Unreadable;
use crate::api::wire::head::Head;
use crate::http_client::{self, BodyError, Connect, root_cause};

/// Parses a body into its head and the reply of the call.
pub(in crate::api) type ParseReply<T> = fn(&[u8]) -> Result<(Head, T), Unreadable>;

/// Timeout of connecting.
const MAX_CONNECT_TIME: Duration = Duration::from_secs(10);

/// Sends calls over HTTP, one attempt each.
#[derive(Debug)]
pub(in crate::api) struct HttpSender {
    http: reqwest::Client,
    signature: Signature,
    max_reply_bytes: usize,
}

/// The error of an attempt, with the times that the server sent.
#[derive(Debug)]
pub(in crate::api) struct AttemptFailure {
    pub(in crate::api) error: Error,
    /// The pause that the server requests before the next attempt.
    pub(in crate::api) retry_after: Option<Duration>,
    /// The time of the server, from its `Date` header.
    pub(in crate::api) server_ms: Option<i64>,
}

impl From<Error> for AttemptFailure {
    fn from(error: Error) -> Self {
        Self { error, retry_after: None, server_ms: None }
    }
}

impl HttpSender {
    pub(in crate::api) fn new(options: &Options, proxied: bool) -> Result<Self, Error> {
        let http = http_client::build(Connect {
            proxy: proxied,
            gzip: true,
            timeout: options.timeout().min(MAX_CONNECT_TIME),
            max_idle_per_host: options.concurrency,
        })
        .map_err(|error| Error::Http { cause: single_line(&root_cause(&error).to_string()) })?;
        Ok(Self { http, signature: options.signature, max_reply_bytes: options.max_reply_bytes })
    }

    /// Sends the call once. Returns the parsed reply and its arrival time.
    pub(in crate::api) async fn send_once<T>(
        &self,
        call: &Call<'_>,
        endpoint: &Endpoint,
        access_key: &AccessKey,
        clock: &ServerClock,
        timeout: Duration,
        read: ParseReply<T>,
    ) -> Result<(T, i64), AttemptFailure> {
        let host = endpoint.to_string();
        let transport_error = |error: reqwest::Error| transport_error(error, &host, timeout);
        let SignedRequest { query, headers, string_to_sign } =
            call.sign(self.signature, endpoint, access_key, clock.now_ms());
        let mut request = self.http.post(endpoint.with_query(&query)).header(ACCEPT, "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.timeout(timeout).send().await.map_err(transport_error)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body =
            http_client::read_body(response, self.max_reply_bytes).await.map_err(|error| match error {
                BodyError::Transport(error) => transport_error(error),
                BodyError::TooLarge { max_bytes } => {
                    Error::TooLarge { host: host.clone(), limit_bytes: max_bytes }
                }
            })?;
        let arrived_at_ms = clock.now_ms();
        let retry_after = retry_after(&headers);
        let server_ms = date_header(&headers, &DATE).map(|moment| moment.timestamp_millis());
        if status.is_redirection() {
            let location = header_text(&headers, LOCATION.as_str()).unwrap_or_default();
            let location = single_line(&access_key.redact(location.split('?').next().unwrap_or_default()));
            return Err(Error::Redirected { host, status: status.as_u16(), location }.into());
        }
        let redact = |text: &str| access_key.redact(text);
        let request_id = header_text(&headers, "x-acs-request-id").and_then(|id| clean_token(&redact(id)));
        match read(&body) {
            Ok((head, value)) if head.success && status.is_success() => {
                clock.on_reply();
                Ok((value, arrived_at_ms))
            }
            Ok((head, _)) => {
                clock.on_reply();
                let error = refusal_error(call, head, status, request_id, access_key, &string_to_sign);
                Err(AttemptFailure { error, retry_after, server_ms })
            }
            Err(body) => {
                let body = body.sanitized(redact);
                let error = Error::Unusable { host, status: status.as_u16(), body, request_id };
                Err(AttemptFailure { error, retry_after, server_ms })
            }
        }
    }
}

fn refusal_error(
    call: &Call<'_>,
    head: Head,
    status: StatusCode,
    header_id: Option<String>,
    access_key: &AccessKey,
    ours: &str,
) -> Error {
    let kind = classify(head.err_code.as_deref(), status.as_u16());
    let message = head.err_message.unwrap_or_default();
    let advice = if kind == ErrorKind::Signature { signature_advice(&message, ours) } else { None };
    let advice = advice.map(|advice| single_line(&access_key.redact(&advice)));
    let redacted_token = |text: String| clean_token(&access_key.redact(&text));
    let shown = single_line(&access_key.redact(without_string_to_sign(&message)));
    Error::Refused(Box::new(Refusal {
        action: call.action,
        origin: head.origin,
        status: status.as_u16(),
        kind,
        message: Some(shown).filter(|text| !text.is_empty()),
        code: head.err_code.and_then(redacted_token),
        request_id: head.request_id.and_then(redacted_token).or(header_id),
        advice,
    }))
}

/// The pause requested by `x-acs-retry-after` (milliseconds) or by `Retry-After` of RFC 9110 (seconds, or a date that is
/// compared with the `Date` of the reply).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| header_text(headers, name)?.trim().parse::<u64>().ok();
    if let Some(milliseconds) = number("x-acs-retry-after") {
        return Some(Duration::from_millis(milliseconds));
    }
    if let Some(seconds) = number(RETRY_AFTER.as_str()) {
        return Some(Duration::from_secs(seconds));
    }
    let wait = date_header(headers, &RETRY_AFTER)? - date_header(headers, &DATE)?;
    wait.to_std().ok()
}

fn date_header(headers: &HeaderMap, name: &HeaderName) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc2822(header_text(headers, name.as_str())?.trim()).ok()
}

fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Converts an error of the transport. Its own text would contain the signed URL with the security token.
fn transport_error(error: reqwest::Error, host: &str, timeout: Duration) -> Error {
    let host = host.to_owned();
    let error = error.without_url();
    if error.is_timeout() {
        return Error::TimedOut { host, after: timeout };
    }
    let root = root_cause(&error);
    let cause = single_line(&root.to_string());
    if let Some(rustls::Error::InvalidCertificate(_)) = root.downcast_ref() {
        return Error::Certificate { host, cause };
    }
    if error.is_connect() { Error::Unreachable { host, cause } } else { Error::Broken { host, cause } }
}
