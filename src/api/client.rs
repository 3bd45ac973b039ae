//! The client: one account's calls, each signed, bounded, and tried again while that makes sense.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::bounds::Numbers;
use super::credentials::{Credentials, Keys};
use super::endpoint::{Endpoint, Network};
use super::error::Error;
use super::exchange::{Exchange, Failure};
use super::now::Now;
use super::pace::Paces;
use super::request::{Call, Signature};
use super::retry::{Backoff, Class};
use super::tally::Tally;
use super::wire::{self, Head, Unreadable};
use crate::clock::Clock;
use crate::model::{Job, Page};

/// The API version of every call to DTS.
pub(super) const VERSION: &str = "2020-01-01";

/// How to call. The defaults are those of the configuration, where it has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Where calls go, in place of the region's host.
    pub endpoint: Option<String>,
    /// Which of a region's hosts to call.
    pub network: Network,
    /// Whether plain HTTP may leave this machine.
    pub allow_http: bool,
    /// Which signature to send.
    pub signature: Signature,
    /// Rows a page, 1 to 100 (the call's own bounds).
    pub page_size: u32,
    /// Pages of one sweep in flight.
    pub concurrency: usize,
    /// Calls a second, for this account and each region, whichever job makes them. Slows down when throttled.
    pub max_calls_per_second: f64,
    /// One attempt, from connecting to the last byte of the reply.
    pub timeout: Duration,
    /// All attempts of one call, with the pauses between them, from its first turn on. Zero: one attempt.
    pub retry_for: Duration,
    /// The bound of the first pause between attempts. The bound doubles; each pause is a random share of it.
    pub first_pause: Duration,
    /// The bound of a reply, unpacked. A page of 100 rows with the longest DDL seen is far below it.
    pub max_reply_bytes: usize,
    /// The bound of a sweep in pages: two million rows.
    pub max_pages: u32,
    /// The bound of a sweep in time.
    pub max_sweep_time: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            endpoint: None,
            network: Network::Public,
            allow_http: false,
            signature: Signature::V1,
            page_size: 100,
            concurrency: 4,
            max_calls_per_second: 10.0,
            timeout: Duration::from_secs(30),
            retry_for: Duration::from_mins(2),
            first_pause: Duration::from_millis(250),
            max_reply_bytes: 64 << 20,
            max_pages: 20_000,
            max_sweep_time: Duration::from_hours(1),
        }
    }
}

impl Options {
    fn numbers(&self) -> Numbers {
        Numbers {
            page_size: self.page_size,
            concurrency: self.concurrency,
            max_calls_per_second: self.max_calls_per_second,
            timeout_seconds: self.timeout.as_secs_f64(),
            retry_for_seconds: self.retry_for.as_secs_f64(),
        }
    }
}

/// Calls DTS for one account. Share it: connections are kept and used again.
#[derive(Debug)]
pub struct Client {
    options: Options,
    credentials: Credentials,
    now: Now,
    exchange: Exchange,
    paces: Paces,
}

/// Reads a body: how the call went, and what it brought.
pub(super) type Read<T> = fn(&[u8]) -> Result<(Head, T), Unreadable>;

impl Client {
    /// A client for one account. The clock stamps replies and signatures.
    ///
    /// # Errors
    /// If an option is outside its bounds, or HTTPS cannot be set up.
    pub fn new(options: Options, credentials: Credentials, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        options.numbers().check()?;
        let named = options.endpoint.as_deref();
        let named = named.map(|text| Endpoint::named(text, options.allow_http)).transpose();
        // A proxy is for the way out.
        let proxied = !named.map_err(Error::Endpoint)?.is_some_and(|endpoint| endpoint.is_loopback());
        let exchange = Exchange::new(&options, proxied)?;
        let paces = Paces::new(options.max_calls_per_second);
        Ok(Self { options, credentials, now: Now::new(clock), exchange, paces })
    }

    /// What it was made with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Whose calls these are.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// How far this machine's clock was found to be behind the server's; zero if no server has complained.
    #[must_use]
    pub fn clock_behind_ms(&self) -> i64 {
        self.now.offset_ms()
    }

    /// The present moment, as replies are stamped.
    pub(super) fn now(&self) -> &Now {
        &self.now
    }

