//! Authentication of calls signed with version 3 (ACS3-HMAC-SHA256), which uses headers where version 1.0 uses
//! parameters.

use super::gateway::{Action, GatewayState, check_timestamp, parse_action};
use super::gateway_error::GatewayError;
use crate::api::auth::acs3::{self, Authorization, Headers};
use crate::api::auth::rpc::{Method, Params};

/// The signed parts of a call.
pub(crate) struct SignedCall<'a> {
    pub(crate) method: Method,
    pub(crate) params: &'a Params,
    /// By lower-case name.
    pub(crate) headers: &'a Headers,
    pub(crate) body: &'a [u8],
}

/// Whether a call is signed with this version.
pub(crate) fn is_v3(headers: &Headers) -> bool {
    headers.get("authorization").is_some_and(|value| value.trim_start().starts_with(acs3::ALGORITHM))
}

/// Authenticates a call.
pub(crate) fn authenticate(
    call: &SignedCall<'_>,
    now_ms: i64,
    state: &mut GatewayState,
) -> Result<Action, GatewayError> {
    let action = parse_action(call.header("x-acs-action")?, call.header("x-acs-version")?)?;
    let Some(authorization) = Authorization::parse(call.header("authorization")?) else {
        let message = "The request signature does not conform to Aliyun standards.";
        return Err(GatewayError::new(400, "IncompleteSignature", message));
    };
    check_timestamp(call.header("x-acs-date")?, now_ms)?;
    let nonce = call.header("x-acs-signature-nonce")?;
    let token = call.headers.get("x-acs-security-token").map(String::as_str);
    let secret = state.security_tokens.secret(authorization.access_key_id, token)?;
    let payload_sha256 = acs3::payload_sha256(call.body);
    if call.header("x-acs-content-sha256")? != payload_sha256
        || !authorization.verify(secret, call.method, call.params, call.headers, &payload_sha256)
    {
        return Err(call.signature_mismatch(&authorization, &payload_sha256));
    }
    state.nonces.consume(authorization.access_key_id, nonce)?;
    Ok(action)
}

impl SignedCall<'_> {
    fn header(&self, name: &str) -> Result<&str, GatewayError> {
        let value = self.headers.get(name).map(|value| value.trim());
        value.filter(|value| !value.is_empty()).ok_or_else(|| GatewayError::missing(name))
    }

    fn signature_mismatch(&self, authorization: &Authorization<'_>, payload_sha256: &str) -> GatewayError {
        let wanted = |name: &str| authorization.signed_headers.contains(&name);
        let signed = self.headers.iter().filter(|(name, _)| wanted(name));
        let signed: Headers = signed.map(|(name, value)| (name.clone(), value.clone())).collect();
        let text = acs3::string_to_sign(self.method, self.params, &signed, payload_sha256);
        let message = format!(
            "Specified signature is not matched with our calculation. server string to sign is:{text}"
        );
        GatewayError::new(400, "SignatureDoesNotMatch", message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::server::security_tokens::{
        ACCESS_KEY_ID, ACCESS_KEY_SECRET, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_SECURITY_TOKEN,
    };

    const NOW_MS: i64 = 1_782_864_000_000; // 2026-07-01T00:00:00Z

    fn headers(changes: &[(&str, &str)]) -> Headers {
        let mut headers: Headers = [
            ("host", "127.0.0.1:1"),
            ("x-acs-action", "DescribeInitializationStatus"),
            ("x-acs-version", "2020-01-01"),
            ("x-acs-date", "2026-07-01T00:00:01Z"),
            ("x-acs-signature-nonce", "n1"),
            ("x-acs-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (name, value) in changes {
            headers.insert((*name).to_owned(), (*value).to_owned());
        }
        headers
    }

    /// The error code, or nothing, of a call signed with these headers and changed by `after`.
    fn code(id: &str, secret: &str, mut headers: Headers, after: &[(&str, &str)]) -> &'static str {
        let params: Params = [("PageNum".to_owned(), "1".to_owned())].into();
        let hash = headers["x-acs-content-sha256"].clone();
        let text = acs3::string_to_sign(Method::Post, &params, &headers, &hash);
        let authorization = acs3::authorization(id, &headers, &acs3::signature(secret, &text));
        headers.insert("authorization".to_owned(), authorization);
        for (name, value) in after {
            headers.insert((*name).to_owned(), (*value).to_owned());
        }
        assert!(is_v3(&headers) || headers["authorization"].is_empty());
        let call = SignedCall { method: Method::Post, params: &params, headers: &headers, body: b"" };
        authenticate(&call, NOW_MS, &mut GatewayState::default())
            .map_or_else(|gateway_error| gateway_error.code, |_| "")
    }

    #[test]
    fn calls_are_accepted_or_rejected_with_the_vendors_code() {
        let mine = |changes: &[(&str, &str)]| code(ACCESS_KEY_ID, ACCESS_KEY_SECRET, headers(changes), &[]);
        assert_eq!(mine(&[]), "");
        assert_eq!(mine(&[("x-acs-date", "2026-07-01T00:15:01Z")]), "InvalidTimeStamp.Expired");
        assert_eq!(mine(&[("x-acs-action", "DropEverything")]), "InvalidApi.NotFound");
        assert_eq!(mine(&[("x-acs-version", "2015-11-24")]), "InvalidVersion");
        assert_eq!(mine(&[("x-acs-signature-nonce", "")]), "MissingParameter");
        assert_eq!(mine(&[("x-acs-content-sha256", "00")]), "SignatureDoesNotMatch");
        assert_eq!(mine(&[("x-acs-security-token", "x")]), "InvalidSecurityToken.Malformed");
        let changed = code(ACCESS_KEY_ID, ACCESS_KEY_SECRET, headers(&[]), &[("host", "elsewhere")]);
        assert_eq!(changed, "SignatureDoesNotMatch");
        assert_eq!(code(ACCESS_KEY_ID, "another", headers(&[]), &[]), "SignatureDoesNotMatch");
        assert_eq!(code("nobody", ACCESS_KEY_SECRET, headers(&[]), &[]), "InvalidAccessKeyId.NotFound");
        let temporary =
            |changes: &[(&str, &str)]| code(STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, headers(changes), &[]);
        assert_eq!(temporary(&[]), "MissingSecurityToken");
        assert_eq!(temporary(&[("x-acs-security-token", STS_SECURITY_TOKEN)]), "");
    }

    #[test]
    fn a_nonce_is_accepted_once() {
        let params = Params::new();
        let mut headers = headers(&[]);
        let hash = acs3::payload_sha256(b"");
        let text = acs3::string_to_sign(Method::Get, &params, &headers, &hash);
        let signature = acs3::signature(ACCESS_KEY_SECRET, &text);
        let authorization = acs3::authorization(ACCESS_KEY_ID, &headers, &signature);
        headers.insert("authorization".to_owned(), authorization);
        let call = SignedCall { method: Method::Get, params: &params, headers: &headers, body: b"" };
        let mut state = GatewayState::default();
        assert_eq!(authenticate(&call, NOW_MS, &mut state), Ok(Action::DescribeInitializationStatus));
        assert_eq!(authenticate(&call, NOW_MS, &mut state).map_err(|it| it.code), Err("SignatureNonceUsed"));
    }
}
