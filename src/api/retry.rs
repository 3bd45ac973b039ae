//! What an error code means, and when to try again.

use std::time::Duration;

/// What kind of error it is, which tells what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Too many calls: again, and slower.
    Throttled,
    /// The service or the way to it is in trouble: again.
    Transient,
    /// The service failed in a way that may last: again, a few times.
    Internal,
    /// The call's time is too far from the server's.
    Clock,
    /// The signature is wrong.
    Signature,
    /// The access key is unknown or switched off.
    Key,
    /// The token of temporary credentials has ended or is wrong.
    Token,
    /// The account may not do this.
    Denied,
    /// The job does not exist, or not here.
    JobNotFound,
    /// The host does not serve this call, or not over HTTP.
    WrongEndpoint,
    /// The call itself is wrong.
    Request,
}

/// Reads an error: its code first, because one code comes with different statuses, and the status where the
/// code is absent or unknown. Throttling, for one, comes as HTTP 400.
#[must_use]
pub fn classify(code: Option<&str>, status: u16) -> Class {
    code.and_then(of_code).unwrap_or_else(|| of_status(status))
}

fn of_code(code: &str) -> Option<Class> {
    // DTS puts `DTS.Msg.` before some of the gateway's codes.
    let bare = code.strip_prefix("DTS.Msg.").unwrap_or(code);
    let first = bare.split('.').next().unwrap_or(bare);
    let class = match bare {
        _ if bare.split('.').any(|part| part.starts_with("Throttling")) => Class::Throttled,
        "SignatureNonceUsed" => Class::Transient,
        "Forbidden.InstanceNotFound" => Class::JobNotFound,
        "InvalidProtocol.NeedSsl" | "InvalidApi.NotFound" | "InvalidProduct.NotFound" => Class::WrongEndpoint,
        _ => match first {
            "ServiceUnavailable" => Class::Transient,
            "InternalError" => Class::Internal,
            "InvalidTimeStamp" | "IllegalTimestamp" => Class::Clock,
            "SignatureDoesNotMatch" | "IncompleteSignature" | "InvalidSignatureMethod" => Class::Signature,
            "InvalidAccessKeyId" => Class::Key,
            "MissingSecurityToken" | "InvalidSecurityToken" => Class::Token,
            "Forbidden" | "NoPermission" => Class::Denied,
            "UnsupportedOperation" | "NoSuchVersion" | "UnsupportedHTTPMethod" => Class::Request,
            _ if first.starts_with("Missing") || first.starts_with("Invalid") => Class::Request,
            // Business codes of DTS: the call was understood and will be answered so again.
            _ if code.starts_with("DTS.Msg.") => Class::Request,
            _ => return None,
        },
    };
    Some(class)
}

fn of_status(status: u16) -> Class {
    match status {
        429 => Class::Throttled,
        408 | 500.. => Class::Transient,
        401 | 403 => Class::Denied,
        _ => Class::Request,
    }
}

/// How often an internal error is met before it is taken for lasting.
const INTERNAL_ERRORS: u32 = 5;
/// No pause that we choose is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// A throttled call waits this much longer than others.
const THROTTLED_FACTOR: u32 = 4;

/// The pauses between the attempts of one call.
///
/// "Full jitter": a pause is a random share of a bound that doubles with each attempt, so that clients that
/// failed together do not come back together.
#[derive(Debug)]
pub(super) struct Backoff {
    bound: Duration,
    internal_errors: u32,
}

impl Backoff {
    pub(super) fn new(first: Duration) -> Self {
        Self { bound: first, internal_errors: 0 }
    }

