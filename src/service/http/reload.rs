//! `POST /-/reload`: reloads the configuration, as SIGHUP does.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::json;
use tokio::sync::oneshot;

use super::context::HttpContext;
use super::guard::{is_loopback_name, without_port};
use super::response::{error_response, json_response};

/// Headers that a proxy adds to the request of another client.
const FORWARDED_HEADERS: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

pub(super) async fn reload(
    State(context): State<HttpContext>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if let Err(denied) = authorize(client, &headers) {
        return error_response(StatusCode::FORBIDDEN, &denied.to_string());
    }
    let (reply, result) = oneshot::channel();
    let result = match context.reload_requests.send(reply).await {
        Ok(()) => result.await.ok(),
        Err(_) => None,
    };
    match result {
        Some(Ok(jobs)) => json_response(StatusCode::OK, &json!({ "status": "ok", "jobs": jobs })),
        Some(Err(error)) => {
            let message =
                format!("the new configuration is rejected; the previous one stays in effect: {error}");
            error_response(StatusCode::UNPROCESSABLE_ENTITY, &message)
        }
        None => error_response(StatusCode::SERVICE_UNAVAILABLE, "the service is stopping"),
    }
}

/// Why a client may not reload the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Denied {
    /// The client is not on this machine, or is behind a proxy.
    #[error("only a program on this machine may ask for that, at a loopback address and through no proxy")]
    NotLocal,
    /// A page of another site sent the request from a browser on this machine.
    #[error("a page of another site may not ask for that")]
    CrossSite,
}

/// Allows programs on this machine only: no client of a proxy on it, and no page of another site in a browser on it.
/// Browsers say in `Origin` and `Sec-Fetch-Site` where a request comes from.
fn authorize(client: SocketAddr, headers: &HeaderMap) -> Result<(), Denied> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST.as_str()).unwrap_or_default();
    let forwarded = FORWARDED_HEADERS.iter().any(|name| headers.contains_key(*name));
    if !client.ip().to_canonical().is_loopback() || !is_loopback_name(without_port(host)) || forwarded {
        return Err(Denied::NotLocal);
    }
    let cross_site = text("origin").is_some_and(|origin| origin != format!("http://{host}"))
        || text("sec-fetch-site").is_some_and(|site| !matches!(site, "none" | "same-origin"));
    if cross_site { Err(Denied::CrossSite) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(client: &str, sent: &[(&str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "127.0.0.1:8470".parse().unwrap());
        for (name, value) in sent {
            headers.insert(header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        authorize(client.parse().unwrap(), &headers).is_ok()
    }

    #[test]
    fn only_programs_on_this_machine_may_reload() {
        assert!(is_allowed("127.0.0.1:5000", &[]) && is_allowed("[::1]:5000", &[("host", "localhost")]));
        assert!(is_allowed("[::ffff:127.0.0.1]:5000", &[("host", "[::1]:8470")]));
        for client in ["10.0.0.7:5000", "[2001:db8::1]:5000", "[::ffff:10.0.0.7]:5000"] {
            assert!(!is_allowed(client, &[]), "{client}");
        }
        for host in ["dts.example.com", "10.0.0.1:8470", "127.0.0.1.example.com", ""] {
            assert!(!is_allowed("127.0.0.1:5000", &[("host", host)]), "{host}");
        }
        for name in FORWARDED_HEADERS {
            assert!(!is_allowed("127.0.0.1:5000", &[(name, "10.0.0.7")]), "{name}");
        }
    }

    #[test]
    fn pages_of_other_sites_may_not_reload() {
        for (name, value) in [
            ("origin", "https://evil.example.com"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:9999"),
            ("origin", "https://127.0.0.1:8470"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", ""),
        ] {
            assert!(!is_allowed("127.0.0.1:5000", &[(name, value)]), "{name}: {value}");
        }
        assert!(is_allowed(
            "127.0.0.1:5000",
            &[("origin", "http://127.0.0.1:8470"), ("sec-fetch-site", "same-origin")]
        ));
        assert!(is_allowed("127.0.0.1:5000", &[("sec-fetch-site", "none")]));
    }
}
