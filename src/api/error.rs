//! The errors of calls and sweeps. Each message is one sentence that includes the next step.
//!
//! The sentence is complete: an error has no source, so that printing the chain of sources repeats nothing.

use std::fmt;
use std::time::Duration;

use super::auth::credentials::error as credentials;
use super::transport::endpoint;
use super::transport::error_kind::{ErrorKind, classify};
use super::wire::body::Unreadable;
use super::wire::head::ReplyOrigin;
use crate::sanitize;

/// The error of a call or of a sweep.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// There is no access key.
    #[error("{0}")]
    Credentials(credentials::Error),
    /// There is no valid endpoint.
    #[error("{0}")]
    Endpoint(endpoint::Error),
    /// An option is outside its limits.
    #[error("{name} is {value}: it must lie between {min} and {max}")]
    Option {
        /// Its name in the configuration.
        name: &'static str,
        /// The value.
        value: f64,
        /// The smallest value allowed.
        min: f64,
        /// The largest value allowed.
        max: f64,
    },
    /// The HTTP client cannot be created.
    #[error("HTTPS cannot be used on this machine: {cause}; install its ca-certificates package")]
    Http {
        /// The message of the HTTP client.
        cause: String,
    },
    /// The connection failed.
    #[error("{host} cannot be reached: {cause}; check the network, the proxy settings and the endpoint")]
    Unreachable {
        /// The host and port.
        host: String,
        /// The message of the system.
        cause: String,
    },
    /// The TLS certificate of the host is invalid.
    #[error(
        "{host} cannot be trusted: {cause}; check the endpoint, and whether a proxy opens TLS connections"
    )]
    Certificate {
        /// The host and port.
        host: String,
        /// The reason.
        cause: String,
    },
    /// The connection ended before the reply did.
    #[error("the connection to {host} broke: {cause}")]
    Broken {
        /// The host and port.
        host: String,
        /// The message of the system.
        cause: String,
    },
    /// No reply in time.
    #[error("{host} did not answer within {}", format_seconds(*.after))]
    TimedOut {
        /// The host and port.
        host: String,
        /// The timeout.
        after: Duration,
    },
    /// The reply is larger than the limit.
    #[error("the reply of {host} is larger than {limit_bytes} bytes; ask for smaller pages (page_size)")]
    TooLarge {
        /// The host and port.
        host: String,
        /// The limit.
        limit_bytes: usize,
    },
    /// The host redirects to another URL. Redirects of signed calls are not followed.
    #[error(
        "{host} redirects to {location:?} (HTTP {status}), which signed calls do not follow; check the \
         endpoint"
    )]
    Redirected {
        /// The host and port.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The target of the redirect, without its query.
        location: String,
    },
    /// The body is not a reply of DTS.
    #[error("{host} sent no DTS reply (HTTP {status}): {body}{}", request_id_suffix(.request_id.as_deref()))]
    Unusable {
        /// The host and port.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The reason why the body is not a reply.
        body: Unreadable,
        /// The request id of the header, if there is one.
        request_id: Option<String>,
    },
    /// The reply is an error of DTS or of the API gateway.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// All attempts of a call failed.
    #[error("{last} (gave up after {calls} calls in {})", format_seconds(*.after))]
    GaveUp {
        /// The number of attempts.
        calls: u32,
        /// Their duration with the pauses between them.
        after: Duration,
        /// The error of the last attempt.
        last: Box<Error>,
    },
    /// The sweep reached its limit of pages.
    #[error(
        "the job has more than {limit} pages, which is the limit of a sweep; raise page_size, or report \
         this job"
    )]
    TooManyPages {
        /// The limit.
        limit: u32,
    },
    /// The sweep reached its limit of objects or bytes.
    #[error(
        "the job has more than {limit} {unit}, which is the limit of a sweep; raise {setting} in [api] if the job is \
         really that large and this machine has the memory"
    )]
    SweepTooLarge {
        /// The limit.
        limit: u64,
        /// The unit of the limit.
        unit: &'static str,
        /// Its name in the configuration.
        setting: &'static str,
    },
    /// The sweep reached its time limit.
    #[error(
        "the sweep was not done within {} ({pages} pages read), which is its limit; raise concurrency or \
         max_calls_per_second",
        format_seconds(*.limit)
    )]
    SweepTimedOut {
        /// The limit.
        limit: Duration,
        /// The number of pages read until then.
        pages: u32,
    },
}

