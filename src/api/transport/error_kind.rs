//! Classifies errors by their code or HTTP status.

/// The kind of an error, which decides about retries and the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Too many calls: retried, at a lower rate.
    Throttled,
    /// A fault of the service or the network: retried.
    Transient,
    /// An internal error of the service, which may be permanent: retried a few times.
    Internal,
    /// The time of the call differs too much from the time of the server.
    Clock,
    /// The signature is wrong.
    Signature,
    /// The access key is unknown or inactive.
    Key,
    /// The token of temporary credentials has expired or is wrong.
    Token,
    /// The account lacks the permission.
    Denied,
    /// The job does not exist in this account and region.
    JobNotFound,
    /// The host does not serve this call, or requires HTTPS.
    WrongEndpoint,
    /// The request is invalid.
    Request,
}

/// Classifies an error by its code, because the same code has different statuses (throttling has HTTP 400), or by its
/// HTTP status if the code is absent or unknown.
#[must_use]
pub fn classify(code: Option<&str>, status: u16) -> ErrorKind {
    code.and_then(kind_from_code).unwrap_or_else(|| kind_from_status(status))
}

fn kind_from_code(code: &str) -> Option<ErrorKind> {
    // DTS adds the prefix `DTS.Msg.` to some codes of the gateway.
    let bare = code.strip_prefix("DTS.Msg.").unwrap_or(code);
    let first = bare.split('.').next().unwrap_or(bare);
    let kind = match bare {
        _ if bare.split('.').any(|part| part.starts_with("Throttling")) => ErrorKind::Throttled,
        "SignatureNonceUsed" => ErrorKind::Transient,
        "Forbidden.InstanceNotFound" => ErrorKind::JobNotFound,
        "InvalidProtocol.NeedSsl" | "InvalidApi.NotFound" | "InvalidProduct.NotFound" => {
            ErrorKind::WrongEndpoint
        }
        _ => match first {
            "ServiceUnavailable" => ErrorKind::Transient,
            "InternalError" => ErrorKind::Internal,
            "InvalidTimeStamp" | "IllegalTimestamp" => ErrorKind::Clock,
            "SignatureDoesNotMatch" | "IncompleteSignature" | "InvalidSignatureMethod" => {
                ErrorKind::Signature
            }
            "InvalidAccessKeyId" => ErrorKind::Key,
            "MissingSecurityToken" | "InvalidSecurityToken" => ErrorKind::Token,
            "Forbidden" | "NoPermission" => ErrorKind::Denied,
            "UnsupportedOperation" | "NoSuchVersion" | "UnsupportedHTTPMethod" => ErrorKind::Request,
            _ if first.starts_with("Missing") || first.starts_with("Invalid") => ErrorKind::Request,
            // Business errors of DTS: a retry has the same result.
            _ if code.starts_with("DTS.Msg.") => ErrorKind::Request,
            _ => return None,
        },
    };
    Some(kind)
}