    /// How long to wait after an attempt failed so, or `None` if not to try again. `random` is in `0.0..1.0`.
    pub(super) fn pause(&mut self, class: Class, random: f64) -> Option<Duration> {
        self.internal_errors += u32::from(class == Class::Internal);
        let factor = match class {
            Class::Throttled => THROTTLED_FACTOR,
            Class::Transient => 1,
            Class::Internal if self.internal_errors < INTERNAL_ERRORS => 1,
            _ => return None,
        };
        let bound = self.bound.saturating_mul(factor).min(LONGEST_PAUSE);
        self.bound = self.bound.saturating_mul(2).min(LONGEST_PAUSE);
        Some(bound.mul_f64(random))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn holds(class: Class, codes: &[(&str, u16)]) {
        for (code, status) in codes {
            assert_eq!(classify(Some(code), *status), class, "{code} with {status}");
        }
    }

    #[test]
    fn throttling_is_known_by_its_code() {
        let codes = [
            ("Throttling", 400),
            ("Throttling.User", 400),
            ("Throttling.Api", 400),
            ("Rejected.Throttling", 400),
            ("DTS.Msg.Throttling.User", 200),
            ("ThrottlingException", 503),
        ];
        holds(Class::Throttled, &codes);
    }

    #[test]
    fn an_unavailable_service_is_tried_again() {
        holds(Class::Transient, &[("ServiceUnavailable", 503), ("ServiceUnavailable", 500)]);
    }

    #[test]
    fn an_internal_error_is_tried_a_few_times() {
        holds(Class::Internal, &[("InternalError", 500), ("InternalError", 200), ("InternalError.Db", 400)]);
    }

    #[test]
    fn a_used_nonce_is_tried_again() {
        holds(Class::Transient, &[("SignatureNonceUsed", 400)]);
    }

    #[test]
    fn a_clock_that_is_off_is_known() {
        let codes =
            [("InvalidTimeStamp.Expired", 400), ("InvalidTimeStamp.Format", 400), ("IllegalTimestamp", 400)];
        holds(Class::Clock, &codes);
    }

    #[test]
    fn a_wrong_signature_is_known() {
        let codes = [
            ("SignatureDoesNotMatch", 400),
            ("SignatureDoesNotMatch", 403),
            ("IncompleteSignature", 400),
            ("InvalidSignatureMethod", 400),
        ];
        holds(Class::Signature, &codes);
    }

    #[test]
    fn a_wrong_key_is_known() {
        let codes = [
            ("InvalidAccessKeyId.NotFound", 404),
            ("InvalidAccessKeyId.NotFound", 400),
            ("InvalidAccessKeyId.Inactive", 400),
        ];
        holds(Class::Key, &codes);
    }

    #[test]
    fn a_missing_token_is_known() {
        holds(Class::Token, &[("MissingSecurityToken", 400)]);
    }

    #[test]
    fn a_token_that_ended_is_known() {
        holds(
            Class::Token,
            &[("InvalidSecurityToken.Expired", 400), ("InvalidSecurityToken.Malformed", 400)],
        );
    }

    #[test]
    fn a_missing_permission_is_known() {
        let codes = [
            ("Forbidden.RAM", 403),
            ("Forbidden.RAM", 400),
            ("Forbidden", 403),
            ("NoPermission", 403),
            ("Forbidden.RiskControl", 403),
        ];
        holds(Class::Denied, &codes);
    }

    #[test]
    fn a_job_that_is_gone_is_known() {
        holds(Class::JobNotFound, &[("Forbidden.InstanceNotFound", 404)]);
    }

    #[test]
    fn a_wrong_host_is_known() {
        let codes = [
            ("InvalidApi.NotFound", 404),
            ("InvalidProduct.NotFound", 404),
            ("InvalidProtocol.NeedSsl", 404),
        ];
        holds(Class::WrongEndpoint, &codes);
    }

    #[test]
    fn a_wrong_request_is_known() {
        let codes = [
            ("MissingParameter", 400),
            ("MissingSynchronizationJobId", 400),
            ("InvalidParameter", 400),
            ("InvalidPageNum", 503),
            ("UnsupportedOperation", 400),
            ("NoSuchVersion", 400),
            ("UnsupportedHTTPMethod", 405),
        ];
        holds(Class::Request, &codes);
    }

    #[test]
    fn a_business_error_is_final() {
        holds(
            Class::Request,
            &[("DTS.Msg.OperationDenied.JobStatusModifying", 200), ("DTS.Msg.Whatever", 500)],
        );
    }

    #[test]
    fn the_status_speaks_where_no_code_does() {
        for (status, class) in [
            (429, Class::Throttled),
            (408, Class::Transient),
            (500, Class::Transient),
            (502, Class::Transient),
            (504, Class::Transient),
            (403, Class::Denied),
            (400, Class::Request),
            (404, Class::Request),
            (200, Class::Request),
        ] {
            assert_eq!(classify(None, status), class, "{status}");
            assert_eq!(classify(Some("LXBuyError"), status), class, "an unknown code with {status}");
        }
    }

    #[test]
    fn a_pause_is_a_random_share_of_a_bound_that_doubles() {
        let first = Duration::from_millis(100);
        let bounds = |class: Class| -> Vec<_> {
            let mut backoff = Backoff::new(first);
            (0..12).map(|_| backoff.pause(class, 1.0).map(|pause| pause.as_millis())).collect()
        };
        let transient = [100, 200, 400, 800, 1600, 3200, 6400, 12800, 20000, 20000, 20000, 20000];
        assert_eq!(bounds(Class::Transient), transient.map(Some));
        let throttled = [400, 800, 1600, 3200, 6400, 12800, 20000, 20000, 20000, 20000, 20000, 20000];
        assert_eq!(bounds(Class::Throttled), throttled.map(Some));
        assert_eq!(Backoff::new(first).pause(Class::Transient, 0.0), Some(Duration::ZERO));
        assert_eq!(Backoff::new(first).pause(Class::Throttled, 0.25), Some(first));
    }

    #[test]
    fn what_time_does_not_heal_is_not_tried_again() {
        let first = Duration::from_millis(100);
        for class in [Class::Clock, Class::Signature, Class::Key, Class::Token, Class::Denied, Class::Request]
        {
            assert_eq!(Backoff::new(first).pause(class, 1.0), None);
        }
        // An internal error may last; others between do not count against it.
        let mut backoff = Backoff::new(first);
        for _ in 1..INTERNAL_ERRORS {
            assert!(backoff.pause(Class::Internal, 0.5).is_some());
            assert!(backoff.pause(Class::Transient, 0.5).is_some());
        }
        assert_eq!(backoff.pause(Class::Internal, 0.5), None);
    }
}