/// An error reply of the call or of the API gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The rejected call, for example `DescribeInitializationStatus`.
    pub action: &'static str,
    /// The sender of the error.
    pub origin: ReplyOrigin,
    /// The HTTP status.
    pub status: u16,
    /// `ErrCode`, or the gateway's `Code`.
    pub code: Option<String>,
    /// The message, on one line, without secrets.
    pub message: Option<String>,
    /// `RequestId`.
    pub request_id: Option<String>,
    /// The kind of the error.
    pub kind: ErrorKind,
    /// The next step, if it is known more precisely than from the kind.
    pub advice: Option<String>,
}

impl Error {
    /// The kind of the error, which decides about retries.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            // `Unusable` with a 2xx is the page of a proxy, or an empty or truncated body; with a 4xx a retry has the same result.
            Self::Unreachable { .. }
            | Self::Broken { .. }
            | Self::TimedOut { .. }
            | Self::Unusable { status: 200..=299, .. } => ErrorKind::Transient,
            Self::Unusable { status, .. } => classify(None, *status),
            Self::Refused(refusal) => refusal.kind,
            Self::GaveUp { last, .. } => last.kind(),
            Self::Redirected { .. } => ErrorKind::WrongEndpoint,
            Self::Credentials(error) if error.is_transient() => ErrorKind::Transient,
            Self::Credentials(_) => ErrorKind::Key,
            Self::Endpoint(_)
            | Self::Option { .. }
            | Self::Http { .. }
            | Self::Certificate { .. }
            | Self::TooLarge { .. }
            | Self::TooManyPages { .. }
            | Self::SweepTooLarge { .. }
            | Self::SweepTimedOut { .. } => ErrorKind::Request,
        }
    }

    /// Whether the error is about the page number, which means the end of the pages for any page but the first.
    #[must_use]
    pub fn is_about_page_number(&self) -> bool {
        let refusal = match self {
            Self::Refused(refusal) => refusal,
            // Earlier attempts may have failed for another reason.
            Self::GaveUp { last, .. } => return last.is_about_page_number(),
            _ => return false,
        };
        let mentions_page_number = |text: &str| {
            let text = text.to_lowercase();
            let words = ["pagenum", "page num", "pageno", "page no", "parameter.page", "页码", "页数"];
            words.iter().any(|word| text.contains(word)) && !text.starts_with("missing")
        };
        let texts = [refusal.code.as_deref(), refusal.message.as_deref()];
        // Any error code may be used for a wrong page.
        matches!(refusal.kind, ErrorKind::Request | ErrorKind::Internal)
            && texts.into_iter().flatten().any(mentions_page_number)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.origin {
            ReplyOrigin::Call => "DTS",
            ReplyOrigin::Gateway => "the gateway of DTS",
        };
        let code = self.code.as_deref().unwrap_or("no error code");
        write!(f, "{who} answered {} with {code} (HTTP {})", self.action, self.status)?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        match (&self.advice, next_step(self.kind)) {
            (Some(advice), _) => write!(f, "; {advice}")?,
            (None, Some(advice)) => write!(f, "; {}", advice.replace("{action}", self.action))?,
            (None, None) => {}
        }
        f.write_str(&request_id_suffix(self.request_id.as_deref()))
    }
}

/// The next step for the user; `None` for transient errors.
fn next_step(kind: ErrorKind) -> Option<&'static str> {
    let text = match kind {
        ErrorKind::Throttled => "lower max_calls_per_second, or collect less often",
        ErrorKind::Transient | ErrorKind::Internal => return None,
        ErrorKind::Clock => "set this machine's clock",
        ErrorKind::Signature => "check the access key secret",
        ErrorKind::Key => "check the access key id, and that the key is active",
        ErrorKind::Token => "renew the temporary credentials, and set their security token too",
        ErrorKind::Denied => "grant the account dts:{action}, and check that it owns the job",
        ErrorKind::WrongEndpoint => "check the endpoint",
        ErrorKind::JobNotFound | ErrorKind::Request => {
            "check the job's id and region, and its kind (synchronization, migration or task)"
        }
    };
    Some(text)
}

