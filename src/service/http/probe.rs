//! A client of `/healthz` and `/readyz`, for images that have neither a shell nor curl.

use std::time::Duration;

use serde_json::Value;

use crate::http_client::{self, Connect, root_cause};

/// A healthy service answers at once.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Both endpoints answer with a short JSON object.
const MAX_REPLY_BYTES: usize = 64 * 1024;

/// The endpoint to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// `/healthz`: the service is alive.
    Health,
    /// `/readyz`: it also records.
    Readiness,
}

impl Probe {
    fn path(self) -> &'static str {
        match self {
            Self::Health => "healthz",
            Self::Readiness => "readyz",
        }
    }
}

/// Why a probe failed.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// There was no reply.
    #[error(
        "no service answers at {url}: {}; start one with `dts-history serve`, or give its address",
        root_cause(.source)
    )]
    NoReply {
        /// The URL of the endpoint.
        url: String,
        /// The error of the HTTP client.
        source: reqwest::Error,
    },
    /// Another program answered.
    #[error("the server at {url} is not dts-history: give the address of the service")]
    NotOurs {
        /// The URL of the endpoint.
        url: String,
    },
    /// The service answered that it is not healthy, or something in front of it did.
    #[error("{url} answers {status}{}", error.as_ref().map(|it| format!(": {it}")).unwrap_or_default())]
    Unhealthy {
        /// The URL of the endpoint.
        url: String,
        /// The HTTP status.
        status: reqwest::StatusCode,
        /// The error of the reply, if it has one.
        error: Option<String>,
    },
}

/// Probes the service at this address, `http://127.0.0.1:8470` for example.
///
/// # Errors
/// If the service does not answer or is not healthy.
pub async fn probe(address: &str, probe: Probe) -> Result<(), ProbeError> {
    let url = format!("{}/{}", address.trim_end_matches('/'), probe.path());
    let no_reply =
        |source: reqwest::Error| ProbeError::NoReply { url: url.clone(), source: source.without_url() };
    // The service is on this machine or near it, not behind a proxy.
    let http =
        http_client::build(Connect { proxy: false, gzip: false, timeout: TIMEOUT, max_idle_per_host: 0 })
            .map_err(no_reply)?;
    let reply = http.get(&url).timeout(TIMEOUT).send().await.map_err(no_reply)?;
    let status = reply.status();
    let body = http_client::read_body(reply, MAX_REPLY_BYTES).await.unwrap_or_default();
    let reply: Value = serde_json::from_slice(&body).unwrap_or_default();
    match (status.as_u16(), reply["status"].as_str()) {
        (200, Some("ok")) => Ok(()),
        (200, _) => Err(ProbeError::NotOurs { url }),
        _ => Err(ProbeError::Unhealthy { url, status, error: reply["error"].as_str().map(str::to_owned) }),
    }
}
