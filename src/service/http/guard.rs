//! Who may ask, and what every answer carries.

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

use super::api::refusal;

/// What every answer carries. Pages set a policy of their own.
const HEADERS: [(header::HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];
const NO_CONTENT: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Who may ask.
#[derive(Clone)]
pub(super) struct Guard(Arc<Rules>);

struct Rules {
    token: Option<SecretString>,
    hosts: Vec<String>,
}

impl Guard {
    pub(super) fn new(token: Option<SecretString>, hosts: Vec<String>) -> Self {
        Self(Arc::new(Rules { token, hosts }))
    }
}

/// Lets a call pass or answers it, and dresses the answer.
pub(super) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let health = matches!(request.uri().path(), "/healthz" | "/readyz");
    let mut response = if !guard.0.is_called_by_name(request.headers()) {
        // A page of another site that points its own name at this machine is stopped here.
        let sentence =
            "this service is not called by that name: use its address, or add the name to [http] hosts";
        refusal(StatusCode::MISDIRECTED_REQUEST, sentence)
    } else if !health && !guard.0.is_known(request.headers()) {
        let mut response =
            refusal(StatusCode::UNAUTHORIZED, "send the token, as a bearer token or as a password");
        let challenge = HeaderValue::from_static("Basic realm=\"dts-history\", charset=\"UTF-8\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        response
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NO_CONTENT));
    response
}

impl Rules {
    /// An address cannot be pointed elsewhere; a name must be one that is known.
    fn is_called_by_name(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
        let name = without_port(host);
        address(name).is_some()
            || name.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Whether the caller sends the token: `Bearer TOKEN`, or `Basic` with the token as password.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, value)) = sent.and_then(|value| value.split_once(' ')) else { return false };
        let sent = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => value.trim().to_owned(),
            "basic" => password(value.trim()).unwrap_or_default(),
            _ => return false,
        };
        // Digests take the same time to compare wherever the texts differ.
        Sha256::digest(sent) == Sha256::digest(token.expose_secret())
    }
}

fn address(name: &str) -> Option<IpAddr> {
    name.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether a name can only mean this machine.
pub(super) fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || address(name).is_some_and(|it| it.is_loopback())
}

fn password(basic: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    }
}

/// No such page.
pub(super) async fn not_found() -> Response {
    refusal(StatusCode::NOT_FOUND, "there is nothing here; / lists the jobs, /api/v1/openapi.json the API")
}

/// Nothing can be changed here.
pub(super) async fn only_get() -> Response {
    not_allowed("only GET is answered here", "GET, HEAD")
}

/// The configuration is read again by POST alone.
pub(super) async fn only_post() -> Response {
    not_allowed("only POST is answered here", "POST")
}

fn not_allowed(sentence: &str, allowed: &'static str) -> Response {
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, sentence);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(token: Option<&str>) -> Rules {
        Rules { token: token.map(SecretString::from), hosts: vec!["dts.example.com".to_owned()] }
    }

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_name_that_is_not_known_is_not_answered() {
        for (host, answered) in [
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
            assert_eq!(rules(None).is_called_by_name(&with(header::HOST, host)), answered, "{host}");
        }
        assert!(!rules(None).is_called_by_name(&HeaderMap::new()));
    }

    #[test]
    fn the_token_is_asked_for_and_nothing_else_will_do() {
        let known = |value: &str| rules(Some("s3cret:x")).is_known(&with(header::AUTHORIZATION, value));
        assert!(known("Bearer s3cret:x") && known("bearer s3cret:x"));
        assert!(known(&format!("Basic {}", STANDARD.encode("anybody:s3cret:x"))));
        for wrong in ["Bearer s3cret", "Bearer ", "Basic s3cret:x", "Basic !", "Digest s3cret:x", "s3cret:x"]
        {
            assert!(!known(wrong), "{wrong}");
        }
        assert!(!rules(Some("s3cret")).is_known(&HeaderMap::new()));
        assert!(rules(None).is_known(&HeaderMap::new()));
    }
}