/// Limit of a message from outside, in characters.
const MAX_MESSAGE_CHARS: usize = 600;

/// A message from outside as a single printable line of limited length.
pub(super) fn single_line(message: &str) -> String {
    sanitize::single_line(message, MAX_MESSAGE_CHARS)
}

/// Limit of an error code or a request id, in characters. The vendor's are below 70.
const MAX_TOKEN_CHARS: usize = 128;

/// An error code or a request id from outside; `None` if nothing printable is left of it.
pub(super) fn clean_token(text: &str) -> Option<String> {
    Some(sanitize::single_line(text, MAX_TOKEN_CHARS)).filter(|text| !text.is_empty())
}

fn request_id_suffix(id: Option<&str>) -> String {
    id.map(|id| format!(" (RequestId {id})")).unwrap_or_default()
}

fn format_seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 10.0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(kind: ErrorKind, code: &str, message: &str) -> Refusal {
        Refusal {
            action: "DescribeInitializationStatus",
            origin: ReplyOrigin::Gateway,
            status: 400,
            code: Some(code.to_owned()),
            message: Some(message.to_owned()),
            request_id: Some("150DECD9".to_owned()),
            kind,
            advice: None,
        }
    }

    #[test]
    fn a_refusal_is_one_sentence_with_the_next_step() {
        let key = refusal(ErrorKind::Key, "InvalidAccessKeyId.NotFound", "Specified access key is not found");
        assert_eq!(
            key.to_string(),
            "the gateway of DTS answered DescribeInitializationStatus with InvalidAccessKeyId.NotFound \
             (HTTP 400): Specified access key is not found; check the access key id, and that the key is active \
             (RequestId 150DECD9)"
        );
        let bare = Refusal { code: None, message: None, request_id: None, origin: ReplyOrigin::Call, ..key };
        assert_eq!(
            Refusal { kind: ErrorKind::Internal, ..bare }.to_string(),
            "DTS answered DescribeInitializationStatus with no error code (HTTP 400)"
        );
    }

    #[test]
    fn the_gave_up_error_states_calls_and_duration() {
        let last = Error::TimedOut { host: "dts.aliyuncs.com".to_owned(), after: Duration::from_secs(30) };
        let error = Error::GaveUp { calls: 4, after: Duration::from_millis(119_600), last: Box::new(last) };
        assert_eq!(
            error.to_string(),
            "dts.aliyuncs.com did not answer within 30 s (gave up after 4 calls in 120 s)"
        );
        assert_eq!(error.kind(), ErrorKind::Transient);
    }

    #[test]
    fn page_number_errors_are_distinguished_from_others() {
        for (code, message, kind, about) in [
            ("InvalidPageNum", "no", ErrorKind::Request, true),
            ("InvalidParameter.PageNumber", "no", ErrorKind::Request, true),
            ("InvalidParameter", "The specified parameter PageNum is not valid", ErrorKind::Request, true),
            ("X", "the page number is out of range", ErrorKind::Request, true),
            ("InvalidParameter", "The parameter PageSize is not valid", ErrorKind::Request, false),
            ("Throttling.User", "PageNum", ErrorKind::Throttled, false),
            ("Forbidden.RAM", "PageNum", ErrorKind::Denied, false),
        ] {
            let error = Error::Refused(Box::new(refusal(kind, code, message)));
            assert_eq!(error.is_about_page_number(), about, "{code} {message}");
            let error = Error::GaveUp { calls: 2, after: Duration::from_secs(1), last: Box::new(error) };
            assert_eq!(error.is_about_page_number(), about, "{code} {message} after another error");
        }
        let error = Error::TooManyPages { limit: 1 };
        assert!(!error.is_about_page_number());
    }
}
