//! Middleware: checks the host name and the token of each request, and adds security headers to each response.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::response::error_response;

/// The headers of every response. Pages have a content security policy of their own.
const SECURITY_HEADERS: [(header::HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];
const DEFAULT_CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The access rules; cheap to clone.
#[derive(Clone)]
pub(super) struct Guard(Arc<AccessRules>);

struct AccessRules {
    token: Option<SecretString>,
    hosts: Vec<String>,
}

impl Guard {
    pub(super) fn new(token: Option<SecretString>, hosts: Vec<String>) -> Self {
        Self(Arc::new(AccessRules { token, hosts }))
    }
}

/// Rejects requests for unknown host names or without the token, and adds the security headers.
pub(super) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let health = matches!(request.uri().path(), "/healthz" | "/readyz");
    let mut response = if !guard.0.is_known_host(request.headers()) {
        // DNS rebinding: a page of another site whose host name resolves to this machine.
        let message =
            "this service is not called by that name: use its address, or add the name to [http] hosts";
        error_response(StatusCode::MISDIRECTED_REQUEST, message)
    } else if !health && !guard.0.is_authorized(request.headers()) {
        let mut response =
            error_response(StatusCode::UNAUTHORIZED, "send the token, as a bearer token or as a password");
        let challenge = HeaderValue::from_static("Basic realm=\"dts-history\", charset=\"UTF-8\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        response
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(DEFAULT_CONTENT_SECURITY_POLICY));
    response
}

impl AccessRules {
    /// An IP address cannot be rebound; a name must be a configured one or `localhost`.
    fn is_known_host(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
        let name = without_port(host);
        ip_address(name).is_some()
            || name.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|configured| configured.eq_ignore_ascii_case(name))
    }

    /// Whether the request has the token: `Bearer TOKEN`, or `Basic` with the token as password.
    fn is_authorized(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, value)) = sent.and_then(|value| value.split_once(' ')) else { return false };
        let sent = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => value.trim().to_owned(),
            "basic" => basic_password(value.trim()).unwrap_or_default(),
            _ => return false,
        };
        // Comparing digests takes the same time wherever the tokens differ.
        Sha256::digest(sent) == Sha256::digest(token.expose_secret())
    }
}

fn ip_address(name: &str) -> Option<IpAddr> {
    name.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether a host name always resolves to this machine.
pub(super) fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || ip_address(name).is_some_and(|it| it.is_loopback())
}

fn basic_password(basic: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

/// The host of a `Host` header.
pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(token: Option<&str>) -> AccessRules {
        AccessRules { token: token.map(SecretString::from), hosts: vec!["dts.example.com".to_owned()] }
    }

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn unknown_host_names_are_rejected() {
        for (host, accepted) in [
            ("127.0.0.1:8470", true),
            ("[::1]:8470", true),
            ("[::1]", true),
            ("10.1.2.3", true),
            ("LocalHost:1", true),
            ("dts.example.com", true),
            ("DTS.example.com:443", true),
            ("evil.example.com", false),
            ("127.0.0.1.evil.example.com:8470", false),
            ("localhost.evil.example.com", false),
            ("", false),
        ] {
            assert_eq!(rules(None).is_known_host(&headers(header::HOST, host)), accepted, "{host}");
        }
        assert!(!rules(None).is_known_host(&HeaderMap::new()));
    }

    #[test]
    fn only_the_token_is_accepted() {
        let authorized =
            |value: &str| rules(Some("s3cret:x")).is_authorized(&headers(header::AUTHORIZATION, value));
        assert!(authorized("Bearer s3cret:x") && authorized("bearer s3cret:x"));
        assert!(authorized(&format!("Basic {}", STANDARD.encode("anybody:s3cret:x"))));
        for wrong in ["Bearer s3cret", "Bearer ", "Basic s3cret:x", "Basic !", "Digest s3cret:x", "s3cret:x"]
        {
            assert!(!authorized(wrong), "{wrong}");
        }
        assert!(!rules(Some("s3cret")).is_authorized(&HeaderMap::new()));
        assert!(rules(None).is_authorized(&HeaderMap::new()));
    }
}