fn kind_from_status(status: u16) -> ErrorKind {
    match status {
        429 => ErrorKind::Throttled,
        408 | 500.. => ErrorKind::Transient,
        401 | 403 => ErrorKind::Denied,
        _ => ErrorKind::Request,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_kind(kind: ErrorKind, codes: &[(&str, u16)]) {
        for (code, status) in codes {
            assert_eq!(classify(Some(code), *status), kind, "{code} with {status}");
        }
    }

    #[test]
    fn throttling_is_classified_by_its_code() {
        let codes = [
            ("Throttling", 400),
            ("Throttling.User", 400),
            ("Throttling.Api", 400),
            ("Rejected.Throttling", 400),
            ("DTS.Msg.Throttling.User", 200),
            ("ThrottlingException", 503),
        ];
        assert_kind(ErrorKind::Throttled, &codes);
    }

    #[test]
    fn an_unavailable_service_is_classified_as_transient() {
        assert_kind(ErrorKind::Transient, &[("ServiceUnavailable", 503), ("ServiceUnavailable", 500)]);
    }

    #[test]
    fn an_internal_error_is_retried_a_few_times() {
        assert_kind(
            ErrorKind::Internal,
            &[("InternalError", 500), ("InternalError", 200), ("InternalError.Db", 400)],
        );
    }

    #[test]
    fn a_used_nonce_is_classified_as_transient() {
        assert_kind(ErrorKind::Transient, &[("SignatureNonceUsed", 400)]);
    }

    #[test]
    fn a_wrong_clock_is_classified() {
        let codes =
            [("InvalidTimeStamp.Expired", 400), ("InvalidTimeStamp.Format", 400), ("IllegalTimestamp", 400)];
        assert_kind(ErrorKind::Clock, &codes);
    }

    #[test]
    fn a_wrong_signature_is_classified() {
        let codes = [
            ("SignatureDoesNotMatch", 400),
            ("SignatureDoesNotMatch", 403),
            ("IncompleteSignature", 400),
            ("InvalidSignatureMethod", 400),
        ];
        assert_kind(ErrorKind::Signature, &codes);
    }

    #[test]
    fn a_wrong_key_is_classified() {
        let codes = [
            ("InvalidAccessKeyId.NotFound", 404),
            ("InvalidAccessKeyId.NotFound", 400),
            ("InvalidAccessKeyId.Inactive", 400),
        ];
        assert_kind(ErrorKind::Key, &codes);
    }

    #[test]
    fn a_missing_token_is_classified() {
        assert_kind(ErrorKind::Token, &[("MissingSecurityToken", 400)]);
    }

    #[test]
    fn an_expired_token_is_classified() {
        assert_kind(
            ErrorKind::Token,
            &[("InvalidSecurityToken.Expired", 400), ("InvalidSecurityToken.Malformed", 400)],
        );
    }

    #[test]
    fn a_missing_permission_is_classified() {
        let codes = [
            ("Forbidden.RAM", 403),
            ("Forbidden.RAM", 400),
            ("Forbidden", 403),
            ("NoPermission", 403),
            ("Forbidden.RiskControl", 403),
        ];
        assert_kind(ErrorKind::Denied, &codes);
    }

    #[test]
    fn a_missing_job_is_classified() {
        assert_kind(ErrorKind::JobNotFound, &[("Forbidden.InstanceNotFound", 404)]);
    }

    #[test]
    fn a_wrong_host_is_classified() {
        let codes = [
            ("InvalidApi.NotFound", 404),
            ("InvalidProduct.NotFound", 404),
            ("InvalidProtocol.NeedSsl", 404),
        ];
        assert_kind(ErrorKind::WrongEndpoint, &codes);
    }

    #[test]
    fn an_invalid_request_is_classified() {
        let codes = [
            ("MissingParameter", 400),
            ("MissingSynchronizationJobId", 400),
            ("InvalidParameter", 400),
            ("InvalidPageNum", 503),
            ("UnsupportedOperation", 400),
            ("NoSuchVersion", 400),
            ("UnsupportedHTTPMethod", 405),
        ];
        assert_kind(ErrorKind::Request, &codes);
    }

    #[test]
    fn a_business_error_is_permanent() {
        assert_kind(
            ErrorKind::Request,
            &[("DTS.Msg.OperationDenied.JobStatusModifying", 200), ("DTS.Msg.Whatever", 500)],
        );
    }

    #[test]
    fn the_http_status_is_classified_without_a_code() {
        for (status, kind) in [
            (429, ErrorKind::Throttled),
            (408, ErrorKind::Transient),
            (500, ErrorKind::Transient),
            (502, ErrorKind::Transient),
            (504, ErrorKind::Transient),
            (403, ErrorKind::Denied),
            (400, ErrorKind::Request),
            (404, ErrorKind::Request),
            (200, ErrorKind::Request),
        ] {
            assert_eq!(classify(None, status), kind, "{status}");
            assert_eq!(classify(Some("LXBuyError"), status), kind, "an unknown code with {status}");
        }
    }
}
