//! Asks a running service how it is, for those who watch over it from a place without a shell.

use std::time::Duration;

use serde_json::Value;

use crate::api::{root_cause, use_ring};

/// A service that is well answers at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Whether it is alive.
    Health,
    /// Whether it records, too.
    Readiness,
}

/// Asks the service at this address, `http://127.0.0.1:8470` for example.
///
/// # Errors
/// If nobody answers, or the answer is no: a sentence.
pub async fn ask(address: &str, question: Question) -> Result<(), String> {
    use_ring();
    let path = match question {
        Question::Health => "healthz",
        Question::Readiness => "readyz",
    };
    let url = format!("{}/{path}", address.trim_end_matches('/'));
    let unheard = |error: reqwest::Error| {
        let cause = root_cause(&error);
        format!(
            "no service answers at {url}: {cause}; start one with `dts-history serve`, or give its address"
        )
    };
    // The service is on this machine, or near it: no proxy stands in between.
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .map_err(unheard)?;
    let answer = http.get(&url).send().await.map_err(|error| unheard(error.without_url()))?;
    let status = answer.status();
    let said: Value = serde_json::from_str(&answer.text().await.unwrap_or_default()).unwrap_or_default();
    match (status.as_u16(), said["status"].as_str(), said["error"].as_str()) {
        (200, Some("ok"), _) => Ok(()),
        (200, ..) => Err(format!("what answers at {url} is no dts-history: give the address of the service")),
        (status, _, Some(error)) => Err(format!("{url} answers {status}: {error}")),
        (status, ..) => Err(format!("{url} answers {status}")),
    }
}
