//! What can go wrong with a call, each as one sentence that names the next step.
//!
//! The sentence is whole: an error has no source to print behind it, so that nothing is said twice.

use std::fmt;
use std::time::Duration;

use super::auth::credentials::error as credentials;
use super::transport::endpoint;
use super::transport::error_kind::{ErrorKind, classify};
use super::wire::body::Unreadable;
use super::wire::head::ReplyOrigin;
use crate::sanitize;

/// Why a call, or a sweep of calls, failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// There is no key to sign with.
    #[error("{0}")]
    Credentials(credentials::Error),
    /// There is no host to call.
    #[error("{0}")]
    Endpoint(endpoint::Error),
    /// An option that makes no sense.
    #[error("{name} is {value}: it must lie between {min} and {max}")]
    Option {
        /// Its name in the configuration.
        name: &'static str,
        /// The offending value.
        value: f64,
        /// The smallest value allowed.
        min: f64,
        /// The largest value allowed.
        max: f64,
    },
    /// The HTTP client does not start.
    #[error("HTTPS cannot be used on this machine: {cause}; install its ca-certificates package")]
    Http {
        /// What it says.
        cause: String,
    },
    /// No connection.
    #[error("{host} cannot be reached: {cause}; check the network, the proxy settings and the endpoint")]
    Unreachable {
        /// The host called.
        host: String,
        /// What the system says.
        cause: String,
    },
    /// A host that cannot prove who it is.
    #[error(
        "{host} cannot be trusted: {cause}; check the endpoint, and whether a proxy opens TLS connections"
    )]
    Certificate {
        /// The host called.
        host: String,
        /// What is wrong with its certificate.
        cause: String,
    },
    /// The connection ended before the reply did.
    #[error("the connection to {host} broke: {cause}")]
    Broken {
        /// The host called.
        host: String,
        /// What the system says.
        cause: String,
    },
    /// No reply in time.
    #[error("{host} did not answer within {}", format_seconds(*.after))]
    TimedOut {
        /// The host called.
        host: String,
        /// How long it was given.
        after: Duration,
    },
    /// A reply beyond all measure.
    #[error("the reply of {host} is larger than {limit_bytes} bytes; ask for smaller pages (page_size)")]
    TooLarge {
        /// The host called.
        host: String,
        /// The bound.
        limit_bytes: usize,
    },
    /// The host points elsewhere. Signed calls do not follow.
    #[error(
        "{host} redirects to {location:?} (HTTP {status}), which signed calls do not follow; check the \
         endpoint"
    )]
    Redirected {
        /// The host called.
        host: String,
        /// The HTTP status.
        status: u16,
        /// Where it points to.
        location: String,
    },
    /// A reply that is not one of DTS.
    #[error("{host} sent no DTS reply (HTTP {status}): {body}{}", request_id_suffix(.request_id.as_deref()))]
    Unusable {
        /// The host called.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What the body is.
        body: Unreadable,
        /// What the header says, if anything.
        request_id: Option<String>,
    },
    /// A reply that says no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// Every attempt failed.
    #[error("{last} (gave up after {calls} calls in {})", format_seconds(*.after))]
    GaveUp {
        /// How many calls were made.
        calls: u32,
        /// How long they took, with the pauses.
        after: Duration,
        /// Why the last of them failed.
        last: Box<Error>,
    },
    /// A sweep that does not end.
    #[error(
        "the job has more than {limit} pages, which is the limit of a sweep; raise page_size, or report \
         this job"
    )]
    TooManyPages {
        /// The bound.
        limit: u32,
    },
    /// A sweep larger than memory should hold.
    #[error(
        "the job has more than {limit} {unit}, which is the limit of a sweep; raise {setting} in [api] if the job is \
         really that large and this machine has the memory"
    )]
    SweepTooLarge {
        /// The limit.
        limit: u64,
        /// What it counts.
        unit: &'static str,
        /// Its name in the configuration.
        setting: &'static str,
    },
    /// A sweep that takes too long.
    #[error(
        "the sweep was not done within {} ({pages} pages read), which is its limit; raise concurrency or \
         max_calls_per_second",
        format_seconds(*.limit)
    )]
    SweepTimedOut {
        /// The bound.
        limit: Duration,
        /// How far it came.
        pages: u32,
    },
}

/// An error reply, of the call or of the gateway before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The call that was refused, for example `DescribeInitializationStatus`.
    pub action: &'static str,
    /// Who refused.
    pub origin: ReplyOrigin,
    /// The HTTP status.
    pub status: u16,
    /// `ErrCode`, or the gateway's `Code`.
    pub code: Option<String>,
    /// The message, on one line, without secrets.
    pub message: Option<String>,
    /// `RequestId`.
    pub request_id: Option<String>,
    /// What kind of error it is.
    pub kind: ErrorKind,
    /// The next step, where it is known better than from the kind.
    pub advice: Option<String>,
}

impl Error {
    /// What kind of error it is, which tells whether to try again.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            // The last: a proxy's page, or an empty or cut body. With a 4xx it would come again.
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

    /// Whether the reply objects to the number of the page, which past page 1 is one form of the end.
    #[must_use]
    pub fn is_about_page_number(&self) -> bool {
        let refusal = match self {
            Self::Refused(refusal) => refusal,
            // The end may be told only after something else was tried again.
            Self::GaveUp { last, .. } => return last.is_about_page_number(),
            _ => return false,
        };
        let mentions_page_number = |text: &str| {
            let text = text.to_lowercase();
            let words = ["pagenum", "page num", "pageno", "page no", "parameter.page", "页码", "页数"];
            words.iter().any(|word| text.contains(word)) && !text.starts_with("missing")
        };
        let texts = [refusal.code.as_deref(), refusal.message.as_deref()];
        // A business error about the page is one, whatever its code.
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

/// What to do about a refusal. Those that time heals need nothing.
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

/// A message from outside as a part of a sentence.
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