    /// One page of a job, stamped with the time its reply had arrived.
    ///
    /// # Errors
    /// If the call is refused, or keeps failing for longer than the options allow.
    pub async fn page(&self, job: &Job, number: u32) -> Result<Page, Error> {
        self.counted_page(job, number, &Tally::default()).await
    }

    /// The same, and what it took.
    pub(super) async fn counted_page(&self, job: &Job, number: u32, tally: &Tally) -> Result<Page, Error> {
        let call = Call {
            action: "DescribeInitializationStatus",
            version: VERSION,
            region: job.region.as_deref(),
            params: vec![
                ("SynchronizationJobId", job.id.clone()),
                ("PageNum", number.to_string()),
                ("PageSize", self.options.page_size.to_string()),
            ],
        };
        let read = |body: &[u8]| wire::read(body).map(|reply| (reply.head, reply.readings));
        let (readings, arrived_at_ms) = self.call(&call, read, tally).await?;
        Ok(Page { number, arrived_at_ms, readings })
    }

    /// Calls until it works, or until it makes no sense to go on. Gives what it brought, and when.
    pub(super) async fn call<T>(
        &self,
        call: &Call<'_>,
        read: Read<T>,
        tally: &Tally,
    ) -> Result<(T, i64), Error> {
        let Options { endpoint, network, allow_http, .. } = &self.options;
        let endpoint = Endpoint::resolve(endpoint.as_deref(), call.region, *network, *allow_http)
            .map_err(Error::Endpoint)?;
        let pace = self.paces.of(call.region);
        let mut turn = pace.turn().await;
        let began = turn;
        let mut backoff = Backoff::new(self.options.first_pause);
        let mut timeout = self.options.timeout;
        let mut cures = Cures::default();
        let mut calls = 0;
        loop {
            calls += 1;
            let offset_ms = self.now.offset_ms();
            let (keys, attempt) = match self.credentials.keys(self.now.ms()).await {
                Ok(keys) => {
                    tally.attempt(calls);
                    let attempt =
                        self.exchange.attempt(call, &endpoint, &keys, &self.now, timeout, read).await;
                    (Some(keys), attempt)
                }
                Err(error) => (None, Err(Error::Credentials(error).into())),
            };
            let mut failure = match attempt {
                Ok(answer) => {
                    pace.went_well();
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            if self.cure(&mut failure, &mut cures, keys.as_ref(), offset_ms).await {
                turn = pace.turn().await;
                continue;
            }
            let Failure { error, retry_after, .. } = failure;
            let class = error.class();
            if class == Class::Throttled {
                pace.throttled(turn);
            }
            let Some(pause) = backoff.pause(class, fastrand::f64()) else {
                return Err(gave_up(calls, began, error));
            };
            // A server that says when to come back is taken at its word, with the jitter on top.
            let pause = pause.saturating_add(retry_after.unwrap_or_default());
            let spent = began.elapsed().saturating_add(pause);
            let left = self.options.retry_for.saturating_sub(spent);
            if left.is_zero() {
                return Err(gave_up(calls, began, error));
            }
            let pause_ms = pause.as_millis();
            tracing::debug!(action = call.action, calls, pause_ms, %error, "trying again");
            tokio::time::sleep(pause).await;
            turn = pace.turn().await;
            timeout = self.options.timeout.min(left);
        }
    }

    /// Does something about a failure, where something can be done, once a call for each cause. Tells whether
    /// the call is worth another try at once.
    async fn cure(
        &self,
        failure: &mut Failure,
        cures: &mut Cures,
        keys: Option<&Arc<Keys>>,
        offset_ms: i64,
    ) -> bool {
        match (failure.error.class(), keys) {
            (Class::Clock, _) if !cures.clock => {
                // Another call may have corrected it since.
                cures.clock = self.now.offset_ms() != offset_ms
                    || failure.server_ms.is_some_and(|server_ms| self.now.correct(server_ms));
                cures.clock
            }
            (Class::Token, Some(keys)) if !cures.token => {
                match self.credentials.renew(keys, self.now.ms()).await {
                    Ok(renewed) => {
                        cures.token = true;
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

/// What was done about failures of one call.
#[derive(Debug, Default)]
struct Cures {
    clock: bool,
    token: bool,
}

fn gave_up(calls: u32, began: Instant, last: Error) -> Error {
    if calls == 1 {
        return last;
    }
    Error::GaveUp { calls, after: began.elapsed(), last: Box::new(last) }
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
