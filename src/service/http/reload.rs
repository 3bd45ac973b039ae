//! The one thing that can be asked for here: that the service reads its configuration again, as on SIGHUP.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::api::{json, refusal};
use super::guard::{is_loopback_name, without_port};
use super::web::Web;

/// What the loop is handed, and answers: how many jobs the new configuration has, or why it is refused.
pub(in crate::service) type Answer = oneshot::Sender<Result<usize, String>>;
/// To the loop.
pub(in crate::service) type Asks = mpsc::Sender<Answer>;

/// Headers with which a proxy says that somebody else asks.
const FORWARDED: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

pub(super) async fn reload(
    State(web): State<Web>,
    ConnectInfo(caller): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if let Err(sentence) = may_ask(caller, &headers) {
        return refusal(StatusCode::FORBIDDEN, sentence);
    }
    let (answer, told) = oneshot::channel();
    let told = match web.asks.send(answer).await {
        Ok(()) => told.await.ok(),
        Err(_) => None,
    };
    match told {
        Some(Ok(jobs)) => json(StatusCode::OK, &json!({ "status": "ok", "jobs": jobs })),
        Some(Err(error)) => {
            let sentence = format!("the new configuration is refused; the old one stays in force: {error}");
            refusal(StatusCode::UNPROCESSABLE_ENTITY, &sentence)
        }
        None => refusal(StatusCode::SERVICE_UNAVAILABLE, "the service is stopping"),
    }
}

/// Who may change something: a program on this machine. Not somebody behind a proxy on it, and not a page of
/// another site in a browser on it: every browser says where such a call comes from.
fn may_ask(caller: SocketAddr, headers: &HeaderMap) -> Result<(), &'static str> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST.as_str()).unwrap_or_default();
    let forwarded = FORWARDED.iter().any(|name| headers.contains_key(*name));
    if !caller.ip().to_canonical().is_loopback() || !is_loopback_name(without_port(host)) || forwarded {
        return Err(
            "only a program on this machine may ask for that, at a loopback address and through no proxy",
        );
    }
    let from_elsewhere = text("origin").is_some_and(|origin| origin != format!("http://{host}"))
        || text("sec-fetch-site").is_some_and(|site| !matches!(site, "none" | "same-origin"));
    if from_elsewhere { Err("a page of another site may not ask for that") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(caller: &str, sent: &[(&str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "127.0.0.1:8470".parse().unwrap());
        for (name, value) in sent {
            headers.insert(header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        may_ask(caller.parse().unwrap(), &headers).is_ok()
    }

    #[test]
    fn a_program_on_this_machine_may_ask_and_nobody_else() {
        assert!(asks("127.0.0.1:5000", &[]) && asks("[::1]:5000", &[("host", "localhost")]));
        assert!(asks("[::ffff:127.0.0.1]:5000", &[("host", "[::1]:8470")]));
        for caller in ["10.0.0.7:5000", "[2001:db8::1]:5000", "[::ffff:10.0.0.7]:5000"] {
            assert!(!asks(caller, &[]), "{caller}");
        }
        for host in ["dts.example.com", "10.0.0.1:8470", "127.0.0.1.example.com", ""] {
            assert!(!asks("127.0.0.1:5000", &[("host", host)]), "{host}");
        }
        for name in FORWARDED {
            assert!(!asks("127.0.0.1:5000", &[(name, "10.0.0.7")]), "{name}");
        }
    }

    #[test]
    fn no_page_of_another_site_can_ask() {
        for (name, value) in [
            ("origin", "https://evil.example.com"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:9999"),
            ("origin", "https://127.0.0.1:8470"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", ""),
        ] {
            assert!(!asks("127.0.0.1:5000", &[(name, value)]), "{name}: {value}");
        }
        assert!(asks(
            "127.0.0.1:5000",
            &[("origin", "http://127.0.0.1:8470"), ("sec-fetch-site", "same-origin")]
        ));
        assert!(asks("127.0.0.1:5000", &[("sec-fetch-site", "none")]));
    }
}
