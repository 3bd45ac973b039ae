//! The client of one account: signs calls, limits their rate and retries them.

use std::sync::Arc;

use tokio::time::Instant;

use super::attempt::{AttemptFailure, HttpSender, ParseReply};
use super::call_stats::CallCounter;
use super::endpoint::Endpoint;
use super::error_kind::ErrorKind;
use super::rate_limit::RateLimits;
use super::request::{Call, format_timestamp};
use super::retry::Backoff;
use super::server_clock::{Correction, ServerClock};
use crate::api::auth::access_key::AccessKey;
use crate::api::auth::credentials::Credentials;
use crate::api::error::Error;
use crate::api::options::Options;
use crate::clock::Clock;

/// Calls DTS for one account. It is meant to be shared, because it reuses connections.
#[derive(Debug)]
pub struct Client {
    options: Options,
    credentials: Credentials,
    clock: ServerClock,
    sender: HttpSender,
    rate_limits: RateLimits,
}

impl Client {
    /// A client for one account. Signatures and arrival times use `clock`.
    ///
    /// # Errors
    /// If an option is outside its limits, or HTTPS cannot be set up.
    pub fn new(options: Options, credentials: Credentials, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        options.check()?;
        let named = options.endpoint.as_deref();
        let named = named.map(|text| Endpoint::parse(text, options.allow_http)).transpose();
        // No proxy for connections to this machine.
        let proxied = !named.map_err(Error::Endpoint)?.is_some_and(|endpoint| endpoint.is_loopback());
        let sender = HttpSender::new(&options, proxied)?;
        let rate_limits = RateLimits::new(options.max_calls_per_second);
        Ok(Self { options, credentials, clock: ServerClock::new(clock), sender, rate_limits })
    }

    /// The options of the client.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The credentials of the client.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The milliseconds by which this machine's clock is behind the server's; zero if no server has rejected a call for its
    /// time.
    #[must_use]
    pub fn clock_behind_ms(&self) -> i64 {
        self.clock.offset_ms()
    }

    /// Whether a server has replied, and could have rejected the time of this machine.
    #[must_use]
    pub fn clock_was_compared(&self) -> bool {
        self.clock.has_replied()
    }

    /// The corrected clock, which gives replies their arrival times.
    pub(in crate::api) fn clock(&self) -> &ServerClock {
        &self.clock
    }

    /// Sends a call and retries it until it succeeds, an error is permanent, or `retry_for_seconds` have passed. Returns the
    /// parsed reply and its arrival time.
    pub(in crate::api) async fn call<T>(
        &self,
        call: &Call<'_>,
        read: ParseReply<T>,
        counter: &CallCounter,
    ) -> Result<(T, i64), Error> {
        let Options { endpoint, network, allow_http, .. } = &self.options;
        let endpoint = Endpoint::resolve(endpoint.as_deref(), call.region, *network, *allow_http)
            .map_err(Error::Endpoint)?;
        let rate_limit = self.rate_limits.for_region(call.region);
        let mut permitted_at = rate_limit.acquire().await;
        let began = permitted_at;
        let mut backoff = Backoff::new(self.options.first_pause);
        let mut timeout = self.options.timeout();
        let mut recoveries = Recoveries::default();
        let mut calls = 0;
        loop {
            calls += 1;
            let offset_ms = self.clock.offset_ms();
            let (access_key, attempt) = match self.credentials.access_key(self.clock.now_ms()).await {
                Ok(access_key) => {
                    counter.count_attempt(calls);
                    let attempt =
                        self.sender.send_once(call, &endpoint, &access_key, &self.clock, timeout, read).await;
                    (Some(access_key), attempt)
                }
                Err(error) => (None, Err(Error::Credentials(error).into())),
            };
            let mut failure = match attempt {
                Ok(answer) => {
                    rate_limit.on_success();
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            if self.recover(&mut failure, &mut recoveries, access_key.as_ref(), offset_ms).await {
                permitted_at = rate_limit.acquire().await;
                continue;
            }
            let AttemptFailure { error, retry_after, .. } = failure;
            let kind = error.kind();
            if kind == ErrorKind::Throttled {
                rate_limit.on_throttled(permitted_at);
            }
            let Some(pause) = backoff.next_pause(kind, fastrand::f64()) else {
                return Err(gave_up_error(calls, began, error));
            };
            // The pause that the server requests is observed, plus the jitter.
            let pause = pause.saturating_add(retry_after.unwrap_or_default());
            let spent = began.elapsed().saturating_add(pause);
            let left = self.options.retry_for().saturating_sub(spent);
            if left.is_zero() {
                return Err(gave_up_error(calls, began, error));
            }
            let pause_ms = pause.as_millis();
            tracing::debug!(action = call.action, calls, pause_ms, %error, "trying again");
            tokio::time::sleep(pause).await;
            permitted_at = rate_limit.acquire().await;
            timeout = self.options.timeout().min(left);
        }
    }

    /// Removes the cause of a failure if possible, once for each cause: corrects the clock or renews the token. Returns
    /// whether the call should be repeated at once.
    async fn recover(
        &self,
        failure: &mut AttemptFailure,
        recoveries: &mut Recoveries,
        access_key: Option<&Arc<AccessKey>>,
        offset_ms: i64,
    ) -> bool {
        match (failure.error.kind(), access_key) {
            (ErrorKind::Clock, _) if !recoveries.clock => {
                // Another call may have corrected it since.
                recoveries.clock = self.clock.offset_ms() != offset_ms;
                if let (false, Some(server_ms)) = (recoveries.clock, failure.server_ms) {
                    match self.clock.correct(server_ms) {
                        Correction::Applied => recoveries.clock = true,
                        Correction::Unneeded => {}
                        Correction::Refused => advise_about_clock(&mut failure.error, server_ms),
                    }
                }
                recoveries.clock
            }
            (ErrorKind::Token, Some(access_key)) if !recoveries.token => {
                match self.credentials.renew(access_key, self.clock.now_ms()).await {
                    Ok(renewed) => {
                        recoveries.token = true;
                        renewed
                    }
                    Err(error) => {
                        failure.error = Error::Credentials(error);
                        false
                    }
                }
            }
            _ => false,
        }
    }
}

/// The recoveries that were tried for one call.
#[derive(Debug, Default)]
struct Recoveries {
    clock: bool,
    token: bool,
}

/// Adds to the error that the time of the server differs too much to be used.
fn advise_about_clock(error: &mut Error, server_ms: i64) {
    if let Error::Refused(refusal) = error {
        let server_time = format_timestamp(server_ms);
        refusal.advice = Some(format!(
            "the server's clock says {server_time}, more than a day from this machine's, which is too far to be used: \
             set this machine's clock, or check the endpoint"
        ));
    }
}

fn gave_up_error(calls: u32, began: Instant, last: Error) -> Error {
    if calls == 1 {
        return last;
    }
    Error::GaveUp { calls, after: began.elapsed(), last: Box::new(last) }
}

#[cfg(test)]
mod tests;
